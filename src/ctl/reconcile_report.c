/* reconcile_report.c -- what reconciling did. */
#include "ctl/reconcile_report.h"

#include "core/price.h"
#include "ctl/out.h"
#include "ctl/table.h"

static const char *const end_names[] = {
	[PENDING_LEFT] = "left",           [PENDING_RUNNING] = "may still run",
	[PENDING_SETTLED] = "settled",     [PENDING_RELEASED] = "released",
	[PENDING_CORRECTED] = "corrected", [PENDING_GONE] = "settled by others",
};

static int64_t charged_nanos(const struct pending *p)
{
	return p->end == PENDING_SETTLED || p->end == PENDING_CORRECTED ? p->billed_nanos : 0;
}

/* an estimate without a record stays what it is: nothing to tell */
static bool is_told(const struct pending *p)
{
	return !(p->estimate && p->end == PENDING_LEFT);
}

struct reconcile_sum reconcile_sum(struct pending *index, const struct pending_slices *slices)
{
	struct reconcile_sum sum = { .slices = *slices };

	for (struct pending *p = index; p; p = p->hh.next) {
		if (!is_told(p)) {
			sum.estimates++;
			continue;
		}
		sum.n[p->end]++;
		if (pending_stays(p)) {
			sum.left++;
			sum.left_nanos += p->nanos;
		} else if (p->end != PENDING_GONE) {
			sum.moved_nanos += charged_nanos(p) - (p->estimate ? p->nanos : 0);
		}
	}
	return sum;
}

/* --- for people --- */

static void print_table(struct session *s, struct pending *index)
{
	static const struct column columns[] = {
		{ "REQUEST", ALIGN_LEFT }, { "ATTEMPT", ALIGN_RIGHT },  { "KEY", ALIGN_LEFT },
		{ "WAS", ALIGN_LEFT },     { "HELD USD", ALIGN_POINT }, { "CHARGED", ALIGN_POINT },
		{ "RESULT", ALIGN_LEFT },
	};
	char key[ENTITY_TEXT];
	struct table t;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	for (struct pending *p = index; p; p = p->hh.next) {
		if (!is_told(p))
			continue;
		table_adds(&t, p->rid);
		table_addi(&t, p->attempt);
		table_adds(&t, entity_text(key, &p->key));
		table_adds(&t, p->estimate ? "estimated" : "suspense");
		table_money(&t, p->nanos);
		if (pending_stays(p) || p->end == PENDING_GONE)
			table_adds(&t, "-");
		else
			table_money(&t, charged_nanos(p));
		table_adds(&t, end_names[p->end]);
	}
	table_print(&t);
	if (table_rows(&t))
		putchar('\n');
}

static void print_sum(const struct reconcile_sum *sum, const struct records_sum *records, bool dry)
{
	char moved[32], left[32];

	printf("records: %lld read, %lld of others, %lld not understood\n",
	       (long long)records->lines, (long long)records->others, (long long)records->faulty);
	printf("%s: %lld settled, %lld released, %lld corrected; %s USD charged\n",
	       dry ? "would be" : "done", (long long)sum->n[PENDING_SETTLED],
	       (long long)sum->n[PENDING_RELEASED], (long long)sum->n[PENDING_CORRECTED],
	       money_text(moved, sum->moved_nanos));
	printf("left in suspense: %lld, %s USD; charges that stay estimates: %lld\n",
	       (long long)sum->left, money_text(left, sum->left_nanos), (long long)sum->estimates);
	if (sum->n[PENDING_RUNNING])
		printf("of these may still run: %lld; their requests have not ended, and the "
		       "records "
		       "must reach further to know that none did\n",
		       (long long)sum->n[PENDING_RUNNING]);
	if (sum->slices.n)
		printf("slices of escrow in suspense: %lld, %s USD; their gateways give them "
		       "back, or the journals of those\n",
		       (long long)sum->slices.n, money_text(left, sum->slices.nanos));
}

/* --- for scripts --- */

static json_t *attempt_json(const struct pending *p)
{
	json_t *o = json_object();
	char key[ENTITY_TEXT];

	out_text(o, "request", p->rid);
	out_int(o, "attempt", p->attempt);
	out_text(o, "key", entity_text(key, &p->key));
	out_text(o, "was", p->estimate ? "estimated" : "suspense");
	out_int(o, "held_nanos", p->nanos);
	out_int(o, "charged_nanos", charged_nanos(p));
	out_text(o, "result", end_names[p->end]);
	return o;
}

static json_t *records_json(const struct records_sum *records)
{
	json_t *o = json_object();

	out_int(o, "read", records->lines);
	out_int(o, "others", records->others);
	out_int(o, "faulty", records->faulty);
	return o;
}

static int print_json(struct pending *index, const struct reconcile_sum *sum,
		      const struct records_sum *records, bool dry)
{
	json_t *o = json_object(), *attempts = json_array();

	for (struct pending *p = index; p; p = p->hh.next)
		if (is_told(p))
			json_array_append_new(attempts, attempt_json(p));
	out_bool(o, "dry_run", dry);
	out_value(o, "records", records_json(records));
	out_int(o, "settled", sum->n[PENDING_SETTLED]);
	out_int(o, "released", sum->n[PENDING_RELEASED]);
	out_int(o, "corrected", sum->n[PENDING_CORRECTED]);
	out_int(o, "charged_nanos", sum->moved_nanos);
	out_int(o, "left", sum->left);
	out_int(o, "left_nanos", sum->left_nanos);
	out_int(o, "running", sum->n[PENDING_RUNNING]);
	out_int(o, "estimates", sum->estimates);
	out_int(o, "slices", sum->slices.n);
	out_int(o, "slices_nanos", sum->slices.nanos);
	out_value(o, "attempts", attempts);
	return out_json(o);
}

int reconcile_report(struct session *s, struct pending *index, const struct reconcile_sum *sum,
		     const struct records_sum *records, bool dry)
{
	if (s->common->json)
		return print_json(index, sum, records, dry);
	print_table(s, index);
	print_sum(sum, records, dry);
	return EXIT_FINE;
}
