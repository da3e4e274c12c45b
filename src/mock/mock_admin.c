/*
 * mock_admin.c -- /_mock/: rules replaced, figures read, counters put back to zero.
 *
 * For tests, so there is no credential. The ledger is never touched from here.
 */
#include "mock/mock.h"

#define MAX_STATS_BYTES (1u << 20)

static void reply(struct exchange *x, int status, struct buf *body)
{
	const struct reply_header type = { "content-type", "application/json" };

	exchange_reply(x, status, &type, 1, body);
}

static void say(struct exchange *x, int status, const char *name, struct str text)
{
	struct buf body;

	buf_init(&body, MAX_STATS_BYTES);
	buf_printf(&body, "{\"%s\":", name);
	json_quote(&body, text);
	buf_adds(&body, "}\n");
	reply(x, status, &body);
}

/* --- figures --- */

/* "name":count members of what is not zero */
static void write_counts(struct buf *out, const uint64_t *counts, size_t n,
			 const char *(*name)(size_t))
{
	const char *comma = "";

	buf_addc(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (counts[i] == 0)
			continue;
		buf_adds(out, comma);
		if (name)
			buf_printf(out, "\"%s\"", name(i));
		else
			buf_printf(out, "\"%zu\"", i);
		buf_printf(out, ":%llu", (unsigned long long)counts[i]);
		comma = ",";
	}
	buf_addc(out, '}');
}

static const char *outcome_name(size_t i)
{
	return mock_outcome_name((enum mock_outcome)i);
}

static void write_vendor(struct buf *out, const struct mock_stats *s, enum mock_vendor v)
{
	buf_printf(out, "\"%s\":{\"statuses\":", mock_vendor_name(v));
	write_counts(out, s->statuses[v], COUNT_OF(s->statuses[v]), NULL);
	buf_adds(out, ",\"outcomes\":");
	write_counts(out, s->outcomes[v], OUTCOMES, outcome_name);
	buf_printf(out, ",\"billed_nanos\":%lld}", (long long)s->billed_nanos[v]);
}

static void write_rules(struct buf *out, const struct mock_rules *rules)
{
	buf_adds(out, ",\"rules\":[");
	for (size_t i = 0; i < rules->n; i++) {
		const struct mock_rule *r = &rules->rules[i];

		buf_adds(out, i ? ",{\"name\":" : "{\"name\":");
		if (str_absent(r->name))
			buf_adds(out, "null");
		else
			json_quote(out, r->name);
		buf_printf(out, ",\"seen\":%llu,\"hits\":%llu}", (unsigned long long)r->seen,
			   (unsigned long long)r->hits);
	}
	buf_addc(out, ']');
}

static void get_stats(struct mock *m, struct exchange *x)
{
	const struct mock_stats *s = &m->stats;
	struct buf body;

	buf_init(&body, MAX_STATS_BYTES);
	buf_printf(&body, "{\"requests\":%llu,\"open\":%llu,\"most_open\":%llu,\"vendors\":{",
		   (unsigned long long)s->requests, (unsigned long long)s->open,
		   (unsigned long long)s->most_open);
	for (int v = 0; v < MOCK_VENDORS; v++) {
		if (v)
			buf_addc(&body, ',');
		write_vendor(&body, s, (enum mock_vendor)v);
	}
	buf_addc(&body, '}');
	write_rules(&body, &m->rules);
	buf_adds(&body, "}\n");
	reply(x, 200, &body);
}

/* --- changes --- */

static void post_rules(struct mock *m, struct exchange *x)
{
	struct fault fault;

	if (mock_rules_read(&m->rules, exchange_body(x), &fault))
		say(x, 200, "status", STR("ok"));
	else
		say(x, 400, "error", str_of(fault.text));
}

/* answers under way go on, and count as open */
static void post_reset(struct mock *m, struct exchange *x)
{
	uint64_t open = m->stats.open;

	m->stats = (struct mock_stats){ .open = open, .most_open = open };
	mock_rules_reset(&m->rules);
	mock_cache_reset(&m->cache);
	say(x, 200, "status", STR("ok"));
}

void mock_admin(struct mock *m, struct exchange *x)
{
	static const struct {
		const char *method, *path;
		void (*answer)(struct mock *m, struct exchange *x);
	} pages[] = {
		{ "GET", "/_mock/stats", get_stats },
		{ "POST", "/_mock/rules", post_rules },
		{ "POST", "/_mock/reset", post_reset },
	};

	for (size_t i = 0; i < COUNT_OF(pages); i++) {
		if (str_is(exchange_method(x), pages[i].method) &&
		    str_is(exchange_path(x), pages[i].path)) {
			pages[i].answer(m, x);
			return;
		}
	}
	say(x, 404, "error", STR("no such page"));
}
