/*
 * request.c -- the runner of steps: who may follow whom, and the one clean-up.
 */
#include "gate/request.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/poison.h"
#include "base/text.h"
#include "gate/probe.h"

static const struct {
	const char *name, *text;
	void (*run)(struct request *r);
	unsigned edges;
} steps[STEP_COUNT] = {
#define TO(name)                | (1u << STEP_##name)
#define STEP(name, edges, text) [STEP_##name] = { #name, text, step_##name, 0 edges },
#include "tbl/steps.h"
#undef STEP
#undef TO
};

/* the process reads it from its own thread */
static void count_in_flight(struct worker *w, int by)
{
	__atomic_store_n(&w->in_flight, w->in_flight + (uint32_t)by, __ATOMIC_RELAXED);
}

/* --- memory --- */

/* so many that are done wait for the next */
#define SPARE_REQUESTS 64
/* what of them nobody may touch meanwhile */
#define ASLEEP_BYTES (sizeof(struct request) - offsetof(struct request, worker))

static struct request *take_spare(struct worker *w)
{
	struct request *r = TAILQ_FIRST(&w->spare_requests);

	if (!r)
		return calloc(1, sizeof(*r));
	TAILQ_REMOVE(&w->spare_requests, r, next);
	w->n_spare_requests--;
	UNPOISON(&r->worker, ASLEEP_BYTES);
	memset(r, 0, sizeof(*r));
	return r;
}

static void keep_spare(struct worker *w, struct request *r)
{
	if (w->n_spare_requests == SPARE_REQUESTS) {
		free(r);
		return;
	}
	POISON(&r->worker, ASLEEP_BYTES);
	TAILQ_INSERT_HEAD(&w->spare_requests, r, next);
	w->n_spare_requests++;
}

void requests_forget(struct worker *w)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&w->spare_requests))) {
		TAILQ_REMOVE(&w->spare_requests, r, next);
		UNPOISON(&r->worker, ASLEEP_BYTES);
		free(r);
	}
	arena_stock_release(&w->chunks);
}

/* as large as a chunk of the stock is, so that it comes from there */
#define PLAN_BYTES 16384
_Static_assert(sizeof(struct plan) <= PLAN_BYTES, "there is room for a plan");

static bool open_plan(struct worker *w, struct request *r)
{
	arena_init_from(&r->planning, PLAN_BYTES, &w->chunks);
	r->plan = arena_room(&r->planning, PLAN_BYTES);
	if (r->plan)
		plan_clear(r->plan);
	return r->plan != NULL;
}

void request_pack(struct request *r)
{
	r->packed = plan_pack(r->plan);
	if (!r->packed)
		return; /* it stays as it is */
	r->plan = r->packed;
	r->attempt->candidate = &r->plan->candidates[r->attempt->index];
	arena_release(&r->planning);
}

/* --- one request --- */

/* INCARNATION-WORKER-NUMBER */
static void name_request(struct worker *w, char rid_r[RID_MAX])
{
	struct text t = text_init(rid_r, RID_MAX);

	text_adds(&t, w->shared->incarnation);
	text_adds(&t, "-");
	text_addi(&t, w->index);
	text_adds(&t, "-");
	text_addi(&t, (int64_t)w->next_rid++);
}

struct request *request_new(struct worker *w, struct exchange *x, void (*answer)(struct request *r))
{
	struct request *r = take_spare(w);

	if (!r || !open_plan(w, r)) {
		free(r);
		return NULL;
	}
	r->magic = REQUEST_MAGIC;
	r->worker = w;
	r->x = x;
	r->client = dialect_openai.client;
	r->answer = answer;
	r->settings = settings_ref(w->settings);
	r->catalog = catalog_in_use_ref(w->catalog);
	r->snapshot = snapshot_ref(w->snapshot);
	arena_init_from(&r->arena, (size_t)r->settings->gateway_request_memory_bytes, &w->chunks);
	buf_init(&r->out, (size_t)r->settings->gateway_max_answer_bytes);
	name_request(w, r->rid);
	r->arrived_us = exchange_arrived_us(x);
	exchange_attach(x, r);
	TAILQ_INSERT_TAIL(&w->requests, r, next);
	count_in_flight(w, 1);
	return r;
}

void request_begin(struct request *r)
{
	r->step = STEP_receive;
	step_receive(r);
}

