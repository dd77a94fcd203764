/* SPDX-License-Identifier: Apache-2.0
 * Strict reader of a signed link's arguments. */
#include "link_args.h"

#include <string.h>

#define LINK_DIGITS_MAX 18
#define LINK_MD5_TEXT_LENGTH 22

static int
base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool
sv_link_args_is_id(const char *text, size_t length)
{
	if (length != SV_LINK_ID_LENGTH)
		return false;
	/* The alphabet of ids is that of base64url. */
	for (size_t i = 0; i < length; i++)
		if (base64url_value(text[i]) < 0)
			return false;
	return true;
}

static bool
field_is(struct sv_link_field field, const char *text)
{
	return field.length == strlen(text) && memcmp(field.data, text, field.length) == 0;
}

static bool
parse_decimal(struct sv_link_field field, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (field.length == 0 || field.length > LINK_DIGITS_MAX || (field.data[0] == '0' && field.length > 1))
		return false;
	for (size_t i = 0; i < field.length; i++) {
		if (field.data[i] < '0' || field.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(field.data[i] - '0');
	}
	*ret_value = value;
	return true;
}

static bool
parse_mac(struct sv_link_field field, uint8_t mac[static SV_LINK_MAC_LENGTH])
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t filled = 0;

	if (field.length != LINK_MD5_TEXT_LENGTH)
		return false;
	for (size_t i = 0; i < field.length; i++) {
		int value = base64url_value(field.data[i]);

		if (value < 0)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			mac[filled++] = (uint8_t)(bits >> held);
		}
	}
	/* 22 characters carry 132 bits: the last four must be zero, or one code would have 16 spellings. */
	return (bits & 0xf) == 0;
}

/* The field that a name stands for, or NULL. */
static struct sv_link_field *
field_named(struct sv_link_args *args, struct sv_link_field name)
{
	if (field_is(name, "expires"))
		return &args->expires;
	if (field_is(name, "tier"))
		return &args->tier;
	if (field_is(name, "play"))
		return &args->play;
	if (field_is(name, "v"))
		return &args->v;
	return field_is(name, "md5") ? &args->md5 : NULL;
}

/* One `name=value`; false for an unknown name and for a second value of one name. */
static bool
take_argument(struct sv_link_args *args, const char *text, size_t length)
{
	const char *equals = length == 0 ? NULL : memchr(text, '=', length);
	struct sv_link_field *field = NULL;

	if (equals == NULL)
		return false;
	field = field_named(args, (struct sv_link_field){text, (size_t)(equals - text)});
	if (field == NULL || field->data != NULL)
		return false;
	field->data = equals + 1;
	field->length = length - (size_t)(equals + 1 - text);
	return true;
}

bool
sv_link_args_parse(const char *query, size_t length, struct sv_link_args *ret_args)
{
	struct sv_link_args args = {0};
	uint64_t version = 0;
	size_t start = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && query[i] != '&')
			continue;
		if (!take_argument(&args, query + start, i - start))
			return false;
		start = i + 1;
	}
	if (args.expires.data == NULL || args.tier.data == NULL || args.play.data == NULL || args.v.data == NULL || args.md5.data == NULL)
		return false;
	args.member = field_is(args.tier, "member");
	if (!args.member && !field_is(args.tier, "guest"))
		return false;
	if (!sv_link_args_is_id(args.play.data, args.play.length) || !parse_decimal(args.expires, &args.expires_unix_s)
	    || !parse_decimal(args.v, &version) || !parse_mac(args.md5, args.mac))
		return false;
	*ret_args = args;
	return true;
}
