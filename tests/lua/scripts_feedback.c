/* scripts_feedback.c -- settle.lua keeps whose answer it is, feedback.lua counts it, payer_read()
 * reads it. */
#include "lua/fixture.h"
#include "model/catalog.h"
#include "model/facts.h"
#include "store/feedback.h"

#include <math.h>

#define ANSWER "sr:1:{o:acme}:answer:"
#define SKILLS "sr:1:{o:acme}:skills:"

static struct plan plan;

static void setup(void)
{
	fix_setup();
	plan = fix_plan(fix_candidate(100, 5, 20, 20));
}

/* --- calls --- */

static struct charge charge(const char *model, const char *task)
{
	struct charge c = { .attempt = 1, .cost_nanos = 1, .final = true, .tokens_used = -1 };

	str_copy(c.vendor, sizeof(c.vendor), STR("openai"));
	str_copy(c.model, sizeof(c.model), str_of(model));
	str_copy(c.task, sizeof(c.task), str_of(task));
	return c;
}

/* a request is answered */
static void answered(const char *rid, const char *model, const char *task)
{
	struct held h = fix_open(rid);

	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	ck_assert_int_eq(fix_settle(&h, charge(model, task)).end, SETTLE_OK);
}

struct given {
	bool done;
	enum feedback_end end;
	struct rated answer;
};

static void on_given(void *who, enum feedback_end end, const struct rated *answer)
{
	struct given *g = who;

	g->done = true;
	g->end = end;
	if (answer)
		g->answer = *answer;
}

static struct given give_as(const char *org, const char *team, const char *rid, int64_t reward,
			    int64_t weight)
{
	const struct feedback f = { str_of(rid), reward, weight };
	struct given g = { .done = false };

	feedback_give(&fix.store, str_of(org), str_of(team), &f, on_given, &g);
	fix_await(&g.done);
	return g;
}

static enum feedback_end give(const char *rid, int64_t reward)
{
	return give_as("acme", "t1", rid, reward, FEEDBACK_WHOLE).end;
}

static struct evidence evidence(const char *model, const char *task)
{
	const struct model m = { .vendor = STR("openai"), .id = str_of(model) };
	struct evidence e = { 0 };

	fix_read_payer();
	payer_evidence(&fix.skills, str_of(task), &m, &e);
	return e;
}

/* --- the answer --- */

START_TEST(a_settled_answer_can_be_rated_for_a_week)
{
	answered("r1", "m/1", "qa");
	ck_assert_str_eq(fix_text("GET " ANSWER "r1"), "t1 k1 openai/m/1 qa");
	ck_assert_int_eq(fix_int("PEXPIRETIME " ANSWER "r1"), T0 / 1000 + FEEDBACK_MS);
}
END_TEST

START_TEST(what_has_no_task_cannot)
{
	answered("r1", "m", "");
	fix.store.feedback_ms = 0;
	answered("r2", "m", "qa");
	ck_assert_int_eq(fix_int("EXISTS " ANSWER "r1 " ANSWER "r2"), 0);
}
END_TEST

START_TEST(what_cost_nobody_knows_was_no_answer)
{
	struct held h = fix_open("r1");
	struct charge c = charge("m", "qa");

	c.unknown = true;
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OK);
	ck_assert_int_eq(fix_int("EXISTS " ANSWER "r1"), 0);
}
END_TEST

START_TEST(a_settle_that_comes_twice_does_not_make_it_new)
{
	struct held h = fix_open("r1");

	ck_assert_int_eq(fix_settle(&h, charge("m", "qa")).end, SETTLE_OK);
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_OK);
	ck_assert_int_eq(fix_settle(&h, charge("m", "qa")).end, SETTLE_AGAIN);
	ck_assert_int_eq(give("r1", 0), FEEDBACK_RATED);
}
END_TEST

/* --- once --- */

START_TEST(a_rating_counts_for_key_team_and_org)
{
	static const char *const whose[] = { "key:k1", "team:t1", "org:acme" };
	struct given g;

	answered("r1", "m/1", "qa");
	g = give_as("acme", "t1", "r1", 750000, 300000);
	ck_assert_int_eq(g.end, FEEDBACK_OK);
	ck_assert_str_eq(g.answer.vendor, "openai");
	ck_assert_str_eq(g.answer.model, "m/1");
	ck_assert_str_eq(g.answer.task, "qa");
	ck_assert_str_eq(g.answer.key, "k1");
	for (size_t i = 0; i < COUNT_OF(whose); i++) {
		ck_assert_str_eq(fix_text("HGET " SKILLS "%s qa", whose[i]), "1");
		ck_assert_str_eq(fix_text("HGET " SKILLS "%s %s", whose[i], "qa openai/m/1"),
				 "225000 75000 1");
		ck_assert_int_gt(fix_int("PEXPIRETIME " SKILLS "%s", whose[i]), T0 / 1000);
	}
	ck_assert_int_eq(fix_int("PEXPIRETIME " ANSWER "r1"), T0 / 1000 + FEEDBACK_MS);
}
END_TEST

