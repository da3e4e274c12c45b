/* oracle_admit.c -- admit and extend. */
#include "lua/oracle.h"

#define MINUTE_US 60000000LL

static int64_t limit_of(struct oracle *o, const struct held *h, const struct cell *c)
{
	return oracle_record_of(o, h, c->scope)->limits.budget_nanos[c->period];
}

/* --- the walk --- */

/* what a number of output tokens costs, rounded up */
static int64_t cost_of(const struct candidate *c, int64_t tokens)
{
	__int128 picos = (__int128)c->output_picos * tokens;
	__int128 nanos = c->fixed_nanos + (picos + 999) / 1000;

	return nanos > MONEY_MAX ? MONEY_MAX : (int64_t)nanos;
}

/* the tokens it counts with so many of output */
static int64_t counts_of(const struct candidate *c, int64_t tokens)
{
	return c->input_bound + c->choices * tokens;
}

/* the most tokens that fit, found by halving: nothing of it resembles the script's division */
static int64_t most_tokens(const struct candidate *c, int64_t free)
{
	int64_t low = -1, high = c->max_tokens;

	while (low < high) {
		int64_t mid = low + (high - low + 1) / 2;

		if (cost_of(c, mid) <= free)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* fills chosen, max_tokens, reserved_nanos; false: none fits, and needed_nanos says what would */
static bool walk(const struct plan *plan, uint32_t from, int64_t free, struct verdict *v)
{
	v->needed_nanos = INT64_MAX;
	for (uint32_t i = from; i < plan->n; i++) {
		const struct candidate *c = &plan->candidates[i];
		int64_t least = cost_of(c, c->min_tokens);

		if (cost_of(c, c->max_tokens) <= free) {
			v->chosen = i;
			v->max_tokens = c->max_tokens;
			v->reserved_nanos = cost_of(c, c->max_tokens);
			v->needed_nanos = 0;
			return true;
		}
		if (least < v->needed_nanos)
			v->needed_nanos = least;
	}
	for (uint32_t i = from; i < plan->n; i++) {
		const struct candidate *c = &plan->candidates[i];
		int64_t tokens = most_tokens(c, free);

		if (tokens < c->min_tokens)
			continue;
		v->chosen = i;
		v->max_tokens = tokens;
		v->reserved_nanos = cost_of(c, tokens);
		v->needed_nanos = 0;
		return true;
	}
	return false;
}

int64_t oracle_free(struct oracle *o, const struct held *h)
{
	int64_t least = INT64_MAX;
	struct cells cells;

	held_budgets(h, &cells);
	for (size_t i = 0; i < cells.n; i++) {
		const struct oracle_budget *b = oracle_budget(o, h, &cells.cell[i]);
		int64_t limit = limit_of(o, h, &cells.cell[i]);
		int64_t free = limit - oracle_sum(b);

		if (limit >= 0 && free < least)
			least = free;
	}
	return least;
}

/* Of the budgets with too little: first one that would have too little even if all in flight cost
 * nothing; among equals the one with the least, then the innermost. */
static void blame(struct oracle *o, const struct held *h, const struct cells *cells,
		  struct verdict *v)
{
	bool hopeless = false, found = false;

	v->kind = VERDICT_BUDGET;
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->cell[i];
		const struct oracle_budget *b = oracle_budget(o, h, c);
		int64_t limit = limit_of(o, h, c), later = limit - b->spent - b->suspense;
		int64_t free = later - b->reserved;
		bool never = later < v->needed_nanos;

		if (limit < 0 || free >= v->needed_nanos)
			continue;
		if (found && (never < hopeless || (never == hopeless && free >= v->free_nanos)))
			continue;
		found = true;
		hopeless = never;
		v->scope = c->scope;
		v->period = c->period;
		v->limit = limit;
		v->free_nanos = free;
		v->free_later_nanos = later;
	}
}

static void hold(struct oracle *o, const struct held *h, const struct cells *cells, int64_t nanos)
{
	for (size_t i = 0; i < cells->n; i++)
		oracle_budget(o, h, &cells->cell[i])->reserved += nanos;
}

/* --- rates --- */

static int64_t level_now(const struct oracle *o, const struct oracle_record *r, enum rate_kind k)
{
	int64_t passed = o->now_us - r->rate[k].at_us;
	__int128 drained = (__int128)(passed > 0 ? passed : 0) * r->limits.rate[k];
	int64_t full = r->limits.rate[k] * MINUTE_US;
	int64_t level = r->rate[k].level < full ? r->rate[k].level : full;

	return drained > level ? 0 : level - (int64_t)drained;
}

static int64_t divide_up(int64_t a, int64_t b)
{
	return a / b + (a % b > 0);
}

/* VERDICT_OK, or the denial with the longest wait */
static void check_rates(struct oracle *o, const struct held *h, const struct cells *rates,
			int64_t tokens, struct verdict *v)
{
	int64_t longest = 0;

	v->kind = VERDICT_OK;
	for (size_t i = 0; i < rates->n; i++) {
		enum rate_kind k = rates->cell[i].rate;
		enum scope s = rates->cell[i].scope;
		const struct oracle_record *r = oracle_record_of(o, h, (enum scope)s);
		int64_t limit = r->limits.rate[k], n = rate_counts_tokens(k) ? tokens : 1, wait_us;

		if (n > limit || limit == 0) {
			*v = (struct verdict){ .kind = VERDICT_RATE_SIZE,
					       .scope = s,
					       .rate_kind = k,
					       .limit = limit };
			return;
		}
		wait_us = divide_up(level_now(o, r, k) + (n - limit) * MINUTE_US, limit);
		if (wait_us <= longest)
			continue;
		longest = wait_us;
		*v = (struct verdict){ .kind = VERDICT_RATE,
				       .scope = s,
				       .rate_kind = k,
				       .limit = limit,
				       .retry_ms = divide_up(wait_us, 1000) };
	}
}

static void take_rates(struct oracle *o, const struct held *h, const struct cells *rates,
		       int64_t tokens, struct verdict *v)
{
	for (int k = 0; k < RATE_COUNT; k++)
		v->rate[k].limit = -1;
	for (size_t i = 0; i < rates->n; i++) {
		enum rate_kind k = rates->cell[i].rate;
		struct oracle_record *r = oracle_record_of(o, h, rates->cell[i].scope);
		int64_t limit = r->limits.rate[k], left;

		r->rate[k].level = level_now(o, r, k) +
				   (rate_counts_tokens(k) ? tokens : 1) * MINUTE_US;
		r->rate[k].at_us = o->now_us;
		left = limit - divide_up(r->rate[k].level, MINUTE_US);
		/* compares left / limit without dividing */
		if (v->rate[k].limit >= 0 &&
		    left * v->rate[k].limit >= v->rate[k].remaining * limit)
			continue;
		v->rate[k].limit = limit;
		v->rate[k].remaining = left;
		v->rate[k].reset_ms = divide_up(divide_up(r->rate[k].level, limit), 1000);
	}
}

/* --- admit --- */

static bool check_records(struct oracle *o, const struct held *h, struct verdict *v)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		const struct oracle_record *r = oracle_record_of(o, h, (enum scope)s);

		v->scope = (enum scope)s;
		v->kind = r->ver != h->scope[s].ver                     ? VERDICT_STALE
			  : r->blocked                                  ? VERDICT_BLOCKED
			  : r->expires_us && o->now_us >= r->expires_us ? VERDICT_EXPIRED
									: VERDICT_OK;
		if (v->kind != VERDICT_OK)
			return false;
	}
	v->scope = (enum scope)0;
	return true;
}

