/* check_price.c -- tokens to money: exact, rounded up once, never above the reservation. */
#include "base/rand.h"
#include "core/price.h"
#include "unit.h"

#define MONDAY    1795392000 /* 2026-11-23 00:00 UTC */
#define MINUTE    60
#define HOUR      3600
#define DAY       86400
#define EVERY_DAY 0x7F

/* a price of all classes alike */
static struct rate flat(int64_t picos)
{
	struct rate r = { .days = EVERY_DAY, .to_minute = 1440, .above_input = -1 };

	for (int c = 0; c < USAGE_COUNT; c++)
		r.picos[c] = picos;
	return r;
}

static struct usage tokens(int64_t input, int64_t output)
{
	struct usage u = { .seen = true };

	u.tokens[USAGE_input] = input;
	u.tokens[USAGE_output] = output;
	return u;
}

/* --- cost --- */

START_TEST(list_prices_cost_what_they_say)
{
	/* gpt-4o: 2.50, 1.25 cached, 10.00 */
	struct rate r = flat(2500000);
	struct price p = { .rates = &r, .n_rates = 1 };
	struct usage u = tokens(1000, 500);

	r.picos[USAGE_cache_read] = 1250000;
	r.picos[USAGE_output] = 10000000;
	u.tokens[USAGE_cache_read] = 2000;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 2500000 + 2500000 + 5000000);
}
END_TEST

START_TEST(fractions_of_all_classes_are_added_before_rounding_up)
{
	struct rate r = flat(1);
	struct price p = { .rates = &r, .n_rates = 1 };
	struct usage u = tokens(1, 1);

	u.tokens[USAGE_cache_read] = 1;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 1);
	u.tokens[USAGE_cache_read] = 998;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 1);
	u.tokens[USAGE_cache_read] = 999;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 2);
}
END_TEST

START_TEST(a_service_tier_is_applied_before_rounding_up)
{
	struct rate r = flat(1000);
	struct price p = { .rates = &r, .n_rates = 1 };
	struct usage u = tokens(3, 0);

	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 500), 2);
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1), 1);
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 2000), 6);
}
END_TEST

START_TEST(nothing_used_costs_nothing)
{
	struct rate r = flat(1000000);
	struct price p = { .rates = &r, .n_rates = 1 };
	struct usage u = tokens(0, 0);

	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 0);
}
END_TEST

START_TEST(negative_counts_count_as_nothing)
{
	struct rate rates[] = { flat(2000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 2 };
	struct usage u = tokens(100, -50);

	rates[0].above_input = 50;
	u.tokens[USAGE_cache_read] = -70;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 200);
}
END_TEST

START_TEST(monstrous_usage_costs_money_max)
{
	struct rate r = flat(1000000000000);
	struct price p = { .rates = &r, .n_rates = 1 };
	struct usage u = { .seen = true };
	struct worst_price w = price_worst(&p, INT64_MAX, 100000, USAGE_ALL);

	for (int c = 0; c < USAGE_COUNT; c++)
		u.tokens[c] = INT64_MAX;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 100000), MONEY_MAX);
	ck_assert_int_eq(w.fixed_nanos, MONEY_MAX);
	ck_assert_int_eq(price_worst_total(&w, INT64_MAX, 128), MONEY_MAX);
}
END_TEST

/* --- which rate --- */

START_TEST(a_longer_prompt_reprices_the_whole_request)
{
	struct rate rates[] = { flat(3000), flat(2000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 3 };
	struct usage u = tokens(128000, 10);

	rates[0].above_input = 256000;
	rates[1].above_input = 128000;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 128010);
	u.tokens[USAGE_cache_read] = 1; /* every kind of input counts for the length */
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 2 * 128011);
	u.tokens[USAGE_input] = 256000;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 3 * 256011);
}
END_TEST

