/* SPDX-License-Identifier: Apache-2.0
 * Order of work: clean the name, drop channel and site tags, cut it into words, find the episode, mark the vocabulary, choose the
 * year, and what stands before the first of these is the title.  Folders are asked last. */
#include "file_name.h"

#include <assert.h>
#include <stdio.h>

#include "file_episode.h"
#include "file_words.h"
#include "sv_assert.h"

#define WORK_MAX 1024                /* bytes of a name that are looked at */

struct reading {
	char work[WORK_MAX];
	struct sv_file_tokens tokens;
	struct sv_file_episode episode;
	size_t start;                    /* first token of the title */
	size_t title_end;                /* token behind the title */
	size_t year_at;                  /* token, or tokens.count */
	bool lead_group;                 /* the name begins with [something] */
	bool blanks;                     /* words are separated by blanks, dots are not separators */
	int this_year;
};

static const char *const containers[] = {"mkv", "mp4", "m4v", "avi", "mov", "webm", "ts", "m2ts", "mts", "mpg", "mpeg", "wmv", "flv", "ogv", "ogm",
    "3gp", "divx", "vob", "rmvb", "asf"};

bool
sv_file_name_is_video(struct sv_text extension)
{
	for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++)
		if (sv_text_equal_nocase(extension, sv_text_of(containers[i])))
			return true;
	return false;
}

/* Bytes of the character at the front when it is well-formed, 0 otherwise. */
static size_t
character_length(struct sv_text text)
{
	for (size_t n = 1; n <= 4 && n <= text.length; n++)
		if (sv_utf8_valid((struct sv_text){text.data, n}))
			return n;
	return 0;
}

/* Copy with other scripts' brackets, dashes and blanks made plain, and without bytes that are no text. */
static size_t
clean(struct sv_text name, char out[static WORK_MAX])
{
	static const char *const plain[][2] = {{"\xc2\xa0", " "}, {"\xe3\x80\x80", " "}, {"\xe3\x80\x90", "["}, {"\xe3\x80\x91", "]"}, {"\xef\xbc\x88", "("},
	    {"\xef\xbc\x89", ")"}, {"\xe2\x80\x93", "-"}, {"\xe2\x80\x94", "-"}, {"\xef\xbc\xbb", "["}, {"\xef\xbc\xbd", "]"}, {"\xe2\x80\x8b", ""},
	    {"\xef\xbb\xbf", ""}};
	size_t n = 0;

	while (name.length > 0 && n + 5 < WORK_MAX) {
		size_t length = character_length(name);
		const char *from = name.data;
		size_t put = length;
		for (size_t i = 0; length > 1 && i < sizeof plain / sizeof plain[0]; i++)
			if (strlen(plain[i][0]) == length && memcmp(plain[i][0], name.data, length) == 0) {
				from = plain[i][1];
				put = strlen(plain[i][1]);
			}
		if (length == 1 && ((unsigned char)*from < 0x20 || *from == 0x7f))
			from = " ";
		memcpy(out + n, from, put);
		n += put;
		name.data += length == 0 ? 1 : length;
		name.length -= length == 0 ? 1 : length;
	}
	out[n] = '\0';
	return n;
}