/* or one org could say so much that all others believe it */
START_TEST(it_is_told_how_much_the_org_has_said_before)
{
	answered("r1", "m", "qa");
	answered("r2", "m", "qa");
	answered("r3", "n", "qa");
	ck_assert_double_eq(give_as("acme", "t1", "r1", 0, FEEDBACK_WHOLE).answer.before, 0);
	ck_assert_double_eq_tol(give_as("acme", "t1", "r2", 0, 1).answer.before, SKILL_KEPT, 1e-5);
	ck_assert_double_eq(give_as("acme", "t1", "r3", 0, 1).answer.before, 0);
}
END_TEST

START_TEST(a_second_rating_changes_nothing)
{
	char before[65536];

	answered("r1", "m", "qa");
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_OK);
	snprintf(before, sizeof(before), "%s", fix_dump());
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_AGAIN);
	ck_assert_int_eq(give("r1", 0), FEEDBACK_RATED);
	ck_assert_str_eq(fix_dump(), before);
}
END_TEST

START_TEST(another_org_or_team_finds_no_answer)
{
	char before[65536];

	answered("r1", "m", "qa");
	snprintf(before, sizeof(before), "%s", fix_dump());
	ck_assert_int_eq(give_as("other", "t1", "r1", 0, 1).end, FEEDBACK_GONE);
	ck_assert_int_eq(give_as("acme", "t2", "r1", 0, 1).end, FEEDBACK_GONE);
	ck_assert_int_eq(give("r2", 0), FEEDBACK_GONE);
	ck_assert_str_eq(fix_dump(), before);
	ck_assert_int_eq(give("r1", 0), FEEDBACK_OK);
}
END_TEST

START_TEST(an_answer_that_has_expired_is_gone)
{
	answered("r1", "m", "qa");
	fix_int("DEL " ANSWER "r1");
	ck_assert_int_eq(give("r1", 0), FEEDBACK_GONE);
	ck_assert_int_eq(fix_int("EXISTS " SKILLS "key:k1"), 0);
}
END_TEST

START_TEST(a_key_of_a_wrong_type_is_no_answer_and_changes_nothing)
{
	char before[65536];

	answered("r1", "m", "qa");
	fix_int("LPUSH " SKILLS "org:acme x");
	snprintf(before, sizeof(before), "%s", fix_dump());
	ck_assert_int_eq(give("r1", 0), FEEDBACK_LOST);
	ck_assert_str_eq(fix_dump(), before);
	/* and of the payer only what can be read is missing */
	ck_assert_double_eq(evidence("m", "qa").payer_mass, 0);
	ck_assert_int_gt(fix.payer.scope[SCOPE_key].ver, 0);
}
END_TEST

START_TEST(texts_that_are_no_answers_are_none)
{
	static const char *const odd[] = { "x",           "t1 k1 m qa", "t1 k1 v/m",
					   "t1 k1 v/ qa", "t1  v/m qa", "t1 k1 v/m " };

	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		fix_text("SET " ANSWER "r1 %s", odd[i]);
		ck_assert_int_eq(give("r1", 0), FEEDBACK_GONE);
	}
}
END_TEST

/* --- what is found --- */

START_TEST(ratings_are_read_with_the_payer)
{
	answered("r1", "m", "qa");
	answered("r2", "m", "qa");
	answered("r3", "n", "qa");
	ck_assert_double_eq(evidence("m", "qa").payer_mass, 0);
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_OK);
	ck_assert_int_eq(give("r2", 0), FEEDBACK_OK);
	ck_assert_int_eq(give("r3", 0), FEEDBACK_OK);
	/* the second was judged one later, the first two */
	ck_assert_double_eq_tol(evidence("m", "qa").payer_mass,
				SKILL_KEPT * SKILL_KEPT + SKILL_KEPT, 1e-5);
	ck_assert_double_eq_tol(evidence("m", "qa").payer_mean, SKILL_KEPT / (1 + SKILL_KEPT),
				1e-5);
	ck_assert_double_eq(evidence("n", "qa").payer_mass, 1);
	ck_assert_double_eq(evidence("n", "qa").payer_mean, 0);
	ck_assert_double_eq(evidence("n", "other").payer_mass, 0);
}
END_TEST

