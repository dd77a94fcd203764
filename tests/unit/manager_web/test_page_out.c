/* SPDX-License-Identifier: Apache-2.0
 * How bytes get into a page: escaped, counted, long literals by reference, errors sticky. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "errors.h"
#include "page_put.h"
#include "pages.h"

static struct sv_arena *arena;
static struct sv_page_out out;

static int
start(void **state)
{
	arena = sv_arena_new(0);
	sv_page_out_init(&out, arena);
	return 0;
}

static int
stop(void **state)
{
	sv_arena_free(arena);
	return 0;
}

static void
expect(const char *text)
{
	assert_string_equal(sv_page_out_flatten(&out), text);
	assert_int_equal(out.length, strlen(text));
}

static void
text_is_escaped(void **state)
{
	SV_PUT_TEXT(&out, "a<b>&\"c'");
	SV_PUT_ESCAPED(&out, ((struct sv_text){"<>x", 2}));
	SV_PUT_TEXT(&out, (const char *)NULL);
	SV_PUT_TEXT(&out, 7u);
	SV_PUT_TEXT(&out, -3);
	SV_PUT_TEXT(&out, UINT64_MAX);
	SV_PUT_TEXT(&out, (long long)INT64_MIN);
	expect("a&lt;b&gt;&amp;&#34;c&#39;&lt;&gt;7-318446744073709551615-9223372036854775808");
}

static void
addresses_are_escaped(void **state)
{
	struct sv_url url = {0};

	assert_int_equal(sv_url_make(arena, SV_TEXT("/a?b=1&c=2,3"), &url), 0);
	sv_put_url(&out, url);
	sv_put_literal(&out, " ", 1);
	sv_put_srcset_url(&out, url);
	expect("/a?b=1&amp;c=2,3 /a?b=1&amp;c=2%2C3");
}

static void
paragraphs(void **state)
{
	static const struct {
		const char *text, *html;
	} rows[] = {
		{"one", "<p>one</p>"}, {"a\nb", "<p>a<br>b</p>"}, {"a\n\n\nb", "<p>a</p><p>b</p>"}, {"a\n\n", "<p>a</p>"},
		{"<p>&\"'", "<p>&lt;p&gt;&amp;&#34;&#39;</p>"}, {"\n", "<p></p>"}, {"", ""}, {NULL, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int error = 0;
		struct sv_html html = sv_page_html_paragraphs(arena, rows[i].text, &error);
		assert_true(error == 0 && html.length == strlen(rows[i].html));
		assert_memory_equal(html.text == NULL ? "" : html.text, rows[i].html, html.length);
	}
}

static void
long_literals_are_referred_to(void **state)
{
	static char literal[1000];

	memset(literal, 'x', sizeof literal);
	sv_put_literal(&out, "short", 5);
	sv_put_cstr(&out, " text ");
	sv_put_literal(&out, literal, sizeof literal);
	sv_put_cstr(&out, "end");
	assert_int_equal(out.chunk_count, 3);
	assert_ptr_equal(out.chunks[1].iov_base, literal);
	assert_int_equal(out.length, 5 + 6 + 1000 + 3);
	assert_memory_equal(out.chunks[2].iov_base, "end", 3);
}

static void
blocks_hold_everything_in_order(void **state)
{
	char piece[300], *all = NULL;

	for (int i = 0; i < 1000; i++) {
		memset(piece, 'a' + i % 26, sizeof piece);
		sv_put_text(&out, (struct sv_text){piece, (size_t)(i % 300)});
	}
	all = sv_page_out_flatten(&out);
	for (int i = 0; i < 1000; i++)
		for (int j = 0; j < i % 300; j++)
			assert_int_equal(*all++, 'a' + i % 26);
	assert_true(out.chunk_count < 40);
}

static void
full_arena_sticks(void **state)
{
	struct sv_arena *small = sv_arena_new(10000);
	char text[4000];

	memset(text, 'x', sizeof text);
	sv_page_out_init(&out, small);
	for (int i = 0; i < 10; i++)
		sv_put_text(&out, (struct sv_text){text, sizeof text});
	assert_int_equal(out.error, SV_ENOMEM);
	size_t length = out.length;
	sv_put_cstr(&out, "more");
	assert_int_equal(out.length, length);
	assert_null(sv_page_out_flatten(&out));
	sv_arena_free(small);
}

static void
every_ceiling_gives_a_page_or_an_error(void **state)
{
	struct sv_card_view card = {.id = "AAAAaaaa0000", .title = "T", .poster = {.id = "i", .version = "v"}};
	struct sv_home_view view = {.films = &card, .films_count = 1};
	int failed = 0;

	for (size_t ceiling = 0; ceiling < 24000; ceiling += 200) {
		struct sv_arena *small = sv_arena_new(ceiling == 0 ? 1 : ceiling);
		sv_page_out_init(&out, small);
		int error = sv_page_home(&out, &view);
		assert_true(error == 0 || error == SV_ENOMEM || error == SV_EINVAL);
		failed += error != 0;
		sv_arena_free(small);
	}
	assert_true(failed > 0);
}

static void
messages_choose_their_form(void **state)
{
	static const struct sv_message_part one[] = {{"one &amp; ", 10, 1}, {"", 0, -1}}, other[] = {{"", 0, 0}, {" of ", 4, 1}, {".", 1, -1}};
	static const struct sv_message message = {one, other, 0};

	for (unsigned n = 0; n < 3; n++) {
		unsigned count = n;
		sv_put_message(&out, &message, (const struct sv_message_value[]){SV_MESSAGE_COUNT(count), SV_MESSAGE_VALUE("<x>")});
	}
	expect("0 of &lt;x&gt;.one &amp; &lt;x&gt;2 of &lt;x&gt;.");
}

static void
wrong_ids_end_the_page(void **state)
{
	struct sv_film_view view = {.id = "a\"b", .title = "T"};

	assert_int_equal(sv_page_film(&out, &view), SV_EINVAL);
}

static void
colours_spread(void **state)
{
	unsigned seen[SV_POSTER_COLOURS] = {0};
	char id[13] = "AAAAaaaa0000";

	for (unsigned i = 0; i < 6400; i++) {
		id[i % 12] = (char)('A' + i % 53 % 26);
		id[(i + 5) % 12] = (char)('a' + i * 7 % 26);
		seen[sv_page_colour(id)]++;
	}
	for (unsigned i = 0; i < SV_POSTER_COLOURS; i++)
		assert_true(seen[i] > 20 && seen[i] < 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_is_escaped, start, stop), cmocka_unit_test_setup_teardown(addresses_are_escaped, start, stop),
		cmocka_unit_test_setup_teardown(paragraphs, start, stop), cmocka_unit_test_setup_teardown(long_literals_are_referred_to, start, stop),
		cmocka_unit_test_setup_teardown(blocks_hold_everything_in_order, start, stop), cmocka_unit_test_setup_teardown(full_arena_sticks, start, stop),
		cmocka_unit_test_setup_teardown(every_ceiling_gives_a_page_or_an_error, start, stop),
		cmocka_unit_test_setup_teardown(messages_choose_their_form, start, stop), cmocka_unit_test_setup_teardown(wrong_ids_end_the_page, start, stop),
		cmocka_unit_test_setup_teardown(colours_spread, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
