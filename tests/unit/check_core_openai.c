/* check_core_openai.c -- OpenAI as a vendor, and what all who speak its schema share. */
#include <check.h>

#include "core/fault_rules.h"
#include "dialect_kit.h"
#include "model/price.h"
#include "unit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, &dialect_openai);
}

static void teardown(void)
{
	kit_release(&k);
}

#define USER "'messages':[{'role':'user','content':'Hi'}]"
#define TOOL "'tools':[{'type':'function','function':{'name':'f'}}]"

/* --- asking --- */

START_TEST(only_edited_members_change)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'seed':7,'frobnicate':{'a':[1, 2]},'temperature':0.50"),
			 ERR_OK);
	ck_assert(str_eq(str_of(k.body),
			 unit_json(&k.a, "{'model':'upstream-id'," USER ",'seed':7,'frobnicate':"
					 "{'a':[1, 2]},'temperature':0.50,'stream':false,"
					 "'max_tokens':4096}")));
	assert_str(k.call.path, "/chat/completions");
	ck_assert_uint_eq(k.call.n_adaptions, 0);
	ck_assert(!k.call.stream);
}
END_TEST

START_TEST(the_gateways_own_members_stay_here)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'models':['x'],'max_tokens':7,'n':null"), ERR_OK);
	kit_assert_lacks(&k, "'models'");
	kit_assert_lacks(&k, "'n'");
	kit_assert_has(&k, "'max_tokens':4096");
}
END_TEST

START_TEST(a_stream_always_asks_for_usage)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'stream':true"), ERR_OK);
	kit_assert_has(&k, "'stream':true,'stream_options':{'include_usage':true}");
	ck_assert(k.call.stream);
	ck_assert_int_eq(kit_ask(&k, USER ",'stream':true,'stream_options':{'include_obfuscation':"
					  "false,'include_usage':false}"),
			 ERR_OK);
	kit_assert_has(&k, "'stream_options':{'include_obfuscation':false,'include_usage':true}");
}
END_TEST

START_TEST(reasoning_models_have_another_max_tokens)
{
	k.model.quirks = QUIRK_MAX_COMPLETION_TOKENS;
	ck_assert_int_eq(kit_ask(&k, USER ",'max_tokens':5"), ERR_OK);
	kit_assert_has(&k, "'max_completion_tokens':4096");
	kit_assert_lacks(&k, "'max_tokens'");
}
END_TEST

START_TEST(models_without_sampling)
{
	k.model.quirks = QUIRK_NO_SAMPLING;
	ck_assert_int_eq(kit_ask(&k, USER ",'temperature':0.2,'top_p':1,'presence_penalty':0"),
			 ERR_OK);
	kit_assert_lacks(&k, "'temperature'");
	kit_assert_lacks(&k, "'top_p'");
	ck_assert_int_eq(kit_adapted(&k, "temperature"), ADAPTED_DROPPED);
	ck_assert_int_eq(kit_adapted(&k, "top_p"), -1);
}
END_TEST

START_TEST(adapting_may_be_forbidden)
{
	k.model.quirks = QUIRK_NO_SAMPLING;
	k.unsupported = UNSUPPORTED_REFUSE;
	ck_assert_int_eq(kit_ask(&k, USER ",'temperature':0.2"), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "temperature");
	ck_assert_int_eq(kit_check(&k, USER ",'temperature':0.2"), ERR_UNSUPPORTED);
	ck_assert_int_eq(kit_check(&k, USER ",'temperature':1"), ERR_OK);
}
END_TEST

START_TEST(models_without_stop)
{
	k.model.quirks = QUIRK_NO_STOP;
	ck_assert_int_eq(kit_check(&k, USER ",'stop':'x'"), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "stop");
}
END_TEST

START_TEST(models_without_system_role)
{
	k.model.quirks = QUIRK_NO_SYSTEM_ROLE;
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'system','content':'Be'},"
				     "{'role':'developer','content':'so'},"
				     "{'role':'user','content':'Hi'}]"),
			 ERR_OK);
	kit_assert_lacks(&k, "'system'");
	kit_assert_lacks(&k, "'developer'");
	kit_assert_has(&k, "{'content':'Be','role':'user'}");
}
END_TEST

