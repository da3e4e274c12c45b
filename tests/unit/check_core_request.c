/* check_core_request.c -- chat requests of OpenAI's clients: what is read, what is refused. */
#include "core/dialect/openai_client.h"
#include "unit.h"

static struct arena a;
static struct chat chat;
static struct fault fault;

static void setup(void)
{
	arena_init(&a, 16 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

static enum err read_body(const char *body)
{
	fault = (struct fault){ 0 };
	return openai_read_request(&a, unit_json(&a, body), &json_limits_default, &chat, &fault);
}

#define USER "'messages':[{'role':'user','content':'Hi'}]"
#define TOOL "'tools':[{'type':'function','function':{'name':'f'}}]"

/* the members of a request besides its model and, without own ones, its messages */
static enum err read_members(const char *members)
{
	bool own = strstr(members, "'messages'") != NULL;
	struct str body = arena_printf(&a, "{'model':'m',%s%s%s}", own ? "" : USER,
				       own || !*members ? "" : ",", members);

	return read_body(arena_cstr(&a, body));
}

static void must_read(const char *members)
{
	enum err e = read_members(members);

	ck_assert_msg(e == ERR_OK, "%s: %s", members, fault.text);
}

/* --- refusals --- */

static const struct {
	const char *members;
	enum err err;
	const char *param;
} refused[] = {
	{ "'messages':[]", ERR_VALUE, "messages" },
	{ "'messages':null", ERR_MISSING, "messages" },
	{ "'messages':{}", ERR_VALUE, "messages" },
	{ "'messages':['Hi']", ERR_VALUE, "messages[0]" },
	{ "'messages':[{'content':'Hi'}]", ERR_MISSING, "messages[0].role" },
	{ "'messages':[{'role':'robot','content':'Hi'}]", ERR_VALUE, "messages[0].role" },
	{ "'messages':[{'role':'user'}]", ERR_MISSING, "messages[0].content" },
	{ "'messages':[{'role':'user','content':5}]", ERR_VALUE, "messages[0].content" },
	{ "'messages':[{'role':'user','content':[]}]", ERR_VALUE, "messages[0].content" },
	{ "'messages':[{'role':'user','content':['Hi']}]", ERR_VALUE, "messages[0].content[0]" },
	{ "'messages':[{'role':'user','content':[{'type':'tool_use'}]}]", ERR_VALUE,
	  "messages[0].content[0].type" },
	{ "'messages':[{'role':'user','content':[{'type':'text'}]}]", ERR_MISSING,
	  "messages[0].content[0].text" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':'x'}]}]",
	  ERR_VALUE, "messages[0].content[0].image_url" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{}}]}]",
	  ERR_MISSING, "messages[0].content[0].image_url.url" },
	{ "'messages':[{'role':'system','content':[{'type':'image_url','image_url':{'url':'x'}}]}]",
	  ERR_VALUE, "messages[0].content[0].type" },
	{ "'messages':[{'role':'user','content':'a'},{'role':'assistant'}]", ERR_MISSING,
	  "messages[1].content" },
	{ "'messages':[{'role':'assistant','tool_calls':[]}]", ERR_MISSING, "messages[0].content" },
	{ "'messages':[{'role':'assistant','content':[]}]", ERR_MISSING, "messages[0].content" },
	{ "'messages':[{'role':'system','content':[]}]", ERR_VALUE, "messages[0].content" },
	{ "'messages':[{'role':'tool','tool_call_id':'t','content':null}]", ERR_MISSING,
	  "messages[0].content" },
	{ "'messages':[{'role':'tool','tool_call_id':'t','content':[{'type':'file','file':{}}]}]",
	  ERR_VALUE, "messages[0].content[0].type" },
	{ "'messages':[{'role':'assistant','tool_calls':[{'type':'function','function':{}}]}]",
	  ERR_MISSING, "messages[0].tool_calls[0].id" },
	{ "'messages':[{'role':'assistant','tool_calls':[{'id':'','function':{}}]}]", ERR_VALUE,
	  "messages[0].tool_calls[0].id" },
	{ "'messages':[{'role':'assistant','tool_calls':[{'id':'x','function':{'name':'f',"
	  "'arguments':{}}}]}]",
	  ERR_VALUE, "messages[0].tool_calls[0].function.arguments" },
	{ "'messages':[{'role':'tool','content':'4'}]", ERR_MISSING, "messages[0].tool_call_id" },
	{ "'messages':[{'role':'user','content':'a','name':7}]", ERR_VALUE, "messages[0].name" },
	{ "'messages':[{'role':'assistant','content':'a','reasoning_content':{}}]", ERR_VALUE,
	  "messages[0].reasoning_content" },
	{ "'n':0", ERR_VALUE, "n" },
	{ "'n':129", ERR_VALUE, "n" },
	{ "'n':1.5", ERR_VALUE, "n" },
	{ "'temperature':'hot'", ERR_VALUE, "temperature" },
	{ "'temperature':2.1", ERR_VALUE, "temperature" },
	{ "'top_p':-0.1", ERR_VALUE, "top_p" },
	{ "'max_tokens':0", ERR_VALUE, "max_tokens" },
	{ "'max_tokens':10,'max_completion_tokens':20", ERR_VALUE, "max_tokens" },
	{ "'stream':'yes'", ERR_VALUE, "stream" },
	{ "'stream_options':{'include_usage':true}", ERR_VALUE, "stream_options" },
	{ "'stream':true,'stream_options':{'include_usage':1}", ERR_VALUE,
	  "stream_options.include_usage" },
	{ "'stop':['a','b','c','d','e']", ERR_VALUE, "stop" },
	{ "'stop':[1]", ERR_VALUE, "stop" },
	{ "'top_logprobs':3", ERR_VALUE, "top_logprobs" },
	{ "'logprobs':true,'top_logprobs':21", ERR_VALUE, "top_logprobs" },
	{ "'response_format':{'type':'xml'}", ERR_VALUE, "response_format.type" },
	{ "'response_format':{'type':'json_schema'}", ERR_MISSING, "response_format.json_schema" },
	{ "'response_format':{'type':'json_schema','json_schema':{'schema':{}}}", ERR_MISSING,
	  "response_format.json_schema.name" },
	{ "'reasoning_effort':'huge'", ERR_VALUE, "reasoning_effort" },
	{ "'thinking':{'type':'maybe'}", ERR_VALUE, "thinking.type" },
	{ "'modalities':['smell']", ERR_VALUE, "modalities" },
	{ "'modalities':['audio']", ERR_MISSING, "audio" },
	{ "'models':'x'", ERR_VALUE, "models" },
	{ "'models':['x',1]", ERR_VALUE, "models" },
	{ "'tools':{}", ERR_VALUE, "tools" },
	{ "'tools':[{'function':{'name':'f'}}]", ERR_MISSING, "tools[0].type" },
	{ "'tools':[{'type':'function'}]", ERR_MISSING, "tools[0].function" },
	{ "'tools':[{'type':'function','function':{'name':'a b'}}]", ERR_VALUE,
	  "tools[0].function.name" },
	{ "'tools':[{'type':'function','function':{'name':'f','parameters':[]}}]", ERR_VALUE,
	  "tools[0].function.parameters" },
	{ "'tools':[{'type':'function','function':{'name':'f'}},"
	  "{'type':'function','function':{'name':'f'}}]",
	  ERR_VALUE, "tools[1].function.name" },
	{ "'tool_choice':'required'", ERR_VALUE, "tool_choice" },
	{ "'tools':[],'tool_choice':{'type':'function','function':{'name':'f'}}", ERR_VALUE,
	  "tool_choice" },
	{ TOOL ",'tool_choice':'any'", ERR_VALUE, "tool_choice" },
	{ TOOL ",'tool_choice':{'type':'function','function':{'name':'g'}}", ERR_VALUE,
	  "tool_choice.function.name" },
	{ TOOL ",'tool_choice':{'type':'function'}", ERR_MISSING, "tool_choice.function" },
};

