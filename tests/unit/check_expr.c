/* check_expr.c -- expressions: what they are worth, and how mistakes in them are told. */
#include "base/buf.h"
#include "conf/expr_read.h"
#include "custom_kit.h"

#include <math.h>

static struct custom_kit kit;
static struct arena a;
static struct expr_fault fault;

static void setup(void)
{
	arena_init(&a, 1 << 20);
	custom_kit_init(&kit, 3);
}

static void teardown(void)
{
	arena_release(&a);
}

static bool reads(const char *text, enum custom_type gives, struct expr *e)
{
	return expr_read(&a, str_of(text), EXPR_ABOUT_CANDIDATE, gives, e, &fault);
}

/* of the last candidate */
static bool run(const char *text, enum custom_type gives, struct custom_value *v)
{
	const struct expr_scope scope = { &kit.facts, &kit.candidates[2], &kit.candidates[0] };
	struct expr e;

	ck_assert_msg(reads(text, gives, &e), "%s: %zu: %s", text, fault.at, fault.text);
	return expr_run(&e, &scope, v);
}

/* --- values --- */

static const struct {
	const char *text;
	double value;
} numbers[] = {
	{ "1", 1 },
	{ "0.5", 0.5 },
	{ "25e-1", 2.5 },
	{ "1 + 2 * 3", 7 },
	{ "(1 + 2) * 3", 9 },
	{ "10 - 3 - 2", 5 },
	{ "12 / 3 / 2", 2 },
	{ "-2 * -3", 6 },
	{ "- - 4", 4 },
	{ "quality", 0.52 },
	{ "first.quality", 0.50 },
	{ "cost / first.cost", 3 },
	{ "worst_cost", 0.005 },
	{ "price_input + price_output", 7.5 },
	{ "latency", 3 },
	{ "total_high - total", 1.5 },
	{ "first_token_high", 0.5 },
	{ "tokens > 8000", 1 },
	{ "turns + messages + tools + images", 11 },
	{ "hour", 19 },
	{ "max_tokens", -1 },
	{ "quality_weight - cost_weight", 0.9 },
	{ "min(3, 2) + max(3, 2)", 5 },
	{ "clamp(7, 0, 5) + clamp(-7, 0, 5)", 5 },
	{ "abs(-3) + sqrt(16)", 7 },
	{ "log(exp(2))", 2 },
	{ "if(quality > 0.51, 1, 2) + if(quality > 0.53, 10, 20)", 21 },
	{ "if(true, if(false, 1, 2), 3) * 10 + 1", 21 },
	{ "1+2", 3 },
};

START_TEST(a_number_is_what_it_says)
{
	bool truth = strchr(numbers[_i].text, '>') && !strstr(numbers[_i].text, "if");
	struct custom_value v;

	ck_assert(run(numbers[_i].text, truth ? CUSTOM_TRUTH : CUSTOM_NUMBER, &v));
	if (truth)
		ck_assert_msg(v.truth == (numbers[_i].value != 0), "%s", numbers[_i].text);
	else
		ck_assert_double_eq_tol(v.number, numbers[_i].value, 1e-9);
}
END_TEST

static const char *const truths[] = {
	"true",
	"not false",
	"1 < 2 and 2 <= 2 and 2 >= 2 and 3 > 2",
	"1 == 1 and 1 != 2",
	"false or true and true",
	"not (false or false)",
	"not false and true",
	"vendor == \"even\" and vendor != 'odd'",
	"model in [\"m1\", \"m2\"]",
	"model not in [\"m0\"]",
	"turns in [1, 2, 3] and turns not in [-3]",
	"code and not maths",
	"code == true",
	"(1 < 2) == (3 < 4)",
	"task in [\"programming\", \"reasoning\"] and tokens > 8000",
	"lang == \"en\" and weekday == \"sun\"",
	"weekday in [\"sat\", \"sun\"]",
	"starts_with(model, \"m\") and ends_with(model, \"2\") and contains(endpoint, \"er\")",
	"priced and not seen and not stream",
	/* what does not matter is not looked at */
	"true or 1 / 0 > 1",
	"not (false and 1 / 0 > 1)",
	"if(true, true, 1 / 0 > 1)",
	"if(false, 1 / 0, 2) == 2",
};

START_TEST(a_truth_is_true)
{
	struct custom_value v;

	ck_assert_msg(run(truths[_i], CUSTOM_TRUTH, &v), "%s failed", truths[_i]);
	ck_assert_msg(v.truth, "%s", truths[_i]);
}
END_TEST

static const char *const failing[] = {
	"1 / 0",         "0 / (quality - quality)",   "log(0)", "log(-1)", "sqrt(-1)", "exp(1000)",
	"1e300 * 1e300", "quality + 1 / (turns - 3)",
};

START_TEST(a_number_that_is_not_finite_is_a_failure)
{
	struct custom_value v;

	ck_assert_msg(!run(failing[_i], CUSTOM_NUMBER, &v), "%s is %g", failing[_i], v.number);
}
END_TEST

