/* check_breaker.c -- breakers as Redis keeps them, how candidates stand by them, who is left out.
 */
#include "unit.h"

#include "core/breaker.h"
#include "core/dialect.h"
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

	ck_assert(breaker_read(STR("half slow 1 2 3 4 5 6"), &b));
	ck_assert_int_eq(b.state, BREAKER_half);
	ck_assert_int_eq(b.cause, CAUSE_slow);
	ck_assert_int_eq(b.until_us, 1);
	ck_assert_int_eq(b.since_us, 2);
	ck_assert_int_eq(b.openings, 3);
	ck_assert_int_eq(b.token, 4);
	ck_assert_int_eq(b.good, 5);
	ck_assert_int_eq(b.blocked_us, 6);
}
END_TEST

START_TEST(what_is_none_is_not_read)
{
	static const char *const texts[] = {
		"",
		"open",
		"open ",
		"open failed",
		"ajar failed 1 2 3 4 5 6",
		"open odd 1 2 3 4 5 6",
		"open failed 1 2 3 4 5",
		"open failed 1 2 3 4 5 6 7",
		"open failed 1 2 3 4 5 6 ",
		"open failed 1 -2 3 4 5 6",
		"open failed 1 2 x 4 5 6",
		"open failed 1 2  4 5 6",
		"open failed 1 2 3 4 5 99999999999999999999",
	};
	struct breaker b;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		ck_assert_msg(!breaker_read(str_of(texts[i]), &b), "%s", texts[i]);
		ck_assert_int_eq(b.state, BREAKER_closed);
	}
}
END_TEST

/* a credential's name leads to where it is refused */
START_TEST(names_lead_to_their_breakers)
{
	struct {
		const char *name;
		const struct breaker *at;
		uint32_t digest;
	} names[] = {
		{ "two", &all->endpoints[1], 0 },
		{ "two one", &all->targets[1], 0 },
		{ "two #7", &all->endpoints[1], 7 },
		{ "two one #4294967295", &all->targets[1], UINT32_MAX },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct breaker_place p;
		struct buf name;

		ck_assert(breakers_find(all, STR("v"), str_of(names[i].name), &p));
		ck_assert_ptr_eq(p.at, names[i].at);
		ck_assert_uint_eq(p.digest, names[i].digest);
		ck_assert_uint_eq(p.endpoint, 1);
		buf_init(&name, BREAKER_NAME_MAX);
		breaker_name(&endpoints[1], i % 2 ? targets[1].model : NULL, p.digest, &name);
		assert_str(buf_str(&name), names[i].name);
		buf_release(&name);
	}
}
END_TEST

START_TEST(other_names_lead_nowhere)
{
	static const char *const names[] = {
		"#",       "",          "two three",       "two #0",
		"two #-1", "two one #", "two #4294967296", "two one two",
		"two #7x", "#7",        "two one #7 two",  "two #7 one",
	};
	struct breaker_place p;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		ck_assert_msg(!breakers_find(all, STR("v"), str_of(names[i]), &p), "%s", names[i]);
	ck_assert(!breakers_find(all, STR("w"), STR("two"), &p));
}
END_TEST

/* A refused credential and an unreachable endpoint have their own breakers, in one place. */
START_TEST(a_credential_comes_first_in_its_place)
{
	const struct breaker refused = { .state = BREAKER_open, .cause = CAUSE_credential };
	const struct breaker failed = { .state = BREAKER_half, .blocked_us = 9 };

	for (int order = 0; order < 2; order++) {
		struct breaker_place of_all, of_one;

		all->targets[1] = (struct breaker){ 0 };
		ck_assert(breakers_find(all, STR("v"), STR("two one"), &of_all));
		ck_assert(breakers_find(all, STR("v"), STR("two one #7"), &of_one));
		breakers_put(all, order ? &of_one : &of_all, order ? &refused : &failed);
		breakers_put(all, order ? &of_all : &of_one, order ? &failed : &refused);
		ck_assert_int_eq(all->targets[1].cause, CAUSE_credential);
		ck_assert_uint_eq(all->targets[1].digest, 7);
		ck_assert_int_eq(all->targets[1].blocked_us, 9);
	}
}
END_TEST

