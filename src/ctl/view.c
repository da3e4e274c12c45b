/* view.c -- orgs, teams and keys for people and for scripts. */
#include "ctl/view.h"

#include "core/price.h"
#include "ctl/table.h"

#define KEYS (1u << SCOPE_key)
#define ALL  (~0u)

static const char *status_text(struct session *s, const struct record *r)
{
	if (r->blocked)
		return "blocked";
	if (r->expires_us && store_now_us(&s->store) >= r->expires_us)
		return "expired";
	return "active";
}

/* --- what is shown of them, and where --- */

enum show {
	SHOW_ID,
	SHOW_TEXT, /* struct str */
	SHOW_STATUS,
	SHOW_TIME,  /* us since 1970, 0 = none */
	SHOW_UNTIL, /* the same, and none when it has passed */
	SHOW_COUNT, /* negative = none */
	SHOW_BUDGETS,
};

static const struct property {
	const char *title; /* of the column */
	const char *label; /* in full */
	enum align align;
	unsigned scopes; /* that have it */
	bool listed;     /* in lists, too */
	enum show show;
	size_t offset;    /* of the member */
	const char *none; /* what is shown when it is not set */
} properties[] = {
	/* clang-format off */
	{ "ID", "id", ALIGN_LEFT, ALL, true, SHOW_ID, 0, "" },
	{ "TEAM", "team", ALIGN_LEFT, KEYS, true, SHOW_TEXT, offsetof(struct record, team), "-" },
	{ "NAME", "name", ALIGN_LEFT, ALL, true, SHOW_TEXT, offsetof(struct record, name), "-" },
	{ "STATUS", "status", ALIGN_LEFT, ALL, true, SHOW_STATUS, 0, "" },
	{ "CREATED", "created", ALIGN_LEFT, ALL, false, SHOW_TIME, offsetof(struct record, created_us), "-" },
	{ "EXPIRES", "expires", ALIGN_LEFT, KEYS, true, SHOW_TIME, offsetof(struct record, expires_us), "never" },
	{ "OLD SECRET", "old secret until", ALIGN_LEFT, KEYS, false, SHOW_UNTIL, offsetof(struct record, old_until_us), "-" },
	{ "POLICY", "policy", ALIGN_LEFT, KEYS, true, SHOW_TEXT, offsetof(struct record, policy), "default" },
	{ "STRATEGY", "strategy", ALIGN_LEFT, KEYS, false, SHOW_TEXT, offsetof(struct record, strategy), "the policy's" },
	{ "MODELS", "models", ALIGN_LEFT, KEYS, false, SHOW_TEXT, offsetof(struct record, models), "all" },
#define RATE(name, quantity, error, text) \
	{ #name, #name, ALIGN_RIGHT, ALL, true, SHOW_COUNT, offsetof(struct record, limits.rate[RATE_##name]), "-" },
#include "tbl/limits.h"
#undef RATE
	{ "CONC", "concurrency", ALIGN_RIGHT, ALL, true, SHOW_COUNT, offsetof(struct record, limits.concurrency), "-" },
	{ "WITHOUT REDIS", "without redis", ALIGN_LEFT, ALL, false, SHOW_TEXT, offsetof(struct record, without_redis), "as above it" },
	{ "LIVE", "in flight", ALIGN_RIGHT, ALL, true, SHOW_COUNT, offsetof(struct record, live), "" },
	{ "BUDGETS", "budgets", ALIGN_LEFT, ALL, true, SHOW_BUDGETS, 0, "-" },
	/* clang-format on */
};

static void add_budgets(struct table *t, const struct record *r, const char *none)
{
	char money[32];
	struct buf b;

	buf_init(&b, 512);
	for (int p = 0; p < PERIOD_COUNT; p++)
		if (r->limits.budget_nanos[p] >= 0)
			buf_printf(&b, "%s%s=%s", b.n ? " " : "", period_name((enum period)p),
				   money_text(money, r->limits.budget_nanos[p]));
	table_adds(t, b.n ? buf_cstr(&b) : none);
	buf_release(&b);
}

static void add_time(struct table *t, int64_t us, const char *none)
{
	char text[TIME_TEXT];

	table_adds(t, us ? time_text(text, us) : none);
}

static void add_cell(struct session *s, struct table *t, const struct property *p,
		     const struct record *r)
{
	const void *member = (const char *)r + p->offset;
	const struct str *text = member;
	const int64_t *number = member;
	char id[ENTITY_TEXT];

	switch (p->show) {
	case SHOW_ID: table_adds(t, entity_text(id, &r->who)); break;
	case SHOW_TEXT: table_add(t, text->n ? *text : str_of(p->none)); break;
	case SHOW_STATUS: table_adds(t, status_text(s, r)); break;
	case SHOW_TIME: add_time(t, *number, p->none); break;
	case SHOW_UNTIL:
		add_time(t, *number > store_now_us(&s->store) ? *number : 0, p->none);
		break;
	case SHOW_COUNT: table_count(t, *number); break;
	case SHOW_BUDGETS: add_budgets(t, r, p->none); break;
	}
}

void view_table(struct session *s, enum scope scope, const struct record *records, size_t n)
{
	const struct property *shown[COUNT_OF(properties)];
	struct column columns[COUNT_OF(properties)];
	size_t n_shown = 0;
	struct table t;

	for (size_t i = 0; i < COUNT_OF(properties); i++) {
		const struct property *p = &properties[i];

		if (!p->listed || !(p->scopes & 1u << scope))
			continue;
		columns[n_shown] = (struct column){ p->title, p->align };
		shown[n_shown++] = p;
	}
	table_init(&t, &s->arena, columns, n_shown);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < n_shown; c++)
			add_cell(s, &t, shown[c], &records[i]);
	table_print(&t);
}