/* Copy text that ends at a whole character. */
static void
put(char *out, size_t size, struct sv_text text)
{
	size_t n = text.length < size ? text.length : size - 1;

	while (n < text.length && n > 0 && ((unsigned char)text.data[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(out, text.data, n);
	out[n] = '\0';
}

/* Is a word of one letter at `at`? */
static bool
is_initial(struct sv_text raw, size_t at)
{
	unsigned char c = at < raw.length ? (unsigned char)raw.data[at] | 0x20 : 0;

	if (c < 'a' || c > 'z')
		return false;
	return (at == 0 || strchr(" ._-", raw.data[at - 1]) != NULL) && (at + 1 >= raw.length || strchr(" ._-", raw.data[at + 1]) != NULL);
}

/* A dot between at least three single letters, as in "S.H.I.E.L.D", stays; so does that of "E.T". */
static bool
dot_of_initials(struct sv_text raw, size_t dot)
{
	size_t before = 0, after = 0;

	while (before < 3 && dot > 2 * before && is_initial(raw, dot - 2 * before - 1) && (before == 0 || raw.data[dot - 2 * before] == '.'))
		before++;
	while (after < 3 && is_initial(raw, dot + 2 * after + 1) && (after == 0 || raw.data[dot + 2 * after] == '.'))
		after++;
	return before > 0 && after > 0 && (before + after >= 3 || raw.length == 3);
}

/* The words of a name as people write them: separators become blanks, runs of blanks one.  In a name with blanks dots are
 * no separators. */
static void
put_title(const struct reading *reading, struct sv_text raw, char *out, size_t size)
{
	char text[WORK_MAX];
	size_t n = 0;

	for (size_t i = 0; i < raw.length; i++) {
		char c = raw.data[i];
		if (c == '_' || c == '[' || c == ']' || c == '{' || c == '}' || (c == '.' && !reading->blanks && !dot_of_initials(raw, i)))
			c = ' ';
		if (c != ' ' || (n > 0 && text[n - 1] != ' '))
			text[n++] = c;
	}
	struct sv_text tidy = {text, n};
	while (tidy.length > 0 && strchr(" -,:;+~|", tidy.data[tidy.length - 1]) != NULL)
		tidy.length--;
	while (tidy.length > 0 && strchr(" -,:;+~|.)", tidy.data[0]) != NULL) {
		tidy.data++;
		tidy.length--;
	}
	/* a bracket that was opened behind what is left, or closed before it */
	if (tidy.length > 0 && tidy.data[tidy.length - 1] == '(')
		tidy.length--;
	put(out, size, sv_text_trim(tidy));
}

/* The raw name from token `from` up to token `to`. */
static struct sv_text
raw_between(const struct sv_file_tokens *tokens, size_t from, size_t to)
{
	if (from >= to)
		return (struct sv_text){"", 0};
	const char *start = tokens->list[from].text.data;
	const struct sv_text *last = &tokens->list[to - 1].text;
	size_t length = (size_t)(last->data + last->length - start);
	if (tokens->list[from].opener == '(' && tokens->list[from].bracket != tokens->list[to - 1].bracket) {
		start--;
		length++;
	} else if (tokens->list[to - 1].opener == '(' && last->data[last->length] == ')') {
		length++;
	}
	return (struct sv_text){start, length};
}

static bool
looks_like_site(struct sv_text text)
{
	static const char *const ends[] = {".com", ".net", ".org", ".me", ".to", ".in", ".io", ".tv", ".cc", ".ws", ".site", ".xyz", ".info", ".app"};

	if (sv_text_starts(text, "www.") || sv_text_starts(text, "WWW.") || sv_text_starts(text, "t.me") || sv_text_starts(text, "@"))
		return true;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t length = strlen(ends[i]);
		if (text.length > length && sv_text_equal_nocase((struct sv_text){text.data + text.length - length, length}, sv_text_of(ends[i])))
			return true;
	}
	return false;
}

/* Bytes of one tag at the front: "@name", "[@name]", "t.me/name", "www.site.org -", "[site.org]"; 0 when there is none. */
static size_t
tag_at_front(struct sv_text name)
{
	char first = name.length == 0 ? '\0' : name.data[0];
	size_t end = 0;

	if (first == '[' || first == '(') {
		const char *close = memchr(name.data, first == '[' ? ']' : ')', name.length);
		if (close == NULL)
			return 0;
		struct sv_text inside = sv_text_trim((struct sv_text){name.data + 1, (size_t)(close - name.data) - 1});
		return looks_like_site(inside) && memchr(inside.data, ' ', inside.length) == NULL ? (size_t)(close - name.data) + 1 : 0;
	}
	while (end < name.length && strchr(" -", name.data[end]) == NULL)
		end++;
	/* dots may be the separators of the whole name: then a tag is known by how it begins */
	struct sv_text word = {name.data, end};
	if (end == name.length && first != '@')
		return 0;
	if (first == '@') {
		for (end = 1; end < name.length && strchr(" .-[](){}", name.data[end]) == NULL; end++)
			continue;
		return end;
	}
	return looks_like_site(word) ? end : 0;
}

static struct sv_text
without_tags(struct sv_text name)
{
	for (int round = 0; round < 4; round++) {
		struct sv_text left = name;
		while (left.length > 0 && strchr(" ._-", left.data[0]) != NULL) {
			left.data++;
			left.length--;
		}
		size_t length = tag_at_front(left);
		if (length == 0 || length >= left.length)
			return left;
		name = (struct sv_text){left.data + length, left.length - length};
	}
	return name;
}

static bool
is_year(const struct reading *reading, size_t i)
{
	uint64_t value = 0;
	struct sv_text text = reading->tokens.list[i].text;

	return reading->tokens.list[i].mark == SV_FILE_PLAIN && text.length == 4 && sv_text_to_u64(text, &value) == 0 && value >= 1900 &&
	    value <= (uint64_t)reading->this_year + 1;
}

/* The last year before the first technical word, one in brackets first; behind it when there is none before. */
static size_t
find_year(const struct reading *reading)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t technical = tokens->count, found = tokens->count, bracketed = tokens->count;

	for (size_t i = reading->start; i < tokens->count && technical == tokens->count; i++)
		if (tokens->list[i].mark == SV_FILE_STRONG || tokens->list[i].mark == SV_FILE_EPISODE)
			technical = i;
	for (size_t i = reading->start; i < tokens->count; i++) {
		bool alone = tokens->list[i].opener == '(' || tokens->list[i].opener == '[';
		if (!is_year(reading, i) || (i == reading->start && !alone))
			continue;
		if (alone && (bracketed == tokens->count || tokens->list[bracketed].bracket != tokens->list[i].bracket) && i < technical)
			bracketed = i;
		if (i < technical || found == tokens->count)
			found = i;
	}
	return bracketed < tokens->count ? bracketed : found;
}

/* Skip what can stand before a title: technical words and bracket groups. */
static void
find_start(struct reading *reading)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t i = 0;

	reading->lead_group = tokens->count > 0 && tokens->list[0].opener == '[';
	while (i < tokens->count && (tokens->list[i].opener == '[' || tokens->list[i].opener == '{' || tokens->list[i].mark == SV_FILE_STRONG ||
	    tokens->list[i].mark == SV_FILE_TAG))
		i++;
	/* (1999) in front is a year, (500) part of the title */
	if (i + 1 < tokens->count && tokens->list[i].opener == '(' && is_year(reading, i) && tokens->list[i + 1].bracket != tokens->list[i].bracket) {
		reading->year_at = i;
		i++;
	}
	reading->start = i;
}

