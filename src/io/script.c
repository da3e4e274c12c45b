/*
 * script.c -- EVALSHA, and EVAL when Redis does not know the script.
 *
 * The arguments are kept until the answer has come, because a call that met
 * NOSCRIPT is made a second time, with the text.
 */
#include "io/script.h"

#include "io/redis_error.h"

#define HEAD_ARGS 3 /* "EVALSHA", SHA-1 or text, number of keys */

struct attempt {
	struct redis *r;
	const struct script *script;
	redis_reply_f *fn;
	void *who;
	char n_keys[I64_DIGITS];
	size_t argc;
	struct str argv[]; /* and behind them the bytes */
};

static struct attempt *attempt_new(size_t argc, size_t bytes)
{
	struct attempt *a = calloc(1, sizeof(*a) + argc * sizeof(struct str) + bytes);

	if (!a)
		abort(); /* somebody would wait for ever */
	a->argc = argc;
	return a;
}

static size_t bytes_of(size_t n, const struct str *v)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += v[i].n;
	return bytes;
}

/* copies v to the bytes at *to and the slices to dst */
static void copy(struct str *dst, char **to, size_t n, const struct str *v)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].n)
			memcpy(*to, v[i].p, v[i].n);
		dst[i] = (struct str){ *to, v[i].n };
		*to += v[i].n;
	}
}

static void on_answer(void *who, enum redis_end end, const redisReply *reply)
{
	struct attempt *a = who;

	a->fn(a->who, end, reply);
	free(a);
}

static void on_first_answer(void *who, enum redis_end end, const redisReply *reply)
{
	struct attempt *a = who;

	if (end != REDIS_REPLY || redis_means(reply) != MEANS_SCRIPT) {
		on_answer(who, end, reply);
		return;
	}
	a->argv[0] = STR("EVAL");
	a->argv[1] = str_of(a->script->text);
	redis_call(a->r, a->argc, a->argv, on_answer, a);
}

void script_call(struct redis *r, enum script_id id, size_t n_keys, const struct str *keys,
		 size_t n_args, const struct str *args, redis_reply_f *fn, void *who)
{
	size_t argc = HEAD_ARGS + n_keys + n_args;
	struct attempt *a = attempt_new(argc, bytes_of(n_keys, keys) + bytes_of(n_args, args));
	char *bytes = (char *)&a->argv[argc];

	a->r = r;
	a->script = &scripts[id];
	a->fn = fn;
	a->who = who;
	a->argv[0] = STR("EVALSHA");
	a->argv[1] = str_of(a->script->sha);
	a->argv[2] = (struct str){ a->n_keys, i64_digits(a->n_keys, (int64_t)n_keys) };
	copy(&a->argv[HEAD_ARGS], &bytes, n_keys, keys);
	copy(&a->argv[HEAD_ARGS + n_keys], &bytes, n_args, args);
	redis_call(r, argc, a->argv, on_first_answer, a);
}
