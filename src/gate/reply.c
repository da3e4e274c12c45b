/*
 * reply.c -- the last bytes to the client: an answer, the end of a stream, or an
 * error. Nobody else writes errors.
 */
#include "gate/reply.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/price.h"
#include "gate/decided.h"

#define LARGEST_FAULT 4096

/* Client libraries wait no longer: whatever retry-after says, they come back within seconds. */
#define LONGEST_RETRY_S 60

struct str bearer_key(const struct exchange *x)
{
	struct str value = exchange_header(x, "authorization");
	struct str scheme = STR("Bearer ");

	if (str_absent(value))
		return exchange_header(x, "x-api-key");
	if (value.n <= scheme.n || !str_ieq(str_sub(value, 0, scheme.n), scheme))
		return STR_NONE;
	return str_trim(str_sub(value, scheme.n, value.n));
}

/* --- errors --- */

static void headers_of_fault(struct headers *h, const struct fault *f)
{
	enum err_retry retry = err_info(f->code)->retry;

	headers_add(h, "content-type", STR("application/json"));
	if (retry == ERR_RETRY_YES && f->retry_after_s <= LONGEST_RETRY_S)
		headers_add(h, "x-should-retry", STR("true"));
	else if (retry != ERR_RETRY_MAYBE)
		headers_add(h, "x-should-retry", STR("false"));
	if (retry == ERR_RETRY_YES || f->retry_after_s > 0)
		headers_addi(h, "retry-after", f->retry_after_s > 0 ? f->retry_after_s : 1);
	if (f->code == ERR_KEY_MISSING || f->code == ERR_KEY_WRONG || f->code == ERR_KEY_EXPIRED)
		headers_add(h, "www-authenticate", STR("Bearer"));
}

void write_refusal(const struct fault *f, struct headers *h, struct buf *body_r)
{
	headers_of_fault(h, f);
	dialect_openai.client->write_fault(body_r, f);
}

void reply_fault(struct exchange *x, const struct fault *f, struct headers *h)
{
	struct buf body;

	buf_init(&body, LARGEST_FAULT);
	write_refusal(f, h, &body);
	exchange_reply(x, err_info(f->code)->http, h->list, h->n, &body);
}

/* --- what an answer tells about itself --- */

static void add_rates(struct headers *h, const struct verdict *v)
{
	static const char *const names[RATE_COUNT][3] = {
#define RATE(name, quantity, error, text)                                                   \
	{ "x-ratelimit-limit-" quantity, "x-ratelimit-remaining-" quantity,                 \
	  "x-ratelimit-reset-" quantity },
#include "tbl/limits.h"
#undef RATE
	};
	char room[I64_DIGITS + sizeof("ms")];
	struct text reset;

	for (int i = 0; i < RATE_COUNT; i++) {
		if (v->rate[i].limit <= 0)
			continue;
		headers_addi(h, names[i][0], v->rate[i].limit);
		headers_addi(h, names[i][1], v->rate[i].remaining);
		reset = TEXT_IN(room);
		text_addi(&reset, v->rate[i].reset_ms);
		text_adds(&reset, "ms");
		headers_add(h, names[i][2], text_str(&reset));
	}
}

static void add_adaptions(struct headers *h, const struct call *c)
{
	static const char *const words[] = { "dropped", "clamped", "changed" };
	char list[512];
	size_t n = 0;

	for (uint32_t i = 0; i < c->n_adaptions && n < sizeof(list) - 1; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s=%s", n ? ", " : "",
				      c->adaptions[i].param, words[c->adaptions[i].what]);
	if (n)
		headers_add(h, "x-smartrouter-adapted", str_of(list));
}

static int64_t overhead_us(const struct request *r)
{
	const struct attempt *a = r->attempt;

	return a ? a->began_us - r->arrived_us : 0;
}

void header_of_epoch(struct headers *h, const struct catalog *c)
{
	headers_addi(h, "x-smartrouter-epoch", c->epoch);
}

void headers_of_answer(struct headers *h, const struct request *r)
{
	const struct attempt *a = r->attempt;
	const struct target *t = a->candidate->target;
	char money[32];

	headers_add(h, "x-request-id", str_of(r->rid));
	headers_add(h, "x-smartrouter-model", t->model->id);
	headers_add(h, "x-smartrouter-vendor", t->endpoint->vendor);
	headers_add(h, "x-smartrouter-strategy", r->plan->strategy);
	headers_add(h, "x-smartrouter-task", r->facts.task.name);
	headers_addi(h, "x-smartrouter-attempts", r->attempts);
	headers_addi(h, "x-smartrouter-overhead-us", overhead_us(r));
	header_of_epoch(h, r->catalog->catalog);
	headers_addi(h, "x-smartrouter-snapshot", (int64_t)r->snapshot->version);
	if (a->settled)
		headers_add(h, "x-smartrouter-cost", str_of(money_text(money, r->cost_nanos)));
	if (a->max_tokens < a->candidate->max_tokens)
		headers_addi(h, "x-smartrouter-max-tokens", a->max_tokens);
	if (r->verdict.left_nanos >= 0)
		headers_add(h, "x-smartrouter-budget-left",
			    str_of(money_text(money, r->verdict.left_nanos)));
	add_adaptions(h, &a->call);
	add_rates(h, &r->verdict);
}