START_TEST(faults_name_the_parameter)
{
	enum err e = read_members(refused[_i].members);

	ck_assert_msg(e == refused[_i].err, "%s gave %s: %s", refused[_i].members,
		      err_info(e)->name, fault.text);
	ck_assert_str_eq(fault.param, refused[_i].param);
	ck_assert_ptr_nonnull(strstr(fault.text, refused[_i].param));
}
END_TEST

static const struct {
	const char *body;
	enum err err;
} bodies[] = {
	{ "", ERR_JSON },
	{ "[]", ERR_JSON },
	{ "{'model':'m'", ERR_JSON },
	{ "{'model':'m','model':'n'," USER "}", ERR_JSON },
	{ "{" USER "}", ERR_MISSING },
	{ "{'model':''," USER "}", ERR_VALUE },
	{ "{'model':7," USER "}", ERR_VALUE },
};

START_TEST(bodies_that_are_no_request)
{
	ck_assert_int_eq(read_body(bodies[_i].body), bodies[_i].err);
}
END_TEST

START_TEST(too_deep_is_refused)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_adds(&b, "{'model':'m'," USER ",'x':");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "[");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "]");
	buf_adds(&b, "}");
	ck_assert_int_eq(read_body(buf_cstr(&b)), ERR_JSON);
	buf_release(&b);
}
END_TEST

