/*
 * durable.c -- rounds: one marker and one WAIT for each server that holds data of
 * ours, for all settles confirmed so far.
 */
#include "gate/durable.h"

#include "gate/worker.h"
#include "store/keys.h"

#define ROUND_US       100000
#define ROUND_ALONE_US 1000000 /* there are no replicas */
#define SERVERS_MOST   64
#define MARKER_LIFE_MS "60000"

/* of one server in a round */
struct question {
	struct worker *worker;
	char org[ID_MAX], history[HISTORY_MAX];
	uint32_t replicas;
};

static void round_ended(struct worker *w)
{
	struct durable *d = &w->durable;
	uint32_t acknowledged = d->on_all ? d->replicas : d->on_one;

	kept_waited(&w->settlements.kept, d->newest, d->replicas, acknowledged,
		    loop_now_us(w->loop));
	settlements_let_go(w);
	timer_cancel(w->loop, &d->next);
	if (w->settlements.kept.n > 0)
		timer_set(w->loop, &d->next,
			  loop_now_us(w->loop) + (d->replicas ? ROUND_US : ROUND_ALONE_US));
}

static void server_answered(struct question *q, int64_t acknowledged)
{
	struct worker *w = q->worker;
	struct durable *d = &w->durable;

	d->replicas += q->replicas;
	d->on_one &= acknowledged > 0;
	d->on_all &= acknowledged > 0 && acknowledged >= q->replicas;
	free(q);
	if (--d->under_way == 0 && !w->closing)
		round_ended(w);
}

/* Is it still the server on which the settles were confirmed, also for this connection? */
static bool is_same(const struct question *q)
{
	const struct worker *w = q->worker;
	struct rkey key;

	return str_is(store_history(&w->store, str_of(q->org)), q->history) &&
	       strcmp(redis_history(w->durable.redis, key_durable(&key, str_of(q->org))),
		      q->history) == 0;
}

static void on_waited(void *who, enum redis_end end, const redisReply *reply)
{
	struct question *q = who;
	int64_t n = 0;

	if (end != REDIS_REPLY || !is_same(q) || !reply_int(reply, &n))
		n = 0;
	server_answered(q, n);
}

/* WAIT is about the last write of its connection: without one, every replica has it. */
static void on_marked(void *who, enum redis_end end, const redisReply *reply)
{
	struct question *q = who;
	struct worker *w = q->worker;
	char count[12], patience[24];
	struct rkey key;
	struct str wait[] = { STR("WAIT"), STR_NONE, STR_NONE };

	if (end != REDIS_REPLY || reply->type != REDIS_REPLY_STATUS || w->closing || !is_same(q)) {
		server_answered(q, 0);
		return;
	}
	snprintf(count, sizeof(count), "%u", q->replicas);
	snprintf(patience, sizeof(patience), "%lld",
		 (long long)w->settings->redis_command_timeout_ms / 2);
	wait[1] = str_of(count);
	wait[2] = str_of(patience);
	redis_call_at(w->durable.redis, key_durable(&key, str_of(q->org)), COUNT_OF(wait), wait,
		      on_waited, q);
}

static void mark(struct question *q)
{
	struct rkey key;
	const struct str set[] = { STR("SET"), key_durable(&key, str_of(q->org)), STR("1"),
				   STR("PX"), STR(MARKER_LIFE_MS) };

	redis_call(q->worker->durable.redis, COUNT_OF(set), set, on_marked, q);
}

/* "master", offset, list of replicas */
static void on_role(void *who, enum redis_end end, const redisReply *reply)
{
	struct question *q = who;
	bool known = end == REDIS_REPLY && reply->type == REDIS_REPLY_ARRAY &&
		     reply->elements >= 3 && reply->element[2]->type == REDIS_REPLY_ARRAY;

	q->replicas = known ? (uint32_t)reply->element[2]->elements : 0;
	if (q->replicas == 0 || q->worker->closing || !is_same(q))
		server_answered(q, 0);
	else
		mark(q);
}

static void ask_server(struct worker *w, const struct org_history *o)
{
	static const struct str role[] = { { "ROLE", 4 } };
	struct question *q = calloc(1, sizeof(*q));
	struct rkey key;

	if (!q) {
		w->durable.on_one = w->durable.on_all = false; /* it is not known of all */
		return;
	}
	q->worker = w;
	memcpy(q->org, o->org, sizeof(q->org));
	memcpy(q->history, o->history, sizeof(q->history));
	w->durable.under_way++;
	redis_call_at(w->durable.redis, key_durable(&key, str_of(o->org)), COUNT_OF(role), role,
		      on_role, q);
}

static bool is_asked(const char *const *asked, uint32_t n, const char *history)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(asked[i], history) == 0)
			return true;
	return false;
}

static void begin_round(void *who)
{
	struct worker *w = who;
	struct durable *d = &w->durable;
	const char *asked[SERVERS_MOST];
	uint32_t n = 0;

	if (d->under_way > 0 || w->settlements.kept.n == 0)
		return;
	d->newest = w->settlements.kept.newest;
	d->replicas = 0;
	d->on_one = d->on_all = true;
	rejoin_look(w);
	for (const struct org_history *o = w->rejoin.histories.orgs; o; o = o->hh.next) {
		if (!o->history[0] || is_asked(asked, n, o->history))
			continue;
		if (n == SERVERS_MOST) {
			d->on_one = d->on_all = false;
			break;
		}
		asked[n++] = o->history;
		ask_server(w, o);
	}
	if (d->under_way == 0)
		timer_set(w->loop, &d->next, loop_now_us(w->loop) + ROUND_ALONE_US);
}

void durable_ask(struct worker *w)
{
	struct durable *d = &w->durable;

	if (d->under_way == 0 && !timer_is_set(&d->next))
		timer_set(w->loop, &d->next, loop_now_us(w->loop) + ROUND_US);
}

static void changed(void *who, bool up, const char *why)
{
	(void)who, (void)up, (void)why;
}

bool durable_open(struct worker *w, struct fault *fault_r)
{
	w->durable.next = (struct timer){ .fire = begin_round, .who = w };
	w->durable.redis = store_connect(w->loop, w->settings, w->shared->redis_password, changed,
					 w, fault_r);
	return w->durable.redis != NULL;
}

void durable_close(struct worker *w)
{
	if (w->loop)
		timer_cancel(w->loop, &w->durable.next);
	redis_free(w->durable.redis);
	w->durable.redis = NULL;
}
