/* check_base.c -- the ground: slices, buffers, arenas, ropes, JSON. */
#include <math.h>

#include "base/json.h"
#include "base/rand.h"
#include "base/rope.h"
#include "base/text.h"
#include "unit.h"

static struct arena a;

static void setup(void)
{
	arena_init(&a, 16 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

/* --- str --- */

START_TEST(str_cuts_at_the_first_separator)
{
	struct str s = STR("a.b.c");

	assert_str(str_cut(&s, '.'), "a");
	assert_str(str_cut(&s, '.'), "b");
	assert_str(str_cut(&s, '.'), "c");
	assert_absent(s);
}
END_TEST

START_TEST(str_finds_and_compares)
{
	ck_assert_int_eq(str_find(STR("aaab"), STR("aab")), 1);
	ck_assert_int_eq(str_find(STR("abc"), STR("cd")), -1);
	ck_assert_int_eq(str_find(STR("abc"), STR("")), 0);
	ck_assert(str_ihas(STR("Bad GATEWAY"), "gateway"));
	ck_assert(str_cmp(STR("a"), STR("ab")) < 0);
	ck_assert(str_eq(STR_NONE, STR("")));
	ck_assert(str_absent(STR_NONE) && !str_absent(STR("")));
	assert_str(str_trim(STR(" \r\n x \t")), "x");
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int64_t value;
} integers[] = {
	{ "0", true, 0 },
	{ "-7", true, -7 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "-9223372036854775808", true, INT64_MIN },
	{ "9223372036854775808", false, 0 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "+1", false, 0 },
	{ "1 ", false, 0 },
	{ "0x1", false, 0 },
};

START_TEST(str_reads_whole_integers_only)
{
	int64_t value = 0;

	ck_assert(str_i64(str_of(integers[_i].text), &value) == integers[_i].good);
	if (integers[_i].good)
		ck_assert_int_eq(value, integers[_i].value);
}
END_TEST

START_TEST(integers_as_text)
{
	char digits[I64_DIGITS];

	if (integers[_i].good)
		assert_str(((struct str){ digits, i64_digits(digits, integers[_i].value) }),
			   integers[_i].text);
}
END_TEST

START_TEST(str_copy_says_when_it_cut)
{
	char dst[4];

	ck_assert(str_copy(dst, sizeof(dst), STR("abc")));
	ck_assert(!str_copy(dst, sizeof(dst), STR("abcd")));
	ck_assert_str_eq(dst, "abc");
}
END_TEST

START_TEST(text_keeps_to_its_room)
{
	char room[8], least[1];
	struct text t = TEXT_IN(room), none = TEXT_IN(least);

	ck_assert_str_eq(room, "");
	text_adds(&t, "a");
	text_addi(&t, -12);
	text_add(&t, STR("bcd"));
	ck_assert(text_ok(&t));
	assert_str(text_str(&t), "a-12bcd");
	text_add(&t, STR_NONE);
	ck_assert(text_ok(&t));
	text_adds(&t, "e");
	ck_assert(!text_ok(&t));
	ck_assert_str_eq(room, "a-12bcd");
	text_add(&none, STR(""));
	ck_assert(text_ok(&none));
	text_adds(&none, "x");
	ck_assert(!text_ok(&none));
}
END_TEST

/* --- buf --- */

START_TEST(buf_overflow_is_remembered)
{
	struct buf b;

	buf_init(&b, 4);
	buf_adds(&b, "abc");
	buf_adds(&b, "de");
	buf_adds(&b, "f");
	ck_assert(!buf_ok(&b));
	assert_str(buf_str(&b), "abc");
	buf_reset(&b);
	buf_adds(&b, "wxyz");
	ck_assert(buf_ok(&b));
	assert_str(buf_str(&b), "wxyz");
	buf_release(&b);
}
END_TEST

START_TEST(buf_grows_and_drops)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 10000; i++)
		buf_addi(&b, i % 10);
	ck_assert_uint_eq(b.n, 10000);
	buf_drop(&b, 9990);
	assert_str(buf_str(&b), "0123456789");
	buf_reset(&b);
	buf_addi(&b, INT64_MIN);
	buf_printf(&b, "%s", "!");
	assert_str(buf_str(&b), "-9223372036854775808!");
	buf_release(&b);
}
END_TEST

