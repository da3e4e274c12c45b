/* check_core_answer.c -- answers, chunks and errors as OpenAI's clients get them. */
#include "core/dialect/openai_client.h"
#include "unit.h"

static struct arena a;
static struct buf out;
static struct chunk_state st;
static struct answer_head head;

static void setup(void)
{
	arena_init(&a, 1 << 20);
	buf_init(&out, 1 << 20);
	st = (struct chunk_state){ .a = &a };
	head = (struct answer_head){ .id = STR("chatcmpl-1"),
				     .model = STR("model"),
				     .created = 1700000000 };
}

static void teardown(void)
{
	buf_release(&out);
	arena_release(&a);
}

#define assert_written(want)                                                                \
	do {                                                                                \
		struct str want_ = unit_json(&a, (want));                                   \
		ck_assert_msg(str_eq(buf_str(&out), want_), "written: %.*s\nwanted:  %.*s", \
			      STR_ARG(buf_str(&out)), STR_ARG(want_));                      \
		buf_reset(&out);                                                            \
	} while (0)

#define HEAD "{'id':'chatcmpl-1','object':'chat.completion','created':1700000000,'model':'model'"
#define CHUNK                                                                             \
	"data: {'id':'chatcmpl-1','object':'chat.completion.chunk','created':1700000000," \
	"'model':'model'"

/* --- whole answers --- */

static void write_reply(struct delta d)
{
	struct answer answer = { .deltas = &d, .n_deltas = 1 };

	openai_write_reply(&out, &head, &answer);
}

START_TEST(nothing_that_the_schema_wants_is_missing)
{
	write_reply((struct delta){ .text = STR("Hi\\n") });
	assert_written(HEAD
		       ",'choices':[{'index':0,'message':{'role':'assistant','content':'Hi\\n',"
		       "'refusal':null},'logprobs':null,'finish_reason':'stop'}]}");
}
END_TEST

START_TEST(the_vendors_words_come_first)
{
	struct delta d = { .refusal = STR("No"),
			   .reasoning = STR("hm"),
			   .more = STR("\"x\":1"),
			   .more_choice = STR("\"y\":2"),
			   .finish = FINISH_CONTENT_FILTER };
	struct answer answer = { .id = STR("v1"),
				 .model = STR("v2"),
				 .created = 5,
				 .service_tier = STR("\"flex\""),
				 .fingerprint = STR("\"fp\""),
				 .more = STR("\"z\":3"),
				 .deltas = &d,
				 .n_deltas = 1 };

	openai_write_reply(&out, &head, &answer);
	assert_written("{'id':'v1','object':'chat.completion','created':5,'model':'v2','choices':"
		       "[{'index':0,'message':{'role':'assistant','content':null,'refusal':'No',"
		       "'reasoning_content':'hm','x':1},'logprobs':null,"
		       "'finish_reason':'content_filter','y':2}],'service_tier':'flex',"
		       "'system_fingerprint':'fp','z':3}");
}
END_TEST

START_TEST(what_the_schema_forbids_is_left_out)
{
	struct answer answer = { .service_tier = STR("\"standard\""), .fingerprint = STR("null") };

	openai_write_reply(&out, &head, &answer);
	assert_written(HEAD ",'choices':[]}");
}
END_TEST

START_TEST(usage_is_inclusive_again)
{
	struct answer answer = { .usage = { .seen = true,
					    .reasoning = 5,
					    .tokens = { [USAGE_input] = 100,
							[USAGE_cache_read] = 20,
							[USAGE_cache_write] = 3,
							[USAGE_cache_write_long] = 4,
							[USAGE_input_audio] = 7,
							[USAGE_output] = 50,
							[USAGE_output_audio] = 6 } } };

	openai_write_reply(&out, &head, &answer);
	assert_written(HEAD ",'choices':[],'usage':{'prompt_tokens':134,'completion_tokens':56,"
			    "'total_tokens':190,'prompt_tokens_details':{'cached_tokens':20,"
			    "'cache_write_tokens':7,'audio_tokens':7},'completion_tokens_details':"
			    "{'reasoning_tokens':5,'audio_tokens':6}}}");
}
END_TEST

