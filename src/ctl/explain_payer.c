/* explain_payer.c -- what a key may still do: is it blocked, has it expired, what is left to spend.
 */
#include "ctl/budgets.h"
#include "ctl/explain.h"

bool explain_may_ask(const struct payer *p, int64_t at_us)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		if (!p->scope[s].blocked)
			continue;
		say_error("the request is refused: the %s %s is blocked", scope_name((enum scope)s),
			  p->scope[s].id);
		return false;
	}
	if (p->expires_us && at_us >= p->expires_us) {
		say_error("the request is refused: the key has expired");
		return false;
	}
	return true;
}

static int read_budgets(struct session *s, const struct world *w, struct budgets *budgets_r)
{
	struct record records[SCOPE_COUNT];
	int code;

	for (int i = 0; i < SCOPE_COUNT; i++) {
		records[i] = (struct record){ .found = false };
		entity_set(&records[i].who, (enum scope)i, str_of(w->key->org),
			   str_of(w->payer.scope[i].id));
	}
	code = await_records(s, records, SCOPE_COUNT);
	return code ? code : budgets_read(s, records, SCOPE_COUNT, budgets_r);
}

/* what admission reserves when it grants as few tokens as it may */
static int64_t least_nanos(const struct candidate *c)
{
	return c->fixed_nanos + c->output_picos * c->min_tokens / PICOS_PER_NANO;
}

static void tell_who_fits(const struct decision *d, int64_t left_nanos)
{
	const struct considered *c = decision_at(d, 1);

	printf("Admission decides: it takes the first whose worst case fits in what is left of "
	       "every "
	       "budget.\n");
	if (!c || least_nanos(&c->candidate) <= left_nanos)
		return;
	for (uint32_t place = 2; (c = decision_at(d, place)) != NULL; place++) {
		if (least_nanos(&c->candidate) > left_nanos)
			continue;
		printf("Now that is %.*s at %.*s, place %u.\n", STR_ARG(c->model),
		       STR_ARG(c->endpoint), place);
		return;
	}
	printf("Now none of them fits, and the request would be refused.\n");
}

int explain_budgets(struct session *s, const struct world *w, const struct decision *d)
{
	int64_t left_nanos = INT64_MAX;
	struct budgets budgets;
	int code = w->key ? read_budgets(s, w, &budgets) : EXIT_FINE;

	if (code || !w->key || budgets.n == 0)
		return code;
	for (size_t i = 0; i < budgets.n; i++) {
		int64_t left = budget_left(&budgets.items[i]);

		left_nanos = left < left_nanos ? left : left_nanos;
	}
	putchar('\n');
	budgets_table(s, &budgets, true);
	tell_who_fits(d, left_nanos);
	return EXIT_FINE;
}