static bool in_periods(const struct oracle *o, const struct held *h, const struct cells *cells)
{
	for (size_t i = 0; i < cells->n; i++) {
		enum period p = cells->cell[i].period;

		if (o->now_us < h->period_start_us[p] || o->now_us >= h->period_end_us[p])
			return false;
	}
	return true;
}

static bool check_concurrency(struct oracle *o, const struct held *h, struct verdict *v)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		const struct oracle_record *r = oracle_record_of(o, h, (enum scope)s);

		if (r->limits.concurrency < 0 || r->live < r->limits.concurrency)
			continue;
		v->kind = VERDICT_CONCURRENCY;
		v->scope = (enum scope)s;
		v->limit = r->limits.concurrency;
		return false;
	}
	return true;
}

static struct verdict denial(const struct oracle *o, enum verdict_kind kind, int32_t attempt)
{
	return (struct verdict){ .kind = kind, .attempt = attempt, .now_us = o->now_us };
}

static struct verdict again(const struct oracle *o, const struct oracle_reservation *r,
			    int32_t attempt)
{
	struct verdict v = r->attempt[attempt].answer;

	v.now_us = o->now_us;
	v.pace_micros = -1;
	return v;
}

/* each of them has one request more; the largest pace of them */
static int64_t count_request(struct oracle *o, const struct held *h, const struct cells *budgets)
{
	int64_t pace = -1;

	for (size_t i = 0; i < budgets->n; i++) {
		struct oracle_budget *b = oracle_budget(o, h, &budgets->cell[i]);

		b->requests++;
		if (b->pace > pace)
			pace = b->pace;
	}
	return pace;
}

