/*
 * write.c -- a catalog as JSON, in one canonical form.
 *
 * Says everything and leaves nothing to defaults, so that gateways of different
 * versions read the same catalog from the same text. What is written here is what
 * fleet.c reads back, without aliases of aliases, snapshots and includes.
 */
#include "conf/conf.h"

#include <math.h>

#include "base/json.h"
#include "conf/value.h"
#include "core/expr_strategy.h"
#include "model/chat.h"

/* --- JSON, with a comma before every member but the first --- */

static void comma(struct buf *b)
{
	char last = b->n ? b->p[b->n - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_addc(b, ',');
}

static void name(struct buf *b, struct str text)
{
	comma(b);
	json_quote(b, text);
	buf_addc(b, ':');
}

static void open_as(struct buf *b, struct str text, char bracket)
{
	name(b, text);
	buf_addc(b, bracket);
}

static void text_as(struct buf *b, const char *key, struct str text)
{
	name(b, str_of(key));
	json_quote(b, text);
}

static void number_as(struct buf *b, const char *key, int64_t number)
{
	name(b, str_of(key));
	buf_addi(b, number);
}

static void time_as(struct buf *b, const char *key, int64_t ms)
{
	name(b, str_of(key));
	buf_printf(b, "\"%lldms\"", (long long)ms);
}

static void item(struct buf *b, struct str text)
{
	comma(b);
	json_quote(b, text);
}

/* --- endpoints --- */

static void write_endpoint(struct buf *b, const struct endpoint *e)
{
	open_as(b, e->name, '{');
	text_as(b, "vendor", e->vendor);
	text_as(b, "dialect", str_of(dialect_id_name(e->dialect)));
	text_as(b, "base_url", e->base_url);
	text_as(b, "api_key", str_absent(e->secret) ? STR("none") : e->secret);
	if (e->n_headers)
		open_as(b, STR("headers"), '{');
	for (uint32_t i = 0; i < e->n_headers; i++) {
		name(b, e->headers[i].name);
		json_quote(b, e->headers[i].value);
	}
	buf_adds(b, e->n_headers ? "}" : "");
	if (e->n_models)
		open_as(b, STR("models"), '[');
	for (uint32_t i = 0; i < e->n_models; i++)
		item(b, e->models[i]);
	buf_adds(b, e->n_models ? "]}" : "}");
}

/* --- models --- */

struct word {
	uint32_t bit;
	const char *text;
};

static const struct word features[] = {
#define FEATURE(NAME, word, text) { NEEDS_##NAME, word },
#include "tbl/abilities.h"
#undef FEATURE
};

static const struct word quirks[] = {
#define QUIRK(NAME, word, text) { QUIRK_##NAME, word },
#include "tbl/abilities.h"
#undef QUIRK
};

static const char *const thinking_words[] = {
#define THINKING(NAME, word, text) [THINKING_##NAME] = word,
#include "tbl/abilities.h"
#undef THINKING
};

static const char *const tokenizer_words[] = {
#define TOKENIZER(name, ...) #name,
#include "tbl/tokenizers.h"
#undef TOKENIZER
};

static void words_as(struct buf *b, const char *key, const struct word *words, size_t n,
		     uint32_t set)
{
	open_as(b, str_of(key), '[');
	for (size_t i = 0; i < n; i++)
		if (set & words[i].bit)
			item(b, str_of(words[i].text));
	buf_addc(b, ']');
}

static void write_model(struct buf *b, const struct model *m)
{
	open_as(b, m->id, '{');
	number_as(b, "context", m->context);
	number_as(b, "max_output", m->max_output);
	text_as(b, "upstream", m->upstream);
	words_as(b, "can", features, COUNT_OF(features), m->can);
	text_as(b, "thinking", str_of(thinking_words[m->thinking]));
	words_as(b, "quirks", quirks, COUNT_OF(quirks), m->quirks);
	number_as(b, "image_tokens", m->image_tokens);
	text_as(b, "tokenizer", str_of(tokenizer_words[m->tokenizer]));
	if (m->created) {
		name(b, STR("created"));
		buf_addc(b, '"');
		value_write_date(b, m->created);
		buf_addc(b, '"');
	}
	if (m->price && !str_eq(m->price->model, m->id))
		text_as(b, "price", m->price->model);
	if (m->figures && !str_eq(m->figures->model, m->id))
		text_as(b, "quality", m->figures->model);
	buf_addc(b, '}');
}

/* has an earlier model this vendor? */
static bool vendor_was_before(const struct catalog *c, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (str_eq(c->models[i].vendor, c->models[at].vendor))
			return true;
	return false;
}

static void write_models(struct buf *b, const struct catalog *c)
{
	open_as(b, STR("models"), '{');
	for (uint32_t i = 0; i < c->n_models; i++) {
		if (vendor_was_before(c, i))
			continue;
		open_as(b, c->models[i].vendor, '{');
		for (uint32_t k = i; k < c->n_models; k++)
			if (str_eq(c->models[k].vendor, c->models[i].vendor))
				write_model(b, &c->models[k]);
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

/* --- prices --- */

static void write_picos(struct buf *b, const struct rate *r)
{
	for (int c = 0; c < USAGE_COUNT; c++) {
		name(b, str_of(usage_class_name((enum usage_class)c)));
		value_write_decimal(b, r->picos[c], 6);
	}
}

static bool same_time(const struct rate *a, const struct rate *b)
{
	return a->days == b->days && a->from_minute == b->from_minute &&
	       a->to_minute == b->to_minute;
}

/* One time's rates, which stand together with the one for short prompts last: it and `above`. */
static void write_case(struct buf *b, const struct rate *rates, uint32_t n)
{
	write_picos(b, &rates[n - 1]);
	if (n > 1)
		open_as(b, STR("above"), '{');
	for (uint32_t i = 0; i + 1 < n; i++) {
		comma(b);
		buf_printf(b, "\"%lld\":{", (long long)rates[i].above_input);
		write_picos(b, &rates[i]);
		buf_addc(b, '}');
	}
	buf_adds(b, n > 1 ? "}" : "");
}

static void write_window(struct buf *b, const struct rate *rates, uint32_t n)
{
	comma(b);
	buf_addc(b, '{');
	open_as(b, STR("days"), '[');
	for (int day = 0; day < 7; day++)
		if (rates->days >> day & 1)
			item(b, str_of(value_day_name(day)));
	buf_addc(b, ']');
	name(b, STR("hours"));
	buf_addc(b, '"');
	value_write_clock(b, rates->from_minute);
	buf_addc(b, '-');
	value_write_clock(b, rates->to_minute);
	buf_addc(b, '"');
	write_case(b, rates, n);
	buf_addc(b, '}');
}

/* how many rates from here on share their time */
static uint32_t rates_together(const struct price *p, uint32_t from)
{
	uint32_t to = from + 1;

	while (to < p->n_rates && same_time(&p->rates[from], &p->rates[to]))
		to++;
	return to - from;
}

static void write_price(struct buf *b, const struct price *p)
{
	uint32_t from = 0, n = rates_together(p, 0);

	open_as(b, p->model, '{');
	text_as(b, "source", p->source);
	text_as(b, "date", p->date);
	if (n < p->n_rates)
		open_as(b, STR("windows"), '[');
	for (; from + n < p->n_rates; from += n, n = rates_together(p, from))
		write_window(b, &p->rates[from], n);
	buf_adds(b, from ? "]" : "");
	write_case(b, &p->rates[from], n);
	open_as(b, STR("service_tiers"), '{');
	for (uint32_t i = 0; i < p->n_tiers; i++) {
		name(b, p->tiers[i].name);
		value_write_decimal(b, p->tiers[i].permille, 3);
	}
	buf_adds(b, "}}");
}

static void write_prices(struct buf *b, const struct catalog *c)
{
	open_as(b, STR("prices"), '{');
	for (uint32_t i = 0; i < c->n_prices; i++) {
		const struct price *p = &c->prices[i];

		if (i == 0 || !str_eq(p->vendor, p[-1].vendor))
			open_as(b, p->vendor, '{');
		write_price(b, p);
		if (i + 1 == c->n_prices || !str_eq(p->vendor, p[1].vendor))
			buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

/* --- quality --- */

static bool same_source(const struct figure *a, const struct figure *b)
{
	return a->mass == b->mass && str_eq(a->source, b->source) && str_eq(a->date, b->date);
}

/* figures in their order, those of one source together */
static void write_figures(struct buf *b, const struct figures *figures)
{
	const struct figure *list = figures->list;

	open_as(b, figures->model, '[');
	for (uint32_t i = 0; i < figures->n; i++) {
		if (i == 0 || !same_source(&list[i], &list[i - 1])) {
			buf_adds(b, i ? "}},{" : "{");
			text_as(b, "source", list[i].source);
			text_as(b, "date", list[i].date);
			number_as(b, "mass", list[i].mass);
			open_as(b, STR("tasks"), '{');
		}
		name(b, list[i].task);
		value_write_decimal(b, list[i].permille, 3);
	}
	buf_adds(b, figures->n ? "}}]" : "]");
}

static void write_quality(struct buf *b, const struct catalog *c)
{
	open_as(b, STR("quality"), '{');
	for (uint32_t i = 0; i < c->n_figures; i++) {
		const struct figures *figures = &c->figures[i];

		if (i == 0 || !str_eq(figures->vendor, figures[-1].vendor))
			open_as(b, figures->vendor, '{');
		write_figures(b, figures);
		if (i + 1 == c->n_figures || !str_eq(figures->vendor, figures[1].vendor))
			buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

/* --- names --- */

static void write_list(struct buf *b, struct str key, const struct model *const *models, uint32_t n)
{
	open_as(b, key, '[');
	for (uint32_t i = 0; i < n; i++) {
		comma(b);
		buf_addc(b, '"');
		json_escape(b, models[i]->vendor);
		buf_addc(b, '/');
		json_escape(b, models[i]->id);
		buf_addc(b, '"');
	}
	buf_addc(b, ']');
}

static void decimal_as(struct buf *b, const char *key, double number)
{
	name(b, str_of(key));
	value_write_decimal(b, (int64_t)(number * 1e6 + 0.5), 6);
}

static void write_policy(struct buf *b, const struct policy *p)
{
	open_as(b, p->name, '{');
	write_list(b, STR("order"), p->order, p->n_order);
	write_list(b, STR("fallbacks"), p->fallbacks, p->n_fallbacks);
	text_as(b, "strategy", p->wish.strategy);
#define WISH(name, fallback, least, most, join, text) decimal_as(b, #name, p->wish.name);
#include "tbl/wishes.h"
#undef WISH
	text_as(b, "unsupported",
		p->unsupported == UNSUPPORTED_REFUSE ? STR("refuse") : STR("adapt"));
	number_as(b, "default_max_tokens", p->default_max_tokens);
	number_as(b, "min_max_tokens", p->min_max_tokens);
	number_as(b, "max_attempts", p->max_attempts);
	number_as(b, "max_attempts_per_target", p->max_attempts_per_target);
	time_as(b, "connect_timeout", p->connect_ms);
	time_as(b, "first_byte_timeout", p->first_byte_ms);
	time_as(b, "idle_timeout", p->idle_ms);
	time_as(b, "timeout", p->total_ms);
	buf_addc(b, '}');
}

/* --- strategies --- */

/* nothing where there is no such expression */
static void expr_as(struct buf *b, const char *key, const struct expr *e)
{
	if (e)
		text_as(b, key, e->text);
}

static void write_rule(struct buf *b, const struct expr_rule *r)
{
	comma(b);
	buf_addc(b, '{');
	expr_as(b, "when", &r->when);
	if (!str_absent(r->wish.strategy))
		text_as(b, "use", r->wish.strategy);
	open_as(b, STR("set"), '{');
#define WISH(name, fallback, least, most, join, text) \
	if (!isnan(r->wish.name))                     \
		decimal_as(b, #name, r->wish.name);
#include "tbl/wishes.h"
#undef WISH
	buf_adds(b, "}}");
}

static void write_strategy(struct buf *b, const struct custom_strategy *s)
{
	open_as(b, s->name, '{');
	text_as(b, "base", s->base);
	open_as(b, STR("rules"), '[');
	for (uint32_t i = 0; i < s->expr->n_rules; i++)
		write_rule(b, &s->expr->rules[i]);
	buf_addc(b, ']');
	expr_as(b, "filter", s->expr->filter);
	expr_as(b, "score", s->expr->score);
	if (!str_absent(s->script))
		text_as(b, "script", s->script);
	number_as(b, "instructions", s->instructions);
	number_as(b, "memory", (int64_t)s->memory_bytes);
	buf_addc(b, '}');
}

void conf_write(const struct catalog *c, struct buf *out)
{
	buf_addc(out, '{');
	open_as(out, STR("endpoints"), '{');
	for (uint32_t i = 0; i < c->n_endpoints; i++)
		write_endpoint(out, &c->endpoints[i]);
	buf_addc(out, '}');
	write_models(out, c);
	write_prices(out, c);
	write_quality(out, c);
	open_as(out, STR("aliases"), '{');
	for (uint32_t i = 0; i < c->n_aliases; i++)
		write_list(out, c->aliases[i].name, c->aliases[i].models, c->aliases[i].n_models);
	buf_addc(out, '}');
	open_as(out, STR("strategies"), '{');
	for (uint32_t i = 0; i < c->n_strategies; i++)
		write_strategy(out, &c->strategies[i]);
	buf_addc(out, '}');
	open_as(out, STR("policies"), '{');
	for (uint32_t i = 0; i < c->n_policies; i++)
		write_policy(out, &c->policies[i]);
	buf_adds(out, "}}");
}
