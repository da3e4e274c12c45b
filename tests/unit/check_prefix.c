/* check_prefix.c -- a conversation is known again by its beginnings, however it is written. */
#include "core/dialect/openai_client.h"
#include "core/prefix.h"
#include "unit.h"

#define LONG_BYTES 6000 /* of a message that counts more than PREFIX_TOKENS_MIN by itself */

static struct arena a;
static struct prefix prefixes[PREFIXES_MAX];
static uint32_t n;

static void setup(void)
{
	arena_init(&a, 64 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

/* a text of so many bytes, another one for each letter */
static const char *text(char letter, size_t bytes)
{
	char *p = arena_chars(&a, bytes + 1);

	memset(p, letter, bytes);
	p[bytes] = '\0';
	return p;
}

static void ask(const char *members)
{
	struct chat chat;
	struct fault fault;
	struct str body = arena_printf(&a, "{'model':'m',%s}", members);
	enum err e = openai_read_request(&a, unit_json(&a, arena_cstr(&a, body)),
					 &json_limits_default, &chat, &fault);

	ck_assert_msg(e == ERR_OK, "%s", fault.text);
	n = prefixes_of_chat(&chat, prefixes);
}

/* messages: a letter each, s, u, a for who speaks; their texts are told apart by their place */
static void ask_turns(const char *roles, size_t bytes)
{
	struct buf b;

	buf_init(&b, 16 << 20);
	buf_adds(&b, "'messages':[");
	for (size_t i = 0; roles[i]; i++) {
		const char *role = roles[i] == 's'   ? "system"
				   : roles[i] == 'u' ? "user"
						     : "assistant";

		buf_printf(&b, "%s{'role':'%s','content':'%s'}", i ? "," : "", role,
			   text((char)('A' + i), bytes));
	}
	buf_adds(&b, "]");
	ask(buf_cstr(&b));
	buf_release(&b);
}

static bool found(uint64_t hash)
{
	for (uint32_t i = 0; i < n; i++)
		if (prefixes[i].hash == hash)
			return true;
	return false;
}

static const char *one(const char *content)
{
	return arena_printf(&a, "'messages':[{'role':'user','content':%s}]", content).p;
}

static uint64_t hash_of_one(const char *content)
{
	ask(one(content));
	ck_assert_uint_eq(n, 1);
	return prefixes[0].hash;
}

START_TEST(short_prompts_have_none)
{
	ask_turns("suau", 100);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_next_turn_holds_the_whole_prompt_before)
{
	uint64_t whole;

	ask_turns("su", LONG_BYTES);
	whole = prefixes[n - 1].hash;
	ask_turns("suau", LONG_BYTES);
	ck_assert(found(whole));
	ck_assert(prefixes[n - 1].hash != whole);
}
END_TEST

START_TEST(every_turn_is_found_by_the_next)
{
	char roles[64] = "su";

	for (int turn = 0; turn < 20; turn++) {
		uint64_t whole, instructions;

		ask_turns(roles, LONG_BYTES);
		whole = prefixes[n - 1].hash;
		instructions = prefixes[0].hash;
		strcat(roles, "au");
		ask_turns(roles, LONG_BYTES);
		ck_assert_msg(found(whole), "turn %d", turn);
		ck_assert(prefixes[0].hash == instructions);
		ck_assert_uint_le(n, PREFIXES_MAX);
	}
	ck_assert_uint_eq(n, PREFIXES_MAX);
}
END_TEST

START_TEST(results_of_tools_lie_between_answers)
{
	const char *later =
		",{'role':'assistant','tool_calls':[{'id':'1','type':'function','function':{'name':"
		"'f','arguments':'{}'}},{'id':'2','type':'function','function':{'name':'f',"
		"'arguments':'{}'}}]},{'role':'tool','tool_call_id':'1','content':'x'},"
		"{'role':'tool','tool_call_id':'2','content':'y'}";
	struct str asked = arena_printf(&a, "{'role':'user','content':'%s'}",
					text('q', LONG_BYTES));
	uint64_t whole;

	ask(arena_printf(&a, "'messages':[%.*s]", STR_ARG(asked)).p);
	whole = prefixes[n - 1].hash;
	ask(arena_printf(&a, "'messages':[%.*s%s]", STR_ARG(asked), later).p);
	ck_assert(found(whole));
}
END_TEST

START_TEST(they_are_sorted_and_count_tokens)
{
	ask_turns("suauau", LONG_BYTES);
	ck_assert_uint_eq(n, 4); /* instructions; up to each of two answers; all */
	ck_assert_int_eq(prefixes[0].tokens, LONG_BYTES / 4);
	for (uint32_t i = 1; i < n; i++)
		ck_assert_int_gt(prefixes[i].tokens, prefixes[i - 1].tokens);
	ck_assert_int_eq(prefixes[n - 1].tokens, 6 * LONG_BYTES / 4);
}
END_TEST

START_TEST(what_is_too_short_is_no_beginning)
{
	ask_turns("suau", 2500); /* after two messages it is long enough */
	ck_assert_uint_eq(n, 2);
	ck_assert_int_ge(prefixes[0].tokens, PREFIX_TOKENS_MIN);
}
END_TEST

START_TEST(how_it_is_written_does_not_matter)
{
	const char *t = text('t', LONG_BYTES);
	uint64_t hash = hash_of_one(arena_printf(&a, "'%s'", t).p);

	ck_assert(hash == hash_of_one(arena_printf(&a, "[{'type':'text','text':'%s'}]", t).p));
	ck_assert(hash == hash_of_one(arena_printf(&a, "[ {'text': '%s', 'type':'text'} ]", t).p));
	ck_assert(hash == hash_of_one(arena_printf(&a,
						   "[{'type':'text','text':'%s','cache_control':"
						   "{'type':'ephemeral'}}]",
						   t)
					      .p));
}
END_TEST

START_TEST(what_is_said_does)
{
	const char *t = text('t', LONG_BYTES), *longer = text('t', LONG_BYTES + 1);
	uint64_t hash = hash_of_one(arena_printf(&a, "'%s'", t).p);

	ck_assert(hash != hash_of_one(arena_printf(&a, "'%s'", longer).p));
	ck_assert(hash != hash_of_one(arena_printf(&a, "'%su'", text('t', LONG_BYTES - 1)).p));
	ck_assert(hash != hash_of_one(arena_printf(&a, "'u%s'", text('t', LONG_BYTES - 1)).p));
	ask(arena_printf(&a, "'messages':[{'role':'system','content':'%s'}]", t).p);
	ck_assert(prefixes[0].hash != hash);
	ask(arena_printf(&a, "%s,'tools':[{'type':'function','function':{'name':'f'}}]",
			 one(arena_printf(&a, "'%s'", t).p))
		    .p);
	ck_assert(prefixes[n - 1].hash != hash);
}
END_TEST

START_TEST(of_long_pieces_both_ends_count)
{
	size_t bytes = 300000;
	uint64_t hash = hash_of_one(arena_printf(&a, "'%s'", text('t', bytes)).p);

	ck_assert(hash != hash_of_one(arena_printf(&a, "'u%s'", text('t', bytes - 1)).p));
	ck_assert(hash != hash_of_one(arena_printf(&a, "'%su'", text('t', bytes - 1)).p));
	ck_assert(hash != hash_of_one(arena_printf(&a, "'%s'", text('t', bytes + 1)).p));
}
END_TEST

/* the hash of a conversation of 300 messages, of which one holds a word in its midst */
static uint64_t hash_with_word_in(int at)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "'messages':[");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%s{'role':'user','content':'%s%s%s'}", i ? "," : "",
			   text('t', 1000), i == at ? "word" : "tttt", text('t', 1000));
	buf_adds(&b, "]");
	ask(buf_cstr(&b));
	buf_release(&b);
	return prefixes[n - 1].hash;
}

