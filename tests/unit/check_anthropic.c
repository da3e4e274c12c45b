/* check_anthropic.c -- an OpenAI chat on its way to Anthropic. */
#include "dialect_kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, &dialect_anthropic);
}

static void teardown(void)
{
	kit_release(&k);
}

#define HI  "'messages':[{'role':'user','content':'Hi'}]"
#define ASK "{'role':'user','content':'Weather?'}"
#define CALL(id)                                                                             \
	"{'role':'assistant','content':null,'tool_calls':[{'id':'" id "','type':'function'," \
	"'function':{'name':'weather','arguments':'{\\u0022city\\u0022:\\u0022Rome\\u0022}'}}]}"
#define RESULT(id) "{'role':'tool','tool_call_id':'" id "','content':'12 C'}"
#define TOOLS                                                                         \
	"'tools':[{'type':'function','function':{'name':'weather','description':'d'," \
	"'parameters':{'type':'object','properties':{'city':{'type':'string'}}}}}]"

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
	{ "the shape of the whole", HI,
	  "{'model':'upstream-id','max_tokens':4096,'messages':[{'role':'user',"
	  "'content':[{'type':'text','text':'Hi'}]}]}", NULL, NULL, NO_REPORT, 0, 0 },
	{ "a stream", HI ",'stream':true", "'stream':true", NULL, NULL, 0, 0, 0 },
	{ "usage is always sent in streams", HI ",'stream':true,'stream_options':{'include_usage':true}",
	  "'stream':true", "stream_options", "stream_options", NO_REPORT, 0, 0 },

	/* system */
	{ "instructions at the beginning are the system prompt, in order",
	  "'messages':[{'role':'system','content':'A'},{'role':'developer','content':[{'type':'text',"
	  "'text':'B','cache_control':{'type':'ephemeral'}}]},{'role':'user','content':'Hi'}]",
	  "'system':[{'type':'text','text':'A'},{'type':'text','text':'B','cache_control':"
	  "{'type':'ephemeral'}}],'messages':[{'role':'user'", NULL, "messages", NO_REPORT, 0, 0 },
	{ "blank ones are left out",
	  "'messages':[{'role':'system','content':''},{'role':'system','content':'A'},"
	  "{'role':'user','content':'Hi'}]", "'system':[{'type':'text','text':'A'}]", NULL, NULL, 0, 0, 0 },
	{ "later ones are part of the user's turn",
	  "'messages':[{'role':'user','content':'Hi'},{'role':'system','content':'Be brief'}]",
	  "[{'type':'text','text':'Hi'},{'type':'text','text':'<system>\\nBe brief\\n</system>'}]",
	  "'system':", "messages", ADAPTED_CHANGED, 0, 0 },
	{ "where nobody else speaks, they are the user's turn",
	  "'messages':[{'role':'system','content':'Say hi'}]",
	  "'messages':[{'role':'user','content':[{'type':'text','text':'Say hi'}]}]", "'system':",
	  "messages", ADAPTED_CHANGED, 0, 0 },

	/* turns */
	{ "neighbours of one side become one turn",
	  "'messages':[{'role':'user','content':'A'},{'role':'user','content':'B'}]",
	  "[{'role':'user','content':[{'type':'text','text':'A'},{'type':'text','text':'B'}]}]",
	  NULL, NULL, 0, 0, 0 },
	{ "blank texts are left out, and turns that hold nothing else",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':' \\n'},"
	  "{'role':'user','content':[{'type':'text','text':''},{'type':'text','text':'B'}]}]",
	  "[{'role':'user','content':[{'type':'text','text':'A'},{'type':'text','text':'B'}]}]",
	  NULL, NULL, 0, 0, 0 },
	{ "an escaped backslash before an n is no line end",
	  "'messages':[{'role':'user','content':'\\\\\\\\n'}]", "'text':'\\\\\\\\n'", NULL, NULL, 0, 0, 0 },
	{ "the first turn is the user's",
	  "'messages':[{'role':'assistant','content':'Yes?'},{'role':'user','content':'Hi'}]",
	  "[{'role':'user','content':[{'type':'text','text':'.'}]},{'role':'assistant',", NULL,
	  "messages", ADAPTED_CHANGED, 0, 0 },
	{ "white space is cut from the end of a begun answer",
	  "'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':'One, \\n '}]",
	  "{'role':'assistant','content':[{'type':'text','text':'One,'}]}]", NULL, NULL, 0, 0, 0 },
	{ "a quote at its end is no white space",
	  "'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':'A \\\"'}]",
	  "{'role':'assistant','content':[{'type':'text','text':'A \\\"'}]}", NULL, NULL, 0, 0, 0 },
	{ "a refusal in the history is text",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':null,'refusal':'No'},"
	  "{'role':'user','content':'B'}]",
	  "{'role':'assistant','content':[{'type':'text','text':'No'}]}", NULL, NULL, 0, 0, 0 },

	/* tools */
	{ "a function is a tool with an input_schema", HI "," TOOLS,
	  "'tools':[{'name':'weather','description':'d','input_schema':{'type':'object','properties':"
	  "{'city':{'type':'string'}}}}]", "tool_choice", NULL, 0, 0, 0 },
	{ "no parameters are an empty object",
	  HI ",'tools':[{'type':'function','function':{'name':'f','parameters':{}}}]",
	  "{'name':'f','input_schema':{'type':'object','properties':{}}}", NULL, NULL, 0, 0, 0 },
	{ "a schema says that it is an object's",
	  HI ",'tools':[{'type':'function','function':{'name':'f','parameters':{'properties':{}}}}]",
	  "'input_schema':{'type':'object','properties':{}}", NULL, NULL, 0, 0, 0 },
	{ "strict tools stay strict, marks stay",
	  HI ",'tools':[{'type':'function','cache_control':{'type':'ephemeral'},'function':"
	  "{'name':'f','strict':true,'parameters':{'type':'object','properties':{}}}}]",
	  "'strict':true,'cache_control':{'type':'ephemeral'}", NULL, NULL, 0, 0, 0 },
	{ "choice: none", HI "," TOOLS ",'tool_choice':'none'", "'tool_choice':{'type':'none'}", NULL,
	  NULL, 0, 0, 0 },
	{ "choice: required", HI "," TOOLS ",'tool_choice':'required'", "'tool_choice':{'type':'any'}",
	  NULL, NULL, 0, 0, 0 },
	{ "choice: by name",
	  HI "," TOOLS ",'tool_choice':{'type':'function','function':{'name':'weather'}}",
	  "'tool_choice':{'type':'tool','name':'weather'}", NULL, NULL, 0, 0, 0 },
	{ "one call at a time needs a tool_choice", HI "," TOOLS ",'parallel_tool_calls':false",
	  "'tool_choice':{'type':'auto','disable_parallel_tool_use':true}", NULL, NULL, 0, 0, 0 },
	{ "allowed tools are all that is offered",
	  HI ",'tools':[{'type':'function','function':{'name':'f'}},{'type':'function','function':"
	  "{'name':'g'}}],'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required',"
	  "'tools':[{'type':'function','function':{'name':'g'}}]}}",
	  "'tools':[{'name':'g','input_schema':{'type':'object','properties':{}}}],"
	  "'tool_choice':{'type':'any'}", "'f'", NULL, 0, 0, 0 },
	{ "calls become tool_use with parsed arguments",
	  "'messages':[" ASK "," CALL("t1") "," RESULT("t1") "]," TOOLS,
	  "{'role':'assistant','content':[{'type':'tool_use','id':'t1','name':'weather',"
	  "'input':{'city':'Rome'}}]},{'role':'user','content':[{'type':'tool_result',"
	  "'tool_use_id':'t1','content':[{'type':'text','text':'12 C'}]}]}", NULL, NULL, 0, 0, 0 },
	{ "all results of a turn are in one message, before what the user says",
	  "'messages':[" ASK ",{'role':'assistant','tool_calls':["
	  "{'id':'a','type':'function','function':{'name':'f','arguments':''}},"
	  "{'id':'b','type':'function','function':{'name':'g','arguments':'{}'}}]},"
	  "{'role':'user','content':'Well?'}," RESULT("a") "," RESULT("b") "]," TOOLS,
	  "'input':{}},{'type':'tool_use','id':'b','name':'g','input':{}}]},{'role':'user','content':["
	  "{'type':'tool_result','tool_use_id':'a','content':[{'type':'text','text':'12 C'}]},"
	  "{'type':'tool_result','tool_use_id':'b','content':[{'type':'text','text':'12 C'}]},"
	  "{'type':'text','text':'Well?'}]}", NULL, NULL, 0, 0, 0 },
	{ "an empty result has no content",
	  "'messages':[" ASK "," CALL("t1") ",{'role':'tool','tool_call_id':'t1','content':''}]," TOOLS,
	  "{'type':'tool_result','tool_use_id':'t1'}", NULL, NULL, 0, 0, 0 },
	{ "a tool may answer with an image",
	  "'messages':[{'role':'tool','tool_call_id':'t1','content':[{'type':'image_url','image_url':"
	  "{'url':'https://example.org/a.png'}}]}]",
	  "{'type':'tool_result','tool_use_id':'t1','content':[{'type':'image','source':{'type':'url',"
	  "'url':'https://example.org/a.png'}}]}", NULL, NULL, 0, 0, 0 },
	{ "lists of nothing are nothing",
	  "'messages':[{'role':'user','content':'A'},{'role':'assistant','content':'B','tool_calls':[]},"
	  "{'role':'tool','tool_call_id':'t1','content':[]}],'tool_choice':'none'",
	  "{'role':'assistant','content':[{'type':'text','text':'B'}]},{'role':'user','content':"
	  "[{'type':'tool_result','tool_use_id':'t1'}]}", "tool_choice", NULL, 0, 0, 0 },
	{ "arguments that are no object are put into one",
	  "'messages':[" ASK ",{'role':'assistant','tool_calls':[{'id':'a','type':'function',"
	  "'function':{'name':'f','arguments':'{\\u0022cut'}}]}," RESULT("a") "]," TOOLS,
	  "'input':{'arguments':'{\\u0022cut'}", NULL, "messages", ADAPTED_CHANGED, 0, 0 },
	{ "unsafe ids are made safe, alike in both places",
	  "'messages':[" ASK "," CALL("call:1.x") "," RESULT("call:1.x") "]," TOOLS,
	  "'id':'call1x_", "call:1.x", NULL, 0, 0, 0 },
	{ "several tools",
	  HI ",'tools':[{'type':'function','function':{'name':'f'}},{'type':'function','function':"
	  "{'name':'g'}}]", "{'name':'f','input_schema':{'type':'object','properties':{}}},{'name':'g',",
	  NULL, NULL, 0, 0, 0 },
	{ "tools that only the history knows are declared, once",
	  "'messages':[" ASK "," CALL("a") "," RESULT("a") "," CALL("b") "," RESULT("b") "]",
	  "'tools':[{'name':'weather','input_schema':{'type':'object','properties':{}}}],"
	  "'tool_choice':{'type':'none'}", NULL, "tools", ADAPTED_CHANGED, 0, 0 },

	/* media */
	{ "a data: URL is split",
	  "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'data:image/png;base64,iVBO\\/w0K'}}]}]",
	  "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVBO\\/w0K'}}",
	  NULL, NULL, 0, 0, 0 },
	{ "with escapes in its head, too",
	  "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'data:image\\/jpg;base64,QUJD'}}]}]",
	  "'media_type':'image/jpeg','data':'QUJD'", NULL, NULL, 0, 0, 0 },
	{ "other images go by their address",
	  "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'https:\\/\\/x.example\\/a.png'}}]}]",
	  "{'type':'image','source':{'type':'url','url':'https:\\/\\/x.example\\/a.png'}}", NULL, NULL,
	  0, 0, 0 },
	{ "a PDF is a document",
	  "'messages':[{'role':'user','content':[{'type':'file','file':{'filename':'a.pdf','file_data':"
	  "'data:application/pdf;base64,JVBERi0='}}]}]",
	  "{'type':'document','source':{'type':'base64','media_type':'application/pdf',"
	  "'data':'JVBERi0='},'title':'a.pdf'}", NULL, NULL, 0, 0, 0 },
	{ "a text file is one, too",
	  "'messages':[{'role':'user','content':[{'type':'file','file':{'file_data':"
	  "'data:text/plain;base64,SGkgInlvdSIK'}}]}]",
	  "{'type':'document','source':{'type':'text','media_type':'text/plain',"
	  "'data':'Hi \\\"you\\\"\\n'}}", NULL, NULL, 0, 0, 0 },

	{ "whatever its base64 is made of",
	  "'messages':[{'role':'user','content':[{'type':'file','file':{'file_data':"
	  "'data:text/plain;base64,MX4/IMO8\\nPj4+Pj8\\/P35+'}}]}]",
	  "'data':'1~? ü>>>>???~~'", NULL, NULL, 0, 0, 0 },

	/* the form of the answer */
	{ "a schema", HI ",'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':"
	  "{'type':'object','additionalProperties':false}}}",
	  "'output_config':{'format':{'type':'json_schema','schema':{'type':'object',"
	  "'additionalProperties':false}}}", NULL, "response_format", NO_REPORT, 0, 0 },
	{ "its objects are closed, its data left alone",
	  HI ",'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'type':'object',"
	  "'properties':{'default':{'type':'object'},'b':{'anyOf':[{'type':'object'},{'type':'null'}]},"
	  "'c':{'type':'object','additionalProperties':true,'default':{'type':'object'}}}}}}",
	  "'schema':{'type':'object','properties':{'default':{'type':'object','additionalProperties':false},"
	  "'b':{'anyOf':[{'type':'object','additionalProperties':false},{'type':'null'}]},"
	  "'c':{'type':'object','additionalProperties':true,'default':{'type':'object'}}},"
	  "'additionalProperties':false}", NULL, "response_format", ADAPTED_CHANGED, 0, 0 },
	{ "any JSON is asked for in words", HI ",'response_format':{'type':'json_object'}",
	  "'system':[{'type':'text','text':'Answer with one JSON object", "output_config",
	  "response_format", ADAPTED_CHANGED, 0, 0 },

	/* parameters */
	{ "temperature", HI ",'temperature':0.7", "'temperature':0.7", NULL, "temperature", NO_REPORT,
	  0, 0 },
	{ "temperature ends at 1", HI ",'temperature':1.5", "'temperature':1", NULL, "temperature",
	  ADAPTED_CLAMPED, 0, 0 },
	{ "a model without sampling", HI ",'temperature':0.5", NULL, "temperature", "temperature",
	  ADAPTED_DROPPED, 0, QUIRK_NO_SAMPLING },
	{ "what is the default anyway is not missed", HI ",'temperature':1", NULL, "temperature",
	  "temperature", NO_REPORT, 0, QUIRK_NO_SAMPLING },
	{ "one of temperature and top_p", HI ",'temperature':0.5,'top_p':0.5", "'temperature':0.5",
	  "top_p", "top_p", ADAPTED_DROPPED, 0, 0 },
	{ "top_p is not reported", HI ",'top_p':0.5", "'top_p':0.5", NULL, "top_p", NO_REPORT, 0, 0 },
	{ "top_p alone, top_k", HI ",'top_p':0.5,'top_k':20", "'top_p':0.5,'top_k':20", NULL, "top_k",
	  NO_REPORT, 0, 0 },
	{ "stop", HI ",'stop':'END'", "'stop_sequences':['END']", NULL, "stop", NO_REPORT, 0, 0 },
	{ "blank stops are left out", HI ",'stop':['\\n','END',' ']", "'stop_sequences':['END']", NULL,
	  "stop", ADAPTED_CHANGED, 0, 0 },
	{ "nothing but blank stops", HI ",'stop':'\\n'", NULL, "stop_sequences", "stop",
	  ADAPTED_CHANGED, 0, 0 },
	{ "a model without stop", HI ",'stop':'END'", NULL, "stop_sequences", "stop", ADAPTED_DROPPED,
	  0, QUIRK_NO_STOP },
	{ "user", HI ",'user':'u1'", "'metadata':{'user_id':'u1'}", NULL, "user", NO_REPORT, 0, 0 },
	{ "safety_identifier comes first", HI ",'user':'u1','safety_identifier':'s1'",
	  "'metadata':{'user_id':'s1'}", NULL, NULL, 0, 0, 0 },
	{ "service tier: default", HI ",'service_tier':'default'", "'service_tier':'standard_only'",
	  NULL, "service_tier", NO_REPORT, 0, 0 },
	{ "service tier: flex", HI ",'service_tier':'flex'", NULL, "service_tier", "service_tier",
	  ADAPTED_DROPPED, 0, 0 },
	{ "cache_control at the top goes along", HI ",'cache_control':{'type':'ephemeral'}",
	  "'cache_control':{'type':'ephemeral'}", NULL, "cache_control", NO_REPORT, 0, 0 },
	{ "what only steers is dropped", HI ",'seed':7", NULL, "seed", "seed", ADAPTED_DROPPED, 0, 0 },
	{ "a value that asks for nothing is not missed", HI ",'frequency_penalty':0,'seed':null", NULL,
	  "penalty", "frequency_penalty", NO_REPORT, 0, 0 },
	{ "unknown members are dropped", HI ",'new_thing':1", NULL, "new_thing", "new_thing",
	  ADAPTED_DROPPED, 0, 0 },

	/* thinking */
	{ "not asked for", HI, NULL, "thinking", NULL, 0, THINKING_OPTIONAL, 0 },
	{ "by level, as a budget", HI ",'reasoning_effort':'medium'",
	  "'thinking':{'type':'enabled','budget_tokens':2048}", NULL, "reasoning_effort", NO_REPORT,
	  THINKING_OPTIONAL, 0 },
	{ "a level leaves half to the answer", HI ",'reasoning_effort':'high'", "'budget_tokens':2048",
	  NULL, "reasoning_effort", ADAPTED_CLAMPED, THINKING_OPTIONAL, 0 },
	{ "a budget is below max_tokens", HI ",'thinking':{'type':'enabled','budget_tokens':9000}",
	  "'budget_tokens':4095", NULL, "thinking", ADAPTED_CLAMPED, THINKING_OPTIONAL, 0 },
	{ "by level, in words", HI ",'reasoning_effort':'minimal'",
	  "'thinking':{'type':'adaptive','display':'summarized'},'output_config':{'effort':'low'}",
	  NULL, "reasoning_effort", NO_REPORT, THINKING_DEFAULT, QUIRK_ADAPTIVE_THINKING },
	{ "the client's display", HI ",'thinking':{'type':'adaptive','display':'omitted'}",
	  "'thinking':{'type':'adaptive','display':'omitted'}", "effort", NULL, 0, THINKING_DEFAULT,
	  QUIRK_ADAPTIVE_THINKING },
	{ "a budget is a level there", HI ",'thinking':{'type':'enabled','budget_tokens':2000}",
	  "'output_config':{'effort':'low'}", "budget_tokens", "thinking", ADAPTED_CHANGED,
	  THINKING_DEFAULT, QUIRK_ADAPTIVE_THINKING },
	{ "none", HI ",'reasoning_effort':'none'", "'thinking':{'type':'disabled'}", NULL,
	  "reasoning_effort", NO_REPORT, THINKING_DEFAULT, QUIRK_ADAPTIVE_THINKING },
	{ "none, where it is off unless asked for", HI ",'reasoning_effort':'none'", NULL, "thinking",
	  "reasoning_effort", NO_REPORT, THINKING_OPTIONAL, 0 },
	{ "none, where it cannot be", HI ",'reasoning_effort':'none'",
	  "'output_config':{'effort':'low'}", "disabled", "reasoning_effort", ADAPTED_CHANGED,
	  THINKING_ALWAYS, QUIRK_ADAPTIVE_THINKING },
	{ "a model that does not think", HI ",'reasoning_effort':'low'", NULL, "thinking",
	  "reasoning_effort", ADAPTED_CHANGED, THINKING_NONE, 0 },
	{ "no sampling while it thinks", HI ",'reasoning_effort':'low','temperature':0.5,'top_k':9",
	  "'thinking':{'type':'enabled'", "temperature", "temperature", ADAPTED_DROPPED,
	  THINKING_OPTIONAL, 0 },
	{ "a forced tool switches it off",
	  HI "," TOOLS ",'tool_choice':'required','reasoning_effort':'low'", "{'type':'any'}",
	  "'thinking'", "reasoning_effort", ADAPTED_CHANGED, THINKING_OPTIONAL,
	  QUIRK_NO_FORCED_TOOL_THINKING },
	{ "or is not forced, where it cannot be off", HI "," TOOLS ",'tool_choice':'required'", NULL,
	  "tool_choice", "tool_choice", ADAPTED_CHANGED, THINKING_ALWAYS,
	  QUIRK_NO_FORCED_TOOL_THINKING | QUIRK_ADAPTIVE_THINKING },
	{ "a begun answer switches it off",
	  "'messages':[" ASK ",{'role':'assistant','content':'It'}],'reasoning_effort':'low'", NULL,
	  "'thinking'", "reasoning_effort", ADAPTED_CHANGED, THINKING_OPTIONAL, 0 },
	{ "tool calls without their thinking switch it off",
	  "'messages':[" ASK "," CALL("a") "," RESULT("a") "]," TOOLS ",'reasoning_effort':'low'",
	  NULL, "'thinking'", "reasoning_effort", ADAPTED_CHANGED, THINKING_OPTIONAL, 0 },
	{ "only the first message of a turn begins with thinking",
	  "'messages':[" ASK ",{'role':'assistant','content':null,'reasoning_details':[{'type':"
	  "'reasoning.text','text':'t','signature':'s','format':'anthropic-claude-v1'}],'tool_calls':"
	  "[{'id':'x','type':'function','function':{'name':'f','arguments':'{}'}}]}," RESULT("x") ","
	  CALL("a") "," RESULT("a") "]," TOOLS ",'reasoning_effort':'low'",
	  "'thinking':{'type':'enabled'", NULL, "reasoning_effort", NO_REPORT, THINKING_OPTIONAL, 0 },
	{ "those of turns that are over do not",
	  "'messages':[" ASK "," CALL("a") "," RESULT("a") ",{'role':'assistant','content':'12'},"
	  "{'role':'user','content':'Thanks'}]," TOOLS ",'reasoning_effort':'low'",
	  "'thinking':{'type':'enabled'", NULL, "reasoning_effort", NO_REPORT, THINKING_OPTIONAL, 0 },
	{ "nor does it matter to a model that adapts",
	  "'messages':[" ASK "," CALL("a") "," RESULT("a") "]," TOOLS ",'reasoning_effort':'low'",
	  "'thinking':{'type':'adaptive'", NULL, "reasoning_effort", NO_REPORT, THINKING_OPTIONAL,
	  QUIRK_ADAPTIVE_THINKING },
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
		ck_assert_msg(kit_adapted(&k, asks[_i].param) == asks[_i].adapted,
			      "%s: %s is adapted as %d", asks[_i].rule, asks[_i].param,
			      kit_adapted(&k, asks[_i].param));
}
END_TEST

