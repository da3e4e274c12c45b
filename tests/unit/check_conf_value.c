/* check_conf_value.c -- single values: what is taken, what is refused, and that writing gives back
 * what was read. */
#include "base/rand.h"
#include "conf/guess.h"
#include "conf/value.h"
#include "unit.h"

#define NO (-1) /* refused */

/* --- numbers --- */

static const struct {
	bool (*read)(struct str text, int64_t *value_r);
	const char *text;
	int64_t value;
} numbers[] = {
	{ value_time, "0", 0 },
	{ value_time, "0s", 0 },
	{ value_time, "1ms", 1 },
	{ value_time, "30s", 30000 },
	{ value_time, "15m", 900000 },
	{ value_time, "2h", 7200000 },
	{ value_time, "7d", 604800000 },
	{ value_time, "106751991167d", 106751991167 * 86400000 },
	{ value_time, "106751991168d", NO },
	{ value_time, "", NO },
	{ value_time, "s", NO },
	{ value_time, "30", NO },
	{ value_time, "30 s", NO },
	{ value_time, "30S", NO },
	{ value_time, "-1s", NO },
	{ value_time, "1.5s", NO },
	{ value_time, "1w", NO },
	{ value_bytes, "0", 0 },
	{ value_bytes, "4096", 4096 },
	{ value_bytes, "16KiB", 16384 },
	{ value_bytes, "10MiB", 10485760 },
	{ value_bytes, "1GiB", 1073741824 },
	{ value_bytes, "8589934591GiB", 8589934591 << 30 },
	{ value_bytes, "8589934592GiB", NO },
	{ value_bytes, "10MB", NO },
	{ value_bytes, "KiB", NO },
	{ value_bytes, "-1", NO },
	{ value_count, "0", 0 },
	{ value_count, "10", 10 },
	{ value_count, "9223372036854775807", INT64_MAX },
	{ value_count, "9223372036854775808", NO },
	{ value_count, "", NO },
	{ value_count, "01", NO },
	{ value_count, "-0", NO },
	{ value_count, "1_000", NO },
	{ value_count, "0x10", NO },
	{ value_date, "1970-01-01", 0 },
	{ value_date, "1970-01-31", 30 * 86400 },
	{ value_date, "1972-02-29", 789 * 86400 },
	{ value_date, "2026-11-22", 1795305600 },
	{ value_date, "2000-02-29", 951782400 },
	{ value_date, "2000-03-01", 951868800 },
	{ value_date, "1969-12-31", NO },
	{ value_date, "2026-02-29", NO },
	{ value_date, "2100-02-29", NO },
	{ value_date, "2026-00-01", NO },
	{ value_date, "2026-13-01", NO },
	{ value_date, "2026-12-00", NO },
	{ value_date, "2026-12-32", NO },
	{ value_date, "2026-04-31", NO },
	{ value_date, "2026-1-1", NO },
	{ value_date, "2026-11", NO },
	{ value_date, "2026-11-22-1", NO },
	{ value_date, "-026-11-22", NO },
	{ value_date, "today", NO },
};

START_TEST(a_number_is_read_exactly_or_refused)
{
	int64_t value = NO;
	bool ok = numbers[_i].read(str_of(numbers[_i].text), &value);

	ck_assert_msg(ok == (numbers[_i].value != NO), "\"%s\"", numbers[_i].text);
	if (ok)
		ck_assert_int_eq(value, numbers[_i].value);
}
END_TEST

static const struct {
	const char *text;
	int minute;
} clocks[] = {
	{ "00:00", 0 },     { "06:30", 390 }, { "23:59", 1439 }, { "24:00", 1440 }, { "24:01", NO },
	{ "25:00", NO },    { "12:60", NO },  { "1:00", NO },    { "01:0", NO },    { "0100", NO },
	{ "01:00:00", NO }, { "", NO },       { "-1:00", NO },
};

START_TEST(a_clock_is_read_exactly_or_refused)
{
	int minute = NO;
	bool ok = value_clock(str_of(clocks[_i].text), &minute);

	ck_assert_msg(ok == (clocks[_i].minute != NO), "\"%s\"", clocks[_i].text);
	if (ok)
		ck_assert_int_eq(minute, clocks[_i].minute);
}
END_TEST

