/* check_sketch.c -- quantiles within 2 %, and a sum of sketches is the sketch of all. */
#include <math.h>
#include <stdlib.h>

#include "base/rand.h"
#include "core/sketch.h"
#include "unit.h"

#define TIMES  5000
#define PARTS  7
#define ROUNDS 40

static double random_share(struct rnd *r)
{
	return (double)(rnd_u64(r) >> 11) / 9007199254740992.0;
}

/* 1 ms to 600 s, all sizes alike likely */
static double random_ms(struct rnd *r)
{
	return exp(random_share(r) * log(600000));
}

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* as sketch_quantile() defines it */
static double true_quantile(const double *sorted, size_t n, double q)
{
	size_t i = (size_t)ceil(q * (double)n);

	return sorted[i > 0 ? i - 1 : 0];
}

START_TEST(quantiles_are_right_within_two_percent)
{
	static const double shares[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1 };
	static double times[TIMES];
	struct rnd r = rnd_seed((uint64_t)_i);
	struct sketch s = { 0 };
	size_t n = 1 + rnd_below(&r, TIMES);

	for (size_t i = 0; i < n; i++) {
		times[i] = random_ms(&r);
		sketch_add(&s, times[i]);
	}
	qsort(times, n, sizeof(times[0]), by_size);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double want = true_quantile(times, n, shares[i]);

		ck_assert_double_le(fabs(sketch_quantile(&s, shares[i]) / want - 1), 0.02 + 1e-9);
	}
}
END_TEST

START_TEST(parts_add_up_to_the_sketch_of_all)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	struct sketch all = { 0 }, sum = { 0 }, parts[PARTS] = { 0 };

	for (int i = 0; i < TIMES; i++) {
		double ms = random_ms(&r);

		sketch_add(&all, ms);
		sketch_add(&parts[rnd_below(&r, PARTS)], ms);
	}
	for (int i = PARTS - 1; i >= 0; i--)
		sketch_merge(&sum, &parts[i], 1);
	ck_assert_mem_eq(&sum, &all, sizeof(all));
}
END_TEST

START_TEST(what_was_written_is_read_back_and_added)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	struct sketch s = { 0 }, twice = { 0 }, read = { 0 };
	struct buf text;

	buf_init(&text, SKETCH_TEXT_MAX);
	for (int i = 0; i < TIMES; i++)
		sketch_add(&s, random_ms(&r));
	sketch_write(&s, &text);
	ck_assert(buf_ok(&text));
	ck_assert(sketch_read(&read, buf_str(&text)));
	ck_assert_mem_eq(&read, &s, sizeof(s));
	ck_assert(sketch_read(&read, buf_str(&text)));
	sketch_merge(&twice, &s, 2);
	ck_assert_mem_eq(&read, &twice, sizeof(s));
	buf_release(&text);
}
END_TEST

START_TEST(the_longest_text_fits)
{
	struct sketch s = { 0 };
	struct buf text;

	buf_init(&text, SKETCH_TEXT_MAX);
	for (int i = 0; i < SKETCH_BUCKETS; i++)
		ck_assert(sketch_add_count(&s, i, 999999999999999));
	sketch_write(&s, &text);
	ck_assert(buf_ok(&text));
	buf_release(&text);
}
END_TEST

START_TEST(a_text_that_is_none_adds_nothing)
{
	static const char *const texts[] = { "1",    "1:",       ":1",

					     " 1:2", "1:2  3:4", "334:1",
					     "-1:1", "1:-1",     "1:2:3",
					     "1:x",  "5:1 x",    "1:9223372036854775807" };
	struct sketch s = { 0 }, empty = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_msg(!sketch_read(&s, str_of(texts[i])), "read: %s", texts[i]);
		ck_assert_mem_eq(&s, &empty, sizeof(s));
	}
	ck_assert(sketch_read(&s, STR("")));
	ck_assert_mem_eq(&s, &empty, sizeof(s));
}
END_TEST

START_TEST(times_beyond_its_ends_count_at_them)
{
	static const double low[] = { 0, -5, 0.2, 1, NAN }, high[] = { 600000, 1e9, INFINITY };

	for (size_t i = 0; i < sizeof(low) / sizeof(low[0]); i++) {
		struct sketch s = { 0 };

		sketch_add(&s, low[i]);
		ck_assert_double_eq(sketch_quantile(&s, 0.5), 1);
	}
	for (size_t i = 0; i < sizeof(high) / sizeof(high[0]); i++) {
		struct sketch s = { 0 };

		sketch_add(&s, high[i]);
		ck_assert_double_le(fabs(sketch_quantile(&s, 0.5) / 600000 - 1), 0.02);
	}
}
END_TEST

START_TEST(older_times_count_less_by_their_weight)
{
	struct sketch now = { 0 }, before = { 0 }, both = { 0 };

	for (int i = 0; i < 100; i++) {
		sketch_add(&now, 100);
		sketch_add(&before, 1000);
	}
	sketch_merge(&both, &now, 1);
	sketch_merge(&both, &before, 0.25);
	ck_assert_double_eq(both.n, 125);
	ck_assert_double_eq(sketch_quantile(&both, 0.8), sketch_quantile(&now, 0.5));
	ck_assert_double_eq(sketch_quantile(&both, 0.81), sketch_quantile(&before, 0.5));
}
END_TEST

START_TEST(an_empty_one_has_no_quantile)
{
	struct sketch s = { 0 };

	ck_assert_double_eq(sketch_quantile(&s, 0.5), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sketch");
	TCase *t = tcase_create("sketch");

	tcase_add_loop_test(t, quantiles_are_right_within_two_percent, 0, ROUNDS);
	tcase_add_loop_test(t, parts_add_up_to_the_sketch_of_all, 0, ROUNDS);
	tcase_add_loop_test(t, what_was_written_is_read_back_and_added, 0, ROUNDS);
	tcase_add_test(t, the_longest_text_fits);
	tcase_add_test(t, a_text_that_is_none_adds_nothing);
	tcase_add_test(t, times_beyond_its_ends_count_at_them);
	tcase_add_test(t, older_times_count_less_by_their_weight);
	tcase_add_test(t, an_empty_one_has_no_quantile);
	suite_add_tcase(s, t);
	return unit_run(s);
}
