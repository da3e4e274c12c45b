/* redis_slots.c -- slots of keys, and keys of commands. */
#include "io/redis_slots.h"

#define RANGE_LEAST 3 /* elements of a range: first slot, last slot, primary */

static uint16_t crc16(struct str s)
{
	unsigned crc = 0;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned)(unsigned char)s.p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)crc;
}

uint16_t redis_slot(struct str key)
{
	ptrdiff_t from = str_chr(key, '{');
	struct str tag = from < 0 ? STR_NONE : str_sub(key, (size_t)from + 1, key.n);
	ptrdiff_t to = str_chr(tag, '}');

	/* without a tag, or with an empty one, the whole key counts */
	return crc16(to > 0 ? str_sub(tag, 0, (size_t)to) : key) % REDIS_SLOTS;
}

/* commands whose first argument is no key; 0: they have none */
static const struct {
	const char *command;
	size_t count_at, key_at; /* how many keys there are, and the first of them */
} odd[] = {
	{ "EVALSHA", 2, 3 }, { "EVAL", 2, 3 }, { "INFO", 0, 0 }, { "PING", 0, 0 },
	{ "TIME", 0, 0 },    { "WAIT", 0, 0 }, { "ROLE", 0, 0 }, { "SCRIPT", 0, 0 },
};

struct str redis_key_of(size_t argc, const struct str *argv)
{
	size_t count_at = 0, key_at = 1;
	int64_t n = 1;

	for (size_t i = 0; argc > 0 && i < COUNT_OF(odd); i++) {
		if (!str_is(argv[0], odd[i].command))
			continue;
		count_at = odd[i].count_at;
		key_at = odd[i].key_at;
	}
	if (key_at == 0 || key_at >= argc)
		return STR_NONE;
	if (count_at && (!str_i64(argv[count_at], &n) || n < 1))
		return STR_NONE;
	return argv[key_at];
}

static bool is_list(const redisReply *reply, size_t least)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements >= least;
}

bool redis_range_read(const redisReply *reply, struct redis_range *range_r)
{
	const redisReply *first, *last, *host, *port;

	if (!is_list(reply, RANGE_LEAST) || !is_list(reply->element[2], 2))
		return false;
	first = reply->element[0];
	last = reply->element[1];
	host = reply->element[2]->element[0];
	port = reply->element[2]->element[1];
	if (first->type != REDIS_REPLY_INTEGER || last->type != REDIS_REPLY_INTEGER ||
	    port->type != REDIS_REPLY_INTEGER || first->integer < 0 ||
	    last->integer < first->integer || last->integer >= REDIS_SLOTS)
		return false;
	range_r->first = (uint16_t)first->integer;
	range_r->last = (uint16_t)last->integer;
	range_r->port = port->integer;
	range_r->host = host->type == REDIS_REPLY_STRING ? (struct str){ host->str, host->len }
							 : STR_NONE;
	return true;
}
