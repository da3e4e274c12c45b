/* fleet.c -- who is there. */
#include "store/fleet.h"

static void ignore(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who, (void)end, (void)reply;
}

void member_tell(struct store *s, const char *role, struct str name, struct str json)
{
	struct rkey key;
	struct str argv[] = { STR("HSET"), key_fleet(&key, role), name, json };

	redis_call(s->redis, COUNT_OF(argv), argv, ignore, NULL);
}

void members_read(struct store *s, const char *role, hash_read_f *fn, void *who)
{
	struct rkey key;

	hash_read(s, "members", key_fleet(&key, role), fn, who);
}

int64_t longest_call_ms(const struct settings *set)
{
	return set->gateway_request_timeout_ms + set->gateway_drain_timeout_ms;
}