static size_t
find_title_end(const struct reading *reading)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t end = reading->start;
	bool year_after = reading->year_at < tokens->count && reading->year_at > reading->start;

	for (; end < tokens->count; end++) {
		const struct sv_file_token *token = &tokens->list[end];
		if (token->mark == SV_FILE_STRONG || token->mark == SV_FILE_EPISODE || token->mark == SV_FILE_TAG || end == reading->year_at)
			break;
		if (token->bracket != 0 && token->bracket != tokens->list[reading->start].bracket)
			break;
	}
	/* without a year, languages and the like before the first technical word belong to it */
	if (!year_after && (end < tokens->count || tokens->list[tokens->count - 1].mark == SV_FILE_WEAK) &&
	    (end == tokens->count || tokens->list[end].mark != SV_FILE_EPISODE))
		while (end > reading->start + 1 && tokens->list[end - 1].mark == SV_FILE_WEAK)
			end--;
	return end;
}

/* What stands between the episode and the next technical word. */
static void
read_episode_title(struct reading *reading, struct sv_file_name *out)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t from = reading->episode.first + reading->episode.count, to = from;

	while (to < tokens->count && (tokens->list[to].mark == SV_FILE_PLAIN || tokens->list[to].mark == SV_FILE_WEAK) && tokens->list[to].bracket == 0 &&
	    to != reading->year_at)
		to++;
	size_t most = to;
	while (to > from && tokens->list[to - 1].mark == SV_FILE_WEAK)
		to--;
	if (to == from && sv_file_words_dash(tokens, from))
		to = most;    /* " - Proper": a title, because it was set apart */
	/* "-GROUP" at the end of a name without technical words */
	if (to == tokens->count && to > from + 1 && sv_text_is(sv_file_words_gap(tokens, to - 1), "-") && !reading->blanks)
		to--;
	put_title(reading, raw_between(tokens, from, to), out->episode_title, sizeof out->episode_title);
}

