/* check_payer_skills.c -- judgements of key, team and org to one figure. */
#include "base/rand.h"
#include "core/payer_skills.h"
#include "core/quality.h"
#include "unit.h"

#define QA STR("qa")

static struct payer_skill list[64];
static struct payer_skills skills = { .list = list };
static struct model model;
static struct evidence e;

static void setup(void)
{
	model = (struct model){ .vendor = STR("openai"), .id = STR("m") };
	skills.n = 0;
}

static struct judged judged(const char *name, enum scope s, double good, double bad)
{
	return (struct judged){ skill_name(QA, str_of(name)), s, good, bad };
}

/* of one model: what org, team and key found, wider ones holding the narrower */
static void found(double org_good, double org_bad, double team_good, double team_bad,
		  double key_good, double key_bad)
{
	struct judged all[] = { judged("openai/m", SCOPE_key, key_good, key_bad),
				judged("openai/m", SCOPE_org, org_good, org_bad),
				judged("openai/m", SCOPE_team, team_good, team_bad) };

	skills.n = payer_skills_make(all, 3, list);
	ck_assert_uint_eq(skills.n, 1);
	payer_evidence(&skills, QA, &model, &e);
}

START_TEST(answers_of_one_key_are_counted_once)
{
	found(3, 1, 3, 1, 3, 1);
	ck_assert_double_eq_tol(e.payer_mean, 0.75, 1e-6);
	ck_assert_double_eq_tol(e.payer_mass, 4, 1e-6);
}
END_TEST

START_TEST(others_of_the_org_speak_for_a_key_that_has_said_nothing)
{
	found(30, 10, 0, 0, 0, 0);
	ck_assert_double_eq_tol(e.payer_mean, 0.75, 1e-6);
	ck_assert_double_eq_tol(e.payer_mass, 40, 1e-5);
}
END_TEST

START_TEST(the_narrower_weighs_more)
{
	/* others of the org say good, the key says bad, as often */
	found(20, 20, 0, 20, 0, 20);
	ck_assert_double_lt(e.payer_mean, 0.5);
	ck_assert_double_eq_tol(e.payer_mass, 40, 1e-5);
	/* others of the team against others of the org */
	found(20, 20, 0, 20, 0, 0);
	ck_assert_double_lt(e.payer_mean, 0.5);
	/* 20 of the key and kappa of all else, that is good */
	found(1000, 20, 0, 20, 0, 20);
	ck_assert_double_eq_tol(e.payer_mean, 0.5, 0.02);
}
END_TEST

START_TEST(plenty_of_the_key_decides)
{
	found(5000, 2000, 0, 2000, 0, 2000);
	ck_assert_double_lt(e.payer_mean, 0.02);
}
END_TEST

START_TEST(a_scope_that_forgot_more_than_its_parts_is_not_less_than_nothing)
{
	found(1, 0, 3, 1, 3, 1);
	ck_assert_double_eq_tol(e.payer_mean, 0.75, 1e-6);
	ck_assert_double_eq_tol(e.payer_mass, 4, 1e-6);
}
END_TEST

START_TEST(nothing_is_no_evidence)
{
	found(0, 0, 0, 0, 0, 0);
	ck_assert_double_eq(e.payer_mass, 0);
	payer_evidence(NULL, QA, &model, &e);
	ck_assert_double_eq(e.payer_mass, 0);
	found(1, 0, 1, 0, 1, 0);
	payer_evidence(&skills, STR("other"), &model, &e);
	ck_assert_double_eq(e.payer_mass, 0);
	model.vendor = STR("anthropic");
	payer_evidence(&skills, QA, &model, &e);
	ck_assert_double_eq(e.payer_mass, 0);
	ck_assert_uint_eq(payer_skills_make(NULL, 0, list), 0);
}
END_TEST

START_TEST(many_models_are_told_apart)
{
	struct judged all[3 * 64];
	size_t n = 0;

	for (int i = 0; i < 64; i++) {
		char name[32];

		snprintf(name, sizeof(name), "openai/m%d", i);
		all[n++] = judged(name, SCOPE_org, i, 1);
		all[n++] = judged(name, SCOPE_key, i, 1);
		all[n++] = judged(name, SCOPE_team, i, 1);
	}
	skills.n = payer_skills_make(all, n, list);
	ck_assert_uint_eq(skills.n, 64);
	for (int i = 0; i < 64; i++) {
		char id[16];

		snprintf(id, sizeof(id), "m%d", i);
		model.id = str_of(id);
		payer_evidence(&skills, QA, &model, &e);
		ck_assert_double_eq_tol(e.payer_mass, i + 1, 1e-4);
		ck_assert_double_eq_tol(e.payer_mean, (double)i / (i + 1), 1e-6);
	}
}
END_TEST

/* given to core/quality.h, the three scopes one after the other and their one figure are alike */
START_TEST(one_figure_says_what_three_steps_would)
{
	struct rnd rnd = rnd_seed(3);

	for (int i = 0; i < 10000; i++) {
		double n[6], q = 0.7;

		for (int k = 0; k < 6; k++)
			n[k] = rnd_below(&rnd, 6);
		found(n[0] + n[2] + n[4], n[1] + n[3] + n[5], n[2] + n[4], n[3] + n[5], n[4], n[5]);
		for (int k = 0; k < 6; k += 2)
			q = (n[k] + QUALITY_SHRINKAGE * q) / (n[k] + n[k + 1] + QUALITY_SHRINKAGE);
		ck_assert_double_eq_tol((e.payer_mean * e.payer_mass + QUALITY_SHRINKAGE * 0.7) /
						(e.payer_mass + QUALITY_SHRINKAGE),
					q, 0.06);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("payer_skills");
	TCase *tc = tcase_create("payer_skills");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, answers_of_one_key_are_counted_once);
	tcase_add_test(tc, others_of_the_org_speak_for_a_key_that_has_said_nothing);
	tcase_add_test(tc, the_narrower_weighs_more);
	tcase_add_test(tc, plenty_of_the_key_decides);
	tcase_add_test(tc, a_scope_that_forgot_more_than_its_parts_is_not_less_than_nothing);
	tcase_add_test(tc, nothing_is_no_evidence);
	tcase_add_test(tc, many_models_are_told_apart);
	tcase_add_test(tc, one_figure_says_what_three_steps_would);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
