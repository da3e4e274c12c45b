/*
 * redis_cluster.c -- a Cluster: each command goes to the node that has its key.
 *
 * A command is kept until it is answered, because a node may point elsewhere (MOVED,
 * ASK) or be between two states (TRYAGAIN, CLUSTERDOWN): then nothing was done, and it
 * goes out again, within its one deadline. A connection that breaks is another matter:
 * what was sent on it is REDIS_LOST, and never sent again from here.
 */
#include <sys/queue.h>

#include "base/log.h"
#include "io/redis_error.h"
#include "io/redis_map.h"
#include "io/redis_slots.h"

#define HOPS_MAX 5
#define PAUSE_MS 20 /* before a command that met no answer is tried again */

struct op {
	struct cluster *s;
	redis_reply_f *fn;
	void *who;
	int64_t due_us;
	bool anywhere; /* it has no key */
	uint16_t slot;
	unsigned hops;
	struct node *asked; /* the one it was sent to last */
	TAILQ_ENTRY(op) more;
	struct str command; /* behind it; absent: it was too long */
	char bytes[];
};
TAILQ_HEAD(op_list, op);

struct cluster {
	struct redis *r;
	struct map *map;
	struct op_list waiting; /* for a node, or for a moment */
	uint32_t n_waiting;
	struct timer again; /* look at those that wait */
	struct peer *news;  /* NULL: no subscription */
	struct redis_place news_place;
	unsigned news_tries;
	bool closing;
};

/* --- a command and its answer --- */

static struct op *op_new(struct cluster *s, struct str key, struct str command)
{
	struct op *op = calloc(1, sizeof(*op) + command.n);

	if (!op)
		abort(); /* somebody would wait for ever */
	op->s = s;
	op->due_us = redis_due_us(s->r);
	op->anywhere = str_absent(key);
	op->slot = redis_slot(key);
	if (!str_absent(command))
		op->command = (struct str){ memcpy(op->bytes, command.p, command.n), command.n };
	return op;
}

static void answer(struct op *op, enum redis_end end, const redisReply *reply)
{
	op->fn(op->who, end, reply);
	free(op);
}

static void look_again(struct cluster *s, int64_t ms)
{
	if (!timer_is_set(&s->again))
		timer_set(s->r->loop, &s->again, loop_now_us(s->r->loop) + ms * 1000);
}

static void wait_a_moment(struct op *op)
{
	struct cluster *s = op->s;

	TAILQ_INSERT_TAIL(&s->waiting, op, more);
	s->n_waiting++;
	look_again(s, PAUSE_MS);
}

/* REDIS_DOWN in the next turn */
static void give_up(struct op *op)
{
	op->due_us = 0;
	timer_cancel(op->s->r->loop, &op->s->again);
	look_again(op->s, 0);
	wait_a_moment(op);
}

static void on_reply(void *who, enum redis_end end, const redisReply *reply);

static void ignore(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who;
	(void)end;
	(void)reply;
}

static void send_to(struct op *op, struct node *n)
{
	op->asked = n;
	peer_call_written(node_peer(n), op->due_us, op->command, on_reply, op);
}

static void send_op(struct op *op)
{
	struct cluster *s = op->s;
	struct node *n = op->anywhere ? map_any(s->map) : map_node(s->map, op->slot);

	/* a node that has just been met is not down yet; neither is a map that nobody has sent yet
	 */
	if (n && !peer_is_new(node_peer(n)))
		send_to(op, n);
	else if (n || !map_is_known(s->map))
		wait_a_moment(op);
	else
		give_up(op);
}

/* --- being sent elsewhere --- */

static void follow(struct op *op, const redisReply *reply, bool for_good)
{
	static const struct str asking[] = { { "ASKING", 6 } };
	struct cluster *s = op->s;
	struct node *n = NULL;
	struct str host;
	uint16_t slot;
	int64_t port;

	if (redis_pointer(reply, &slot, &host, &port) && op->hops++ < HOPS_MAX)
		n = map_node_at(s->map, op->asked, host, port);
	map_doubt(s->map);
	if (!n) {
		answer(op, REDIS_DOWN, NULL);
		return;
	}
	if (for_good)
		map_assign(s->map, slot, n);
	if (for_good) {
		send_op(op);
	} else if (peer_is_new(node_peer(n))) {
		wait_a_moment(op);
	} else {
		peer_call(node_peer(n), op->due_us, COUNT_OF(asking), asking, ignore, NULL);
		send_to(op, n);
	}
}

