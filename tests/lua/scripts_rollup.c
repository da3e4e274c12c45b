/* scripts_rollup.c -- rollup.lua: what is in the ledger is counted, each entry once. */
#include "core/period.h"
#include "lua/fixture.h"
#include "store/rollup.h"

static struct rollup_conf conf;

static void setup(void)
{
	fix_setup();
	conf = (struct rollup_conf){
		.entries = 100, .rows = 100, .hours_ms = DAY / 1000, .days_ms = 9 * DAY / 1000
	};
}

struct rolled {
	bool done;
	enum rollup_end end;
	int64_t next_us;
};

static void on_rolled(void *who, enum rollup_end end, int64_t next_us)
{
	struct rolled *w = who;

	*w = (struct rolled){ .done = true, .end = end, .next_us = next_us };
}

static struct rolled roll_by(const struct lease *lease, int64_t at_us)
{
	struct rolled w = { .done = false };

	usage_roll(&fix.store, lease, STR("acme"), at_us, &conf, on_rolled, &w);
	fix_await(&w.done);
	return w;
}

/* until nothing is left, as the job does it; how many calls it took */
static int roll(void)
{
	int calls = 0;

	for (int64_t at_us = T0; at_us; calls++) {
		struct rolled w = roll_by(&fix_lease, at_us);

		ck_assert_int_eq(w.end, ROLLUP_OK);
		at_us = w.next_us;
	}
	return calls;
}

/* an entry of that time; the rest are fields and values */
#define ENTRY(at_us, number, rest)                                                                \
	ck_assert_str_ne(fix_text("XADD sr:1:{o:acme}:ledger %lld-%d rid r team t1 key k1 " rest, \
				  (long long)((at_us) / 1000), number),                           \
			 "")

/* of an hour ('h') or day ('d') */
static const char *row(enum period p, int64_t at_us, const char *name)
{
	redisReply *reply;
	struct period_span span;
	static char text[200];

	period_span(p, at_us, &span);
	reply = redisCommand(fix.raw, "HGET sr:1:{o:acme}:usage:%s %s", span.id, name);
	str_copy(text, sizeof(text), str_of(reply->str ? reply->str : ""));
	freeReplyObject(reply);
	return text;
}

START_TEST(an_entry_is_counted_into_its_hour_and_day)
{
	ENTRY(T0, 0, "model m cost 150 attempts 2 downgraded 1 input 7 cache_read 3 output 9");
	ENTRY(T0, 1, "model m cost 50 attempts 1 failed 1 output_audio 1");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "2 3 1 1 10 10 200");
	ck_assert_str_eq(row(PERIOD_day, T0, "t1 k1 m"), "2 3 1 1 10 10 200");
}
END_TEST

START_TEST(each_is_counted_once)
{
	ENTRY(T0, 0, "model m cost 150 attempts 1 input 7");
	roll();
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "1 1 0 0 7 0 150");
	ENTRY(T0, 1, "model m cost 1 attempts 1 input 1");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "2 2 0 0 8 0 151");
}
END_TEST

START_TEST(a_batch_ends_and_the_next_goes_on)
{
	conf.entries = 3;
	for (int i = 0; i < 10; i++)
		ENTRY(T0, i, "model m cost 1 attempts 1");
	ck_assert_int_eq(roll(), 4);
	ck_assert_str_eq(row(PERIOD_day, T0, "t1 k1 m"), "10 10 0 0 0 0 10");
}
END_TEST

START_TEST(hours_are_counted_apart_and_the_oldest_first)
{
	ENTRY(T0 - 2 * HOUR, 0, "model m cost 1 attempts 1");
	ENTRY(T0 - HOUR, 0, "model m cost 2 attempts 1");
	ENTRY(T0, 0, "model m cost 4 attempts 1");
	ck_assert_int_eq(roll_by(&fix_lease, T0).next_us, T0 - 2 * HOUR);
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0 - 2 * HOUR, "t1 k1 m"), "1 1 0 0 0 0 1");
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "1 1 0 0 0 0 4");
	ck_assert_str_eq(row(PERIOD_day, T0, "t1 k1 m"), "3 3 0 0 0 0 7");
}
END_TEST

START_TEST(a_correction_moves_money_and_no_tokens)
{
	ENTRY(T0, 0, "model m cost 150 attempts 1 estimated 1 input 7 output 2");
	ENTRY(T0, 1, "model m cost -30 corrects 1 input 6 output 2");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "1 1 0 0 7 2 120");
}
END_TEST

START_TEST(an_operators_word_is_not_counted)
{
	fix_text(
		"XADD sr:1:{o:acme}:ledger 4000000000000-0 operator me rid r attempt 1 resolved 5");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 -"), "");
	ck_assert_int_eq(roll_by(&fix_lease, T0).next_us, 0);
}
END_TEST

/* it was reserved, and its client left, or Redis did not answer */
START_TEST(a_request_that_called_no_vendor_is_not_counted)
{
	ENTRY(T0, 0, "attempts 0 cost 0 failed 1");
	ENTRY(T0, 1, "attempts 1 cost 0 failed 1 unbegun 1");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 -"), "");
	ENTRY(T0, 2, "attempts 2 cost 0 failed 1 unbegun 1");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 -"), "1 1 1 0 0 0 0");
}
END_TEST

