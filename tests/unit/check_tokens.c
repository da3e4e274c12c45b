/* check_tokens.c -- the likely tokens of a prompt, against what published tokenizers count. */
#include <math.h>

#include "core/dialect.h"
#include "core/features.h"
#include "core/tokens.h"
#include "unit.h"

/* What the published tokenizers of OpenAI (o200k_base), Qwen and DeepSeek (V3) count of the text
 * alone. */
static const struct {
	const char *text;
	double counted[3];
} texts[] = {
	{ "Explain to a ten year old why the sky is blue, in three short sentences.",
	  { 17, 18, 17 } },
	{ "Write a polite email to our supplier asking when the second half of the order will "
	  "arrive, and whether they could send the invoice again because the first one was cut "
	  "off.",
	  { 34, 34, 34 } },
	{ "Summarise the following meeting notes in five bullet points.\n\nPresent: sales, "
	  "support, engineering. Support reported that the number of tickets about slow exports "
	  "doubled in March. Engineering has found the reason: an index that was lost when the "
	  "table was split. Sales asked for a date that can be told to customers.",
	  { 63, 63, 62 } },
	{ "请把下面这段话翻译成英文：人工智能正在改变我们的工作方式，但它并不能代替人的判断。",
	  { 27, 22, 21 } },
	{ "用一句话总结这篇文章的主要观点，并列出三个支持它的理由。", { 19, 13, 14 } },
	{ "这段代码为什么会报错？我已经检查过变量名了，但是运行的时候还是提示找不到模块。",
	  { 24, 21, 21 } },
	{ "def mean(values):\n    total = 0\n    for v in values:\n        total += v\n    return "
	  "total / len(values)\n\nprint(mean([1, 2, 3, 4.5]))",
	  { 44, 44, 45 } },
	{ "int max(const int *list, size_t n)\n{\n\tint best = list[0];\n\n\tfor (size_t i = 1; i "
	  "< n; i++)\n\t\tif (list[i] > best)\n\t\t\tbest = list[i];\n\treturn best;\n}",
	  { 53, 53, 54 } },
	{ "{\"order\": 10482, \"customer\": {\"name\": \"Example Ltd\", \"country\": \"DE\"}, "
	  "\"lines\": [{\"sku\": \"A-100\", \"qty\": 4, \"price\": 12.50}, {\"sku\": \"B-7\", "
	  "\"qty\": 1, \"price\": 199.00}], \"paid\": false}",
	  { 75, 85, 79 } },
	{ "2026-03-14 09:26:53 ERROR worker[3]: request 81f3 failed after 3 attempts: connection "
	  "reset by peer (upstream 10.0.4.17:8443)\n2026-03-14 09:26:54 INFO worker[3]: retrying "
	  "with another upstream",
	  { 69, 88, 69 } },
	{ "A train leaves at 14:35 and travels 240 km at 80 km/h. Another leaves from the same "
	  "place at 15:05 at 100 km/h. When does the second overtake the first? Solve x^2 - 5x + 6 "
	  "= 0 as well.",
	  { 62, 71, 62 } },
	{ "| name | price | stock |\n|---|---|---|\n| bolt | 0.12 | 5000 |\n| nut | 0.08 | 7200 "
	  "|\n| washer | 0.03 | 12000 |\n\nWhich of these is worth most in total?",
	  { 59, 69, 55 } },
	{ "¿Puedes explicarme la diferencia entre estos dos contratos y decirme cuál conviene más "
	  "a una empresa pequeña?",
	  { 22, 26, 27 } },
	{ "Könnten Sie mir bitte erklären, warum die Überweisung noch nicht angekommen ist und was "
	  "ich jetzt tun soll?",
	  { 23, 27, 28 } },
	{ "Объясни, пожалуйста, чем отличаются эти два подхода и какой из них лучше подходит для "
	  "небольшого проекта.",
	  { 23, 34, 28 } },
	{ "Please compare 方案一 and 方案二 for the new warehouse, 预算 is about 2 million yuan, "
	  "and the answer should be in English.",
	  { 31, 33, 31 } },
};
static const enum tokenizer_id counted_by[] = { TOKENIZER_o200k, TOKENIZER_qwen,
						TOKENIZER_deepseek };

static struct arena arena;
static struct model model;