START_TEST(calls_without_id_get_one)
{
	struct tool_delta tools[] = { { .index = 0, .name = STR("f"), .arguments = STR("{}") },
				      { .index = 1,
					.custom = true,
					.id = STR("c1"),
					.name = STR("g"),
					.arguments = STR("x") } };

	write_reply((struct delta){ .tools = tools, .n_tools = 2 });
	assert_written(HEAD
		       ",'choices':[{'index':0,'message':{'role':'assistant','content':null,"
		       "'refusal':null,'tool_calls':[{'id':'call_25c04111_0_0','type':'function',"
		       "'function':{'name':'f','arguments':'{}'}},{'id':'c1','type':'custom',"
		       "'custom':{'name':'g','input':'x'}}]},'logprobs':null,"
		       "'finish_reason':'tool_calls'}]}");
}
END_TEST

/* --- streams --- */

static void write_chunk(struct delta d)
{
	struct answer answer = { .deltas = &d, .n_deltas = 1 };

	openai_write_chunk(&out, &st, &head, &answer);
}

static void write_end(struct usage usage)
{
	openai_write_end(&out, &st, &head, &usage);
}

START_TEST(the_first_delta_has_the_role)
{
	write_chunk((struct delta){ .text = STR("Hel") });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'role':'assistant','content':'Hel',"
			     "'refusal':null},'logprobs':null,'finish_reason':null}]}\n\n");
	write_chunk((struct delta){ .text = STR("lo"), .finish = FINISH_STOP });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'content':'lo'},'logprobs':null,"
			     "'finish_reason':'stop'}]}\n\n");
	write_end((struct usage){ .seen = true });
	assert_written("data: [DONE]\n\n");
}
END_TEST

START_TEST(what_says_nothing_is_not_written)
{
	write_chunk((struct delta){ .text = STR("") });
	assert_written("");
	write_chunk((struct delta){ .choice = -1, .text = STR("x") });
	write_chunk((struct delta){ .choice = MAX_CHOICES, .text = STR("x") });
	assert_written("");
}
END_TEST

START_TEST(reasoning_comes_before_content)
{
	write_chunk((struct delta){ .reasoning = STR("hm") });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'role':'assistant','content':null,"
			     "'refusal':null,'reasoning_content':'hm'},'logprobs':null,"
			     "'finish_reason':null}]}\n\n");
	write_chunk((struct delta){ .text = STR("Hi") });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'content':'Hi'},'logprobs':null,"
			     "'finish_reason':null}]}\n\n");
}
END_TEST

START_TEST(only_the_first_delta_of_a_call_has_its_id)
{
	struct tool_delta first = { .index = 1, .id = STR("c1"), .name = STR("f") };
	struct tool_delta later = { .index = 1, .arguments = STR("{}") };

	write_chunk((struct delta){ .tools = &first, .n_tools = 1 });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'role':'assistant','content':null,"
			     "'refusal':null,'tool_calls':[{'index':1,'id':'c1','type':'function',"
			     "'function':{'name':'f','arguments':''}}]},'logprobs':null,"
			     "'finish_reason':null}]}\n\n");
	write_chunk((struct delta){ .tools = &later, .n_tools = 1 });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'function':"
			     "{'arguments':'{}'}}]},'logprobs':null,'finish_reason':null}]}\n\n");
}
END_TEST

START_TEST(a_missing_finish_reason_is_added)
{
	struct tool_delta call = { .id = STR("c1"), .name = STR("f") };

	write_chunk((struct delta){ .choice = 0, .text = STR("x") });
	write_chunk((struct delta){ .choice = 1, .tools = &call, .n_tools = 1 });
	write_chunk((struct delta){ .choice = 2, .text = STR("y"), .finish = FINISH_LENGTH });
	buf_reset(&out);
	write_end((struct usage){ 0 });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{},'logprobs':null,'finish_reason':"
			     "'stop'}]}\n\n" CHUNK ",'choices':[{'index':1,'delta':{},'logprobs':"
			     "null,'finish_reason':'tool_calls'}]}\n\ndata: [DONE]\n\n");
}
END_TEST

START_TEST(a_finish_reason_is_told_once)
{
	write_chunk((struct delta){ .text = STR("x"), .finish = FINISH_STOP });
	buf_reset(&out);
	write_chunk((struct delta){ .finish = FINISH_STOP });
	assert_written("");
}
END_TEST

START_TEST(an_empty_stream_still_says_something)
{
	write_end((struct usage){ 0 });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'role':'assistant','content':'',"
			     "'refusal':null},'logprobs':null,'finish_reason':'stop'}]}\n\n"
			     "data: [DONE]\n\n");
}
END_TEST