/* --- arena --- */

START_TEST(arena_stays_full)
{
	struct arena small;

	arena_init(&small, 8192);
	ck_assert_ptr_nonnull(arena_alloc(&small, 100));
	ck_assert_ptr_null(arena_alloc(&small, 100000));
	ck_assert(small.full);
	ck_assert_ptr_null(arena_alloc(&small, 1));
	arena_release(&small);
	ck_assert_ptr_nonnull(arena_alloc(&small, 1));
	arena_release(&small);
}
END_TEST

START_TEST(arena_stock_keeps_chunks_for_the_next)
{
	struct arena_stock stock = { .max_bytes = 20000 };
	struct arena one;
	char *first;

	arena_init_from(&one, 1 << 20, &stock);
	first = arena_chars(&one, 100);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(arena_chars(&one, 4000));  /* another chunk of 4 KiB */
	ck_assert_ptr_nonnull(arena_chars(&one, 5000));  /* of 8 KiB */
	ck_assert_ptr_nonnull(arena_chars(&one, 10000)); /* of 16 KiB */
	arena_release(&one);
	/* 4 and 16 KiB do not fit beside 8; what is given back first is kept */
	ck_assert_uint_eq(stock.bytes, 16384);
	ck_assert_ptr_nonnull(arena_chars(&one, 100));
	arena_release(&one);
	ck_assert_uint_eq(stock.bytes, 16384);
	stock.max_bytes = 40000;
	first = arena_chars(&one, 100);
	arena_release(&one);
	ck_assert_uint_eq(stock.bytes, 16384 + 4096);
	ck_assert_ptr_eq(arena_chars(&one, 200), first);
	ck_assert_uint_eq(stock.bytes, 16384);
	ck_assert_ptr_nonnull(arena_chars(&one, 100000)); /* larger than any that waits */
	arena_release(&one);
	ck_assert_uint_eq(stock.bytes, 16384 + 4096);
	arena_stock_release(&stock);
	ck_assert_uint_eq(stock.bytes, 0);
}
END_TEST

START_TEST(arena_joins_pieces)
{
	struct str all = ARENA_JOIN(&a, STR("one "), STR_NONE, STR("two"));
	struct arena small;

	assert_str(all, "one two");
	ck_assert_str_eq(all.p, "one two");
	arena_init(&small, 3);
	assert_absent(ARENA_JOIN(&small, STR("one")));
	arena_release(&small);
}
END_TEST