static void setup(void)
{
	arena_init(&arena, 1 << 24);
	model = (struct model){ .context = 1 << 20, .image_tokens = 1000 };
}

static void teardown(void)
{
	arena_release(&arena);
}

/* members of a request, in JSON with ' for " */
static struct facts facts_of(const char *members)
{
	struct str body = arena_printf(&arena, "{'model':'m',%s}", members);
	struct questions questions;
	struct facts facts = { .choices = 1 };
	struct chat chat;
	struct fault f;

	body = unit_json(&arena, arena_cstr(&arena, body));
	ck_assert_int_eq(
		dialect_openai.client->read_request(&arena, body, &json_limits_default, &chat, &f),
		ERR_OK);
	ck_assert(features_of_chat(&chat, FOR_ALL, &arena, &facts.features, &questions));
	facts.needs = chat.features;
	facts.effort = chat.effort;
	return facts;
}

static double expected(const char *members, enum tokenizer_id by)
{
	struct facts facts = facts_of(members);

	model.tokenizer = by;
	return tokens_expected(&facts, &model);
}

static double text_error(size_t text, enum tokenizer_id by, double counted)
{
	struct facts facts = { .choices = 1 }, none = { .choices = 1 };
	struct questions questions;

	model.tokenizer = by;
	ck_assert(features_of_text(str_of(texts[text].text), &arena, &facts.features, &questions));
	none.features.messages = none.features.turns = 1;
	return fabs(tokens_expected(&facts, &model) - tokens_expected(&none, &model) - counted) /
	       counted;
}

START_TEST(texts_count_what_tokenizers_count)
{
	size_t n = sizeof(texts) / sizeof(texts[0]);
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += text_error(i, counted_by[_i], texts[i].counted[_i]);
	ck_assert_double_le(sum / (double)n, 0.10);
}
END_TEST

#define SAYS(role, text) "{'role':'" role "','content':'" text "'}"
#define TOOL                                                                                 \
	"'tools':[{'type':'function','function':{'name':'weather','description':'Tells it'," \
	"'parameters':{'type':'object','properties':{'place':{'type':'string'}}}}}]"
#define HELLO "'messages':[" SAYS("user", "Hello") "]"
#define THREE                                                                                \
	"'messages':[" SAYS("user", "Hello") "," SAYS("assistant", "Hello") "," SAYS("user", \
										     "Hello") "]"
#define SCHEMA "'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{}}}"
#define PICTURES                                                                                \
	"'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}},{'" \
	"type':'image_url','image_url':{'url':'y'}}]}]"

/* The least that vendors were seen to count: these are facts of their templates. */
START_TEST(a_word_counts_with_its_template)
{
	ck_assert_double_eq_tol(expected(HELLO, TOKENIZER_o200k), 8, 0.1);
	ck_assert_double_eq_tol(expected(HELLO, TOKENIZER_o200k_thinking), 7, 0.1);
	ck_assert_double_eq_tol(expected(HELLO, TOKENIZER_claude), 8, 0.1);
	ck_assert_double_eq_tol(expected(HELLO, TOKENIZER_deepseek), 5, 0.1);
	ck_assert_double_eq_tol(expected(HELLO, TOKENIZER_qwen), 13, 0.1);
	ck_assert_double_eq_tol(expected(THREE, TOKENIZER_o200k), 18, 0.1);
	ck_assert_double_eq_tol(expected(THREE, TOKENIZER_deepseek), 11, 0.1);
}
END_TEST

START_TEST(tools_count_more_than_their_text)
{
	ck_assert_double_gt(expected(HELLO "," TOOL, TOKENIZER_claude), 500);
	ck_assert_double_gt(expected(HELLO "," TOOL, TOKENIZER_deepseek), 225);
	ck_assert_double_lt(expected(HELLO "," TOOL, TOKENIZER_o200k), 60);
}
END_TEST

START_TEST(calls_in_the_history_count)
{
	const char *called = "'messages':[" SAYS(
		"user", "Hello") ","
				 "{'role':'assistant','content':null,'tool_calls':[{'id':'a','type'"
				 ":'function',"
				 "'function':{'name':'weather','arguments':''}}]},"
				 "{'role':'tool','tool_call_id':'a','content':''}]";

	ck_assert_double_eq_tol(expected(called, TOKENIZER_deepseek),
				expected(HELLO, TOKENIZER_deepseek) + 3 + 36 + 1, 0.2);
}
END_TEST

