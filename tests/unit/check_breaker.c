/* check_breaker.c -- breakers as Redis keeps them, how candidates stand by them, who is left out.
 */
#include "unit.h"

#include "core/breaker.h"
#include "core/sideline.h"

#define SECOND 1000000LL
#define NOW    (1000 * SECOND)

static struct model models[3];
static struct endpoint endpoints[3];
static struct target targets[4];
static struct catalog catalog;
static struct breakers *all;
static struct standing_ask ask;
static struct plan plan;

/* two endpoints of the first model, one of each other */
static void setup(void)
{
	static const char *const names[] = { "one", "two", "three" };

	for (int i = 0; i < 3; i++) {
		models[i] = (struct model){ .id = str_of(names[i]), .vendor = STR("v") };
		endpoints[i] = (struct endpoint){ .name = str_of(names[i]),
						  .vendor = STR("v"),
						  .index = (uint32_t)i };
	}
	targets[0] = (struct target){ &models[0], &endpoints[0] };
	targets[1] = (struct target){ &models[0], &endpoints[1] };
	targets[2] = (struct target){ &models[1], &endpoints[1] };
	targets[3] = (struct target){ &models[2], &endpoints[2] };
	catalog = (struct catalog){ .refs = 1,
				    .endpoints = endpoints,
				    .n_endpoints = 3,
				    .targets = targets,
				    .n_targets = 4 };
	all = breakers_new(&catalog, 10 * SECOND);
	all->any = true;
	ask = (struct standing_ask){ .breakers = all, .now_us = NOW };
	plan = (struct plan){ .n = 0 };
}

static void teardown(void)
{
	breakers_unref(all);
}

/* --- reading --- */

START_TEST(a_breaker_is_read)
{
	struct breaker b;

	ck_assert(breaker_read(STR("half slow 1 2 3 4 5 6 4294967295"), &b));
	ck_assert_int_eq(b.state, BREAKER_half);
	ck_assert_int_eq(b.cause, CAUSE_slow);
	ck_assert_int_eq(b.until_us, 1);
	ck_assert_int_eq(b.since_us, 2);
	ck_assert_int_eq(b.openings, 3);
	ck_assert_int_eq(b.token, 4);
	ck_assert_int_eq(b.good, 5);
	ck_assert_int_eq(b.blocked_us, 6);
	ck_assert_uint_eq(b.digest, UINT32_MAX);
}
END_TEST

START_TEST(what_is_none_is_not_read)
{
	static const char *const texts[] = {
		"",
		"open",
		"open ",
		"open failed",
		"ajar failed 1 2 3 4 5 6 7",
		"open odd 1 2 3 4 5 6 7",
		"open failed 1 2 3 4 5 6",
		"open failed 1 2 3 4 5 6 7 8",
		"open failed 1 2 3 4 5 6 7 ",
		"open failed 1 -2 3 4 5 6 7",
		"open failed 1 2 3 4 5 6 4294967296",
		"open failed 1 2 x 4 5 6 7",
		"open failed 1 2  4 5 6 7",
		"open failed 1 2 3 4 5 6 99999999999999999999",
	};
	struct breaker b;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		ck_assert_msg(!breaker_read(str_of(texts[i]), &b), "%s", texts[i]);
		ck_assert_int_eq(b.state, BREAKER_closed);
	}
}
END_TEST

START_TEST(names_lead_to_their_breakers)
{
	ck_assert_ptr_eq(breakers_find(all, STR("v"), STR("two")), &all->endpoints[1]);
	ck_assert_ptr_eq(breakers_find(all, STR("v"), STR("two one")), &all->targets[1]);
	ck_assert_ptr_null(breakers_find(all, STR("w"), STR("two")));
	ck_assert_ptr_null(breakers_find(all, STR("v"), STR("two three")));
	ck_assert_ptr_null(breakers_find(all, STR("v"), STR("#")));
}
END_TEST

/* --- standing --- */

static enum standing standing(int target)
{
	int64_t blocked_ms;

	return standing_of(&ask, &targets[target], &blocked_ms);
}

