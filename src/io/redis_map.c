/* redis_map.c -- keep the map of a Cluster. */
#include "io/redis_map.h"

#include "base/rand.h"
#include "io/redis_slots.h"

#define NODES_MAX      256
#define NOBODY         0xffffu
#define CHECKS         5 /* of an idle connection, between two looks at a map that is whole */
#define JITTER_PERCENT 50

struct node {
	struct map *map;
	struct peer *peer;
	struct redis_place place;
	bool named; /* by the map, or by a node since; without a map by the URL */
	uint16_t at;
};

struct map {
	struct redis *r;
	const struct map_events *events;
	void *who;
	struct node *nodes[NODES_MAX]; /* NULL: free */
	uint16_t owner[REDIS_SLOTS];   /* of nodes[], or NOBODY */
	bool known;                    /* there was a map */
	bool asking;
	struct node *asked; /* the map; NULL: it has gone */
	uint16_t turn;      /* of map_any() */
	struct timer step;  /* the next look at the map */
	int64_t looked_us;
	uint64_t seed;
	struct rnd rnd;
};

struct peer *node_peer(const struct node *n)
{
	return n->peer;
}

const struct redis_place *node_place(const struct node *n)
{
	return &n->place;
}

static void look_soon(struct map *m, int64_t ms)
{
	int64_t due_us = m->looked_us + ms * 1000;

	if (!timer_is_set(&m->step) || due_us < m->step.due_us)
		timer_set(m->r->loop, &m->step, due_us);
}

/* Gateways that lost a node together do not ask the next one together, again and again. */
static void look_later(struct map *m, int64_t ms)
{
	int64_t jittered_ms = rnd_jitter(&m->rnd, ms, JITTER_PERCENT);
	int64_t least_ms = m->r->conf.retry_min_ms;

	look_soon(m, jittered_ms > least_ms ? jittered_ms : least_ms);
}

void map_doubt(struct map *m)
{
	look_soon(m, m->r->conf.retry_min_ms);
}

/* --- nodes --- */

struct node *map_any(struct map *m)
{
	for (size_t i = 0; i < NODES_MAX; i++) {
		struct node *n = m->nodes[m->turn++ % NODES_MAX];

		if (n && peer_is_up(n->peer))
			return n;
	}
	return NULL;
}

/* Is there a node, or may one still come? */
static bool is_hope(struct map *m)
{
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i] &&
		    (peer_is_up(m->nodes[i]->peer) || peer_is_new(m->nodes[i]->peer)))
			return true;
	return false;
}

static void where(void *who)
{
	struct node *n = who;

	peer_go(n->peer, &n->place);
}

static void node_changed(void *who, bool up, const char *why)
{
	struct node *n = who;
	struct map *m = n->map;

	m->events->node(m->who, &n->place, up, is_hope(m), why);
	map_doubt(m);
	if (up)
		m->events->better(m->who);
}

static struct node *add(struct map *m, const struct redis_place *place)
{
	static const struct peer_events events = { where, node_changed };
	struct peer_conf conf = redis_peer_conf(m->r);
	struct node *n;
	uint16_t at = 0;

	while (at < NODES_MAX && m->nodes[at])
		at++;
	if (at == NODES_MAX)
		return NULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		abort(); /* as for a connection */
	*n = (struct node){ .map = m, .place = *place, .named = true, .at = at };
	conf.role = PEER_NODE;
	conf.seed = m->seed++;
	n->peer = peer_new(m->r->loop, &conf, &events, n);
	m->nodes[at] = n;
	return n;
}

static struct node *node_at(struct map *m, const struct redis_place *place)
{
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i] && redis_place_same(&m->nodes[i]->place, place))
			return m->nodes[i];
	return add(m, place);
}

struct node *map_node_at(struct map *m, const struct node *asked, struct str host, int64_t port)
{
	struct redis_place place = { .path = "" };
	struct node *n;

	if (host.n == 0 && asked)
		host = str_of(asked->place.host);
	if (!redis_place_set(&place, host, port))
		return NULL;
	n = node_at(m, &place);
	if (n)
		n->named = true;
	return n;
}