START_TEST(arena_pushes_keep_what_was_pushed)
{
	size_t n = 0, cap = 0;
	int *items = NULL;

	for (int i = 0; i < 1000; i++) {
		int *item = ARENA_PUSH(&a, items, n, cap);

		ck_assert_ptr_nonnull(item);
		*item = i;
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(items[i], i);
}
END_TEST

/* --- rope --- */

START_TEST(rope_points_at_what_is_large)
{
	static char large[5000];
	char read[64];
	struct rope r;

	memset(large, 'x', sizeof(large));
	rope_init(&r, &a);
	rope_adds(&r, "[");
	rope_ref(&r, (struct str){ large, sizeof(large) });
	rope_adds(&r, "]");
	rope_addi(&r, 42);
	ck_assert(rope_ok(&r));
	ck_assert_uint_eq(r.bytes, sizeof(large) + 4);
	ck_assert_uint_eq(r.n, 3);
	ck_assert_ptr_eq(r.pieces[1].p, large);
	for (size_t from = 4990; from < 5004; from++) {
		size_t n = rope_read(&r, from, read, sizeof(read));

		ck_assert_uint_eq(n, 5004 - from);
		ck_assert(memcmp(read, rope_flat(&r).p + from, n) == 0);
	}
}
END_TEST

START_TEST(rope_without_room_has_failed)
{
	struct arena small;
	struct rope r;

	arena_init(&small, 3000);
	rope_init(&r, &small);
	for (int i = 0; i < 1000; i++)
		rope_adds(&r, "0123456789");
	ck_assert(!rope_ok(&r));
	assert_absent(rope_flat(&r));
	arena_release(&small);
}
END_TEST

/* --- json: the scanner --- */

static const struct {
	const char *text;
	enum json_fail fail;
} texts[] = {
	{ " {'a':[1,2.5e-3,true,false,null,'x']} ", JSON_FINE },
	{ "[]", JSON_FINE },
	{ "'\\ud83d\\ude00'", JSON_FINE },
	{ "-0", JSON_FINE },
	{ "", JSON_BAD_SYNTAX },
	{ "{'a':1,}", JSON_BAD_SYNTAX },
	{ "[1 2]", JSON_BAD_SYNTAX },
	{ "{'a' 1}", JSON_BAD_SYNTAX },
	{ "{a:1}", JSON_BAD_SYNTAX },
	{ "[1]]", JSON_BAD_SYNTAX },
	{ "nul", JSON_BAD_SYNTAX },
	{ "NaN", JSON_BAD_SYNTAX },
	{ "01", JSON_BAD_SYNTAX },
	{ "1.", JSON_BAD_NUMBER },
	{ "-", JSON_BAD_NUMBER },
	{ "'a", JSON_BAD_STRING },
	{ "'\\x'", JSON_BAD_STRING },
	{ "'\\u12g4'", JSON_BAD_STRING },
	{ "'\n'", JSON_BAD_STRING },
	{ "'\xC0\x80'", JSON_BAD_STRING },
	{ "'\xED\xA0\x80'", JSON_BAD_STRING },
	{ "'\xF4\x90\x80\x80'", JSON_BAD_STRING },
	{ "{'a':1,'a':2}", JSON_TWICE },
	{ "{'a':1,'\\u0061':2}", JSON_TWICE },
	{ "{'a':{'b':1},'b':{'b':1}}", JSON_FINE },
};

START_TEST(json_takes_json_and_nothing_else)
{
	struct json_doc doc;
	size_t at;
	enum json_fail fail = json_parse(&doc, &a, unit_json(&a, texts[_i].text),
					 &json_limits_default, &at);

	ck_assert_msg(fail == texts[_i].fail, "%s: %s", texts[_i].text, json_fail_text(fail));
}
END_TEST

/* Strings are looked at in words of eight bytes: at any place of one the byte _i is what it is. */
START_TEST(json_sees_each_byte_of_a_string)
{
	char c = (char)_i;
	bool plain = _i >= 0x20 && _i < 0x80 && c != '"' && c != '\\';
	enum json_fail want = plain ? JSON_FINE : c == '"' ? JSON_BAD_SYNTAX : JSON_BAD_STRING;
	struct json_doc doc;
	char text[24];

	for (size_t place = 1; place < sizeof(text) - 2; place++) {
		size_t at, fault = plain ? 0 : place + (c == '"' || c == '\\');

		memset(text, 'a', sizeof(text));
		text[0] = text[sizeof(text) - 1] = '"';
		text[place] = c;
		ck_assert_int_eq(json_parse(&doc, &a, (struct str){ text, sizeof(text) },
					    &json_limits_default, &at),
				 want);
		ck_assert_uint_eq(at, fault);
	}
}
END_TEST

START_TEST(json_finds_doubles_in_large_objects)
{
	struct json_doc doc;
	struct buf b;
	size_t at;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%c\"name%d\":%d", i ? ',' : '{', i, i);
	buf_adds(&b, "}");
	ck_assert_int_eq(json_parse(&doc, &a, buf_str(&b), &json_limits_default, &at), JSON_FINE);
	b.n--;
	buf_adds(&b, ",\"name17\":0}");
	ck_assert_int_eq(json_parse(&doc, &a, buf_str(&b), &json_limits_default, &at), JSON_TWICE);
	buf_release(&b);
}
END_TEST

START_TEST(json_depth_is_bounded)
{
	struct json_doc doc;
	char text[130];
	size_t at;

	for (size_t depth = 64; depth <= 65; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		ck_assert_int_eq(json_parse(&doc, &a, (struct str){ text, depth * 2 },
					    &json_limits_default, &at),
				 depth == 64 ? JSON_FINE : JSON_TOO_DEEP);
	}
}
END_TEST

/* --- json: reading --- */

static struct json_doc doc;

static struct json parse(const char *text)
{
	size_t at;

	ck_assert_int_eq(json_parse(&doc, &a, unit_json(&a, text), &json_limits_default, &at),
			 JSON_FINE);
	return json_root(&doc);
}

