/* SPDX-License-Identifier: Apache-2.0
 * Samples are relaxed atomics; a scrape is not a snapshot across metrics, which Prometheus does not ask for. */
#include "metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sv_assert.h"
#include "text.h"

#define LABELS_MAX 8
#define BUCKET_COUNT 13

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const double buckets[BUCKET_COUNT] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

static const enum kind kinds[] = {
#define SV_METRIC(id, kind, name, label, values, help) kind,
#include "metrics.def"
#undef SV_METRIC
};
static const struct sv_metric_row rows[] = {
#define SV_METRIC(id, kind, name, label, values, help) {#kind, name, label, values, help},
#include "metrics.def"
#undef SV_METRIC
};

/* counters and gauges: value by label; gauges set as double keep millionths */
static _Atomic int64_t values[SV_METRIC_COUNT][LABELS_MAX];
static _Atomic bool scaled[SV_METRIC_COUNT];
static struct {
	_Atomic uint64_t bucket[BUCKET_COUNT + 1];
	_Atomic uint64_t sum_us;
} histograms[SV_METRIC_COUNT];

void
sv_metric_add(enum sv_metric metric, unsigned label, int64_t amount)
{
	sv_assert(metric < SV_METRIC_COUNT && label < LABELS_MAX && kinds[metric] != HISTOGRAM);
	atomic_fetch_add_explicit(&values[metric][label], amount, memory_order_relaxed);
}

void
sv_metric_set(enum sv_metric metric, unsigned label, double value)
{
	sv_assert(metric < SV_METRIC_COUNT && label < LABELS_MAX && kinds[metric] == GAUGE);
	atomic_store_explicit(&scaled[metric], true, memory_order_relaxed);
	atomic_store_explicit(&values[metric][label], (int64_t)(value * 1e6), memory_order_relaxed);
}

void
sv_metric_observe(enum sv_metric metric, double seconds)
{
	int i = 0;

	sv_assert(metric < SV_METRIC_COUNT && kinds[metric] == HISTOGRAM);
	while (i < BUCKET_COUNT && seconds > buckets[i])
		i++;
	atomic_fetch_add_explicit(&histograms[metric].bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histograms[metric].sum_us, (uint64_t)(seconds < 0 ? 0 : seconds * 1e6), memory_order_relaxed);
}

int64_t
sv_metric_get(enum sv_metric metric, unsigned label)
{
	sv_assert(metric < SV_METRIC_COUNT && label < LABELS_MAX);
	return atomic_load_explicit(&values[metric][label], memory_order_relaxed);
}

static void
write_value(struct sv_buffer *out, enum sv_metric metric, unsigned label)
{
	int64_t value = sv_metric_get(metric, label);

	if (atomic_load_explicit(&scaled[metric], memory_order_relaxed))
		sv_buffer_printf(out, " %.6f\n", (double)value / 1e6);
	else
		sv_buffer_printf(out, " %" PRId64 "\n", value);
}

static void
write_histogram(struct sv_buffer *out, enum sv_metric metric)
{
	uint64_t total = 0;

	for (int i = 0; i < BUCKET_COUNT; i++) {
		total += atomic_load_explicit(&histograms[metric].bucket[i], memory_order_relaxed);
		sv_buffer_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", rows[metric].name, buckets[i], total);
	}
	total += atomic_load_explicit(&histograms[metric].bucket[BUCKET_COUNT], memory_order_relaxed);
	sv_buffer_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n%s_count %" PRIu64 "\n", rows[metric].name, total, rows[metric].name,
	    (double)atomic_load_explicit(&histograms[metric].sum_us, memory_order_relaxed) / 1e6, rows[metric].name, total);
}

static void
write_process(const char *role, struct sv_buffer *out)
{
	struct rusage usage = {0};
	struct rlimit limit = {0};
	unsigned long pages = 0;
	int fds = 0;

	(void)getrusage(RUSAGE_SELF, &usage);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	FILE *statm = fopen("/proc/self/statm", "re");
	if (statm != NULL) {
		if (fscanf(statm, "%*u %lu", &pages) != 1)
			pages = 0;
		(void)fclose(statm);
	}
	DIR *dir = opendir("/proc/self/fd");
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
		fds += entry->d_name[0] != '.';
	if (dir != NULL) {
		fds--;   /* the folder's own descriptor */
		(void)closedir(dir);
	}
	sv_buffer_printf(out, "# HELP process_cpu_seconds_total User and system CPU time.\n# TYPE process_cpu_seconds_total counter\n"
	    "process_cpu_seconds_total %.6f\n", (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	sv_buffer_printf(out, "# HELP process_resident_memory_bytes Resident memory.\n# TYPE process_resident_memory_bytes gauge\n"
	    "process_resident_memory_bytes %lu\n", pages * (unsigned long)sysconf(_SC_PAGESIZE));
	sv_buffer_printf(out, "# HELP process_open_fds Open descriptors.\n# TYPE process_open_fds gauge\nprocess_open_fds %d\n", fds);
	sv_buffer_printf(out, "# HELP process_max_fds Most open descriptors allowed.\n# TYPE process_max_fds gauge\nprocess_max_fds %llu\n",
	    (unsigned long long)limit.rlim_cur);
	sv_buffer_printf(out, "# HELP sv_build_info Version and role of this process.\n# TYPE sv_build_info gauge\n"
	    "sv_build_info{version=\"%s\",role=\"%s\"} 1\n", SV_VERSION, role);
}

void
sv_metrics_write(const char *role, struct sv_buffer *out)
{
	static const char *const kind_names[] = {"counter", "gauge", "histogram"};

	for (int m = 0; m < SV_METRIC_COUNT; m++) {
		sv_buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[m].name, rows[m].help, rows[m].name, kind_names[kinds[m]]);
		if (kinds[m] == HISTOGRAM) {
			write_histogram(out, (enum sv_metric)m);
			continue;
		}
		struct sv_text left = sv_text_of(rows[m].values);
		for (unsigned label = 0; label == 0 || left.data != NULL; label++) {
			struct sv_text value = sv_text_split(&left, ',');
			sv_assert(label < LABELS_MAX);
			sv_buffer_text(out, rows[m].name);
			if (value.length > 0)
				sv_buffer_printf(out, "{%s=\"%.*s\"}", rows[m].label, SV_TEXT_ARG(value));
			write_value(out, (enum sv_metric)m, label);
		}
	}
	write_process(role, out);
}

const struct sv_metric_row *
sv_metric_rows(int *ret_count)
{
	*ret_count = SV_METRIC_COUNT;
	return rows;
}
