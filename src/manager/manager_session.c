/* SPDX-License-Identifier: Apache-2.0
 * Guest sessions by cookie.  Over HTTPS the name is __Host-sid with Secure; over plain HTTP a plain name, so that a TV on the
 * local network works too. */
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "manager_call.h"
#include "metrics.h"


static const char *
cookie_name(const struct sv_call *call)
{
	return call->https ? "__Host-sid" : "sid";
}

static struct sv_text
find_cookie(const struct sv_call *call)
{
	struct sv_text left = sv_http_field(call->request, "Cookie");

	while (left.data != NULL) {
		struct sv_text value = sv_text_trim(sv_text_split(&left, ';'));
		struct sv_text name = sv_text_split(&value, '=');
		if (value.data != NULL && sv_text_is(name, cookie_name(call)) && value.length == SV_HOT_SECRET_LENGTH)
			return value;
	}
	return (struct sv_text){NULL, 0};
}

static void
made(void *context, int rc, const struct sv_hot_session *session)
{
	struct sv_call *call = context;

	call->hot_call = NULL;
	if (rc != 0) {
		sv_reply_error(call, 503, 2);
		return;
	}
	sv_metric_add(SV_METRIC_sessions_made, 0, 1);
	(void)snprintf(call->set_cookie, sizeof call->set_cookie, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", cookie_name(call), session->secret,
	    SV_HOT_SESSION_LIFE_S, call->https ? "; Secure" : "");
	call->session_next(call);
}

static void
make(struct sv_call *call)
{
	static const struct sv_hot_field fields[] = {{"tier", "guest"}};

	call->hot_call = sv_hot_session_make(call->manager->hot, fields, 1, made, call);
}

static void
got(void *context, int rc, const struct sv_hot_session *session)
{
	struct sv_call *call = context;

	call->hot_call = NULL;
	(void)session;
	if (rc == SV_ENOENT)
		make(call);
	else if (rc != 0)
		sv_reply_error(call, 503, 2);
	else
		call->session_next(call);
}

void
sv_session_ensure(struct sv_call *call, sv_call_answer_fn *next)
{
	struct sv_text secret = find_cookie(call);

	call->session_next = next;
	if (secret.data == NULL)
		make(call);
	else
		call->hot_call = sv_hot_session_get(call->manager->hot, secret, got, call);
}

bool
sv_session_same_origin(const struct sv_call *call)
{
	struct sv_text site = sv_http_field(call->request, "Sec-Fetch-Site");
	struct sv_text origin = sv_http_field(call->request, "Origin");
	struct sv_text host = sv_http_field(call->request, "Host");

	if (site.data != NULL)
		return sv_text_is(site, "same-origin") || sv_text_is(site, "none");
	const char *scheme = call->https ? "https://" : "http://";
	if (!sv_text_starts(origin, scheme))
		return false;
	size_t skip = strlen(scheme);
	return sv_text_equal_nocase((struct sv_text){origin.data + skip, origin.length - skip}, host);
}
