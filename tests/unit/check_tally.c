/* check_tally.c -- what gateways count, and the snapshot that comes of it. */
#include <math.h>

#include "core/calibration.h"
#include "core/snapshot_build.h"
#include "core/snapshot_text.h"
#include "small_catalog.h"
#include "unit.h"

#define NOW_US 1763838000000000LL
#define NOW_S  (NOW_US / 1000000)
#define SECOND 1000000LL

static struct catalog *catalog;
static struct snapshot *s;
static struct snapshot_build build;

static void setup(void)
{
	catalog = small_catalog();
	s = snapshot_new(catalog, 1 << 20);
	ck_assert(snapshot_build_init(&build, s, NOW_US));
}

static void teardown(void)
{
	snapshot_unref(s);
	catalog_unref(catalog);
}

/* counts of the counters, as Redis has them after `age_s` in which nothing came */
static bool see(const char *name, const struct sketch *counters, int64_t age_s)
{
	struct buf b;
	bool kept;

	buf_init(&b, TALLY_TEXT_MAX + 32);
	buf_printf(&b, "%lld ", (long long)(NOW_US - age_s * SECOND));
	tally_write(counters, &b);
	kept = snapshot_build_tally(&build, STR("acme"), str_of(name), buf_str(&b));
	buf_release(&b);
	return kept;
}

static struct sketch counts(double first, double second)
{
	struct sketch c = { 0 };

	ck_assert(sketch_add_count(&c, 0, first) && sketch_add_count(&c, 1, second));
	return c;
}

static void finish(void)
{
	ck_assert(snapshot_build_finish(&build));
}

#define assert_near(got, want, share)                                                           \
	ck_assert_msg(fabs((got) - (want)) <= (want) * (share), "%s is %g, want %g", #got, got, \
		      want)

/* --- names and counters --- */

START_TEST(a_name_is_read_as_it_was_written)
{
	static const struct tally_name names[] = {
		{ .kind = TALLY_attempts, .endpoint = STR("east"), .model = STR("org/small:free") },
		{ .kind = TALLY_first,
		  .endpoint = STR("east"),
		  .model = STR("m"),
		  .size = STR("1k") },
		{ .kind = TALLY_length, .model = STR("m"), .task = STR("code") },
		{ .kind = TALLY_input, .model = STR("m") },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct tally_name again;
		struct buf b;

		buf_init(&b, TALLY_NAME_MAX);
		tally_name_write(&names[i], &b);
		ck_assert(tally_name_read(buf_str(&b), &again));
		ck_assert_int_eq(again.kind, names[i].kind);
		ck_assert(str_eq(again.endpoint, names[i].endpoint));
		ck_assert(str_eq(again.model, names[i].model));
		ck_assert(str_eq(again.size, names[i].size));
		ck_assert(str_eq(again.task, names[i].task));
		buf_release(&b);
	}
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
	static const char *const wrong[] = { "",
					     "input",
					     "input ",
					     "input m x",
					     "moods east m",
					     "first east m",
					     "attempts  m",
					     "length m code " };
	struct tally_name name;

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		ck_assert_msg(!tally_name_read(str_of(wrong[i]), &name), "\"%s\"", wrong[i]);
}
END_TEST

START_TEST(counters_lose_half_in_their_half_life)
{
	struct sketch c;
	int64_t half = tally_half_life_us(TALLY_first);

	ck_assert(tally_read(STR("1000 7:2000000 9:500000"), TALLY_first, 1000, &c));
	ck_assert_double_eq_tol(c.counts[7], 2, 1e-9);
	ck_assert_double_eq_tol(c.n, 2.5, 1e-9);
	ck_assert(tally_read(STR("1000 7:2000000"), TALLY_first, 1000 + half, &c));
	ck_assert_double_eq_tol(c.counts[7], 1, 1e-9);
	/* a clock that goes back does not make more of it */
	ck_assert(tally_read(STR("1000 7:2000000"), TALLY_first, 500, &c));
	ck_assert_double_eq_tol(c.counts[7], 2, 1e-9);
}
END_TEST

