/*
 * rates.c -- windows of the week and input lengths to a list of rates.
 *
 * What a price says outside its windows holds for the whole week, so that no hour
 * is without a price; windows are exceptions and must not overlap.
 */
#include "conf/rates.h"

#include <stdlib.h>

#include "conf/value.h"

#define EVERY_DAY       0x7F
#define MINUTES_PER_DAY 1440
#define SPANS_MAX       16

static const enum usage_class fallbacks[USAGE_COUNT] = {
#define USAGE(name, fallback, text) [USAGE_##name] = USAGE_##fallback,
#include "tbl/usage.h"
#undef USAGE
};

/* Every class gets a price: one that has none is charged as another. map: where they stand. */
static void fill(struct rates *r, const struct node *where, const struct node *map,
		 const char *path, const int64_t *picos, struct rate *rate)
{
	if (!node_get(map, "input") || !node_get(map, "output"))
		fault_at(r->f->reader.faults, where,
			 "%s: a price needs both \"input\" and \"output\"", path);
	for (int c = 0; c < USAGE_COUNT; c++) {
		rate->picos[c] = picos[c] >= 0 ? picos[c] : rate->picos[fallbacks[c]];
		if (rate->picos[c] < 0)
			rate->picos[c] = 0;
	}
}

static void add(struct rates *r, const struct node *where, const struct rate *rate)
{
	if (r->n == RATES_MAX) {
		fault_at(r->f->reader.faults, where, "%s: more than %d cases", r->path, RATES_MAX);
		return;
	}
	r->at[r->n] = where;
	r->list[r->n++] = *rate;
}

/* what a rate becomes for prompts of more tokens than the key says */
static void add_longer(struct rates *r, const struct node *key, const struct node *value,
		       const char *path, const struct rate *like)
{
	char name[FIELD_PATH_MAX];
	struct rate longer = *like;
	struct rate_fields in;

	path_write(name, "%s.above.%.20s", path, key->text.p);
	if (!value_count(key->text, &longer.above_input)) {
		fault_at(r->f->reader.faults, key, "%s: this is no number of input tokens", name);
		return;
	}
	fleet_default(ENTITY_RATE, &in);
	fleet_read(r->f, ENTITY_RATE, value, name, &in);
	fill(r, value, value, name, in.picos, &longer);
	add(r, key, &longer);
}

/* the rate itself, and what it becomes above input lengths */
static void add_case(struct rates *r, const struct node *where, const char *path,
		     const struct rate *like, const struct node *above)
{
	char name[FIELD_PATH_MAX];

	add(r, where, like);
	path_write(name, "%s.above", path);
	if (!above || !expect_map(&r->f->reader, above, name))
		return;
	for (uint32_t i = 0; i < above->n; i++)
		add_longer(r, above->keys[i], above->items[i], path, like);
}

void rates_add_week(struct rates *r, const struct entry *entry, const struct price_fields *in)
{
	struct rate week = { .days = EVERY_DAY, .to_minute = MINUTES_PER_DAY, .above_input = -1 };

	fill(r, entry->key, entry->value, r->path, in->picos, &week);
	add_case(r, entry->key, r->path, &week, in->above);
}

/* --- windows --- */

/* the nth of what is one value or a list of them; NULL: there are fewer */
static const struct node *nth(const struct node *node, uint32_t i)
{
	if (node->type == NODE_LIST)
		return i < node->n ? node->items[i] : NULL;
	return i == 0 ? node : NULL;
}

static uint8_t read_days(struct rates *r, const struct node *days, const char *path)
{
	const struct node *it;
	uint8_t mask = 0, some;

	if (!days)
		return EVERY_DAY;
	for (uint32_t i = 0; (it = nth(days, i)); i++) {
		if (it->type == NODE_SCALAR && value_days(it->text, &some))
			mask |= some;
		else
			fault_at(r->f->reader.faults, it,
				 "%s.days: write mon, mon-fri or a list of such", path);
	}
	if (days->type == NODE_LIST && days->n == 0)
		fault_at(r->f->reader.faults, days, "%s.days names no day", path);
	return mask;
}