/* Ten thousand messages must not hold up the loop either. */
START_TEST(behind_much_text_the_ends_of_pieces_tell_enough)
{
	uint64_t hash = hash_with_word_in(-1);

	ck_assert(hash != hash_with_word_in(100));
	ck_assert(hash == hash_with_word_in(290));
	ck_assert_int_ge(prefixes[n - 1].tokens, 300 * 2004 / 4);
}
END_TEST

static uint64_t hash_with_image(const char *image)
{
	return hash_of_one(
		arena_printf(&a,
			     "[{'type':'text','text':'%s'},{'type':'image_url','image_url':{'url':"
			     "'data:image/png;base64,%s'}}]",
			     text('t', LONG_BYTES), image)
			.p);
}

START_TEST(images_tell_conversations_apart_and_count_little)
{
	uint64_t hash = hash_with_image(text('x', 400000));

	ck_assert_int_le(prefixes[0].tokens, 2200);
	ck_assert(hash != hash_with_image(text('y', 400000)));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("prefix");
	TCase *t = tcase_create("prefix");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, short_prompts_have_none);
	tcase_add_test(t, the_next_turn_holds_the_whole_prompt_before);
	tcase_add_test(t, every_turn_is_found_by_the_next);
	tcase_add_test(t, results_of_tools_lie_between_answers);
	tcase_add_test(t, they_are_sorted_and_count_tokens);
	tcase_add_test(t, what_is_too_short_is_no_beginning);
	tcase_add_test(t, how_it_is_written_does_not_matter);
	tcase_add_test(t, what_is_said_does);
	tcase_add_test(t, of_long_pieces_both_ends_count);
	tcase_add_test(t, behind_much_text_the_ends_of_pieces_tell_enough);
	tcase_add_test(t, images_tell_conversations_apart_and_count_little);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