static void
append_audio(struct sv_file_name *out, const char *value)
{
	size_t used = strlen(out->audio_codec);

	if (used == 0)
		(void)snprintf(out->audio_codec, sizeof out->audio_codec, "%s", value);
	else if (strcmp(value, "Atmos") == 0 && strstr(out->audio_codec, "Atmos") == NULL && used + 7 < sizeof out->audio_codec)
		(void)snprintf(out->audio_codec + used, sizeof out->audio_codec - used, " Atmos");
}

static void
add_language(struct sv_file_name *out, const char *value)
{
	for (size_t i = 0; i < out->language_count; i++)
		if (strcmp(out->languages[i], value) == 0)
			return;
	if (out->language_count < SV_FILE_NAME_LANGUAGES_MAX)
		(void)snprintf(out->languages[out->language_count++], sizeof out->languages[0], "%s", value);
}

static void
set_once(char *out, size_t size, const char *value)
{
	if (out[0] == '\0')
		(void)snprintf(out, size, "%s", value);
}

static void
read_word(const struct sv_file_token *token, struct sv_file_name *out)
{
	const struct sv_file_word *word = token->word;

	switch (word->kind) {
	case SV_FILE_WORD_RESOLUTION: set_once(out->resolution, sizeof out->resolution, word->value); break;
	case SV_FILE_WORD_SOURCE: set_once(out->source, sizeof out->source, word->value); break;
	case SV_FILE_WORD_VIDEO: set_once(out->video_codec, sizeof out->video_codec, word->value); break;
	case SV_FILE_WORD_CHANNELS: set_once(out->channels, sizeof out->channels, word->value); break;
	case SV_FILE_WORD_HDR: set_once(out->hdr, sizeof out->hdr, word->value); break;
	case SV_FILE_WORD_LANGUAGE: add_language(out, word->value); break;
	case SV_FILE_WORD_DUAL: out->dual_audio = true; break;
	case SV_FILE_WORD_AUDIO:
		append_audio(out, word->value);
		/* "AAC2" "0" */
		if (token->text.length == strlen(word->text) + 1 && token->text.data[token->text.length - 1] != '+') {
			char channels[4] = {token->text.data[token->text.length - 1], '.', token[1].text.data[0], '\0'};
			set_once(out->channels, sizeof out->channels, channels);
		}
		break;
	case SV_FILE_WORD_OTHER:
	case SV_FILE_WORD_KIND_COUNT: break;
	}
}

/* Technical words, but not those that are part of a title. */
static void
read_words(const struct reading *reading, const struct sv_file_name *titles, struct sv_file_name *out)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t after_episode = reading->episode.count == 0 ? tokens->count : reading->episode.first + reading->episode.count;
	size_t title_words = 0;

	/* an episode title ends where its last plain word ends */
	for (size_t i = after_episode; titles->episode_title[0] != '\0' && i < tokens->count && tokens->list[i].bracket == 0 &&
	    (tokens->list[i].mark == SV_FILE_PLAIN || tokens->list[i].mark == SV_FILE_WEAK); i++)
		if (tokens->list[i].mark == SV_FILE_PLAIN)
			title_words = i + 1;
	for (size_t i = 0; i < tokens->count; i++) {
		bool in_title = i >= reading->start && i < reading->title_end;
		bool in_episode_title = i >= after_episode && i < title_words;
		if (tokens->list[i].word != NULL && !in_title && !in_episode_title)
			read_word(&tokens->list[i], out);
	}
}