/* --- mistakes --- */

static const struct {
	const char *text;
	enum custom_type gives;
	size_t at;
	const char *says;
} mistakes[] = {
	{ "qualty * 2", CUSTOM_NUMBER, 0, "`qualty` is no field; did you mean \"quality\"?" },
	{ "1 + taks", CUSTOM_NUMBER, 4, "`taks` is no field; did you mean \"task\"?" },
	{ "first.qualiti", CUSTOM_NUMBER, 6, "did you mean \"quality\"?" },
	{ "first.task == \"x\"", CUSTOM_TRUTH, 6, "is of the request" },
	{ "first", CUSTOM_NUMBER, 5, "behind `first` comes one of its fields" },
	{ "maximum(1, 2)", CUSTOM_NUMBER, 0, "is no function" },
	{ "mim(1, 2)", CUSTOM_NUMBER, 0, "did you mean \"min\"?" },
	{ "min(1)", CUSTOM_NUMBER, 5, "min() takes 2 values" },
	{ "min(1, 2, 3)", CUSTOM_NUMBER, 8, "min() takes 2 values" },
	{ "min(1, model)", CUSTOM_NUMBER, 7, "`min` takes a number, and this is a text" },
	{ "quality + model", CUSTOM_NUMBER, 10, "`+` takes a number, and this is a text" },
	{ "model + 1", CUSTOM_NUMBER, 0, "`+` takes a number, and this is a text" },
	{ "quality and code", CUSTOM_TRUTH, 0, "`and` takes true or false, and this is a number" },
	{ "code and quality", CUSTOM_TRUTH, 9, "`and` takes true or false, and this is a number" },
	{ "not quality", CUSTOM_TRUTH, 4, "`not` takes true or false" },
	{ "model < \"x\"", CUSTOM_TRUTH, 0, "`<` takes a number, and this is a text" },
	{ "model == 3", CUSTOM_TRUTH, 9, "`==` takes a text, and this is a number" },
	{ "1 < 2 < 3", CUSTOM_TRUTH, 6, "comparisons do not chain" },
	{ "quality", CUSTOM_TRUTH, 0, "this is a number, and must be true or false" },
	{ "code", CUSTOM_NUMBER, 0, "this is true or false, and must be a number" },
	{ "if(code, 1, model)", CUSTOM_NUMBER, 12, "must be of one type" },
	{ "if(quality, 1, 2)", CUSTOM_NUMBER, 3, "`if` takes true or false" },
	{ "weekday == \"sunday\"", CUSTOM_TRUTH, 11,
	  "it is never \"sunday\", but one of mon, tue" },
	{ "lang in [\"en\", \"english\"]", CUSTOM_TRUTH, 15, "it is never \"english\"" },
	{ "turns in [1, \"2\"]", CUSTOM_TRUTH, 13, "`in` takes a number, and this is a text" },
	{ "turns in [quality]", CUSTOM_TRUTH, 10, "a list holds numbers or texts" },
	{ "turns in []", CUSTOM_TRUTH, 10, "a list holds numbers or texts" },
	{ "turns in 1", CUSTOM_TRUTH, 9, "`1` where `[` was expected" },
	{ "code in [\"a\"]", CUSTOM_TRUTH, 0, "`in` takes a text, and this is true or false" },
	{ "code not quality", CUSTOM_TRUTH, 9, "`not` here must be followed by `in`" },
	{ "code && code", CUSTOM_TRUTH, 5, "`&&` has no meaning here; write `and`" },
	{ "!code", CUSTOM_TRUTH, 0, "`!` has no meaning here; write `not`" },
	{ "model = \"x\"", CUSTOM_TRUTH, 6, "`=` has no meaning here; write `==`" },
	{ "code ? 1 : 2", CUSTOM_NUMBER, 5, "write `if(condition, then, else)`" },
	{ "model == \"x", CUSTOM_TRUTH, 9, "this text has no closing \"" },
	{ "1 +", CUSTOM_NUMBER, 3, "a value is missing at the end" },
	{ "", CUSTOM_NUMBER, 0, "a value is missing at the end" },
	{ "(1", CUSTOM_NUMBER, 2, "`)` is missing at the end" },
	{ "1 2", CUSTOM_NUMBER, 2, "`2` where the expression could end" },
	{ "1 and", CUSTOM_NUMBER, 0, "`and` takes true or false" },
	{ "* 2", CUSTOM_NUMBER, 0, "`*` where a value was expected" },
	{ "and", CUSTOM_TRUTH, 0, "`and` where a value was expected" },
	{ "1e999", CUSTOM_NUMBER, 0, "is larger than any number here" },
	{ "quality @ 2", CUSTOM_NUMBER, 8, "`@` has no meaning here" },
	{ "quality \xC3\x97 2", CUSTOM_NUMBER, 8, "this character has no meaning here" },
};

