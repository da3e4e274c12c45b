/* cmd_quality.c -- smartrouter quality: what is believed of the models, and what it rests on. */
#include "core/payer_skills.h"
#include "core/quality.h"
#include "ctl/command.h"
#include "ctl/explain.h"
#include "ctl/say.h"
#include "ctl/table.h"

#define JSON_MOST (16u << 20)

struct quality_values {
	struct common common;
	bool fleet;
	const char *key;
};

/* what is known of a model at a task */
struct belief {
	const struct model *model;
	uint32_t task;
	struct quality quality;
	struct skill prior, fleet;
	struct evidence evidence;
};

static struct skill skill_at(const struct skill *skills, uint32_t task)
{
	return skills ? skills[task] : (struct skill){ 0 };
}

static struct belief belief_of(const struct world *w, const struct model *m, uint32_t task)
{
	const struct catalog *c = w->catalog;
	struct belief b = { .model = m,
			    .task = task,
			    .prior = skill_at(m->skills, task),
			    .fleet = skill_at(w->snapshot->models[m - c->models].skills, task) };

	payer_evidence(&w->skills, c->tasks[task], m, &b.evidence);
	b.quality = quality_of(w->snapshot, m, task, &b.evidence);
	return b;
}

/* Snapshots of a model, and other names of it, are believed what it is until they are rated. */
static bool stands_for_itself(const struct world *w, const struct model *m)
{
	const struct catalog *c = w->catalog;

	if (!m->figures || str_eq(m->figures->model, m->id) ||
	    w->snapshot->models[m - c->models].skills)
		return true;
	for (uint32_t task = 0; task < c->n_tasks; task++)
		if (belief_of(w, m, task).evidence.payer_mass > 0)
			return true;
	return false;
}

/* --- tables --- */

/* a line for each model, a column for each task */
static int show_all(struct session *s, const struct world *w)
{
	const struct catalog *c = w->catalog;
	uint32_t n_tasks = c->n_tasks < TABLE_COLUMNS - 1 ? c->n_tasks : TABLE_COLUMNS - 1;
	struct column columns[TABLE_COLUMNS] = { { "MODEL", ALIGN_LEFT } };
	struct table t;

	for (uint32_t task = 0; task < n_tasks; task++)
		columns[task + 1] = (struct column){ arena_cstr(&s->arena, c->tasks[task]),
						     ALIGN_RIGHT };
	table_init(&t, &s->arena, columns, n_tasks + 1);
	for (uint32_t i = 0; i < c->n_models; i++) {
		const struct model *m = &c->models[i];

		if (!stands_for_itself(w, m))
			continue;
		table_printf(&t, "%.*s/%.*s", STR_ARG(m->vendor), STR_ARG(m->id));
		for (uint32_t task = 0; task < n_tasks; task++)
			table_printf(&t, "%.3f", belief_of(w, m, task).quality.mean);
	}
	table_print(&t);
	if (n_tasks < c->n_tasks)
		say_note("%u tasks more: name them", c->n_tasks - n_tasks);
	return EXIT_FINE;
}

static void add_figure(struct table *t, double mean, double mass)
{
	if (mass > 0) {
		table_printf(t, "%.3f", mean);
		table_printf(t, "%.1f", mass);
	} else {
		table_adds(t, "-");
		table_adds(t, "-");
	}
}

/* all that is known of the models at one task */
static int show_task(struct session *s, const struct world *w, uint32_t task)
{
	static const struct column columns[] = {
		{ "MODEL", ALIGN_LEFT },    { "QUALITY", ALIGN_POINT }, { "+-", ALIGN_POINT },
		{ "PRIOR", ALIGN_POINT },   { "ANSWERS", ALIGN_POINT }, { "FLEET", ALIGN_POINT },
		{ "ANSWERS", ALIGN_POINT }, { "PAYER", ALIGN_POINT },   { "ANSWERS", ALIGN_POINT },
	};
	const struct catalog *c = w->catalog;
	struct table t;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < c->n_models; i++) {
		struct belief b = belief_of(w, &c->models[i], task);

		if (!stands_for_itself(w, b.model))
			continue;
		table_printf(&t, "%.*s/%.*s", STR_ARG(b.model->vendor), STR_ARG(b.model->id));
		table_printf(&t, "%.3f", b.quality.mean);
		table_printf(&t, "%.3f", b.quality.se);
		add_figure(&t, b.prior.mean, b.prior.mass);
		add_figure(&t, b.fleet.mean, b.fleet.mass);
		add_figure(&t, b.evidence.payer_mean, b.evidence.payer_mass);
	}
	table_print(&t);
	return EXIT_FINE;
}

/* --- JSON --- */

static void write_figure(struct buf *b, const char *name, double mean, double mass)
{
	buf_printf(b, ",\"%s\":", name);
	if (mass <= 0) {
		buf_adds(b, "null");
		return;
	}
	buf_adds(b, "{\"quality\":");
	json_number(b, mean);
	buf_adds(b, ",\"answers\":");
	json_number(b, mass);
	buf_addc(b, '}');
}