START_TEST(a_call_names_path_and_version)
{
	ck_assert_int_eq(kit_ask(&k, HI ",'stream':true"), ERR_OK);
	assert_str(k.call.path, "/messages");
	ck_assert_uint_eq(k.call.n_headers, 1);
	assert_str(k.call.headers[0].name, "anthropic-version");
	assert_str(k.call.headers[0].value, "2023-06-01");
	ck_assert(k.call.stream);
	ck_assert_int_eq(dialect_anthropic.auth, AUTH_X_API_KEY);
}
END_TEST

START_TEST(a_large_image_is_pointed_at)
{
	struct call_ask ask = { &k.chat, &k.target, k.max_tokens, k.unsupported };
	const size_t size = 20 << 20;
	char *members = malloc(size + 200);
	size_t before;
	int n = sprintf(members, "'messages':[{'role':'user','content':[{'type':'image_url',"
				 "'image_url':{'url':'data:image/png;base64,");

	memset(members + n, 'A', size);
	strcpy(members + n + size, "'}}]}]");
	kit_release(&k);
	arena_init(&k.a, 256 << 20);
	ck_assert_int_eq(kit_check(&k, members), ERR_OK);
	before = k.a.total;
	ck_assert_int_eq(k.dialect->write_call(&ask, &k.a, &k.call, &k.fault), ERR_OK);
	ck_assert_uint_gt(k.call.body.bytes, size);
	ck_assert_uint_lt(k.a.total - before, 1 << 20);
	free(members);
}
END_TEST