START_TEST(the_worse_of_endpoint_and_target_counts)
{
	ck_assert_int_eq(standing(0), STANDING_fine);
	all->targets[1].state = BREAKER_open;
	ck_assert_int_eq(standing(0), STANDING_fine);
	ck_assert_int_eq(standing(1), STANDING_open);
	ck_assert_int_eq(standing(2), STANDING_fine); /* another model there */
	all->endpoints[1] = (struct breaker){ .state = BREAKER_open, .cause = CAUSE_credential };
	ck_assert_int_eq(standing(1), STANDING_out);
	ck_assert_int_eq(standing(2), STANDING_out);
	all->targets[3].state = BREAKER_half;
	ck_assert_int_eq(standing(3), STANDING_open);
	ask.breakers = NULL;
	ck_assert_int_eq(standing(1), STANDING_fine);
}
END_TEST

START_TEST(a_block_ends_when_its_time_is_over)
{
	int64_t blocked_ms;

	all->targets[0].blocked_us = NOW + 1500;
	ck_assert_int_eq(standing_of(&ask, &targets[0], &blocked_ms), STANDING_blocked);
	ck_assert_int_eq(blocked_ms, 2);
	ask.now_us = NOW + 1500;
	ck_assert_int_eq(standing_of(&ask, &targets[0], &blocked_ms), STANDING_fine);
	ck_assert_int_eq(blocked_ms, 0);
}
END_TEST

START_TEST(an_offer_is_for_its_own_breaker_only)
{
	const struct probe_offer offers[] = { { &endpoints[1], &targets[1] } };

	all->targets[1].state = all->targets[3].state = BREAKER_half;
	ask.offers = offers;
	ask.n_offers = 1;
	ck_assert_int_eq(standing(1), STANDING_probe);
	ck_assert_int_eq(standing(3), STANDING_open);
	all->endpoints[1].state = BREAKER_open; /* and nobody may go there at all */
	ck_assert_int_eq(standing(1), STANDING_open);
}
END_TEST

static int share_at(int64_t age_us)
{
	int in = 0;

	all->targets[0] = (struct breaker){ .state = BREAKER_ramp, .since_us = NOW - age_us };
	for (uint32_t i = 0; i < 1000; i++) {
		ask.chance = i * (UINT32_MAX / 1000);
		in += standing(0) == STANDING_fine;
	}
	return in;
}

START_TEST(a_slow_start_grows_from_a_tenth_to_all)
{
	ck_assert_int_eq(share_at(-SECOND), 101); /* clocks differ */
	ck_assert_int_eq(share_at(0), 101);
	ck_assert_int_eq(share_at(5 * SECOND), 551);
	ck_assert_int_eq(share_at(10 * SECOND), 1000);
	ck_assert_int_eq(share_at(1000 * SECOND), 1000);
	all->slow_start_us = 0;
	ck_assert_int_eq(share_at(0), 1000);
}
END_TEST

START_TEST(a_probe_is_due_when_its_time_and_the_block_are_over)
{
	struct breaker b = { .state = BREAKER_open, .until_us = NOW };

	ck_assert(!breaker_is_due(&b, NOW - 1));
	ck_assert(breaker_is_due(&b, NOW));
	b.blocked_us = NOW + 1;
	ck_assert(!breaker_is_due(&b, NOW));
	b = (struct breaker){ .state = BREAKER_half, .until_us = NOW };
	ck_assert(breaker_is_due(&b, NOW)); /* whoever had it is gone */
	b.state = BREAKER_ramp;
	ck_assert(!breaker_is_due(&b, NOW));
	b.state = BREAKER_closed;
	ck_assert(!breaker_is_due(&b, NOW));
}
END_TEST

START_TEST(slow_is_so_many_times_the_usual)
{
	const struct terms t = { .first_high_ms = 200,
				 .total_high_ms = 50,
				 .known = KNOWN_LATENCY };
	const struct terms unknown = { .first_high_ms = 200 };
	struct slow_ask s = { .terms = &t, .stream = true, .factor = 4, .floor_ms = 300 };

	ck_assert_int_eq(slow_after_ms(&s), 800);
	s.stream = false;
	ck_assert_int_eq(slow_after_ms(&s), 300);
	s.terms = &unknown;
	ck_assert_int_eq(slow_after_ms(&s), 0);
}
END_TEST