START_TEST(old_judgements_fade)
{
	fix_int("HSET " SKILLS "key:k1 qa 1001 %s %s", "qa openai/m", "8000000 2000000 1");
	ck_assert_double_eq_tol(evidence("m", "qa").payer_mass, 10 * pow(SKILL_KEPT, 1000), 1e-4);
	ck_assert_double_eq_tol(evidence("m", "qa").payer_mean, 0.8, 1e-6);
	answered("r1", "m", "qa");
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_OK);
	ck_assert_double_eq_tol(evidence("m", "qa").payer_mass, 10 * pow(SKILL_KEPT, 1001) + 1,
				1e-4);
}
END_TEST

START_TEST(fields_that_make_no_sense_say_nothing)
{
	fix_int("HSET " SKILLS "key:k1 qa x %s %s %s %s", "qa openai/m", "1000000 -1 1",
		"qa openai/n", "1000000");
	ck_assert_double_eq(evidence("m", "qa").payer_mass, 0);
	ck_assert_double_eq(evidence("n", "qa").payer_mass, 0);
}
END_TEST

START_TEST(the_model_that_says_least_makes_room)
{
	/* as many fields as there may be: the task, and of each model one answer, of m7 less */
	static const char fill[] = "for i = 1, 703 do"
				   " redis.call('HSET', KEYS[1], 'qa openai/m' .. i, (i == 7 and 4 "
				   "or 1000000) .. ' 0 1')"
				   " end return redis.call('HSET', KEYS[1], 'qa', 1)";

	fix_int("EVAL %s 1 " SKILLS "key:k1", fill);
	answered("r1", "m9", "qa");
	ck_assert_int_eq(give("r1", FEEDBACK_WHOLE), FEEDBACK_OK); /* is there: needs no room */
	ck_assert_int_eq(fix_int("HLEN " SKILLS "key:k1"), 704);
	ck_assert_double_gt(evidence("m7", "qa").payer_mass, 0);
	answered("r2", "new", "qa");
	ck_assert_int_eq(give("r2", FEEDBACK_WHOLE), FEEDBACK_OK);
	ck_assert_int_eq(fix_int("HLEN " SKILLS "key:k1"), 704);
	ck_assert_double_eq(evidence("m7", "qa").payer_mass, 0);
	ck_assert_double_eq(evidence("new", "qa").payer_mass, 1);
	ck_assert_double_gt(evidence("m9", "qa").payer_mass, 1.99);
	fix_int("HDEL " SKILLS "key:k1 %s", "qa openai/m1"); /* now there is room for one */
	answered("r3", "newer", "qa");
	ck_assert_int_eq(give("r3", FEEDBACK_WHOLE), FEEDBACK_OK);
	ck_assert_int_eq(fix_int("HLEN " SKILLS "key:k1"), 704);
}
END_TEST

Suite *suite_feedback(void)
{
	Suite *s = suite_create("feedback");
	TCase *tc = tcase_create("feedback");

	tcase_add_checked_fixture(tc, setup, fix_teardown);
	tcase_add_test(tc, a_settled_answer_can_be_rated_for_a_week);
	tcase_add_test(tc, what_has_no_task_cannot);
	tcase_add_test(tc, what_cost_nobody_knows_was_no_answer);
	tcase_add_test(tc, a_settle_that_comes_twice_does_not_make_it_new);
	tcase_add_test(tc, a_rating_counts_for_key_team_and_org);
	tcase_add_test(tc, a_second_rating_changes_nothing);
	tcase_add_test(tc, it_is_told_how_much_the_org_has_said_before);
	tcase_add_test(tc, another_org_or_team_finds_no_answer);
	tcase_add_test(tc, an_answer_that_has_expired_is_gone);
	tcase_add_test(tc, a_key_of_a_wrong_type_is_no_answer_and_changes_nothing);
	tcase_add_test(tc, texts_that_are_no_answers_are_none);
	tcase_add_test(tc, ratings_are_read_with_the_payer);
	tcase_add_test(tc, old_judgements_fade);
	tcase_add_test(tc, fields_that_make_no_sense_say_nothing);
	tcase_add_test(tc, the_model_that_says_least_makes_room);
	suite_add_tcase(s, tc);
	return s;
}
