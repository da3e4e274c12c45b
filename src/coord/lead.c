/* lead.c -- the lease: take it, keep it, notice that it is lost, hand it back. */
#include "base/log.h"
#include "coord/coordinator.h"

static void ask(void *who);

static void ask_in(struct coordinator *c, int64_t ms)
{
	c->lease = (struct timer){ .fire = ask, .who = c };
	timer_set(c->loop, &c->lease, loop_now_us(c->loop) + ms * 1000);
}

static int64_t lease_ms(const struct coordinator *c)
{
	return c->settings->coordinator_lease_ms;
}

static void lose(struct coordinator *c, const char *why)
{
	if (!c->leading)
		return;
	c->leading = false;
	jobs_stop(c);
	log_say(LOG_WARN, "not_leading", "%s: %s", c->id, why);
}

static void won(struct coordinator *c, int64_t token)
{
	bool new = !c->leading;

	c->leading = true;
	c->token = token;
	c->lease_until_us = c->asked_us + lease_ms(c) * 700;
	if (!new)
		return;
	log_say(LOG_INFO, "leading", "%s, token %lld", c->id, (long long)token);
	jobs_start(c);
}

static void answered(void *who, bool ok, bool mine, int64_t token)
{
	struct coordinator *c = who;

	if (mine)
		won(c, token);
	else if (ok)
		lose(c, "another one leads");
	else if (c->leading && loop_now_us(c->loop) >= c->lease_until_us)
		lose(c, "Redis did not renew the lease in time");
	ask_in(c, c->leading ? lease_ms(c) / 4 : c->settings->coordinator_standby_interval_ms);
}

static void ask(void *who)
{
	struct coordinator *c = who;

	c->asked_us = loop_now_us(c->loop);
	if (c->leading)
		lease_renew(&c->store, str_of(c->id), c->token, lease_ms(c), answered, c);
	else
		lease_take(&c->store, str_of(c->id), lease_ms(c), answered, c);
}

void lead_start(struct coordinator *c)
{
	ask_in(c, 0);
}

struct handing_back {
	struct coordinator *coordinator;
	void (*done)(struct coordinator *c);
};

static void handed_back(void *who, bool ok, bool mine, int64_t token)
{
	struct handing_back h = *(struct handing_back *)who;

	(void)ok;
	(void)mine;
	(void)token;
	free(who);
	h.done(h.coordinator);
}

void lead_stop(struct coordinator *c, void (*done)(struct coordinator *c))
{
	struct handing_back *h;

	timer_cancel(c->loop, &c->lease);
	jobs_stop(c);
	if (!c->leading || !(h = malloc(sizeof(*h)))) {
		done(c);
		return;
	}
	c->leading = false;
	*h = (struct handing_back){ c, done };
	lease_drop(&c->store, str_of(c->id), c->token, handed_back, h);
}