/* clang-format off */
#define ALL_MAPPED                                                                             \
	HI "," TOOLS ",'models':['other'],'max_tokens':9,'max_completion_tokens':9,"              \
	"'temperature':0.5,'top_k':5,'stop':['x'],'stream':true,"                                 \
	"'stream_options':{'include_usage':true},'tool_choice':'auto','parallel_tool_calls':true," \
	"'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{}}},"        \
	"'thinking':{'type':'disabled'},'enable_thinking':false,'thinking_budget':0,"             \
	"'reasoning_effort':'none','user':'u','safety_identifier':'s','service_tier':'auto',"     \
	"'cache_control':{'type':'ephemeral'},'modalities':['text'],'n':1,'logprobs':false,"      \
	"'store':false,'metadata':{},'logit_bias':{},'presence_penalty':0,'functions':[]"
/* clang-format on */

START_TEST(a_tool_is_strict_only_where_answers_can_be)
{
	k.model.can &= ~(uint32_t)NEEDS_JSON_SCHEMA;
	ck_assert_int_eq(kit_ask(&k, HI ",'tools':[{'type':'function','function':{'name':'f',"
					"'strict':true,'parameters':{}}}]"),
			 ERR_OK);
	kit_assert_lacks(&k, "strict");
	ck_assert_int_eq(kit_adapted(&k, "tools"), ADAPTED_CHANGED);
}
END_TEST

