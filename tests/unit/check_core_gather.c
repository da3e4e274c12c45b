/* check_core_gather.c -- a stream's pieces to one answer. */
#include "core/gather.h"
#include "unit.h"

static struct arena a;
static struct gather *g;
static struct answer whole;

static void setup(void)
{
	arena_init(&a, 16 << 20);
	g = gather_new(100000);
	ck_assert_ptr_nonnull(g);
}

static void teardown(void)
{
	gather_free(g);
	arena_release(&a);
}

static void add(struct delta d)
{
	struct answer increment = { .deltas = &d, .n_deltas = 1 };

	ck_assert(gather_add(g, &increment));
}

static const struct delta *gathered(uint32_t n, uint32_t nth)
{
	ck_assert(gather_answer(g, &a, &whole));
	ck_assert_uint_eq(whole.n_deltas, n);
	return &whole.deltas[nth];
}

START_TEST(texts_are_joined)
{
	add((struct delta){ .text = STR("") });
	add((struct delta){ .reasoning = STR("be") });
	add((struct delta){ .reasoning = STR("cause") });
	add((struct delta){ .text = STR("Hel") });
	add((struct delta){ .text = STR("lo\\n"), .finish = FINISH_STOP });
	assert_str(gathered(1, 0)->text, "Hello\\n");
	assert_str(whole.deltas[0].reasoning, "because");
	assert_absent(whole.deltas[0].refusal);
	ck_assert_int_eq(whole.deltas[0].finish, FINISH_STOP);
}
END_TEST

START_TEST(no_text_is_not_an_empty_text)
{
	add((struct delta){ .finish = FINISH_TOOL_CALLS });
	assert_absent(gathered(1, 0)->text);
	add((struct delta){ .text = STR("") });
	ck_assert(!str_absent(gathered(1, 0)->text));
}
END_TEST

START_TEST(choices_come_in_order)
{
	add((struct delta){ .choice = 2, .text = STR("c") });
	add((struct delta){ .choice = 0, .text = STR("a") });
	add((struct delta){ .choice = 1, .text = STR("b") });
	add((struct delta){ .choice = 0, .text = STR("A") });
	assert_str(gathered(3, 0)->text, "aA");
	assert_str(gathered(3, 1)->text, "b");
	ck_assert_int_eq(gathered(3, 2)->choice, 2);
}
END_TEST

static void add_tool(struct tool_delta t)
{
	add((struct delta){ .tools = &t, .n_tools = 1 });
}

START_TEST(tool_calls_are_joined_by_index)
{
	const struct tool_delta *tools;

	add_tool((struct tool_delta){ .index = 1, .id = STR("id1"), .name = STR("g") });
	add_tool((struct tool_delta){ .index = 0, .id = STR("id0"), .name = STR("f") });
	add_tool((struct tool_delta){ .index = 0, .arguments = STR("{\\\"a\\\"") });
	add_tool((struct tool_delta){ .index = 1, .arguments = STR("{}") });
	add_tool((struct tool_delta){ .index = 0, .arguments = STR(":1}") });
	tools = gathered(1, 0)->tools;
	ck_assert_uint_eq(whole.deltas[0].n_tools, 2);
	assert_str(tools[0].id, "id0");
	assert_str(tools[0].arguments, "{\\\"a\\\":1}");
	assert_str(tools[1].name, "g");
	assert_str(tools[1].arguments, "{}");
}
END_TEST

START_TEST(empty_id_and_name_never_overwrite)
{
	add_tool((struct tool_delta){ .id = STR("id"), .name = STR("f") });
	add_tool((struct tool_delta){ .id = STR(""), .name = STR(""), .arguments = STR("{}") });
	assert_str(gathered(1, 0)->tools[0].id, "id");
	assert_str(gathered(1, 0)->tools[0].name, "f");
}
END_TEST

