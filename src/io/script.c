/*
 * script.c -- EVALSHA, and EVAL when Redis does not know the script.
 *
 * What a script is called with is kept until the answer has come, because a call that
 * met NOSCRIPT is made a second time, with the text. It never changes; what stands
 * before it is written into the room in front of it, once all is counted.
 */
#include "io/script.h"

#include <assert.h>

#include "io/redis_error.h"
#include "io/resp.h"

#define HEAD_WORDS 3 /* "EVALSHA", SHA-1 or text, number of keys */
/* with a SHA-1; a text comes on top */
#define HEAD_BYTES 192
_Static_assert(HEAD_BYTES >= RESP_COUNT + HEAD_WORDS * RESP_MORE + 7 + 40 + I64_DIGITS,
	       "a head fits");
/* most calls need no more */
#define FIRST_BYTES 4096

struct attempt {
	struct redis *r;
	const struct script *script;
	redis_reply_f *fn;
	void *who;
	struct script_words words;
};

/* --- what it is called with --- */

void script_words_init(struct script_words *w)
{
	*w = (struct script_words){ .n_keys = 0 };
	buf_init(&w->bytes, RESP_MAX);
	if (buf_grow(&w->bytes, FIRST_BYTES))
		w->bytes.n = HEAD_BYTES;
}

static void add(struct script_words *w, struct str word)
{
	struct buf *b = &w->bytes;
	size_t most = word.n + RESP_MORE;

	if (b->cap - b->n >= most || buf_grow(b, most))
		b->n = (size_t)(resp_word(b->p + b->n, word) - b->p);
}

void script_key(struct script_words *w, struct str key)
{
	assert(w->n_args == 0);
	add(w, key);
	if (w->n_keys++ == 0 && buf_ok(&w->bytes)) {
		w->key_bytes = key.n;
		w->key_at = w->bytes.n - key.n - 2;
	}
}

void script_arg(struct script_words *w, struct str arg)
{
	add(w, arg);
	w->n_args++;
}

struct str script_words_str(const struct script_words *w)
{
	return str_sub(buf_str(&w->bytes), HEAD_BYTES, w->bytes.n);
}

/* --- calling --- */

static char *write_head(char *to, const struct script_words *w, struct str verb, struct str script)
{
	char digits[I64_DIGITS];

	to = resp_count(to, '*', HEAD_WORDS + w->n_keys + w->n_args);
	to = resp_word(to, verb);
	to = resp_word(to, script);
	return resp_word(to, (struct str){ digits, i64_digits(digits, (int64_t)w->n_keys) });
}

/* absent: it is too long */
static struct str by_sha(const struct attempt *a)
{
	const struct buf *b = &a->words.bytes;
	char head[HEAD_BYTES];
	size_t n = (size_t)(write_head(head, &a->words, STR("EVALSHA"), str_of(a->script->sha)) -
			    head);

	if (!buf_ok(b))
		return STR_NONE;
	memcpy(b->p + HEAD_BYTES - n, head, n);
	return str_sub(buf_str(b), HEAD_BYTES - n, b->n);
}

static struct str by_text(const struct attempt *a, struct buf *b)
{
	struct str text = str_of(a->script->text), words = script_words_str(&a->words);

	if (!buf_grow(b, HEAD_BYTES + text.n + words.n))
		return STR_NONE;
	b->n = (size_t)(write_head(b->p, &a->words, STR("EVAL"), text) - b->p);
	buf_add(b, words);
	return buf_str(b);
}

static void send_it(struct attempt *a, struct str command, redis_reply_f *fn)
{
	struct str all = buf_str(&a->words.bytes);

	redis_call_written(a->r,
			   str_sub(all, a->words.key_at, a->words.key_at + a->words.key_bytes),
			   command, fn, a);
}

static void on_answer(void *who, enum redis_end end, const redisReply *reply)
{
	struct attempt *a = who;

	a->fn(a->who, end, reply);
	buf_release(&a->words.bytes);
	free(a);
}

static void on_first_answer(void *who, enum redis_end end, const redisReply *reply)
{
	struct attempt *a = who;
	struct buf b;

	if (end != REDIS_REPLY || redis_means(reply) != MEANS_SCRIPT) {
		on_answer(who, end, reply);
		return;
	}
	buf_init(&b, RESP_MAX);
	send_it(a, by_text(a, &b), on_answer);
	buf_release(&b);
}

void script_call(struct redis *r, enum script_id id, struct script_words *w, redis_reply_f *fn,
		 void *who)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (!a)
		abort(); /* somebody would wait for ever */
	assert(w->n_keys > 0);
	*a = (struct attempt){ .r = r, .script = &scripts[id], .fn = fn, .who = who, .words = *w };
	buf_init(&w->bytes, RESP_MAX);
	send_it(a, by_sha(a), on_first_answer);
}
