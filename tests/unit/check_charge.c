/* check_charge.c -- what an attempt is charged: told, estimated, unknown or nothing. */
#include "core/charge.h"
#include "unit.h"

#define PICOS_INPUT  1000000 /* a thousand nano-dollars a token */
#define PICOS_OUTPUT 2000000
#define RESERVED     400000

static struct rate rate = {
	.days = 0x7F,
	.to_minute = 1440,
	.above_input = -1,
	.picos = { [USAGE_input] = PICOS_INPUT, [USAGE_output] = PICOS_OUTPUT },
};
static const struct price price = { .rates = &rate, .n_rates = 1 };

static struct usage told(int64_t input, int64_t output)
{
	struct usage u = { .seen = true };

	u.tokens[USAGE_input] = input;
	u.tokens[USAGE_output] = output;
	return u;
}

/* a whole answer: a prompt of 100 tokens and 40 bytes of text, 10 tokens, by our estimate */
static struct charge_ask whole(struct usage u)
{
	return (struct charge_ask){ .price = &price,
				    .reserved_nanos = RESERVED,
				    .whole = true,
				    .usage = u,
				    .likely_input = 100,
				    .text_bytes = 40 };
}

static struct charge_ask broken(struct usage u, int64_t text_bytes)
{
	struct charge_ask ask = whole(u);

	ask.whole = false;
	ask.text_bytes = text_bytes;
	return ask;
}

static void assert_charge(struct charge_ask ask, int64_t input, int64_t output, bool estimated)
{
	struct charge_answer c = charge_decide(&ask);

	ck_assert_int_eq(usage_input(&c.usage), input);
	ck_assert_int_eq(usage_output(&c.usage), output);
	ck_assert_int_eq(c.cost_nanos, input * 1000 + output * 2000);
	ck_assert_int_eq(c.estimated, estimated);
	ck_assert_int_eq(c.usage.estimated, estimated);
	ck_assert(!c.unknown);
}

START_TEST(what_the_vendor_told_is_charged)
{
	assert_charge(whole(told(120, 7)), 120, 7, false);
}
END_TEST

START_TEST(what_it_did_not_tell_is_estimated)
{
	assert_charge(whole((struct usage){ 0 }), 100, 10, true);
}
END_TEST

START_TEST(a_count_that_goes_on_is_no_final_figure)
{
	struct usage u = told(120, 1);

	u.estimated = true;
	assert_charge(whole(u), 120, 10, true);
}
END_TEST

START_TEST(counts_that_cannot_be_true_are_estimated)
{
	assert_charge(whole(told(0, 0)), 100, 10, true);
	assert_charge(whole(told(120, 0)), 120, 10, true);
	assert_charge(whole(told(0, 12)), 100, 12, true);
	assert_charge(whole(told(-120, -7)), 100, 10, true);
}
END_TEST

START_TEST(what_is_above_the_dearest_case_can_be_corrected)
{
	struct charge_ask ask = whole(told(120, 140));
	struct charge_answer c = charge_decide(&ask);

	ck_assert_int_eq(c.cost_nanos, RESERVED);
	ck_assert(!c.estimated);
	ask.usage.tokens[USAGE_output] = 141;
	c = charge_decide(&ask);
	ck_assert_int_eq(c.cost_nanos, RESERVED + 2000);
	ck_assert(c.estimated && !c.unknown);
	ck_assert(!c.usage.estimated);
}
END_TEST

START_TEST(an_answer_without_text_may_have_no_output)
{
	struct charge_ask ask = whole(told(120, 0));

	ask.text_bytes = 0;
	assert_charge(ask, 120, 0, false);
}
END_TEST

START_TEST(a_broken_answer_costs_what_was_seen_of_it_at_least)
{
	assert_charge(broken((struct usage){ 0 }, 80), 100, 20, true);
	assert_charge(broken(told(120, 5), 80), 120, 20, true);
	assert_charge(broken(told(120, 50), 80), 120, 50, true);
	assert_charge(broken(told(120, 1), 0), 120, 1, true);
}
END_TEST

START_TEST(what_may_have_been_thought_unseen_is_counted)
{
	struct charge_ask ask = broken((struct usage){ 0 }, 80);

	ask.hidden_output = 50;
	assert_charge(ask, 100, 50, true);
	ask.usage = told(120, 60);
	assert_charge(ask, 120, 60, true);
	ask.whole = true;
	assert_charge(ask, 120, 60, false);
}
END_TEST

START_TEST(silence_may_have_cost_all_that_is_at_stake)
{
	struct charge_ask ask = broken((struct usage){ 0 }, 0);
	struct charge_answer c = charge_decide(&ask);

	ck_assert(c.unknown);
	ck_assert(!c.estimated);
	ck_assert_int_eq(c.cost_nanos, RESERVED);
}
END_TEST

START_TEST(what_was_not_sent_or_was_refused_costs_nothing)
{
	struct charge_ask unsent = broken((struct usage){ 0 }, 0), refused = unsent;
	struct charge_answer c;

	unsent.unsent = true;
	refused.refused = true;
	c = charge_decide(&unsent);
	ck_assert_int_eq(c.cost_nanos, 0);
	ck_assert(!c.unknown && !c.estimated);
	c = charge_decide(&refused);
	ck_assert_int_eq(c.cost_nanos, 0);
	ck_assert(!c.unknown && !c.estimated);
}
END_TEST

START_TEST(a_refusal_with_a_200_may_have_cost_something)
{
	struct charge_ask ask = broken((struct usage){ 0 }, 0);
	struct charge_answer c;

	ask.refused = ask.accepted = true;
	c = charge_decide(&ask);
	ck_assert_int_eq(c.cost_nanos, 0);
	ck_assert(!c.unknown && c.estimated);
}
END_TEST

START_TEST(without_a_price_nothing_is_charged_but_counted)
{
	struct charge_ask ask = whole(told(120, 7));
	struct charge_answer c;

	ask.price = NULL;
	c = charge_decide(&ask);
	ck_assert_int_eq(c.cost_nanos, 0);
	ck_assert_int_eq(usage_input(&c.usage), 120);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("charge");
	TCase *t = tcase_create("charge");

	tcase_add_test(t, what_the_vendor_told_is_charged);
	tcase_add_test(t, what_it_did_not_tell_is_estimated);
	tcase_add_test(t, a_count_that_goes_on_is_no_final_figure);
	tcase_add_test(t, counts_that_cannot_be_true_are_estimated);
	tcase_add_test(t, what_is_above_the_dearest_case_can_be_corrected);
	tcase_add_test(t, an_answer_without_text_may_have_no_output);
	tcase_add_test(t, a_broken_answer_costs_what_was_seen_of_it_at_least);
	tcase_add_test(t, what_may_have_been_thought_unseen_is_counted);
	tcase_add_test(t, silence_may_have_cost_all_that_is_at_stake);
	tcase_add_test(t, what_was_not_sent_or_was_refused_costs_nothing);
	tcase_add_test(t, a_refusal_with_a_200_may_have_cost_something);
	tcase_add_test(t, without_a_price_nothing_is_charged_but_counted);
	suite_add_tcase(s, t);
	return unit_run(s);
}
