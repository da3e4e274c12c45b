/* check_core_qwen.c -- what is Qwen's own in compatible mode: streams, thinking, errors. */
#include "core/fault_rules.h"
#include "dialect_kit.h"
#include "unit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, &dialect_qwen);
	k.model.quirks = QUIRK_NO_FORCED_TOOL_THINKING | QUIRK_THINKING_STREAMS_ONLY;
}

static void teardown(void)
{
	kit_release(&k);
}

#define USER "'messages':[{'role':'user','content':'Hi'}]"
#define TOOL "'tools':[{'type':'function','function':{'name':'f'}}]"

/* --- asking --- */

START_TEST(thinking_streams_whatever_the_client_asked_for)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'enable_thinking':true,'stream':false"), ERR_OK);
	ck_assert(k.call.stream);
	kit_assert_has(&k, "'stream':true,'stream_options':{'include_usage':true}");
	kit_assert_has(&k, "'enable_thinking':true");
	kit_assert_lacks(&k, "'stream':false");
	ck_assert_int_eq(kit_ask(&k, USER), ERR_OK);
	ck_assert(!k.call.stream);
	k.model.thinking = THINKING_ALWAYS;
	ck_assert_int_eq(kit_ask(&k, USER), ERR_OK);
	ck_assert(k.call.stream);
	kit_assert_lacks(&k, "enable_thinking");
}
END_TEST

START_TEST(effort_becomes_a_budget)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'low'"), ERR_OK);
	kit_assert_has(&k, "'enable_thinking':true,'thinking_budget':2048");
	kit_assert_lacks(&k, "reasoning_effort");
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'max'"), ERR_OK);
	kit_assert_lacks(&k, "thinking_budget");
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'none'"), ERR_OK);
	kit_assert_has(&k, "'enable_thinking':false");
	ck_assert_int_eq(kit_ask(&k, USER ",'enable_thinking':true,'thinking_budget':70000"),
			 ERR_OK);
	kit_assert_has(&k, "'thinking_budget':4096");
}
END_TEST

START_TEST(a_forced_tool_switches_thinking_off)
{
	k.model.thinking = THINKING_DEFAULT;
	ck_assert_int_eq(kit_ask(&k, USER "," TOOL ",'tool_choice':{'type':'function','function':"
					  "{'name':'f'}}"),
			 ERR_OK);
	kit_assert_has(&k, "'enable_thinking':false");
	kit_assert_has(&k, "'tool_choice':{'type':'function','function':{'name':'f'}}");
	ck_assert(!k.call.stream);
}
END_TEST

START_TEST(json_switches_thinking_off)
{
	const char *json = USER ",'response_format':{'type':'json_object'}";

	k.model.thinking = THINKING_DEFAULT;
	ck_assert_int_eq(kit_ask(&k, json), ERR_OK);
	kit_assert_lacks(&k, "enable_thinking");
	k.model.quirks |= QUIRK_NO_JSON_THINKING;
	ck_assert_int_eq(kit_ask(&k, json), ERR_OK);
	kit_assert_has(&k, "'enable_thinking':false");
	ck_assert_int_eq(k.call.n_adaptions, 0);
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'low','response_format':"
					  "{'type':'json_schema','json_schema':{'name':'x'}}"),
			 ERR_OK);
	kit_assert_has(&k, "'enable_thinking':false");
	ck_assert_int_eq(kit_adapted(&k, "reasoning_effort"), ADAPTED_CHANGED);
}
END_TEST

START_TEST(several_tools_at_once_unless_the_client_says_otherwise)
{
	ck_assert_int_eq(kit_ask(&k, USER "," TOOL), ERR_OK);
	kit_assert_has(&k, "'parallel_tool_calls':true");
	ck_assert_int_eq(kit_ask(&k, USER "," TOOL ",'parallel_tool_calls':false"), ERR_OK);
	kit_assert_has(&k, "'parallel_tool_calls':false");
	kit_assert_lacks(&k, "'parallel_tool_calls':true");
	ck_assert_int_eq(kit_ask(&k, USER), ERR_OK);
	kit_assert_lacks(&k, "parallel_tool_calls");
}
END_TEST

