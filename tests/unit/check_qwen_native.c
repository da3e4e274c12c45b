/* check_qwen_native.c -- Qwen in native mode: asking, answers, streams that repeat themselves. */
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
	{ "a refusal in the history is text",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':null,'refusal':'No'},"
	  "{'role':'user','content':'B'}]", "{'role':'assistant','content':'No'}", NULL, NULL, 0, 0, 0 },
	{ "another vendor's thinking does not go along",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':'B',"
	  "'reasoning_details':[{'signature':'s'}]},{'role':'user','content':'C'}]", NULL, "signature",
	  NULL, 0, 0, 0 },
	{ "temperature ends below 2", HI ",'temperature':2", "'temperature':1.99", NULL, "temperature",
	  ADAPTED_CLAMPED, 0, 0 },
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

/* --- whole answers --- */

#define USAGE                                                                                  \
	"'usage':{'input_tokens':300,'output_tokens':40,'total_tokens':340,'image_tokens':20," \
	"'prompt_tokens_details':{'cached_tokens':200,'cache_creation_input_tokens':50},"      \
	"'output_tokens_details':{'reasoning_tokens':30}}"
#define REPLY(output) "{'output':{" output "}," USAGE ",'request_id':'r1'}"
#define CHOICE(message) \
	REPLY("'choices':[{'finish_reason':'stop','message':{'role':'assistant'," message "}}]")

START_TEST(a_reply_is_read)
{
	ck_assert_int_eq(kit_reply(&k, CHOICE("'content':'Hi','reasoning_content':'Hm'")), ERR_OK);
	assert_str(kit_delta(&k)->text, "Hi");
	assert_str(kit_delta(&k)->reasoning, "Hm");
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_STOP);
	assert_str(k.answer.id, "r1");
	ck_assert(k.answer.ended);
}
END_TEST

START_TEST(content_may_be_parts_or_a_text_alone)
{
	const char *parts = CHOICE("'content':[{'text':'A'},{'image':'i'},{'text':'B'}]");

	ck_assert_int_eq(kit_reply(&k, parts), ERR_OK);
	assert_str(kit_delta(&k)->text, "AB");
	ck_assert_int_eq(kit_reply(&k, REPLY("'text':'Hi','finish_reason':'length'")), ERR_OK);
	assert_str(kit_delta(&k)->text, "Hi");
	assert_absent(kit_delta(&k)->more);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_LENGTH);
}
END_TEST

START_TEST(cached_and_image_tokens_are_part_of_the_input)
{
	const struct usage *u = &k.answer.usage;

	ck_assert_int_eq(kit_reply(&k, REPLY("'text':''")), ERR_OK);
	ck_assert_int_eq(u->tokens[USAGE_cache_read], 200);
	ck_assert_int_eq(u->tokens[USAGE_cache_write], 50);
	ck_assert_int_eq(u->tokens[USAGE_input_image], 20);
	ck_assert_int_eq(u->tokens[USAGE_input], 30);
	ck_assert_int_eq(u->tokens[USAGE_output], 40);
	ck_assert_int_eq(u->reasoning, 30);
	ck_assert_int_eq(kit_reply(&k, "{'output':{'text':''}}"), ERR_OK);
	ck_assert(!u->seen);
}
END_TEST

/* clang-format off */
#define TWO_CHOICES                                                                             \
	REPLY("'choices':[{'index':1,'finish_reason':'length','message':{'content':'B'}},"       \
	      "{'index':0,'finish_reason':'tool_calls','message':{'content':'','tool_calls':["   \
	      "{'id':'t1','index':0,'function':{'name':'f','arguments':'{}'}},"                  \
	      "{'id':'t2','index':1,'function':{'name':'g','arguments':'[1]'}}]}}]")
/* clang-format on */

START_TEST(several_choices_and_calls_are_read)
{
	ck_assert_int_eq(kit_reply(&k, TWO_CHOICES), ERR_OK);
	ck_assert_uint_eq(k.answer.n_deltas, 2);
	ck_assert_int_eq(k.answer.deltas[0].choice, 1);
	ck_assert_int_eq(k.answer.deltas[0].finish, FINISH_LENGTH);
	ck_assert_uint_eq(k.answer.deltas[1].n_tools, 2);
	assert_str(k.answer.deltas[1].tools[1].id, "t2");
	assert_str(k.answer.deltas[1].tools[1].arguments, "[1]");
}
END_TEST

