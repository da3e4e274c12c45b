/* check_qwen_native.c -- an OpenAI chat on its way to Qwen in native mode. */
#include "dialect_kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, &dialect_qwen_native);
}

static void teardown(void)
{
	kit_release(&k);
}

#define HI         "'messages':[{'role':'user','content':'Hi'}]"
#define FROM(part) "'messages':[{'role':'user','content':[{'type':'text','text':'A'}," part "]}]"
#define TOOLS      "'tools':[{'type':'function','function':{'name':'f','parameters':{}}}]"

/* --- asking: one row, one rule --- */

enum { NO_REPORT = -1 };

static const struct {
	const char *rule, *members;
	const char *has, *lacks; /* pieces of the body; NULL: any */
	const char *param;       /* whose adaption is looked at */
	int adapted;
	enum thinking_mode thinking;
	uint32_t quirks;
} asks[] = {
	/* clang-format off */
	{ "the envelope", HI,
	  "{'model':'upstream-id','input':{'messages':[{'role':'user','content':'Hi'}]},"
	  "'parameters':{'result_format':'message','max_tokens':4096}}", NULL, NULL, 0, 0, 0 },
	{ "a stream is asked for increments", HI ",'stream':true", "'incremental_output':true",
	  "'stream'", NULL, 0, 0, 0 },
	{ "developers are the system",
	  "'messages':[{'role':'developer','content':'A'},{'role':'user','content':'Hi'}]",
	  "[{'role':'system','content':'A'},", NULL, NULL, 0, 0, 0 },
	{ "several texts are one", FROM("{'type':'text','text':'B'}"), "'content':'A\\nB'", NULL, NULL,
	  0, 0, 0 },
	{ "marked texts keep their parts", FROM("{'type':'text','text':'B','cache_control':{'type':'x'}}"),
	  "'content':[{'type':'text','text':'A'},{'type':'text','text':'B','cache_control':{'type':'x'}}]",
	  NULL, NULL, 0, 0, 0 },
	{ "under the other path contents are parts without a type", HI,
	  "{'role':'user','content':[{'text':'Hi'}]}", "'type'", NULL, 0, 0, QUIRK_MULTIMODAL_PATH },
	{ "an image", FROM("{'type':'image_url','image_url':{'url':'data:image/png;base64,QQ==','detail':'low'}}"),
	  "[{'text':'A'},{'image':'data:image/png;base64,QQ=='}]", NULL, NULL, 0, 0, 0 },
	{ "sound", FROM("{'type':'input_audio','input_audio':{'data':'QQ==','format':'wav'}}"),
	  "[{'text':'A'},{'audio':'data:audio/wav;base64,QQ=='}]", NULL, NULL, 0, 0, 0 },
	{ "sound that has an address",
	  FROM("{'type':'input_audio','input_audio':{'data':'https://x/s','format':'wav'}}"),
	  "[{'text':'A'},{'audio':'https://x/s'}]", NULL, NULL, 0, 0, 0 },
	{ "a film, and how it is to be seen", FROM("{'type':'video_url','video_url':{'url':'https://x/v'},'fps':2}"),
	  "[{'text':'A'},{'video':'https://x/v','fps':2}]", NULL, NULL, 0, 0, 0 },
	{ "a film as a list of frames", FROM("{'type':'video','video':['https://x/1','https://x/2']}"),
	  "[{'text':'A'},{'video':['https://x/1','https://x/2']}]", NULL, NULL, 0, 0, 0 },
	{ "tools", HI "," TOOLS ",'tool_choice':'auto','parallel_tool_calls':false",
	  "'parallel_tool_calls':false,'tools':[{'type':'function','function':{'name':'f','parameters':{}}}]",
	  NULL, NULL, 0, 0, 0 },
	{ "calls and results go along",
	  "'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':null,'tool_calls':"
	  "[{'id':'t','type':'function','function':{'name':'f','arguments':'{}'}}]},"
	  "{'role':'tool','tool_call_id':'t','content':'12'}]," TOOLS,
	  "{'role':'assistant','content':'','tool_calls':[{'id':'t','type':'function','function':"
	  "{'name':'f','arguments':'{}'}}]},{'role':'tool','content':'12','tool_call_id':'t'}",
	  NULL, NULL, 0, 0, 0 },
	{ "a list of no calls does not go along",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':'B','tool_calls':[]}]",
	  "{'role':'assistant','content':'B'}", NULL, NULL, 0, 0, 0 },
	{ "a tool that has nothing to tell", "'messages':[{'role':'tool','tool_call_id':'t','content':[]}]",
	  "{'role':'tool','content':'','tool_call_id':'t'}", NULL, NULL, 0, 0, 0 },
	{ "a refusal in the history is text",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':null,'refusal':'No'},"
	  "{'role':'user','content':'B'}]", "{'role':'assistant','content':'No'}", NULL, NULL, 0, 0, 0 },
	{ "another vendor's thinking does not go along",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':'B',"
	  "'reasoning_details':[{'signature':'s'}]},{'role':'user','content':'C'}]", NULL, "signature",
	  NULL, 0, 0, 0 },
	{ "temperature ends below 2", HI ",'temperature':2", "'temperature':1.99", NULL, "temperature",
	  ADAPTED_CLAMPED, 0, 0 },
	{ "top_p begins above 0", HI ",'top_p':0", "'top_p':0.01", NULL, "top_p", ADAPTED_CLAMPED, 0, 0 },
	{ "a model without a system role",
	  "'messages':[{'role':'system','content':'A'},{'role':'user','content':'Hi'}]",
	  "[{'role':'user','content':'A'},", NULL, NULL, 0, 0, QUIRK_NO_SYSTEM_ROLE },
	{ "what Qwen does not know is dropped", HI ",'user':'u'", NULL, "'user':'u'", "user",
	  ADAPTED_DROPPED, 0, 0 },
	{ "what is Qwen's own is passed on", HI ",'repetition_penalty':1.1,'seed':1,'stop':['x'],'n':2",
	  "'repetition_penalty':1.1,'seed':1,'stop':['x'],'n':2", NULL, NULL, 0, 0, 0 },
	{ "JSON", HI ",'response_format':{'type':'json_object'}", "'response_format':{'type':'json_object'}",
	  NULL, NULL, 0, 0, 0 },
	{ "thinking, by tokens", HI ",'reasoning_effort':'low'", "'enable_thinking':true,'thinking_budget':",
	  NULL, "reasoning_effort", NO_REPORT, THINKING_OPTIONAL, 0 },
	{ "no thinking", HI ",'reasoning_effort':'none'", "'enable_thinking':false", "thinking_budget",
	  "reasoning_effort", NO_REPORT, THINKING_DEFAULT, 0 },
	{ "a forced tool switches it off", HI "," TOOLS ",'tool_choice':'required','reasoning_effort':'low'",
	  "'enable_thinking':false", NULL, "reasoning_effort", ADAPTED_CHANGED, THINKING_OPTIONAL,
	  QUIRK_NO_FORCED_TOOL_THINKING },
	{ "thinking that only streams", HI ",'reasoning_effort':'low'", "'incremental_output':true", NULL,
	  NULL, 0, THINKING_OPTIONAL, QUIRK_THINKING_STREAMS_ONLY },
	/* clang-format on */
};

