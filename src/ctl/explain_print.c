/* explain_print.c -- a decision for people. */
#include <math.h>

#include "core/wish.h"
#include "ctl/explain.h"
#include "ctl/table.h"

#define NANOS 1e9

/* --- the request --- */

static void print_words(const char *title, const char *const *names, size_t n, uint32_t bits)
{
	const char *between = title;

	for (size_t i = 0; i < n; i++) {
		if (!(bits & (1u << i)))
			continue;
		printf("%s%s", between, names[i]);
		between = ", ";
	}
}

static void print_request(const struct decision *d)
{
	static const char *const marks[] = { "code",   "maths", "tools",  "schema",
					     "images", "media", "sampled" };
	static const char *const needs[] = {
#define FEATURE(NAME, word, text) word,
#include "tbl/abilities.h"
#undef FEATURE
	};
	const struct features *f = &d->facts.features;

	printf("asked for   %.*s, policy %.*s\n", STR_ARG(d->asked), STR_ARG(d->policy));
	printf("task        %.*s, confidence %.2f\n", STR_ARG(d->facts.task.name),
	       d->facts.task.confidence);
	printf("prompt      %lld bytes in %u message%s, language %s", (long long)f->text_bytes,
	       f->messages, plural(f->messages), lang_name(f->lang));
	print_words("; shows ", marks, COUNT_OF(marks), f->marks);
	print_words("; needs ", needs, COUNT_OF(needs), d->facts.needs);
	putchar('\n');
}

/* --- the strategy --- */

struct told {
	const char *name;
	double value, wished, said, usual;
};

static const char *said_by(const struct told *w)
{
	if (w->value != w->wished)
		return "a rule of the strategy";
	return isnan(w->said) || w->said != w->value ? "the policy" : "the key or the request";
}

static bool was_ruled(const struct decision *d)
{
	return !str_absent(d->ruled.strategy);
}

static void add_wish(struct table *t, const struct told *w)
{
	if (w->value == w->usual)
		return;
	table_adds(t, w->name);
	table_printf(t, "%.9g", w->value);
	table_adds(t, said_by(w));
}