static const struct {
	const char *member, *sent, *param;
} clamped[] = {
	{ "'temperature':2", "'temperature':1.99", "temperature" },
	{ "'top_p':0", "'top_p':0.01", "top_p" },
	{ "'logprobs':true,'top_logprobs':20", "'top_logprobs':5", "top_logprobs" },
};

START_TEST(numbers_are_brought_into_range)
{
	const char *members = arena_cstr(&k.a, arena_printf(&k.a, USER ",%s", clamped[_i].member));

	ck_assert_int_eq(kit_ask(&k, members), ERR_OK);
	kit_assert_has(&k, clamped[_i].sent);
	ck_assert_int_eq(kit_adapted(&k, clamped[_i].param), ADAPTED_CLAMPED);
	k.unsupported = UNSUPPORTED_REFUSE;
	ck_assert_int_eq(kit_check(&k, members), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(its_own_members_pass)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'top_k':5,'repetition_penalty':1.1,'seed':3,"
					  "'vl_high_resolution_images':true,'n':2"),
			 ERR_OK);
	kit_assert_has(&k, "'top_k':5,'repetition_penalty':1.1,'seed':3,"
			   "'vl_high_resolution_images':true,'n':2");
	ck_assert_uint_eq(k.call.n_adaptions, 0);
}
END_TEST

START_TEST(searches_have_no_price)
{
	ck_assert_int_eq(kit_check(&k, USER ",'enable_search':true"), ERR_UNSUPPORTED);
	ck_assert_int_eq(kit_ask(&k, USER ",'enable_search':false"), ERR_OK);
	kit_assert_lacks(&k, "enable_search");
}
END_TEST

START_TEST(marks_for_its_cache_pass)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'user','content':[{'type':'text','text':"
				     "'a','cache_control':{'type':'ephemeral'}}]}]"),
			 ERR_OK);
	kit_assert_has(&k, "'cache_control':{'type':'ephemeral'}");
}
END_TEST

START_TEST(audio_goes_out_as_a_url)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'user','content':[{'type':'input_audio',"
				     "'input_audio':{'format':'wav','data':'QQ=='}}]}]"),
			 ERR_OK);
	kit_assert_has(&k, "{'type':'input_audio','input_audio':{'format':'wav','data':"
			   "'data:;base64,QQ=='}}");
	ck_assert_int_eq(kit_check(&k, USER ",'modalities':['text','audio'],'audio':{}"),
			 ERR_UNSUPPORTED);
	ck_assert_int_eq(kit_check(&k, USER ",'stream':true,'modalities':['audio'],'audio':{}"),
			 ERR_OK);
}
END_TEST

/* --- streams --- */

#define FIRST_CALL                                                                                \
	"data: {'choices':[{'delta':{'role':'assistant','content':null,'tool_calls':[{'index':0," \
	"'id':'call_1','type':'function','function':{'name':'f','arguments':''}}]},'index':0}]}"  \
	"\n\n"

START_TEST(qwen_empty_tool_id_never_overwrites)
{
	ck_assert_int_eq(
		kit_stream(
			&k, FIRST_CALL
			"data: {'choices':[{'delta':{'role':null,'tool_calls':[{'index':0,'id':'',"
			"'type':'function','function':{'name':'','arguments':'{}'}}]},'index':0}]}"
			"\n\n"
			"data: [DONE]\n\n"),
		ERR_OK);
	ck_assert_uint_eq(kit_delta(&k)->n_tools, 1);
	assert_str(kit_delta(&k)->tools[0].id, "call_1");
	assert_str(kit_delta(&k)->tools[0].name, "f");
	assert_str(kit_delta(&k)->tools[0].arguments, "{}");
}
END_TEST

