/* denial.c -- a denied admission in words. */
#include "gate/denial.h"

#include "core/price.h"

static int seconds_up(int64_t ms)
{
	int64_t s = (ms + 999) / 1000;

	return s < 1 ? 1 : s > INT32_MAX ? INT32_MAX : (int)s;
}

static void over_budget(const struct verdict *v, const char *id, struct fault *f)
{
	char limit[32], free_now[32], needed[32];
	bool held = v->free_later_nanos >= v->needed_nanos;

	money_text(limit, v->limit);
	money_text(free_now, v->free_nanos > 0 ? v->free_nanos : 0);
	money_text(needed, v->needed_nanos);
	fault_set(f, held ? ERR_BUDGET_HELD : ERR_BUDGET, "",
		  "The %s budget of %s `%s` is $%s; $%s is free and this request may cost up to "
		  "$%s.%s",
		  period_name(v->period), scope_name(v->scope), id, limit, free_now, needed,
		  held ? " Requests in flight hold the rest; it may come back when they end." : "");
	if (held)
		f->retry_after_s = 1;
}

static void over_rate(const struct verdict *v, const char *id, struct fault *f)
{
	int wait_s = seconds_up(v->retry_ms);

	fault_set(f, rate_error(v->rate_kind), "",
		  "The limit of %s `%s` is %lld %s per minute. Try again in %d s.",
		  scope_name(v->scope), id, (long long)v->limit, rate_quantity(v->rate_kind),
		  wait_s);
	f->retry_after_s = wait_s;
}

void denial_fault(const struct verdict *v, const struct payer *payer, struct fault *f)
{
	const char *id = payer->scope[v->scope].id;

	switch (v->kind) {
	case VERDICT_BLOCKED:
		fault_set(f, ERR_KEY_BLOCKED, "", "The %s `%s` is blocked.", scope_name(v->scope),
			  id);
		break;
	case VERDICT_EXPIRED: fault_set(f, ERR_KEY_EXPIRED, "", "The API key has expired."); break;
	case VERDICT_CONCURRENCY:
		fault_set(f, ERR_CONCURRENCY, "", "The concurrency limit of %s `%s` is %lld.",
			  scope_name(v->scope), id, (long long)v->limit);
		f->retry_after_s = 1;
		break;
	case VERDICT_RATE: over_rate(v, id, f); break;
	case VERDICT_RATE_SIZE:
		fault_set(f, ERR_TPM_SIZE, "max_tokens",
			  "The limit of %s `%s` is %lld tokens per minute, and this request alone "
			  "may take more. Set a smaller max_tokens.",
			  scope_name(v->scope), id, (long long)v->limit);
		break;
	case VERDICT_BUDGET: over_budget(v, id, f); break;
	case VERDICT_BARRIER:
		fault_set(
			f, ERR_STORE, "",
			"Redis has failed over, and not all gateways have told it what they hold.");
		f->retry_after_s = 1;
		break;
	default:
		fault_set(f, ERR_STORE, "",
			  "Redis gave no usable answer, so that nothing can be paid for.");
		f->retry_after_s = 1;
	}
}

enum counter denial_counter(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_BLOCKED:
	case VERDICT_EXPIRED: return COUNT_refused_key;
	case VERDICT_CONCURRENCY:
	case VERDICT_RATE:
	case VERDICT_RATE_SIZE: return COUNT_refused_limit;
	case VERDICT_BUDGET: return COUNT_refused_budget;
	default: return COUNT_refused_overload;
	}
}