static const struct {
	const char *text;
	int days;
} weeks[] = {
	{ "mon", 0x01 },     { "sun", 0x40 },     { "mon-fri", 0x1F }, { "sat-sun", 0x60 },
	{ "sat-mon", 0x61 }, { "tue-tue", 0x02 }, { "tue-mon", 0x7F }, { "Mon", NO },
	{ "monday", NO },    { "mon-", NO },      { "-mon", NO },      { "mon,tue", NO },
	{ "", NO },
};

START_TEST(days_are_read_exactly_or_refused)
{
	uint8_t days = 0;
	bool ok = value_days(str_of(weeks[_i].text), &days);

	ck_assert_msg(ok == (weeks[_i].days != NO), "\"%s\"", weeks[_i].text);
	if (ok)
		ck_assert_int_eq(days, weeks[_i].days);
}
END_TEST

static const struct {
	const char *text;
	int32_t permille;
} factors[] = {
	{ "1", 1000 },         { "0.5", 500 },   { "2.125", 2125 },
	{ "0.001", 1 },        { "0", 0 },       { "2147483.647", INT32_MAX },
	{ "2147483.648", NO }, { "0.0005", NO }, { "half", NO },
	{ "-1", NO },          { "50%", NO },    { "", NO },
};

START_TEST(a_factor_is_read_exactly_or_refused)
{
	int32_t permille = NO;
	bool ok = value_permille(str_of(factors[_i].text), &permille);

	ck_assert_msg(ok == (factors[_i].permille != NO), "\"%s\"", factors[_i].text);
	if (ok)
		ck_assert_int_eq(permille, factors[_i].permille);
}
END_TEST

/* --- texts --- */

static const struct {
	const char *text;
	bool name, id, printable;
} texts[] = {
	{ "gw-1.example_A", true, true, true },
	{ "azAZ09", true, true, true },
	{ "ft:gpt-4o/x@1+", false, true, true },
	{ "a b", false, false, true },
	{ "a/b", false, true, true },
	{ "[", false, false, true },
	{ "`", false, false, true },
	{ "{", false, false, true },
	{ "\xE4\xBB\xB7\xE6\xA0\xBC \xF0\x9F\x92\xB0", false, false,
	  true }, /* two ideographs, a symbol */
	{ "\xC2\xA0\xC3\xBF\xDF\xBF", false, false, true },
	{ "\xEF\xBF\xBD\xED\x9F\xBF\xE2\x80\xA7\xE2\x80\xAA", false, false, true },
	{ "\t", false, false, false },
	{ "a\nb", false, false, false },
	{ "\x7F", false, false, false },
	{ "\xC2\x80", false, false, false },
	{ "\xC2\x85", false, false, false }, /* next line */
	{ "\xC2\x9F", false, false, false },
	{ "\xE2\x80\xA8", false, false, false }, /* line separator */
	{ "\xE2\x80\xA9", false, false, false }, /* paragraph separator */
	{ "\xEF\xBB\xBF", false, false, false }, /* byte order mark */
	{ "\xEF\xBF\xBE", false, false, false },
	{ "\xEF\xBF\xBF", false, false, false },
	{ "\xFF", false, false, false },
	{ "\xED\xA0\x80", false, false, false }, /* half of a pair */
	{ "\xE4\xBB", false, false, false },
};

START_TEST(a_text_is_what_it_is_made_of)
{
	struct str text = str_of(texts[_i].text);

	ck_assert_int_eq(value_is_name(text), texts[_i].name);
	ck_assert_int_eq(value_is_id(text), texts[_i].id);
	ck_assert_int_eq(value_is_printable(text), texts[_i].printable);
}
END_TEST

START_TEST(an_empty_text_is_no_name)
{
	ck_assert(!value_is_name(STR("")));
	ck_assert(!value_is_id(STR("")));
}
END_TEST

START_TEST(a_nul_is_no_part_of_a_name)
{
	ck_assert(!value_is_name(STR("a\0b")));
	ck_assert(!value_is_id(STR("a\0b")));
	ck_assert(!value_is_printable(STR("a\0b")));
}
END_TEST

/* behind the last character may lie what nobody may read */
START_TEST(a_text_is_read_to_its_end_only)
{
	char *one = malloc(1);

	*one = 'a';
	ck_assert(value_is_printable((struct str){ one, 1 }));
	free(one);
}
END_TEST

START_TEST(a_word_has_its_position_in_the_list)
{
	ck_assert_int_eq(value_word(STR("one"), "one|two|"), 0);
	ck_assert_int_eq(value_word(STR("two"), "one|two|"), 1);
	ck_assert_int_eq(value_word(STR("two"), "one|two"), 1);
	ck_assert_int_eq(value_word(STR("on"), "one|two"), -1);
	ck_assert_int_eq(value_word(STR(""), "one|two|"), -1);
	assert_absent(value_nth_word("one|two|", 2));
	assert_absent(value_nth_word("one|two", 3));
}
END_TEST

