/* SPDX-License-Identifier: Apache-2.0
 * Days are counted in the proleptic Gregorian calendar, with years that begin in March so that the leap day comes last. */
#include "http_date.h"

#include <stdbool.h>
#include <stdio.h>

#include "errors.h"

#define LAST_SECOND 253402300799    /* 9999-12-31 23:59:59 */

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

struct parts {
	unsigned year, month, day, hour, minute, second;     /* month from 1 */
};

static int64_t
days_from(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static unsigned
days_in(unsigned year, unsigned month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

char *
sv_http_date_format(int64_t unix_s, char out[static SV_HTTP_DATE_SIZE])
{
	int64_t at = unix_s < 0 ? 0 : unix_s > LAST_SECOND ? LAST_SECOND : unix_s;
	int64_t days = at / 86400, second = at % 86400;
	unsigned year = (unsigned)(1970 + days / 366), month = 1;

	while (days_from(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_from(year, month + 1, 1) <= days)
		month++;
	unsigned day = (unsigned)(days - days_from(year, month, 1) + 1);
	(void)snprintf(out, SV_HTTP_DATE_SIZE, "%.3s, %02u %s %04u %02u:%02u:%02u GMT", day_names[(days + 4) % 7], day % 100, month_names[month - 1],
	    year % 10000, (unsigned)(second / 3600 % 24), (unsigned)(second / 60 % 60), (unsigned)(second % 60));
	return out;
}

/* Exactly `width` digits; a blank may stand for the first one where the old C form pads with it. */
static bool
take_number(struct sv_text *text, size_t width, bool padded, unsigned *ret_value)
{
	unsigned value = 0;

	if (text->length < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		char c = text->data[i];
		if (c == ' ' && padded && i == 0)
			c = '0';
		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (unsigned)(c - '0');
	}
	text->data += width;
	text->length -= width;
	*ret_value = value;
	return true;
}

static bool
take_literal(struct sv_text *text, const char *literal)
{
	if (!sv_text_starts(*text, literal))
		return false;
	text->data += strlen(literal);
	text->length -= strlen(literal);
	return true;
}

static bool
take_month(struct sv_text *text, unsigned *ret_month)
{
	for (unsigned i = 0; i < 12; i++)
		if (take_literal(text, month_names[i])) {
			*ret_month = i + 1;
			return true;
		}
	return false;
}

static bool
take_clock(struct sv_text *text, struct parts *parts)
{
	return take_number(text, 2, false, &parts->hour) && take_literal(text, ":") && take_number(text, 2, false, &parts->minute) &&
	    take_literal(text, ":") && take_number(text, 2, false, &parts->second);
}

/* What follows the name of the day: ", 06 Nov 1994 08:49:37 GMT", ", 06-Nov-94 08:49:37 GMT" or " Nov  6 08:49:37 1994" */
static bool
take_rest(struct sv_text text, bool whole_name, struct parts *parts)
{
	if (!whole_name && take_literal(&text, " "))
		return take_month(&text, &parts->month) && take_literal(&text, " ") && take_number(&text, 2, true, &parts->day) &&
		    take_literal(&text, " ") && take_clock(&text, parts) && take_literal(&text, " ") &&
		    take_number(&text, 4, false, &parts->year) && text.length == 0;
	const char *gap = whole_name ? "-" : " ";
	if (!take_literal(&text, ", ") || !take_number(&text, 2, false, &parts->day) || !take_literal(&text, gap) ||
	    !take_month(&text, &parts->month) || !take_literal(&text, gap) || !take_number(&text, whole_name ? 2 : 4, false, &parts->year))
		return false;
	if (whole_name)
		parts->year += parts->year >= 70 ? 1900 : 2000;
	return take_literal(&text, " ") && take_clock(&text, parts) && take_literal(&text, " GMT") && text.length == 0;
}

int
sv_http_date_parse(struct sv_text text, int64_t *ret_unix_s)
{
	struct parts parts = {0};

	for (size_t i = 0; i < 7; i++) {
		struct sv_text left = text;
		bool whole_name = take_literal(&left, day_names[i]);
		char abbreviation[4] = {day_names[i][0], day_names[i][1], day_names[i][2], '\0'};
		if (!whole_name && !take_literal(&left, abbreviation))
			continue;
		if (!take_rest(left, whole_name, &parts))
			return SV_EINVAL;
		if (parts.year < 1601 || parts.day < 1 || parts.day > days_in(parts.year, parts.month) || parts.hour > 23 || parts.minute > 59 ||
		    parts.second > 60)
			return SV_EINVAL;
		*ret_unix_s = days_from(parts.year, parts.month, parts.day) * 86400 + parts.hour * 3600 + parts.minute * 60 + parts.second;
		return 0;
	}
	return SV_EINVAL;
}