static void write_belief(struct buf *b, const struct catalog *c, const struct belief *belief)
{
	buf_adds(b, "{\"vendor\":");
	json_quote(b, belief->model->vendor);
	buf_adds(b, ",\"model\":");
	json_quote(b, belief->model->id);
	buf_adds(b, ",\"task\":");
	json_quote(b, c->tasks[belief->task]);
	buf_adds(b, ",\"quality\":");
	json_number(b, belief->quality.mean);
	buf_adds(b, ",\"standard_error\":");
	json_number(b, belief->quality.se);
	write_figure(b, "prior", belief->prior.mean, belief->prior.mass);
	write_figure(b, "fleet", belief->fleet.mean, belief->fleet.mass);
	write_figure(b, "payer", belief->evidence.payer_mean, belief->evidence.payer_mass);
	buf_addc(b, '}');
}

static int print_json(const struct world *w, const bool *wanted)
{
	const struct catalog *c = w->catalog;
	const char *comma = "";
	struct buf b;
	bool fine;

	buf_init(&b, JSON_MOST);
	buf_addc(&b, '[');
	for (uint32_t i = 0; i < c->n_models; i++) {
		for (uint32_t task = 0; task < c->n_tasks; task++) {
			struct belief belief;

			if (!wanted[task])
				continue;
			belief = belief_of(w, &c->models[i], task);
			buf_adds(&b, comma);
			write_belief(&b, c, &belief);
			comma = ",\n";
		}
	}
	buf_addc(&b, ']');
	fine = buf_ok(&b);
	printf("%s\n", fine ? buf_cstr(&b) : "");
	buf_release(&b);
	return fine ? EXIT_FINE : EXIT_FAILED;
}

/* --- the command --- */

static int open_world(struct session *s, const struct quality_values *v, struct world *w)
{
	char text[ENTITY_TEXT];
	struct entity key;
	struct fault f;
	int code;

	if (v->key && !v->fleet) {
		say_error("--key needs --fleet: keys are in Redis");
		return EXIT_USAGE;
	}
	if (!v->fleet)
		return world_of_files(s, NULL, w);
	str_copy(text, sizeof(text), str_of(v->key ? v->key : ""));
	if (v->key && !entity_read(&key, SCOPE_key, text, &f)) {
		say_error("--key: %s", f.text);
		return EXIT_USAGE;
	}
	code = session_reach(s);
	return code ? code : world_of_fleet(s, v->key ? &key : NULL, w);
}

/* no names: all tasks */
static int read_tasks(const struct catalog *c, int n, char **args, bool *wanted)
{
	for (uint32_t task = 0; task < c->n_tasks; task++)
		wanted[task] = n == 0;
	for (int i = 0; i < n; i++) {
		uint32_t task = catalog_task(c, str_of(args[i]));

		if (!str_is(c->tasks[task], args[i])) {
			say_error("there is no task \"%.40s\"", args[i]);
			return EXIT_FAILED;
		}
		wanted[task] = true;
	}
	return EXIT_FINE;
}

static int print(struct session *s, const struct world *w, const bool *wanted, bool all)
{
	int code = EXIT_FINE;

	if (s->common->json)
		return print_json(w, wanted);
	if (all)
		return show_all(s, w);
	for (uint32_t task = 0; task < w->catalog->n_tasks && !code; task++)
		if (wanted[task])
			code = show_task(s, w, task);
	return code;
}

static int show(struct session *s, void *values, int n, char **args)
{
	struct world w = { .catalog = NULL };
	bool *wanted = NULL;
	int code = open_world(s, values, &w);

	if (!code && !(wanted = ARENA_ARRAY(&s->arena, bool, w.catalog->n_tasks + 1)))
		code = EXIT_FAILED;
	if (!code)
		code = read_tasks(w.catalog, n, args, wanted);
	if (!code)
		code = print(s, &w, wanted, n == 0);
	world_release(&w);
	return code;
}

static const struct option_row rows[] = {
	{ "fleet", NULL, NULL, offsetof(struct quality_values, fleet),
	  "what the running fleet believes, by its catalog and its clients' feedback; without it "
	  "what the configuration says" },
	{ "key", "ORG_ID", option_text, offsetof(struct quality_values, key),
	  "with --fleet: and by the feedback of this key, its team and org" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_quality(int argc, char **argv)
{
	static const struct verb verbs[] = {
		{ "show",
		  "[TASK]",
		  0,
		  1,
		  NEEDS_CONFIG,
		  show,
		  "of every model at every task, or at one task with what it rests on",
		  { &options } },
	};
	static const struct command command = {
		.name = "quality",
		.text = "How good the models are believed to be at each task: the share of their\n"
			"answers that are good, from 0 to 1.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct quality_values values = { .fleet = false };

	return command_run(&command, &values, argc, argv);
}
