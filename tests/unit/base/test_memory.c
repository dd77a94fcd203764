/* SPDX-License-Identifier: Apache-2.0
 * Allocation, buffers and arenas, with allocations that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "alloc.h"
#include "arena.h"
#include "buffer.h"
#include "errors.h"
#include "text.h"

/* A sanitizer ends the process at a hopeless allocation instead of refusing it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATIONS_CAN_FAIL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ALLOCATIONS_CAN_FAIL 0
#endif
#endif
#ifndef ALLOCATIONS_CAN_FAIL
#define ALLOCATIONS_CAN_FAIL 1
#endif
#define HOPELESS (SIZE_MAX / 4 - 4096)

static void
allocation(void **state)
{
	char *text = sv_xasprintf("%s-%d", "a", 7);

	assert_string_equal(text, "a-7");
	text = sv_xrealloc(text, 100);
	assert_string_equal(text, "a-7");
	free(text);
	text = sv_xstrndup("abcdef", 3);
	assert_string_equal(text, "abc");
	sv_wipe(text, 3);
	assert_int_equal(text[0] | text[1] | text[2], 0);
	free(text);
	free(sv_xmalloc(0));
	assert_null(sv_try_malloc(11, 10));
	free(sv_try_malloc(10, 10));
	assert_null(sv_try_calloc(SIZE_MAX / 2, 3, SIZE_MAX));
	assert_null(sv_try_calloc(3, 4, 11));
	uint8_t *zeroed = sv_try_calloc(3, 4, 12);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(zeroed[i], 0);
	free(zeroed);
}

static void
buffer_grows(void **state)
{
	struct sv_buffer buffer;

	sv_buffer_init(&buffer, 0);
	assert_string_equal(sv_buffer_cstr(&buffer), "");
	for (int i = 0; i < 1000; i++)
		sv_buffer_printf(&buffer, "%d,", i);
	sv_buffer_append(&buffer, NULL, 0);
	assert_int_equal(sv_buffer_error(&buffer), 0);
	assert_int_equal(buffer.length, 10 * 2 + 90 * 3 + 900 * 4);
	assert_true(sv_text_starts(sv_text_of(sv_buffer_cstr(&buffer)), "0,1,2,3,"));
	sv_buffer_consume(&buffer, 2);
	assert_true(sv_text_starts(sv_text_of(sv_buffer_cstr(&buffer)), "1,2,3,"));
	sv_buffer_consume(&buffer, buffer.length);
	assert_int_equal(buffer.length, 0);
	uint8_t *room = sv_buffer_reserve(&buffer, 3);
	assert_non_null(room);
	room[0] = 'x';
	sv_buffer_commit(&buffer, 1);
	char *taken = sv_buffer_take(&buffer);
	assert_string_equal(taken, "x");
	free(taken);
	assert_null(buffer.data);
	taken = sv_buffer_take(&buffer);
	assert_string_equal(taken, "");
	free(taken);
	sv_buffer_fini(&buffer);
	sv_buffer_fini(NULL);
}

static void
buffer_ceiling(void **state)
{
	struct sv_buffer buffer;

	sv_buffer_init(&buffer, 10);
	sv_buffer_text(&buffer, "12345");
	/* by printf too, the last byte of the ceiling can be used */
	sv_buffer_printf(&buffer, "%s", "67890");
	assert_int_equal(sv_buffer_error(&buffer), 0);
	assert_string_equal(sv_buffer_cstr(&buffer), "1234567890");
	assert_true(buffer.capacity <= 11);
	sv_buffer_byte(&buffer, 'x');
	assert_int_equal(sv_buffer_error(&buffer), SV_ETOOBIG);
	assert_int_equal(buffer.length, 10);
	/* sticky: even what would fit is refused, and nothing half-done comes out */
	sv_buffer_consume(&buffer, 10);
	sv_buffer_byte(&buffer, 'x');
	assert_int_equal(buffer.length, 0);
	assert_string_equal(sv_buffer_cstr(&buffer), "");
	assert_null(sv_buffer_take(&buffer));
	assert_null(sv_buffer_reserve(&buffer, 0));
	sv_buffer_reset(&buffer);
	sv_buffer_byte(&buffer, 'y');
	assert_string_equal(sv_buffer_cstr(&buffer), "y");
	sv_buffer_fini(&buffer);
}

static void
buffer_without_memory(void **state)
{
	struct sv_buffer buffer;

	if (!ALLOCATIONS_CAN_FAIL)
		return;
	sv_buffer_init(&buffer, SIZE_MAX);
	sv_buffer_text(&buffer, "kept");
	assert_null(sv_buffer_reserve(&buffer, SIZE_MAX));
	assert_int_equal(sv_buffer_error(&buffer), SV_ETOOBIG);
	sv_buffer_reset(&buffer);
	sv_buffer_text(&buffer, "kept");
	assert_null(sv_buffer_reserve(&buffer, HOPELESS));
	assert_int_equal(sv_buffer_error(&buffer), SV_ENOMEM);
	assert_int_equal(buffer.length, 4);
	sv_buffer_fini(&buffer);
}

static void
arena_gives(void **state)
{
	struct sv_arena *arena = sv_arena_new(0);
	uint8_t *last = NULL;

	for (size_t size = 0; size < 9000; size += 37) {
		uint8_t *memory = sv_arena_alloc(arena, size);
		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		if (size > 0)
			memset(memory, 0xee, size);
		assert_true(memory != last || size == 0);
		last = size == 0 ? last : memory;
	}
	assert_string_equal(sv_arena_strndup(arena, "abcdef", 3), "abc");
	assert_string_equal(sv_arena_strndup(arena, NULL, 0), "");
	assert_string_equal(sv_arena_printf(arena, "%s/%d", "x", 5), "x/5");
	sv_arena_free(arena);
	sv_arena_free(NULL);
}

static void
arena_ceiling(void **state)
{
	struct sv_arena *arena = sv_arena_new(100000);
	size_t given = 0;

	assert_null(sv_arena_alloc(arena, 100001));
	assert_null(sv_arena_alloc(arena, SIZE_MAX));
	assert_null(sv_arena_strndup(arena, "", SIZE_MAX));
	while (sv_arena_alloc(arena, 1000) != NULL)
		given += 1000;
	/* a chunk more or less */
	assert_in_range(given, 90000, 105000);
	sv_arena_free(arena);
	if (!ALLOCATIONS_CAN_FAIL)
		return;
	arena = sv_arena_new(SIZE_MAX);
	assert_null(sv_arena_alloc(arena, HOPELESS));
	assert_non_null(sv_arena_alloc(arena, 8));
	sv_arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(allocation), cmocka_unit_test(buffer_grows), cmocka_unit_test(buffer_ceiling), cmocka_unit_test(buffer_without_memory),
	    cmocka_unit_test(arena_gives), cmocka_unit_test(arena_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