START_TEST(faults_never_quote_the_client)
{
	ck_assert_int_eq(read_members("'reasoning_effort':'canary'"), ERR_VALUE);
	ck_assert_ptr_null(strstr(fault.text, "canary"));
	ck_assert_int_eq(read_members("'messages':[{'role':'canary','content':'canary'}]"),
			 ERR_VALUE);
	ck_assert_ptr_null(strstr(fault.text, "canary"));
}
END_TEST

/* --- what is read --- */

START_TEST(unset_members_have_their_defaults)
{
	must_read("'stop':null,'n':null,'stream':null,'tools':null,'max_tokens':null");
	assert_str(chat.model, "m");
	ck_assert_int_eq(chat.n, 1);
	ck_assert_int_eq(chat.max_tokens, -1);
	ck_assert_int_eq(chat.thinking_budget, -1);
	ck_assert_int_eq(chat.parallel_tools, -1);
	ck_assert_int_eq(chat.effort, EFFORT_UNSET);
	ck_assert_int_eq(chat.format, FORMAT_TEXT);
	ck_assert(!chat.stream && !chat.include_usage && !json_present(chat.stop));
	ck_assert_uint_eq(chat.features, 0);
	assert_absent(chat.service_tier);
}
END_TEST

START_TEST(unknown_members_are_no_fault)
{
	must_read("'frobnicate':{'a':[1]},'messages':[{'role':'user','content':[{'type':'text',"
		  "'text':'Hi','new':1}],'new':2}]");
	ck_assert_uint_eq(chat.n_messages, 1);
}
END_TEST

/* each candidate's vendor looks at each of them */
START_TEST(there_is_an_end_of_members)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (int i = 0; i < 120; i++)
		buf_printf(&b, "%s'x%d':1", i ? "," : "", i);
	must_read(buf_cstr(&b));
	for (int i = 120; i < 140; i++)
		buf_printf(&b, ",'x%d':1", i);
	ck_assert_int_eq(read_members(buf_cstr(&b)), ERR_VALUE);
	buf_release(&b);
}
END_TEST

START_TEST(both_names_of_max_tokens)
{
	must_read("'max_tokens':10");
	ck_assert_int_eq(chat.max_tokens, 10);
	must_read("'max_completion_tokens':20");
	ck_assert_int_eq(chat.max_tokens, 20);
	must_read("'max_completion_tokens':20,'max_tokens':20");
	ck_assert_int_eq(chat.max_tokens, 20);
}
END_TEST

START_TEST(models_are_fallbacks_or_the_choice_itself)
{
	must_read("'models':['x','y\\u0041']");
	assert_str(chat.model, "m");
	ck_assert_uint_eq(chat.n_models, 2);
	assert_str(chat.models[1], "yA");
	ck_assert_int_eq(read_body("{'models':['x','y']," USER "}"), ERR_OK);
	assert_str(chat.model, "x");
	ck_assert_uint_eq(chat.n_models, 1);
	assert_str(chat.models[0], "y");
}
END_TEST

START_TEST(messages_with_parts)
{
	const struct message *m;

	must_read("'messages':[{'role':'developer','content':'Be'},{'role':'user','name':'Ann',"
		  "'content':[{'type':'text','text':'Look','cache_control':{'type':'ephemeral'}},"
		  "{'type':'image_url','image_url':{'url':'data:image/png;base64,QQ=='}}]}]");
	m = &chat.messages[1];
	ck_assert_int_eq(chat.messages[0].role, ROLE_DEVELOPER);
	assert_str(json_chars(chat.messages[0].parts[0].text), "Be");
	assert_str(json_chars(m->name), "Ann");
	ck_assert_uint_eq(m->n_parts, 2);
	ck_assert(json_present(m->parts[0].cache_control));
	ck_assert_int_eq(m->parts[1].kind, PART_IMAGE);
	assert_str(json_chars(json_get(m->parts[1].media, "url")), "data:image/png;base64,QQ==");
	ck_assert_uint_eq(chat.n_images, 1);
	ck_assert_uint_eq(chat.features, NEEDS_IMAGES);
	ck_assert(!chat.has_unbounded_parts);
}
END_TEST

