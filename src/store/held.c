/* held.c -- the counters of a request, as a list and as text. */
#include "store/held.h"

#include <assert.h>

#include "base/text.h"

#define KEEP_COUNTERS_US (40 * 86400 * 1000000LL)

const char *const limit_fields[LIMIT_FIELDS] = {
#define PERIOD(name, text) "budget:" #name,
#include "tbl/limits.h"
#undef PERIOD
#define RATE(name, quantity, error, text) #name,
#include "tbl/limits.h"
#undef RATE
};

const char *cell_field(const struct cell *c)
{
	return limit_fields[c->is_rate ? PERIOD_COUNT + (int)c->rate : (int)c->period];
}

int64_t cell_expires_s(const struct held *h, const struct cell *c)
{
	return c->period == PERIOD_total
		       ? 0
		       : (h->period_end_us[c->period] + KEEP_COUNTERS_US) / 1000000;
}

void held_budgets(const struct held *h, struct cells *cells_r)
{
	cells_r->n = 0;
	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		for (int p = 0; p < PERIOD_COUNT; p++)
			if (h->scope[s].limits.budget_nanos[p] >= 0)
				cells_r->cell[cells_r->n++] = (struct cell){
					.scope = (enum scope)s, .period = (enum period)p
				};
}

void held_rates(const struct held *h, bool tokens_only, struct cells *cells_r)
{
	cells_r->n = 0;
	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		for (int r = 0; r < RATE_COUNT; r++)
			if (h->scope[s].limits.rate[r] >= 0 &&
			    (!tokens_only || rate_counts_tokens((enum rate_kind)r)))
				cells_r->cell[cells_r->n++] = (struct cell){
					.scope = (enum scope)s,
					.is_rate = true,
					.rate = (enum rate_kind)r
				};
}

struct str held_text(const struct held *h, const struct cells *cells, char dst[HELD_TEXT])
{
	struct text t = text_init(dst, HELD_TEXT);

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->cell[i];

		if (i)
			text_adds(&t, " ");
		text_adds(&t, scope_name(c->scope));
		text_adds(&t, ":");
		text_adds(&t, c->is_rate ? rate_name(c->rate) : h->period_id[c->period]);
	}
	assert(text_ok(&t));
	return text_str(&t);
}

struct str held_payer(const struct held *h, char dst[2 * ID_MAX])
{
	struct text t = text_init(dst, 2 * ID_MAX);

	text_adds(&t, h->scope[SCOPE_team].id);
	text_adds(&t, " ");
	text_adds(&t, h->scope[SCOPE_key].id);
	return text_str(&t);
}

static bool read_rate(struct limits *l, struct str name)
{
	for (int r = 0; r < RATE_COUNT; r++) {
		if (str_is(name, rate_name((enum rate_kind)r))) {
			l->rate[r] = 0;
			return true;
		}
	}
	return false;
}

static bool read_cell(struct held *h, struct str text)
{
	struct str scope = str_cut(&text, ':');
	struct period_span span;
	enum period p;
	enum scope s;

	if (str_absent(text) || !scope_of(scope, &s))
		return false;
	if (!period_parse(text, &p, &span))
		return read_rate(&h->scope[s].limits, text);
	h->scope[s].limits.budget_nanos[p] = 0;
	str_copy(h->period_id[p], sizeof(h->period_id[p]), text);
	h->period_start_us[p] = span.start_us;
	h->period_end_us[p] = span.end_us;
	return true;
}

bool held_read_cells(struct held *h, struct str text)
{
	while (text.n)
		if (!read_cell(h, str_cut(&text, ' ')))
			return false;
	return true;
}

bool held_read_payer(struct held *h, struct str text)
{
	struct str team = str_cut(&text, ' ');

	return id_is_good(team) && id_is_good(text) &&
	       str_copy(h->scope[SCOPE_team].id, ID_MAX, team) &&
	       str_copy(h->scope[SCOPE_key].id, ID_MAX, text);
}
