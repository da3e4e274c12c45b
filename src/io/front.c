/*
 * front.c -- HTTP in: libmicrohttpd's daemons, driven at the end of each turn.
 *
 * A daemon never runs from inside another callback: sockets only mark it dirty,
 * answers only put their connection on a list. So handlers may call anything from
 * anywhere, and nothing reaches a client before the journal, Redis and the vendors
 * had their turn.
 */
#include "io/front_parts.h"

#include "base/log.h"
#include "io/front_words.h"

/* libmicrohttpd asks to be run again while it has ready connections; the rest waits for a turn */
#define RUNS_A_ROUND 4
#define LOG_EVERY_US 1000000
/* Of a connection's memory, besides the request's head: libmicrohttpd's list of its fields
 * (FIELDS_MAX of 64 bytes), and the answer's head. All of it is cleared behind each request. */
#define BESIDE_HEAD 8192

/* --- what libmicrohttpd says --- */

static void log_rarely(struct front *f, const char *format, va_list values)
{
	char words[FRONT_WORDS_MAX];
	struct log_line line;
	int64_t now_us = loop_now_us(f->l);

	if (now_us < f->log_after_us) {
		f->log_lost++;
		return;
	}
	f->log_after_us = now_us + LOG_EVERY_US;
	if (log_begin(&line, LOG_INFO, "http_library")) {
		log_str(&line, "msg", front_words(format, values, words));
		log_int(&line, "more", f->log_lost);
		log_end(&line);
	}
	f->log_lost = 0;
}

static void on_log(void *shard, const char *format, va_list values)
{
	struct shard *s = shard;

	if (s->f->is_old && str_starts(str_of(format), STR("Error processing request")))
		refuse_unparsed(s);
	log_rarely(s->f, format, values);
}

/* targets are resolved in front_exchange.c, from a copy */
static size_t leave_escapes(void *unused, struct MHD_Connection *mhd, char *text)
{
	(void)unused;
	(void)mhd;
	return strlen(text);
}

/* --- daemons --- */

static void on_ready(void *who, int events)
{
	struct shard *s = who;

	(void)events;
	s->dirty = true;
}

static bool shard_start(struct shard *s, struct front *f)
{
	const union MHD_DaemonInfo *info;

	s->f = f;
	LIST_INIT(&s->conns);
	/* The old one answers twice what it refuses for being strict; http_strict() refuses that.
	 */
	s->mhd = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			MHD_USE_NO_LISTEN_SOCKET,
		0, NULL, NULL, exchange_step, f, MHD_OPTION_EXTERNAL_LOGGER, on_log, s,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)f->limits.max_connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, f->limits.header_bytes + BESIDE_HEAD,
		MHD_OPTION_STRICT_FOR_CLIENT, f->is_old ? 0 : 1, MHD_OPTION_URI_LOG_CALLBACK,
		exchange_line, f, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, conn_notify, f, MHD_OPTION_NOTIFY_COMPLETED,
		exchange_completed, f, MHD_OPTION_END);
	if (!s->mhd)
		return false;
	info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	s->watch = info ? watch_open(f->l, info->epoll_fd, WATCH_READ, on_ready, s) : NULL;
	return s->watch != NULL;
}

static bool shards_start(struct front *f, struct fault *fault_r)
{
	uint32_t n = f->limits.shards ? f->limits.shards : 1;

	f->shards = calloc(n, sizeof(*f->shards));
	if (!f->shards)
		return false;
	for (f->n_shards = 0; f->n_shards < n; f->n_shards++) {
		if (!shard_start(&f->shards[f->n_shards], f)) {
			fault_set(fault_r, ERR_INTERNAL, "",
				  "libmicrohttpd cannot be started: too few file descriptors?");
			return false;
		}
	}
	return true;
}

static void shards_stop(struct front *f)
{
	/* one that could not be started wholly is behind the last */
	for (uint32_t i = 0; f->shards && i < (f->limits.shards ? f->limits.shards : 1); i++) {
		struct shard *s = &f->shards[i];

		watch_close(s->watch);
		if (s->mhd)
			MHD_stop_daemon(s->mhd);
	}
	free(f->shards);
}