START_TEST(a_change_is_reported_once)
{
	ck_assert_int_eq(kit_ask(&k, "'messages':[{'role':'user','content':'A'},{'role':'system',"
				     "'content':'B'},{'role':'system','content':'C'}]"),
			 ERR_OK);
	ck_assert_uint_eq(k.call.n_adaptions, 1);
}
END_TEST

START_TEST(what_is_mapped_is_not_reported)
{
	ck_assert_int_eq(kit_ask(&k, ALL_MAPPED), ERR_OK);
	ck_assert_msg(k.call.n_adaptions == 0, "%s: %s", k.call.adaptions[0].param,
		      k.call.adaptions[0].why);
}
END_TEST

START_TEST(an_unsafe_id_is_the_same_in_call_and_result)
{
	const char *id, *again;

	ck_assert_int_eq(
		kit_ask(&k, "'messages':[" ASK "," CALL("ü/1") "," RESULT("ü/1") "]," TOOLS),
		ERR_OK);
	id = strstr(k.body, "\"id\":\"");
	again = strstr(k.body, "\"tool_use_id\":\"");
	ck_assert(id && again);
	ck_assert(strncmp(id + 6, again + 15, strcspn(id + 6, "\"") + 1) == 0);
	ck_assert(strncmp(id + 6, "1_", 2) == 0);
}
END_TEST

