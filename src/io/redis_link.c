/* redis_link.c -- hiredis' hooks on a watch of the loop. */
#include "io/redis_link.h"

#include <sys/socket.h>

/* of hiredis at a time, 16 KiB each: who sends faster than that is read is not waited for */
#define READS_MAX 256

struct link {
	redisAsyncContext *ac; /* NULL: hiredis has freed it */
	struct loop *l;
	const struct link_events *events;
	void *who; /* NULL: given up */
	struct watch *watch;
	bool dirty;   /* there is something to write */
	bool blocked; /* the socket was full, or is not connected: wait until it takes more */
	bool inside;  /* hiredis is running: what it frees is freed afterwards */
	bool writing; /* ... and is writing */
};

/* false: the link is gone */
static bool handle(struct link *k, bool readable, bool writable)
{
	bool gone;

	k->inside = true;
	if (readable)
		redisAsyncHandleRead(k->ac);
	k->writing = true;
	if (k->ac && writable)
		redisAsyncHandleWrite(k->ac);
	k->inside = k->writing = false;
	gone = !k->ac;
	if (gone)
		free(k);
	return !gone;
}

static void on_event(void *who, int events)
{
	handle(who, events & WATCH_READ, events & WATCH_WRITE);
}

/* reading is always armed */
static void ignore(void *who)
{
	(void)who;
}

/* While hiredis writes, this means that the socket took only a part, else that there is something
 * to write. */
static void add_write(void *who)
{
	struct link *k = who;

	if (!k->writing) {
		k->dirty = true;
		loop_wake(k->l);
		return;
	}
	k->blocked = true;
	watch_set(k->watch, WATCH_READ | WATCH_WRITE);
}

static void del_write(void *who)
{
	struct link *k = who;

	k->dirty = false;
	if (k->blocked)
		watch_set(k->watch, WATCH_READ);
	k->blocked = false;
}

static void clean_up(void *who)
{
	struct link *k = who;
	const char *why = k->ac->errstr && k->ac->errstr[0] ? k->ac->errstr : "connection lost";

	if (k->who)
		k->events->broken(k->who, why);
	watch_close(k->watch);
	k->ac = NULL;
	if (!k->inside)
		free(k);
}

/* a failure comes as clean_up() */
static void on_connect(const redisAsyncContext *ac, int status)
{
	struct link *k = ac->data;

	if (status == REDIS_OK && k->who)
		k->events->connected(k->who);
}

static void hook(struct link *k, redisAsyncContext *ac)
{
	ac->data = ac->ev.data = k;
	ac->ev.addRead = ac->ev.delRead = ignore;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = clean_up;
	/* asks for writing at once, which is how it learns that it is connected */
	k->writing = true;
	redisAsyncSetConnectCallback(ac, on_connect);
	k->writing = false;
}

struct link *link_open(struct loop *l, redisAsyncContext *ac, const struct link_events *events,
		       void *who, char *why_r, size_t cap)
{
	struct link *k = calloc(1, sizeof(*k));

	if (k && ac && !ac->err) {
		*k = (struct link){ .ac = ac, .l = l, .events = events, .who = who };
		k->watch = watch_open(l, ac->c.fd, WATCH_READ, on_event, k);
	}
	if (!k || !k->watch) {
		str_copy(why_r, cap, str_of(ac && ac->err ? ac->errstr : "out of resources"));
		if (ac)
			redisAsyncFree(ac);
		free(k);
		return NULL;
	}
	hook(k, ac);
	return k;
}

void link_give_up(struct link *k)
{
	if (!k)
		return;
	k->who = NULL;
	if (!(k->ac->c.flags & (REDIS_DISCONNECTING | REDIS_FREEING)))
		redisAsyncFree(k->ac);
}

bool link_send(struct link *k, size_t argc, const char **argv, const size_t *lengths,
	       redisCallbackFn *fn, void *who)
{
	return redisAsyncCommandArgv(k->ac, fn, who, (int)argc, argv, lengths) == REDIS_OK;
}

bool link_send_written(struct link *k, struct str command, redisCallbackFn *fn, void *who)
{
	return redisAsyncFormattedCommand(k->ac, fn, who, command.p, command.n) == REDIS_OK;
}

void link_flush(struct link *k)
{
	if (k->dirty && !k->blocked)
		handle(k, false, true);
}

/* also when it has ended */
static bool has_bytes(const struct link *k)
{
	char byte;

	return recv(k->ac->c.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

void link_read(struct link *k)
{
	for (int i = 0; i < READS_MAX && has_bytes(k); i++)
		if (!handle(k, true, false))
			return;
}
