/* check_front_words.c -- what the HTTP library says is told in words, and nothing that a client
 * sent. */
#include <check.h>
#include <stdlib.h>

#include "../unit/unit.h"
#include "io/front_words.h"

static char words[FRONT_WORDS_MAX + 1];

static const char *said(const char *format, ...)
{
	va_list values;
	struct str s;

	va_start(values, format);
	s = front_words(format, values, words);
	va_end(values);
	ck_assert_uint_le(s.n, FRONT_WORDS_MAX);
	words[s.n] = 0;
	return words;
}

START_TEST(a_sentence_is_told_whole)
{
	ck_assert_str_eq(said("%s\n", "Socket disconnected while reading request.\n"),
			 "Socket disconnected while reading request.");
	ck_assert_str_eq(said("Pipe is full.\n"), "Pipe is full.");
	ck_assert_str_eq(said("%s", NULL), "");
	ck_assert_str_eq(said(""), "");
}
END_TEST

START_TEST(what_is_filled_in_is_not_told)
{
	ck_assert_str_eq(said("Failed to send the body for the request for `%s'. Error: %s\n",
			      "/v1/canary-7c1e", "Broken pipe"),
			 "Failed to send the body for the request for `...'. Error: ...");
	ck_assert_str_eq(said("%-5.3ld of %zu bytes; %s", 1L, (size_t)2, "canary-7c1e"),
			 "... of ... bytes; ...");
	ck_assert_str_eq(said("torn: %l"), "torn: ...");
}
END_TEST

START_TEST(they_have_a_bound)
{
	char many[4 * FRONT_WORDS_MAX];

	memset(many, 'a', sizeof(many));
	many[sizeof(many) - 1] = 0;
	ck_assert_uint_eq(strlen(said("%s\n", many)), FRONT_WORDS_MAX);
	memset(many, '%', sizeof(many) - 1);
	ck_assert_uint_le(strlen(said(many)), FRONT_WORDS_MAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("front words");
	TCase *tc = tcase_create("words");

	tcase_add_test(tc, a_sentence_is_told_whole);
	tcase_add_test(tc, what_is_filled_in_is_not_told);
	tcase_add_test(tc, they_have_a_bound);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