/* --- what is refused --- */

static const struct {
	const char *members;
	enum unsupported unsupported;
	uint32_t cannot;
	const char *param; /* NULL: not refused */
} refusals[] = {
	/* clang-format off */
	{ HI, UNSUPPORTED_REFUSE, 0, NULL },
	{ HI ",'temperature':0.5,'user':'u'", UNSUPPORTED_REFUSE, 0, NULL },
	{ HI ",'seed':1", UNSUPPORTED_ADAPT, 0, NULL },
	{ HI ",'seed':1", UNSUPPORTED_REFUSE, 0, "seed" },
	{ HI ",'temperature':2", UNSUPPORTED_REFUSE, 0, "temperature" },
	{ HI ",'n':2", UNSUPPORTED_ADAPT, 0, "n" },
	{ HI ",'logprobs':true", UNSUPPORTED_ADAPT, 0, "logprobs" },
	{ HI ",'modalities':['text','audio'],'audio':{}", UNSUPPORTED_ADAPT, 0, "modalities" },
	{ HI ",'tools':[{'type':'custom','custom':{'name':'c'}}]", UNSUPPORTED_ADAPT, 0, "tools" },
	{ HI ",'functions':[{'name':'f'}]", UNSUPPORTED_ADAPT, 0, "functions" },
	{ HI ",'web_search_options':{}", UNSUPPORTED_ADAPT, 0, "web_search_options" },
	{ HI "," TOOLS, UNSUPPORTED_ADAPT, NEEDS_TOOLS, "tools" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'data:image/svg+xml;base64,QQ=='}}]}]", UNSUPPORTED_ADAPT, 0, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'data:image/png,plain'}}]}]", UNSUPPORTED_ADAPT, 0, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'data:image/png;base64'}}]}]", UNSUPPORTED_ADAPT, 0, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
	  "'ftp://x.example/a.png'}}]}]", UNSUPPORTED_ADAPT, 0, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'file-1'}}]}]",
	  UNSUPPORTED_ADAPT, 0, "messages" },
	{ "'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'QQ==',"
	  "'format':'wav'}}]}]", UNSUPPORTED_ADAPT, 0, "messages" },
	/* clang-format on */
};