START_TEST(later_usage_replaces_earlier)
{
	struct answer first = { .usage = { .seen = true, .tokens = { [USAGE_output] = 5 } } };
	struct answer none = { .id = STR("x") };
	struct answer last = { .usage = { .seen = true, .tokens = { [USAGE_output] = 9 } } };

	ck_assert(gather_add(g, &first) && gather_add(g, &last) && gather_add(g, &none));
	ck_assert(gather_answer(g, &a, &whole));
	ck_assert_int_eq(whole.usage.tokens[USAGE_output], 9);
	assert_str(whole.id, "x");
}
END_TEST

/* as a stream tells it: official clients do not expect another */
START_TEST(who_answers_is_what_was_said_first)
{
	struct answer first = { .id = STR("x"), .model = STR("m"), .created = 7 };
	struct answer last = { .id = STR("y"), .model = STR("n"), .created = 8 };

	ck_assert(gather_add(g, &first) && gather_add(g, &last));
	ck_assert(gather_answer(g, &a, &whole));
	assert_str(whole.id, "x");
	assert_str(whole.model, "m");
	ck_assert_int_eq(whole.created, 7);
}
END_TEST

START_TEST(logprobs_grow)
{
	add((struct delta){
		.logprobs = STR("{\"content\":[{\"token\":\"a\"}],\"refusal\":null}") });
	add((struct delta){
		.logprobs = STR("{\"content\":[{\"token\":\"b\"}],\"refusal\":null}") });
	assert_str(gathered(1, 0)->logprobs,
		   "{\"content\":[{\"token\":\"a\"},{\"token\":\"b\"}],\"refusal\":null}");
}
END_TEST

START_TEST(unknown_members_are_kept_once)
{
	add((struct delta){ .more = STR("\"x\":1,\"list\":[1]"), .more_choice = STR("\"y\":{}") });
	add((struct delta){ .more = STR("\"x\":2,\"list\":[2,3]") });
	assert_str(gathered(1, 0)->more, "\"x\":2,\"list\":[1,2,3]");
	assert_str(gathered(1, 0)->more_choice, "\"y\":{}");
}
END_TEST

START_TEST(garbled_members_are_left_out)
{
	add((struct delta){ .more = STR("\"x\":"), .logprobs = STR("{\"content\":[") });
	assert_absent(gathered(1, 0)->more);
	assert_absent(gathered(1, 0)->logprobs);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct delta d = { .text = STR("0123456789") };
	struct answer increment = { .deltas = &d, .n_deltas = 1 };
	int n = 0;

	while (n < 100000 && gather_add(g, &increment))
		n++;
	ck_assert_int_gt(n, 9000);
	ck_assert_int_le(n, 10000);
	ck_assert(!gather_answer(g, &a, &whole));
}
END_TEST

START_TEST(many_calls_are_bounded_too)
{
	struct tool_delta t = { .name = STR("f") };
	struct delta d = { .tools = &t, .n_tools = 1 };
	struct answer increment = { .deltas = &d, .n_deltas = 1 };

	while (t.index < 100000 && gather_add(g, &increment))
		t.index++;
	ck_assert_int_lt(t.index, 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/gather");
	TCase *t = tcase_create("gather");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, texts_are_joined);
	tcase_add_test(t, no_text_is_not_an_empty_text);
	tcase_add_test(t, choices_come_in_order);
	tcase_add_test(t, tool_calls_are_joined_by_index);
	tcase_add_test(t, empty_id_and_name_never_overwrite);
	tcase_add_test(t, later_usage_replaces_earlier);
	tcase_add_test(t, who_answers_is_what_was_said_first);
	tcase_add_test(t, logprobs_grow);
	tcase_add_test(t, unknown_members_are_kept_once);
	tcase_add_test(t, garbled_members_are_left_out);
	tcase_add_test(t, memory_is_bounded);
	tcase_add_test(t, many_calls_are_bounded_too);
	suite_add_tcase(s, t);
	return unit_run(s);
}
