/* SPDX-License-Identifier: Apache-2.0
 * Metrics: fixed tables from schema/metrics.def, one relaxed atomic a sample; any thread may add, one scrape reads. */
#ifndef SV_METRICS_H
#define SV_METRICS_H

#include <stdint.h>

#include "buffer.h"

enum sv_metric {
#define SV_METRIC(id, kind, name, label, values, help) SV_METRIC_##id,
#include "metrics.def"
#undef SV_METRIC
	SV_METRIC_COUNT
};

/* `label` is the index of the label's value in the table, 0 for metrics without a label. */
void sv_metric_add(enum sv_metric metric, unsigned label, int64_t amount);   /* counters: amount >= 0; gauges: any */
void sv_metric_set(enum sv_metric metric, unsigned label, double value);    /* gauges */
void sv_metric_observe(enum sv_metric metric, double seconds);              /* histograms */
int64_t sv_metric_get(enum sv_metric metric, unsigned label);               /* for tests and status pages */

/* The whole registry with process_* and sv_build_info in Prometheus text format 0.0.4; send as
 * "text/plain; version=0.0.4; charset=utf-8".  Every family is there from the start, at zero. */
void sv_metrics_write(const char *role, struct sv_buffer *out);

struct sv_metric_row {
	const char *kind, *name, *label, *values, *help;
};
const struct sv_metric_row *sv_metric_rows(int *ret_count);

#endif
