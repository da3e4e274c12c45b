/* check_quality.c -- what evidence makes of a prior: by properties, over evidence of all sizes. */
#include <math.h>

#include "base/rand.h"
#include "core/quality.h"
#include "unit.h"

#define CLOSE 1e-12

/* one catalog of two models and two tasks; the second model has no figures */
static struct skill prior[2], unknown[2], fleet[2];
static struct str tasks[2];
static struct model models[2];
static struct catalog catalog;
static struct model_view views[2];
static struct snapshot snapshot;

static void setup(void)
{
	prior[0] = (struct skill){ 0.8, 10 };
	prior[1] = (struct skill){ 0 };
	unknown[0] = (struct skill){ 0.6, QUALITY_UNKNOWN_MASS };
	unknown[1] = (struct skill){ QUALITY_UNKNOWN_MEAN, 0 };
	memset(fleet, 0, sizeof(fleet));
	memset(models, 0, sizeof(models));
	memset(views, 0, sizeof(views));
	tasks[0] = STR("qa");
	tasks[1] = STR("other");
	models[0].skills = prior;
	catalog = (struct catalog){
		.models = models, .n_models = 2, .tasks = tasks, .n_tasks = 2, .unknown = unknown
	};
	snapshot = (struct snapshot){ .catalog = &catalog, .models = views };
	views[0].skills = fleet;
}

static struct quality known(double payer_mean, double payer_mass)
{
	const struct evidence e = { .payer_mean = payer_mean, .payer_mass = payer_mass };

	return quality_of(&snapshot, &models[0], 0, &e);
}

START_TEST(without_feedback_it_is_the_prior)
{
	struct quality q = quality_of(&snapshot, &models[0], 0, NULL);

	ck_assert_double_eq_tol(q.mean, 0.8, CLOSE);
	ck_assert(q.known);
	/* Beta(1 + 8, 1 + 2) */
	ck_assert_double_eq_tol(q.se, sqrt(0.75 * 0.25 / 13), CLOSE);
	ck_assert_double_eq(known(0.1, 0).mean, q.mean);
	ck_assert_double_eq(known(0.1, 0).se, q.se);
}
END_TEST

START_TEST(a_model_without_figures_is_the_unknown_and_wide)
{
	struct quality q = quality_of(&snapshot, &models[1], 0, NULL);

	ck_assert_double_eq_tol(q.mean, 0.6, CLOSE);
	ck_assert(!q.known);
	ck_assert_double_gt(q.se, 0.2);
	/* neither has a figure for the second task */
	ck_assert_double_eq(quality_of(&snapshot, &models[0], 1, NULL).mean, QUALITY_UNKNOWN_MEAN);
	ck_assert(!quality_of(&snapshot, &models[0], 1, NULL).known);
	catalog.unknown = NULL;
	ck_assert_double_eq(quality_of(&snapshot, &models[1], 0, NULL).mean, QUALITY_UNKNOWN_MEAN);
	/* of nothing at all: as wide as every quality alike */
	ck_assert_double_eq_tol(quality_of(&snapshot, &models[1], 0, NULL).se, sqrt(1.0 / 12),
				CLOSE);
}
END_TEST

START_TEST(feedback_makes_the_unknown_known)
{
	const struct evidence payer = { .payer_mean = 0.9, .payer_mass = 1 };
	const struct evidence prompt = { .prompt_mean = 0.9, .prompt_mass = 1 };

	ck_assert(quality_of(&snapshot, &models[1], 0, &payer).known);
	ck_assert(quality_of(&snapshot, &models[1], 0, &prompt).known);
	views[1].skills = fleet;
	fleet[0] = (struct skill){ 0.9, 1 };
	ck_assert(quality_of(&snapshot, &models[1], 0, NULL).known);
}
END_TEST

START_TEST(the_fleets_answers_are_added_to_the_prior)
{
	fleet[0] = (struct skill){ 0.5, 30 };
	ck_assert_double_eq_tol(known(0, 0).mean, (0.8 * 10 + 0.5 * 30) / 40, CLOSE);
}
END_TEST

START_TEST(a_wider_figure_is_worth_kappa_answers_at_most)
{
	fleet[0] = (struct skill){ 0.8, 1990 };
	ck_assert_double_eq_tol(known(0.2, QUALITY_SHRINKAGE).mean, 0.5, CLOSE);
	fleet[0] = (struct skill){ 0 };
	ck_assert_double_eq_tol(known(0.2, 10).mean, 0.5,
				CLOSE); /* and not more than it rests on */
}
END_TEST