static const struct {
	const char *members;
	uint32_t lacks;
	const char *param;
} lacking[] = {
	{ USER ",'n':2", NEEDS_N, "n" },
	{ USER ",'logprobs':true", NEEDS_LOGPROBS, "logprobs" },
	{ USER "," TOOL, NEEDS_TOOLS, "tools" },
	{ USER ",'tools':[{'type':'custom','custom':{'name':'f'}}]", NEEDS_CUSTOM_TOOLS, "tools" },
	{ USER "," TOOL ",'tool_choice':'required'", NEEDS_FORCED_TOOL, "tool_choice" },
	{ USER ",'response_format':{'type':'json_object'}", NEEDS_JSON_OBJECT, "response_format" },
	{ USER ",'response_format':{'type':'json_schema','json_schema':{'name':'x'}}",
	  NEEDS_JSON_SCHEMA, "response_format" },
	{ USER ",'modalities':['audio'],'audio':{}", NEEDS_AUDIO_OUT, "modalities" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}}]}]",
	  NEEDS_IMAGES, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'file','file':{}}]}]", NEEDS_FILES,
	  "messages" },
	{ "'messages':[{'role':'assistant','content':'So'}]", NEEDS_PREFILL, "messages" },
};

START_TEST(what_a_model_cannot_do_is_refused)
{
	ck_assert_int_eq(kit_check(&k, lacking[_i].members), ERR_OK);
	k.model.can = ~lacking[_i].lacks;
	ck_assert_int_eq(kit_check(&k, lacking[_i].members), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, lacking[_i].param);
	ck_assert_int_eq(kit_ask(&k, lacking[_i].members), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(searches_have_no_price)
{
	ck_assert_int_eq(kit_check(&k, USER ",'web_search_options':{}"), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "web_search_options");
}
END_TEST

START_TEST(tiers_without_price_are_dropped)
{
	struct service_tier tier = { STR("flex"), 500 };
	struct rate rate = { .days = 0x7F };
	struct price price = { .rates = &rate, .n_rates = 1, .tiers = &tier, .n_tiers = 1 };

	k.model.price = &price;
	ck_assert_int_eq(kit_ask(&k, USER ",'service_tier':'flex'"), ERR_OK);
	kit_assert_has(&k, "'service_tier':'flex'");
	ck_assert_int_eq(kit_ask(&k, USER ",'service_tier':'auto'"), ERR_OK);
	kit_assert_has(&k, "'service_tier':'auto'");
	ck_assert_int_eq(kit_ask(&k, USER ",'service_tier':'priority'"), ERR_OK);
	kit_assert_lacks(&k, "service_tier");
	ck_assert_int_eq(kit_adapted(&k, "service_tier"), ADAPTED_DROPPED);
}
END_TEST

START_TEST(others_thinking_goes_out_in_openais_words)
{
	ck_assert_int_eq(kit_ask(&k, USER ",'thinking':{'type':'enabled','budget_tokens':20000}"),
			 ERR_OK);
	kit_assert_has(&k, "'reasoning_effort':'high'");
	kit_assert_lacks(&k, "'thinking'");
	k.model.thinking = THINKING_NONE;
	ck_assert_int_eq(kit_ask(&k, USER ",'enable_thinking':true"), ERR_OK);
	kit_assert_lacks(&k, "reasoning_effort");
	ck_assert_int_eq(kit_adapted(&k, "reasoning_effort"), ADAPTED_CHANGED);
	k.model.thinking = THINKING_ALWAYS;
	ck_assert_int_eq(kit_ask(&k, USER ",'reasoning_effort':'none'"), ERR_OK);
	kit_assert_lacks(&k, "reasoning_effort");
}
END_TEST

/* OpenAI refuses empty lists, and what is about tools without any */
START_TEST(lists_of_nothing_stay_here)
{
	ck_assert_int_eq(
		kit_ask(&k, "'messages':[{'role':'user','content':'a'},{'role':'assistant',"
			    "'content':'b','tool_calls':[]},{'role':'assistant','content':[],"
			    "'tool_calls':[{'id':'t','type':'function','function':{'name':'f',"
			    "'arguments':'{}'}}]},{'role':'tool','tool_call_id':'t','content':[]}],"
			    "'tools':[],'tool_choice':'none','parallel_tool_calls':true,'stop':[],"
			    "'functions':[],'modalities':[]"),
		ERR_OK);
	kit_assert_has(&k, "{'role':'assistant','content':'b'},{'role':'assistant','tool_calls':"
			   "[{'id':'t',");
	kit_assert_has(&k, "],'content':''},{'role':'tool','tool_call_id':'t','content':''}]");
	kit_assert_lacks(&k, "'tools'");
	kit_assert_lacks(&k, "tool_choice");
	kit_assert_lacks(&k, "parallel_tool_calls");
	kit_assert_lacks(&k, "'stop'");
	kit_assert_lacks(&k, "'functions'");
	kit_assert_lacks(&k, "'modalities'");
	ck_assert_uint_eq(k.call.n_adaptions, 0);
}
END_TEST

START_TEST(images_in_results_of_tools_are_for_others)
{
	ck_assert_int_eq(kit_check(&k, "'messages':[{'role':'tool','tool_call_id':'t','content':"
				       "[{'type':'image_url','image_url':{'url':'x'}}]}]"),
			 ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, "messages");
}
END_TEST

START_TEST(others_marks_and_thoughts_stay_here)
{
	ck_assert_int_eq(
		kit_ask(&k, "'messages':[{'role':'user','content':[{'type':'text','text':'a',"
			    "'cache_control':{'type':'ephemeral'}},{'type':'text','text':'b'}]},"
			    "{'role':'assistant','content':'c','reasoning_content':'hm',"
			    "'reasoning_details':[1]},{'role':'user','content':'d'}],"
			    "'tools':[{'type':'function','function':{'name':'f'},"
			    "'cache_control':{'type':'ephemeral'}}]"),
		ERR_OK);
	kit_assert_lacks(&k, "cache_control");
	kit_assert_lacks(&k, "reasoning_");
	kit_assert_has(&k, "{'type':'text','text':'a'},{'type':'text','text':'b'}]");
	kit_assert_has(&k, "{'role':'user','content':'d'}]");
	kit_assert_has(&k, "'tools':[{'type':'function','function':{'name':'f'}}]");
}
END_TEST

START_TEST(a_large_image_is_pointed_at)
{
	struct call_ask ask = { &k.chat, &k.target, 100, UNSUPPORTED_ADAPT };
	size_t n = 8 << 20;
	char *data = malloc(n);
	struct str body;
	struct arena small;

	memset(data, 'Q', n);
	body = arena_printf(&k.a,
			    "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":"
			    "\"x\"},{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
			    "\"image_url\":{\"url\":\"data:%.*s\"}}]}]}",
			    (int)n, data);
	arena_init(&small, 65536);
	ck_assert_int_eq(dialect_openai.client->read_request(&small, body, &json_limits_default,
							     &k.chat, &k.fault),
			 ERR_OK);
	ck_assert_int_eq(dialect_openai.write_call(&ask, &small, &k.call, &k.fault), ERR_OK);
	ck_assert_uint_gt(k.call.body.bytes, n);
	arena_release(&small);
	free(data);
}
END_TEST

/* --- answers --- */

START_TEST(a_reply_is_read)
{
	const struct delta *d;

	ck_assert_int_eq(
		kit_reply(&k, "{'id':'x','created':5,'model':'m','choices':[{'index':0,'message':"
			      "{'role':'assistant','content':'Hi','refusal':null,'annotations':[],"
			      "'tool_calls':[{'id':'c','type':'function','function':{'name':'f',"
			      "'arguments':'{}'}}]},'logprobs':null,'finish_reason':'stop','y':1}],"
			      "'usage':{'prompt_tokens':100,'completion_tokens':50,"
			      "'prompt_tokens_details':{'cached_tokens':20,'audio_tokens':10,"
			      "'cache_write_tokens':5},'completion_tokens_details':"
			      "{'reasoning_tokens':30,'audio_tokens':8}},'service_tier':'default',"
			      "'system_fingerprint':null,'z':[1]}"),
		ERR_OK);
	d = kit_delta(&k);
	assert_str(d->text, "Hi");
	assert_str(d->tools[0].name, "f");
	assert_str(d->more, "\"annotations\":[]");
	assert_str(d->more_choice, "\"y\":1");
	assert_str(k.answer.more, "\"z\":[1]");
	assert_str(k.answer.service_tier, "\"default\"");
	assert_absent(k.answer.fingerprint);
	assert_absent(d->logprobs);
	ck_assert_int_eq(d->finish, FINISH_STOP);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_input], 65);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_cache_read], 20);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_cache_write], 5);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_input_audio], 10);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_output], 42);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_output_audio], 8);
	ck_assert_int_eq(k.answer.usage.reasoning, 30);
}
END_TEST

