/* check_core_deepseek.c -- what is DeepSeek's own: thinking, keep-alives, usage, errors. */
#include "core/fault_rules.h"
#include "dialect_kit.h"
#include "unit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, &dialect_deepseek);
	k.model.thinking = THINKING_DEFAULT;
	k.model.quirks = QUIRK_REPLAY_THINKING | QUIRK_NO_FORCED_TOOL_THINKING;
}

static void teardown(void)
{
	kit_release(&k);
}

#define USER "'messages':[{'role':'user','content':'Hi'}]"
#define TOOL "'tools':[{'type':'function','function':{'name':'f'}}]"
#define CALL "'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]"

/* --- asking --- */

START_TEST(developers_speak_as_the_system)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'developer','content':'Be'},"
				     "{'role':'user','content':'Hi'}]"),
			 ERR_OK);
	kit_assert_has(&k, "'messages':[{'content':'Be','role':'system'},"
			   "{'role':'user','content':'Hi'}]");
}
END_TEST

START_TEST(thinking_is_left_alone_unless_asked_about)
{
	ck_assert_int_eq(kit_ask(&k, USER), ERR_OK);
	kit_assert_lacks(&k, "thinking");
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'none'"), ERR_OK);
	kit_assert_has(&k, "'thinking':{'type':'disabled'}");
	kit_assert_lacks(&k, "reasoning_effort");
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'low'"), ERR_OK);
	kit_assert_has(&k, "'thinking':{'type':'enabled'},'reasoning_effort':'low'");
	ck_assert_int_eq(kit_ask(&k, USER ",'thinking':{'type':'enabled'}"), ERR_OK);
	kit_assert_lacks(&k, "reasoning_effort");
}
END_TEST

START_TEST(histories_of_tool_calls_carry_their_reasoning)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'user','content':'a'},"
				     "{'role':'assistant','content':'b'},"
				     "{'role':'assistant','reasoning_content':'hm'," CALL "},"
				     "{'role':'tool','tool_call_id':'c','content':'4'}]"),
			 ERR_OK);
	kit_assert_has(&k, "{'role':'assistant','content':'b','reasoning_content':''}");
	kit_assert_has(&k, "'reasoning_content':'hm'");
}
END_TEST

START_TEST(without_thinking_or_tools_nothing_is_added)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'user','content':'a'},"
				     "{'role':'assistant','content':'b'},"
				     "{'role':'user','content':'c'}]"),
			 ERR_OK);
	kit_assert_lacks(&k, "reasoning_content");
	ck_assert_int_eq(kit_ask(&k, "'reasoning_effort':'none','messages':["
				     "{'role':'assistant','content':''," CALL "},"
				     "{'role':'tool','tool_call_id':'c','content':'4'}]"),
			 ERR_OK);
	kit_assert_lacks(&k, "reasoning_content");
}
END_TEST

START_TEST(a_forced_tool_switches_thinking_off)
{
	ck_assert_int_eq(kit_ask(&k, USER "," TOOL ",'tool_choice':'required'"), ERR_OK);
	kit_assert_has(&k, "'thinking':{'type':'disabled'}");
	ck_assert_int_eq(kit_adapted(&k, "reasoning_effort"), -1);
	ck_assert_int_eq(kit_ask(&k, USER "," TOOL ",'tool_choice':'required',"
					  "'reasoning_effort':'high'"),
			 ERR_OK);
	kit_assert_has(&k, "'thinking':{'type':'disabled'}");
	ck_assert_int_eq(kit_adapted(&k, "reasoning_effort"), ADAPTED_CHANGED);
	k.model.thinking = THINKING_ALWAYS;
	ck_assert_int_eq(kit_check(&k, USER "," TOOL ",'tool_choice':'required'"), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "tool_choice");
	ck_assert_int_eq(kit_check(&k, USER "," TOOL ",'tool_choice':'auto'"), ERR_OK);
}
END_TEST

START_TEST(assistants_without_content_get_one)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'assistant','content':null," CALL "},"
				     "{'role':'tool','tool_call_id':'c','content':'4'},"
				     "{'role':'assistant','refusal':'No'},"
				     "{'role':'user','content':'x'}]"),
			 ERR_OK);
	kit_assert_has(&k, "'content':'','reasoning_content':''");
	kit_assert_has(&k, "'refusal':'No','content':'No'");
	kit_assert_lacks(&k, "null");
}
END_TEST

