/* kept.c -- settles until they are durable. */
#include "core/kept.h"

#include <stddef.h>

void kept_init(struct kept *k, uint32_t most, int64_t window_us)
{
	*k = (struct kept){ .most = most, .window_us = window_us };
	TAILQ_INIT(&k->items);
}

void kept_add(struct kept *k, struct kept_item *item, int64_t now_us)
{
	item->number = ++k->newest;
	item->since_us = now_us;
	TAILQ_INSERT_TAIL(&k->items, item, next);
	k->n++;
}

void kept_waited(struct kept *k, uint64_t newest, uint32_t replicas, uint32_t acknowledged,
		 int64_t now_us)
{
	if (!k->asked_us)
		k->asked_us = now_us;
	if (replicas > 0)
		k->replica_us = now_us;
	if (replicas >= k->replicas ||
	    now_us - k->replicas_us >= KEPT_WINDOWS_MOST * k->window_us) {
		k->replicas = replicas;
		k->replicas_us = now_us;
	}
	if (acknowledged > 0 && newest > k->on_one)
		k->on_one = newest;
	if (acknowledged > 0 && acknowledged >= k->replicas && newest > k->on_all &&
	    now_us - k->asked_us >= k->window_us)
		k->on_all = newest;
}

static bool is_durable(const struct kept *k, const struct kept_item *i, int64_t now_us)
{
	int64_t age_us = now_us - i->since_us;
	bool alone = k->replica_us && now_us - k->replica_us < KEPT_WINDOWS_MOST * k->window_us;

	if (i->number <= k->on_all)
		return true;
	if (i->number <= k->on_one || !alone)
		return age_us >= k->window_us;
	return age_us >= KEPT_WINDOWS_MOST * k->window_us;
}

void kept_take(struct kept *k, struct kept_item *item)
{
	TAILQ_REMOVE(&k->items, item, next);
	k->n--;
}

struct kept_item *kept_let_go(struct kept *k, int64_t now_us, bool there, bool *lost_r)
{
	struct kept_item *i = TAILQ_FIRST(&k->items);
	bool durable = i && there && is_durable(k, i, now_us);

	*lost_r = i && !durable && k->n > k->most;
	if (!durable && !*lost_r)
		return NULL;
	kept_take(k, i);
	return i;
}
