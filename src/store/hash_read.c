/* hash_read.c -- all of a hash in Redis. */
#include "store/hash_read.h"

struct reading {
	struct store *s;
	const char *what;
	hash_read_f *fn;
	void *who;
};

static void got(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	bool ok = store_took(w->s, w->what, end, reply);
	size_t n = ok ? reply->elements / 2 : 0;
	struct str *fields = store_waiting((n + 1) * sizeof(*fields));
	struct str *values = store_waiting((n + 1) * sizeof(*values));

	for (size_t i = 0; i < n; i++) {
		fields[i] = reply_str(reply->element[2 * i]);
		values[i] = reply_str(reply->element[2 * i + 1]);
	}
	w->fn(w->who, ok, n, fields, values);
	free(fields);
	free(values);
	free(w);
}

void hash_read(struct store *s, const char *what, struct str key, hash_read_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));
	const struct str argv[] = { STR("HGETALL"), key };

	*w = (struct reading){ s, what, fn, who };
	redis_call(s->redis, COUNT_OF(argv), argv, got, w);
}
