/* lead.c -- the lease: take it, keep it, notice that it is lost, hand it back. */
#include "base/log.h"
#include "coord/coordinator.h"

static void ask_in(struct coordinator *c, int64_t us)
{
	timer_set(c->loop, &c->ask, loop_now_us(c->loop) + us);
}

static void lose(struct coordinator *c, const char *why)
{
	if (!c->leading)
		return;
	c->leading = false;
	jobs_stop(c);
	log_say(LOG_WARN, "not_leading", "%s: %s", c->id, why);
}

bool lead_holds(const struct coordinator *c)
{
	return c->leading && loop_now_us(c->loop) < c->trusted_until_us &&
	       str_eq(str_of(c->history), lease_history(&c->store));
}

static void won(struct coordinator *c, const struct lease *lease)
{
	bool new = !c->leading || lease->token != c->lease.token;

	c->leading = true;
	c->lease = *lease;
	str_copy(c->history, sizeof(c->history), lease_history(&c->store));
	c->trusted_until_us = c->asked_us + c->lease_ms * 700;
	if (!new)
		return;
	log_say(LOG_INFO, "leading", "%s, token %lld", c->id, (long long)lease->token);
	if (!c->stopping)
		jobs_start(c);
}

/* a standby looks again when the other's lease ends, if nobody has renewed it by then */
static int64_t standby_us(const struct coordinator *c, bool ok, const struct lease *other)
{
	int64_t us = c->standby_ms * 1000;
	int64_t left_us = ok ? other->until_us - store_now_us(&c->store) + 1000 : us;

	return left_us > 0 && left_us < us ? left_us : us;
}

static void answered(void *who, bool ok, bool mine, const struct lease *lease)
{
	struct coordinator *c = who;

	c->asking = false;
	if (mine)
		won(c, lease);
	else if (ok)
		lose(c, "another one leads");
	else if (c->leading && loop_now_us(c->loop) >= c->trusted_until_us)
		lose(c, "Redis did not renew the lease in time");
	if (c->stopping)
		lead_hand_back(c);
	else
		ask_in(c, c->leading ? c->lease_ms * 1000 / 4 : standby_us(c, ok, lease));
}

static void ask(void *who)
{
	struct coordinator *c = who;

	c->asking = true;
	c->asked_us = loop_now_us(c->loop);
	if (c->leading)
		lease_renew(&c->store, str_of(c->id), c->lease.token, c->lease_ms, answered, c);
	else
		lease_take(&c->store, str_of(c->id), c->lease_ms, answered, c);
}

/* Who has left says so: then nobody need wait. */
static void heard(void *who, enum redis_end end, const redisReply *reply)
{
	struct coordinator *c = who;

	if (end == REDIS_REPLY && reply->elements == 3 &&
	    lease_news(reply_str(reply->element[2])) && !c->leading && !c->asking)
		ask_in(c, 0);
}

static void news_changed(void *who, bool up, const char *why)
{
	(void)who, (void)up, (void)why; /* without news one looks every standby_interval */
}

void lead_start(struct coordinator *c)
{
	struct fault fault;
	struct rkey room;

	c->lease_ms = c->settings->coordinator_lease_ms;
	c->standby_ms = c->settings->coordinator_standby_interval_ms;
	c->news = store_connect(c->loop, c->settings,
				c->redis_password ? secret_text(c->redis_password) : NULL,
				news_changed, c, &fault);
	if (c->news)
		redis_subscribe(c->news, published_channel(&room), heard, c);
	c->ask = (struct timer){ .fire = ask, .who = c };
	ask_in(c, 0);
}

static void handed_back(void *who, bool ok, bool mine, const struct lease *lease)
{
	struct coordinator *c = who;

	(void)ok, (void)mine, (void)lease;
	loop_stop(c->loop);
}

void lead_hand_back(struct coordinator *c)
{
	if (c->asking || jobs_run(c) || c->handed_back)
		return;
	c->handed_back = true;
	if (c->leading)
		lease_drop(&c->store, str_of(c->id), c->lease.token, handed_back, c);
	else
		loop_stop(c->loop);
}

void lead_stop(struct coordinator *c)
{
	if (c->stopping) {
		c->handed_back = true;
		loop_stop(c->loop);
		return;
	}
	c->stopping = true;
	timer_cancel(c->loop, &c->ask);
	jobs_stop(c);
	lead_hand_back(c);
}
