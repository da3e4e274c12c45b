/* check_anthropic_answers.c -- what Anthropic answers, on its way to an OpenAI client. */
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

/* --- whole messages --- */

#define USAGE                                                                                     \
	"'usage':{'input_tokens':10,'cache_read_input_tokens':200,'cache_creation_input_tokens':" \
	"30,"                                                                                     \
	"'cache_creation':{'ephemeral_5m_input_tokens':20,'ephemeral_1h_input_tokens':10},"       \
	"'output_tokens':50,'output_tokens_details':{'thinking_tokens':40}}"
#define MESSAGE(content, stop)                                                                     \
	"{'id':'msg_1','type':'message','role':'assistant','model':'claude-x','content':[" content \
	"],'stop_reason':" stop "," USAGE "}"

/* clang-format off */
#define TEXTS "{'type':'text','text':'Hi \\u00e4'},{'type':'text','text':'!','citations':[{}]}"
#define BLOCKS                                                                                 \
	"{'type':'text','text':'Look'},"                                                        \
	"{'type':'server_tool_use','id':'s','name':'n','input':{}},"                            \
	"{'type':'web_search_tool_result','tool_use_id':'s','content':[]},"                     \
	"{'type':'tool_use','id':'t1','name':'f','input':{'a':'\\u0022'}},"                    \
	"{'type':'tool_use','id':'t2','name':'g','input':{}}"
/* clang-format on */

START_TEST(a_message_is_read)
{
	const struct delta *d;

	ck_assert_int_eq(kit_reply(&k, "\n\n" MESSAGE(TEXTS, "'end_turn'")), ERR_OK);
	d = kit_delta(&k);
	assert_str(d->text, "Hi \\u00e4!");
	ck_assert(str_absent(d->reasoning) && str_absent(d->more));
	ck_assert_int_eq(d->finish, FINISH_STOP);
	assert_str(k.answer.id, "msg_1");
	assert_str(k.answer.model, "claude-x");
	ck_assert(k.answer.ended);
}
END_TEST

START_TEST(usage_is_split_in_disjoint_classes)
{
	const struct usage *u = &k.answer.usage;

	ck_assert_int_eq(kit_reply(&k, MESSAGE("", "'end_turn'")), ERR_OK);
	ck_assert(u->seen);
	ck_assert_int_eq(u->tokens[USAGE_input], 10);
	ck_assert_int_eq(u->tokens[USAGE_cache_read], 200);
	ck_assert_int_eq(u->tokens[USAGE_cache_write], 20);
	ck_assert_int_eq(u->tokens[USAGE_cache_write_long], 10);
	ck_assert_int_eq(u->tokens[USAGE_output], 50);
	ck_assert_int_eq(u->reasoning, 40);
	ck_assert_int_eq(kit_reply(&k, "{'content':[]}"), ERR_OK);
	ck_assert(!u->seen);
}
END_TEST

START_TEST(tools_are_counted_apart_from_other_blocks)
{
	const struct delta *d;

	ck_assert_int_eq(kit_reply(&k, MESSAGE(BLOCKS, "'tool_use'")), ERR_OK);
	d = kit_delta(&k);
	assert_str(d->text, "Look");
	ck_assert_uint_eq(d->n_tools, 2);
	ck_assert_int_eq(d->tools[0].index, 0);
	assert_str(d->tools[0].id, "t1");
	assert_str(d->tools[0].name, "f");
	assert_str(d->tools[0].arguments, "{\\\"a\\\":\\\"\\\\u0022\\\"}");
	ck_assert_int_eq(d->tools[1].index, 1);
	assert_str(d->tools[1].arguments, "{}");
	ck_assert_int_eq(d->finish, FINISH_TOOL_CALLS);
}
END_TEST

