/* SPDX-License-Identifier: Apache-2.0
 * Event loops on libuv.  One loop per thread; an object belongs to the loop that made it and is touched only on its
 * thread.  The only calls for other threads are sv_loop_post and sv_loop_stop.
 * Every asynchronous start returns a handle; cancel means silence: after it no callback of that handle runs, except
 * the `release` callbacks, which say that borrowed memory is free again. */
#ifndef SV_LOOP_H
#define SV_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct sv_loop;
struct sv_timer;
struct sv_offload;
struct sv_datagram;

typedef void sv_loop_fn(void *context);

struct sv_loop *sv_loop_new(void);
/* Everything that was made on the loop must be closed before; closes that libuv still owes are run here.  Accepts NULL. */
void sv_loop_free(struct sv_loop *loop);
/* Run until sv_loop_stop, on the calling thread; returns at once when the stop came before. */
void sv_loop_run(struct sv_loop *loop);
/* Run until `*done` becomes true or sv_loop_stop (command-line programs that wait for one thing). */
void sv_loop_run_until(struct sv_loop *loop, const bool *done);
/* Any thread. */
void sv_loop_stop(struct sv_loop *loop);
/* Run fn(context) soon on the loop's thread; order of one poster is kept.  Any thread. */
void sv_loop_post(struct sv_loop *loop, sv_loop_fn *fn, void *context);
/* For glue inside src/loop, src/net and programs that need libuv itself. */
struct uv_loop_s *sv_loop_uv(struct sv_loop *loop);
/* Milliseconds, cached at the start of the loop's turn. */
uint64_t sv_loop_now_ms(const struct sv_loop *loop);
/* Measure the loop's lag and keep the metric sv_event_loop_lag_seconds (the worst of all watched loops); also feeds sv_loop_alive. */
void sv_loop_watch(struct sv_loop *loop);
/* Did the watched loop tick within the last 5 s?  Any thread. */
bool sv_loop_alive(const struct sv_loop *loop);

/* fn(context) after delay_ms, then every repeat_ms (0: once; the handle is then gone after the call). */
struct sv_timer *sv_timer_start(struct sv_loop *loop, uint64_t delay_ms, uint64_t repeat_ms, sv_loop_fn *fn, void *context);
/* Accepts NULL. */
void sv_timer_cancel(struct sv_timer *timer);

/* Blocking work in the pool: work(context) on a pool thread, then done(context) on the loop, then release(context).  After
 * sv_offload_cancel only release(context) runs (once work has ended or was never begun).  `release` may be NULL. */
struct sv_offload *sv_offload_start(struct sv_loop *loop, sv_loop_fn *work, sv_loop_fn *done, sv_loop_fn *release, void *context);
void sv_offload_cancel(struct sv_offload *offload);
/* Size of the pool, shared by all loops of the process; call before the first loop is made.  Default 8. */
void sv_offload_pool_size(unsigned threads);

/* Receive datagrams on a unix socket (bound at `path`, an old socket there is replaced, mode 0660).  Each datagram of at most 64 KiB
 * gives one call.  0 or an SV_E* from errno. */
typedef void sv_datagram_fn(void *context, const uint8_t *data, size_t length);
int sv_datagram_open(struct sv_loop *loop, const char *path, sv_datagram_fn *fn, void *context, struct sv_datagram **ret_datagram);
void sv_datagram_close(struct sv_datagram *datagram);

/* SIGTERM, SIGINT, SIGHUP... as loop events. */
struct sv_signal;
typedef void sv_signal_fn(void *context, int number);
struct sv_signal *sv_signal_watch(struct sv_loop *loop, int number, sv_signal_fn *fn, void *context);
void sv_signal_close(struct sv_signal *handle);

/* `count` loops, each on a thread of its own, except loop 0, which runs on the caller's thread in sv_loop_group_run. `setup` runs on each
 * loop's thread before it runs (a negative result is an error), `teardown` after it stopped (not for a loop whose setup failed; the result is
 * ignored); index from 0; both may be NULL. */
struct sv_loop_group;
typedef int sv_loop_group_fn(void *context, struct sv_loop *loop, unsigned index);
struct sv_loop_group *sv_loop_group_new(unsigned count);
/* Returns when all loops were stopped: 0, or the first error of a setup (all loops then stop). */
int sv_loop_group_run(struct sv_loop_group *group, sv_loop_group_fn *setup, sv_loop_group_fn *teardown, void *context);
/* Any thread. */
void sv_loop_group_stop(struct sv_loop_group *group);
struct sv_loop *sv_loop_group_at(struct sv_loop_group *group, unsigned index);
unsigned sv_loop_group_count(const struct sv_loop_group *group);
void sv_loop_group_free(struct sv_loop_group *group);

#endif
