/*
 * mock_settle.c -- one bill.
 *
 * An error instead of an answer costs nothing. A complete answer costs what it used.
 * One that ended early costs its input and what was said until then; so does one
 * whose client left before it began, because by then it was being worked on.
 */
#include "base/clock.h"
#include "mock/mock_play.h"

const char *mock_outcome_name(enum mock_outcome o)
{
	static const char *const names[OUTCOMES] = {
		[OUTCOME_COMPLETE] = "complete", [OUTCOME_REFUSED] = "refused",
		[OUTCOME_ERROR] = "error",       [OUTCOME_GARBAGE] = "garbage",
		[OUTCOME_CUT] = "cut",           [OUTCOME_CLIENT_GONE] = "client_gone",
		[OUTCOME_SHUTDOWN] = "shutdown",
	};

	return names[o];
}

static enum mock_billing billing_of(const struct play *p)
{
	if (p->rule.bill >= 0)
		return (enum mock_billing)p->rule.bill;
	switch (p->outcome) {
	case OUTCOME_COMPLETE: return BILL_WHOLE;
	case OUTCOME_REFUSED: return BILL_NOTHING;
	case OUTCOME_ERROR:
	case OUTCOME_GARBAGE: return p->walk.pieces_done ? BILL_PRODUCED : BILL_NOTHING;
	default: return BILL_PRODUCED;
	}
}

static struct mock_usage used(const struct play *p)
{
	/* an answer may be all thought and show nothing, up to its end */
	bool began = p->walk.pieces_done > 0 || p->walk.pieces == 0;
	struct mock_usage u = p->answer.usage;

	switch (billing_of(p)) {
	case BILL_WHOLE: return u;
	case BILL_NOTHING: return (struct mock_usage){ 0 };
	case BILL_INPUT: u.output = u.reasoning = 0; break;
	case BILL_PRODUCED:
		u.output = began ? p->walk.produced : 0;
		u.reasoning = began ? p->walk.reasoned : 0;
		break;
	}
	return u;
}

void play_settle(struct play *p)
{
	enum mock_vendor vendor = p->ask.dialect->vendor;
	struct mock_stats *stats = &p->mock->stats;
	bool told = p->outcome == OUTCOME_COMPLETE && !p->answer.usage_hidden &&
		    !p->ask.heads.counts_only;
	struct mock_bill bill = {
		.number = p->number,
		.arrived_us = p->arrived_us,
		.now_us = clock_wall_us(),
		.vendor = mock_vendor_name(vendor),
		.dialect = p->ask.dialect->name,
		.model = p->ask.model_name,
		.attempt = p->ask.heads.attempt,
		.rule = p->rule.name,
		.stream = p->ask.stream,
		.status = p->status,
		.outcome = mock_outcome_name(p->outcome),
		.usage = used(p),
		.reported = told ? &p->answer.reported : NULL,
		.body_bytes = p->body_bytes,
	};

	if (p->ask.model)
		bill.unpriced = !mock_price(&p->mock->prices, p->ask.model, p->ask.service_tier,
					    &bill.usage, p->arrived_us / 1000000,
					    &bill.billed_nanos);
	mock_ledger_bill(&p->mock->ledger, &bill);
	stats->billed_nanos[vendor] += bill.billed_nanos;
	stats->outcomes[vendor][p->outcome]++;
	stats->statuses[vendor][p->status]++;
}