START_TEST(members_may_stand_in_any_order)
{
	ck_assert_int_eq(
		kit_reply(&k, "{'usage':{'completion_tokens':2,'prompt_tokens':1},'z':1,'choices':["
			      "{'finish_reason':'length','y':2,'message':{'content':'Hi','x':3,"
			      "'role':'assistant'},'index':1}],'model':'m','created':5,'id':'i'}"),
		ERR_OK);
	assert_str(k.answer.id, "i");
	assert_str(k.answer.model, "m");
	ck_assert_int_eq(k.answer.created, 5);
	assert_str(k.answer.more, "\"z\":1");
	ck_assert_int_eq(usage_input(&k.answer.usage), 1);
	ck_assert_int_eq(kit_delta(&k)->choice, 1);
	assert_str(kit_delta(&k)->text, "Hi");
	assert_str(kit_delta(&k)->more, "\"x\":3");
	assert_str(kit_delta(&k)->more_choice, "\"y\":2");
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_LENGTH);
}
END_TEST

static void must_count(const char *usage, int64_t input, int64_t output)
{
	ck_assert_int_eq(kit_reply(&k, arena_cstr(&k.a, arena_printf(&k.a,
								     "{'choices':[{'message':"
								     "{'content':'x'}}],"
								     "'usage':%s}",
								     usage))),
			 ERR_OK);
	ck_assert_int_eq(usage_input(&k.answer.usage), input);
	ck_assert_int_eq(usage_output(&k.answer.usage), output);
}

