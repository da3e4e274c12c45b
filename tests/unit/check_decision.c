/*
 * check_decision.c -- a decision record is read back as it was written, to the last bit;
 * a damaged one is refused.
 */
#include <math.h>

#include "base/rand.h"
#include "core/decision.h"
#include "core/decision_form.h"
#include "core/wish.h"
#include "unit.h"

static struct arena a;
static struct buf text;

static void setup(void)
{
	arena_init(&a, 64 << 20);
	buf_init(&text, 1 << 20);
}

static void teardown(void)
{
	arena_release(&a);
	buf_release(&text);
}

/* --- records of any content --- */

static double any_double(struct rnd *r)
{
	static const double odd[] = { 0, -0.0, 1, 0.1, 1e6, NAN, INFINITY, -INFINITY, 5e-324 };
	uint64_t bits = rnd_u64(r);
	double value;

	if (rnd_below(r, 2))
		return odd[rnd_below(r, COUNT_OF(odd))];
	memcpy(&value, &bits, sizeof(value));
	return isnan(value) ? NAN : value;
}

static struct str any_text(struct rnd *r)
{
	static const char *const texts[] = { NULL, "", "gpt-4o", "a \"quoted\"\n\x01 text",
					     "\xE4\xB8\xAD" };

	return str_of(texts[rnd_below(r, COUNT_OF(texts))]);
}

static void fill(struct rnd *r, const struct form *form, void *whole);

static void fill_list(struct rnd *r, const struct form_field *f, void *whole)
{
	uint32_t n = rnd_below(r, (uint32_t)f->most + 1);

	*(uint32_t *)((char *)whole + f->count_at) = n;
	for (uint32_t i = 0; i < n; i++)
		fill(r, f->part, (char *)whole + f->at + i * f->part->size);
}

static void fill_field(struct rnd *r, const struct form_field *f, void *whole)
{
	void *at = (char *)whole + f->at;

	switch (f->kind) {
	case FORM_INT: *(int64_t *)at = (int64_t)rnd_u64(r); break;
	case FORM_COUNT: *(uint32_t *)at = (uint32_t)rnd_u64(r); break;
	case FORM_BYTE: *(uint8_t *)at = (uint8_t)rnd_u64(r); break;
	case FORM_HEX: *(uint64_t *)at = rnd_u64(r); break;
	case FORM_REAL:
	case FORM_SAID: *(double *)at = any_double(r); break;
	case FORM_FLAG: *(bool *)at = rnd_below(r, 2); break;
	case FORM_TEXT: *(struct str *)at = any_text(r); break;
	case FORM_WORD: *(unsigned *)at = rnd_below(r, (uint32_t)f->words->n); break;
	case FORM_WORDS: *(uint32_t *)at = rnd_below(r, 1u << f->words->n); break;
	case FORM_COUNTS:
		for (size_t i = 0; i < f->words->n; i++)
			((int64_t *)at)[i] = rnd_below(r, 2) ? (int64_t)rnd_u64(r) : 0;
		break;
	case FORM_PART: fill(r, f->part, at); break;
	case FORM_LIST: fill_list(r, f, whole); break;
	}
}

static void fill(struct rnd *r, const struct form *form, void *whole)
{
	for (size_t i = 0; i < form->n; i++)
		if (rnd_below(r, 4))
			fill_field(r, &form->fields[i], whole);
}

/* --- equal to the last bit --- */

static void assert_same(const struct form *form, const void *x, const void *y);

static size_t size_of(const struct form_field *f)
{
	switch (f->kind) {
	case FORM_COUNT:
	case FORM_WORD:
	case FORM_WORDS: return sizeof(uint32_t);
	case FORM_BYTE:
	case FORM_FLAG: return 1;
	case FORM_COUNTS: return sizeof(int64_t) * f->words->n;
	default: return 8;
	}
}

static void assert_same_list(const struct form_field *f, const char *x, const char *y)
{
	uint32_t n = *(const uint32_t *)(x + f->count_at);

	ck_assert_uint_eq(n, *(const uint32_t *)(y + f->count_at));
	for (uint32_t i = 0; i < n; i++)
		assert_same(f->part, x + f->at + i * f->part->size, y + f->at + i * f->part->size);
}

static void assert_same(const struct form *form, const void *x, const void *y)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct form_field *f = &form->fields[i];
		const char *in_x = (const char *)x + f->at, *in_y = (const char *)y + f->at;

		if (f->kind == FORM_PART)
			assert_same(f->part, in_x, in_y);
		else if (f->kind == FORM_LIST)
			assert_same_list(f, x, y);
		else if (f->kind == FORM_TEXT)
			ck_assert(str_eq(*(const struct str *)in_x, *(const struct str *)in_y) &&
				  str_absent(*(const struct str *)in_x) ==
					  str_absent(*(const struct str *)in_y));
		else
			ck_assert_msg(memcmp(in_x, in_y, size_of(f)) == 0, "%s differs", f->name);
	}
}

