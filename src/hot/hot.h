/* SPDX-License-Identifier: Apache-2.0
 * Hot state on Redis: sessions, one-time tokens, counters, progress of imports.  Secrets are stored as their SHA-256
 * only, so that a look into Redis gives nobody a session.
 *
 * Asynchronous, on the loop it was opened on; belongs to that loop.  Every start returns a handle and calls back exactly once, never from inside
 * the start; after sv_hot_cancel there is silence.  Everything fails closed: when Redis is away the callback gets SV_EUNAVAIL
 * (or SV_ETIMEOUT), and "yes" is said only by a reply of Redis.  Values handed to callbacks are borrowed for the call. */
#ifndef SV_HOT_H
#define SV_HOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "settings.h"
#include "text.h"

#define SV_HOT_SECRET_LENGTH 43        /* characters of a session cookie: 32 random bytes, base64url */
#define SV_HOT_MAX_FIELDS 16           /* fields of a session */
#define SV_HOT_MAX_FIELD 512           /* bytes of a field's value, of a token's value */
#define SV_HOT_SESSION_IDLE_S (7 * 86400)
#define SV_HOT_SESSION_LIFE_S (30 * 86400)

struct sv_hot;
struct sv_hot_call;

/* SV_REDIS_URL, or the private Redis in the run folder.  Connects in the background.  0 or SV_ECONFIG. */
int sv_hot_open(struct sv_loop *loop, const struct sv_settings *settings, struct sv_hot **ret_hot);
/* Calls under way are dropped in silence.  Accepts NULL. */
void sv_hot_close(struct sv_hot *hot);
/* Is Redis connected right now?  (for /readyz) */
bool sv_hot_up(const struct sv_hot *hot);
void sv_hot_cancel(struct sv_hot_call *call);

/* 0 or SV_E*. */
typedef void sv_hot_fn(void *context, int rc);

/* ---- sessions ---- */

struct sv_hot_field {
	const char *name;                  /* [a-z_]{1,32}; "made" is ours */
	const char *value;                 /* at most SV_HOT_MAX_FIELD bytes */
};
struct sv_hot_session {
	char secret[SV_HOT_SECRET_LENGTH + 1];   /* what the cookie carries */
	int64_t made_unix_s;
	const struct sv_hot_field *fields;
	size_t field_count;
};
/* rc 0: the session.  SV_ENOENT: unknown, over its idle or its whole life, or no such form.  SV_EUNAVAIL, SV_ETIMEOUT: ask again later; the
 * viewer is nobody for now, but the cookie must stay. */
typedef void sv_hot_session_fn(void *context, int rc, const struct sv_hot_session *session);

/* Make one with these fields (copied). */
struct sv_hot_call *sv_hot_session_make(struct sv_hot *hot, const struct sv_hot_field *fields, size_t count, sv_hot_session_fn *fn, void *context);
/* Read it and begin its idle time anew. */
struct sv_hot_call *sv_hot_session_get(struct sv_hot *hot, struct sv_text secret, sv_hot_session_fn *fn, void *context);
/* Set one field of a living session: 0, SV_ENOENT, SV_EINVAL (name or length). */
struct sv_hot_call *sv_hot_session_set(struct sv_hot *hot, struct sv_text secret, const char *name, const char *value, sv_hot_fn *fn, void *context);
/* Gone afterwards; 0 also when it was already. */
struct sv_hot_call *sv_hot_session_drop(struct sv_hot *hot, struct sv_text secret, sv_hot_fn *fn, void *context);

/* ---- one-time tokens ---- */

/* rc 0: the value that was put.  SV_ENOENT: never was, taken already, or over. */
typedef void sv_hot_value_fn(void *context, int rc, const char *value, size_t length);
/* `purpose` ([a-z_]{1,32}) keeps tokens of different kinds apart.  0, SV_EEXIST (this token was put before and not taken), SV_EINVAL. */
struct sv_hot_call *sv_hot_token_put(struct sv_hot *hot, const char *purpose, struct sv_text token, struct sv_text value, uint64_t life_s, sv_hot_fn *fn,
    void *context);
/* Of any number of takers at once exactly one gets it. */
struct sv_hot_call *sv_hot_token_take(struct sv_hot *hot, const char *purpose, struct sv_text token, sv_hot_value_fn *fn, void *context);

/* ---- counters ---- */

struct sv_hot_count {
	bool granted;
	uint64_t count;                    /* in this window, this one included when granted */
	uint64_t retry_ms;                 /* until the window ends */
};
/* count is NULL unless rc is 0. */
typedef void sv_hot_count_fn(void *context, int rc, const struct sv_hot_count *count);
/* May `who` (a client prefix, a session) do `what` ([a-z_]{1,32}) `amount` more times, at most `limit` in window_s?  The window begins with the first.
 * A refusal counts nothing. */
struct sv_hot_call *sv_hot_count(struct sv_hot *hot, const char *what, struct sv_text who, uint64_t amount, uint64_t limit, uint64_t window_s,
    sv_hot_count_fn *fn, void *context);

/* ---- progress of work that viewers see ---- */

enum sv_hot_work { SV_HOT_SAMPLES = 0, SV_HOT_LIBRARY, SV_HOT_WORK_COUNT };
struct sv_hot_progress {
	bool active;                       /* put within the last 30 s and not ended */
	unsigned done, total;              /* films */
	unsigned percent;                  /* of the whole work, 0..100 */
};
/* progress: array of SV_HOT_WORK_COUNT; NULL unless rc is 0. */
typedef void sv_hot_progress_fn(void *context, int rc, const struct sv_hot_progress *progress);
/* Say it at least every 10 s; active false ends it.  fn may be NULL. */
struct sv_hot_call *sv_hot_progress_put(struct sv_hot *hot, enum sv_hot_work work, const struct sv_hot_progress *progress, sv_hot_fn *fn, void *context);
struct sv_hot_call *sv_hot_progress_get(struct sv_hot *hot, sv_hot_progress_fn *fn, void *context);

#endif
