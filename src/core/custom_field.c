/* custom_field.c -- what a custom strategy can ask about a request and its candidates. */
#include "core/custom_field.h"

#include "core/price.h"
#include "core/strategy.h"
#include "core/tokens.h"

#define DAY_S 86400

static const char lang_words[] =
#define LANG(name, text) #name "|"
#include "tbl/langs.h"
#undef LANG
	;

#define LANG_WORDS    lang_words
#define WEEKDAY_WORDS "mon|tue|wed|thu|fri|sat|sun"

/* --- what takes more than a look --- */

static struct str weekday_name(int64_t at_s)
{
	/* 1 January 1970 was a Thursday */
	return (struct str){ &WEEKDAY_WORDS[(at_s / DAY_S + 3) % 7 * 4], 3 };
}

static double latency_s(const struct facts *f, const struct candidate *c)
{
	const struct choice as = { .facts = f };

	return strategy_latency_s(&as, &c->terms);
}

/* before there is a candidate: by the first tokenizer of the list, which is everybody else's */
static double tokens_of(const struct facts *f)
{
	static const struct model anybodys;

	return tokens_expected_text(f, &anybodys);
}

static double worst_cost(const struct candidate *c)
{
	const struct worst_price w = { c->fixed_nanos, c->output_picos };

	return (double)price_worst_total(&w, c->max_tokens, 1) / 1e9;
}

static double price_now(const struct facts *f, const struct candidate *c, enum usage_class class)
{
	const struct price *p = c->target->model->price;

	/* pico-dollars for a token, as dollars for a million */
	return p ? (double)price_rate(p, (int64_t)c->terms.input, f->at_s)->picos[class] / 1e6 : 0;
}

/* --- the list --- */

#define VALUE_TRUTH(v)       \
	{                    \
		.truth = (v) \
	}
#define VALUE_NUMBER(v)       \
	{                     \
		.number = (v) \
	}
#define VALUE_TEXT(v)       \
	{                   \
		.text = (v) \
	}

#define GETTER(name, type, value)                                                               \
	static struct custom_value get_##name(const struct facts *f, const struct candidate *c) \
	{                                                                                       \
		(void)f;                                                                        \
		(void)c;                                                                        \
		return (struct custom_value)VALUE_##type(value);                                \
	}

#define REQUEST_FIELD(name, type, words, value, text)   GETTER(name, type, value)
#define CANDIDATE_FIELD(name, type, words, value, text) GETTER(name, type, value)
#define WISH(name, fallback, least, most, join, text)   GETTER(name, NUMBER, f->wish.name)
#include "tbl/custom_fields.h"
#include "tbl/wishes.h"
#undef REQUEST_FIELD
#undef CANDIDATE_FIELD
#undef WISH

static const struct custom_field fields[] = {
#define REQUEST_FIELD(name, type, words, value, text) \
	{ #name, CUSTOM_##type, false, words, text, get_##name },
#define WISH(name, fallback, least, most, join, text) \
	{ #name, CUSTOM_NUMBER, false, "", text, get_##name },
#include "tbl/custom_fields.h"
#include "tbl/wishes.h"
#undef REQUEST_FIELD
#undef WISH
#define CANDIDATE_FIELD(name, type, words, value, text) \
	{ #name, CUSTOM_##type, true, words, text, get_##name },
#include "tbl/custom_fields.h"
#undef CANDIDATE_FIELD
};

const struct custom_field *custom_field(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (str_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

const struct custom_field *custom_field_nth(size_t i)
{
	return i < COUNT_OF(fields) ? &fields[i] : NULL;
}
