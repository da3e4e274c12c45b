/* scripts_ledger.c -- settle.lua: an entry of the ledger for every charge. */
#include "lua/fixture.h"

static struct held h;

static void setup(void)
{
	const struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));

	fix_setup();
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}

static redisReply *newest_entry(void)
{
	return redisCommand(fix.raw, "XREVRANGE sr:1:{o:acme}:ledger + - COUNT 1");
}

/* "name" of the newest entry of the ledger; "" when there is none */
static const char *entry(const char *name)
{
	static char value[64];
	redisReply *reply = newest_entry(), *fields;

	value[0] = '\0';
	fields = reply->elements ? reply->element[0]->element[1] : NULL;
	for (size_t i = 0; fields && i + 1 < fields->elements; i += 2)
		if (str_is(reply_str(fields->element[i]), name))
			str_copy(value, sizeof(value), reply_str(fields->element[i + 1]));
	freeReplyObject(reply);
	return value;
}

START_TEST(the_ledger_has_an_entry_a_charge)
{
	struct charge c = { .attempt = 1,
			    .cost_nanos = 150,
			    .estimated = true,
			    .final = true,
			    .tokens_used = -1,
			    .model = "m-1",
			    .endpoint = "e-1",
			    .usage = { .seen = true,
				       .tokens = { [USAGE_input] = 7, [USAGE_output] = 9 },
				       .reasoning = 4 } };

	fix_settle(&h, c);
	ck_assert_int_eq(fix_int("XLEN sr:1:{o:acme}:ledger"), 1);
	ck_assert_str_eq(entry("rid"), "r1");
	ck_assert_str_eq(entry("attempt"), "1");
	ck_assert_str_eq(entry("cost"), "150");
	ck_assert_str_eq(entry("team"), "t1");
	ck_assert_str_eq(entry("key"), "k1");
	ck_assert_str_eq(entry("model"), "m-1");
	ck_assert_str_eq(entry("endpoint"), "e-1");
	ck_assert_str_eq(entry("estimated"), "1");
	ck_assert_str_eq(entry("input"), "7");
	ck_assert_str_eq(entry("output"), "9");
	ck_assert_str_eq(entry("reasoning"), "4");
	ck_assert_str_eq(entry("cache_read"), "");
	/* a correction is an entry of the difference: the costs add up to what was spent */
	c.estimated = false;
	c.cost_nanos = 130;
	fix_settle(&h, c);
	ck_assert_int_eq(fix_int("XLEN sr:1:{o:acme}:ledger"), 2);
	ck_assert_str_eq(entry("cost"), "-20");
	ck_assert_str_eq(entry("corrects"), "1");
	ck_assert_str_eq(entry("estimated"), "");
}
END_TEST

START_TEST(a_correction_to_nothing_is_an_entry)
{
	fix_settle(&h, (struct charge){ .attempt = 1,
					.cost_nanos = 180,
					.estimated = true,
					.final = true,
					.tokens_used = -1 });
	fix_charge(&h, 1, 0);
	ck_assert_int_eq(fix_int("XLEN sr:1:{o:acme}:ledger"), 2);
	ck_assert_str_eq(entry("cost"), "-180");
}
END_TEST

START_TEST(what_used_something_at_no_cost_is_an_entry)
{
	struct charge c = { .attempt = 1,
			    .final = true,
			    .tokens_used = -1,
			    .usage = { .seen = true, .tokens = { [USAGE_input] = 7 } } };

	fix_settle(&h, c);
	ck_assert_str_eq(entry("cost"), "0");
	ck_assert_str_eq(entry("input"), "7");
}
END_TEST

START_TEST(what_cost_and_used_nothing_is_no_entry)
{
	fix_settle(&h, (struct charge){ .attempt = 1, .unknown = true, .tokens_used = -1 });
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:ledger"), 0);
}
END_TEST

/* whatever it cost, so that requests can be counted */
START_TEST(the_end_of_a_request_is_an_entry)
{
	struct charge c = { .attempt = 1,
			    .unknown = true,
			    .final = true,
			    .failed = true,
			    .tokens_used = -1,
			    .usage = { .tokens = { [USAGE_input] = 7 } } };

	fix_settle(&h, c);
	ck_assert_int_eq(fix_int("XLEN sr:1:{o:acme}:ledger"), 1);
	ck_assert_str_eq(entry("attempts"), "1");
	ck_assert_str_eq(entry("failed"), "1");
	ck_assert_str_eq(entry("cost"), "0");
	ck_assert_str_eq(entry("key"), "k1");
	ck_assert_str_eq(entry("input"), ""); /* nothing was charged */
	fix_charge(&h, 1, 5);                 /* now it is known; the request has ended before */
	ck_assert_str_eq(entry("cost"), "5");
	ck_assert_str_eq(entry("attempts"), "");
	ck_assert_str_eq(entry("corrects"), "");
}
END_TEST

START_TEST(a_slice_is_no_request)
{
	h.slice = true;
	fix_charge(&h, 1, 0);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:ledger"), 0);
}
END_TEST

START_TEST(the_ledger_is_trimmed)
{
	fix.store.ledger_entries = 100;
	for (int i = 0; i < 500; i++) {
		char rid[16];

		snprintf(rid, sizeof(rid), "t%d", i);
		h = fix_open(rid);
		ck_assert_int_eq(fix_charge(&h, 1, 1).end, SETTLE_OK);
	}
	ck_assert_int_lt(fix_int("XLEN sr:1:{o:acme}:ledger"), 350); /* "~": by whole nodes */
}
END_TEST

Suite *suite_ledger(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = tcase_create("ledger");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, the_ledger_has_an_entry_a_charge);
	tcase_add_test(t, a_correction_to_nothing_is_an_entry);
	tcase_add_test(t, what_used_something_at_no_cost_is_an_entry);
	tcase_add_test(t, what_cost_and_used_nothing_is_no_entry);
	tcase_add_test(t, the_end_of_a_request_is_an_entry);
	tcase_add_test(t, a_slice_is_no_request);
	tcase_add_test(t, the_ledger_is_trimmed);
	suite_add_tcase(s, t);
	return s;
}
