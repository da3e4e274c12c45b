/* usage_sum.c -- org by org, the hours or days of each are read and added up. */
#include "ctl/usage_sum.h"

#include <time.h>

#include "ctl/each_org.h"

const char *const usage_by_names[BY_COUNT] = {
	[BY_hour] = "hour", [BY_day] = "day", [BY_org] = "org",
	[BY_team] = "team", [BY_key] = "key", [BY_model] = "model",
};

struct summing {
	struct session *session;
	const struct usage_ask *ask;
	struct usage_group *groups;
};

/* one hour or day of an org */
struct reading {
	struct summing *sum;
	struct str org;
	struct period_span span;
};

/* --- adding up --- */

static bool is_asked_for(const struct usage_ask *ask, const struct usage_row *row)
{
	return (str_absent(ask->team) || str_eq(ask->team, row->team)) &&
	       (str_absent(ask->key) || str_eq(ask->key, row->key)) &&
	       (str_absent(ask->model) || str_eq(ask->model, row->model));
}

static struct str moment_of(struct arena *a, const char *form, int64_t us)
{
	time_t s = us / 1000000;
	char text[32];
	struct tm tm;

	gmtime_r(&s, &tm);
	/* the form is one of two below */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	strftime(text, sizeof(text), form, &tm);
#pragma GCC diagnostic pop
	return arena_str(a, str_of(text));
}

/* as it is written on the command line: ORG/TEAM, ORG_KEY; rows beyond the most have no names */
static struct str named(struct arena *a, struct str org, char between, struct str id)
{
	if (str_is(id, "*"))
		return STR("*");
	return arena_printf(a, "%.*s%c%.*s", STR_ARG(org), between, STR_ARG(id));
}

static struct str part_of(const struct reading *r, const struct usage_row *row, enum usage_by by)
{
	struct arena *a = &r->sum->session->arena;

	switch (by) {
	case BY_hour: return moment_of(a, "%Y-%m-%dT%H:00Z", r->span.start_us);
	case BY_day: return moment_of(a, "%Y-%m-%d", r->span.start_us);
	case BY_org: return r->org;
	case BY_team: return named(a, r->org, '/', row->team);
	case BY_key: return named(a, r->org, '_', row->key);
	default: return arena_str(a, row->model);
	}
}

/* NULL: the arena is full, which the session's end tells */
static struct usage_group *group_of(const struct reading *r, const struct usage_row *row)
{
	struct summing *sum = r->sum;
	struct arena *a = &sum->session->arena;
	struct usage_group *g, new = { .name = STR("") };

	for (int by = 0; by < BY_COUNT; by++) {
		new.of[by] = sum->ask->by[by] ? part_of(r, row, (enum usage_by)by) : STR_NONE;
		if (sum->ask->by[by])
			new.name = arena_printf(a, "%.*s%.*s\n", STR_ARG(new.name),
						STR_ARG(new.of[by]));
	}
	HASH_FIND(hh, sum->groups, new.name.p, new.name.n, g);
	if (g)
		return g;
	g = ARENA_NEW(a, struct usage_group);
	if (!g)
		return NULL;
	*g = new;
	HASH_ADD_KEYPTR(hh, sum->groups, g->name.p, g->name.n, g);
	return g;
}

static void got_rows(void *who, bool ok, size_t n, const struct usage_row *rows)
{
	const struct reading *r = who;

	for (size_t i = 0; i < n; i++) {
		struct usage_group *g = NULL;

		if (is_asked_for(r->sum->ask, &rows[i]))
			g = group_of(r, &rows[i]);
		for (int f = 0; g && f < FIGURE_COUNT; f++)
			g->figure[f] += rows[i].figure[f];
	}
	session_answered(r->sum->session, ok);
}

/* --- reading --- */

static int read_org(struct session *s, struct str org, void *who)
{
	struct summing *sum = who;
	int64_t at_us = sum->ask->since_us, now_us = store_now_us(&s->store);
	struct reading some[AWAIT_AT_ONCE];
	int code = EXIT_FINE;

	while (at_us <= now_us && !code) {
		for (size_t n = 0; n < AWAIT_AT_ONCE && at_us <= now_us; n++) {
			some[n] = (struct reading){ .sum = sum, .org = org };
			period_span(sum->ask->unit, at_us, &some[n].span);
			at_us = some[n].span.end_us;
			session_begin(s);
			usage_read(&s->store, org, str_of(some[n].span.id), got_rows, &some[n]);
		}
		code = session_wait(s);
	}
	return code;
}

static int by_name(const struct usage_group *a, const struct usage_group *b)
{
	return str_cmp(a->name, b->name);
}

int usage_sum(struct session *s, const struct usage_ask *ask, struct usage_group **groups_r)
{
	struct summing sum = { .session = s, .ask = ask };
	int code = each_org(s, ask->org, read_org, &sum);

	HASH_SORT(sum.groups, by_name);
	*groups_r = sum.groups;
	return code;
}

void usage_forget(struct usage_group **groups)
{
	HASH_CLEAR(hh, *groups);
}
