/*
 * check_quality_model.c -- a quality model's file is read or refused with a reason, and what
 * it says of a prompt fades when the prompt is like nothing it knows.
 */
#include "core/quality_model.h"
#include "small_quality_model.h"
#include "unit.h"

#include <sodium.h>

static struct buf file;
static struct quality_model *m;
static struct fault fault;
static struct quality_guess guess;

static void setup(void)
{
	buf_init(&file, 1 << 20);
	small_quality_model(&file);
	m = quality_model_read(buf_str(&file), &fault);
	ck_assert_msg(m, "%s", fault.text);
}

static void teardown(void)
{
	quality_model_free(m);
	m = NULL;
	buf_release(&file);
}

static void ask(const uint32_t *grams, uint32_t n)
{
	static const struct features features;
	const struct grams question = { .at = grams, .n = n };

	quality_model_guess(m, &features, &question, &guess);
}

START_TEST(names_are_found)
{
	ck_assert_int_eq(quality_model_find(m, STR("big")), 0);
	ck_assert_int_eq(quality_model_find(m, STR("small")), 1);
	ck_assert_int_eq(quality_model_find(m, STR("medium")), -1);
	ck_assert_uint_eq(strlen(quality_model_hash(m)), 64);
}
END_TEST

START_TEST(a_prompt_of_a_domain_is_known)
{
	ask((uint32_t[]){ 7 }, 1);
	ck_assert_uint_eq(guess.domain, 0);
	ck_assert_double_eq_tol(guess.known, 1, 1e-9);
	ck_assert_double_gt(guess.skills[0].mass, 90);
	/* the lines say as much as they did of all prompts in training */
	ck_assert_double_eq_tol(guess.skills[0].mean, 0.9, 1e-6);
	ck_assert_double_eq_tol(guess.skills[1].mean, 0.6, 1e-6);
}
END_TEST

START_TEST(a_domain_says_nothing_of_models_it_has_not_seen)
{
	ask((uint32_t[]){ 300 }, 1);
	ck_assert_uint_eq(guess.domain, 1);
	ck_assert_double_gt(guess.skills[0].mass, 40);
	ck_assert_double_eq(guess.skills[1].mass, 0);
}
END_TEST

START_TEST(an_ngram_moves_the_guess)
{
	double before;

	ask((uint32_t[]){ 7 }, 1);
	before = guess.skills[1].mean;
	ask((uint32_t[]){ 7, 9 }, 2);
	ck_assert_uint_eq(guess.domain, 0);
	ck_assert_double_lt(guess.skills[1].mean, before - 0.05);
}
END_TEST

START_TEST(a_strange_prompt_is_not_known)
{
	uint32_t grams[15] = { 7 };

	for (uint32_t i = 1; i < COUNT_OF(grams); i++)
		grams[i] = 1000 + i;
	ask(grams, COUNT_OF(grams));
	ck_assert_double_eq(guess.known, 0);
	ck_assert_double_eq(guess.skills[0].mass, 0);
	ask(NULL, 0);
	ck_assert_double_eq(guess.known, 0);
	ck_assert_double_eq(guess.skills[1].mass, 0);
}
END_TEST

/* n-gram 9 is as usual in one domain as in the other */
START_TEST(a_prompt_of_two_domains_is_not_known)
{
	ask((uint32_t[]){ 9 }, 1);
	ck_assert_double_eq_tol(guess.known, 0, 1e-9);
	ck_assert_double_eq_tol(guess.skills[0].mass, 0, 1e-6);
}
END_TEST

/* between the two: kinship .5 lies a third of the way from nothing to all */
START_TEST(knowledge_fades)
{
	ask((uint32_t[]){ 7, 1000, 1001, 1002 }, 4);
	ck_assert_double_eq_tol(guess.kinship, 0.5, 1e-9);
	ck_assert_double_eq_tol(guess.known, 2.0 / 3, 1e-6);
	ck_assert_double_eq_tol(guess.skills[0].mass, 100 * guess.known, 5);
}
END_TEST

