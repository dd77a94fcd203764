/* SPDX-License-Identifier: Apache-2.0
 * The writer keeps one bit a level (does a comma come next), which closing restores to "yes". */
#include "json_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "errors.h"
#include "sv_assert.h"

void
sv_json_start(struct sv_json *json, struct sv_buffer *out)
{
	*json = (struct sv_json){.out = out};
}

/* Before each value: the comma, unless a key stands before it. */
static void
place(struct sv_json *json)
{
	sv_assert(json->keyed || json->depth == 0 || json->closers[json->depth - 1] == ']');
	sv_assert(json->depth > 0 || !json->comma);
	if (json->comma && !json->keyed)
		sv_buffer_byte(json->out, ',');
	json->comma = true;
	json->keyed = false;
}

static void
begin(struct sv_json *json, char opener, char closer)
{
	place(json);
	sv_assert(json->depth < SV_JSON_DEPTH_MAX);
	sv_buffer_byte(json->out, (uint8_t)opener);
	json->closers[json->depth++] = closer;
	json->comma = false;
}

static void
end(struct sv_json *json, char closer)
{
	sv_assert(json->depth > 0 && json->closers[json->depth - 1] == closer && !json->keyed);
	sv_buffer_byte(json->out, (uint8_t)closer);
	json->depth--;
	json->comma = true;
}

void sv_json_begin_object(struct sv_json *json) { begin(json, '{', '}'); }
void sv_json_end_object(struct sv_json *json) { end(json, '}'); }
void sv_json_begin_array(struct sv_json *json) { begin(json, '[', ']'); }
void sv_json_end_array(struct sv_json *json) { end(json, ']'); }

/* Bytes of the well-formed UTF-8 sequence at the front, 0 when there is none. */
static size_t
sequence_length(struct sv_text text)
{
	for (size_t n = 1; n <= 4 && n <= text.length; n++)
		if (sv_utf8_valid((struct sv_text){text.data, n}))
			return n;
	return 0;
}

void
sv_json_escape(struct sv_text text, struct sv_buffer *out)
{
	sv_buffer_byte(out, '"');
	while (text.length > 0) {
		unsigned char c = (unsigned char)text.data[0];
		size_t taken = 1;
		if (c >= 0x80) {
			taken = sequence_length(text);
			if (taken == 0)
				sv_buffer_text(out, "\\ufffd");
			else if (taken == 3 && memcmp(text.data, "\xe2\x80\xa8", 3) == 0)
				sv_buffer_text(out, "\\u2028");    /* this one and the next end lines in old JavaScript */
			else if (taken == 3 && memcmp(text.data, "\xe2\x80\xa9", 3) == 0)
				sv_buffer_text(out, "\\u2029");
			else
				sv_buffer_append(out, text.data, taken);
			taken = taken == 0 ? 1 : taken;
		} else if (c == '"' || c == '\\') {
			sv_buffer_byte(out, '\\');
			sv_buffer_byte(out, c);
		} else if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&') {
			sv_buffer_printf(out, "\\u%04x", c);
		} else {
			sv_buffer_byte(out, c);
		}
		text.data += taken;
		text.length -= taken;
	}
	sv_buffer_byte(out, '"');
}

void
sv_json_key(struct sv_json *json, const char *name)
{
	sv_assert(json->depth > 0 && json->closers[json->depth - 1] == '}' && !json->keyed);
	if (json->comma)
		sv_buffer_byte(json->out, ',');
	sv_json_escape(sv_text_of(name), json->out);
	sv_buffer_byte(json->out, ':');
	json->keyed = true;
}

void
sv_json_text(struct sv_json *json, struct sv_text text)
{
	if (text.data == NULL) {
		sv_json_null(json);
		return;
	}
	place(json);
	sv_json_escape(text, json->out);
}

void
sv_json_u64(struct sv_json *json, uint64_t value)
{
	place(json);
	sv_buffer_printf(json->out, "%" PRIu64, value);
}

void
sv_json_i64(struct sv_json *json, int64_t value)
{
	place(json);
	sv_buffer_printf(json->out, "%" PRId64, value);
}

void
sv_json_real(struct sv_json *json, double value)
{
	if (!isfinite(value)) {
		sv_json_null(json);
		return;
	}
	place(json);
	sv_buffer_printf(json->out, "%.15g", value);
}

void
sv_json_bool(struct sv_json *json, bool value)
{
	place(json);
	sv_buffer_text(json->out, value ? "true" : "false");
}

void
sv_json_null(struct sv_json *json)
{
	place(json);
	sv_buffer_text(json->out, "null");
}

void
sv_json_member_text(struct sv_json *json, const char *name, struct sv_text text)
{
	sv_json_key(json, name);
	sv_json_text(json, text);
}

void
sv_json_member_cstr(struct sv_json *json, const char *name, const char *text)
{
	sv_json_key(json, name);
	sv_json_text(json, sv_text_of(text));
}

void
sv_json_member_u64(struct sv_json *json, const char *name, uint64_t value)
{
	sv_json_key(json, name);
	sv_json_u64(json, value);
}

void
sv_json_member_i64(struct sv_json *json, const char *name, int64_t value)
{
	sv_json_key(json, name);
	sv_json_i64(json, value);
}

void
sv_json_member_bool(struct sv_json *json, const char *name, bool value)
{
	sv_json_key(json, name);
	sv_json_bool(json, value);
}

int
sv_json_parse(struct sv_text text, size_t max_bytes, struct json_t **ret_tree)
{
	json_error_t error;

	if (text.length > max_bytes)
		return SV_ETOOBIG;
	json_t *tree = json_loadb(text.data == NULL ? "" : text.data, text.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (tree == NULL)
		return SV_EINVAL;
	*ret_tree = tree;
	return 0;
}

void
sv_json_free(struct json_t *tree)
{
	json_decref(tree);
}

/* NULL when it is missing or null. */
static const json_t *
member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : value;
}

int
sv_json_get_text(const struct json_t *object, const char *name, struct sv_text *ret_text)
{
	const json_t *value = member(object, name);

	if (value == NULL)
		return SV_ENOENT;
	if (!json_is_string(value))
		return SV_EINVAL;
	*ret_text = (struct sv_text){json_string_value(value), json_string_length(value)};
	return 0;
}

int
sv_json_get_i64(const struct json_t *object, const char *name, int64_t *ret_value)
{
	const json_t *value = member(object, name);

	if (value == NULL)
		return SV_ENOENT;
	if (!json_is_integer(value))
		return SV_EINVAL;
	*ret_value = json_integer_value(value);
	return 0;
}

int
sv_json_get_u64(const struct json_t *object, const char *name, uint64_t *ret_value)
{
	int64_t value = 0;
	int rc = sv_json_get_i64(object, name, &value);

	if (rc != 0 || value < 0)
		return rc != 0 ? rc : SV_ERANGE;
	*ret_value = (uint64_t)value;
	return 0;
}

int
sv_json_get_real(const struct json_t *object, const char *name, double *ret_value)
{
	const json_t *value = member(object, name);

	if (value == NULL)
		return SV_ENOENT;
	if (!json_is_number(value))
		return SV_EINVAL;
	*ret_value = json_number_value(value);
	return 0;
}

int
sv_json_get_bool(const struct json_t *object, const char *name, bool *ret_value)
{
	const json_t *value = member(object, name);

	if (value == NULL)
		return SV_ENOENT;
	if (!json_is_boolean(value))
		return SV_EINVAL;
	*ret_value = json_is_true(value);
	return 0;
}
