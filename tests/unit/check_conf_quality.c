/* check_conf_quality.c -- `quality:` to the tasks of the fleet and what models are good for. */
#include "conf_files.h"
#include "core/quality.h"
#include "model/task.h"

#define MODELS                                                                 \
	"models: {openai: {m: {context: 10, max_output: 5, snapshots: [m-1]}," \
	" n: {context: 10, max_output: 5, quality: m}, o: {context: 10, max_output: 5}}}\n"
#define SAID "source: s, date: 2026-01-01"

static struct loaded l;

static void teardown(void)
{
	loaded_release(&l);
}

static void load(const char *text)
{
	l = conf_text_load(text);
	assert_loads(l);
}

static struct skill skill(const char *name, const char *task)
{
	const struct model *m = catalog_model(l.catalog, str_of(name));

	ck_assert_ptr_nonnull(m);
	return m->skills ? m->skills[catalog_task(l.catalog, str_of(task))] : (struct skill){ 0 };
}

#define assert_skill(name, task, want_mean, want_mass)                 \
	do {                                                           \
		struct skill got_ = skill(name, task);                 \
		ck_assert_double_eq_tol(got_.mean, (want_mean), 1e-9); \
		ck_assert_double_eq_tol(got_.mass, (want_mass), 1e-9); \
	} while (0)

START_TEST(figures_of_one_source_or_of_several_become_skills)
{
	load(MODELS "quality: {openai: {"
		    "m: [{" SAID ", mass: 7, tasks: {qa: 0.8, coding: 1}}, {" SAID
		    ", tasks: {other: 0}}],"
		    "o: {" SAID ", tasks: {qa: 0.125}}}}");
	assert_skill("m", "qa", 0.8, 7);
	assert_skill("m", "coding", 1, 7);
	assert_skill("m", "other", 0, 10);
	assert_skill("o", "qa", 0.125, 10);
	assert_skill("o", "coding", 0, 0);
}
END_TEST

START_TEST(tasks_are_those_with_figures_and_other_stands_last)
{
	load(MODELS "quality: {openai: {m: {" SAID ", tasks: {zeal: 0.5, other: 0.5, art: 0.5}}}}");
	ck_assert_uint_eq(l.catalog->n_tasks, 3);
	assert_str(l.catalog->tasks[0], "art");
	assert_str(l.catalog->tasks[1], "zeal");
	assert_str(l.catalog->tasks[2], TASK_OTHER);
	ck_assert_uint_eq(catalog_task(l.catalog, STR("zeal")), 1);
	ck_assert_uint_eq(catalog_task(l.catalog, STR("nobody knows it")), 2);
}
END_TEST

START_TEST(without_figures_there_is_one_task)
{
	load(MODELS);
	ck_assert_uint_eq(l.catalog->n_tasks, 1);
	assert_str(l.catalog->tasks[0], TASK_OTHER);
	ck_assert_double_eq(l.catalog->unknown[0].mean, QUALITY_UNKNOWN_MEAN);
	ck_assert_double_eq(l.catalog->unknown[0].mass, 0);
	ck_assert_msg(!str_has(buf_str(&l.said), "quality"), "%s", buf_cstr(&l.said));
}
END_TEST

START_TEST(snapshots_and_models_that_say_so_have_another_models_figures)
{
	load(MODELS "quality: {openai: {m: {" SAID ", tasks: {qa: 0.8}}, m-1: {" SAID
		    ", tasks: {qa: 0.7}}, o: {" SAID ", tasks: {qa: 0.1}}}}");
	assert_skill("n", "qa", 0.8, 10);
	assert_skill("m-1", "qa", 0.7, 10);
	loaded_release(&l);
	load(MODELS "quality: {openai: {m: {" SAID ", tasks: {qa: 0.8}}}}");
	assert_skill("m-1", "qa", 0.8, 10);
	assert_says(l, "models.openai.o has no quality");
}
END_TEST

START_TEST(less_is_assumed_of_a_model_without_a_figure)
{
	load(MODELS "quality: {openai: {m: {" SAID ", tasks: {qa: 0.8, low: 0.05}}, o: {" SAID
		    ", tasks: {qa: 0.4}}}}");
	ck_assert_double_eq_tol(l.catalog->unknown[catalog_task(l.catalog, STR("qa"))].mean,
				0.6 - QUALITY_UNKNOWN_MARGIN, 1e-9);
	ck_assert_double_eq(l.catalog->unknown[catalog_task(l.catalog, STR("qa"))].mass,
			    QUALITY_UNKNOWN_MASS);
	ck_assert_double_eq(l.catalog->unknown[catalog_task(l.catalog, STR("low"))].mean, 0);
	ck_assert_double_eq(l.catalog->unknown[catalog_task(l.catalog, STR("other"))].mass, 0);
}
END_TEST

START_TEST(the_main_file_replaces_figures_as_a_whole)
{
	l = conf_files_load(&(struct conf_files){
		.main = "include: [more.yaml]\n" MODELS "quality: {openai: {m: {" SAID
			", mass: 3, tasks: {qa: 0.2}}}}",
		.more = "quality: {openai: {m: {" SAID ", tasks: {qa: 0.9, art: 0.9}}}}" });
	assert_loads(l);
	assert_skill("m", "qa", 0.2, 3);
	ck_assert_uint_eq(l.catalog->n_tasks, 2);
}
END_TEST