START_TEST(usage_never_adds_up_to_something_else)
{
	must_count("{'prompt_tokens':10,'completion_tokens':4,'prompt_tokens_details':"
		   "{'cached_tokens':8,'audio_tokens':8}}",
		   10, 4);
	must_count("{'prompt_tokens':-5,'completion_tokens':9223372036854775807}", 0,
		   1000000000000000);
	must_count("{'prompt_tokens':3,'completion_tokens':2,'completion_tokens_details':"
		   "{'audio_tokens':50,'reasoning_tokens':99}}",
		   3, 2);
	ck_assert_int_eq(k.answer.usage.reasoning, 2);
}
END_TEST

START_TEST(absent_usage_is_not_zero)
{
	must_count("null", 0, 0);
	ck_assert(!k.answer.usage.seen);
	must_count("{'prompt_tokens':5}", 0, 0);
	ck_assert(!k.answer.usage.seen);
	must_count("{'prompt_tokens':0,'completion_tokens':0}", 0, 0);
	ck_assert(k.answer.usage.seen);
}
END_TEST

static const struct {
	const char *body;
	enum err err;
	bool retry;
} useless[] = {
	{ "", ERR_VENDOR_GARBAGE, true },
	{ "\n\n\n", ERR_VENDOR_GARBAGE, true },
	{ "<html>", ERR_VENDOR_GARBAGE, true },
	{ "[]", ERR_VENDOR_GARBAGE, true },
	{ "{'choices':[]}", ERR_VENDOR_GARBAGE, true },
	{ "{'choices':[7]}", ERR_VENDOR_GARBAGE, true },
	{ "{'choices':[{'index':192}]}", ERR_VENDOR_GARBAGE, true },
	{ "{'choices':[{'index':1},{}]}", ERR_VENDOR_GARBAGE, true },
	{ "{'error':{'message':'x','type':'server_error','code':null}}", ERR_VENDOR_ERROR, true },
	{ "{'error':'something broke'}", ERR_VENDOR_ERROR, true },
	{ "{'error':{'message':'x','code':429}}", ERR_VENDOR_THROTTLED, true },
	{ "{'error':{'message':'x','type':'insufficient_quota'}}", ERR_VENDOR_KEY, false },
	{ "{'code':'invalid_api_key','message':'x'}", ERR_VENDOR_KEY, false },
};

START_TEST(a_200_is_not_success)
{
	ck_assert_int_eq(kit_reply(&k, useless[_i].body), useless[_i].err);
	ck_assert_int_eq(k.vendor_fault.code, useless[_i].err);
	ck_assert(k.vendor_fault.failover);
	ck_assert(k.vendor_fault.retry == useless[_i].retry);
}
END_TEST