START_TEST(output_does_not_count_for_the_length_of_the_prompt)
{
	struct rate rates[] = { flat(2000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 2 };
	struct usage u = tokens(10, 1000);

	rates[0].above_input = 10;
	ck_assert_int_eq(price_cost(&p, &u, MONDAY, 1000), 1010);
}
END_TEST

static const struct {
	int64_t at;
	bool peak;
} hours[] = {
	{ MONDAY + 1 * HOUR - 1, false },
	{ MONDAY + 1 * HOUR, true },
	{ MONDAY + 4 * HOUR - 1, true },
	{ MONDAY + 4 * HOUR, false },
	{ MONDAY + 6 * HOUR - 1, false },
	{ MONDAY + 6 * HOUR, true },
	{ MONDAY + 10 * HOUR - 1, true },
	{ MONDAY + 10 * HOUR, false },
	{ MONDAY + 4 * DAY + 3 * HOUR, true },  /* Friday */
	{ MONDAY + 5 * DAY + 3 * HOUR, false }, /* Saturday */
	{ MONDAY + 6 * DAY + 3 * HOUR, false }, /* Sunday */
	{ MONDAY + 7 * DAY + 3 * HOUR, true },
	{ 3 * HOUR, true }, /* a Thursday */
	{ MONDAY - 1, false },
	{ MONDAY + 2 * DAY + 3 * HOUR + MINUTE, true },
};

START_TEST(a_window_holds_from_its_first_second_to_its_last)
{
	struct rate rates[] = { flat(2000), flat(2000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 3 };

	rates[0].days = rates[1].days = 0x1F; /* Monday to Friday */
	rates[0].from_minute = 60;
	rates[0].to_minute = 240;
	rates[1].from_minute = 360;
	rates[1].to_minute = 600;
	ck_assert_ptr_eq(price_rate(&p, 0, hours[_i].at),
			 hours[_i].peak ? &rates[hours[_i].at % DAY >= 6 * HOUR] : &rates[2]);
}
END_TEST

START_TEST(a_tier_has_its_factor_or_no_price)
{
	struct service_tier tiers[] = { { STR("flex"), 500 }, { STR("priority"), 2000 } };
	struct price p = { .tiers = tiers, .n_tiers = 2 };

	ck_assert_int_eq(price_tier(&p, STR_NONE), 1000);
	ck_assert_int_eq(price_tier(&p, STR("flex")), 500);
	ck_assert_int_eq(price_tier(&p, STR("priority")), 2000);
	ck_assert_int_eq(price_tier(&p, STR("Flex")), -1);
	ck_assert_int_eq(price_tier(&p, STR("")), -1);
}
END_TEST

/* --- the worst case --- */

static int64_t up_to(struct rnd *r, int64_t most)
{
	return (int64_t)(rnd_u64(r) % ((uint64_t)most + 1));
}

/* a price with windows and input lengths, as conf/ would order it */
static struct price any_price(struct rnd *r, struct rate rates[6])
{
	for (int i = 0; i < 6; i++) {
		rates[i] = flat(0);
		for (int c = 0; c < USAGE_COUNT; c++)
			rates[i].picos[c] = up_to(r, 1) ? up_to(r, 60000000) : up_to(r, 999);
		rates[i].above_input = i % 3 == 2 ? -1 : 100000 >> i % 3 * 4;
	}
	for (int i = 0; i < 3; i++) {
		rates[i].days = (uint8_t)(1 + up_to(r, 126));
		rates[i].from_minute = 300;
		rates[i].to_minute = 900;
	}
	return (struct price){ .rates = rates, .n_rates = 6 };
}

/* usage of at most so many tokens, over all classes */
static struct usage any_usage(struct rnd *r, int64_t input, int64_t output)
{
	struct usage u = { .seen = true };

	for (int c = 0; c < USAGE_COUNT; c++) {
		bool out = c == USAGE_output || c == USAGE_output_audio;
		int64_t *left = out ? &output : &input;

		u.tokens[c] = up_to(r, 3) ? up_to(r, *left) : *left;
		*left -= u.tokens[c];
	}
	return u;
}

START_TEST(no_usage_within_the_bounds_costs_more_than_the_worst_case)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	struct rate rates[6];
	struct price p = any_price(&r, rates);

	for (int round = 0; round < 2000; round++) {
		int64_t bound = up_to(&r, 200000), most = up_to(&r, 30000), n = 1 + up_to(&r, 3);
		int32_t tier = (int32_t)(1 + up_to(&r, 3000));
		int64_t when = MONDAY + up_to(&r, 7 * DAY);
		struct usage u = any_usage(&r, bound, most * n);
		struct worst_price w = price_worst(&p, bound, tier, USAGE_ALL);

		ck_assert_int_le(price_cost(&p, &u, when, tier), price_worst_total(&w, most, n));
	}
}
END_TEST

START_TEST(a_prompt_too_short_for_a_length_is_not_held_at_its_price)
{
	struct rate rates[] = { flat(5000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 2 };

	rates[0].above_input = 1000;
	ck_assert_int_eq(price_worst(&p, 1000, 1000, USAGE_ALL).fixed_nanos, 1000);
	ck_assert_int_eq(price_worst(&p, 1001, 1000, USAGE_ALL).fixed_nanos, 5005);
}
END_TEST

START_TEST(the_worst_case_takes_the_dearest_window_whatever_the_hour)
{
	struct rate rates[] = { flat(7000), flat(1000) };
	struct price p = { .rates = rates, .n_rates = 2 };
	struct worst_price w;

	rates[0].days = 1;
	w = price_worst(&p, 10, 1000, USAGE_ALL);
	ck_assert_int_eq(w.fixed_nanos, 70);
	ck_assert_int_eq(w.output_picos, 7000);
	ck_assert_int_eq(price_worst_total(&w, 5, 2), 140);
}
END_TEST

START_TEST(a_class_that_cannot_occur_is_not_held)
{
	struct rate rates[] = { flat(1000) };
	struct price p = { .rates = rates, .n_rates = 1 };
	uint32_t without = USAGE_ALL & ~USAGE_BIT(USAGE_cache_write_long) &
			   ~USAGE_BIT(USAGE_output_audio);

	rates[0].picos[USAGE_cache_write_long] = 2000;
	rates[0].picos[USAGE_output_audio] = 9000;
	ck_assert_int_eq(price_worst(&p, 10, 1000, USAGE_ALL).fixed_nanos, 20);
	ck_assert_int_eq(price_worst(&p, 10, 1000, USAGE_ALL).output_picos, 9000);
	ck_assert_int_eq(price_worst(&p, 10, 1000, without).fixed_nanos, 10);
	ck_assert_int_eq(price_worst(&p, 10, 1000, without).output_picos, 1000);
}
END_TEST

/* --- decimals --- */

static const struct {
	const char *text;
	int64_t picos; /* -1: refused */
} prices[] = {
	{ "0", 0 },
	{ "2.50", 2500000 },
	{ "0.1875", 187500 },
	{ "0.000001", 1 },
	{ "0.003625", 3625 },
	{ "1000000", 1000000000000 },
	{ "1000000.000001", -1 },
	{ "0.0000001", -1 },
	{ "", -1 },
	{ ".5", -1 },
	{ "5.", -1 },
	{ "-1", -1 },
	{ "-0.5", -1 },
	{ "+1", -1 },
	{ "1,5", -1 },
	{ "1.5.0", -1 },
	{ "1.-5", -1 },
	{ "1e3", -1 },
	{ " 1", -1 },
	{ "99999999999999999999", -1 },
};

START_TEST(a_price_is_exact_or_refused)
{
	int64_t picos = -1;
	bool ok = price_parse(str_of(prices[_i].text), &picos);

	ck_assert_msg(ok == (prices[_i].picos >= 0), "\"%s\"", prices[_i].text);
	if (ok)
		ck_assert_int_eq(picos, prices[_i].picos);
}
END_TEST

START_TEST(money_is_exact_up_to_its_maximum)
{
	int64_t nanos;

	ck_assert(money_parse(STR("9000000"), &nanos));
	ck_assert_int_eq(nanos, MONEY_MAX);
	ck_assert(!money_parse(STR("9000000.000000001"), &nanos));
	ck_assert(money_parse(STR("0.000000001"), &nanos));
	ck_assert_int_eq(nanos, 1);
	ck_assert(!money_parse(STR("0.0000000001"), &nanos));
}
END_TEST

START_TEST(money_written_is_money_read)
{
	struct rnd r = rnd_seed(7);

	for (int i = 0; i < 100000; i++) {
		int64_t nanos = up_to(&r, MONEY_MAX) >> up_to(&r, 53), back;
		char text[32];

		ck_assert(money_parse(str_of(money_text(text, nanos)), &back));
		ck_assert_int_eq(back, nanos);
	}
}
END_TEST

START_TEST(money_is_written_without_useless_zeros)
{
	char text[32];

	ck_assert_str_eq(money_text(text, 0), "0.00");
	ck_assert_str_eq(money_text(text, 12500000000), "12.50");
	ck_assert_str_eq(money_text(text, 123000), "0.000123");
	ck_assert_str_eq(money_text(text, -1), "-0.000000001");
	ck_assert_str_eq(money_text(text, INT64_MIN), "-9223372036.854775808");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("price");
	TCase *t = tcase_create("cost");

	tcase_add_test(t, list_prices_cost_what_they_say);
	tcase_add_test(t, fractions_of_all_classes_are_added_before_rounding_up);
	tcase_add_test(t, a_service_tier_is_applied_before_rounding_up);
	tcase_add_test(t, nothing_used_costs_nothing);
	tcase_add_test(t, negative_counts_count_as_nothing);
	tcase_add_test(t, monstrous_usage_costs_money_max);
	suite_add_tcase(s, t);

	t = tcase_create("rate");
	tcase_add_test(t, a_longer_prompt_reprices_the_whole_request);
	tcase_add_test(t, output_does_not_count_for_the_length_of_the_prompt);
	tcase_add_loop_test(t, a_window_holds_from_its_first_second_to_its_last, 0,
			    COUNT_OF(hours));
	tcase_add_test(t, a_tier_has_its_factor_or_no_price);
	suite_add_tcase(s, t);

	t = tcase_create("worst");
	tcase_add_loop_test(t, no_usage_within_the_bounds_costs_more_than_the_worst_case, 0, 20);
	tcase_add_test(t, a_prompt_too_short_for_a_length_is_not_held_at_its_price);
	tcase_add_test(t, the_worst_case_takes_the_dearest_window_whatever_the_hour);
	tcase_add_test(t, a_class_that_cannot_occur_is_not_held);
	suite_add_tcase(s, t);

	t = tcase_create("decimals");
	tcase_add_loop_test(t, a_price_is_exact_or_refused, 0, COUNT_OF(prices));
	tcase_add_test(t, money_is_exact_up_to_its_maximum);
	tcase_add_test(t, money_written_is_money_read);
	tcase_add_test(t, money_is_written_without_useless_zeros);
	suite_add_tcase(s, t);
	return unit_run(s);
}
