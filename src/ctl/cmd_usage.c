/* cmd_usage.c -- smartrouter usage: what was used, by whom, of what, when. */
#include "core/price.h"
#include "ctl/await.h"
#include "ctl/command.h"
#include "ctl/moment.h"
#include "ctl/out.h"
#include "ctl/table.h"
#include "ctl/usage_sum.h"
#include "ctl/verbs.h"

/* younger than this, it is added up from hours */
#define HOURS_US (48LL * 3600 * 1000000)

struct usage_values {
	struct common common;
	const char *org, *team, *key, *model, *since, *by;
};

/* --- what is asked --- */

static int take_entity(struct session *s, struct usage_ask *ask, enum scope scope,
		       const char *given)
{
	struct entity e;
	int code;

	if (!given)
		return EXIT_FINE;
	/* an argument, in which a secret that was given by mistake is overwritten */
	code = verb_entity(scope, (char *)(uintptr_t)given, &e);
	if (code)
		return code;
	if (!str_absent(ask->org) && !str_is(ask->org, e.org)) {
		say_error("usage: %.64s is of another org", given);
		return EXIT_USAGE;
	}
	ask->org = arena_str(&s->arena, str_of(e.org));
	if (scope == SCOPE_team)
		ask->team = arena_str(&s->arena, str_of(e.id));
	if (scope == SCOPE_key)
		ask->key = arena_str(&s->arena, str_of(e.id));
	return EXIT_FINE;
}

static int take_by(struct usage_ask *ask, const char *text)
{
	struct str rest = str_of(text);

	while (!str_absent(rest)) {
		struct str word = str_cut(&rest, ',');
		int by = 0;

		while (by < BY_COUNT && !str_is(word, usage_by_names[by]))
			by++;
		if (by == BY_COUNT) {
			say_error("--by %.64s: must be some of hour, day, org, team, key, model",
				  text);
			return EXIT_USAGE;
		}
		ask->by[by] = true;
	}
	return EXIT_FINE;
}

static int take_since(struct session *s, struct usage_ask *ask, const char *text)
{
	const struct settings *set = s->settings;
	int64_t now_us = store_now_us(&s->store), kept_ms;
	struct period_span span;

	if (!moment_read(str_of(text), now_us, -1, &ask->since_us)) {
		say_error("--since %.64s: must be a duration ago such as 24h or 30d, a date such "
			  "as 2026-11-22, or a time such as 2026-11-22T18:00:00Z",
			  text);
		return EXIT_USAGE;
	}
	if (ask->since_us > now_us) {
		say_error("--since %s lies in the future", text);
		return EXIT_USAGE;
	}
	ask->unit = ask->by[BY_hour] || now_us - ask->since_us < HOURS_US ? PERIOD_hour
									  : PERIOD_day;
	kept_ms = ask->unit == PERIOD_hour ? set->coordinator_rollup_hours_ms
					   : set->coordinator_rollup_days_ms;
	if (ask->since_us < now_us - kept_ms * 1000)
		ask->since_us = now_us - kept_ms * 1000;
	period_span(ask->unit, ask->since_us, &span);
	ask->since_us = span.start_us;
	return EXIT_FINE;
}

static int read_ask(struct session *s, const struct usage_values *v, struct usage_ask *ask)
{
	int code = take_entity(s, ask, SCOPE_org, v->org);

	ask->model = v->model ? str_of(v->model) : STR_NONE;
	if (!code)
		code = take_entity(s, ask, SCOPE_team, v->team);
	if (!code)
		code = take_entity(s, ask, SCOPE_key, v->key);
	if (!code)
		code = take_by(ask, v->by);
	if (!code)
		code = take_since(s, ask, v->since);
	return code;
}

/* --- the answer --- */

static const char *const titles[] = {
#define FIGURE(name, title, text) title,
#include "tbl/figures.h"
#undef FIGURE
};
static const char *const by_titles[BY_COUNT] = { "HOUR", "DAY", "ORG", "TEAM", "KEY", "MODEL" };

static size_t choose_columns(const struct usage_ask *ask,
			     struct column columns[BY_COUNT + FIGURE_COUNT])
{
	size_t n = 0;

