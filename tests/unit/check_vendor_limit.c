/* check_vendor_limit.c -- headers of vendors' limits become a time to wait. */
#include "unit.h"

#include "core/vendor_limit.h"

#define NOW_S 1795377600 /* 2026-11-22T20:00:00Z */

static const struct {
	const char *text;
	int64_t ms;
} resets[] = {
	{ "120ms", 120 },
	{ "1s", 1000 },
	{ "1.5s", 1500 },
	{ "6m0s", 360000 },
	{ "1h2m3s", 3723000 },
	{ "12", 12000 },
	{ " 2ms ", 2 },
	{ "0s", 0 },
	{ "2026-11-22T20:01:00Z", 60000 },
	{ "2026-11-22T20:01:00.250Z", 60000 },
	{ "2026-11-22T19:00:00Z", 0 },
	{ "", -1 },
	{ "soon", -1 },
	{ "-1s", -1 },
	{ "1x", -1 },
	{ "s", -1 },
	{ "1s ago", -1 },
	{ "nan", -1 },
	{ "25h", -1 },
	{ "99999999999999999999999h", -1 },
	{ "2026-11-24T20:00:00Z", -1 },
	{ "2026-11-22T20:01:00+01:00", -1 },
	{ "11111111111111111111111111111111111111111111111111111111111111111111", -1 },
};

START_TEST(resets_are_read)
{
	ck_assert_msg(limit_reset_parse(str_of(resets[_i].text), NOW_S) == resets[_i].ms, "%s",
		      resets[_i].text);
}
END_TEST

static int64_t wait_of(const char *const *headers)
{
	struct vendor_limits l = { 0 };

	for (; *headers; headers += 2)
		vendor_limits_note(&l, str_of(headers[0]), str_of(headers[1]), NOW_S);
	return vendor_limits_wait_ms(&l);
}

START_TEST(what_is_used_up_is_left_alone_for_a_twentieth)
{
	static const char *const openai[] = { "X-RateLimit-Remaining-Requests",
					      "0",
					      "x-ratelimit-reset-requests",
					      "120ms",
					      "x-ratelimit-reset-tokens",
					      "6m0s",
					      "x-ratelimit-remaining-tokens",
					      "0",
					      NULL };
	static const char *const anthropic[] = { "anthropic-ratelimit-input-tokens-remaining", "0",
						 "anthropic-ratelimit-input-tokens-reset",
						 "2026-11-22T20:01:00Z", NULL };

	ck_assert_int_eq(wait_of(openai), 18000);
	ck_assert_int_eq(wait_of(anthropic), 3000);
}
END_TEST

START_TEST(what_is_left_is_no_reason_to_wait)
{
	static const char *const some[] = { "x-ratelimit-remaining-tokens", "1",
					    "x-ratelimit-reset-tokens", "6m0s", NULL };
	static const char *const untold[] = { "x-ratelimit-remaining-tokens", "0", NULL };
	static const char *const odd[] = { "x-ratelimit-remaining-tokens", "none",
					   "x-ratelimit-reset-tokens", "6m0s", NULL };
	static const char *const mixed[] = { "x-ratelimit-remaining-tokens", "0",
					     "x-ratelimit-reset-requests", "6m0s", NULL };

	ck_assert_int_eq(wait_of(some), 0);
	ck_assert_int_eq(wait_of(untold), 0);
	ck_assert_int_eq(wait_of(odd), 0);
	ck_assert_int_eq(wait_of(mixed), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vendor_limit");
	TCase *t = tcase_create("vendor_limit");

	tcase_add_loop_test(t, resets_are_read, 0, (int)COUNT_OF(resets));
	tcase_add_test(t, what_is_used_up_is_left_alone_for_a_twentieth);
	tcase_add_test(t, what_is_left_is_no_reason_to_wait);
	suite_add_tcase(s, t);
	return unit_run(s);
}
