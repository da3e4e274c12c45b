/* check_feedback.c -- bodies of POST /v1/feedback to reward and weight, or to a fault that names
 * what is wrong. */
#include "core/feedback.h"
#include "unit.h"

static struct arena a;
static struct feedback feedback;
static struct fault fault;

static void setup(void)
{
	arena_init(&a, 1 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

static enum err read_body(const char *body)
{
	return feedback_read(&a, unit_json(&a, body), &feedback, &fault);
}

/* clang-format off */
static const struct {
	const char *body;
	int64_t reward, weight;
} good[] = {
	{ "{'request_id':'r','rating':'up'}", 1000000, 1000000 },
	{ "{'request_id':'r','rating':'down'}", 0, 1000000 },
	{ "{'request_id':'r','rating':0.3333333}", 333333, 1000000 },
	{ "{'request_id':'r','rating':0.000249}", 249, 1000000 },
	{ "{'request_id':'r','rating':1e0}", 1000000, 1000000 },
	{ "{'request_id':'r','rating':-0.0}", 0, 1000000 },
	{ "{'request_id':'r','outcome':'edited'}", 1000000, 300000 },
	{ "{'request_id':'r','outcome':'failed','rating':null}", 0, 1000000 },
	{ " {'rating' : 'u\\u0070', 'request_id' : 'r'} ", 1000000, 1000000 },
};

static const struct {
	const char *body;
	enum err code;
	const char *param;
} bad[] = {
	{ "", ERR_JSON, "" }, { "{", ERR_JSON, "" }, { "[]", ERR_JSON, "" }, { "'up'", ERR_JSON, "" },
	{ "{'request_id':'r','rating':1,'rating':0}", ERR_JSON, "" },
	{ "{}", ERR_MISSING, "request_id" }, { "{'request_id':null,'rating':1}", ERR_MISSING, "request_id" },
	{ "{'request_id':['r'],'rating':1}", ERR_VALUE, "request_id" },
	{ "{'request_id':'r'}", ERR_MISSING, "rating" },
	{ "{'request_id':'r','rating':null,'outcome':null}", ERR_MISSING, "rating" },
	{ "{'request_id':'r','rating':'Up'}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','rating':1.0000001}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','rating':-1e-9}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','rating':1e999}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','rating':{'a':1}}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','rating':false}", ERR_VALUE, "rating" },
	{ "{'request_id':'r','outcome':'nice'}", ERR_VALUE, "outcome" },
	{ "{'request_id':'r','outcome':1}", ERR_VALUE, "outcome" },
	{ "{'request_id':'r','rating':1,'outcome':'solved'}", ERR_VALUE, "outcome" },
	{ "{'request_id':'r','rating':1,'comment':null}", ERR_VALUE, "comment" },
	{ "{'request_id':'r','rating':1,'':1}", ERR_VALUE, "" },
};
/* clang-format on */

START_TEST(ratings_and_outcomes_are_reward_and_weight)
{
	ck_assert_msg(read_body(good[_i].body) == ERR_OK, "%s: %s", good[_i].body, fault.text);
	assert_str(feedback.request_id, "r");
	ck_assert_int_eq(feedback.reward, good[_i].reward);
	ck_assert_int_eq(feedback.weight, good[_i].weight);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	ck_assert_msg(read_body(bad[_i].body) == bad[_i].code, "%s: %s", bad[_i].body, fault.text);
	ck_assert_str_eq(fault.param, bad[_i].param);
	ck_assert_str_ne(fault.text, "");
}
END_TEST

START_TEST(the_fault_lists_the_outcomes_and_repeats_nothing_of_the_body)
{
	ck_assert_int_eq(read_body("{'request_id':'r','outcome':'secret words'}"), ERR_VALUE);
	ck_assert(str_has(str_of(fault.text), "solved, accepted"));
	ck_assert(!str_has(str_of(fault.text), "secret"));
	ck_assert_int_eq(read_body("{'request_id':'r','secret words':1}"), ERR_VALUE);
	ck_assert(!str_has(str_of(fault.text), "secret"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("feedback");
	TCase *tc = tcase_create("feedback");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, ratings_and_outcomes_are_reward_and_weight, 0, COUNT_OF(good));
	tcase_add_loop_test(tc, what_is_wrong_is_named, 0, COUNT_OF(bad));
	tcase_add_test(tc, the_fault_lists_the_outcomes_and_repeats_nothing_of_the_body);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