static const struct {
	const char *reason;
	enum finish finish;
} reasons[] = {
	{ "'end_turn'", FINISH_STOP },
	{ "'stop_sequence'", FINISH_STOP },
	{ "'max_tokens'", FINISH_LENGTH },
	{ "'model_context_window_exceeded'", FINISH_LENGTH },
	{ "'tool_use'", FINISH_TOOL_CALLS },
	{ "'refusal'", FINISH_CONTENT_FILTER },
	{ "'pause_turn'", FINISH_STOP },
	{ "'of the future'", FINISH_STOP },
	{ "null", FINISH_NONE },
};

START_TEST(stop_reasons)
{
	struct str body = arena_printf(&k.a, MESSAGE("", "%s"), reasons[_i].reason);

	ck_assert_int_eq(kit_reply(&k, arena_cstr(&k.a, body)), ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, reasons[_i].finish);
	assert_str(kit_delta(&k)->text, "");
	ck_assert(!str_absent(kit_delta(&k)->text));
}
END_TEST

/* --- streams --- */

#define EVENT(name, members) "event: " name "\ndata: {'type':'" name "'" members "   }\n\n"
#define START(usage)                                                                       \
	EVENT("message_start", ",'message':{'id':'msg_1','model':'claude-x','content':[]," \
			       "'usage':" usage "}")