START_TEST(what_is_sure_of_all_stays_sure_and_is_not_counted_twice)
{
	fleet[0] = (struct skill){ 0.8, 100 }; /* with the prior 110 answers, the payer's among them */
	ck_assert_double_eq_tol(known(0.8, 50).se, known(0, 0).se, CLOSE);
	ck_assert_double_lt(known(0.8, 100).se, known(0, 0).se);
}
END_TEST

START_TEST(plentiful_feedback_of_the_payer_decides)
{
	fleet[0] = (struct skill){ 0.9, 2000 };
	ck_assert_double_eq_tol(known(0.1, 2000).mean, 0.1, 0.01);
}
END_TEST

START_TEST(the_prompt_counts_however_much_is_known_of_the_task)
{
	struct evidence e = { .payer_mean = 0.9,
			      .payer_mass = 1e6,
			      .prompt_mean = 0.1,
			      .prompt_mass = 3 * QUALITY_SHRINKAGE };

	ck_assert_double_eq_tol(quality_of(&snapshot, &models[0], 0, &e).mean, 0.3, 0.001);
}
END_TEST

/* random evidence; the draws of one seed */
static struct rnd rnd;

static double draw(double least, double most)
{
	return least + (most - least) * (double)rnd_below(&rnd, 1000001) / 1e6;
}

START_TEST(more_feedback_is_never_less_sure)
{
	rnd = rnd_seed(1);
	for (int i = 0; i < 100000; i++) {
		double mean = draw(0, 1), n = draw(0, 500), more = n + draw(0, 500);

		prior[0] = (struct skill){ mean, draw(0.1, 50) };
		fleet[0] = (struct skill){ mean, draw(0, 2000) };
		ck_assert_double_le(known(mean, more).se, known(mean, n).se + CLOSE);
		fleet[0].mass = n;
		double se = known(0, 0).se;
		fleet[0].mass = more + 1;
		ck_assert_double_lt(known(0, 0).se, se);
	}
}
END_TEST

START_TEST(better_feedback_is_never_worse_quality)
{
	rnd = rnd_seed(2);
	for (int i = 0; i < 100000; i++) {
		double mean = draw(0, 0.9), better = mean + draw(0.001, 0.1),
		       mass = draw(0.01, 3000);

		prior[0] = (struct skill){ draw(0, 1), draw(0.1, 50) };
		fleet[0] = (struct skill){ draw(0, 1), draw(0, 2000) };
		ck_assert_double_gt(known(better, mass).mean, known(mean, mass).mean);
		ck_assert_double_ge(known(mean, mass).mean, 0);
		ck_assert_double_le(known(better, mass).mean, 1);
		ck_assert(known(mean, mass).se > 0 && known(mean, mass).se < 0.3);
	}
}
END_TEST

START_TEST(evidence_that_is_no_evidence_changes_nothing)
{
	static const double odd[][2] = { { NAN, 5 },        { 0.5, NAN }, { 0.5, -1 },
					 { 0.5, INFINITY }, { -0.1, 5 },  { 1.1, 5 } };
	struct quality plain = known(0, 0);

	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		const struct evidence e = { .payer_mean = odd[i][0],
					    .payer_mass = odd[i][1],
					    .prompt_mean = odd[i][0],
					    .prompt_mass = odd[i][1] };

		fleet[0] = (struct skill){ odd[i][0], odd[i][1] };
		ck_assert_double_eq(quality_of(&snapshot, &models[0], 0, &e).mean, plain.mean);
		ck_assert_double_eq(quality_of(&snapshot, &models[0], 0, &e).se, plain.se);
	}
}
END_TEST

START_TEST(an_unknown_task_is_the_last)
{
	prior[1] = (struct skill){ 0.4, 10 };
	ck_assert_double_eq_tol(quality_of(&snapshot, &models[0], 99, NULL).mean, 0.4, CLOSE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quality");
	TCase *tc = tcase_create("quality");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, without_feedback_it_is_the_prior);
	tcase_add_test(tc, a_model_without_figures_is_the_unknown_and_wide);
	tcase_add_test(tc, feedback_makes_the_unknown_known);
	tcase_add_test(tc, the_fleets_answers_are_added_to_the_prior);
	tcase_add_test(tc, a_wider_figure_is_worth_kappa_answers_at_most);
	tcase_add_test(tc, what_is_sure_of_all_stays_sure_and_is_not_counted_twice);
	tcase_add_test(tc, plentiful_feedback_of_the_payer_decides);
	tcase_add_test(tc, the_prompt_counts_however_much_is_known_of_the_task);
	tcase_add_test(tc, more_feedback_is_never_less_sure);
	tcase_add_test(tc, better_feedback_is_never_worse_quality);
	tcase_add_test(tc, evidence_that_is_no_evidence_changes_nothing);
	tcase_add_test(tc, an_unknown_task_is_the_last);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
