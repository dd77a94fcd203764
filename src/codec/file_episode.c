/* SPDX-License-Identifier: Apache-2.0
 * Each pattern is one function that looks at one token and says how many tokens it takes there (0: it is not there). */
#include "file_episode.h"

#include <stdio.h>

static bool
take_letter(struct sv_text *text, char lower)
{
	if (text->length == 0 || (text->data[0] | 0x20) != lower)
		return false;
	text->data++;
	text->length--;
	return true;
}

/* One to `most` digits. */
static bool
take_digits(struct sv_text *text, size_t least, size_t most, int *ret_value)
{
	size_t n = 0;
	int value = 0;

	while (n < text->length && n < most && text->data[n] >= '0' && text->data[n] <= '9')
		value = value * 10 + (text->data[n++] - '0');
	if (n < least || (n < text->length && text->data[n] >= '0' && text->data[n] <= '9'))
		return false;
	text->data += n;
	text->length -= n;
	*ret_value = value;
	return true;
}

static bool
all_digits(struct sv_text text, size_t least, size_t most, int *ret_value)
{
	int value = 0;

	if (!take_digits(&text, least, most, &value) || text.length != 0)
		return false;
	*ret_value = value;
	return true;
}

static void
add_episode(struct sv_file_episode *out, int number)
{
	if (out->episode_count < SV_FILE_EPISODE_MAX)
		out->episodes[out->episode_count++] = number;
}

/* "01-03": the ones between are meant too. */
static void
add_up_to(struct sv_file_episode *out, int number)
{
	int last = out->episodes[out->episode_count - 1];

	if (number > last && number - last < SV_FILE_EPISODE_MAX)
		for (int between = last + 1; between < number; between++)
			add_episode(out, between);
	add_episode(out, number);
}

/* Behind the first episode: "-03", "-E03", ".E03" in tokens of their own. */
static size_t
take_more(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	size_t taken = 0;
	int number = 0;

	while (i + taken < tokens->count) {
		struct sv_text text = tokens->list[i + taken].text, gap = sv_file_words_gap(tokens, i + taken);
		bool dash = sv_text_is(gap, "-"), lettered = take_letter(&text, 'e');
		if (gap.length != 1 || (!dash && !lettered) || !all_digits(text, lettered ? 1 : 2, lettered ? 4 : 3, &number))
			break;
		if (dash)
			add_up_to(out, number);
		else
			add_episode(out, number);
		taken++;
	}
	return taken;
}

/* "e01e02", "x01x02" until the end of a token; a version ("v2") may follow. */
static bool
take_list(struct sv_text text, char letter, size_t most, struct sv_file_episode *out)
{
	int number = 0;

	while (take_letter(&text, letter)) {
		if (!take_digits(&text, 1, most, &number))
			return false;
		add_episode(out, number);
	}
	if (take_letter(&text, 'v') && !take_digits(&text, 1, 1, &number))
		return false;
	return text.length == 0 && out->episode_count > 0;
}

/* S01E02, S01E01E02, S01.E02, S01E01-03 */
static size_t
season_and_episode(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	struct sv_text text = tokens->list[i].text;
	size_t taken = 1;

	if (!take_letter(&text, 's') || !take_digits(&text, 1, 4, &out->season))
		return 0;
	if (text.length == 0) {
		if (i + 1 >= tokens->count || sv_file_words_gap(tokens, i + 1).length != 1)
			return 0;
		text = tokens->list[i + 1].text;
		taken = 2;
	}
	if (!take_list(text, 'e', 4, out))
		return 0;
	out->certainty = 95;
	return taken + take_more(tokens, i + taken, out);
}

/* 2x05, 2x05x06, 2x05-06 */
static size_t
season_by_episode(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	struct sv_text text = tokens->list[i].text;

	if (!take_digits(&text, 1, 2, &out->season) || text.length < 3 || !take_list(text, 'x', 3, out))
		return 0;
	out->certainty = 90;
	return 1 + take_more(tokens, i + 1, out);
}

static bool
is_one_of(struct sv_text text, const char *const *names)
{
	for (; *names != NULL; names++)
		if (sv_text_equal_nocase(text, sv_text_of(*names)))
			return true;
	return false;
}

static const char *const season_words[] = {"season", "saison", "staffel", "temporada", "stagione", "series", NULL};
static const char *const episode_words[] = {"episode", "ep", "folge", "episodio", "capitulo", NULL};

static bool
number_behind(const struct sv_file_tokens *tokens, size_t i, const char *const *names, int *ret_number)
{
	return i + 1 < tokens->count && is_one_of(tokens->list[i].text, names) && all_digits(tokens->list[i + 1].text, 1, 4, ret_number);
}

/* "Season 1 Episode 3", "Episode 3" */
static size_t
spelled_out(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	size_t taken = 0;
	int number = 0;

	if (number_behind(tokens, i, season_words, &out->season))
		taken = 2;
	if (!number_behind(tokens, i + taken, episode_words, &number))
		return 0;
	add_episode(out, number);
	out->certainty = taken > 0 ? 90 : 75;
	return taken + 2 + take_more(tokens, i + taken + 2, out);
}

