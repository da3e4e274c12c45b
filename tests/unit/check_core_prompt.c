/* check_core_prompt.c -- what is known of a prompt's tokens; what errors may not repeat of it. */
#include "core/dialect/openai_client.h"
#include "core/scrub.h"
#include "core/tokens.h"
#include "unit.h"

static struct arena a;
static struct chat chat;
static struct model model;

static void setup(void)
{
	arena_init(&a, 64 << 20);
	model = (struct model){ .context = 200000, .image_tokens = 1600 };
}

static void teardown(void)
{
	arena_release(&a);
}

static void ask(const char *members)
{
	struct fault fault;
	struct str body = arena_printf(&a, "{'model':'m',%s}", members);
	enum err e = openai_read_request(&a, unit_json(&a, arena_cstr(&a, body)),
					 &json_limits_default, &chat, &fault);

	ck_assert_msg(e == ERR_OK, "%s", fault.text);
}

static int64_t bound(const char *members)
{
	ask(members);
	return tokens_bound(&chat, &model);
}

/* --- tokens --- */

#define USER "'messages':[{'role':'user','content':'0123456789'}]"

START_TEST(a_byte_is_at_most_a_token)
{
	ck_assert_int_ge(bound(USER), 10 + 128);
	ck_assert_int_le(bound(USER), 300);
}
END_TEST

START_TEST(vendors_add_instructions_for_tools_and_forms)
{
	int64_t plain = bound(USER);

	ck_assert_int_ge(bound(USER ",'tools':[{'type':'function','function':{'name':'f'}}]"),
			 plain + 1024);
	ck_assert_int_ge(bound(USER ",'response_format':{'type':'json_object'}"), plain + 512);
}
END_TEST

START_TEST(tools_may_come_to_the_model_with_escapes)
{
	int64_t ascii = bound(USER ",'tools':[{'type':'function','function':{'name':'f',"
				   "'description':'xxxxxx'}}]");
	int64_t chinese = bound(USER ",'tools':[{'type':'function','function':{'name':'f',"
				     "'description':'\xE4\xBD\xA0\xE5\xA5\xBD'}}]");

	ck_assert_int_eq(chinese, ascii + 6);
}
END_TEST

#define IMAGE "{'type':'image_url','image_url':{'url':'x'}}"

START_TEST(images_count_what_the_model_says)
{
	const char *members = "'messages':[{'role':'user','content':[" IMAGE "," IMAGE "]}]";

	ck_assert_int_ge(bound(members), 3200);
	ck_assert_int_le(bound(members), 3600);
	model.image_tokens = 0;
	ck_assert_int_eq(bound(members), model.context);
}
END_TEST

START_TEST(what_cannot_be_told_is_bound_by_the_context)
{
	ck_assert_int_eq(
		bound("'messages':[{'role':'user','content':[{'type':'file','file':{}}]}]"),
		model.context);
	model.context = 100;
	ck_assert_int_eq(bound(USER), 100);
}
END_TEST

START_TEST(likely_is_a_quarter)
{
	ck_assert_int_eq(tokens_likely(0), 0);
	ck_assert_int_eq(tokens_likely(1), 1);
	ck_assert_int_eq(tokens_likely(400), 100);
}
END_TEST

/* --- scrubbing --- */

static const struct {
	const char *message, *scrubbed;
} quotes[] = {
	{ "'n' is too large", "'n' is too large" },
	{ "Bad value: 'my dog is called Rex', sorry", "Bad value: '[...]', sorry" },
	/* quoted with other white space, or with the escapes that JSON wants */
	{ "in \"my  dog is\ncalled Rex\"", "in \"[...]\"" },
	{ "in {\\\"my dog is called Rex\\\"}", "in {\\\"[...]\\\"}" },
	{ "my dog is called Max", "[...] Max" },
	{ "is my cat called Rex?", "is my cat called Rex?" },
	/* each quote, not only the first */
	{ "my dog is called Rex / my dog is called Rex", "[...] / [...]" },
	{ "\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x96\xE7\x95\x8C!", "[...]!" },
	{ "call with {\"city\":\"Timbuktu\"}", "call with [...]" },
	{ "cannot load http://pictures.example/rex.png", "cannot load [...]" },
	/* names of parameters are worth reading */
	{ "tools[0].function.parameters.favourite_colour", "tools[0].function.parameters."
							   "favourite_colour" },
	/* keys */
	{ "Incorrect API key provided: sk-proj-abcdef.", "Incorrect API key provided: [...]" },
	{ "bad-key-**********test is wrong", "[...] is wrong" },
	{ "token 0123456789abcdefghijklmn", "token [...]" },
	{ "model claude-sonnet-4-5-20250929 or gpt-4o-mini-2024-07-18",
	  "model claude-sonnet-4-5-20250929 or gpt-4o-mini-2024-07-18" },
	{ "your api key: ****-key", "your api key: [...]" },
	/* the credential, though it looks like none */
	{ "bad: open sesame please", "bad: [...]" },
	{ "bad: open-sesame", "bad: open-sesame" },
	{ "bad: sesame please!", "bad: [...]!" },
	/* who asks, and what is known of them */
	{ "user perpetua-of-tewkesbury is blocked", "user [...] is blocked" },
	{ "metadata.team: 'octopus of zanzibar' is too long",
	  "metadata.team: '[...]' is too long" },
	/* what should have been a parameter */
	{ "Unrecognized argument: the weather in Rome", "Unrecognized argument: [...]" },
	{ "Unrecognized argument: temperatures", "Unrecognized argument: temperatures" },
	/* what a tool is for */
	{ "it tells the favourite colour of dogs", "it [...] dogs" },
	/* printable, and UTF-8 */
	{ "line\none\x01\xFF", "line one ?" },
};