START_TEST(a_mistake_is_told_where_it_stands)
{
	struct expr e;

	ck_assert_msg(!reads(mistakes[_i].text, mistakes[_i].gives, &e), "%s is read",
		      mistakes[_i].text);
	ck_assert_msg(str_has(str_of(fault.text), mistakes[_i].says), "%s: \"%s\" is not in \"%s\"",
		      mistakes[_i].text, mistakes[_i].says, fault.text);
	ck_assert_msg(fault.at == mistakes[_i].at, "%s: at %zu", mistakes[_i].text, fault.at);
}
END_TEST

START_TEST(a_rule_cannot_ask_about_candidates)
{
	struct expr e;

	ck_assert(!expr_read(&a, STR("turns > 1 and cost > 2"), EXPR_ABOUT_REQUEST, CUSTOM_TRUTH,
			     &e, &fault));
	ck_assert_uint_eq(fault.at, 14);
	ck_assert(str_has(str_of(fault.text), "`cost` is of a candidate"));
	ck_assert(!expr_read(&a, STR("first.cost > 2"), EXPR_ABOUT_REQUEST, CUSTOM_TRUTH, &e,
			     &fault));
}
END_TEST

/* n times `open`, a value, n times `close` */
static const char *nested(const char *open, const char *value, const char *close, int n)
{
	struct buf b;
	const char *text;

	buf_init(&b, 1 << 16);
	for (int i = 0; i < n; i++)
		buf_adds(&b, open);
	buf_adds(&b, value);
	for (int i = 0; i < n; i++)
		buf_adds(&b, close);
	text = arena_cstr(&a, buf_str(&b));
	buf_release(&b);
	return text;
}

START_TEST(what_is_nested_too_deeply_is_refused)
{
	struct expr e;

	ck_assert(reads(nested("(", "1", ")", 20), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("(", "1", ")", 1000), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("- ", "1", "", 1000), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("not ", "true", "", 900), CUSTOM_TRUTH, &e));
	ck_assert(!reads(nested("max(1, ", "1", ")", 500), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("1 + (", "1", ")", 500), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("if(true, ", "1", ", 2)", 300), CUSTOM_NUMBER, &e));
	ck_assert(reads(nested("", "1", " + 1", 900), CUSTOM_NUMBER, &e));
	ck_assert(!reads(nested("", "1", " + 1", 1100), CUSTOM_NUMBER, &e));
}
END_TEST

START_TEST(what_needs_too_much_of_the_stack_is_refused)
{
	struct custom_value v;
	struct expr e;

	ck_assert(run(nested("clamp(1, 1, ", "1", ")", 14), CUSTOM_NUMBER, &v));
	ck_assert_double_eq(v.number, 1);
	ck_assert(!reads(nested("clamp(1, 1, ", "1", ")", 20), CUSTOM_NUMBER, &e));
	/* what is done with is off the stack */
	ck_assert(run(nested("", "if(true, 1, 2)", " + if(false, 1, 2)", 40), CUSTOM_NUMBER, &v));
	ck_assert_double_eq(v.number, 81);
	ck_assert(run(nested("", "true", " and (turns in [3] or false)", 40), CUSTOM_TRUTH, &v));
	ck_assert(v.truth);
}
END_TEST

START_TEST(a_field_that_is_no_number_is_a_failure)
{
	struct custom_value v;

	kit.candidates[2].terms.quality = NAN;
	ck_assert(!run("if(quality > 1, 1, 2)", CUSTOM_NUMBER, &v));
	ck_assert(run("if(first.quality > 1, 1, 2)", CUSTOM_NUMBER, &v));
}
END_TEST

START_TEST(every_field_has_a_value)
{
	const struct custom_field *f;

	for (size_t i = 0; (f = custom_field_nth(i)) != NULL; i++) {
		struct custom_value v = f->get(&kit.facts,
					       f->of_candidate ? &kit.candidates[1] : NULL);

		ck_assert_msg(custom_field(str_of(f->name)) == f, "%s stands twice", f->name);
		if (f->type == CUSTOM_TEXT)
			ck_assert_msg(v.text.n > 0, "%s", f->name);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("expressions");
	TCase *t = tcase_create("expr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_number_is_what_it_says, 0, COUNT_OF(numbers));
	tcase_add_loop_test(t, a_truth_is_true, 0, COUNT_OF(truths));
	tcase_add_loop_test(t, a_number_that_is_not_finite_is_a_failure, 0, COUNT_OF(failing));
	tcase_add_loop_test(t, a_mistake_is_told_where_it_stands, 0, COUNT_OF(mistakes));
	tcase_add_test(t, a_rule_cannot_ask_about_candidates);
	tcase_add_test(t, what_is_nested_too_deeply_is_refused);
	tcase_add_test(t, what_needs_too_much_of_the_stack_is_refused);
	tcase_add_test(t, a_field_that_is_no_number_is_a_failure);
	tcase_add_test(t, every_field_has_a_value);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
