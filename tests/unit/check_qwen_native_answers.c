/* check_qwen_native_answers.c -- what Qwen answers in native mode; streams that repeat themselves.
 */
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
	ck_assert_int_eq(kit_reply(&k, "{'output':{'choices':[{'index':0},{'index':0}]}}"),
			 ERR_VENDOR_GARBAGE);
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
	{ "a later piece that begins like the first", SAYS("a") SAYS("b") SAYS("ab") ENDS("abc"), "abababc",
	  NULL },
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
	{ "a text alone, all so far",
	  FRAME("'text':'H','finish_reason':'null'") FRAME("'text':'Hi','finish_reason':'stop'"), "Hi",
	  NULL },
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
	ck_assert_int_eq(kit_stream(&k, "data:{'code':'InvalidParameter','message':'m'}\n\n"),
			 ERR_VENDOR_REQUEST);
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
	{ 400, "InvalidParameter", "parameter.enable_thinking must be set to false", ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
	{ 400, "InvalidParameter", "The tool_choice parameter does not support", ERR_VENDOR_REQUEST, 0, 1, 0, CRED_FINE },
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
	{ 503, "ServiceUnavailable", "m", ERR_VENDOR_BUSY, 1, 1, 1, CRED_FINE },
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

int main(void)
{
	Suite *s = suite_create("qwen_native, answers");
	TCase *t = tcase_create("answers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
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
	suite_add_tcase(s, t);
	return unit_run(s);
}