START_TEST(users_are_called_user_id)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'user':'ann'"), ERR_OK);
	kit_assert_has(&k, "'user_id':'ann'");
	kit_assert_lacks(&k, "'user':");
	ck_assert_int_eq(kit_ask(&k, USER ",'user':'ann','user_id':'bob'"), ERR_OK);
	kit_assert_lacks(&k, "ann");
}
END_TEST

static const struct {
	const char *member, *param;
} dropped[] = {
	{ "'seed':1", "seed" },
	{ "'logit_bias':{'5':1}", "logit_bias" },
	{ "'parallel_tool_calls':false", "parallel_tool_calls" },
	{ "'verbosity':'low'", "verbosity" },
	{ "'service_tier':'flex'", "service_tier" },
	{ "'store':true", "store" },
	{ "'top_k':5", "top_k" },
};

START_TEST(what_only_steers_is_dropped_and_reported)
{
	const char *members = arena_cstr(&k.a, arena_printf(&k.a, USER ",%s", dropped[_i].member));

	ck_assert_int_eq(kit_ask(&k, members), ERR_OK);
	kit_assert_lacks(&k, dropped[_i].param);
	ck_assert_int_eq(kit_adapted(&k, dropped[_i].param), ADAPTED_DROPPED);
	k.unsupported = UNSUPPORTED_REFUSE;
	ck_assert_int_eq(kit_check(&k, members), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, dropped[_i].param);
}
END_TEST

START_TEST(strict_tools_lose_their_strictness)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'tools':[{'type':'function','function':{'name':'f',"
					  "'strict':true,'parameters':{}}}]"),
			 ERR_OK);
	kit_assert_has(&k, "'function':{'name':'f','parameters':{}}");
	ck_assert_int_eq(kit_adapted(&k, "tools"), ADAPTED_CHANGED);
}
END_TEST

START_TEST(legacy_functions_are_refused)
{
	ck_assert_int_eq(kit_check(&k, USER ",'functions':[{'name':'f'}]"), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "functions");
}
END_TEST

/* --- answers --- */

START_TEST(usage_rides_on_the_last_chunk)
{
	ck_assert_int_eq(
		kit_stream(&k,
			   ": keep-alive\n\n"
			   "data: {'choices':[{'index':0,'delta':{'content':null,"
			   "'reasoning_content':'hm'},'logprobs':null,'finish_reason':null}]}\n\n"
			   ": keep-alive\n\n"
			   "data: {'choices':[{'index':0,'delta':{'content':'Hi'}}]}\n\n"
			   "data: {'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],"
			   "'usage':{'prompt_tokens':300,'completion_tokens':7,"
			   "'prompt_cache_hit_tokens':256,'prompt_cache_miss_tokens':44,"
			   "'completion_tokens_details':{'reasoning_tokens':5}}}\n\n"
			   "data: [DONE]\n\n"),
		ERR_OK);
	assert_str(kit_delta(&k)->reasoning, "hm");
	assert_str(kit_delta(&k)->text, "Hi");
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_input], 44);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_cache_read], 256);
	ck_assert_int_eq(k.answer.usage.reasoning, 5);
}
END_TEST

START_TEST(only_blank_lines_are_a_failure)
{
	ck_assert_int_eq(kit_reply(&k, "\n\n\n\n"), ERR_VENDOR_GARBAGE);
	ck_assert(k.vendor_fault.retry && k.vendor_fault.failover && k.vendor_fault.health);
}
END_TEST

START_TEST(logprobs_of_reasoning_alone_satisfy_the_schema)
{
	ck_assert_int_eq(kit_reply(&k, "{'choices':[{'message':{'content':''},'logprobs':"
				       "{'reasoning_content':[]}}]}"),
			 ERR_OK);
	assert_str(kit_delta(&k)->logprobs,
		   "{\"content\":null,\"refusal\":null,\"reasoning_content\":[]}");
}
END_TEST

#define RAN_OUT "'finish_reason':'insufficient_system_resource'"
#define USAGE   "'usage':{'prompt_tokens':3,'completion_tokens':1}"

START_TEST(lack_of_capacity_is_a_failure_until_something_was_said)
{
	ck_assert_int_eq(
		kit_reply(&k, "{'choices':[{'message':{'content':'x'}," RAN_OUT "}]," USAGE "}"),
		ERR_VENDOR_BUSY);
	ck_assert(k.vendor_fault.retry);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_input], 3);
	ck_assert_int_eq(kit_stream(&k, "data: {'choices':[{'delta':{}," RAN_OUT "}]}\n\n"),
			 ERR_VENDOR_BUSY);
	ck_assert_int_eq(kit_stream(&k, "data: {'choices':[{'delta':{'content':'x'}}]}\n\n"
					"data: {'choices':[{'delta':{}," RAN_OUT "}]}\n\n"),
			 ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_LENGTH);
}
END_TEST