#define BLOCK(i, block)                                                        \
	EVENT("content_block_start", ",'index':" #i ",'content_block':" block) \
	"event: ping\ndata: {'type': 'ping'}\n\n"
#define DELTA(i, delta) EVENT("content_block_delta", ",'index':" #i ",'delta':" delta)
#define STOP(i)         EVENT("content_block_stop", ",'index':" #i)
#define END(reason, usage)                                                           \
	EVENT("message_delta", ",'delta':{'stop_reason':" reason "},'usage':" usage) \
	EVENT("message_stop", "")

#define STREAM                                                                       \
	START("{'input_tokens':25,'cache_creation_input_tokens':9,'cache_creation':" \
	      "{'ephemeral_1h_input_tokens':4},'output_tokens':8}")                  \
	BLOCK(0, "{'type':'thinking','thinking':'','signature':''}")                 \
	DELTA(0, "{'type':'thinking_delta','thinking':'Let me '}")                   \
	DELTA(0, "{'type':'thinking_delta','thinking':'see.'}")                      \
	DELTA(0, "{'type':'signature_delta','signature':'c2ln'}")                    \
	STOP(0)                                                                      \
	BLOCK(1, "{'type':'redacted_thinking','data':'ZGF0YQ=='}")                   \
	STOP(1)                                                                      \
	BLOCK(2, "{'type':'text','text':''}")                                        \
	DELTA(2, "{'type':'text_delta','text':'Hel'}")                               \
	DELTA(2, "{'type':'citations_delta','citation':{}}")                         \
	DELTA(2, "{'type':'text_delta','text':'lo'}")                                \
	STOP(2)                                                                      \
	BLOCK(3, "{'type':'server_tool_use','id':'s','name':'n','input':{}}")        \
	DELTA(3, "{'type':'input_json_delta','partial_json':'{}'}")                  \
	STOP(3)                                                                      \
	BLOCK(4, "{'type':'tool_use','id':'t1','name':'f','input':{}}")              \
	DELTA(4, "{'type':'input_json_delta','partial_json':''}")                    \
	DELTA(4, "{'type':'input_json_delta','partial_json':'{\\u0022a\\u0022'}")    \
	DELTA(4, "{'type':'input_json_delta','partial_json':':1}'}")                 \
	STOP(4)                                                                      \
	BLOCK(5, "{'type':'tool_use','id':'t2','name':'g','input':{}}")              \
	DELTA(5, "{'type':'input_json_delta','partial_json':''}")                    \
	STOP(5)                                                                      \
	EVENT("of_the_future", ",'x':1")                                             \
	END("'tool_use'", "{'output_tokens':92,'output_tokens_details':{'thinking_tokens':53}}")

START_TEST(a_stream_is_read)
{
	const struct delta *d;

	ck_assert_int_eq(kit_stream(&k, STREAM), ERR_OK);
	d = kit_delta(&k);
	assert_str(k.answer.id, "msg_1");
	assert_str(d->text, "Hello");
	assert_str(d->reasoning, "Let me see.");
	ck_assert_uint_eq(d->n_tools, 2);
	assert_str(d->tools[0].arguments, "{\\u0022a\\u0022:1}");
	assert_str(d->tools[1].id, "t2");
	assert_str(d->tools[1].arguments, "{}");
	ck_assert_int_eq(d->finish, FINISH_TOOL_CALLS);
	ck_assert(k.answer.ended);
}
END_TEST

/* clang-format off */
#define ARGUMENTS_FIRST                                                                        \
	START("{}") BLOCK(0, "{'type':'tool_use','id':'t','name':'f','input':{'a':1}}") STOP(0)   \
	END("'tool_use'", "{'output_tokens':1}")
/* clang-format on */

START_TEST(arguments_may_come_with_the_block)
{
	ck_assert_int_eq(kit_stream(&k, ARGUMENTS_FIRST), ERR_OK);
	assert_str(kit_delta(&k)->tools[0].arguments, "{\\\"a\\\":1}");
}
END_TEST

START_TEST(usage_of_a_stream_is_never_added_up)
{
	const struct usage *u = &k.answer.usage;

	ck_assert_int_eq(kit_stream(&k, STREAM), ERR_OK);
	ck_assert_int_eq(u->tokens[USAGE_input], 25);
	ck_assert_int_eq(u->tokens[USAGE_cache_write], 5);
	ck_assert_int_eq(u->tokens[USAGE_cache_write_long], 4);
	ck_assert_int_eq(u->tokens[USAGE_output], 92);
	ck_assert_int_eq(u->reasoning, 53);
	ck_assert(u->seen && !u->estimated);
}
END_TEST

START_TEST(usage_at_a_streams_start_is_no_final_figure)
{
	const struct usage *u = &k.answer.usage;

	ck_assert_int_eq(kit_stream(&k, START("{'input_tokens':25,'output_tokens':1}")), ERR_OK);
	ck_assert_int_eq(u->tokens[USAGE_input], 25);
	ck_assert(u->seen && u->estimated);
	ck_assert_int_eq(kit_stream(&k, START("{}")), ERR_OK);
	ck_assert(!u->seen && !u->estimated);
	/* nor when the end comes without a count */
	ck_assert_int_eq(kit_stream(&k, START("{'input_tokens':25,'output_tokens':1}")
						END("'end_turn'", "{}")),
			 ERR_OK);
	ck_assert(u->seen && u->estimated);
	/* but one that was told stays told */
	ck_assert_int_eq(kit_stream(&k, START("{'input_tokens':25,'output_tokens':1}")
						END("'end_turn'", "{'output_tokens':4}")
							END("'end_turn'", "{}")),
			 ERR_OK);
	ck_assert(u->seen && !u->estimated);
	ck_assert_int_eq(u->tokens[USAGE_output], 4);
	/* and counts, though the start told of more */
	ck_assert_int_eq(kit_stream(&k, START("{'input_tokens':25,'output_tokens':8}")
						END("'end_turn'", "{'output_tokens':2}")),
			 ERR_OK);
	ck_assert_int_eq(u->tokens[USAGE_output], 2);
}
END_TEST

/* clang-format off */
#define REFUSED                                                                                \
	START("{'input_tokens':1,'output_tokens':1}")                                           \
	EVENT("message_delta", ",'delta':{'stop_reason':'refusal','stop_details':"              \
	      "{'explanation':'Not this.'}},'usage':{'output_tokens':5}")                       \
	EVENT("message_stop", "")
#define BROKEN                                                                                 \
	START("{'input_tokens':1,'output_tokens':1}")                                           \
	EVENT("error", ",'error':{'type':'overloaded_error','message':'Overloaded'}")
/* clang-format on */

START_TEST(a_refusal_may_have_no_block_at_all)
{
	ck_assert_int_eq(kit_stream(&k, REFUSED), ERR_OK);
	ck_assert_int_eq(kit_delta(&k)->finish, FINISH_CONTENT_FILTER);
	assert_str(kit_delta(&k)->refusal, "Not this.");
	ck_assert(!str_absent(kit_delta(&k)->text) && kit_delta(&k)->text.n == 0);
}
END_TEST

START_TEST(an_error_in_a_stream_is_a_fault)
{
	ck_assert_int_eq(kit_stream(&k, BROKEN), ERR_VENDOR_BUSY);
	ck_assert(k.vendor_fault.retry && k.vendor_fault.failover && k.vendor_fault.health);
	assert_str(k.vendor_fault.message, "Overloaded");
	ck_assert_int_eq(kit_stream(&k, "data: {'type':\n\n"), ERR_VENDOR_GARBAGE);
}
END_TEST

static const struct {
	const char *type;
	enum err code;
} error_events[] = {
	{ "invalid_request_error", ERR_VENDOR_REQUEST },
	{ "authentication_error", ERR_VENDOR_KEY },
	{ "billing_error", ERR_VENDOR_KEY },
	{ "permission_error", ERR_VENDOR_KEY },
	{ "not_found_error", ERR_MODEL_UNKNOWN },
	{ "conflict_error", ERR_VENDOR_ERROR },
	{ "request_too_large", ERR_BODY_SIZE },
	{ "rate_limit_error", ERR_VENDOR_THROTTLED },
	{ "api_error", ERR_VENDOR_ERROR },
	{ "timeout_error", ERR_VENDOR_TIMEOUT },
	{ "overloaded_error", ERR_VENDOR_BUSY },
	{ "error_of_the_future", ERR_VENDOR_ERROR },
};

START_TEST(errors_in_streams_are_judged_by_their_type)
{
	struct str event = arena_printf(&k.a, EVENT("error", ",'error':{'type':'%s'}"),
					error_events[_i].type);

	ck_assert_int_eq(kit_stream(&k, arena_cstr(&k.a, event)), error_events[_i].code);
}
END_TEST

START_TEST(an_error_as_a_200_is_a_fault)
{
	ck_assert_int_eq(
		kit_reply(&k, "{'type':'error','error':{'type':'rate_limit_error','message':'m'}}"),
		ERR_VENDOR_THROTTLED);
	ck_assert_int_eq(kit_reply(&k, "{'type':'message'}"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, "<html>"), ERR_VENDOR_GARBAGE);
	ck_assert_int_eq(kit_reply(&k, ""), ERR_VENDOR_GARBAGE);
}
END_TEST

/* --- thinking goes to the client and comes back --- */

#define THINKING                                                           \
	"{'type':'thinking','thinking':'Let me see.','signature':'c2ln'}," \
	"{'type':'redacted_thinking','data':'ZGF0YQ=='}"
/* clang-format off */
/* a turn in the middle of which the tool's result goes back, with the thinking before it */
#define BACK(details)                                                                          \
	"'messages':[{'role':'user','content':'Weather?'},{'role':'assistant','content':'Hello',"  \
	"'reasoning_details':" details ","                                                       \
	"'tool_calls':[{'id':'t1','type':'function','function':{'name':'f','arguments':'{}'}}]},"  \
	"{'role':'tool','tool_call_id':'t1','content':'12 C'}],"                                 \
	"'tools':[{'type':'function','function':{'name':'f'}}],'reasoning_effort':'low'"
/* clang-format on */

/* what a client sends that keeps every delta's reasoning_details in one list */
static const char *details_of_answer(void)
{
	struct str more = kit_delta(&k)->more;

	ck_assert(str_starts(more, STR("\"reasoning_details\":")));
	return arena_cstr(&k.a, str_sub(more, strlen("\"reasoning_details\":"), more.n));
}

static void assert_comes_back(const char *details)
{
	struct str members = arena_printf(&k.a, BACK("%s"), details);

	ck_assert_int_eq(kit_ask(&k, arena_cstr(&k.a, members)), ERR_OK);
	kit_assert_has(&k, "{'role':'assistant','content':[" THINKING ",{'type':'text'");
	kit_assert_has(&k, "'thinking':{'type':'enabled'");
}

START_TEST(thinking_of_a_reply_comes_back_as_it_was)
{
	ck_assert_int_eq(
		kit_reply(&k, MESSAGE(THINKING ",{'type':'text','text':'Hello'}", "'end_turn'")),
		ERR_OK);
	assert_str(kit_delta(&k)->reasoning, "Let me see.");
	assert_comes_back(details_of_answer());
}
END_TEST

START_TEST(thinking_of_a_stream_comes_back_as_it_was)
{
	const char *format;

	ck_assert_int_eq(kit_stream(&k, STREAM), ERR_OK);
	assert_comes_back(details_of_answer());
	/* once for each of the two blocks: who puts pieces together by index joins strings */
	format = strstr(details_of_answer(), "format");
	format = strstr(format + 1, "format");
	ck_assert_ptr_nonnull(format);
	ck_assert_ptr_null(strstr(format + 1, "format"));
}
END_TEST

START_TEST(without_indexes_a_block_ends_with_its_signature)
{
	assert_comes_back(
		"[{'type':'reasoning.text','format':'anthropic-claude-v1','text':'Let me '},"
		"{'type':'reasoning.text','text':'see.','signature':'c2ln'},"
		"{'type':'reasoning.encrypted','format':'anthropic-claude-v1',"
		"'data':'ZGF0YQ=='}]");
}
END_TEST

START_TEST(thinking_put_together_by_index_comes_back_too)
{
	assert_comes_back("[{'type':'reasoning.text','index':0,'format':'anthropic-claude-v1',"
			  "'text':'Let me see.','signature':'c2ln'},{'type':'reasoning.encrypted',"
			  "'index':1,'format':'anthropic-claude-v1','data':'ZGF0YQ=='}]");
}
END_TEST

/* clang-format off */
#define OURS "'format':'anthropic-claude-v1'"
static const char *const strange_details[] = {
	"[{'type':'reasoning.text','text':'x','signature':'s','format':'openai-responses-v1'}]",
	"[{'type':'reasoning.text','text':'x','signature':'s'," OURS ",'model':'another'}]",
	"[{'type':'reasoning.text','text':'unsigned'," OURS "}]",
	"[{'type':'reasoning.text','text':'x','signature':'s'}]",
	"[1,null,[],{}]",
};
/* clang-format on */

START_TEST(thinking_of_others_does_not_come_back)
{
	struct str members = arena_printf(&k.a, BACK("%s"), strange_details[_i]);

	ck_assert_int_eq(kit_ask(&k, arena_cstr(&k.a, members)), ERR_OK);
	kit_assert_lacks(&k, "'thinking'");
	ck_assert_int_eq(kit_adapted(&k, "reasoning_effort"), ADAPTED_CHANGED);
}
END_TEST

/* --- errors --- */

#define ERROR(type, message) "{'type':'error','error':{'type':'" type "','message':'" message "'}}"

static const struct {
	int status;
	const char *body;
	enum err code;
	bool retry, failover, health;
	int credential;
} errors[] = {
	/* clang-format off */
	{ 400, ERROR("invalid_request_error", "messages: wrong"), ERR_VENDOR_REQUEST, 0, 0, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), ERR_CONTEXT, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 9 > 9"), ERR_CONTEXT, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "`temperature` is deprecated for this model."), ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "Too many strict tools (21)."), ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "Schemas contains too many optional parameters (25)"), ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "Schema is too complex for compilation."), ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "Your credit balance is too low to access"), ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 400, ERROR("invalid_request_error", "You have reached your specified API usage limits."), ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 400, ERROR("invalid_request_error", "This model does not support assistant message prefill."), ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, ERROR("invalid_request_error", "Output blocked by content filtering policy"), ERR_CONTENT, 0, 1, 0, CRED_FINE },
	{ 401, ERROR("authentication_error", "invalid x-api-key"), ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 402, ERROR("billing_error", "m"), ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 403, ERROR("permission_error", "m"), ERR_VENDOR_KEY, 0, 1, 0, CRED_COOL },
	{ 404, ERROR("not_found_error", "model: x"), ERR_MODEL_UNKNOWN, 0, 1, 0, CRED_FINE },
	{ 409, ERROR("conflict_error", "m"), ERR_VENDOR_ERROR, 1, 1, 0, CRED_FINE },
	{ 413, ERROR("request_too_large", "m"), ERR_BODY_SIZE, 0, 1, 0, CRED_FINE },
	{ 429, ERROR("rate_limit_error", "m"), ERR_VENDOR_THROTTLED, 1, 1, 0, CRED_COOL },
	{ 429, "{'type':'error','error':{'type':'rate_limit_error','message':'m','details':"
	       "{'error_code':'enforced_spend_limit_reached'}}}", ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 429, ERROR("rate_limit_error", "You have reached your API usage limits"), ERR_VENDOR_KEY, 0, 1, 0, CRED_OUT },
	{ 500, ERROR("api_error", "m"), ERR_VENDOR_ERROR, 1, 1, 1, CRED_FINE },
	{ 504, ERROR("timeout_error", "m"), ERR_VENDOR_TIMEOUT, 1, 1, 1, CRED_FINE },
	{ 529, ERROR("overloaded_error", "Overloaded"), ERR_VENDOR_BUSY, 1, 1, 1, CRED_FINE },
	{ 502, "<html>bad gateway</html>", ERR_VENDOR_ERROR, 1, 1, 1, CRED_FINE },
	/* clang-format on */
};

START_TEST(vendor_errors)
{
	const struct vendor_fault *f = &k.vendor_fault;
	bool waits = errors[_i].status == 429 || errors[_i].status >= 500;

	kit_error(&k, errors[_i].status, errors[_i].body);
	ck_assert_int_eq(f->code, errors[_i].code);
	ck_assert_int_eq(f->retry, errors[_i].retry);
	ck_assert_int_eq(f->failover, errors[_i].failover);
	ck_assert_int_eq(f->health, errors[_i].health);
	ck_assert_int_eq(f->credential, errors[_i].credential);
	ck_assert_int_eq(f->retry_after_ms, waits ? 7000 : -1);
}
END_TEST

START_TEST(any_bytes_give_an_answer_or_a_fault)
{
	kit_batter(&k,
		   MESSAGE(THINKING ",{'type':'tool_use','id':'t','name':'f','input':{'a':[1]}}",
			   "'tool_use'"),
		   STREAM, 20000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("anthropic, answers");
	TCase *t = tcase_create("answers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_message_is_read);
	tcase_add_test(t, usage_is_split_in_disjoint_classes);
	tcase_add_test(t, tools_are_counted_apart_from_other_blocks);
	tcase_add_loop_test(t, stop_reasons, 0, COUNT_OF(reasons));
	tcase_add_test(t, a_stream_is_read);
	tcase_add_test(t, arguments_may_come_with_the_block);
	tcase_add_test(t, usage_of_a_stream_is_never_added_up);
	tcase_add_test(t, usage_at_a_streams_start_is_no_final_figure);
	tcase_add_test(t, a_refusal_may_have_no_block_at_all);
	tcase_add_test(t, an_error_in_a_stream_is_a_fault);
	tcase_add_loop_test(t, errors_in_streams_are_judged_by_their_type, 0,
			    COUNT_OF(error_events));
	tcase_add_test(t, an_error_as_a_200_is_a_fault);
	tcase_add_test(t, thinking_of_a_reply_comes_back_as_it_was);
	tcase_add_test(t, thinking_of_a_stream_comes_back_as_it_was);
	tcase_add_test(t, thinking_put_together_by_index_comes_back_too);
	tcase_add_test(t, without_indexes_a_block_ends_with_its_signature);
	tcase_add_loop_test(t, thinking_of_others_does_not_come_back, 0, COUNT_OF(strange_details));
	tcase_add_loop_test(t, vendor_errors, 0, COUNT_OF(errors));
	tcase_add_test(t, any_bytes_give_an_answer_or_a_fault);
	suite_add_tcase(s, t);
	return unit_run(s);
}