/* "-GROUP" at the end, bracket groups behind it passed over; or the [Group] that the name begins with. */
static void
read_group(const struct reading *reading, struct sv_file_name *out)
{
	const struct sv_file_tokens *tokens = &reading->tokens;
	size_t last = tokens->count;

	while (last > 0 && (tokens->list[last - 1].bracket != 0 || tokens->list[last - 1].mark == SV_FILE_TAG))
		last--;
	if (last > 1 && last - 1 >= reading->title_end && tokens->list[last - 1].mark == SV_FILE_PLAIN && last - 1 != reading->year_at &&
	    sv_text_is(sv_file_words_gap(tokens, last - 1), "-") && tokens->list[last - 2].mark != SV_FILE_PLAIN) {
		put(out->group, sizeof out->group, tokens->list[last - 1].text);
		return;
	}
	if (!reading->lead_group || tokens->list[0].mark != SV_FILE_PLAIN)
		return;
	size_t end = 1;
	while (end < tokens->count && tokens->list[end].bracket == tokens->list[0].bracket)
		end++;
	put_title(reading, raw_between(tokens, 0, end), out->group, sizeof out->group);
}

static void
copy_episode(const struct sv_file_episode *episode, struct sv_file_name *out)
{
	static_assert(SV_FILE_EPISODE_MAX == SV_FILE_NAME_EPISODES_MAX, "one size");
	out->season = episode->season;
	out->episode_count = episode->episode_count;
	memcpy(out->episodes, episode->episodes, sizeof out->episodes);
	memcpy(out->date, episode->date, sizeof out->date);
}

static int
judge_confidence(const struct sv_file_name *name, const struct sv_file_episode *episode)
{
	bool technical = name->resolution[0] != '\0' || name->source[0] != '\0' || name->video_codec[0] != '\0';

	switch (name->kind) {
	case SV_FILE_NAME_EPISODE: return name->title[0] == '\0' ? 20 : episode->certainty;
	case SV_FILE_NAME_SEASON: return name->title[0] == '\0' ? 20 : 80;
	case SV_FILE_NAME_MOVIE: return name->year != 0 ? (technical ? 95 : 85) : technical ? 60 : 40;
	default: return 0;
	}
}

/* One component of the path, without its folders. */
static void
read_component(struct sv_text name, int this_year, bool season_folder, struct sv_file_name *out)
{
	struct reading reading = {.this_year = this_year};
	size_t length = clean(name, reading.work);

	*out = (struct sv_file_name){.season = -1};
	struct sv_text bare = sv_text_trim(without_tags((struct sv_text){reading.work, length}));
	reading.blanks = bare.length > 0 && memchr(bare.data, ' ', bare.length) != NULL;
	sv_file_words_cut(bare, &reading.tokens);
	struct sv_file_tokens *tokens = &reading.tokens;
	reading.year_at = tokens->count;
	if (tokens->count == 0)
		return;
	sv_file_episode_find(tokens, this_year, season_folder, &reading.episode);
	sv_file_words_mark(tokens);
	find_start(&reading);
	if (reading.year_at == tokens->count)
		reading.year_at = find_year(&reading);
	reading.title_end = find_title_end(&reading);
	if (reading.episode.count == 0 && reading.year_at == tokens->count)
		sv_file_episode_guess(tokens, reading.start, reading.lead_group, &reading.episode);
	if (reading.episode.count > 0 && reading.episode.first < reading.title_end)
		reading.title_end = reading.episode.first;
	copy_episode(&reading.episode, out);
	if (reading.year_at < tokens->count) {
		uint64_t year = 0;
		if (sv_text_to_u64(tokens->list[reading.year_at].text, &year) == 0)
			out->year = (int)year;
	}
	put_title(&reading, raw_between(tokens, reading.start, reading.title_end), out->title, sizeof out->title);
	if (out->episode_count > 0 || out->date[0] != '\0')
		read_episode_title(&reading, out);
	read_words(&reading, out, out);
	read_group(&reading, out);
	out->kind = out->episode_count > 0 || out->date[0] != '\0' ? SV_FILE_NAME_EPISODE : out->season >= 0 ? SV_FILE_NAME_SEASON :
	    out->title[0] != '\0' ? SV_FILE_NAME_MOVIE : SV_FILE_NAME_UNKNOWN;
	out->confidence = judge_confidence(out, &reading.episode);
}