void request_go(struct request *r, enum step to)
{
	CHECK_OBJ(r, REQUEST_MAGIC);
	if (!(steps[r->step].edges & (1u << to))) {
		log_say(LOG_ERROR, "wrong_step", "%s: from %s to %s", r->rid, steps[r->step].name,
			steps[to].name);
		abort();
	}
	r->step = to;
	steps[to].run(r);
}

void request_fail(struct request *r, const struct fault *fault)
{
	r->fault = *fault;
	request_go(r, r->reserved ? STEP_settle : STEP_reply);
}

void request_wait(struct request *r)
{
	r->busy = true;
}

static void end_for_gone_client(struct request *r)
{
	struct fault f;

	fault_set(&f, ERR_GONE, "", "the client closed the connection");
	request_fail(r, &f);
}

bool request_woken(struct request *r)
{
	CHECK_OBJ(r, REQUEST_MAGIC);
	r->busy = false;
	if (!r->gone || r->draining)
		return true;
	end_for_gone_client(r);
	return false;
}

/* Is the vendor's answer worth reading to its end, only to learn what it cost? */
static bool may_drain(struct request *r)
{
	const struct attempt *a = r->attempt;
	struct worker *w = r->worker;

	if (!a || !a->up || !up_sent(a->up))
		return false;
	if (w->drains >= (uint32_t)r->settings->gateway_drain_calls || w->draining) {
		stats_count(&w->stats, COUNT_drains_refused);
		return false;
	}
	return true;
}

static void drain(struct request *r)
{
	struct worker *w = r->worker;
	int64_t most = loop_now_us(w->loop) + r->settings->gateway_drain_timeout_ms * 1000;

	r->draining = true;
	w->drains++;
	stats_count(&w->stats, COUNT_drains);
	up_resume(r->attempt->up);
	if (most < r->deadline_us) {
		r->deadline_us = most;
		timer_set(w->loop, &r->deadline, most);
	}
}

void request_gone(struct request *r)
{
	CHECK_OBJ(r, REQUEST_MAGIC);
	r->x = NULL;
	r->gone = true;
	stats_count(&r->worker->stats, COUNT_client_gone);
	if (r->busy)
		return; /* request_woken() goes on from here */
	if (may_drain(r)) {
		drain(r);
		return;
	}
	attempt_stop(r);
	end_for_gone_client(r);
}

void requests_end(struct worker *w)
{
	struct request *r, *next;

	for (r = TAILQ_FIRST(&w->requests); r; r = next) {
		next = TAILQ_NEXT(r, next);
		r->gone = true;
		if (r->busy)
			continue;
		attempt_stop(r);
		end_for_gone_client(r);
	}
}

void requests_hurry(struct worker *w)
{
	struct request *r;

	TAILQ_FOREACH (r, &w->requests, next)
		if (timer_is_set(&r->deadline))
			timer_set(w->loop, &r->deadline, 0);
}

int64_t request_left_ms(const struct request *r)
{
	return (r->deadline_us - loop_now_us(r->worker->loop)) / 1000;
}

void request_free(struct request *r)
{
	struct worker *w = r->worker;

	CHECK_OBJ(r, REQUEST_MAGIC);
	timer_cancel(w->loop, &r->deadline);
	timer_cancel(w->loop, &r->wait);
	timer_cancel(w->loop, &r->renew);
	rejoin_forget(r);
	if (r->draining)
		w->drains--;
	TAILQ_REMOVE(&w->requests, r, next);
	count_in_flight(w, -1);
	r->magic = 0;
	probe_gone(r);
	attempt_release(r->attempt);
	buf_release(&r->out);
	snapshot_unref(r->snapshot);
	catalog_in_use_unref(r->catalog);
	settings_unref(r->settings);
	free(r->packed);
	arena_release(&r->planning);
	arena_release(&r->arena);
	free(r->body);
	keep_spare(w, r);
}

void step_done(struct request *r)
{
	request_free(r);
}

void steps_dot(struct buf *b)
{
	buf_adds(b, "digraph request {\n\tnode [shape=box];\n");
	for (int from = 0; from < STEP_COUNT; from++) {
		buf_printf(b, "\t%s [tooltip=\"%s\"];\n", steps[from].name, steps[from].text);
		for (int to = 0; to < STEP_COUNT; to++)
			if (steps[from].edges & (1u << to))
				buf_printf(b, "\t%s -> %s;\n", steps[from].name, steps[to].name);
	}
	buf_adds(b, "}\n");
}