START_TEST(asking)
{
	k.model.thinking = asks[_i].thinking;
	k.model.quirks = asks[_i].quirks;
	ck_assert_msg(kit_ask(&k, asks[_i].members) == ERR_OK, "%s: %s", asks[_i].rule,
		      k.fault.text);
	ck_assert_msg(!asks[_i].has || kit_has(&k, asks[_i].has), "%s: %s", asks[_i].rule, k.body);
	ck_assert_msg(!asks[_i].lacks || !kit_has(&k, asks[_i].lacks), "%s: %s", asks[_i].rule,
		      k.body);
	if (asks[_i].param)
		ck_assert_msg(kit_adapted(&k, asks[_i].param) == asks[_i].adapted, "%s",
			      asks[_i].rule);
}
END_TEST

/* clang-format off */
#define ALL_MAPPED                                                                             \
	HI "," TOOLS ",'models':['other'],'max_tokens':9,'max_completion_tokens':9,'top_p':0.5,"  \
	"'temperature':0.5,'top_k':5,'stop':['x'],'stream':true,'presence_penalty':1,"            \
	"'stream_options':{'include_usage':true},'tool_choice':'auto','parallel_tool_calls':true," \
	"'response_format':{'type':'json_object'},'logprobs':true,'top_logprobs':5,"              \
	"'thinking':{'type':'disabled'},'enable_thinking':false,'thinking_budget':0,"             \
	"'reasoning_effort':'none','service_tier':'auto','n':2,'seed':1,'frequency_penalty':0,"   \
	"'modalities':['text'],'store':false,'metadata':{},'enable_search':false,"                \
	"'result_format':'text','incremental_output':false"