START_TEST(an_error_with_a_good_status_is_a_fault)
{
	ck_assert_int_eq(
		kit_reply(&k, "{'code':'DataInspectionFailed','message':'m','request_id':'r'}"),
		ERR_CONTENT);
	ck_assert_int_eq(kit_reply(&k, "{'request_id':'r'}"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, "[]"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, "{'output':{'text':'','index':-1}}"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, "{'output':{'choices':[1]}}"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, ""), ERR_VENDOR_GARBAGE);
}
END_TEST

/* --- streams --- */

/* clang-format off */
#define FRAME(output)                                                                           \
	"id:1\nevent:result\n:HTTP_STATUS/200\n"                                                \
	"data:{'output':{" output "}," USAGE ",'request_id':'r1'}\n\n"
#define FROM_MODEL(message, finish) \
	FRAME("'choices':[{'message':{" message "},'finish_reason':'" finish "'}]")
#define SAYS(text)            FROM_MODEL("'content':'" text "','role':'assistant'", "null")
#define ENDS(text)            FROM_MODEL("'content':'" text "','role':'assistant'", "stop")
#define THINKS(text)          FROM_MODEL("'content':'','reasoning_content':'" text "'", "null")
#define BOTH(reasoning, text) \
	FROM_MODEL("'content':'" text "','reasoning_content':'" reasoning "'", "null")
#define CALLS(calls, finish)  FROM_MODEL("'content':'','tool_calls':[" calls "]", finish)
#define CALL(index, id, name, arguments)                        \
	"{'index':" #index ",'id':'" id "','type':'function','function':" \
	"{'name':'" name "','arguments':'" arguments "'}}"
/* clang-format on */

static const struct {
	const char *rule, *sse, *text, *reasoning;
} streams[] = {
	/* clang-format off */
	{ "pieces", SAYS("To") SAYS("kyo") ENDS(""), "Tokyo", NULL },
	{ "the last piece comes with the end", SAYS("To") ENDS("kyo"), "Tokyo", NULL },
	{ "pieces that are alike", SAYS("ha") SAYS("ha") SAYS("ha") ENDS(""), "hahaha", NULL },
	{ "pieces that begin alike", SAYS("1") SAYS("10") SAYS("0") ENDS(""), "1100", NULL },
	{ "only two pieces, that begin alike", SAYS("1") SAYS("10") ENDS(""), "110", NULL },
	{ "a long piece once more", SAYS("0123456789abcdef") SAYS("0123456789abcdef") ENDS("!"),
	  "0123456789abcdef0123456789abcdef!", NULL },
	{ "all so far, each time", SAYS("1") SAYS("1,") SAYS("1, 2") SAYS("1, 2, 3") ENDS("1, 2, 3."),
	  "1, 2, 3.", NULL },
	{ "all so far, and nothing new at the end", SAYS("To") SAYS("Tokyo") ENDS("Tokyo"), "Tokyo", NULL },
	{ "all so far, in two events", SAYS("To") ENDS("Tokyo"), "Tokyo", NULL },
	{ "all so far, in the same two events", SAYS("Tokyo") ENDS("Tokyo"), "Tokyo", NULL },
	{ "a long beginning is certain at once", SAYS("A beginning of text") SAYS("A beginning of text!") ENDS(""),
	  "A beginning of text!", NULL },
	{ "all so far, with a gap", SAYS("a") SAYS("ab") SAYS("") SAYS("abc") ENDS("abcd"), "abcd", NULL },
	{ "escapes are cut between, never within", SAYS("a\\n") SAYS("a\\nb\\u00e4") SAYS("a\\nb\\u00e4c") ENDS("a\\nb\\u00e4c"),
	  "a\\nb\\u00e4c", NULL },
	{ "reasoning, then text", THINKS("Hm") THINKS(", so") BOTH("", "Hi") ENDS("!"), "Hi!", "Hm, so" },
	{ "repeated reasoning, then repeated text",
	  THINKS("Hm") THINKS("Hm, so") BOTH("Hm, so", "H") BOTH("Hm, so", "Hi") ENDS("Hi!"), "Hi!", "Hm, so" },
	{ "one reasoning, repeated beside the text", THINKS("Hm") BOTH("Hm", "H") BOTH("Hm", "Hi!") ENDS("Hi!!"),
	  "Hi!!", "Hm" },
	{ "a text alone", FRAME("'text':'H','finish_reason':'null'") FRAME("'text':'i','finish_reason':'stop'"),
	  "Hi", NULL },
	{ "content in parts",
	  FRAME("'choices':[{'message':{'content':[{'text':'H'}]},'finish_reason':'null'}]")
	  FRAME("'choices':[{'message':{'content':[]},'finish_reason':'null'}]")
	  FRAME("'choices':[{'message':{'content':[{'text':'i'}]},'finish_reason':'stop'}]"), "Hi", NULL },
	/* clang-format on */
};

