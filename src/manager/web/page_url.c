/* SPDX-License-Identifier: Apache-2.0
 * The makers of struct sv_url. */
#include "page_url.h"

#include <string.h>

#include "errors.h"

#define SLUG_MAX 60
#define ID_MAX 32
#define ADDRESS_MAX 4096

/* What the letters U+00C0 to U+017F become in a slug. */
static const char latin[][3] = {
	"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "o", "",
	"o", "u", "u", "u", "u", "y", "th", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "y", "a", "a", "a", "a", "a", "a", "c", "c",
	"c", "c", "c", "c", "c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",
	"g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k",
	"k", "l", "l", "l", "l", "l", "l", "l", "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",
	"o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", "s", "s", "t", "t", "t", "t", "t", "t",
	"u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",
};

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
may_stand(struct sv_text text, size_t at)
{
	char c = text.data[at];

	if (c == '%')
		return at + 2 < text.length && is_hex(text.data[at + 1]) && is_hex(text.data[at + 2]);
	return is_plain(c) || (c != '\0' && strchr("-._~:/?#[]@!$&()*+,;=", c) != NULL);
}

/* Scheme and begin: a path of ours, a query, a fragment, or one of three schemes. */
static bool
begin_is_allowed(struct sv_text text)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (sv_text_starts(text, schemes[i]) && text.length > strlen(schemes[i]))
			return text.data[strlen(schemes[i])] != '/';
	if (text.data[0] == '/')
		return text.length == 1 || (text.data[1] != '/' && text.data[1] != '\\');
	return text.data[0] == '?' || text.data[0] == '#';
}

/* "/../" and "/." in the path would name something else than what it looks like. */
static bool
has_dot_segment(struct sv_text text)
{
	for (size_t i = 0; i + 1 < text.length && text.data[i] != '?' && text.data[i] != '#'; i++) {
		if (text.data[i] != '/' || text.data[i + 1] != '.')
			continue;
		size_t end = i + 1;
		while (end < text.length && text.data[end] == '.')
			end++;
		if (end - i <= 3 && (end == text.length || strchr("/?#", text.data[end]) != NULL))
			return true;
	}
	return false;
}

int
sv_url_make(struct sv_arena *arena, struct sv_text text, struct sv_url *ret_url)
{
	static const char digits[] = "0123456789ABCDEF";

	if (text.length == 0 || text.length > ADDRESS_MAX || !begin_is_allowed(text) || has_dot_segment(text))
		return SV_EINVAL;
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return SV_EINVAL;
	char *out = sv_arena_alloc(arena, text.length * 3 + 1), *at = out;
	if (out == NULL)
		return SV_ENOMEM;
	for (size_t i = 0; i < text.length; i++) {
		if (may_stand(text, i)) {
			*at++ = text.data[i];
			continue;
		}
		*at++ = '%';
		*at++ = digits[(unsigned char)text.data[i] >> 4];
		*at++ = digits[text.data[i] & 15];
	}
	*ret_url = (struct sv_url){out, (size_t)(at - out)};
	return 0;
}

bool
sv_url_id_valid(const char *id)
{
	size_t length = 0;

	if (id == NULL)
		return false;
	for (; id[length] != '\0'; length++)
		if (length == ID_MAX || !(is_plain(id[length]) || id[length] == '-' || id[length] == '_'))
			return false;
	return length > 0;
}

/* The ASCII letters of the character at *text, moved over; "" parts words. */
static const char *
slug_piece(const char **text, char room[static 2])
{
	unsigned char c = (unsigned char)*(*text)++;

	if (c < 0x80) {
		room[0] = is_plain((char)c) ? (char)(c >= 'A' && c <= 'Z' ? c + 32 : c) : '\0';
		room[1] = '\0';
		return room;
	}
	if (c >= 0xc3 && c <= 0xc5 && ((unsigned char)**text & 0xc0) == 0x80) {
		unsigned point = ((c & 0x1fu) << 6 | ((unsigned char)*(*text)++ & 0x3fu));
		if (point - 0xc0 < sizeof latin / sizeof *latin)
			return latin[point - 0xc0];
		return "";
	}
	while (((unsigned char)**text & 0xc0) == 0x80)
		(*text)++;
	return "";
}

static size_t
slug_write(const char *title, char *out)
{
	size_t length = 0;
	bool gap = false;

	while (*title != '\0') {
		char room[2];
		/* "it's" is one word */
		if (*title == '\'') {
			title++;
			continue;
		}
		const char *piece = slug_piece(&title, room);
		if (*piece == '\0') {
			gap = length > 0;
			continue;
		}
		if (length + gap + strlen(piece) > SLUG_MAX)
			break;
		if (gap)
			out[length++] = '-';
		gap = false;
		while (*piece != '\0')
			out[length++] = *piece++;
	}
	return length;
}

/* prefix, id, "-slug" when there is one, suffix */
static struct sv_url
named_url(struct sv_arena *arena, const char *prefix, const char *id, const char *title, const char *suffix)
{
	char *out = NULL, *at = NULL;

	if (!sv_url_id_valid(id))
		return (struct sv_url){0};
	out = sv_arena_alloc(arena, strlen(prefix) + strlen(id) + 1 + SLUG_MAX + strlen(suffix) + 1);
	if (out == NULL)
		return (struct sv_url){0};
	at = stpcpy(stpcpy(out, prefix), id);
	size_t length = title == NULL ? 0 : slug_write(title, at + 1);
	if (length > 0) {
		*at = '-';
		at += 1 + length;
	}
	at = stpcpy(at, suffix);
	return (struct sv_url){out, (size_t)(at - out)};
}

struct sv_url
sv_url_film(struct sv_arena *arena, const char *id, const char *title)
{
	return named_url(arena, "/m/", id, title, "");
}

struct sv_url
sv_url_series(struct sv_arena *arena, const char *id, const char *title)
{
	return named_url(arena, "/s/", id, title, "");
}

/* The digits of `number` behind `text` in `room`. */
static const char *
number_suffix(char *room, const char *text, unsigned number)
{
	char digits[12];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	stpcpy(stpcpy(room, text), digits + at);
	return room;
}

struct sv_url
sv_url_season(struct sv_arena *arena, const char *id, const char *title, unsigned season)
{
	char suffix[16];

	return named_url(arena, "/s/", id, title, number_suffix(suffix, "/", season));
}

struct sv_url
sv_url_episode(struct sv_arena *arena, const char *id)
{
	return named_url(arena, "/e/", id, NULL, "");
}

struct sv_url
sv_url_watch(struct sv_arena *arena, const char *id)
{
	return named_url(arena, "/w/", id, NULL, "");
}

struct sv_url
sv_url_download(struct sv_arena *arena, const char *id)
{
	return named_url(arena, "/d/", id, NULL, "");
}

struct sv_url
sv_url_download_start(struct sv_arena *arena, const char *id)
{
	return named_url(arena, "/d/", id, NULL, "/start");
}

struct sv_url
sv_url_image(struct sv_arena *arena, const char *id, const char *version, unsigned width)
{
	char suffix[16 + ID_MAX + 4];

	number_suffix(suffix, "?w=", width);
	if (version != NULL) {
		if (!sv_url_id_valid(version))
			return (struct sv_url){0};
		stpcpy(stpcpy(suffix + strlen(suffix), "&v="), version);
	}
	return named_url(arena, "/api/image/", id, NULL, suffix);
}
