/* SPDX-License-Identifier: Apache-2.0
 * Chunks of a page and the ways into them.  Short pieces are copied into the current block and extend its chunk; a long
 * literal ends the chunk and becomes one of its own. */
#include "page_out.h"

#include <string.h>

#include "errors.h"
#include "html_escape.h"
#include "page_put.h"

/* A literal at least this long is pointed at: below, a copy costs less than an entry of writev. */
#define REFERENCE_BYTES 256
#define BLOCK_BYTES 8192
#define FIRST_CHUNKS 16

void
sv_page_out_init(struct sv_page_out *out, struct sv_arena *arena)
{
	*out = (struct sv_page_out){.arena = arena};
}

static struct iovec *
chunk_add(struct sv_page_out *out)
{
	if (out->chunk_count == out->chunk_cap) {
		size_t cap = out->chunk_cap == 0 ? FIRST_CHUNKS : out->chunk_cap * 2;
		struct iovec *grown = sv_arena_alloc(out->arena, cap * sizeof *grown);
		if (grown == NULL) {
			out->error = SV_ENOMEM;
			return NULL;
		}
		if (out->chunk_count > 0)
			memcpy(grown, out->chunks, out->chunk_count * sizeof *grown);
		out->chunks = grown;
		out->chunk_cap = cap;
	}
	return &out->chunks[out->chunk_count++];
}

/* The block's chunk is the last one exactly when the block's end is that chunk's end. */
static struct iovec *
block_chunk(struct sv_page_out *out)
{
	struct iovec *last = out->chunk_count == 0 ? NULL : &out->chunks[out->chunk_count - 1];

	if (last != NULL && (char *)last->iov_base + last->iov_len == out->block)
		return last;
	struct iovec *fresh = chunk_add(out);
	if (fresh != NULL)
		*fresh = (struct iovec){.iov_base = out->block};
	return fresh;
}

static void
put_bytes(struct sv_page_out *out, const char *bytes, size_t length)
{
	if (out->error != 0 || length == 0)
		return;
	if (out->block_left < length) {
		size_t size = length > BLOCK_BYTES ? length : BLOCK_BYTES;
		out->block = sv_arena_alloc(out->arena, size);
		out->block_left = out->block == NULL ? 0 : size;
		if (out->block == NULL) {
			out->error = SV_ENOMEM;
			return;
		}
	}
	struct iovec *chunk = block_chunk(out);
	if (chunk == NULL)
		return;
	memcpy(out->block, bytes, length);
	chunk->iov_len += length;
	out->block += length;
	out->block_left -= length;
	out->length += length;
}

void
sv_put_literal(struct sv_page_out *out, const char *text, size_t length)
{
	if (length < REFERENCE_BYTES) {
		put_bytes(out, text, length);
		return;
	}
	struct iovec *chunk = out->error != 0 ? NULL : chunk_add(out);
	if (chunk == NULL)
		return;
	/* iovec has no const; writev does not write */
	*chunk = (struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = length};
	out->length += length;
}

void
sv_put_text(struct sv_page_out *out, struct sv_text text)
{
	size_t begin = 0;

	/* data may be NULL then, and even NULL plus nothing is undefined */
	if (text.length == 0)
		return;
	for (size_t i = 0; i < text.length; i++) {
		const char *entity = sv_html_entity(text.data[i]);
		if (entity == NULL)
			continue;
		put_bytes(out, text.data + begin, i - begin);
		put_bytes(out, entity, strlen(entity));
		begin = i + 1;
	}
	put_bytes(out, text.data + begin, text.length - begin);
}

void
sv_put_cstr(struct sv_page_out *out, const char *text)
{
	if (text != NULL)
		sv_put_text(out, sv_text_of(text));
}

void
sv_put_unsigned(struct sv_page_out *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	put_bytes(out, digits + at, sizeof digits - at);
}

void
sv_put_signed(struct sv_page_out *out, int64_t number)
{
	if (number < 0)
		put_bytes(out, "-", 1);
	sv_put_unsigned(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
sv_put_url(struct sv_page_out *out, struct sv_url url)
{
	sv_put_text(out, (struct sv_text){url.text, url.length});
}

void
sv_put_srcset_url(struct sv_page_out *out, struct sv_url url)
{
	struct sv_text rest = {url.text, url.length};

	while (rest.length > 0) {
		const char *comma = memchr(rest.data, ',', rest.length);
		size_t length = comma == NULL ? rest.length : (size_t)(comma - rest.data);
		sv_put_text(out, (struct sv_text){rest.data, length});
		if (comma == NULL)
			return;
		put_bytes(out, "%2C", 3);
		rest = (struct sv_text){comma + 1, rest.length - length - 1};
	}
}

void
sv_put_html(struct sv_page_out *out, struct sv_html html)
{
	put_bytes(out, html.text, html.length);
}

struct sv_message_value
sv_message_of_cstr(const char *text)
{
	return (struct sv_message_value){.text = sv_text_of(text == NULL ? "" : text)};
}

struct sv_message_value
sv_message_of_text(struct sv_text text)
{
	return (struct sv_message_value){.text = text.data == NULL ? SV_TEXT("") : text};
}

struct sv_message_value
sv_message_of_number(uint64_t number)
{
	return (struct sv_message_value){.number = number};
}

void
sv_put_message(struct sv_page_out *out, const struct sv_message *message, const struct sv_message_value *values)
{
	const struct sv_message_part *part = message->other;

	if (message->count_argument >= 0 && values[message->count_argument].number == 1)
		part = message->one;
	for (;; part++) {
		put_bytes(out, part->text, part->length);
		if (part->argument < 0)
			return;
		const struct sv_message_value *value = &values[part->argument];
		if (value->text.data == NULL)
			sv_put_unsigned(out, value->number);
		else
			sv_put_text(out, value->text);
	}
}

char *
sv_page_out_flatten(struct sv_page_out *out)
{
	char *text = out->error != 0 ? NULL : sv_arena_alloc(out->arena, out->length + 1), *at = text;

	if (text == NULL) {
		out->error = out->error != 0 ? out->error : SV_ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < out->chunk_count; i++) {
		memcpy(at, out->chunks[i].iov_base, out->chunks[i].iov_len);
		at += out->chunks[i].iov_len;
	}
	return text;
}