START_TEST(json_walks)
{
	struct json root = parse("{'a':[10,[11],{'x':1}],'b':{},'c':null}");
	struct json list = json_get(root, "a");
	uint32_t n = 0;

	ck_assert_uint_eq(json_count(root), 3);
	ck_assert_uint_eq(json_count(list), 3);
	assert_str(json_raw(json_at(list, 1)), "[11]");
	ck_assert(!json_present(json_at(list, 3)));
	ck_assert_int_eq(json_type(json_get(root, "c")), JSON_NULL);
	ck_assert_int_eq(json_type(json_get(root, "d")), JSON_ABSENT);
	ck_assert(json_unset(json_get(root, "c")) && json_unset(json_get(root, "d")));
	JSON_EACH (it, json_get(root, "b"))
		n++;
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(json_sees_through_escapes)
{
	struct json s = parse("'a\\n\\u00e9\\ud83d\\ude00\\ud800\\/'");

	ck_assert(json_is_escaped(s));
	assert_str(json_text(s, &a), "a\n\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD/");
	ck_assert(json_is(parse("'\\u0072ole'"), "role"));
	ck_assert(!json_is(parse("'roles'"), "role"));
	ck_assert(!json_is(parse("1"), "1"));
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int64_t value;
} numbers[] = {
	{ "12", true, 12 },
	{ "12.0", true, 12 },
	{ "1.2e1", true, 12 },
	{ "1.5", false, 0 },
	{ "'12'", false, 0 },
	{ "1e300", false, 0 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "9223372036854775808", false, 0 },
};

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static double read_back(double value)
{
	struct buf b;
	double again = 4711;

	buf_init(&b, 64);
	json_number(&b, value);
	ck_assert(json_read_number(parse(buf_cstr(&b)), &again));
	buf_release(&b);
	return again;
}

START_TEST(json_numbers_lose_no_bit)
{
	static const double some[] = { 0,
				       -0.0,
				       1,
				       -1,
				       0.1,
				       0.02,
				       0.000001,
				       1e6,
				       1.5e-7,
				       9007199254740993.0,
				       123456.789012,
				       5e-324,
				       1.7976931348623157e308,
				       INFINITY,
				       -INFINITY };
	struct rnd r = rnd_seed(1);

	for (size_t i = 0; i < COUNT_OF(some); i++)
		ck_assert_uint_eq(bits_of(read_back(some[i])), bits_of(some[i]));
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = rnd_u64(&r);
		double any, few = (double)(int64_t)(bits >> 40) / (i % 2 ? 1000 : 1000000);

		memcpy(&any, &bits, sizeof(any));
		if (!isnan(any))
			ck_assert_uint_eq(bits_of(read_back(any)), bits);
		ck_assert_uint_eq(bits_of(read_back(few)), bits_of(few));
	}
	ck_assert(isnan(read_back(NAN)));
}
END_TEST

/* printf() is what it must agree with, where it does not write less */
static void as_printf(double value)
{
	char wanted[64], got[64];
	struct buf b;

	snprintf(wanted, sizeof(wanted), "%.17g", value);
	buf_init(&b, sizeof(got));
	json_number(&b, value);
	str_copy(got, sizeof(got), buf_str(&b));
	buf_release(&b);
	ck_assert_uint_eq(bits_of(strtod(got, NULL)), bits_of(value));
	if (strlen(got) < strlen(wanted) || strchr(wanted, 'e'))
		return;
	ck_assert_str_eq(got, wanted);
}

START_TEST(json_numbers_are_what_printf_writes)
{
	struct rnd r = rnd_seed(2);

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = rnd_u64(&r);
		double size = ldexp(1 + ldexp((double)(bits >> 12), -52), (int)(bits % 92) - 32);
		double tie = ldexp((double)((bits >> 12 | UINT64_C(1) << 52) | 1), -2);

		as_printf(size);
		as_printf(-size);
		as_printf(tie); /* 18 digits, the last of them a 5 */
		as_printf((double)(bits >> 44) / 1e7);
	}
	for (double power = 1e-11; power < 1e19; power *= 10)
		for (double at = power, i = 0; i < 9; i++, at = nextafter(at, i < 4 ? 0 : 1e20))
			as_printf(at);
}
END_TEST