/* those that are not what they are when nobody says anything */
static void print_wishes(struct session *s, const struct decision *d)
{
	static const struct column columns[] = { { "parameter", ALIGN_LEFT },
						 { "value", ALIGN_POINT },
						 { "said by", ALIGN_LEFT } };
	const struct facts *f = &d->facts;
	const struct wish *used = was_ruled(d) ? &d->ruled : &f->wish;
	struct wish usual;
	struct table t;

	wish_default(&usual);
	table_init(&t, &s->arena, columns, COUNT_OF(columns));
#define WISH(name, fallback, least, most, join, text) \
	add_wish(&t, &(struct told){ #name, used->name, f->wish.name, f->said.name, usual.name });
#include "tbl/wishes.h"
#undef WISH
	if (table_rows(&t) == 0)
		return;
	putchar('\n');
	table_print(&t);
}

static void print_who_chose(const struct decision *d)
{
	struct str asked = d->facts.wish.strategy;

	if (!d->choosing)
		printf("what was asked for: there is nothing to choose but endpoints");
	else if (was_ruled(d) && !str_eq(d->ruled.strategy, asked))
		printf("a rule of %.*s", STR_ARG(asked));
	else if (!str_absent(d->facts.said.strategy))
		printf("the key or the request");
	else
		printf("the policy");
}

static void print_strategy(struct session *s, const struct decision *d)
{
	static const char *const guard[] = {
		[GUARD_UNASKED] = "",
		[GUARD_PASSED] = "; the guard: the evidence for another than the first is real",
		[GUARD_HELD] = "; the guard: the evidence for another is not real enough, so the "
			       "policy's first stays",
	};
	char pace[FIGURE_TEXT];

	printf("strategy    %.*s, by ", STR_ARG(d->strategy));
	print_who_chose(d);
	puts(guard[d->guard]);
	if (str_is(d->strategy, "budget"))
		printf("            the pace of the budget: a dollar is worth %s points of "
		       "quality\n",
		       figure_text(pace, d->facts.pace));
	if (!str_absent(d->custom_failed))
		printf("            the configuration's own strategy failed: %.*s\n",
		       STR_ARG(d->custom_failed));
	if (d->relaxed)
		printf("            nobody keeps max_latency, so it does not count\n");
	if (d->floor_unmet)
		printf("            nobody's quality is surely above quality_floor, so the best is "
		       "taken\n");
	if (d->panic)
		printf("            nobody who stands well with the fleet can serve it, so the "
		       "least bad are kept\n");
	print_wishes(s, d);
}

/* --- candidates --- */

static double worst_dollars(const struct candidate *c)
{
	return ((double)c->fixed_nanos + (double)c->output_picos * (double)c->max_tokens / 1000) /
	       NANOS;
}

static void add_terms(struct table *t, const struct candidate *c)
{
	const struct terms *x = &c->terms;

	table_printf(t, "%.3f +- %.3f%s", x->quality, x->quality_se,
		     x->known & KNOWN_QUALITY ? "" : " ?");
	if (x->known & KNOWN_PRICE) {
		table_printf(t, "%.6f", x->cost_nanos / NANOS);
		table_printf(t, "%.6f", worst_dollars(c));
	} else {
		table_adds(t, "?");
		table_adds(t, "?");
	}
	table_printf(t, "%.0f%s", x->first_ms, x->known & KNOWN_LATENCY ? "" : " ?");
	table_printf(t, "%.0f", x->total_ms);
	table_printf(t, "%.0f", x->total_high_ms);
	table_printf(t, "%.1f", 100 * x->failure);
}

static const struct column candidate_columns[] = {
	{ "", ALIGN_LEFT },         { "model", ALIGN_LEFT },     { "endpoint", ALIGN_LEFT },
	{ "quality", ALIGN_LEFT },  { "cost $", ALIGN_POINT },   { "worst $", ALIGN_POINT },
	{ "first ms", ALIGN_LEFT }, { "whole ms", ALIGN_RIGHT }, { "p95 ms", ALIGN_RIGHT },
	{ "fails %", ALIGN_POINT }, { "score", ALIGN_RIGHT },
};

static void add_row(struct table *t, const struct considered *c, bool choosing)
{
	char score[FIGURE_TEXT];

	table_printf(t, "%u", c->place);
	table_add(t, c->model);
	table_add(t, c->endpoint);
	add_terms(t, &c->candidate);
	if (c->candidate.rank >= RANK_FALLBACK)
		table_adds(t, "fallback");
	else if (!choosing && c->candidate.score == 0)
		table_adds(t, "-"); /* nobody scored it */
	else
		table_adds(t, figure_text(score, c->candidate.score));
}

static void print_candidates(struct session *s, const struct decision *d)
{
	struct table t;

	table_init(&t, &s->arena, candidate_columns, COUNT_OF(candidate_columns));
	for (uint32_t place = 1; decision_at(d, place); place++)
		add_row(&t, decision_at(d, place), d->choosing);
	putchar('\n');
	table_print(&t);
}

static struct str sentence_of(struct str reason)
{
	for (int i = 0; i < REJECTION_COUNT; i++)
		if (str_is(reason, rejection_name((enum rejection)i)))
			return str_of(rejection_text((enum rejection)i));
	return reason;
}

static void add_left_out(struct table *t, const struct considered *c)
{
	table_add(t, c->model);
	table_add(t, c->endpoint);
	table_add(t, c->left_out);
	table_printf(t, "%.*s (quality %.3f +- %.3f, $%.6f, %.0f ms)",
		     STR_ARG(sentence_of(c->left_out)), c->candidate.terms.quality,
		     c->candidate.terms.quality_se, c->candidate.terms.cost_nanos / NANOS,
		     c->candidate.terms.total_high_ms);
}

static void print_left_out(struct session *s, const struct decision *d)
{
	static const struct column columns[] = { { "left out", ALIGN_LEFT },
						 { "endpoint", ALIGN_LEFT },
						 { "reason", ALIGN_LEFT },
						 { "why", ALIGN_LEFT } };
	struct table t;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < d->n_considered; i++)
		if (!str_absent(d->considered[i].left_out))
			add_left_out(&t, &d->considered[i]);
	for (uint32_t i = 0; i < d->n_declined; i++) {
		table_add(&t, d->declined[i].model);
		table_add(&t,
			  str_absent(d->declined[i].endpoint) ? STR("-") : d->declined[i].endpoint);
		table_add(&t, d->declined[i].reason);
		table_add(&t, d->declined[i].why);
	}
	if (table_rows(&t) == 0)
		return;
	putchar('\n');
	table_print(&t);
}

/* --- in a sentence --- */

/* what is less than half of the last digit is no difference */
static bool tell_difference(bool told, const char *name, double by, int digits, const char *unit)
{
	if (fabs(by) * pow(10, digits) < 0.5)
		return told;
	printf("%s%s %+.*f%s", told ? ", " : ": ", name, digits, by, unit);
	return true;
}

static void print_differences(const struct terms *a, const struct terms *b)
{
	double percent = b->cost_nanos > 0 ? 100 * (a->cost_nanos / b->cost_nanos - 1) : 0;
	bool told = tell_difference(false, "quality", a->quality - b->quality, 3, "");

	told = tell_difference(told, "cost", percent, 0, " %");
	told = tell_difference(told, "whole answer", a->total_ms - b->total_ms, 0, " ms");
	puts(told ? "" : "; they differ in nothing else");
}

/* whom the guard protects: the first that was asked for of those that were left to choose from */
static const struct considered *policy_first(const struct decision *d)
{
	for (uint32_t i = 0; i < d->n_considered; i++)
		if (d->considered[i].place)
			return &d->considered[i];
	return NULL;
}

static void print_against(const struct considered *first, const struct considered *other)
{
	char one[FIGURE_TEXT], two[FIGURE_TEXT];

	if (first->candidate.rank != other->candidate.rank)
		printf(", because it was asked for before");
	else
		printf(", score %s against %s of", figure_text(one, first->candidate.score),
		       figure_text(two, other->candidate.score));
	printf(" %.*s at %.*s", STR_ARG(other->model), STR_ARG(other->endpoint));
	print_differences(&first->candidate.terms, &other->candidate.terms);
}

static void print_choice(const struct decision *d, bool refused)
{
	static const char *const done[] = {
		[GUARD_UNASKED] = "chosen",
		[GUARD_PASSED] = "chosen instead of the policy's first",
		[GUARD_HELD] = "kept by the guard",
	};
	const struct considered *first = decision_at(d, 1), *second = decision_at(d, 2);

	if (!first) {
		printf("\nNobody can serve this request.\n");
		return;
	}
	printf("\n%.*s at %.*s%s %s %s", STR_ARG(first->model), STR_ARG(first->endpoint),
	       d->guard == GUARD_HELD ? ", the policy's first," : "", refused ? "would be" : "is",
	       done[d->guard]);
	if (!second)
		printf("; there is no other.\n");
	else
		print_against(first, d->guard == GUARD_PASSED ? policy_first(d) : second);
}

void explain_print(struct session *s, const struct decision *d, bool refused)
{
	print_request(d);
	print_strategy(s, d);
	print_candidates(s, d);
	print_left_out(s, d);
	print_choice(d, refused);
}
