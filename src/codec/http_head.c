/* SPDX-License-Identifier: Apache-2.0
 * Two passes: find the end of the head and refuse foreign bytes (resumed where the last call stopped, so that a client that
 * sends byte by byte costs no more than another), then read the lines. */
#include "http_head.h"

#include "errors.h"
#include "sv_assert.h"

static int
refuse(struct sv_http_head *head, int status)
{
	head->status = status;
	return status == 414 || status == 431 ? SV_ETOOBIG : SV_EPROTO;
}

/* RFC 9110 5.6.2 */
static bool
is_token_byte(unsigned char c)
{
	if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		return true;
	return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool
sv_http_head_token(struct sv_text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!is_token_byte((unsigned char)text.data[i]))
			return false;
	return text.length > 0;
}

/* A line ended at `at` (its CR).  1: it was the empty one. */
static int
end_line(struct sv_http_head *head, size_t at)
{
	if (at == head->line)
		return head->lines == 0 ? refuse(head, 400) : 1;
	head->line = at + 2;
	head->lines++;
	return head->lines > SV_HTTP_FIELDS_MAX + 1 ? refuse(head, 431) : 0;
}

/* Bytes of the head, SV_EAGAIN, or an error. */
static int
find_end(const char *data, size_t length, struct sv_http_head *head)
{
	size_t limit = length < SV_HTTP_HEAD_MAX ? length : SV_HTTP_HEAD_MAX;

	sv_assert(length >= head->scanned);
	while (head->scanned < limit) {
		unsigned char c = (unsigned char)data[head->scanned];
		if (c == '\r') {
			if (head->scanned + 1 == limit)
				break;
			if (data[head->scanned + 1] != '\n')
				return refuse(head, 400);
			int rc = end_line(head, head->scanned);
			head->scanned += 2;
			if (rc != 0)
				return rc < 0 ? rc : (int)head->scanned;
			continue;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return refuse(head, 400);
		if (head->scanned - head->line >= SV_HTTP_LINE_MAX)
			return refuse(head, head->lines == 0 ? 414 : 431);
		head->scanned++;
	}
	return length >= SV_HTTP_HEAD_MAX ? refuse(head, 431) : SV_EAGAIN;
}

static struct sv_text
next_line(struct sv_text *left)
{
	const char *end = memchr(left->data, '\r', left->length);
	struct sv_text line = {left->data, (size_t)(end - left->data)};

	*left = (struct sv_text){end + 2, left->length - line.length - 2};
	return line;
}

static int
read_target(struct sv_http_head *head, struct sv_text target)
{
	if (target.length == 0 || target.data[0] != '/')
		return refuse(head, 400);
	for (size_t i = 0; i < target.length; i++) {
		unsigned char c = (unsigned char)target.data[i];
		if (c <= 0x20 || c >= 0x7f || c == '#')
			return refuse(head, 400);
	}
	head->target = target;
	head->query = target;
	head->path = sv_text_split(&head->query, '?');
	return 0;
}

/* method SP request-target SP HTTP-version, with exactly these two blanks */
static int
read_request_line(struct sv_http_head *head, struct sv_text line)
{
	struct sv_text rest = line;
	struct sv_text method = sv_text_split(&rest, ' ');
	struct sv_text target = sv_text_split(&rest, ' ');

	if (!sv_http_head_token(method))
		return refuse(head, 400);
	if (method.length > SV_HTTP_METHOD_MAX)
		return refuse(head, 501);
	head->method = method;
	int rc = read_target(head, target);
	if (rc != 0)
		return rc;
	if (rest.length != 8 || !sv_text_starts(rest, "HTTP/") || rest.data[5] < '0' || rest.data[5] > '9' || rest.data[6] != '.' ||
	    rest.data[7] < '0' || rest.data[7] > '9')
		return refuse(head, 400);
	if (rest.data[5] != '1' || rest.data[7] > '1')
		return refuse(head, 505);
	head->minor = rest.data[7] - '0';
	return 0;
}

static int
read_field(struct sv_http_head *head, struct sv_text line)
{
	struct sv_text value = line;
	struct sv_text name = sv_text_split(&value, ':');

	/* a folded line or a blank before the colon shows as a name that is no token */
	if (value.data == NULL || !sv_http_head_token(name))
		return refuse(head, 400);
	if (head->field_count == SV_HTTP_FIELDS_MAX)
		return refuse(head, 431);
	head->fields[head->field_count++] = (struct sv_http_field){name, sv_text_trim(value)};
	return 0;
}

static int
judge_length(struct sv_http_head *head)
{
	size_t lengths = sv_http_head_count(head, "Content-Length"), codings = sv_http_head_count(head, "Transfer-Encoding");

	if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1))
		return refuse(head, 400);
	if (lengths == 1) {
		uint64_t value = 0;
		if (sv_text_to_u64(sv_http_head_field(head, "Content-Length"), &value) != 0 || value > INT64_MAX)
			return refuse(head, 400);
		head->content_length = value;
		head->has_content_length = true;
	}
	if (codings == 1) {
		if (head->minor == 0)
			return refuse(head, 400);
		if (!sv_text_equal_nocase(sv_http_head_field(head, "Transfer-Encoding"), SV_TEXT("chunked")))
			return refuse(head, 501);
		head->chunked = true;
	}
	return 0;
}

