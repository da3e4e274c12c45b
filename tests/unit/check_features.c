/* check_features.c -- what one pass over a prompt counts, marks and hands on. */
#include "base/rand.h"
#include "core/dialect/openai_client.h"
#include "core/features_parts.h"
#include "unit.h"

static struct arena a;
static struct features f;
static struct questions q;

static void setup(void)
{
	arena_init(&a, 64 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

static void read_text(struct str text)
{
	ck_assert(features_of_text(text, &a, &f, &q));
}

static void read_body(struct str body)
{
	static struct chat chat;
	struct fault fault;

	ck_assert_msg(openai_read_request(&a, body, &json_limits_default, &chat, &fault) == ERR_OK,
		      "%s", fault.text);
	ck_assert(features_of_chat(&chat, FOR_ALL, &a, &f, &q));
}

static void read_members(const char *members)
{
	struct str body = arena_printf(&a, "{'model':'m',%s}", members);

	read_body(unit_json(&a, arena_cstr(&a, body)));
}

/* the text n times */
static struct str repeat(const char *text, size_t n)
{
	size_t one = strlen(text);
	char *p = arena_chars(&a, one * n);

	for (size_t i = 0; i < n; i++)
		memcpy(p + i * one, text, one);
	return (struct str){ p, one * n };
}

static int by_number(const void *x, const void *y)
{
	uint32_t p = *(const uint32_t *)x, r = *(const uint32_t *)y;

	return (p > r) - (p < r);
}

static void assert_same_grams(const struct grams *x, const struct grams *y)
{
	uint32_t *cues[2] = { (uint32_t *)x->cues, (uint32_t *)y->cues };

	ck_assert_uint_eq(x->n_cues, y->n_cues);
	ck_assert_uint_eq(x->n, y->n);
	for (int i = 0; i < 2; i++)
		qsort(cues[i], x->n_cues, sizeof(uint32_t), by_number);
	ck_assert_mem_eq(cues[0], cues[1], x->n_cues * sizeof(uint32_t));
	ck_assert_mem_eq(x->at, y->at, x->n * sizeof(uint32_t));
}

/* --- counts --- */

struct counted {
	const char *text;
	enum text_class class;
	int64_t count;
};

static const struct counted counted[] = {
	{ "one two  three", TEXT_word, 3 },
	{ "one two  three   four", TEXT_space_run, 2 },
	{ "internationally", TEXT_long_letter, 9 },
	{ "a sentences of words", TEXT_long_letter, 3 },
	{ "12 apples, 345", TEXT_digit, 5 },
	{ "12 apples, 345", TEXT_digit_run, 2 },
	{ "Really?! Yes...", TEXT_punct, 5 },
	{ "Really?! Yes...", TEXT_punct_run, 2 },
	{ "\xe2\x80\x9cHi\xe2\x80\x9d \xe2\x80\x94 \xe2\x80\x98so\xe2\x80\x99", TEXT_punct, 5 },
	{ "a\n\nb\nc\r\nd", TEXT_newline_run, 3 },
	{ "caf\xc3\xa9 \xc3\xa0 la cr\xc3\xa8me", TEXT_latin, 3 },
	{ "caf\xc3\xa9", TEXT_word, 1 },
	{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", TEXT_cyrillic, 6 },
	{ "\xce\xb1\xce\xb2", TEXT_cyrillic, 2 },
	{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", TEXT_semitic, 4 },
	{ "\xe3\x81\x82\xe3\x82\xab", TEXT_kana, 2 },
	{ "\xe4\xb8\xad\xe6\x96\x87\xef\xbc\x8c\xe5\xa5\xbd\xe3\x80\x82", TEXT_cjk, 5 },
	{ "\xed\x95\x9c\xea\xb5\xad", TEXT_hangul, 2 },
	{ "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", TEXT_other, 2 },
};

START_TEST(each_class_is_counted)
{
	const struct counted *c = &counted[_i];

	read_text(str_of(c->text));
	ck_assert_msg(f.counts[c->class] == c->count, "%s: class %d is %lld, not %lld", c->text,
		      c->class, (long long)f.counts[c->class], (long long)c->count);
}
END_TEST

START_TEST(bad_utf8_is_other)
{
	read_text(STR("ab\xff\xfe\x80 cd\xe4\xb8"));
	ck_assert_int_eq(f.counts[TEXT_other], 5);
	ck_assert_int_eq(f.counts[TEXT_word], 2);
}
END_TEST

START_TEST(messages_tools_and_schema_are_counted)
{
	read_members("'messages':[{'role':'system','content':'one two'},"
		     "{'role':'user','content':[{'type':'text','text':'three'}]},"
		     "{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function',"
		     "'function':{'name':'four','arguments':'five'}}]},"
		     "{'role':'tool','tool_call_id':'c','content':'six'}]");
	ck_assert_int_eq(f.counts[TEXT_word], 6);
	ck_assert_uint_eq(f.messages, 4);
	ck_assert_uint_eq(f.turns, 1);
	read_members("'messages':[{'role':'user','content':'one'}],'tools':[{'type':'function',"
		     "'function':{'name':'two'}}]");
	ck_assert_int_ge(f.counts[TEXT_word], 2 + 3);
	ck_assert_uint_eq(f.marks & MARK_TOOLS, MARK_TOOLS);
	ck_assert_uint_eq(f.tools, 1);
}
END_TEST

START_TEST(escapes_are_seen_through)
{
	struct questions plain;

	read_text(STR("say \"\xe4\xb8\xad\xe6\x96\x87\"\n\tx \xf0\x9f\x98\x80 caf\xc3\xa9"));
	plain = q;
	read_members("'messages':[{'role':'user','content':'say \\\"\\u4e2d\\u6587\\\"\\n\\tx "
		     "\\ud83d\\ude00 caf\\u00e9'}]");
	assert_same_grams(&plain.list[0], &q.list[0]);
	ck_assert_int_eq(f.counts[TEXT_cjk], 2);
	ck_assert_int_eq(f.counts[TEXT_other], 1);
	ck_assert_int_eq(f.counts[TEXT_punct], 2);
}
END_TEST

/* in pieces of at most so many bytes */
static void read_cut(struct str text, struct rnd *r, uint32_t most, struct text_reader *reader)
{
	while (text.n) {
		size_t n = 1 + rnd_below(r, most);

		text_read(reader, str_sub(text, 0, n), false);
		text = str_sub(text, n, text.n);
	}
}

/* Runs that are read at once are worth what their characters are. */
START_TEST(it_does_not_matter_where_a_text_is_cut)
{
	static const char letters[] = "abcdeXYZ  \n\n,.({;`\\0123 longestword a b  ";
	struct tokens *whole = ARENA_NEW(&a, struct tokens), *cut = ARENA_NEW(&a, struct tokens);
	struct text_reader x = { .tokens = whole }, y = { .tokens = cut };
	struct rnd r = rnd_seed((uint64_t)_i);
	char text[300];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = letters[rnd_below(&r, sizeof(letters) - 1)];
	text_read(&x, (struct str){ text, sizeof(text) }, false);
	read_cut((struct str){ text, sizeof(text) }, &r, 1 + (uint32_t)_i % 7, &y);
	text_break(&x);
	text_break(&y);
	ck_assert_mem_eq(x.counts, y.counts, sizeof(x.counts));
	ck_assert_uint_eq(whole->n, cut->n);
	ck_assert_uint_eq(whole->code, cut->code);
	ck_assert_uint_eq(whole->maths, cut->maths);
	for (uint32_t i = 0; i < whole->n; i++) {
		ck_assert_uint_eq(token_at(whole, i)->hash, token_at(cut, i)->hash);
		ck_assert_uint_eq(token_at(whole, i)->stem, token_at(cut, i)->stem);
		ck_assert_uint_eq(token_at(whole, i)->kind, token_at(cut, i)->kind);
	}
}
END_TEST

/* what is asked is the same in either typography */
START_TEST(marks_of_chinese_text_are_those_of_ascii)
{
	struct grams wide;

	read_text(STR("\xe2\x80\x9c\xe4\xb8\xad\xe2\x80\x9d\xe6\x96\x87\xef\xbc\x8c"
		      "\xe5\xa5\xbd\xef\xbc\x9f"));
	wide = q.list[0];
	read_text(STR("\"\xe4\xb8\xad\"\xe6\x96\x87,\xe5\xa5\xbd?"));
	assert_same_grams(&wide, &q.list[0]);
}
END_TEST

START_TEST(a_long_request_is_counted_by_samples)
{
	const char *line = "Twelve 34 birds, \xe4\xb8\xad\xe6\x96\x87 \xd0\xb4\xd0\xb0!\n";
	struct str text = repeat(line, 20000);

	read_text(text);
	ck_assert_uint_eq(f.marks & MARK_SAMPLED, MARK_SAMPLED);
	ck_assert_int_eq(f.text_bytes, (int64_t)text.n);
	ck_assert_double_eq_tol((double)f.counts[TEXT_word], 40000, 800);
	ck_assert_double_eq_tol((double)f.counts[TEXT_digit], 40000, 800);
	ck_assert_double_eq_tol((double)f.counts[TEXT_cjk], 40000, 800);
	ck_assert_double_eq_tol((double)f.counts[TEXT_newline_run], 20000, 400);
}
END_TEST

/* a sample that looked at one end alone would see one half */
START_TEST(a_sample_sees_all_of_a_request)
{
	struct str words = repeat("word ", 20000), digits = repeat("1234 ", 20000);
	struct str body = arena_printf(
		&a,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
		"\"%.*s\"},{\"role\":\"assistant\",\"content\":\"%.*s\"},{\"role\":"
		"\"user\",\"content\":\"Thanks.\"}]}",
		STR_ARG(words), STR_ARG(digits));

	read_body(body);
	ck_assert_double_eq_tol((double)f.counts[TEXT_word], 20000, 1000);
	ck_assert_double_eq_tol((double)f.counts[TEXT_digit_run], 20000, 1000);
	ck_assert_uint_eq(q.n, 2);
	ck_assert_int_eq(q.list[1].bytes, 7);
}
END_TEST

/* --- languages and marks --- */

struct spoken {
	const char *text;
	enum lang lang;
};

static const struct spoken spoken[] = {
	{ "", LANG_none },
	{ "1 + 1 = ?", LANG_none },
	{ "What is this?", LANG_en },
	{ "\xe8\xbf\x99\xe6\x98\xaf\xe4\xbb\x80\xe4\xb9\x88\xef\xbc\x9f", LANG_zh },
	{ "\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe4\xbd\x95\xe3\x81\xa7\xe3\x81\x99\xe3\x81\x8b",
	  LANG_ja },
	{ "\xec\x9d\xb4\xea\xb2\x83\xec\x9d\x80", LANG_ko },
	{ "\xd0\xa7\xd1\x82\xd0\xbe \xd1\x8d\xd1\x82\xd0\xbe?", LANG_ru },
	{ "\xd9\x85\xd8\xa7 \xd9\x87\xd8\xb0\xd8\xa7", LANG_ar },
	{ "Qu'est-ce que c'est \xc3\xa0 c\xc3\xb4t\xc3\xa9 ?", LANG_eu },
	{ "\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2", LANG_xx },
};

START_TEST(languages_are_told_by_their_letters)
{
	read_text(str_of(spoken[_i].text));
	ck_assert_msg(f.lang == spoken[_i].lang, "%s: %s", spoken[_i].text, lang_name(f.lang));
}
END_TEST

START_TEST(code_and_maths_are_marked)
{
	read_text(STR("int main(void)\n{\n\tputs(\"hi\");\n\treturn 0;\n}\n"));
	ck_assert_uint_eq(f.marks & MARK_CODE, MARK_CODE);
	read_text(STR("Please explain:\n```\nls\n```\n"));
	ck_assert_uint_eq(f.marks & MARK_CODE, MARK_CODE);
	read_text(STR("Solve 3*x = 12 and 4+5= for $\\frac{a}{b}$."));
	ck_assert_uint_eq(f.marks & MARK_MATHS, MARK_MATHS);
	read_text(STR("We met on 2014-07-20 (a Sunday); it was 10/20 degrees -- or so."));
	ck_assert_uint_eq(f.marks & (MARK_MATHS | MARK_CODE), 0);
}
END_TEST

START_TEST(what_no_text_shows_is_marked)
{
	read_members("'messages':[{'role':'user','content':[{'type':'image_url',"
		     "'image_url':{'url':'https://example.org/a.png'}}]}],"
		     "'response_format':{'type':'json_object'}");
	ck_assert_uint_eq(f.marks, MARK_IMAGES | MARK_SCHEMA);
	ck_assert_uint_eq(f.images, 1);
	ck_assert_uint_eq(q.n, 0);
}
END_TEST

/* --- questions --- */

START_TEST(the_last_questions_are_kept_oldest_first)
{
	read_members("'messages':[{'role':'user','content':'1'},{'role':'user','content':'22'},"
		     "{'role':'assistant','content':'no question'},{'role':'user','content':'333'},"
		     "{'role':'user','content':'4444'},{'role':'user','content':'55555'}]");
	ck_assert_uint_eq(q.n, QUESTIONS_MAX);
	for (uint32_t i = 0; i < q.n; i++)
		ck_assert_int_eq(q.list[i].bytes, i + 2);
}
END_TEST

START_TEST(a_system_message_stands_before_each_question)
{
	struct grams alone;

	read_members("'messages':[{'role':'user','content':'a b c'}]");
	alone = q.list[0];
	read_members("'messages':[{'role':'system','content':'Translate.'},"
		     "{'role':'user','content':'a b c'}]");
	ck_assert_uint_gt(q.list[0].n_cues, alone.n_cues);
	ck_assert_int_eq(q.list[0].bytes, alone.bytes);
}
END_TEST

START_TEST(parts_of_one_message_are_one_question)
{
	read_members("'messages':[{'role':'user','content':[{'type':'text','text':'one'},"
		     "{'type':'text','text':'two'}]}]");
	ck_assert_uint_eq(q.n, 1);
	ck_assert_int_eq(q.list[0].bytes, 6);
}
END_TEST

/* a question of a hundred parts, of which the one at `at` is code */
static uint32_t marks_with_code_in(int at)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "'messages':[{'role':'user','content':[");
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "%s{'type':'text','text':'%.*s'}", i ? "," : "",
			   STR_ARG(repeat(i == at ? "f(){x[1];}; " : "only words ", 200)));
	buf_adds(&b, "]}]");
	read_members(buf_cstr(&b));
	buf_release(&b);
	return q.list[0].marks;
}

/* however many parts it has: one walk over all of them would hold up the loop */
START_TEST(a_long_question_is_read_at_its_ends)
{
	ck_assert_uint_eq(marks_with_code_in(0), MARK_CODE);
	ck_assert_uint_eq(marks_with_code_in(99), MARK_CODE);
	ck_assert_uint_eq(marks_with_code_in(50), 0);
	ck_assert_int_eq(q.list[0].bytes, 99 * 2200 + 2400);
}
END_TEST

START_TEST(questions_are_for_the_models_that_there_are)
{
	static struct chat chat;
	struct str body = unit_json(&a, "{'model':'m','messages':[{'role':'user','content':"
					"'Why is the sky blue?'}]}");
	struct questions all, one;
	struct features same;
	struct fault fault;

	ck_assert(openai_read_request(&a, body, &json_limits_default, &chat, &fault) == ERR_OK);
	ck_assert(features_of_chat(&chat, FOR_ALL, &a, &f, &all));
	ck_assert(features_of_chat(&chat, FOR_TASK, &a, &same, &one));
	ck_assert_mem_eq(&same, &f, sizeof(f));
	ck_assert_uint_eq(one.n, 1);
	ck_assert_uint_eq(one.list[0].n, 0);
	ck_assert_uint_eq(one.list[0].n_cues, all.list[0].n_cues);
	ck_assert_mem_eq(one.list[0].cues, all.list[0].cues,
			 all.list[0].n_cues * sizeof(*all.list[0].cues));
	ck_assert(features_of_chat(&chat, FOR_QUALITY, &a, &same, &one));
	ck_assert_uint_eq(one.list[0].n_cues, 0);
	ck_assert_uint_eq(one.list[0].n, all.list[0].n);
	ck_assert_mem_eq(one.list[0].at, all.list[0].at, all.list[0].n * sizeof(*all.list[0].at));
}
END_TEST

START_TEST(numbers_are_in_their_bounds)
{
	bool seen[1 << GRAM_BITS] = { false };

	read_text(repeat("All the words, and 12 numbers. \xe4\xb8\xad\xe6\x96\x87 ", 300));
	ck_assert_uint_gt(q.list[0].n, 0);
	for (uint32_t i = 0; i < q.list[0].n; i++) {
		ck_assert_uint_lt(q.list[0].at[i], 1 << GRAM_BITS);
		ck_assert(!seen[q.list[0].at[i]]);
		seen[q.list[0].at[i]] = true;
	}
	for (uint32_t i = 0; i < q.list[0].n_cues; i++)
		ck_assert_uint_ne(q.list[0].cues[i], 0);
}
END_TEST

START_TEST(without_memory_it_says_so)
{
	struct arena small;

	arena_init(&small, 100);
	ck_assert(!features_of_text(STR("a question"), &small, &f, &q));
	ck_assert_uint_eq(q.n, 0);
	arena_release(&small);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("features");
	TCase *t = tcase_create("features");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_class_is_counted, 0, (int)COUNT_OF(counted));
	tcase_add_test(t, bad_utf8_is_other);
	tcase_add_test(t, messages_tools_and_schema_are_counted);
	tcase_add_test(t, escapes_are_seen_through);
	tcase_add_loop_test(t, it_does_not_matter_where_a_text_is_cut, 0, 50);
	tcase_add_test(t, marks_of_chinese_text_are_those_of_ascii);
	tcase_add_test(t, a_long_request_is_counted_by_samples);
	tcase_add_test(t, a_sample_sees_all_of_a_request);
	tcase_add_loop_test(t, languages_are_told_by_their_letters, 0, (int)COUNT_OF(spoken));
	tcase_add_test(t, code_and_maths_are_marked);
	tcase_add_test(t, what_no_text_shows_is_marked);
	tcase_add_test(t, the_last_questions_are_kept_oldest_first);
	tcase_add_test(t, a_system_message_stands_before_each_question);
	tcase_add_test(t, parts_of_one_message_are_one_question);
	tcase_add_test(t, a_long_question_is_read_at_its_ends);
	tcase_add_test(t, questions_are_for_the_models_that_there_are);
	tcase_add_test(t, numbers_are_in_their_bounds);
	tcase_add_test(t, without_memory_it_says_so);
	suite_add_tcase(s, t);
	return unit_run(s);
}
