/* ask.c -- gather keys and arguments. */
#include "store/ask.h"

#include <assert.h>

#include "base/ablation.h"

void ask_init(struct ask *a)
{
	script_words_init(&a->words);
}

struct rkey *ask_room(struct ask *a)
{
	return &a->room;
}

void ask_key(struct ask *a, struct str key)
{
	assert(key.n > 0);
	script_key(&a->words, key);
}

void ask_records(struct ask *a, const struct held *h)
{
	struct str org = held_org(h);

	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		ask_key(a, key_record(ask_room(a), org, (enum scope)s, str_of(h->scope[s].id)));
}

static struct str cell_key(struct rkey *room, const struct held *h, const struct cell *c)
{
	struct str org = held_org(h), id = str_of(h->scope[c->scope].id);

	if (c->is_rate)
		return key_rate(room, org, c->scope, id, c->rate);
	return key_budget(room, org, c->scope, id, str_of(h->period_id[c->period]));
}

void ask_cells(struct ask *a, const struct held *h, const struct cells *cells)
{
	for (size_t i = 0; i < cells->n; i++)
		ask_key(a, cell_key(ask_room(a), h, &cells->cell[i]));
}

void ask_str(struct ask *a, struct str s)
{
	script_arg(&a->words, s);
}

void ask_numbers(struct ask *a, size_t count, const int64_t *n)
{
	char text[ASK_NUMBERS * ASK_DIGITS];
	size_t len = 0;

	assert(count <= ASK_NUMBERS);
	for (size_t i = 0; i < count; i++) {
		if (i)
			text[len++] = ' ';
		len += i64_digits(text + len, n[i]);
	}
	ask_str(a, (struct str){ text, len });
}

void ask_int(struct ask *a, int64_t n)
{
	char digits[I64_DIGITS];

	ask_str(a, (struct str){ digits, i64_digits(digits, n) });
}

void ask_lease(struct ask *a, const struct lease *lease)
{
	ask_int(a, lease->token);
	ask_int(a, ablated(ABLATE_fence) ? INT64_MAX / 2 : lease->until_us);
}

void ask_budgets(struct ask *a, const struct held *h, const struct cells *budgets)
{
	for (size_t i = 0; i < budgets->n; i++) {
		const struct cell *c = &budgets->cell[i];

		ask_int(a, h->scope[c->scope].limits.budget_nanos[c->period]);
		ask_int(a, cell_expires_s(h, c));
	}
}

void ask_period(struct ask *a, const struct held *h, const struct cells *budgets)
{
	int64_t from = 0, till = INT64_MAX / 2;

	for (size_t i = 0; i < budgets->n; i++) {
		enum period p = budgets->cell[i].period;

		if (h->period_start_us[p] > from)
			from = h->period_start_us[p];
		if (h->period_end_us[p] < till)
			till = h->period_end_us[p];
	}
	ask_int(a, from);
	ask_int(a, till);
}

void ask_expiries(struct ask *a, const struct held *h, const struct cells *budgets)
{
	for (size_t i = 0; i < budgets->n; i++)
		ask_int(a, cell_expires_s(h, &budgets->cell[i]));
}

void ask_payer(struct ask *a, const struct held *h)
{
	char text[2 * ID_MAX];

	ask_str(a, held_payer(h, text));
}

void ask_held(struct ask *a, const struct held *h, const struct cells *cells)
{
	char text[HELD_TEXT];

	ask_str(a, held_text(h, cells, text));
}

void ask_not_after(struct ask *a, const struct store *s)
{
	ask_int(a,
		ablated(ABLATE_not_after) ? INT64_MAX / 2 : store_now_us(s) + s->admit_window_us);
}

void ask_history(struct ask *a, const struct store *s, struct str org)
{
	ask_str(a, store_history(s, org));
	ask_str(a, str_of(s->worker));
	ask_int(a, ablated(ABLATE_barrier) ? 0 : s->grace_us);
	ask_int(a, s->loss_window_us);
}

void ask_script(struct ask *a, struct store *s, enum script_id id, redis_reply_f *fn, void *who)
{
	script_call(s->redis, id, &a->words, fn, who);
}

void ask_drop(struct ask *a)
{
	buf_release(&a->words.bytes);
}