START_TEST(tools_that_may_not_be_called_count_where_they_are_told)
{
	const char *off = HELLO "," TOOL ",'tool_choice':'none'";

	ck_assert_double_eq(expected(off, TOKENIZER_deepseek), expected(HELLO, TOKENIZER_deepseek));
	ck_assert_double_eq(expected(off, TOKENIZER_claude),
			    expected(HELLO "," TOOL, TOKENIZER_claude));
}
END_TEST

START_TEST(the_form_of_the_answer_counts)
{
	double plain = expected(HELLO, TOKENIZER_claude);

	ck_assert_double_gt(expected(HELLO "," SCHEMA, TOKENIZER_claude), plain + 100);
	ck_assert_double_eq(
		expected(HELLO ",'response_format':{'type':'json_object'}", TOKENIZER_deepseek),
		expected(HELLO, TOKENIZER_deepseek) + 20);
}
END_TEST

START_TEST(thinking_counts_when_the_model_does_it)
{
	const char *asked = HELLO ",'reasoning_effort':'max'";
	double plain = expected(HELLO, TOKENIZER_deepseek);

	model.thinking = THINKING_OPTIONAL;
	ck_assert_double_eq(expected(HELLO, TOKENIZER_deepseek), plain);
	ck_assert_double_eq(expected(asked, TOKENIZER_deepseek), plain + 79);
	ck_assert_double_eq(expected(HELLO ",'reasoning_effort':'high'", TOKENIZER_deepseek),
			    plain);
	model.thinking = THINKING_NONE;
	ck_assert_double_eq(expected(asked, TOKENIZER_deepseek), plain);
}
END_TEST

START_TEST(images_count_what_they_usually_do)
{
	double n = expected(PICTURES, TOKENIZER_o200k);

	ck_assert_double_gt(n, 1000);
	ck_assert_double_lt(n, 1200);
	model.context = 500;
	ck_assert_double_eq(expected(PICTURES, TOKENIZER_o200k), 500);
}
END_TEST

/* else who is left in the middle of answers about pictures would cost more than is charged */
START_TEST(what_is_charged_is_the_most_that_images_can_count)
{
	struct facts facts = facts_of(PICTURES);
	struct chat chat = { .n_images = 2 };

	ck_assert_int_ge(tokens_likely_input(&facts, &chat, &model), 2000);
	chat.has_unbounded_parts = true;
	ck_assert_int_eq(tokens_likely_input(&facts, &chat, &model), model.context);
}
END_TEST

START_TEST(nothing_is_one_token)
{
	struct facts facts = { .choices = 1 };

	for (int i = 0; i < TOKENIZER_COUNT; i++) {
		model.tokenizer = (enum tokenizer_id)i;
		ck_assert_double_ge(tokens_expected(&facts, &model), 1);
	}
}
END_TEST

START_TEST(vendors_have_their_usual_tokenizer)
{
	ck_assert_int_eq(tokenizer_of_vendor(STR("anthropic")), TOKENIZER_claude);
	ck_assert_int_eq(tokenizer_of_vendor(STR("qwen")), TOKENIZER_qwen);
	ck_assert_int_eq(tokenizer_of_vendor(STR("somebody")), TOKENIZER_o200k);
	ck_assert_int_eq(tokenizer_of_vendor(STR("")), TOKENIZER_o200k);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tokens");
	TCase *t = tcase_create("tokens");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, texts_count_what_tokenizers_count, 0, 3);
	tcase_add_test(t, a_word_counts_with_its_template);
	tcase_add_test(t, tools_count_more_than_their_text);
	tcase_add_test(t, calls_in_the_history_count);
	tcase_add_test(t, tools_that_may_not_be_called_count_where_they_are_told);
	tcase_add_test(t, the_form_of_the_answer_counts);
	tcase_add_test(t, thinking_counts_when_the_model_does_it);
	tcase_add_test(t, images_count_what_they_usually_do);
	tcase_add_test(t, what_is_charged_is_the_most_that_images_can_count);
	tcase_add_test(t, nothing_is_one_token);
	tcase_add_test(t, vendors_have_their_usual_tokenizer);
	suite_add_tcase(s, t);
	return unit_run(s);
}