START_TEST(blank_lines_before_a_reply_are_keep_alives)
{
	ck_assert_int_eq(kit_reply(&k, "\n\n\r\n {'choices':[{'message':{'content':'x'}}]}"),
			 ERR_OK);
	assert_str(kit_delta(&k)->text, "x");
}
END_TEST

START_TEST(unknown_finish_reasons_are_stops)
{
	ck_assert_int_eq(kit_reply(&k, "{'choices':[{'message':{},'finish_reason':'eos'}]}"),
			 ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_STOP);
	ck_assert_int_eq(kit_reply(&k, "{'choices':[{'message':{},'finish_reason':''}]}"), ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_NONE);
}
END_TEST

START_TEST(logprobs_get_what_the_schema_wants)
{
	ck_assert_int_eq(kit_reply(&k, "{'choices':[{'message':{},'logprobs':{'content':[1]}}]}"),
			 ERR_OK);
	assert_str(kit_delta(&k)->logprobs, "{\"refusal\":null,\"content\":[1]}");
	ck_assert_int_eq(kit_reply(&k, "{'choices':[{'message':{},'logprobs':{}}]}"), ERR_OK);
	assert_absent(kit_delta(&k)->logprobs);
}
END_TEST

START_TEST(a_stream_is_read)
{
	ck_assert_int_eq(
		kit_stream(&k,
			   "data: {'id':'x','choices':[{'index':0,'delta':{'role':'assistant',"
			   "'content':''}}]}\n\n"
			   "data: {'id':'x','choices':[{'index':0,'delta':{'content':'Hi'}}]}\n\n"
			   "data: {'id':'x','choices':[{'index':0,'delta':{},'finish_reason':"
			   "'stop'}]}\n\n"
			   "data: {'id':'x','choices':[],'usage':{'prompt_tokens':1,"
			   "'completion_tokens':2}}\n\n"
			   "data: [DONE]\n\n"),
		ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_STOP);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_output], 2);
	ck_assert(k.answer.ended);
}
END_TEST