void view_record(struct session *s, const struct record *r)
{
	static const struct column columns[] = { { "", ALIGN_LEFT }, { "", ALIGN_LEFT } };
	struct table t;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	for (size_t i = 0; i < COUNT_OF(properties); i++) {
		if (!(properties[i].scopes & 1u << r->who.scope))
			continue;
		table_adds(&t, properties[i].label);
		add_cell(s, &t, &properties[i], r);
	}
	table_print(&t);
}

/* --- JSON --- */

static json_t *models_json(const struct record *r)
{
	struct str rest = r->models;
	json_t *list;

	if (rest.n == 0)
		return json_null();
	list = json_array();
	while (!str_absent(rest)) {
		struct str name = str_trim(str_cut(&rest, ','));

		json_array_append_new(list, json_stringn(name.p, name.n));
	}
	return list;
}

static json_t *limits_json(const struct limits *l)
{
	json_t *o = json_object(), *budgets = json_object();

	for (int r = 0; r < RATE_COUNT; r++)
		out_limit(o, rate_name((enum rate_kind)r), l->rate[r]);
	out_limit(o, "concurrency", l->concurrency);
	for (int p = 0; p < PERIOD_COUNT; p++)
		out_limit(budgets, period_name((enum period)p), l->budget_nanos[p]);
	out_value(o, "budget_nanos", budgets);
	return o;
}

static void add_key_json(json_t *o, const struct record *r)
{
	out_str(o, "team", r->team);
	out_time(o, "expires_at", r->expires_us);
	out_time(o, "old_secret_until", r->old_until_us);
	out_str(o, "policy", r->policy);
	out_str(o, "strategy", r->strategy);
	out_value(o, "models", models_json(r));
}

json_t *view_json(struct session *s, const struct record *r)
{
	char id[ENTITY_TEXT];
	json_t *o = json_object();

	out_text(o, "id", entity_text(id, &r->who));
	out_text(o, "scope", scope_name(r->who.scope));
	out_text(o, "org", r->who.org);
	if (r->who.scope == SCOPE_key)
		add_key_json(o, r);
	out_str(o, "name", r->name);
	out_str(o, "without_redis", r->without_redis);
	out_text(o, "status", status_text(s, r));
	out_time(o, "created_at", r->created_us);
	out_int(o, "in_flight", r->live);
	out_int(o, "version", r->ver);
	out_value(o, "limits", limits_json(&r->limits));
	return o;
}
