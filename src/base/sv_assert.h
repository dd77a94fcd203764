/* SPDX-License-Identifier: Apache-2.0
 * Assertions state what our own code promised; they stay on in release builds and never look at what a peer, a user
 * or a file sent.  A failure prints where and what, and ends the process; the supervisor starts the role again. */
#ifndef SV_ASSERT_H
#define SV_ASSERT_H

_Noreturn void sv_assert_fail(const char *file, int line, const char *function, const char *what);

#define sv_assert(condition) \
	((condition) ? (void)0 : sv_assert_fail(__FILE__, __LINE__, __func__, #condition))

/* A branch that our own code rules out. */
#define sv_unreachable() sv_assert_fail(__FILE__, __LINE__, __func__, "unreachable")

/* Long-lived objects carry a magic number as their first member `magic`, checked on entry. */
#define SV_CHECK(object, magic_number) sv_assert((object) != NULL && (object)->magic == (magic_number))

#endif
