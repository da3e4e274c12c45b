/*
 * unit.h -- what unit tests share.
 *
 * JSON in them is written with ' for ", which nobody has to escape.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

#include "base/arena.h"

/* JSON with ' made JSON with " */
static inline struct str unit_json(struct arena *a, const char *text)
{
	struct str s = str_of(text);
	char *p = arena_chars(a, s.n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == '\'' ? '"' : s.p[i];
	return (struct str){ p, s.n };
}

/* for main(): runs the suite, says what failed */
static inline int unit_run(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#define assert_str(got, want)                                                            \
	do {                                                                             \
		struct str got_ = (got);                                                 \
		ck_assert_msg(str_is(got_, (want)), "%s is \"%.*s\", want \"%s\"", #got, \
			      STR_ARG(got_), (want));                                    \
	} while (0)

#define assert_absent(got) ck_assert_msg(str_absent(got), "%s is not absent", #got)

#endif