START_TEST(history_of_tool_calls_and_thinking)
{
	const struct message *m;

	must_read("'messages':[{'role':'assistant','content':null,'reasoning_content':'hm',"
		  "'reasoning_details':[{'x':1}],'tool_calls':[{'id':'c1','type':'function',"
		  "'function':{'name':'f','arguments':'{}'}}]},"
		  "{'role':'tool','tool_call_id':'c1','content':'4'}]");
	m = &chat.messages[0];
	ck_assert_uint_eq(m->n_parts, 0);
	ck_assert_uint_eq(m->n_calls, 1);
	assert_str(json_chars(m->calls[0].id), "c1");
	assert_str(json_chars(m->calls[0].arguments), "{}");
	assert_str(json_chars(m->reasoning), "hm");
	ck_assert_uint_eq(json_count(m->reasoning_details), 1);
	assert_str(json_chars(chat.messages[1].tool_call_id), "c1");
	ck_assert_uint_eq(chat.features, NEEDS_TOOLS);
}
END_TEST

START_TEST(lists_of_nothing_are_nothing)
{
	must_read(
		"'tools':[],'tool_choice':'none','parallel_tool_calls':true,'messages':"
		"[{'role':'user','content':'a'},{'role':'assistant','content':'b','tool_calls':[]},"
		"{'role':'assistant','content':[],'refusal':'no'},"
		"{'role':'tool','tool_call_id':'t','content':[]},{'role':'user','content':''}]");
	ck_assert_uint_eq(chat.features, 0);
	ck_assert_uint_eq(chat.n_tools, 0);
	ck_assert_int_eq(chat.tool_choice, CHOICE_UNSET);
	ck_assert_uint_eq(chat.messages[1].n_calls, 0);
	ck_assert_uint_eq(chat.messages[2].n_parts, 0);
	ck_assert_uint_eq(chat.messages[3].n_parts, 0);
	must_read("'tool_choice':'auto','stop':[],'functions':[]");
	ck_assert_int_eq(chat.tool_choice, CHOICE_UNSET);
	ck_assert(!json_present(chat.stop));
	ck_assert(!chat.legacy_functions);
}
END_TEST

START_TEST(a_tool_may_answer_with_an_image)
{
	must_read("'messages':[{'role':'tool','tool_call_id':'t','content':[{'type':'image_url',"
		  "'image_url':{'url':'x'}}]}]");
	ck_assert(chat.images_in_results);
	ck_assert_uint_eq(chat.features, NEEDS_IMAGES);
	must_read("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
		  "'x'}}]}]");
	ck_assert(!chat.images_in_results);
}
END_TEST

START_TEST(legacy_functions_are_told_apart)
{
	must_read("'functions':[{'name':'f'}],'function_call':'auto'");
	ck_assert(chat.legacy_functions);
	must_read("'messages':[{'role':'function','name':'f','content':'4'}]");
	ck_assert(chat.legacy_functions);
	must_read(TOOL);
	ck_assert(!chat.legacy_functions);
}
END_TEST

static const struct {
	const char *members;
	uint32_t features;
} wishes[] = {
	{ "'n':2", NEEDS_N },
	{ "'logprobs':true,'top_logprobs':2", NEEDS_LOGPROBS },
	{ "'logprobs':false", 0 },
	{ TOOL, NEEDS_TOOLS },
	{ TOOL ",'tool_choice':'auto'", NEEDS_TOOLS },
	{ TOOL ",'tool_choice':'required'", NEEDS_TOOLS | NEEDS_FORCED_TOOL },
	{ TOOL ",'tool_choice':{'type':'function','function':{'name':'f'}}",
	  NEEDS_TOOLS | NEEDS_FORCED_TOOL },
	{ TOOL ",'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[]}}",
	  NEEDS_TOOLS },
	{ "'tools':[{'type':'custom','custom':{'name':'f'}}]", NEEDS_TOOLS | NEEDS_CUSTOM_TOOLS },
	{ "'response_format':{'type':'text'}", 0 },
	{ "'response_format':{'type':'json_object'}", NEEDS_JSON_OBJECT },
	{ "'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':{}}}",
	  NEEDS_JSON_SCHEMA },
	{ "'modalities':['text','audio'],'audio':{'voice':'x','format':'wav'}", NEEDS_AUDIO_OUT },
	{ "'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'QQ=='"
	  ","
	  "'format':'wav'}}]}]",
	  NEEDS_AUDIO_IN },
	{ "'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'x'}}]}]",
	  NEEDS_FILES },
	{ "'messages':[{'role':'user','content':[{'type':'video_url','video_url':{'url':'x'}}]}]",
	  NEEDS_VIDEO },
	{ USER, 0 },
	{ "'messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]",
	  NEEDS_PREFILL },
};