START_TEST(judging)
{
	enum err want = refusals[_i].param ? ERR_UNSUPPORTED : ERR_OK;

	k.unsupported = refusals[_i].unsupported;
	k.model.can &= ~refusals[_i].cannot;
	ck_assert_msg(kit_check(&k, refusals[_i].members) == want, "%s", refusals[_i].members);
	if (want)
		ck_assert_str_eq(k.fault.param, refusals[_i].param);
	/* what was judged fine can be written, what was not cannot */
	ck_assert_int_eq(kit_ask(&k, refusals[_i].members), want);
}
END_TEST

START_TEST(a_request_without_any_text_is_wrong)
{
	static const char *const blank[] = {
		"'messages':[{'role':'user','content':' '}]",
		"'messages':[{'role':'system','content':'A'},{'role':'user','content':''}]",
		"'messages':[{'role':'assistant','content':null,'refusal':' '}]",
	};

	for (size_t i = 0; i < COUNT_OF(blank); i++) {
		ck_assert_int_eq(kit_check(&k, blank[i]), ERR_VALUE);
		ck_assert_int_eq(kit_ask(&k, blank[i]), ERR_VALUE);
		ck_assert_str_eq(k.fault.param, "messages");
	}
	ck_assert_int_eq(kit_check(&k, "'messages':[{'role':'user','content':' '}," RESULT("t") "]"),
			 ERR_OK);
}
END_TEST

