/* SPDX-License-Identifier: Apache-2.0
 * The words that release names are made of, and the cutting of names into words.  For file_name.c.  Pure; any thread. */
#ifndef SV_FILE_WORDS_H
#define SV_FILE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define SV_FILE_WORDS_MAX 96         /* words of one name; what follows is ignored */

enum sv_file_word_kind {
	SV_FILE_WORD_OTHER = 0,          /* technical, nothing we keep */
	SV_FILE_WORD_RESOLUTION,
	SV_FILE_WORD_SOURCE,
	SV_FILE_WORD_VIDEO,
	SV_FILE_WORD_AUDIO,
	SV_FILE_WORD_CHANNELS,
	SV_FILE_WORD_HDR,
	SV_FILE_WORD_LANGUAGE,
	SV_FILE_WORD_DUAL,
	SV_FILE_WORD_KIND_COUNT
};

struct sv_file_word {
	const char *text;                /* lower case; one blank between the words of a phrase */
	enum sv_file_word_kind kind;
	bool weak;                       /* an ordinary word too: technical only where nothing else can stand */
	const char *value;
};

enum sv_file_mark { SV_FILE_PLAIN = 0, SV_FILE_TAG, SV_FILE_STRONG, SV_FILE_WEAK, SV_FILE_EPISODE, SV_FILE_YEAR, SV_FILE_MARK_COUNT };

struct sv_file_token {
	struct sv_text text;
	unsigned bracket;                /* number of the outermost bracket group it stands in, 0 for none */
	char opener;                     /* of that group */
	enum sv_file_mark mark;
	const struct sv_file_word *word; /* for the first token of a known phrase */
};

struct sv_file_tokens {
	struct sv_file_token list[SV_FILE_WORDS_MAX];
	size_t count;
};

/* Cut `name`; tokens point into it. */
void sv_file_words_cut(struct sv_text name, struct sv_file_tokens *tokens);
/* What stands between token `i` and the one before it. */
struct sv_text sv_file_words_gap(const struct sv_file_tokens *tokens, size_t i);
/* That is a dash with blanks (or what stands for them) around it. */
bool sv_file_words_dash(const struct sv_file_tokens *tokens, size_t i);
/* Find the known phrases among plain tokens and mark them. */
void sv_file_words_mark(struct sv_file_tokens *tokens);

#endif