START_TEST(usage_comes_only_when_asked_for)
{
	struct usage usage = { .seen = true, .tokens = { [USAGE_input] = 1, [USAGE_output] = 2 } };

	head.include_usage = true;
	write_chunk((struct delta){ .text = STR("x"), .finish = FINISH_STOP });
	assert_written(CHUNK ",'choices':[{'index':0,'delta':{'role':'assistant','content':'x',"
			     "'refusal':null},'logprobs':null,'finish_reason':'stop'}],"
			     "'usage':null}\n\n");
	write_end(usage);
	assert_written(CHUNK ",'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':2,"
			     "'total_tokens':3,'prompt_tokens_details':{'cached_tokens':0,"
			     "'cache_write_tokens':0,'audio_tokens':0},'completion_tokens_details':"
			     "{'reasoning_tokens':0,'audio_tokens':0}}}\n\ndata: [DONE]\n\n");
}
END_TEST

START_TEST(the_id_never_changes)
{
	struct delta d = { .text = STR("x") };
	struct answer first = { .deltas = &d, .n_deltas = 1 };
	struct answer second = { .id = STR("other"), .deltas = &d, .n_deltas = 1 };

	openai_write_chunk(&out, &st, &head, &first);
	openai_write_chunk(&out, &st, &head, &second);
	ck_assert(!str_has(buf_str(&out), "other"));
}
END_TEST

START_TEST(members_before_the_first_choice_are_kept)
{
	struct delta d = { .text = STR("x") };
	struct answer early = { .id = STR("v1"), .more = STR("\"early\":[1],\"both\":1") };
	struct answer first = { .more = STR("\"both\":2"), .deltas = &d, .n_deltas = 1 };

	openai_write_chunk(&out, &st, &head, &early);
	assert_written("");
	openai_write_chunk(&out, &st, &head, &first);
	ck_assert(str_has(buf_str(&out), "\"id\":\"v1\""));
	ck_assert(str_has(buf_str(&out), "],\"both\":2,\"early\":[1]}\n\n"));
}
END_TEST

START_TEST(raw_values_never_end_a_frame)
{
	write_chunk((struct delta){ .more = STR("\"x\":[1,\n2\r\n]") });
	ck_assert(str_has(buf_str(&out), "\"x\":[1, 2  ]"));
}
END_TEST

/* --- errors --- */

START_TEST(errors_have_four_members)
{
	struct fault f = { .code = ERR_VALUE, .param = "n", .text = "n is \"wrong\"" };

	openai_write_fault(&out, &f);
	assert_written("{'error':{'message':'n is \\'wrong\\'','type':'invalid_request_error',"
		       "'param':'n','code':'invalid_value'}}");
}
END_TEST

START_TEST(errors_without_words_have_the_tables)
{
	struct fault f = { .code = ERR_BUDGET };

	openai_write_fault(&out, &f);
	assert_written("{'error':{'message':'a budget has too little left for the request','type':"
		       "'insufficient_quota','param':null,'code':'budget_exceeded'}}");
}
END_TEST

START_TEST(errors_in_a_stream_are_frames_without_a_name)
{
	struct fault f = { .code = ERR_VENDOR_CUT, .text = "cut" };

	openai_write_stream_fault(&out, &f);
	assert_written("data: {'error':{'message':'cut','type':'upstream_error','param':null,"
		       "'code':'upstream_truncated'}}\n\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/answer");
	TCase *t = tcase_create("write");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_that_the_schema_wants_is_missing);
	tcase_add_test(t, the_vendors_words_come_first);
	tcase_add_test(t, what_the_schema_forbids_is_left_out);
	tcase_add_test(t, usage_is_inclusive_again);
	tcase_add_test(t, calls_without_id_get_one);
	tcase_add_test(t, the_first_delta_has_the_role);
	tcase_add_test(t, what_says_nothing_is_not_written);
	tcase_add_test(t, reasoning_comes_before_content);
	tcase_add_test(t, only_the_first_delta_of_a_call_has_its_id);
	tcase_add_test(t, a_missing_finish_reason_is_added);
	tcase_add_test(t, a_finish_reason_is_told_once);
	tcase_add_test(t, an_empty_stream_still_says_something);
	tcase_add_test(t, usage_comes_only_when_asked_for);
	tcase_add_test(t, the_id_never_changes);
	tcase_add_test(t, members_before_the_first_choice_are_kept);
	tcase_add_test(t, raw_values_never_end_a_frame);
	tcase_add_test(t, errors_have_four_members);
	tcase_add_test(t, errors_without_words_have_the_tables);
	tcase_add_test(t, errors_in_a_stream_are_frames_without_a_name);
	suite_add_tcase(s, t);
	return unit_run(s);
}