static size_t
date(const struct sv_file_tokens *tokens, size_t i, int this_year, struct sv_file_episode *out)
{
	int a = 0, b = 0, c = 0;

	if (i + 2 >= tokens->count || sv_file_words_gap(tokens, i + 1).length != 1 || sv_file_words_gap(tokens, i + 2).length != 1 ||
	    !all_digits(tokens->list[i + 1].text, 2, 2, &b))
		return 0;
	if (!all_digits(tokens->list[i].text, 4, 4, &a) || !all_digits(tokens->list[i + 2].text, 2, 2, &c)) {
		if (!all_digits(tokens->list[i].text, 2, 2, &c) || !all_digits(tokens->list[i + 2].text, 4, 4, &a))
			return 0;
	}
	if (a < 1900 || a > this_year + 1 || b < 1 || b > 12 || c < 1 || c > 31)
		return 0;
	(void)snprintf(out->date, sizeof out->date, "%04d-%02d-%02d", a % 10000, b % 100, c % 100);
	out->certainty = 80;
	return 3;
}

/* E07, Ep07 */
static size_t
episode_only(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	struct sv_text text = tokens->list[i].text;
	int number = 0;

	if (!take_letter(&text, 'e'))
		return 0;
	bool ep = take_letter(&text, 'p');
	if (!all_digits(text, ep ? 1 : 2, 4, &number))
		return 0;
	add_episode(out, number);
	out->certainty = 75;
	return 1 + take_more(tokens, i + 1, out);
}

/* S03, "Season 3", "Specials" */
static size_t
season_only(const struct sv_file_tokens *tokens, size_t i, struct sv_file_episode *out)
{
	struct sv_text text = tokens->list[i].text;
	static const char *const specials[] = {"specials", NULL};

	out->certainty = 80;
	if (take_letter(&text, 's') && all_digits(text, 2, 2, &out->season))
		return 1;
	if (number_behind(tokens, i, season_words, &out->season))
		return 2;
	/* only as the whole name of a folder: it is an ordinary word */
	if (tokens->count != 1 || !is_one_of(tokens->list[i].text, specials))
		return 0;
	out->season = 0;
	return 1;
}

/* "03 - Title" in the folder of a season */
static size_t
number_in_front(const struct sv_file_tokens *tokens, struct sv_file_episode *out)
{
	int number = 0;

	if (tokens->count == 0 || !all_digits(tokens->list[0].text, 1, 3, &number))
		return 0;
	add_episode(out, number);
	out->certainty = 75;
	return 1 + take_more(tokens, 1, out);
}

static void
mark(struct sv_file_tokens *tokens, const struct sv_file_episode *found)
{
	for (size_t i = found->first; i < found->first + found->count; i++)
		tokens->list[i].mark = SV_FILE_EPISODE;
}

void
sv_file_episode_find(struct sv_file_tokens *tokens, int this_year, bool season_folder, struct sv_file_episode *out)
{
	static size_t (*const patterns[])(const struct sv_file_tokens *, size_t, struct sv_file_episode *) = {
	    season_and_episode, season_by_episode, spelled_out, NULL, episode_only, NULL, season_only,
	};
	const size_t dates = 3, fronts = 5;

	for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
		for (size_t i = 0; i < tokens->count; i++) {
			if (p == fronts && (i > 0 || !season_folder))
				break;
			*out = (struct sv_file_episode){.season = -1, .first = i};
			if (tokens->list[i].mark == SV_FILE_TAG)
				continue;
			out->count = p == dates ? date(tokens, i, this_year, out) : p == fronts ? number_in_front(tokens, out) : patterns[p](tokens, i, out);
			if (out->count == 0)
				continue;
			mark(tokens, out);
			return;
		}
	}
	*out = (struct sv_file_episode){.season = -1};
}

void
sv_file_episode_guess(struct sv_file_tokens *tokens, size_t start, bool lead_group, struct sv_file_episode *out)
{
	for (size_t i = tokens->count; i > start + 1; i--) {
		const struct sv_file_token *token = &tokens->list[i - 1];
		struct sv_text text = token->text;
		int number = 0;
		if (token->mark != SV_FILE_PLAIN || token->bracket != 0 || !take_digits(&text, 2, lead_group ? 4 : 3, &number) ||
		    (text.length > 0 && !(text.length == 2 && (text.data[0] | 0x20) == 'v')))
			continue;
		bool last = i == tokens->count || tokens->list[i].bracket != 0 || tokens->list[i].mark != SV_FILE_PLAIN || sv_file_words_dash(tokens, i);
		if (!sv_file_words_dash(tokens, i - 1) && !(lead_group && last))
			continue;
		if (!last)
			continue;
		*out = (struct sv_file_episode){.first = i - 1, .count = 1, .season = out->season, .certainty = 70};
		add_episode(out, number);
		out->count += take_more(tokens, i, out);
		mark(tokens, out);
		return;
	}
}