	for (int by = 0; by < BY_COUNT; by++)
		if (ask->by[by])
			columns[n++] = (struct column){ by_titles[by], ALIGN_LEFT };
	for (int f = 0; f < FIGURE_COUNT; f++)
		columns[n++] = (struct column){ titles[f], f == FIGURE_spent_nanos ? ALIGN_POINT
										   : ALIGN_RIGHT };
	return n;
}

static void print_table(struct session *s, const struct usage_ask *ask,
			const struct usage_group *groups)
{
	struct column columns[BY_COUNT + FIGURE_COUNT];
	size_t n = choose_columns(ask, columns);
	char money[32];
	struct table t;

	table_init(&t, &s->arena, columns, n);
	for (const struct usage_group *g = groups; g; g = g->hh.next) {
		for (int by = 0; by < BY_COUNT; by++)
			if (ask->by[by])
				table_add(&t, g->of[by]);
		for (int f = 0; f < FIGURE_spent_nanos; f++)
			table_addi(&t, g->figure[f]);
		table_adds(&t, money_text(money, g->figure[FIGURE_spent_nanos]));
	}
	table_print(&t);
	if (!groups)
		puts("nothing was used since then");
}

static int print_json(const struct usage_ask *ask, const struct usage_group *groups)
{
	json_t *o = json_object(), *rows = json_array();

	for (const struct usage_group *g = groups; g; g = g->hh.next) {
		json_t *row = json_object();

		for (int by = 0; by < BY_COUNT; by++)
			if (ask->by[by])
				out_str(row, usage_by_names[by], g->of[by]);
		for (int f = 0; f < FIGURE_COUNT; f++)
			out_int(row, usage_figure_names[f], g->figure[f]);
		json_array_append_new(rows, row);
	}
	out_time(o, "since", ask->since_us);
	out_value(o, "rows", rows);
	return out_json(o);
}

/* Nothing was used by somebody: is there such an org, team or key at all? */
static int check_who(struct session *s, const struct usage_ask *ask)
{
	struct entity e;
	struct record r;

	if (!str_absent(ask->key))
		entity_set(&e, SCOPE_key, ask->org, ask->key);
	else if (!str_absent(ask->team))
		entity_set(&e, SCOPE_team, ask->org, ask->team);
	else
		entity_set(&e, SCOPE_org, ask->org, ask->org);
	return await_record(s, &e, &r);
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct usage_values *v = values;
	struct usage_group *groups = NULL;
	struct usage_ask ask = { 0 };
	int code = read_ask(s, v, &ask);

	(void)n, (void)args;
	if (!code)
		code = usage_sum(s, &ask, &groups);
	if (!code && !groups && !str_absent(ask.org))
		code = check_who(s, &ask);
	if (!code && s->common->json)
		code = print_json(&ask, groups);
	else if (!code)
		print_table(s, &ask, groups);
	usage_forget(&groups);
	return code;
}

static const struct option_row rows[] = {
	{ "org", "ORG", option_text, offsetof(struct usage_values, org), "only of this org" },
	{ "team", "ORG/TEAM", option_text, offsetof(struct usage_values, team),
	  "only of this team" },
	{ "key", "KEY", option_text, offsetof(struct usage_values, key), "only of this key" },
	{ "model", "MODEL", option_text, offsetof(struct usage_values, model),
	  "only of this model" },
	{ "since", "TIME", option_text, offsetof(struct usage_values, since),
	  "since when: a duration ago (24h), a date or a time (default 30d); of the last 48 hours "
	  "to the hour, else to the day" },
	{ "by", "LIST", option_text, offsetof(struct usage_values, by),
	  "a row for each of these: hour, day, org, team, key, model, with commas between (default "
	  "model)" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_usage(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "", 0, 0, NEEDS_STORE, run,
		"what was used: requests, tokens and money, as the leading coordinator counted it",
		{ &options },
	};
	/* clang-format on */
	struct usage_values values = { .since = "30d", .by = "model" };

	return command_run_only("usage", &verb, &values, argc, argv);
}