START_TEST(streaming)
{
	const struct delta *d;

	ck_assert_msg(kit_stream(&k, streams[_i].sse) == ERR_OK, "%s", streams[_i].rule);
	d = kit_delta(&k);
	ck_assert_msg(str_is(d->text, streams[_i].text), "%s: %.*s", streams[_i].rule,
		      STR_ARG(d->text));
	ck_assert_msg(!streams[_i].reasoning || str_is(d->reasoning, streams[_i].reasoning),
		      "%s: %.*s", streams[_i].rule, STR_ARG(d->reasoning));
	ck_assert_int_eq(d->finish, FINISH_STOP);
	ck_assert_int_eq(k.answer.usage.tokens[USAGE_output], 40);
}
END_TEST

#define WHOLE "{\\u0022a\\u0022:1}"

static const char *const call_streams[] = {
	/* clang-format off */
	/* pieces, with empty ids and names behind the first */
	CALLS(CALL(0, "t1", "f", "{\\u0022a"), "null")
	CALLS(CALL(0, "", "", "\\u0022:1}"), "null")
	CALLS(CALL(1, "t2", "g", ""), "null")
	CALLS(CALL(1, "", "", "{}"), "tool_calls"),
	/* all so far, each time */
	CALLS(CALL(0, "t1", "f", "{\\u0022a"), "null")
	CALLS(CALL(0, "t1", "f", WHOLE), "null")
	CALLS(CALL(0, "t1", "f", WHOLE) "," CALL(1, "t2", "g", "{"), "null")
	CALLS(CALL(0, "t1", "f", WHOLE) "," CALL(1, "t2", "g", "{}"), "tool_calls"),
	/* clang-format on */
};

START_TEST(calls_are_put_together)
{
	const struct delta *d;

	ck_assert_int_eq(kit_stream(&k, call_streams[_i]), ERR_OK);
	d = kit_delta(&k);
	ck_assert_uint_eq(d->n_tools, 2);
	assert_str(d->tools[0].id, "t1");
	assert_str(d->tools[0].name, "f");
	assert_str(d->tools[0].arguments, WHOLE);
	assert_str(d->tools[1].id, "t2");
	assert_str(d->tools[1].arguments, "{}");
	ck_assert_int_eq(d->finish, FINISH_TOOL_CALLS);
}
END_TEST

/* clang-format off */
#define OF_CHOICE(index, text, finish) \
	"{'index':" #index ",'message':{'content':'" text "'},'finish_reason':'" finish "'}"
#define TWO_STREAMS                                                                            \
	FRAME("'choices':[" OF_CHOICE(0, "A", "null") "," OF_CHOICE(1, "B", "null") "]")        \
	FRAME("'choices':[" OF_CHOICE(1, "!", "stop") "]")                                      \
	FRAME("'choices':[" OF_CHOICE(0, "?", "length") "]")
/* clang-format on */

START_TEST(choices_are_told_apart)
{
	ck_assert_int_eq(kit_stream(&k, TWO_STREAMS), ERR_OK);
	ck_assert_uint_eq(k.answer.n_deltas, 2);
	assert_str(k.answer.deltas[0].text, "A?");
	assert_str(k.answer.deltas[1].text, "B!");
	ck_assert_int_eq(k.answer.deltas[0].finish, FINISH_LENGTH);
}
END_TEST

#define ERROR_FRAME(status, code)                                         \
	"id:1\nevent:error\n:HTTP_STATUS/" status "\ndata:{'code':'" code \
	"','message':'m','request_id':'r'}\n\n"

