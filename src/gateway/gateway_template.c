/* SPDX-License-Identifier: Apache-2.0
 * See gateway_template.h. */
#include "gateway_template.h"

#include <stdbool.h>

#include "sv_assert.h"
#include "text.h"

#define DEPTH_MAX 8

static const char *
value_of(const struct sv_gateway_value *values, struct sv_text name)
{
	for (; values->name != NULL; values++)
		if (sv_text_is(name, values->name))
			return values->text == NULL ? "" : values->text;
	sv_unreachable();
}

static void
fill_line(struct sv_text line, const struct sv_gateway_value *values, struct sv_buffer *out)
{
	while (line.length > 0) {
		const char *open = memmem(line.data, line.length, "{{", 2);

		if (open == NULL) {
			sv_buffer_append(out, line.data, line.length);
			break;
		}
		const char *close = memmem(open, line.length - (size_t)(open - line.data), "}}", 2);

		sv_assert(close != NULL);
		sv_buffer_append(out, line.data, (size_t)(open - line.data));
		sv_buffer_text(out, value_of(values, (struct sv_text){open + 2, (size_t)(close - open) - 2}));
		line.length -= (size_t)(close + 2 - line.data);
		line.data = close + 2;
	}
	sv_buffer_byte(out, '\n');
}

void
sv_gateway_template_fill(const char *source, const struct sv_gateway_value *values, struct sv_buffer *out)
{
	bool shown[DEPTH_MAX] = {true};
	int depth = 0;

	while (*source != '\0') {
		const char *end = strchrnul(source, '\n');
		struct sv_text line = {source, (size_t)(end - source)};

		source = *end == '\0' ? end : end + 1;
		if (sv_text_starts(line, "%if ")) {
			bool negated = line.data[4] == '!';
			struct sv_text name = {line.data + 4 + negated, line.length - 4 - negated};
			bool there = value_of(values, name)[0] != '\0';

			sv_assert(depth + 1 < DEPTH_MAX);
			depth++;
			shown[depth] = shown[depth - 1] && there != negated;
		} else if (sv_text_is(line, "%end")) {
			sv_assert(depth > 0);
			depth--;
		} else if (shown[depth]) {
			fill_line(line, values, out);
		}
	}
	sv_assert(depth == 0);
}