/* Ready connections are not told of twice: while there are some its timeout is 0. */
static void shard_run(struct shard *s)
{
	MHD_UNSIGNED_LONG_LONG timeout;

	for (int i = 0; s->dirty && i < RUNS_A_ROUND; i++) {
		/* callbacks may make it dirty again */
		s->dirty = false;
		MHD_run(s->mhd);
		if (MHD_get_timeout(s->mhd, &timeout) == MHD_YES && timeout == 0)
			s->dirty = true;
	}
}

/* --- the end of a turn --- */

static void do_work(struct front *f)
{
	TAILQ_HEAD(, conn) now = TAILQ_HEAD_INITIALIZER(now);
	struct conn *c;

	/* what is touched meanwhile waits for the next round */
	TAILQ_CONCAT(&now, &f->work, work);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, work);
		c->has_work = false;
		answer_work(&c->x);
	}
}

static void bury(struct front *f)
{
	struct conn *c;

	while ((c = SLIST_FIRST(&f->dead))) {
		SLIST_REMOVE_HEAD(&f->dead, dead);
		conn_free(c);
	}
}

static bool on_turn(void *who)
{
	struct front *f = who;
	bool dirty = false, ran = false;

	CHECK_OBJ(f, FRONT_MAGIC);
	do_work(f);
	for (uint32_t i = 0; i < f->n_shards; i++) {
		ran |= f->shards[i].dirty;
		shard_run(&f->shards[i]);
		dirty |= f->shards[i].dirty;
	}
	bury(f);
	/* a handler that ran may have left work to any phase */
	return ran || dirty || !TAILQ_EMPTY(&f->work);
}

/* --- the front --- */

/* both share a name for the linker, so which one it is shows here only */
static bool is_old_library(void)
{
	return strncmp(MHD_get_version(), "0.9.", 4) == 0;
}

struct front *front_new(struct loop *l, const char *address, bool reuse_port,
			const struct front_limits *limits, const struct front_handler *handler,
			void *who, struct fault *fault_r)
{
	struct front *f = calloc(1, sizeof(*f));

	fault_set(fault_r, ERR_INTERNAL, "", "out of memory or file descriptors");
	if (!f)
		return NULL;
	*f = (struct front){ .magic = FRONT_MAGIC,
			     .l = l,
			     .hook = { .run = on_turn, .who = f },
			     .limits = *limits,
			     .handler = *handler,
			     .who = who,
			     .listen_fd = -1,
			     .gone_fd = -1,
			     .is_old = is_old_library() };
	TAILQ_INIT(&f->work);
	SLIST_INIT(&f->dead);
	LIST_INIT(&f->lingerings);
	loop_add_hook(l, PHASE_FRONT, &f->hook);
	if (gone_open(f) && shards_start(f, fault_r) &&
	    front_listen(f, address, reuse_port, fault_r))
		return f;
	front_free(f);
	return NULL;
}

void front_each(struct front *f, void (*fn)(struct conn *c))
{
	struct conn *c;

	for (uint32_t i = 0; i < f->n_shards; i++)
		LIST_FOREACH (c, &f->shards[i].conns, all)
			fn(c);
}

void front_free(struct front *f)
{
	if (!f)
		return;
	CHECK_OBJ(f, FRONT_MAGIC);
	loop_drop_hook(f->l, PHASE_FRONT, &f->hook);
	front_close_listener(f);
	/* libmicrohttpd must not be stopped with connections asleep */
	front_each(f, conn_cut);
	shards_stop(f);
	bury(f);
	linger_stop_all(f);
	gone_close(f);
	f->magic = 0;
	free(f);
}

uint16_t front_port(const struct front *f)
{
	return f->port;
}

uint32_t front_exchanges(const struct front *f)
{
	return f->n_exchanges;
}

uint32_t front_connections(const struct front *f)
{
	return f->n_conns;
}