/* clang-format off */
static const struct {
	const char *text, *says;
} faults[] = {
	{ "{m: {date: 2026-01-01, tasks: {qa: 1}}}", "quality.openai.m: \"source\" is missing" },
	{ "{m: {source: s, tasks: {qa: 1}}}", "quality.openai.m: \"date\" is missing" },
	{ "{m: {" SAID "}}", "quality.openai.m: \"tasks\" is missing" },
	{ "{m: {" SAID ", tasks: {qa: 1.001}}}",
	  "main.yaml:2:65: error: quality.openai.m.tasks.qa: \"1.001\" is no quality from 0 to 1" },
	{ "{m: {" SAID ", tasks: {qa: -0.1}}}", "\"-0.1\" is no quality" },
	{ "{m: {" SAID ", tasks: {qa: 0.1234}}}", "\"0.1234\" is no quality" },
	{ "{m: {" SAID ", tasks: {qa: good}}}", "\"good\" is no quality" },
	{ "{m: {" SAID ", tasks: {qa: [1]}}}", "quality.openai.m.tasks" },
	{ "{m: {" SAID ", tasks: {'a b': 1}}}", "quality.openai.m.tasks: \"a b\" is not a name" },
	{ "{m: {" SAID ", tasks: {a23456789012345678901234567890123: 1}}}", "of at most 31 bytes" },
	{ "{m: {" SAID ", tasks: [qa]}}", "quality.openai.m.tasks must be a map" },
	{ "{m: {" SAID ", mass: 0, tasks: {qa: 1}}}", "quality.openai.m.mass: 0 is out of bounds" },
	{ "{m: {" SAID ", taks: {qa: 1}}}", "there is no key \"taks\"; did you mean \"tasks\"?" },
	{ "{m: [{" SAID ", tasks: {qa: 1}}, {" SAID ", tasks: {qa: 0}}]}",
	  "quality.openai.m[2].tasks: \"qa\" has a figure already" },
	{ "{o: {" SAID ", tasks: {qa: 1}}}",
	  "models.openai.n.quality: vendor \"openai\" has no figures of a model \"m\"" },
};
/* clang-format on */

START_TEST(what_is_wrong_with_figures_is_said)
{
	char text[1024];

	snprintf(text, sizeof(text), MODELS "quality: {openai: %s}", faults[_i].text);
	l = conf_text_load(text);
	ck_assert(!l.ok);
	assert_says(l, faults[_i].says);
}
END_TEST

START_TEST(figures_of_models_that_are_not_there_are_noted)
{
	load(MODELS "quality: {openai: {m: {" SAID ", tasks: {qa: 1}}, x: {" SAID
		    ", tasks: {qa: 1}}}}");
	assert_says(l, "note: quality.openai.x belongs to no model");
}
END_TEST

START_TEST(there_is_an_end_to_tasks)
{
	char text[2048] = MODELS "quality: {openai: {m: {" SAID ", tasks: {";

	for (int i = 0; i < 32; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "t%d: 1, ", i);
	strcat(text, "other: 1}}}}");
	l = conf_text_load(text);
	ck_assert(!l.ok);
	assert_says(l, "quality: more than 31 tasks");
}
END_TEST

START_TEST(the_published_text_gives_the_same_figures)
{
	struct conf_faults found;
	struct catalog *back;
	struct buf text, again;

	load(MODELS
	     "quality: {openai: {o: {" SAID ", tasks: {qa: 0.125}}, m: [{" SAID
	     ", mass: 7, tasks: {qa: 0.8, art: 1}}, {source: \"\\\"t\\\"\", date: 2026-01-02,"
	     " tasks: {other: 0}}]}}");
	buf_init(&text, 1 << 20);
	buf_init(&again, 1 << 20);
	conf_write(l.catalog, &text);
	back = conf_read(buf_str(&text), &found);
	ck_assert_msg(back != NULL, "%s\n%s", found.items[0].text, buf_cstr(&text));
	conf_write(back, &again);
	ck_assert_str_eq(buf_cstr(&again), buf_cstr(&text));
	ck_assert_str_eq(back->hash, l.catalog->hash);
	ck_assert_uint_eq(back->n_tasks, 3);
	catalog_unref(l.catalog);
	l.catalog = back;
	assert_skill("m-1", "art", 1, 7);
	assert_skill("n", "other", 0, 10);
	assert_skill("o", "qa", 0.125, 10);
	buf_release(&text);
	buf_release(&again);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_quality");
	TCase *tc = tcase_create("quality");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, figures_of_one_source_or_of_several_become_skills);
	tcase_add_test(tc, tasks_are_those_with_figures_and_other_stands_last);
	tcase_add_test(tc, without_figures_there_is_one_task);
	tcase_add_test(tc, snapshots_and_models_that_say_so_have_another_models_figures);
	tcase_add_test(tc, less_is_assumed_of_a_model_without_a_figure);
	tcase_add_test(tc, the_main_file_replaces_figures_as_a_whole);
	tcase_add_loop_test(tc, what_is_wrong_with_figures_is_said, 0, COUNT_OF(faults));
	tcase_add_test(tc, figures_of_models_that_are_not_there_are_noted);
	tcase_add_test(tc, there_is_an_end_to_tasks);
	tcase_add_test(tc, the_published_text_gives_the_same_figures);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