START_TEST(json_numbers_are_short_where_they_can_be)
{
	struct buf b;

	buf_init(&b, 256);
	for (int i = 0; i < 6; i++) {
		json_number(&b, (const double[]){ 0.02, 12, -0.5, 1000000, 3.000001, 1.0 / 3 }[i]);
		buf_addc(&b, ' ');
	}
	assert_str(buf_str(&b), "0.02 12 -0.5 1000000 3.000001 0.33333333333333331 ");
	buf_release(&b);
}
END_TEST

/* each byte at each place of a text that is longer than what is looked at together */
START_TEST(json_escapes_a_byte_wherever_it_stands)
{
	for (int c = 1; c <= 0xFF; c++) /* from 0x80 on none is UTF-8 by itself */
		for (size_t at = 0; at < 20; at++) {
			bool may_stand = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
			char text[21] = "abcdefghijklmnopqrst";
			struct buf b;

			text[at] = (char)c;
			buf_init(&b, 64);
			json_quote(&b, STR(text));
			ck_assert(memcmp(b.p + 1, text, at) == 0);
			ck_assert(
				str_ends(str_sub(buf_str(&b), 0, b.n - 1), str_of(text + at + 1)));
			ck_assert_uint_eq(b.n == sizeof(text) + 1, may_stand);
			buf_release(&b);
		}
}
END_TEST

START_TEST(json_reads_integers_exactly)
{
	int64_t value = 0;

	ck_assert(json_i64(parse(numbers[_i].text), &value) == numbers[_i].good);
	if (numbers[_i].good)
		ck_assert_int_eq(value, numbers[_i].value);
}
END_TEST

START_TEST(json_writes_what_it_can_read)
{
	const char text[] = "quote \" slash \\ line \n tab \t return \r bell \a del \x7f bad \xff "
			    "good \xC3\xA9";
	struct json_doc written;
	struct buf b;
	size_t at;

	buf_init(&b, 1000);
	json_quote(&b, STR(text));
	ck_assert_int_eq(json_parse(&written, &a, buf_str(&b), &json_limits_default, &at),
			 JSON_FINE);
	assert_str(json_text(json_root(&written), &a),
		   "quote \" slash \\ line \n tab \t return \r bell \a del \x7f bad \xEF\xBF\xBD "
		   "good \xC3\xA9");
	buf_release(&b);
}
END_TEST

static void add_str_tests(Suite *s)
{
	TCase *t = tcase_create("str, buf, arena, rope");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, str_cuts_at_the_first_separator);
	tcase_add_test(t, str_finds_and_compares);
	tcase_add_loop_test(t, str_reads_whole_integers_only, 0, (int)COUNT_OF(integers));
	tcase_add_test(t, str_copy_says_when_it_cut);
	tcase_add_test(t, buf_overflow_is_remembered);
	tcase_add_test(t, buf_grows_and_drops);
	tcase_add_loop_test(t, integers_as_text, 0, COUNT_OF(integers));
	tcase_add_test(t, text_keeps_to_its_room);
	tcase_add_test(t, arena_stays_full);
	tcase_add_test(t, arena_joins_pieces);
	tcase_add_test(t, arena_stock_keeps_chunks_for_the_next);
	tcase_add_test(t, arena_pushes_keep_what_was_pushed);
	tcase_add_test(t, rope_points_at_what_is_large);
	tcase_add_test(t, rope_without_room_has_failed);
	suite_add_tcase(s, t);
}

static void add_json_tests(Suite *s)
{
	TCase *t = tcase_create("json");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, json_takes_json_and_nothing_else, 0, (int)COUNT_OF(texts));
	tcase_add_loop_test(t, json_sees_each_byte_of_a_string, 0, 256);
	tcase_add_test(t, json_finds_doubles_in_large_objects);
	tcase_add_test(t, json_depth_is_bounded);
	tcase_add_test(t, json_walks);
	tcase_add_test(t, json_sees_through_escapes);
	tcase_add_test(t, json_numbers_lose_no_bit);
	tcase_add_test(t, json_escapes_a_byte_wherever_it_stands);
	tcase_add_test(t, json_numbers_are_what_printf_writes);
	tcase_add_test(t, json_numbers_are_short_where_they_can_be);
	tcase_add_loop_test(t, json_reads_integers_exactly, 0, (int)COUNT_OF(numbers));
	tcase_add_test(t, json_writes_what_it_can_read);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("base");

	add_str_tests(s);
	add_json_tests(s);
	return unit_run(s);
}