/* clang-format on */

START_TEST(what_is_mapped_is_not_reported)
{
	ck_assert_int_eq(kit_ask(&k, ALL_MAPPED), ERR_OK);
	ck_assert_msg(k.call.n_adaptions == 0, "%s", k.call.adaptions[0].param);
	kit_assert_has(&k, "'parameters':{'result_format':'message','incremental_output':true");
	kit_assert_lacks(&k, "'result_format':'text'");
	kit_assert_lacks(&k, "modalities");
	kit_assert_has(&k, "'presence_penalty':1");
}
END_TEST

#define TEXT_PATH  "/services/aigc/text-generation/generation"
#define MEDIA_PATH "/services/aigc/multimodal-generation/generation"

START_TEST(the_path_depends_on_model_and_media)
{
	ck_assert_int_eq(kit_ask(&k, HI), ERR_OK);
	assert_str(k.call.path, TEXT_PATH);
	ck_assert_uint_eq(k.call.n_headers, 0);
	ck_assert_int_eq(
		kit_ask(&k, FROM("{'type':'image_url','image_url':{'url':'https://x/i'}}")),
		ERR_OK);
	assert_str(k.call.path, MEDIA_PATH);
	k.model.quirks = QUIRK_MULTIMODAL_PATH;
	ck_assert_int_eq(kit_ask(&k, HI), ERR_OK);
	assert_str(k.call.path, MEDIA_PATH);
}
END_TEST

START_TEST(a_stream_is_switched_on_by_a_header)
{
	k.model.quirks = QUIRK_THINKING_STREAMS_ONLY;
	ck_assert_int_eq(kit_ask(&k, HI ",'stream':true"), ERR_OK);
	ck_assert(k.call.stream);
	assert_str(k.call.headers[0].name, "X-DashScope-SSE");
	assert_str(k.call.headers[0].value, "enable");
	ck_assert_int_eq(kit_ask(&k, HI), ERR_OK);
	ck_assert(!k.call.stream);
	ck_assert_int_eq(kit_ask(&k, HI ",'enable_thinking':true"), ERR_OK);
	ck_assert(k.call.stream);
}
END_TEST

static const struct {
	const char *members, *param;
	uint32_t quirks;
	enum thinking_mode thinking;
} refusals[] = {
	{ HI ",'enable_search':true", "enable_search", 0, 0 },
	{ HI ",'enable_code_interpreter':true", "enable_code_interpreter", 0, 0 },
	{ HI ",'modalities':['audio'],'audio':{}", "modalities", 0, 0 },
	{ HI ",'functions':[{'name':'f'}]", "functions", 0, 0 },
	{ FROM("{'type':'file','file':{'file_id':'f'}}"), "messages", 0, 0 },
	{ HI "," TOOLS ",'tool_choice':'required'", "tool_choice", QUIRK_NO_FORCED_TOOL_THINKING,
	  THINKING_ALWAYS },
};

START_TEST(judging)
{
	k.model.quirks = refusals[_i].quirks;
	k.model.thinking = refusals[_i].thinking;
	ck_assert_int_eq(kit_check(&k, refusals[_i].members), ERR_UNSUPPORTED);
	ck_assert_str_eq(k.fault.param, refusals[_i].param);
	ck_assert_int_eq(kit_ask(&k, refusals[_i].members), ERR_UNSUPPORTED);
}
END_TEST

/* clang-format off */
#define RICH                                                                                   \
	FROM("{'type':'image_url','image_url':{'url':'data:image\\/png;base64,QUJD'}},"           \
	     "{'type':'input_audio','input_audio':{'data':'QQ==','format':'wav'}}") "," TOOLS ","  \
	"'stop':['a','b'],'temperature':2,'reasoning_effort':'low','seed':1"
/* clang-format on */

START_TEST(any_request_gives_json_or_a_fault)
{
	ck_assert_uint_gt(kit_batter_request(&k, RICH, 20000), 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("qwen_native, asking");
	TCase *t = tcase_create("asking");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, asking, 0, COUNT_OF(asks));
	tcase_add_test(t, what_is_mapped_is_not_reported);
	tcase_add_test(t, the_path_depends_on_model_and_media);
	tcase_add_test(t, a_stream_is_switched_on_by_a_header);
	tcase_add_loop_test(t, judging, 0, COUNT_OF(refusals));
	tcase_add_test(t, any_request_gives_json_or_a_fault);
	suite_add_tcase(s, t);
	return unit_run(s);
}