START_TEST(every_damaged_byte_is_told)
{
	struct str whole = buf_str(&file);
	char *copy = malloc(whole.n);

	for (size_t i = 0; i < whole.n; i += 3) {
		struct quality_model *damaged;

		memcpy(copy, whole.p, whole.n);
		copy[i] ^= 0x10;
		fault.text[0] = '\0';
		damaged = quality_model_read((struct str){ copy, whole.n }, &fault);
		ck_assert_ptr_null(damaged);
		ck_assert_uint_gt(strlen(fault.text), 10);
	}
	for (size_t n = 0; n < whole.n; n += 7)
		ck_assert_ptr_null(quality_model_read((struct str){ copy, n }, &fault));
	free(copy);
}
END_TEST

/* --- files that vouch for themselves and are wrong --- */

static const struct {
	const char *was, *is, *why;
} wrong[] = {
	{ "\"rows\":3", "\"rows\":4", "bytes" },
	{ "\"rows\":3", "\"rows\":70000", "65536" },
	{ "\"name\":\"big\"", "\"name\":\"zzz\"", "sorted" },
	{ "\"domain\":1", "\"domain\":2", "number of one" },
	{ "{\"model\":1", "{\"model\":9", "number of one" },
	{ "\"mean\":0.8", "\"mean\":1.8", "0 to 1" },
	{ "\"sharpness\":4", "\"sharpness\":-4", "bounds" },
	{ "\"sharpness\":4", "\"sharpnes\":4", "sharpness" },
	{ "\"slopes\":[1,0]", "\"slopes\":[1]", "few" },
	{ "\"spread\":[1", "\"spread\":[0", "spread" },
	{ "{\"rows\"", "\"rows\"", "JSON" },
};

/* replaces a piece of the file and makes its hash true again */
static void forge(const char *was, const char *is, struct buf *out)
{
	struct str whole = buf_str(&file), first = str_cut(&whole, '\n');
	ptrdiff_t at = str_find(whole, str_of(was));
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	struct buf body;

	ck_assert_msg(at >= 0, "the file has no %s", was);
	buf_init(&body, 1 << 20);
	buf_add(&body, str_sub(whole, 0, (size_t)at));
	buf_adds(&body, is);
	buf_add(&body, str_sub(whole, (size_t)at + strlen(was), whole.n));
	crypto_hash_sha256(hash, (const unsigned char *)body.p, body.n);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	buf_add(out, str_sub(first, 0, first.n - 64));
	buf_printf(out, "%s\n", hex);
	buf_add(out, buf_str(&body));
	buf_release(&body);
}

START_TEST(a_forged_file_is_refused_with_its_reason)
{
	struct quality_model *forged;
	struct buf out;

	buf_init(&out, 1 << 20);
	forge(wrong[_i].was, wrong[_i].is, &out);
	forged = quality_model_read(buf_str(&out), &fault);
	ck_assert_msg(!forged, "%s was taken", wrong[_i].is);
	ck_assert_msg(strstr(fault.text, wrong[_i].why), "%s: %s", wrong[_i].is, fault.text);
	buf_release(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quality model");
	TCase *t = tcase_create("file and guess");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, names_are_found);
	tcase_add_test(t, a_prompt_of_a_domain_is_known);
	tcase_add_test(t, a_domain_says_nothing_of_models_it_has_not_seen);
	tcase_add_test(t, an_ngram_moves_the_guess);
	tcase_add_test(t, a_strange_prompt_is_not_known);
	tcase_add_test(t, a_prompt_of_two_domains_is_not_known);
	tcase_add_test(t, knowledge_fades);
	tcase_add_test(t, every_damaged_byte_is_told);
	tcase_add_loop_test(t, a_forged_file_is_refused_with_its_reason, 0, COUNT_OF(wrong));
	suite_add_tcase(s, t);
	return unit_run(s);
}