/* the only tool delta of one event, or an empty one */
static struct tool_delta tool_of_event(void *stream, const char *data)
{
	struct sse_event event = { .data = unit_json(&k.a, data) };
	struct answer answer;

	ck_assert_int_eq(
		dialect_qwen.read_event(stream, &k.a, &k.target, &event, &answer, &k.vendor_fault),
		ERR_OK);
	ck_assert_uint_eq(answer.n_deltas, 1);
	return answer.deltas[0].n_tools ? answer.deltas[0].tools[0] : (struct tool_delta){ 0 };
}

START_TEST(repeated_ids_and_names_are_told_once)
{
	void *stream = arena_alloc(&k.a, dialect_qwen.stream_size);
	const char *chunk = "{'choices':[{'delta':{'tool_calls':[{'index':0,'id':'call_1','type':"
			    "'function','function':{'name':'f','arguments':'{'}}]}}]}";

	assert_str(tool_of_event(stream, chunk).id, "call_1");
	assert_absent(tool_of_event(stream, chunk).id);
	assert_absent(tool_of_event(stream, chunk).name);
	assert_str(tool_of_event(stream, chunk).arguments, "{");
	ck_assert_int_eq(tool_of_event(stream,
				       "{'choices':[{'delta':{'tool_calls':[{'index':0,"
				       "'id':'','function':{'name':'','arguments':''}}]}}]}")
				 .index,
			 0);
}
END_TEST

START_TEST(absent_finish_reasons_and_null_roles)
{
	ck_assert_int_eq(
		kit_stream(
			&k,
			"data: {'choices':[{'delta':{'content':'','role':'assistant'},"
			"'index':0}]}\n\n"
			"data: {'choices':[{'delta':{'content':'Hi','role':null},'index':0}]}\n\n"
			"data: {'choices':[{'delta':{'content':''},'finish_reason':'stop',"
			"'index':0}]}\n\n"
			"data: {'choices':[],'usage':{'prompt_tokens':9,'completion_tokens':4,"
			"'prompt_tokens_details':{'cached_tokens':2,"
			"'cache_creation_input_tokens':3,'cache_type':'ephemeral'}}}\n\n"
			"data: [DONE]\n\n"),
		ERR_OK);
	assert_str(kit_delta(&k)->text, "Hi");
	assert_absent(kit_delta(&k)->more);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_STOP);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_input], 4);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_cache_read], 2);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_cache_write], 3);
}
END_TEST

START_TEST(inspection_in_the_middle_of_a_stream)
{
	ck_assert_int_eq(kit_stream(&k,
				    "data: {'choices':[{'delta':{'content':'a'},'index':0}]}\n\n"
				    "data: {'error':{'code':'data_inspection_failed','message':"
				    "'Output data may contain inappropriate content.'}}\n\n"),
			 ERR_CONTENT);
	ck_assert(!k.vendor_fault.health && !k.vendor_fault.retry);
}
END_TEST

START_TEST(quota_means_tokens_per_minute_here)
{
	ck_assert_int_eq(kit_reply(&k, "{'error':{'code':'insufficient_quota','message':'x'}}"),
			 ERR_VENDOR_THROTTLED);
	ck_assert_int_eq(k.vendor_fault.credential, CRED_COOL);
}
END_TEST

/* --- errors --- */