START_TEST(the_status_of_an_error_stands_in_a_comment)
{
	ck_assert_int_eq(kit_stream(&k, ERROR_FRAME("400", "InvalidParameter")),
			 ERR_VENDOR_REQUEST);
	ck_assert(!k.vendor_fault.retry && !k.vendor_fault.failover && !k.vendor_fault.health);
	ck_assert_int_eq(kit_stream(&k, ERROR_FRAME("429", "Something")), ERR_VENDOR_THROTTLED);
	ck_assert_int_eq(kit_stream(&k, SAYS("To") ERROR_FRAME("400", "DataInspectionFailed")),
			 ERR_CONTENT);
	ck_assert_int_eq(kit_stream(&k, ERROR_FRAME("200", "Something")), ERR_VENDOR_ERROR);
	ck_assert_int_eq(kit_stream(&k, "data:{'code':'Throttling.BurstRate','message':'m'}\n\n"),
			 ERR_VENDOR_THROTTLED);
	ck_assert_int_eq(kit_stream(&k, "data:{'request_id':'r'}\n\n"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_stream(&k, "data:{'output'\n\n"), ERR_VENDOR_GARBAGE);
}
END_TEST

/* --- errors --- */

static const struct {
	int status;
	const char *code, *message;
	enum err error;
	bool retry, failover, health;
	int credential;
} errors[] = {
	/* clang-format off */
	{ 400, "InvalidParameter", "wrong", ERR_VENDOR_REQUEST, 0, 0, 0, CRED_FINE },
	{ 400, "InvalidParameter", "Range of input length should be [1, 30720]", ERR_CONTEXT, 0, 1, 0, CRED_FINE },
	{ 400, "InvalidParameter", "Model not exist.", ERR_MODEL_UNKNOWN, 0, 1, 0, CRED_FINE },
	{ 400, "InvalidParameter", "url error, please check url", ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, "DataInspectionFailed", "m", ERR_CONTENT, 0, 1, 0, CRED_FINE },
	{ 400, "Arrearage", "m", ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 401, "InvalidApiKey", "m", ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 403, "AccessDenied.Unpurchased", "m", ERR_VENDOR_KEY, 0, 1, 0, CRED_COOL },
	{ 404, "ModelNotFound", "m", ERR_MODEL_UNKNOWN, 0, 1, 0, CRED_FINE },
	{ 429, "Throttling", "m", ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "Throttling.RateQuota", "m", ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "Throttling.BurstRate", "m", ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "Throttling.AllocationQuota", "m", ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "insufficient_quota", "tokens per minute", ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "Throttling.RateQuota", "EngineOverloadedError", ERR_VENDOR_BUSY, 1, 1, 1, CRED_FINE },
	{ 500, "InternalError", "m", ERR_VENDOR_ERROR, 1, 1, 1, CRED_FINE },
	/* clang-format on */
};

START_TEST(vendor_errors)
{
	const struct vendor_fault *f = &k.vendor_fault;
	struct str body = arena_printf(&k.a, "{'code':'%s','message':'%s','request_id':'r'}",
				       errors[_i].code, errors[_i].message);

	kit_error(&k, errors[_i].status, arena_cstr(&k.a, body));
	ck_assert_int_eq(f->code, errors[_i].error);
	ck_assert_int_eq(f->retry, errors[_i].retry);
	ck_assert_int_eq(f->failover, errors[_i].failover);
	ck_assert_int_eq(f->health, errors[_i].health);
	ck_assert_int_eq(f->credential, errors[_i].credential);
	assert_str(f->type_code, errors[_i].code);
}
END_TEST

#define ANSWER CHOICE("'content':[{'text':'A'}],'tool_calls':[" CALL(0, "t", "f", "{}") "]")
#define EVENTS SAYS("1") SAYS("1,") THINKS("Hm") CALLS(CALL(0, "t", "f", "{"), "null") ENDS("1, 2")

START_TEST(any_bytes_give_an_answer_or_a_fault)
{
	kit_batter(&k, ANSWER, EVENTS, 20000);
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
	Suite *s = suite_create("qwen_native");
	TCase *t = tcase_create("qwen_native");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, asking, 0, COUNT_OF(asks));
	tcase_add_test(t, what_is_mapped_is_not_reported);
	tcase_add_test(t, the_path_depends_on_model_and_media);
	tcase_add_test(t, a_stream_is_switched_on_by_a_header);
	tcase_add_loop_test(t, judging, 0, COUNT_OF(refusals));
	tcase_add_test(t, a_reply_is_read);
	tcase_add_test(t, content_may_be_parts_or_a_text_alone);
	tcase_add_test(t, cached_and_image_tokens_are_part_of_the_input);
	tcase_add_test(t, several_choices_and_calls_are_read);
	tcase_add_test(t, an_error_with_a_good_status_is_a_fault);
	tcase_add_loop_test(t, streaming, 0, COUNT_OF(streams));
	tcase_add_loop_test(t, calls_are_put_together, 0, COUNT_OF(call_streams));
	tcase_add_test(t, choices_are_told_apart);
	tcase_add_test(t, the_status_of_an_error_stands_in_a_comment);
	tcase_add_loop_test(t, vendor_errors, 0, COUNT_OF(errors));
	tcase_add_test(t, any_bytes_give_an_answer_or_a_fault);
	tcase_add_test(t, any_request_gives_json_or_a_fault);
	suite_add_tcase(s, t);
	return unit_run(s);
}