START_TEST(any_record_is_read_back_to_the_last_bit)
{
	struct decision *d = calloc(1, sizeof(*d)), *again = calloc(1, sizeof(*again));
	struct rnd r = rnd_seed((uint64_t)_i);
	struct fault f = { .text = "" };

	wish_unsaid(&d->facts.said);
	fill(&r, &decision_form, d);
	wish_fill(&d->facts.wish);
	decision_write(&text, d);
	ck_assert(buf_ok(&text));
	ck_assert_msg(decision_read(buf_str(&text), &a, again, &f) == ERR_OK, "%s", f.text);
	assert_same(&decision_form, d, again);
	free(d);
	free(again);
}
END_TEST

START_TEST(a_record_is_one_line)
{
	struct decision *d = calloc(1, sizeof(*d));
	struct rnd r = rnd_seed(7);

	fill(&r, &decision_form, d);
	decision_write(&text, d);
	ck_assert_int_eq(str_chr(buf_str(&text), '\n'), (ptrdiff_t)text.n - 1);
	free(d);
}
END_TEST

START_TEST(what_is_not_set_is_left_out)
{
	struct decision d = { .strategy = STR("cost"), .facts.max_tokens = -1 }, again;
	struct fault f;

	wish_unsaid(&d.facts.said);
	wish_unsaid(&d.facts.wish);
	wish_unsaid(&d.ruled);
	d.facts.said.max_cost = 0;
	decision_write(&text, &d);
	assert_str(buf_str(&text),
		   "{\"decision\":{\"strategy\":\"cost\",\"facts\":{\"max_tokens\":-1,"
		   "\"said\":{\"max_cost\":0}}}}\n");
	ck_assert_int_eq(decision_read(buf_str(&text), &a, &again, &f), ERR_OK);
	ck_assert(again.facts.said.max_cost == 0 && isnan(again.facts.said.max_latency));
	ck_assert_int_eq(decision_read(unit_json(&a, "{'decision':{}}"), &a, &again, &f), ERR_OK);
	ck_assert(isnan(again.facts.said.max_cost));
}
END_TEST

START_TEST(a_parameter_that_the_record_does_not_know_has_its_fallback)
{
	struct decision d;
	struct fault f;

	ck_assert_int_eq(decision_read(unit_json(&a, "{'decision':{'facts':{'wish':{"
						     "'strategy':'cost','cost_weight':0}}}}"),
				       &a, &d, &f),
			 ERR_OK);
	ck_assert(d.facts.wish.cost_weight == 0);
	ck_assert(d.facts.wish.quality_weight == 1 && d.facts.wish.max_cost == 1e6);
}
END_TEST

/* --- damaged ones --- */

static const struct {
	const char *line, *why;
} damaged[] = {
	{ "", "byte 0: " },
	{ "{'decision':{'strategy':'co", "byte " },
	{ "[]", "it is no decision record" },
	{ "{'snapshot':{}}", "it is no decision record" },
	{ "{'decision':7}", "an object is wanted" },
	{ "{'decision':{'strategie':'cost'}}", "`strategie` is not known" },
	{ "{'decision':{'strategy':1}}", "`strategy` must be a text" },
	{ "{'decision':{'facts':[]}}", "`facts` must be an object" },
	{ "{'decision':{'facts':{'pace':'x'}}}", "`pace` must be a number" },
	{ "{'decision':{'facts':{'seed':'12'}}}", "`seed` must be 16 hex digits" },
	{ "{'decision':{'facts':{'seed':'00000000000000xx'}}}", "`seed` must be 16 hex digits" },
	{ "{'decision':{'facts':{'at_s':1.5}}}", "`at_s` must be an integer" },
	{ "{'decision':{'facts':{'stream':1}}}", "`stream` must be true or false" },
	{ "{'decision':{'facts':{'needs':['wings']}}}", "`needs` must be a list of words" },
	{ "{'decision':{'facts':{'features':{'lang':'qq'}}}}", "`lang` must be a word" },
	{ "{'decision':{'facts':{'features':{'turns':-1}}}}", "`turns` must be an integer from 0" },
	{ "{'decision':{'facts':{'features':{'counts':{'word':'x'}}}}}",
	  "`counts` must be an object" },
	{ "{'decision':{'considered':[{'rank':256}]}}", "`rank` must be an integer from 0 to 255" },
	{ "{'decision':{'considered':{}}}", "`considered` must be a list" },
	{ "{'decision':{'considered':[7]}}", "an object is wanted" },
	{ "{'decision':{'considered':[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}}",
	  "`considered` must be a list, and not longer" },
};

START_TEST(damaged_records_are_refused_with_the_reason)
{
	struct decision *d = calloc(1, sizeof(*d));
	struct fault f = { .text = "" };

	ck_assert_int_ne(decision_read(unit_json(&a, damaged[_i].line), &a, d, &f), ERR_OK);
	ck_assert_msg(str_starts(str_of(f.text), str_of(damaged[_i].why)), "%s: %s",
		      damaged[_i].line, f.text);
	free(d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decision");
	TCase *t = tcase_create("record");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, any_record_is_read_back_to_the_last_bit, 0, 200);
	tcase_add_test(t, a_record_is_one_line);
	tcase_add_test(t, what_is_not_set_is_left_out);
	tcase_add_test(t, a_parameter_that_the_record_does_not_know_has_its_fallback);
	tcase_add_loop_test(t, damaged_records_are_refused_with_the_reason, 0,
			    (int)COUNT_OF(damaged));
	suite_add_tcase(s, t);
	return unit_run(s);
}