START_TEST(cut_arguments_are_not_mended)
{
	ck_assert_int_eq(
		kit_reply(&k, "{'choices':[{'message':{'tool_calls':[{'id':'c','function':"
			      "{'name':'f','arguments':'{\\'a'}}]},'finish_reason':'length'}]}"),
		ERR_OK);
	assert_str(kit_delta(&k)->tools[0].arguments, "{\\\"a");
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_LENGTH);
}
END_TEST

/* --- errors --- */

#define ERROR(message)                                                                   \
	"{'error':{'message':'" message "','type':'invalid_request_error','param':null," \
	"'code':'invalid_request_error'}}"

static const struct {
	int status;
	const char *body;
	enum err err;
	bool retry, failover, health;
	int credential;
} errors[] = {
	{ 400, ERROR("wrong"), ERR_VENDOR_REQUEST, false, false, false, CRED_FINE },
	{ 422, ERROR("wrong"), ERR_VENDOR_REQUEST, false, false, false, CRED_FINE },
	{ 400, ERROR("Content Exists Risk"), ERR_CONTENT, false, true, false, CRED_FINE },
	{ 400, ERROR("The supported API model names are deepseek-flash"), ERR_MODEL_UNKNOWN, false,
	  true, false, CRED_FINE },
	{ 400, ERROR("This model\\u0027s maximum context length is 1048565 tokens."), ERR_CONTEXT,
	  false, true, false, CRED_FINE },
	{ 400, ERROR("The `reasoning_content` in the thinking mode must be passed back"),
	  ERR_VENDOR_REQUEST, false, true, false, CRED_FINE },
	{ 400, ERROR("Thinking mode does not support this tool_choice"), ERR_VENDOR_REQUEST, false,
	  true, false, CRED_FINE },
	{ 400, ERROR("messages[0]: unknown variant `image_url`, expected `text`"),
	  ERR_VENDOR_REQUEST, false, true, false, CRED_FINE },
	{ 401, "{'error':{'message':'Authentication Fails','type':'authentication_error'}}",
	  ERR_VENDOR_KEY, false, true, false, CRED_OUT },
	{ 402, "{'error':{'message':'Insufficient Balance','type':'unknown_error'}}",
	  ERR_VENDOR_KEY, false, true, false, CRED_OUT },
	{ 429, ERROR("slower"), ERR_VENDOR_THROTTLED, true, true, false, CRED_COOL },
	{ 500, "", ERR_VENDOR_ERROR, true, true, true, CRED_FINE },
	{ 503, "", ERR_VENDOR_BUSY, true, true, true, CRED_FINE },
};

START_TEST(errors_are_judged_by_status_and_words)
{
	const struct vendor_fault *f = &k.vendor_fault;

	kit_error(&k, errors[_i].status, errors[_i].body);
	ck_assert_msg(f->code == errors[_i].err, "%s: %s", errors[_i].body,
		      err_info(f->code)->name);
	ck_assert(f->retry == errors[_i].retry && f->failover == errors[_i].failover &&
		  f->health == errors[_i].health && (int)f->credential == errors[_i].credential);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/deepseek");
	TCase *t = tcase_create("deepseek");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, developers_speak_as_the_system);
	tcase_add_test(t, thinking_is_left_alone_unless_asked_about);
	tcase_add_test(t, histories_of_tool_calls_carry_their_reasoning);
	tcase_add_test(t, without_thinking_or_tools_nothing_is_added);
	tcase_add_test(t, a_forced_tool_switches_thinking_off);
	tcase_add_test(t, assistants_without_content_get_one);
	tcase_add_test(t, users_are_called_user_id);
	tcase_add_loop_test(t, what_only_steers_is_dropped_and_reported, 0, (int)COUNT_OF(dropped));
	tcase_add_test(t, strict_tools_lose_their_strictness);
	tcase_add_test(t, legacy_functions_are_refused);
	tcase_add_test(t, usage_rides_on_the_last_chunk);
	tcase_add_test(t, only_blank_lines_are_a_failure);
	tcase_add_test(t, logprobs_of_reasoning_alone_satisfy_the_schema);
	tcase_add_test(t, lack_of_capacity_is_a_failure_until_something_was_said);
	tcase_add_test(t, cut_arguments_are_not_mended);
	tcase_add_loop_test(t, errors_are_judged_by_status_and_words, 0, (int)COUNT_OF(errors));
	suite_add_tcase(s, t);
	return unit_run(s);
}
