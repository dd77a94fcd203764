/* SPDX-License-Identifier: Apache-2.0
 * What generated templates call: the only ways by which bytes get into a page.  Everything is escaped by its type and place;
 * literals come from the generator alone (tests/unit/manager_web checks that nothing else calls sv_put_literal). */
#ifndef SV_PAGE_PUT_H
#define SV_PAGE_PUT_H

#include <stdint.h>

#include "page_html.h"
#include "page_out.h"
#include "page_url.h"

/* Literal template text; kept by reference when long. */
void sv_put_literal(struct sv_page_out *out, const char *text, size_t length);

/* Escaped for text and for quoted attributes alike; NULL is nothing. */
void sv_put_cstr(struct sv_page_out *out, const char *text);
void sv_put_text(struct sv_page_out *out, struct sv_text text);
void sv_put_unsigned(struct sv_page_out *out, uint64_t number);
void sv_put_signed(struct sv_page_out *out, int64_t number);
void sv_put_url(struct sv_page_out *out, struct sv_url url);
/* In a srcset, where commas part candidates: they are percent-encoded. */
void sv_put_srcset_url(struct sv_page_out *out, struct sv_url url);
/* Raw markup, from page_html.c alone. */
void sv_put_html(struct sv_page_out *out, struct sv_html html);

/* A hole in an attribute, title or textarea. */
#define SV_PUT_ESCAPED(out, value) _Generic((value), \
	char *: sv_put_cstr, const char *: sv_put_cstr, struct sv_text: sv_put_text, struct sv_url: sv_put_url, \
	unsigned char: sv_put_unsigned, unsigned short: sv_put_unsigned, unsigned: sv_put_unsigned, unsigned long: sv_put_unsigned, \
	unsigned long long: sv_put_unsigned, int: sv_put_signed, long: sv_put_signed, long long: sv_put_signed)((out), (value))
/* A hole in text: raw markup may stand here, too. */
#define SV_PUT_TEXT(out, value) _Generic((value), \
	char *: sv_put_cstr, const char *: sv_put_cstr, struct sv_text: sv_put_text, struct sv_url: sv_put_url, struct sv_html: sv_put_html, \
	unsigned char: sv_put_unsigned, unsigned short: sv_put_unsigned, unsigned: sv_put_unsigned, unsigned long: sv_put_unsigned, \
	unsigned long long: sv_put_unsigned, int: sv_put_signed, long: sv_put_signed, long long: sv_put_signed)((out), (value))

/* Messages: text pieces (escaped when the table was made) with arguments between. */
struct sv_message_part {
	const char *text;
	unsigned length;
	int argument;          /* index of the value that follows, -1: the message ends */
};
struct sv_message {
	const struct sv_message_part *one, *other;   /* one: NULL when the message has no forms */
	int count_argument;    /* value that chooses the form, -1: none */
};
struct sv_message_value {
	struct sv_text text;   /* data NULL: the number is meant */
	uint64_t number;
};
void sv_put_message(struct sv_page_out *out, const struct sv_message *message, const struct sv_message_value *values);

struct sv_message_value sv_message_of_cstr(const char *text);
struct sv_message_value sv_message_of_text(struct sv_text text);
struct sv_message_value sv_message_of_number(uint64_t number);
#define SV_MESSAGE_VALUE(value) _Generic((value), \
	char *: sv_message_of_cstr, const char *: sv_message_of_cstr, struct sv_text: sv_message_of_text, \
	unsigned: sv_message_of_number, unsigned long: sv_message_of_number, unsigned long long: sv_message_of_number)(value)
#define SV_MESSAGE_COUNT(value) _Generic((value), \
	unsigned: sv_message_of_number, unsigned long: sv_message_of_number, unsigned long long: sv_message_of_number)(value)

#endif