START_TEST(what_are_no_counters_is_refused)
{
	static const char *const wrong[] = { "",       "x 1:1",      "1 1",    "1 1:",
					     "1 1:-1", "1 334:1000", "1 -1:1", "1 1:1.5" };
	struct sketch c;

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		ck_assert_msg(!tally_read(str_of(wrong[i]), TALLY_first, 1, &c), "\"%s\"",
			      wrong[i]);
	ck_assert(tally_read(STR("1"), TALLY_first, 1, &c));
}
END_TEST

/* --- what comes of them --- */

START_TEST(failures_are_a_share_of_attempts)
{
	struct sketch c = counts(40, 10);

	ck_assert(see("attempts west big", &c, 0));
	finish();
	ck_assert_double_eq_tol(s->targets[1].attempts, 40, 1e-6);
	ck_assert_double_eq_tol(s->targets[1].failure, 0.25, 1e-6);
	ck_assert_double_eq(s->targets[0].attempts, 0);
}
END_TEST

START_TEST(latency_comes_by_target_and_size)
{
	struct sketch first = { 0 }, token = { 0 };
	const struct latency *l = &s->targets[2].latency[SIZE_4k];

	for (int i = 1; i <= 100; i++)
		sketch_add(&first, 10 * i);
	for (int i = 0; i < 100; i++)
		sketch_add(&token, (i % 2 ? 10.0 : 20.0) * TOKEN_UNITS_PER_MS);
	ck_assert(see("first east org/small 4k", &first, 0));
	ck_assert(see("token east org/small 4k", &token, 0));
	finish();
	ck_assert_double_eq_tol(l->n, 100, 1e-6);
	assert_near(l->first_p50_ms, 500.0, 0.021);
	assert_near(l->first_p95_ms, 950.0, 0.021);
	assert_near(l->first_mean_ms, 505.0, 0.02);
	assert_near(l->first_var, 83325.0, 0.05);
	assert_near(l->token_mean_ms, 15.0, 0.02);
	assert_near(l->token_var, 25.0, 0.1);
	ck_assert_double_eq(s->targets[2].latency[SIZE_1k].n, 0);
}
END_TEST

START_TEST(lengths_add_up_to_the_models_and_to_all)
{
	struct sketch shorts = { 0 }, longs = { 0 };

	for (int i = 0; i < 30; i++)
		sketch_add(&shorts, 101);
	for (int i = 0; i < 10; i++)
		sketch_add(&longs, 1001);
	ck_assert(see("length big code", &longs, 0));
	ck_assert(see("length big poetry", &shorts, 0)); /* no task of the catalog's */
	ck_assert(see("length org/small other", &shorts, 0));
	finish();
	ck_assert_double_eq_tol(s->models[0].lengths[0].n, 10, 1e-6);
	assert_near(s->models[0].lengths[0].q50, log(1001), 0.01);
	ck_assert_double_eq(s->models[0].lengths[1].n, 0);
	ck_assert_double_eq_tol(s->models[0].length.n, 40, 1e-6);
	assert_near(s->models[0].length.q50, log(101), 0.01);
	assert_near(s->models[0].length.q90, log(1001), 0.01);
	ck_assert_double_eq_tol(s->length.n, 70, 1e-6);
	assert_near(s->length.q90, log(1001), 0.01);
}
END_TEST

START_TEST(calibration_needs_some_answers_to_be_believed)
{
	struct sketch few = { 0 }, many = { 0 };

	calibration_add(&few, 7, 120, 100);
	for (int i = 0; i < 100; i++)
		calibration_add(&many, 7, 120, 100);
	see("input org/small", &few, 0);
	see("input big", &many, 0);
	finish();
	ck_assert_double_le(s->models[1].calibration, 1.04);
	ck_assert_double_gt(s->models[1].calibration, 1);
	assert_near(s->models[0].calibration, 1.2, 0.01);
	assert_near(s->models[0].calibrations[7], 1.2, 0.01);
	ck_assert_double_eq(s->models[0].calibrations[8], 0);
}
END_TEST