START_TEST(wishes_become_features)
{
	must_read(wishes[_i].members);
	ck_assert_msg(chat.features == wishes[_i].features, "%s: %x", wishes[_i].members,
		      chat.features);
}
END_TEST

static const struct {
	const char *members;
	enum effort effort;
	int64_t budget;
} thoughts[] = {
	{ "'reasoning_effort':'none'", EFFORT_NONE, -1 },
	{ "'reasoning_effort':'xhigh'", EFFORT_XHIGH, -1 },
	{ "'reasoning_effort':'ultra'", EFFORT_MAX, -1 },
	{ "'thinking':{'type':'disabled'}", EFFORT_NONE, -1 },
	{ "'thinking':{'type':'enabled'}", EFFORT_MEDIUM, -1 },
	{ "'thinking':{'type':'enabled','budget_tokens':2000}", EFFORT_LOW, 2000 },
	{ "'enable_thinking':false", EFFORT_NONE, -1 },
	{ "'enable_thinking':true,'thinking_budget':30000", EFFORT_HIGH, 30000 },
	{ "'thinking_budget':100", EFFORT_LOW, 100 },
	{ "'reasoning_effort':'low','thinking':{'type':'enabled'}", EFFORT_LOW, -1 },
};

START_TEST(thinking_in_all_vendors_words)
{
	must_read(thoughts[_i].members);
	ck_assert_int_eq(chat.effort, thoughts[_i].effort);
	ck_assert_int_eq(chat.thinking_budget, thoughts[_i].budget);
}
END_TEST

START_TEST(text_is_counted_without_media)
{
	int64_t plain;

	must_read("'messages':[{'role':'user','content':'0123456789'}]");
	plain = chat.text_bytes;
	ck_assert_int_ge(plain, 10);
	ck_assert_int_le(plain, 60);
	must_read("'messages':[{'role':'user','content':'0123456789'}]," TOOL);
	ck_assert_int_ge(chat.text_bytes, plain + 40);
	must_read("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
		  "'data:image/png;base64,0123456789012345678901234567890123456789'}}]}]");
	ck_assert_int_le(chat.text_bytes, 90);
}
END_TEST

START_TEST(a_large_body_is_not_copied)
{
	const size_t n = 20 << 20;
	const char head[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"";
	const char tail[] = "\"}]}";
	char *body = malloc(n);
	struct arena small;

	memset(body, 'x', n);
	memcpy(body, head, sizeof(head) - 1);
	memcpy(body + n - sizeof(tail) + 1, tail, sizeof(tail) - 1);
	arena_init(&small, 65536);
	ck_assert_int_eq(openai_read_request(&small, (struct str){ body, n }, &json_limits_default,
					     &chat, &fault),
			 ERR_OK);
	ck_assert_ptr_eq(json_chars(chat.messages[0].parts[0].text).p, body + sizeof(head) - 1);
	arena_release(&small);
	free(body);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/request");
	TCase *t = tcase_create("read_request");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, faults_name_the_parameter, 0, (int)COUNT_OF(refused));
	tcase_add_loop_test(t, bodies_that_are_no_request, 0, (int)COUNT_OF(bodies));
	tcase_add_test(t, too_deep_is_refused);
	tcase_add_test(t, faults_never_quote_the_client);
	tcase_add_test(t, unset_members_have_their_defaults);
	tcase_add_test(t, unknown_members_are_no_fault);
	tcase_add_test(t, there_is_an_end_of_members);
	tcase_add_test(t, both_names_of_max_tokens);
	tcase_add_test(t, models_are_fallbacks_or_the_choice_itself);
	tcase_add_test(t, messages_with_parts);
	tcase_add_test(t, history_of_tool_calls_and_thinking);
	tcase_add_test(t, lists_of_nothing_are_nothing);
	tcase_add_test(t, a_tool_may_answer_with_an_image);
	tcase_add_test(t, legacy_functions_are_told_apart);
	tcase_add_loop_test(t, wishes_become_features, 0, (int)COUNT_OF(wishes));
	tcase_add_loop_test(t, thinking_in_all_vendors_words, 0, (int)COUNT_OF(thoughts));
	tcase_add_test(t, text_is_counted_without_media);
	tcase_add_test(t, a_large_body_is_not_copied);
	suite_add_tcase(s, t);
	return unit_run(s);
}