static int
judge_host(struct sv_http_head *head)
{
	size_t count = sv_http_head_count(head, "Host");
	struct sv_text host = sv_http_head_field(head, "Host");

	if (count > 1 || (count == 0 && head->minor == 1))
		return refuse(head, 400);
	for (size_t i = 0; i < host.length; i++) {
		unsigned char c = (unsigned char)host.data[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		if (!plain && (c >= 0x80 || strchr("-._~%!$&'()*+,;=:[]", c) == NULL))
			return refuse(head, 400);
	}
	head->host = host;
	return 0;
}

static int
judge_connection(struct sv_http_head *head)
{
	bool close = false, keep = false;

	for (size_t i = 0; i < head->field_count; i++) {
		struct sv_http_field field = head->fields[i];
		if (sv_text_equal_nocase(field.name, SV_TEXT("Connection"))) {
			close = close || sv_http_head_list_has(field.value, "close");
			keep = keep || sv_http_head_list_has(field.value, "keep-alive");
		} else if (sv_text_equal_nocase(field.name, SV_TEXT("Expect")) && head->minor == 1) {
			if (!sv_text_equal_nocase(field.value, SV_TEXT("100-continue")))
				return refuse(head, 417);
			head->expect_continue = true;
		}
	}
	head->keep_alive = !close && (head->minor == 1 || keep);
	return 0;
}

int
sv_http_head_parse(const char *data, size_t length, struct sv_http_head *head)
{
	if (head->status != 0)
		return refuse(head, head->status);
	int end = find_end(data, length, head);
	if (end < 0)
		return end;
	head->field_count = 0;
	/* without the empty line: each line then ends in CR LF */
	struct sv_text left = {data, (size_t)end - 2};
	int rc = read_request_line(head, next_line(&left));
	while (rc == 0 && left.length > 0)
		rc = read_field(head, next_line(&left));
	if (rc == 0)
		rc = judge_host(head);
	if (rc == 0)
		rc = judge_length(head);
	if (rc == 0)
		rc = judge_connection(head);
	return rc == 0 ? end : rc;
}

struct sv_text
sv_http_head_field(const struct sv_http_head *head, const char *name)
{
	struct sv_text wanted = sv_text_of(name);

	for (size_t i = 0; i < head->field_count; i++)
		if (sv_text_equal_nocase(head->fields[i].name, wanted))
			return head->fields[i].value;
	return (struct sv_text){NULL, 0};
}

size_t
sv_http_head_count(const struct sv_http_head *head, const char *name)
{
	struct sv_text wanted = sv_text_of(name);
	size_t count = 0;

	for (size_t i = 0; i < head->field_count; i++)
		count += sv_text_equal_nocase(head->fields[i].name, wanted);
	return count;
}

bool
sv_http_head_list_has(struct sv_text list, const char *token)
{
	struct sv_text wanted = sv_text_of(token);

	while (list.data != NULL)
		if (sv_text_equal_nocase(sv_text_trim(sv_text_split(&list, ',')), wanted))
			return true;
	return false;
}

struct sv_text
sv_http_head_cookie(const struct sv_http_head *head, const char *name)
{
	struct sv_text found = {NULL, 0};

	for (size_t i = 0; i < head->field_count; i++) {
		struct sv_text left = head->fields[i].value;
		if (!sv_text_equal_nocase(head->fields[i].name, SV_TEXT("Cookie")))
			continue;
		while (left.data != NULL) {
			struct sv_text value = sv_text_trim(sv_text_split(&left, ';'));
			struct sv_text key = sv_text_split(&value, '=');
			if (value.data == NULL || !sv_text_is(key, name))
				continue;
			if (found.data != NULL && !sv_text_equal(found, value))
				return (struct sv_text){NULL, 0};
			found = value;
		}
	}
	return found;
}
