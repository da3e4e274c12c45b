/* status_breakers.c -- the breakers that are not closed, of every vendor, as JSON and as a table.
 */
#include "ctl/breaker_list.h"
#include "ctl/status.h"
#include "ctl/table.h"

/* --- collected --- */

struct listing {
	const struct store *store;
	json_t *list;
};

static int64_t ms_until(int64_t then_us, int64_t now_us)
{
	return then_us > now_us ? (then_us - now_us) / 1000 : 0;
}

/* a block that is over is nothing any more */
static bool is_worth_telling(const struct breaker *b, int64_t now_us)
{
	return b->state != BREAKER_closed || b->blocked_us > now_us;
}

static void add_breaker(void *who, struct str vendor, struct str name, const struct breaker *b)
{
	struct listing *l = who;
	int64_t now_us = store_now_us(l->store);
	json_t *o;

	if (!is_worth_telling(b, now_us))
		return;
	o = json_object();
	out_str(o, "vendor", vendor);
	out_str(o, "name", name);
	out_text(o, "state", breaker_state_name(b->state));
	out_text(o, "cause", b->state == BREAKER_closed ? "" : breaker_cause_name(b->cause));
	out_int(o, "openings", b->openings);
	out_int(o, "since_s", b->since_us ? (now_us - b->since_us) / 1000000 : 0);
	out_int(o, "probe_ms", ms_until(b->until_us, now_us));
	out_int(o, "blocked_ms", ms_until(b->blocked_us, now_us));
	json_array_append_new(l->list, o);
}

int status_breakers(struct session *s, json_t *status)
{
	struct listing l = { &s->store, json_array() };

	out_value(status, "breakers", l.list);
	return breaker_list(s, s->catalog, add_breaker, &l);
}

/* --- printed --- */

static void add_ms(struct table *t, const json_t *o, const char *member)
{
	int64_t ms = json_integer_value(json_object_get(o, member));

	if (ms > 0)
		table_printf(t, "%.1fs", (double)ms / 1000);
	else
		table_adds(t, "-");
}

static void add_text(struct table *t, const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));

	table_adds(t, text && *text ? text : "-");
}

void status_print_breakers(struct session *s, const json_t *status)
{
	static const struct column columns[] = {
		{ "BREAKER", ALIGN_LEFT },   { "VENDOR", ALIGN_LEFT },
		{ "STATE", ALIGN_LEFT },     { "CAUSE", ALIGN_LEFT },
		{ "SINCE", ALIGN_RIGHT },    { "OPENINGS", ALIGN_RIGHT },
		{ "PROBE IN", ALIGN_RIGHT }, { "BLOCKED", ALIGN_RIGHT },
	};
	const json_t *it;
	struct table t;
	size_t i;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	json_array_foreach(json_object_get(status, "breakers"), i, it)
	{
		add_text(&t, it, "name");
		add_text(&t, it, "vendor");
		add_text(&t, it, "state");
		add_text(&t, it, "cause");
		table_printf(&t, "%llds",
			     (long long)json_integer_value(json_object_get(it, "since_s")));
		table_addi(&t, json_integer_value(json_object_get(it, "openings")));
		add_ms(&t, it, "probe_ms");
		add_ms(&t, it, "blocked_ms");
	}
	if (table_rows(&t))
		putchar('\n');
	table_print(&t);
}