static void drop(struct map *m, struct node *n)
{
	m->nodes[n->at] = NULL;
	if (m->asked == n)
		m->asked = NULL;
	peer_free(n->peer);
	m->events->dropped(m->who, &n->place);
	free(n);
}

/* not while one of them may be calling us */
static void drop_unnamed(struct map *m)
{
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i] && !m->nodes[i]->named)
			drop(m, m->nodes[i]);
}

static void add_those_of_url(struct map *m)
{
	for (size_t i = 0; i < m->r->url.n_places; i++)
		node_at(m, &m->r->url.place[i]);
}

/* --- the map --- */

bool map_is_known(const struct map *m)
{
	return m->known;
}

struct node *map_node(const struct map *m, uint16_t slot)
{
	return m->owner[slot] == NOBODY ? NULL : m->nodes[m->owner[slot]];
}

void map_assign(struct map *m, uint16_t slot, struct node *n)
{
	m->owner[slot] = n->at;
}

static bool is_whole(const struct map *m)
{
	for (size_t i = 0; i < REDIS_SLOTS; i++)
		if (m->owner[i] == NOBODY)
			return false;
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i] && !peer_is_up(m->nodes[i]->peer))
			return false;
	return true;
}

static bool read_range(struct map *m, const redisReply *reply)
{
	struct redis_range range;
	struct node *n;

	if (!redis_range_read(reply, &range))
		return false;
	n = map_node_at(m, m->asked, range.host, range.port);
	for (unsigned slot = range.first; n && slot <= range.last; slot++)
		map_assign(m, (uint16_t)slot, n);
	return n != NULL;
}

static void read_map(struct map *m, const redisReply *reply)
{
	size_t good = 0;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return;
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i])
			m->nodes[i]->named = false;
	memset(m->owner, 0xff, sizeof(m->owner));
	for (size_t i = 0; i < reply->elements; i++)
		good += read_range(m, reply->element[i]);
	m->known = good > 0;
	m->events->better(m->who);
}

static void on_map(void *who, enum redis_end end, const redisReply *reply)
{
	struct map *m = who;

	m->asking = false;
	if (end == REDIS_REPLY)
		read_map(m, reply);
	m->asked = NULL;
	look_later(m, is_whole(m) ? CHECKS * m->r->conf.check_ms : m->r->conf.retry_max_ms);
}

static void on_step(void *who)
{
	static const struct str argv[] = { { "CLUSTER", 7 }, { "SLOTS", 5 } };
	struct map *m = who;

	if (m->known)
		drop_unnamed(m);
	m->looked_us = loop_now_us(m->r->loop);
	if (m->asking)
		return; /* on_map() comes */
	m->asked = map_any(m);
	if (!m->asked) {
		add_those_of_url(m); /* they may know more than those that have gone */
		look_later(m, m->r->conf.retry_max_ms);
		return;
	}
	m->asking = true;
	peer_call(m->asked->peer, redis_due_us(m->r), COUNT_OF(argv), argv, on_map, m);
}

struct map *map_new(struct redis *r, const struct map_events *events, void *who)
{
	struct map *m = calloc(1, sizeof(*m));

	if (!m)
		abort(); /* as for a connection */
	m->r = r;
	m->events = events;
	m->who = who;
	m->seed = r->conf.seed;
	m->rnd = rnd_seed(r->conf.seed);
	m->turn = (uint16_t)r->conf.seed;
	m->step = (struct timer){ .fire = on_step, .who = m };
	memset(m->owner, 0xff, sizeof(m->owner));
	add_those_of_url(m);
	return m;
}

void map_free(struct map *m)
{
	timer_cancel(m->r->loop, &m->step);
	for (size_t i = 0; i < NODES_MAX; i++)
		if (m->nodes[i])
			drop(m, m->nodes[i]);
	timer_cancel(m->r->loop, &m->step); /* those that went asked for a new map */
	free(m);
}