START_TEST(what_is_forgotten_need_not_be_kept)
{
	struct sketch c = counts(4, 0);

	ck_assert(see("attempts west big", &c, 200));
	ck_assert(!see("attempts west big", &c, 300));
	ck_assert(!snapshot_build_tally(&build, STR("acme"), STR("attempts"), STR("1 1:1")));
	/* not ours to forget: another gateway's catalog may have it */
	ck_assert(see("attempts north big", &c, 0));
	ck_assert(see("input tiny", &c, 0));
	finish();
	ck_assert_double_eq(s->models[1].calibration, 0);
}
END_TEST

START_TEST(another_vendors_tallies_are_not_this_ones)
{
	ck_assert(snapshot_build_tally(&build, STR("rival"), STR("attempts west big"),
				       STR("1763838000000000 0:5000000")));
	finish();
	ck_assert_double_eq(s->targets[1].attempts, 0);
}
END_TEST

/* --- warm prefixes --- */

START_TEST(warm_prefixes_come_sorted_and_alive)
{
	static const struct prefix high = { 0xfedcba9876543210u, 3000 }, low = { 1, 2000 };
	struct buf b;

	buf_init(&b, WARM_ENTRY_MAX);
	warm_entry_write(&high, &catalog->targets[1], &b);
	snapshot_build_warm(&build, STR("acme"), buf_str(&b), NOW_S + 60);
	buf_reset(&b);
	warm_entry_write(&low, &catalog->targets[2], &b);
	assert_str(buf_str(&b), "0000000000000001 2000 east org/small");
	snapshot_build_warm(&build, STR("acme"), buf_str(&b), NOW_S + 50);
	snapshot_build_warm(&build, STR("acme"), buf_str(&b), NOW_S); /* cold by now */
	snapshot_build_warm(&build, STR("rival"), buf_str(&b), NOW_S + 60);
	snapshot_build_warm(&build, STR("acme"), STR("000000000000001 5 east big"), NOW_S + 60);
	snapshot_build_warm(&build, STR("acme"), STR("0000000000000001 x east big"), NOW_S + 60);
	snapshot_build_warm(&build, STR("acme"), STR("0000000000000001 5 east"), NOW_S + 60);
	/* more than its own text may hold: a snapshot with it could not be read again */
	snapshot_build_warm(&build, STR("acme"), STR("0000000000000001 2080000000048 east big"),
			    NOW_S + 60);
	snapshot_build_warm(&build, STR("acme"), STR("0000000000000001 5 east big"), 1LL << 41);
	finish();
	ck_assert_uint_eq(s->n_warm, 2);
	ck_assert_uint_eq(s->warm[0].target, 2);
	ck_assert_int_eq(s->warm[0].tokens, 2000);
	ck_assert_int_eq(s->warm[0].until_s, NOW_S + 50);
	ck_assert(s->warm[1].prefix == high.hash);
	buf_release(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *t = tcase_create("tally");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_name_is_read_as_it_was_written);
	tcase_add_test(t, what_is_no_name_is_refused);
	tcase_add_test(t, counters_lose_half_in_their_half_life);
	tcase_add_test(t, what_are_no_counters_is_refused);
	tcase_add_test(t, failures_are_a_share_of_attempts);
	tcase_add_test(t, latency_comes_by_target_and_size);
	tcase_add_test(t, lengths_add_up_to_the_models_and_to_all);
	tcase_add_test(t, calibration_needs_some_answers_to_be_believed);
	tcase_add_test(t, what_is_forgotten_need_not_be_kept);
	tcase_add_test(t, another_vendors_tallies_are_not_this_ones);
	tcase_add_test(t, warm_prefixes_come_sorted_and_alive);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	return unit_run(suite());
}