START_TEST(what_is_beyond_the_most_rows_is_one_row)
{
	conf.rows = 2;
	ENTRY(T0, 0, "model a cost 1 attempts 1");
	ENTRY(T0, 1, "model b cost 1 attempts 1");
	ENTRY(T0, 2, "model c cost 1 attempts 1");
	ENTRY(T0, 3, "model d cost 1 attempts 1");
	roll();
	ENTRY(T0, 4, "model a cost 1 attempts 1");
	roll();
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 a"), "2 2 0 0 0 0 2");
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 c"), "");
	ck_assert_str_eq(row(PERIOD_hour, T0, "* * *"), "2 2 0 0 0 0 2");
}
END_TEST

START_TEST(what_is_counted_has_an_end)
{
	struct period_span hour, day;

	ENTRY(T0, 0, "model m cost 1 attempts 1");
	roll();
	period_span(PERIOD_hour, T0, &hour);
	period_span(PERIOD_day, T0, &day);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:usage:%s", hour.id),
			 (hour.end_us + DAY) / SECOND);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:usage:%s", day.id),
			 (day.end_us + 9 * DAY) / SECOND);
}
END_TEST

START_TEST(an_older_leader_counts_nothing)
{
	const struct lease old = { .token = 1, .until_us = fix_lease.until_us };

	ENTRY(T0, 0, "model m cost 1 attempts 1");
	fix_int("SET sr:1:{o:acme}:fence 2");
	ck_assert_int_eq(roll_by(&old, T0).end, ROLLUP_FENCED);
	ck_assert_str_eq(row(PERIOD_hour, T0, "t1 k1 m"), "");
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:rolled"), 0);
}
END_TEST

/* settle writes what is counted */
START_TEST(a_request_is_counted_as_it_was_settled)
{
	const struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1");
	struct charge c = { .attempt = 1,
			    .cost_nanos = 90,
			    .final = true,
			    .tokens_used = -1,
			    .model = "m-1",
			    .downgraded = true,
			    .failed = true, /* the answer broke off */
			    .usage = { .seen = true, .tokens = { [USAGE_input] = 7 } } };
	redisReply *last;
	int64_t ms;

	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_settle(&h, c);
	fix_settle(&h, c); /* twice is once */
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_settle(&h, (struct charge){
			       .attempt = 1, .final = true, .tokens_used = -1, .failed = true });
	h = fix_open("r3");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_settle(&h, (struct charge){ .attempt = 1,
					.cost_nanos = 100,
					.unknown = true,
					.final = true,
					.tokens_used = -1 });
	roll();
	/* the ledger's ids are of the server's own clock */
	last = redisCommand(fix.raw, "GET sr:1:{o:acme}:rolled");
	ms = strtoll(last->str, NULL, 10);
	freeReplyObject(last);
	ck_assert_str_eq(row(PERIOD_hour, ms * 1000, "t1 k1 m-1"), "1 1 1 1 7 0 90");
	/* of r2 no vendor was called; of r3 one was, and nobody knows what it cost */
	ck_assert_str_eq(row(PERIOD_hour, ms * 1000, "t1 k1 -"), "1 1 0 0 0 0 0");
}
END_TEST

/* --- reading --- */

static void on_rows(void *who, bool ok, size_t n, const struct usage_row *rows)
{
	bool *done = who;

	ck_assert(ok);
	ck_assert_uint_eq(n, 1); /* the other makes no sense */
	ck_assert(str_is(rows[0].team, "t1") && str_is(rows[0].key, "k1"));
	ck_assert(str_is(rows[0].model, "m"));
	ck_assert_int_eq(rows[0].figure[FIGURE_requests], 1);
	ck_assert_int_eq(rows[0].figure[FIGURE_spent_nanos], 5);
	*done = true;
}

START_TEST(what_was_counted_is_read)
{
	struct period_span hour;
	bool done = false;

	ENTRY(T0, 0, "model m cost 5 attempts 1");
	roll();
	period_span(PERIOD_hour, T0, &hour);
	fix_int("HSET sr:1:{o:acme}:usage:%s nonsense 1", hour.id);
	usage_read(&fix.store, STR("acme"), str_of(hour.id), on_rows, &done);
	fix_await(&done);
}
END_TEST

Suite *suite_rollup(void)
{
	Suite *s = suite_create("rollup");
	TCase *t = tcase_create("rollup");

	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, an_entry_is_counted_into_its_hour_and_day);
	tcase_add_test(t, each_is_counted_once);
	tcase_add_test(t, a_batch_ends_and_the_next_goes_on);
	tcase_add_test(t, hours_are_counted_apart_and_the_oldest_first);
	tcase_add_test(t, a_correction_moves_money_and_no_tokens);
	tcase_add_test(t, an_operators_word_is_not_counted);
	tcase_add_test(t, a_request_that_called_no_vendor_is_not_counted);
	tcase_add_test(t, what_is_beyond_the_most_rows_is_one_row);
	tcase_add_test(t, what_is_counted_has_an_end);
	tcase_add_test(t, an_older_leader_counts_nothing);
	tcase_add_test(t, a_request_is_counted_as_it_was_settled);
	tcase_add_test(t, what_was_counted_is_read);
	suite_add_tcase(s, t);
	return s;
}