/* --- one line for each request --- */

/* to a client that left it is all one how the vendor ended */
static const char *end_name(const struct request *r)
{
	if (r->gone)
		return err_info(ERR_GONE)->code;
	return r->fault.code == ERR_OK ? "ok" : err_info(r->fault.code)->code;
}

static void log_request(const struct request *r)
{
	const struct attempt *a = r->attempt;
	char money[32];
	struct log_line l;

	if (!r->settings->log_requests || !log_begin(&l, LOG_INFO, "request"))
		return;
	log_text(&l, "id", r->rid);
	log_text(&l, "org", r->org);
	log_text(&l, "team", r->payer.scope[SCOPE_team].id);
	log_text(&l, "key", r->key);
	if (a) {
		log_str(&l, "model", a->candidate->target->model->id);
		log_str(&l, "endpoint", a->candidate->target->endpoint->name);
		log_int(&l, "ttft_us",
			a->first_content_us ? a->first_content_us - a->began_us : -1);
		log_int(&l, "tokens", r->tokens_used);
	}
	log_str(&l, "task", r->facts.task.name);
	log_str(&l, "strategy", r->plan->strategy);
	if (r->plan->n)
		log_str(&l, "chosen", r->plan->candidates[0].target->model->id);
	log_text(&l, "end", end_name(r));
	log_int(&l, "stream", r->chat.stream);
	log_int(&l, "attempts", r->attempts);
	log_text(&l, "cost", money_text(money, r->cost_nanos));
	log_int(&l, "us", clock_mono_us() - r->arrived_us);
	log_end(&l);
}

/* --- the step --- */

static void end_stream(struct request *r)
{
	struct attempt *a = r->attempt;
	const struct answer_head head = {
		.id = r->answer_id,
		.model = a->candidate->target->model->id,
		.created = a->began_wall_s,
		.include_usage = r->chat.include_usage,
		.more = decided_member(r),
	};
	bool clean = r->fault.code == ERR_OK;

	buf_reset(&r->out);
	if (clean) {
		r->client->write_end(&r->out, &a->chunks, &head, &a->usage);
	} else {
		r->client->write_stream_fault(&r->out, &r->fault);
		decided_add(r, &r->out, strlen("\n\n"));
	}
	exchange_write(r->x, buf_str(&r->out));
	exchange_end(r->x, clean);
}

static void reply_whole(struct request *r)
{
	struct headers h = { 0 };

	headers_add(&h, "content-type", STR("application/json"));
	if (r->answer) {
		headers_add(&h, "x-request-id", str_of(r->rid));
		header_of_epoch(&h, r->catalog->catalog);
	} else {
		headers_of_answer(&h, r);
	}
	decided_add(r, &r->out, 0);
	exchange_reply(r->x, 200, h.list, h.n, &r->out);
}

static void count_end(struct request *r)
{
	struct stats *s = &r->worker->stats;

	if (r->answer || !r->attempt || r->gone)
		return;
	if (r->fault.code == ERR_OK)
		stats_count(s, COUNT_answered);
	else if (r->head_sent)
		stats_count(s, COUNT_cut);
	else
		stats_count(s, COUNT_failed);
}

static void reply_failure(struct request *r)
{
	struct headers h = { 0 };

	headers_add(&h, "x-request-id", str_of(r->rid));
	header_of_epoch(&h, r->catalog->catalog);
	buf_reset(&r->out);
	write_refusal(&r->fault, &h, &r->out);
	decided_add(r, &r->out, 0);
	exchange_reply(r->x, err_info(r->fault.code)->http, h.list, h.n, &r->out);
}

void step_reply(struct request *r)
{
	count_end(r);
	if (!r->x)
		; /* nobody is left to hear it */
	else if (r->head_sent)
		end_stream(r);
	else if (r->fault.code != ERR_OK)
		reply_failure(r);
	else
		reply_whole(r);
	r->x = NULL;
	log_request(r);
	decided_write(r);
	request_go(r, STEP_done);
}