/* The last component is returned, *path keeps what stands before it.  "t.me/name" is one word. */
static struct sv_text
last_component(struct sv_text *path)
{
	while (path->length > 0 && path->data[path->length - 1] == '/')
		path->length--;
	for (size_t i = path->length; i > 0; i--) {
		if (path->data[i - 1] != '/' || (i >= 5 && memcmp(path->data + i - 5, "t.me", 4) == 0))
			continue;
		struct sv_text name = {path->data + i, path->length - i};
		path->length = i - 1;
		return name;
	}
	struct sv_text name = *path;
	path->length = 0;
	return name;
}

static void
copy_title(struct sv_file_name *out, const struct sv_file_name *from)
{
	memcpy(out->title, from->title, sizeof out->title);
	if (out->year == 0)
		out->year = from->year;
}

/* Names that say nothing of what is in the file. */
static bool
is_generic(const char *title)
{
	static const char *const names[] = {"", "movie", "film", "video", "title", "main", "index", "file", "sample"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (sv_text_equal_nocase(sv_text_of(title), sv_text_of(names[i])))
			return true;
	for (const char *at = title; *at != '\0'; at++)
		if (*at < '0' || *at > '9')
			return false;
	return true;
}

static void
ask_folders(struct sv_text folders, int this_year, bool season_folder, const struct sv_file_name *parent, struct sv_file_name *out)
{
	bool series = out->kind == SV_FILE_NAME_EPISODE;

	if (out->season < 0 && series && parent->season >= 0)
		out->season = parent->season;
	if (series && out->title[0] == '\0') {
		struct sv_file_name above = {.season = -1};
		struct sv_text name = season_folder ? last_component(&folders) : (struct sv_text){"", 0};
		if (name.length > 0)
			read_component(name, this_year, false, &above);
		copy_title(out, season_folder && parent->title[0] == '\0' ? &above : parent);
		out->confidence = out->title[0] == '\0' ? 20 : 75;
	} else if (out->kind == SV_FILE_NAME_MOVIE || out->kind == SV_FILE_NAME_UNKNOWN) {
		bool same = sv_text_equal_nocase(sv_text_of(out->title), sv_text_of(parent->title));
		if (out->year != 0 || parent->year == 0 || parent->kind != SV_FILE_NAME_MOVIE || (!same && !is_generic(out->title)))
			return;
		copy_title(out, parent);
		out->kind = SV_FILE_NAME_MOVIE;
		out->confidence = 75;
	}
}

void
sv_file_name_read(struct sv_text path, int this_year, struct sv_file_name *out)
{
	struct sv_text folders = path, container = {NULL, 0};
	struct sv_text name = last_component(&folders);
	struct sv_text folder = last_component(&folders);
	struct sv_file_name parent = {.season = -1};

	for (size_t i = name.length; i > 0 && container.data == NULL; i--)
		if (name.data[i - 1] == '.')
			container = (struct sv_text){name.data + i, name.length - i};
	bool video = container.data != NULL && sv_file_name_is_video(container);
	if (video)
		name.length -= container.length + 1;
	if (folder.length > 0)
		read_component(folder, this_year, false, &parent);
	bool season_folder = parent.season >= 0 && parent.episode_count == 0;
	read_component(name, this_year, season_folder, out);
	for (size_t i = 0; video && i < container.length && i + 1 < sizeof out->container; i++)
		out->container[i] = (char)(container.data[i] >= 'A' && container.data[i] <= 'Z' ? container.data[i] + 32 : container.data[i]);
	if (folder.length > 0)
		ask_folders(folders, this_year, season_folder, &parent, out);
}