static bool read_span(const struct node *node, struct rate *rate)
{
	struct str to = node->text, from = str_cut(&to, '-');
	int first, last;

	if (node->type != NODE_SCALAR || !value_clock(from, &first) || !value_clock(to, &last))
		return false;
	rate->from_minute = (int16_t)first;
	rate->to_minute = (int16_t)last;
	return first < last;
}

static void read_window(struct rates *r, const struct node *node, const char *path)
{
	struct rate rate = { .to_minute = MINUTES_PER_DAY, .above_input = -1 };
	const struct node *span;
	struct window_fields in;

	fleet_default(ENTITY_WINDOW, &in);
	fleet_read(r->f, ENTITY_WINDOW, node, path, &in);
	fill(r, node, node, path, in.picos, &rate);
	rate.days = read_days(r, in.days, path);
	if (!in.hours)
		add_case(r, node, path, &rate, in.above);
	for (uint32_t i = 0; in.hours && i < SPANS_MAX && (span = nth(in.hours, i)); i++) {
		if (read_span(span, &rate))
			add_case(r, span, path, &rate, in.above);
		else
			fault_at(r->f->reader.faults, span,
				 "%s.hours: write a span of UTC such as 01:00-04:00; one over "
				 "midnight is two",
				 path);
	}
	if (in.hours && in.hours->type == NODE_LIST &&
	    (in.hours->n == 0 || in.hours->n > SPANS_MAX))
		fault_at(r->f->reader.faults, in.hours, "%s.hours: not 1 to %d spans", path,
			 SPANS_MAX);
}

static bool is_week(const struct rate *r)
{
	return r->days == EVERY_DAY && r->from_minute == 0 && r->to_minute == MINUTES_PER_DAY;
}

static bool overlap(const struct rate *a, const struct rate *b)
{
	return (a->days & b->days) && a->from_minute < b->to_minute &&
	       b->from_minute < a->to_minute;
}

/* windows by themselves; what they say above input lengths shares their times */
static void check_times(struct rates *r, uint32_t first)
{
	for (uint32_t i = first; i < r->n; i++) {
		if (r->list[i].above_input >= 0)
			continue;
		if (is_week(&r->list[i]))
			fault_at(r->f->reader.faults, r->at[i],
				 "%s.windows: a window needs \"days\" or \"hours\" that leave "
				 "something out",
				 r->path);
		for (uint32_t k = i + 1; k < r->n && !is_week(&r->list[i]); k++)
			if (r->list[k].above_input < 0 && overlap(&r->list[i], &r->list[k]))
				fault_at(r->f->reader.faults, r->at[k],
					 "%s.windows: this one overlaps with the one of line %u",
					 r->path, r->at[i]->line);
	}
}

void rates_add_windows(struct rates *r, const struct node *windows)
{
	uint32_t first = r->n;

	if (windows->type != NODE_LIST) {
		fault_at(r->f->reader.faults, windows, "%s.windows must be a list, not %s", r->path,
			 node_type_text(windows));
		return;
	}
	for (uint32_t i = 0; i < windows->n; i++) {
		char path[FIELD_PATH_MAX];

		path_write(path, "%s.windows[%u]", r->path, i + 1);
		read_window(r, windows->items[i], path);
	}
	check_times(r, first);
}

/* --- order --- */

static int by_preference(const void *left, const void *right)
{
	const struct rate *a = left, *b = right;

	if (is_week(a) != is_week(b))
		return is_week(a) ? 1 : -1;
	if (a->from_minute != b->from_minute)
		return a->from_minute - b->from_minute;
	if (a->to_minute != b->to_minute)
		return a->to_minute - b->to_minute;
	if (a->days != b->days)
		return a->days - b->days;
	return (a->above_input < b->above_input) - (a->above_input > b->above_input);
}

void rates_take(struct rates *r, struct price *p)
{
	p->rates = ARENA_ARRAY(r->f->reader.a, struct rate, r->n);
	if (!p->rates)
		return;
	memcpy(p->rates, r->list, r->n * sizeof(p->rates[0]));
	qsort(p->rates, r->n, sizeof(p->rates[0]), by_preference);
	p->n_rates = r->n;
}