START_TEST(errors_inside_a_stream)
{
	ck_assert_int_eq(kit_stream(&k,
				    "data: {'choices':[{'delta':{'content':'a'}}]}\n\n"
				    "data: {'error':{'message':'over','type':'server_error'}}\n\n"),
			 ERR_VENDOR_ERROR);
	assert_str(k.vendor_fault.message, "over");
	ck_assert_int_eq(kit_stream(&k, "event: error\ndata: {'message':'x'}\n\n"),
			 ERR_VENDOR_ERROR);
	ck_assert_int_eq(kit_stream(&k, "data: {\n\n"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_stream(&k, "data: [DONE]\n\n"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_stream(&k, "data: 7\n\n"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_stream(&k, "data: {'choices':[{'index':-1}]}\n\n"),
			 ERR_VENDOR_GARBAGE);
}
END_TEST

/* --- errors --- */

static const struct {
	int status;
	const char *body;
	enum err err;
	int answers;
} errors[] = {
	{ 400, "{'error':{'message':'x','type':'invalid_request_error','param':'n','code':null}}",
	  ERR_VENDOR_REQUEST, 0 },
	{ 400, "{'error':{'code':'context_length_exceeded','type':'invalid_request_error'}}",
	  ERR_CONTEXT, FAILOVER },
	{ 400, "{'error':{'message':'Your input exceeds the context window of this model.'}}",
	  ERR_CONTEXT, FAILOVER },
	{ 400, "{'error':{'code':'unsupported_value','type':'invalid_request_error'}}",
	  ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, "{'error':{'code':'model_not_found'}}", ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, "{'error':{'code':'model_not_found'}}", ERR_MODEL_UNKNOWN, FAILOVER },
	{ 401, "{'error':{'code':'invalid_api_key'}}", ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 403, "{'error':{'code':'unsupported_country_region_territory'}}", ERR_VENDOR_KEY,
	  FAILOVER },
	{ 429, "{'error':{'type':'tokens','code':'rate_limit_exceeded'}}", ERR_VENDOR_THROTTLED,
	  RETRY | FAILOVER | COOL },
	{ 429, "{'error':{'type':'rate_limit_error','code':'slow_down'}}", ERR_VENDOR_THROTTLED,
	  RETRY | FAILOVER | COOL },
	{ 429, "{'error':{'type':'insufficient_quota','code':'insufficient_quota'}}",
	  ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 429, "{'error':{'code':'credit_balance_exhausted'}}", ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 429, "{'error':{'code':'project_spend_limit_exceeded'}}", ERR_VENDOR_KEY,
	  FAILOVER | OUT },
	{ 429, "{'error':{'message':'Request too large for gpt-4o','code':'rate_limit_exceeded'}}",
	  ERR_VENDOR_THROTTLED, FAILOVER },
	{ 500, "{'error':{'type':'server_error'}}", ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH },
	{ 502, "<html>Bad gateway</html>", ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH },
	{ 503, "{'error':{'type':'service_unavailable_error','code':'server_is_overloaded'}}",
	  ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 504, "", ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH },
};

static int answers_of(const struct vendor_fault *f)
{
	return (f->retry ? RETRY : 0) | (f->failover ? FAILOVER : 0) | (f->health ? HEALTH : 0) |
	       (f->credential == CRED_COOL ? COOL : 0) | (f->credential == CRED_OUT ? OUT : 0);
}

START_TEST(errors_are_judged_by_the_table)
{
	kit_error(&k, errors[_i].status, errors[_i].body);
	ck_assert_msg(k.vendor_fault.code == errors[_i].err, "%s: %s", errors[_i].body,
		      err_info(k.vendor_fault.code)->name);
	ck_assert_msg(answers_of(&k.vendor_fault) == errors[_i].answers, "%s: %d", errors[_i].body,
		      answers_of(&k.vendor_fault));
}
END_TEST

START_TEST(nothing_breaks_the_reader)
{
	kit_batter(
		&k,
		"{'id':'x','choices':[{'index':0,'message':{'content':'Hi \\u00e9','tool_calls':"
		"[{'id':'c','function':{'name':'f','arguments':'{}'}}]},'logprobs':{'content':[]},"
		"'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':2}}",
		"data: {'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'c',"
		"'function':{'name':'f','arguments':''}}]}}]}\n\n: k\n\ndata: [DONE]\n\n",
		5000);
}
END_TEST

static void add_asking(Suite *s)
{
	TCase *t = tcase_create("ask");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, only_edited_members_change);
	tcase_add_test(t, the_gateways_own_members_stay_here);
	tcase_add_test(t, a_stream_always_asks_for_usage);
	tcase_add_test(t, reasoning_models_have_another_max_tokens);
	tcase_add_test(t, models_without_sampling);
	tcase_add_test(t, adapting_may_be_forbidden);
	tcase_add_test(t, models_without_stop);
	tcase_add_test(t, models_without_system_role);
	tcase_add_test(t, lists_of_nothing_stay_here);
	tcase_add_test(t, images_in_results_of_tools_are_for_others);
	tcase_add_loop_test(t, what_a_model_cannot_do_is_refused, 0, (int)COUNT_OF(lacking));
	tcase_add_test(t, searches_have_no_price);
	tcase_add_test(t, tiers_without_price_are_dropped);
	tcase_add_test(t, others_thinking_goes_out_in_openais_words);
	tcase_add_test(t, others_marks_and_thoughts_stay_here);
	tcase_add_test(t, a_large_image_is_pointed_at);
	suite_add_tcase(s, t);
}

static void add_answers(Suite *s)
{
	TCase *t = tcase_create("answers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_reply_is_read);
	tcase_add_test(t, members_may_stand_in_any_order);
	tcase_add_test(t, usage_never_adds_up_to_something_else);
	tcase_add_test(t, absent_usage_is_not_zero);
	tcase_add_loop_test(t, a_200_is_not_success, 0, (int)COUNT_OF(useless));
	tcase_add_test(t, blank_lines_before_a_reply_are_keep_alives);
	tcase_add_test(t, unknown_finish_reasons_are_stops);
	tcase_add_test(t, logprobs_get_what_the_schema_wants);
	tcase_add_test(t, a_stream_is_read);
	tcase_add_test(t, errors_inside_a_stream);
	tcase_add_loop_test(t, errors_are_judged_by_the_table, 0, (int)COUNT_OF(errors));
	tcase_add_test(t, nothing_breaks_the_reader);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("core/openai");

	add_asking(s);
	add_answers(s);
	return unit_run(s);
}