START_TEST(names_of_members_cannot_break_out_into_headers)
{
	ck_assert_int_eq(kit_ask(&k, HI ",'a\\r\\nset-cookie: x':1"), ERR_OK);
	ck_assert_uint_eq(k.call.n_adaptions, 1);
	ck_assert_ptr_null(strpbrk(k.call.adaptions[0].param, "\r\n:"));
}
END_TEST

/* clang-format off */
#define RICH                                                                                   \
	"'messages':[{'role':'system','content':'S'}," ASK "," CALL("c:1") "," RESULT("c:1") ","   \
	"{'role':'user','content':[{'type':'text','text':'\\u00e4 \\n'},"                         \
	"{'type':'image_url','image_url':{'url':'data:image\\/png;base64,QUJD'}},"               \
	"{'type':'file','file':{'file_data':'data:text/plain;base64,QUJD'}}]},"                  \
	"{'role':'assistant','content':'It \\n','reasoning_details':[{'type':'reasoning.text',"  \
	"'text':'t','signature':'s','index':0,'format':'anthropic-claude-v1'}]}]," TOOLS ","      \
	"'stop':['a','b'],'temperature':1.5,'reasoning_effort':'low','user':'u'"
/* clang-format on */

START_TEST(any_request_gives_json_or_a_fault)
{
	ck_assert_uint_gt(kit_batter_request(&k, RICH, 20000), 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("anthropic, asking");
	TCase *t = tcase_create("asking");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, asking, 0, COUNT_OF(asks));
	tcase_add_test(t, a_call_names_path_and_version);
	tcase_add_test(t, a_large_image_is_pointed_at);
	tcase_add_test(t, a_tool_is_strict_only_where_answers_can_be);
	tcase_add_test(t, a_change_is_reported_once);
	tcase_add_test(t, what_is_mapped_is_not_reported);
	tcase_add_test(t, an_unsafe_id_is_the_same_in_call_and_result);
	tcase_add_loop_test(t, judging, 0, COUNT_OF(refusals));
	tcase_add_test(t, a_request_without_any_text_is_wrong);
	tcase_add_test(t, names_of_members_cannot_break_out_into_headers);
	tcase_add_test(t, any_request_gives_json_or_a_fault);
	suite_add_tcase(s, t);
	return unit_run(s);
}
