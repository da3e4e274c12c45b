/* budgets.c -- budgets and what is spent of them. */
#include "ctl/budgets.h"

#include "core/pace.h"
#include "core/price.h"
#include "ctl/out.h"
#include "ctl/table.h"

static const struct column columns[] = {
	{ "BUDGET OF", ALIGN_LEFT }, { "PERIOD", ALIGN_LEFT },     { "LIMIT USD", ALIGN_POINT },
	{ "SPENT", ALIGN_POINT },    { "RESERVED", ALIGN_POINT },  { "SUSPENSE", ALIGN_POINT },
	{ "LEFT", ALIGN_POINT },     { "RESETS IN", ALIGN_RIGHT }, { "PACE", ALIGN_LEFT },
};

/* so many percent off still are "on plan" */
#define ON_PLAN 10

static void add(struct session *s, const struct record *r, enum period p, struct budgets *list,
		size_t *cap)
{
	struct budget *b = ARENA_PUSH(&s->arena, list->items, list->n, *cap);

	if (b)
		*b = (struct budget){ .who = r->who,
				      .period = p,
				      .limit_nanos = r->limits.budget_nanos[p] };
}

int budgets_read(struct session *s, const struct record *records, size_t n,
		 struct budgets *budgets_r)
{
	size_t cap = 0;

	*budgets_r = (struct budgets){ 0 };
	for (size_t i = 0; i < n; i++)
		for (int p = 0; p < PERIOD_COUNT; p++)
			if (records[i].limits.budget_nanos[p] >= 0)
				add(s, &records[i], (enum period)p, budgets_r, &cap);
	return await_budgets(s, budgets_r->items, budgets_r->n);
}

int64_t budget_left(const struct budget *b)
{
	return b->limit_nanos - b->state.spent_nanos - b->state.reserved_nanos -
	       b->state.suspense_nanos;
}

/* points of quality for a dollar, and whether the money will last at that */
static void add_pace(struct table *t, const struct budget_state *b)
{
	const char *word = b->ahead_percent > ON_PLAN    ? "ahead"
			   : b->ahead_percent < -ON_PLAN ? "behind"
							 : "on plan";
	char pace[FIGURE_TEXT];

	if (b->pace_micros < 0)
		table_adds(t, "-");
	else
		table_printf(t, "%s, %s", figure_text(pace, (double)b->pace_micros / PACE_MICROS),
			     word);
}

void budgets_table(struct session *s, const struct budgets *b, bool named)
{
	size_t skip = named ? 0 : 1;
	int64_t now_us = store_now_us(&s->store);
	char name[ENTITY_TEXT + 8], money[32], age[TIME_TEXT];
	struct table t;

	table_init(&t, &s->arena, columns + skip, COUNT_OF(columns) - skip);
	for (size_t i = 0; i < b->n; i++) {
		const struct budget *it = &b->items[i];

		if (named)
			table_adds(&t, entity_full_text(name, &it->who));
		table_adds(&t, period_name(it->period));
		table_adds(&t, money_text(money, it->limit_nanos));
		table_adds(&t, money_text(money, it->state.spent_nanos));
		table_adds(&t, money_text(money, it->state.reserved_nanos));
		table_adds(&t, money_text(money, it->state.suspense_nanos));
		table_adds(&t, money_text(money, budget_left(it)));
		table_adds(&t, it->period == PERIOD_total
				       ? "never"
				       : age_text(age, it->span.end_us - now_us));
		add_pace(&t, &it->state);
	}
	table_print(&t);
}

static json_t *budget_json(const struct budget *b, bool named)
{
	char name[ENTITY_TEXT + 8];
	json_t *o = json_object();

	if (named)
		out_text(o, "entity", entity_full_text(name, &b->who));
	out_text(o, "period", period_name(b->period));
	out_int(o, "limit_nanos", b->limit_nanos);
	out_int(o, "spent_nanos", b->state.spent_nanos);
	out_int(o, "reserved_nanos", b->state.reserved_nanos);
	out_int(o, "suspense_nanos", b->state.suspense_nanos);
	out_int(o, "left_nanos", budget_left(b));
	out_int(o, "requests", b->state.requests);
	out_limit(o, "pace_micros", b->state.pace_micros);
	out_int(o, "ahead_percent", b->state.ahead_percent);
	out_time(o, "resets_at", b->period == PERIOD_total ? 0 : b->span.end_us);
	return o;
}

json_t *budgets_json(const struct budgets *b, bool named)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->n; i++)
		json_array_append_new(list, budget_json(&b->items[i], named));
	return list;
}