/* --- writing --- */

static const struct {
	int64_t value;
	int places;
	const char *text;
} decimals[] = {
	{ 0, 6, "0" },         { 187500, 6, "0.1875" }, { 2500000, 6, "2.5" },
	{ 10000000, 6, "10" }, { 1, 6, "0.000001" },    { 1000000000000, 6, "1000000" },
	{ 2125, 3, "2.125" },  { 100000, 3, "100" },    { 1005, 3, "1.005" },
};

START_TEST(a_decimal_is_written_without_useless_zeros)
{
	struct buf b;

	buf_init(&b, 100);
	value_write_decimal(&b, decimals[_i].value, decimals[_i].places);
	ck_assert_str_eq(buf_cstr(&b), decimals[_i].text);
	buf_release(&b);
}
END_TEST

START_TEST(what_is_written_is_what_was_read)
{
	struct rnd r = rnd_seed(3);
	struct buf b;

	buf_init(&b, 100);
	for (int i = 0; i < 20000; i++) {
		int64_t day = rnd_below(&r, 400 * 365) * 86400LL, seconds = NO;
		int minute = (int)rnd_below(&r, 1441), back = NO;

		buf_reset(&b);
		value_write_date(&b, day);
		ck_assert(value_date(buf_str(&b), &seconds));
		ck_assert_int_eq(seconds, day);
		buf_reset(&b);
		value_write_clock(&b, minute);
		ck_assert(value_clock(buf_str(&b), &back));
		ck_assert_int_eq(back, minute);
	}
	buf_release(&b);
}
END_TEST

/* --- guesses --- */

static const struct {
	const char *word, *guess; /* among the words below; NULL: none */
} guesses[] = {
	{ "listn", "listen" },
	{ "lsiten", "listen" },
	{ "lissten", "listen" },
	{ "lixten", "listen" },
	{ "listening", "listen" },
	{ "tsilen", NULL },
	{ "model_list", "models" },
	{ "no", "on" },
	{ "x", NULL },
	{ "", NULL },
	{ "modles", "models" },
	{ "zz", NULL },
	{ "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", NULL },
};

START_TEST(the_nearest_word_is_guessed_if_it_is_near)
{
	static const char *const words[] = { "listen", "models", "on", "context" };
	char text[GUESS_TEXT_MAX], want[GUESS_TEXT_MAX] = "";
	struct guess g;

	guess_start(&g, str_of(guesses[_i].word));
	for (size_t i = 0; i < COUNT_OF(words); i++)
		guess_offer(&g, str_of(words[i]));
	if (guesses[_i].guess)
		snprintf(want, sizeof(want), "; did you mean \"%s\"?", guesses[_i].guess);
	ck_assert_str_eq(guess_text(&g, text), want);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_value");
	TCase *t = tcase_create("read");

	tcase_add_loop_test(t, a_number_is_read_exactly_or_refused, 0, COUNT_OF(numbers));
	tcase_add_loop_test(t, a_clock_is_read_exactly_or_refused, 0, COUNT_OF(clocks));
	tcase_add_loop_test(t, days_are_read_exactly_or_refused, 0, COUNT_OF(weeks));
	tcase_add_loop_test(t, a_factor_is_read_exactly_or_refused, 0, COUNT_OF(factors));
	tcase_add_loop_test(t, a_text_is_what_it_is_made_of, 0, COUNT_OF(texts));
	tcase_add_test(t, an_empty_text_is_no_name);
	tcase_add_test(t, a_nul_is_no_part_of_a_name);
	tcase_add_test(t, a_text_is_read_to_its_end_only);
	tcase_add_test(t, a_word_has_its_position_in_the_list);
	suite_add_tcase(s, t);

	t = tcase_create("write");
	tcase_add_loop_test(t, a_decimal_is_written_without_useless_zeros, 0, COUNT_OF(decimals));
	tcase_add_test(t, what_is_written_is_what_was_read);
	suite_add_tcase(s, t);

	t = tcase_create("guess");
	tcase_add_loop_test(t, the_nearest_word_is_guessed_if_it_is_near, 0, COUNT_OF(guesses));
	suite_add_tcase(s, t);
	return unit_run(s);
}