static void on_reply(void *who, enum redis_end end, const redisReply *reply)
{
	struct op *op = who;
	struct cluster *s = op->s;
	enum redis_means means = end == REDIS_REPLY ? redis_means(reply) : MEANS_NONE;

	if (end != REDIS_REPLY && !s->closing)
		map_doubt(s->map);
	switch (means) {
	case MEANS_MOVED: follow(op, reply, true); break;
	case MEANS_ASK: follow(op, reply, false); break;
	case MEANS_WAIT:
		map_doubt(s->map);
		wait_a_moment(op);
		break;
	default: answer(op, end, reply); break;
	}
}

/* each is tried once more; whoever has waited long enough hears that nothing was done */
static void on_again(void *who)
{
	struct cluster *s = who;
	struct op_list now = TAILQ_HEAD_INITIALIZER(now);
	struct op *op;

	TAILQ_CONCAT(&now, &s->waiting, more);
	s->n_waiting = 0;
	while ((op = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, op, more);
		if (op->due_us <= loop_now_us(s->r->loop))
			answer(op, REDIS_DOWN, NULL);
		else
			send_op(op);
	}
}

/* --- the map's news --- */

static void on_better(void *who)
{
	struct cluster *s = who;

	timer_cancel(s->r->loop, &s->again);
	if (!TAILQ_EMPTY(&s->waiting))
		look_again(s, 0);
}

static void on_node(void *who, const struct redis_place *place, bool up, bool any, const char *why)
{
	struct cluster *s = who;

	if (!up && !s->closing)
		log_say(LOG_WARN, "redis_node_down", "%s:%s: %s", place->host, place->port, why);
	if (!up && s->news && redis_place_same(place, &s->news_place))
		peer_leave(s->news, why);
	if (!s->news && (up || !any))
		redis_changed(s->r, up, why);
}

/* one that has left the Cluster hears nothing any more, though it be alive */
static void on_dropped(void *who, const struct redis_place *place)
{
	struct cluster *s = who;

	if (s->news && redis_place_same(place, &s->news_place))
		peer_leave(s->news, "it is not of the Cluster any more");
}

/* --- subscribing: any node hears everything that is published --- */

static void where_news(void *who)
{
	struct cluster *s = who;
	const struct redis_url *url = &s->r->url;
	const struct node *n = map_any(s->map);

	s->news_place = n ? *node_place(n) : url->place[s->news_tries++ % url->n_places];
	peer_go(s->news, &s->news_place);
}

static void news_changed(void *who, bool up, const char *why)
{
	struct cluster *s = who;

	redis_changed(s->r, up, why);
}

static void subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who)
{
	static const struct peer_events events = { where_news, news_changed };
	struct peer_conf conf = redis_peer_conf(r);
	struct cluster *s = r->data;

	conf.role = PEER_NODE;
	s->news = peer_new(r->loop, &conf, &events, s);
	peer_subscribe(s->news, channel, fn, who);
}

/* --- its life --- */

static void start(struct redis *r)
{
	static const struct map_events events = { on_better, on_node, on_dropped };
	struct cluster *s = calloc(1, sizeof(*s));

	if (!s)
		abort(); /* as for a connection */
	s->r = r;
	r->data = s;
	TAILQ_INIT(&s->waiting);
	s->again = (struct timer){ .fire = on_again, .who = s };
	s->map = map_new(r, &events, s);
}

static void stop(struct redis *r)
{
	struct cluster *s = r->data;
	struct op *op;

	s->closing = true;
	peer_free(s->news);
	s->news = NULL;
	map_free(s->map);
	while ((op = TAILQ_FIRST(&s->waiting))) {
		TAILQ_REMOVE(&s->waiting, op, more);
		answer(op, REDIS_DOWN, NULL);
	}
	timer_cancel(r->loop, &s->again);
	free(s);
}

static const char *history(const struct redis *r, struct str key)
{
	const struct cluster *s = r->data;
	const struct node *n = map_node(s->map, redis_slot(key));

	return n ? peer_history(node_peer(n)) : "";
}

static void call(struct redis *r, struct str key, struct str command, redis_reply_f *fn, void *who)
{
	struct cluster *s = r->data;
	struct op *op;

	if (s->closing)
		return;
	op = op_new(s, key, command);
	op->fn = fn;
	op->who = who;
	if (s->n_waiting < r->conf.max_pending)
		send_op(op);
	else
		give_up(op);
}

const struct redis_way redis_cluster = { start, stop, history, call, subscribe };