START_TEST(a_credential_that_nobody_probes_is_nobodys)
{
	struct breaker b = { .state = BREAKER_open, .cause = CAUSE_credential, .until_us = NOW };

	ck_assert(!breaker_is_nobodys(&b, NOW + 3999, 1000));
	ck_assert(breaker_is_nobodys(&b, NOW + 4000, 1000));
	b.cause = CAUSE_failed;
	ck_assert(!breaker_is_nobodys(&b, NOW + 4000, 1000));
}
END_TEST

/* --- what came of a probe --- */

/* What is asked of the three kinds: is somebody there, is the model well, is the credential taken?
 */
START_TEST(a_fault_tells_each_kind_of_probe_something_else)
{
	static const struct {
		struct vendor_fault fault;
		int status;
		enum breaker_what endpoint, target, credential;
	} rows[] = {
		{ { .credential = CRED_OUT }, 401, PROBE_GOOD, PROBE_GONE, PROBE_BAD },
		{ { .health = true }, 500, PROBE_BAD, PROBE_BAD, PROBE_GONE },
		{ { .health = true }, 0, PROBE_BAD, PROBE_BAD, PROBE_GONE },
		{ { .credential = CRED_COOL }, 429, PROBE_GONE, PROBE_GONE, PROBE_GONE },
		{ { .failover = true }, 0, PROBE_GONE, PROBE_GONE, PROBE_GONE },
		{ { .failover = true }, 400, PROBE_GOOD, PROBE_GOOD, PROBE_GOOD },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const enum breaker_what want[] = { rows[i].endpoint, rows[i].target,
						   rows[i].credential };

		for (int kind = PROBE_ENDPOINT; kind <= PROBE_CREDENTIAL; kind++) {
			struct probe_result got = probe_of_fault((enum probe_kind)kind,
								 &rows[i].fault, rows[i].status);

			ck_assert_msg(got.what == want[kind], "row %zu, kind %d: %d", i, kind,
				      got.what);
			ck_assert_int_eq(got.cause, kind == PROBE_CREDENTIAL ? CAUSE_credential
									     : CAUSE_failed);
		}
	}
}
END_TEST

START_TEST(a_slow_answer_is_none_but_of_a_credential)
{
	ck_assert_int_eq(probe_of_answer(PROBE_TARGET, false).what, PROBE_GOOD);
	ck_assert_int_eq(probe_of_answer(PROBE_TARGET, true).what, PROBE_BAD);
	ck_assert_int_eq(probe_of_answer(PROBE_TARGET, true).cause, CAUSE_slow);
	ck_assert_int_eq(probe_of_answer(PROBE_CREDENTIAL, true).what, PROBE_GOOD);
}
END_TEST

START_TEST(a_request_that_may_take_longer_is_no_probe)
{
	const struct terms t = { .first_high_ms = 900, .total_high_ms = 11000 };

	ck_assert(probe_fits(&t, true, 10000));
	ck_assert(!probe_fits(&t, true, 800));
	ck_assert(!probe_fits(&t, false, 10000));
	ck_assert(probe_fits(&t, false, 11000));
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

/* Those that stand well are too dear, say: then they are not all there is. */
START_TEST(where_who_stands_well_is_not_enough_all_are_kept)
{
	plan.panic = true;
	candidate(0, STANDING_blocked);
	candidate(1, STANDING_open);
	candidate(2, STANDING_slow_start);
	candidate(3, STANDING_fine);
	ck_assert_str_eq(stays(), "321");
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
	tcase_add_test(t, other_names_lead_nowhere);
	tcase_add_test(t, a_credential_comes_first_in_its_place);
	tcase_add_test(t, a_credential_that_nobody_probes_is_nobodys);
	tcase_add_test(t, a_fault_tells_each_kind_of_probe_something_else);
	tcase_add_test(t, a_slow_answer_is_none_but_of_a_credential);
	tcase_add_test(t, a_request_that_may_take_longer_is_no_probe);
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
	tcase_add_test(t, where_who_stands_well_is_not_enough_all_are_kept);
	tcase_add_test(t, who_is_to_be_left_alone_is_left_alone);
	tcase_add_test(t, only_the_first_is_a_probe);
	suite_add_tcase(s, t);
	return unit_run(s);
}