static const struct {
	int status;
	const char *body;
	enum err err;
	bool retry, failover, health;
	int credential;
} errors[] = {
	{ 400,
	  "data: {'error':{'code':'data_inspection_failed','param':null,'message':'x','type':"
	  "'data_inspection_failed'}}",
	  ERR_CONTENT, false, true, false, CRED_FINE },
	{ 400, "{'error':{'code':'Arrearage','message':'Access denied','type':'Arrearage'}}",
	  ERR_VENDOR_KEY, false, true, false, CRED_OUT },
	{ 400,
	  "{'error':{'code':'invalid_parameter_error','message':'<400> InternalError.Algo."
	  "InvalidParameter: Range of input length should be [1, 129024]'}}",
	  ERR_CONTEXT, false, true, false, CRED_FINE },
	{ 400,
	  "{'error':{'code':'invalid_parameter_error','message':'parameter.enable_thinking "
	  "must be set to false for non-streaming calls'}}",
	  ERR_VENDOR_REQUEST, false, true, false, CRED_FINE },
	{ 400,
	  "{'error':{'code':'invalid_parameter_error','message':'The tool_choice parameter "
	  "does not support being set to required or object in thinking mode'}}",
	  ERR_VENDOR_REQUEST, false, true, false, CRED_FINE },
	{ 400, "{'error':{'code':'invalid_parameter_error','message':'x'}}", ERR_VENDOR_REQUEST,
	  false, false, false, CRED_FINE },
	{ 401, "{'error':{'code':'invalid_api_key'}}", ERR_VENDOR_KEY, false, true, false,
	  CRED_OUT },
	{ 403, "{'error':{'code':'insufficient_quota'}}", ERR_VENDOR_KEY, false, true, false,
	  CRED_COOL },
	{ 404, "{'error':{'code':'model_not_found'}}", ERR_MODEL_UNKNOWN, false, true, false,
	  CRED_FINE },
	{ 429,
	  "{'error':{'code':'insufficient_quota','message':'You exceeded your current quota'}}",
	  ERR_VENDOR_THROTTLED, true, true, false, CRED_COOL },
	{ 429, "{'error':{'code':'limit_burst_rate'}}", ERR_VENDOR_THROTTLED, true, true, false,
	  CRED_COOL },
	{ 429, "{'error':{'message':'{\\'code\\':\\'EngineOverloadedError\\'}'}}", ERR_VENDOR_BUSY,
	  true, true, true, CRED_FINE },
	{ 500, "{'error':{'code':'internal_error'}}", ERR_VENDOR_ERROR, true, true, true,
	  CRED_FINE },
};

START_TEST(errors_are_judged_by_the_table)
{
	const struct vendor_fault *f = &k.vendor_fault;

	kit_error(&k, errors[_i].status, errors[_i].body);
	ck_assert_msg(f->code == errors[_i].err, "%s: %s", errors[_i].body,
		      err_info(f->code)->name);
	ck_assert(f->retry == errors[_i].retry && f->failover == errors[_i].failover &&
		  f->health == errors[_i].health && (int)f->credential == errors[_i].credential);
	ck_assert_int_eq(f->retry_after_ms, errors[_i].status >= 429 ? 7000 : -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/qwen");
	TCase *t = tcase_create("qwen");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, thinking_streams_whatever_the_client_asked_for);
	tcase_add_test(t, effort_becomes_a_budget);
	tcase_add_test(t, a_forced_tool_switches_thinking_off);
	tcase_add_test(t, json_switches_thinking_off);
	tcase_add_test(t, several_tools_at_once_unless_the_client_says_otherwise);
	tcase_add_loop_test(t, numbers_are_brought_into_range, 0, (int)COUNT_OF(clamped));
	tcase_add_test(t, its_own_members_pass);
	tcase_add_test(t, searches_have_no_price);
	tcase_add_test(t, marks_for_its_cache_pass);
	tcase_add_test(t, audio_goes_out_as_a_url);
	tcase_add_test(t, qwen_empty_tool_id_never_overwrites);
	tcase_add_test(t, repeated_ids_and_names_are_told_once);
	tcase_add_test(t, absent_finish_reasons_and_null_roles);
	tcase_add_test(t, quota_means_tokens_per_minute_here);
	tcase_add_test(t, inspection_in_the_middle_of_a_stream);
	tcase_add_loop_test(t, errors_are_judged_by_the_table, 0, (int)COUNT_OF(errors));
	suite_add_tcase(s, t);
	return unit_run(s);
}