static void enter(struct oracle *o, const struct held *h, const struct plan *plan,
		  struct verdict *v, const struct cells *budgets, const struct cells *rates)
{
	struct oracle_reservation *r = oracle_make(o, h);
	int64_t tokens = counts_of(&plan->candidates[v->chosen], v->max_tokens);

	hold(o, h, budgets, v->reserved_nanos);
	take_rates(o, h, rates, tokens, v);
	for (int s = 0; s < SCOPE_COUNT; s++)
		oracle_record_of(o, h, (enum scope)s)->live++;
	r->state = 'O';
	r->tokens = tokens;
	r->deadline_us = o->now_us + h->ttl_ms * 1000;
	r->held.issued_us = o->now_us;
	r->attempt[1] = (struct oracle_attempt){
		.state = 'O', .answered = true, .reserved = v->reserved_nanos, .answer = *v
	};
}

struct verdict oracle_admit(struct oracle *o, const struct held *h, const struct plan *plan,
			    int64_t not_after_us)
{
	struct oracle_reservation *r = oracle_find(o, held_org(h), str_of(h->rid));
	struct verdict v = denial(o, VERDICT_LATE, 1), rate;
	struct cells budgets, rates;
	int64_t free;
	bool fits;

	if (r)
		return r->state == 'O' ? again(o, r, 1) : denial(o, VERDICT_DONE, 1);
	if (o->now_us > not_after_us || !check_records(o, h, &v))
		return v;
	held_budgets(h, &budgets);
	held_rates(h, false, &rates);
	if (!in_periods(o, h, &budgets))
		return denial(o, VERDICT_PERIOD, 1);
	if (!check_concurrency(o, h, &v))
		return v;
	free = oracle_free(o, h);
	fits = walk(plan, 0, free, &v);
	check_rates(o, h, &rates, fits ? counts_of(&plan->candidates[v.chosen], v.max_tokens) : 0,
		    &rate);
	if (rate.kind != VERDICT_OK) {
		rate.attempt = 1;
		rate.now_us = o->now_us;
		return rate;
	}
	if (!fits) {
		blame(o, h, &budgets, &v);
		return v;
	}
	v.left_nanos = free == INT64_MAX ? -1 : free - v.reserved_nanos;
	v.pace_micros = count_request(o, h, &budgets);
	enter(o, h, plan, &v, &budgets, &rates);
	r = oracle_find(o, held_org(h), str_of(h->rid));
	r->attempt[1].answer = v;
	return v;
}

/* --- extend --- */

struct verdict oracle_extend(struct oracle *o, const struct held *h, int32_t attempt,
			     const struct plan *plan, uint32_t from, int64_t not_after_us)
{
	struct oracle_reservation *r = oracle_find(o, held_org(h), str_of(h->rid));
	struct verdict v = denial(o, VERDICT_OK, attempt);
	struct cells budgets;
	int64_t free;

	if (!r || r->state != 'O' ||
	    (r->attempt[attempt].state && r->attempt[attempt].state != 'O'))
		return denial(o, VERDICT_DONE, attempt);
	if (r->attempt[attempt].answered)
		return again(o, r, attempt);
	if (o->now_us > not_after_us)
		return denial(o, VERDICT_LATE, attempt);
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		if (!oracle_record_of(o, h, (enum scope)s)->blocked)
			continue;
		v = denial(o, VERDICT_BLOCKED, attempt);
		v.scope = (enum scope)s;
		return v;
	}
	held_budgets(h, &budgets);
	free = oracle_free(o, h);
	if (!walk(plan, from, free, &v)) {
		blame(o, h, &budgets, &v);
		return v;
	}
	v.left_nanos = free == INT64_MAX ? -1 : free - v.reserved_nanos;
	v.pace_micros = -1;
	hold(o, h, &budgets, v.reserved_nanos);
	r->attempt[attempt] = (struct oracle_attempt){
		.state = 'O', .answered = true, .reserved = v.reserved_nanos, .answer = v
	};
	return v;
}