/* --- who is left out, who comes last --- */

static void candidate(int target, enum standing s)
{
	plan.candidates[plan.n++] = (struct candidate){ .target = &targets[target], .standing = s };
}

/* those that stay, in their order: "02" */
static const char *stays(void)
{
	static char text[PLAN_MAX + 1];
	bool out[PLAN_MAX];
	uint32_t n = 0;

	sideline(&plan, out);
	for (uint32_t i = 0; i < plan.n; i++)
		if (!out[i])
			plan.candidates[n++] = plan.candidates[i];
	plan.n = n;
	sideline_last(&plan);
	for (uint32_t i = 0; i < n; i++)
		text[i] = (char)('0' + (plan.candidates[i].target - targets));
	text[n] = '\0';
	return text;
}

START_TEST(whoever_stands_badly_is_left_out)
{
	candidate(0, STANDING_open);
	candidate(2, STANDING_fine);
	candidate(3, STANDING_slow_start);
	ck_assert_str_eq(stays(), "2");
	ck_assert(!plan.panic);
}
END_TEST

START_TEST(of_a_models_endpoints_half_are_kept)
{
	candidate(0, STANDING_open);
	candidate(1, STANDING_open);
	candidate(3, STANDING_fine);
	ck_assert_str_eq(stays(), "31"); /* but come last */
}
END_TEST

START_TEST(a_refused_credential_is_no_guess)
{
	candidate(0, STANDING_out);
	candidate(1, STANDING_out);
	candidate(3, STANDING_fine);
	ck_assert_str_eq(stays(), "3");
}
END_TEST

START_TEST(where_nobody_stands_well_the_least_bad_is_first)
{
	candidate(0, STANDING_out);
	candidate(1, STANDING_open);
	candidate(2, STANDING_blocked);
	candidate(3, STANDING_slow_start);
	ck_assert_str_eq(stays(), "310");
	ck_assert(plan.panic);
}
END_TEST

/* It fails where the breaker was right: then the request needs the others. */
START_TEST(a_probe_throws_nobody_out)
{
	candidate(0, STANDING_open);
	candidate(1, STANDING_slow_start);
	candidate(2, STANDING_probe);
	candidate(3, STANDING_blocked);
	ck_assert_str_eq(stays(), "210");
	ck_assert(plan.panic);
}
END_TEST

START_TEST(who_is_to_be_left_alone_is_left_alone)
{
	candidate(0, STANDING_blocked);
	ck_assert_str_eq(stays(), "");
}
END_TEST

START_TEST(only_the_first_is_a_probe)
{
	candidate(0, STANDING_probe);
	candidate(3, STANDING_fine);
	ck_assert_str_eq(stays(), "03");
	plan.n = 0;
	candidate(3, STANDING_fine);
	candidate(0, STANDING_probe);
	candidate(2, STANDING_fine);
	ck_assert_str_eq(stays(), "320");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("breaker");
	TCase *t = tcase_create("breaker");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_breaker_is_read);
	tcase_add_test(t, what_is_none_is_not_read);
	tcase_add_test(t, names_lead_to_their_breakers);
	tcase_add_test(t, the_worse_of_endpoint_and_target_counts);
	tcase_add_test(t, a_block_ends_when_its_time_is_over);
	tcase_add_test(t, an_offer_is_for_its_own_breaker_only);
	tcase_add_test(t, a_slow_start_grows_from_a_tenth_to_all);
	tcase_add_test(t, a_probe_is_due_when_its_time_and_the_block_are_over);
	tcase_add_test(t, slow_is_so_many_times_the_usual);
	tcase_add_test(t, whoever_stands_badly_is_left_out);
	tcase_add_test(t, of_a_models_endpoints_half_are_kept);
	tcase_add_test(t, a_refused_credential_is_no_guess);
	tcase_add_test(t, where_nobody_stands_well_the_least_bad_is_first);
	tcase_add_test(t, a_probe_throws_nobody_out);
	tcase_add_test(t, who_is_to_be_left_alone_is_left_alone);
	tcase_add_test(t, only_the_first_is_a_probe);
	suite_add_tcase(s, t);
	return unit_run(s);
}