START_TEST(errors_do_not_repeat_the_prompt)
{
	struct str text;

	ask("'messages':[{'role':'user','content':'Note that my dog is called Rex. Why?'},"
	    "{'role':'user','content':'say \\u4f60\\u597d\\u4e16\\u754c'},"
	    "{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	    "'http:\\/\\/pictures.example\\/rex.png'}}]},"
	    "{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'weather','arguments':"
	    "'{\\'city\\': \\'Timbuktu\\'}'}}]}],"
	    "'tools':[{'type':'function','function':{'name':'f','description':"
	    "'tells the favourite colour of','parameters':"
	    "{'favourite_colour':1}}}],'user':'perpetua-of-tewkesbury',"
	    "'metadata':{'team':'octopus of zanzibar'},'the weather in Rome':1,"
	    "'temperatures':1");
	text = scrub_message(&a, str_of(quotes[_i].message), &chat, STR("open sesame please"), 300);
	assert_str(text, quotes[_i].scrubbed);
}
END_TEST

static const struct {
	const char *name;
	bool told;
} names[] = {
	{ "gpt-4o-mini", true },
	{ "anthropic/claude-sonnet-4-5-20250929", true },
	{ "ft:gpt-4o-mini:acme::AbC123", true },
	{ "", false },
	{ "my dog is called Rex", false },
	{ "sk-sr-acme_1-abcdef", false },
	{ "openai/sk-proj-abcdef", false },
	{ "0123456789abcdefghijklmn", false },
	{ "a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on", false },
};

START_TEST(a_name_is_told_unless_it_could_be_a_secret)
{
	ck_assert_int_eq(scrub_may_tell(str_of(names[_i].name)), names[_i].told);
}
END_TEST

/* too short for windows: nothing but the whole of it is found, everywhere */
START_TEST(a_short_credential_is_hidden)
{
	ask(USER);
	assert_str(scrub_message(&a, STR("rosebud 'rose/bud' rosebu"), &chat, STR("rosebud"), 99),
		   "[...] '[...]' rosebu");
	assert_str(scrub_message(&a, STR("none but none"), &chat, STR("none"), 99),
		   "none but none");
}
END_TEST

START_TEST(messages_are_cut)
{
	ask(USER);
	assert_str(scrub_message(&a, STR("abcdefgh"), &chat, STR_NONE, 5), "abcde");
	assert_str(scrub_message(&a, STR("abc\xE4\xBD\xA0"), &chat, STR_NONE, 5), "abc");
	assert_str(scrub_message(&a, STR_NONE, &chat, STR_NONE, 5), "");
}
END_TEST

/* A canary of any 12 bytes and more, wherever it stands, however the message was cut. */
START_TEST(no_piece_of_the_prompt_comes_through)
{
	char prompt[20000], quote[200];
	struct str body, text;
	struct fault fault;

	for (size_t i = 0; i < sizeof(prompt); i++)
		prompt[i] = (char)('a' + (i * i / 7 + i) % 26);
	body = arena_printf(
		&a, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%.*s\"}]}",
		(int)sizeof(prompt), prompt);
	ck_assert_int_eq(openai_read_request(&a, body, &json_limits_default, &chat, &fault),
			 ERR_OK);
	for (size_t from = 0; from + 100 < sizeof(prompt); from += 997) {
		snprintf(quote, sizeof(quote), "Error: '%.*s' is bad", 12 + (int)(from % 80),
			 prompt + from);
		text = scrub_message(&a, str_of(quote), &chat, STR_NONE, 300);
		assert_str(text, "Error: '[...]' is bad");
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/prompt");
	TCase *t = tcase_create("tokens, scrub");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_byte_is_at_most_a_token);
	tcase_add_test(t, vendors_add_instructions_for_tools_and_forms);
	tcase_add_test(t, tools_may_come_to_the_model_with_escapes);
	tcase_add_test(t, images_count_what_the_model_says);
	tcase_add_test(t, what_cannot_be_told_is_bound_by_the_context);
	tcase_add_test(t, likely_is_a_quarter);
	tcase_add_loop_test(t, errors_do_not_repeat_the_prompt, 0, (int)COUNT_OF(quotes));
	tcase_add_loop_test(t, a_name_is_told_unless_it_could_be_a_secret, 0, (int)COUNT_OF(names));
	tcase_add_test(t, a_short_credential_is_hidden);
	tcase_add_test(t, messages_are_cut);
	tcase_add_test(t, no_piece_of_the_prompt_comes_through);
	suite_add_tcase(s, t);
	return unit_run(s);
}
