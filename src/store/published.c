/* published.c -- publish, and read what is published. */
#include "store/published.h"

#include "store/ask.h"

#define NEWS "news"

static const struct {
	const char *number_key, *text_key; /* of the fleet */
	const char *word; /* what the number is called, in the hash and in the message */
} infos[PUBLISHED_COUNT] = {
	[PUBLISHED_CATALOG] = { "epoch", "catalog", "epoch" },
	[PUBLISHED_SNAPSHOT] = { "version", "snapshot", "version" },
};

struct publishing {
	struct store *s;
	publish_f *fn;
	void *who;
};

static void on_published(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = {
		[PUBLISH_OK] = "ok", [PUBLISH_SAME] = "same", [PUBLISH_FENCED] = "fenced"
	};
	struct publishing *w = who;
	enum publish_end what = PUBLISH_LOST;
	int64_t number = 0;

	if (store_took(w->s, "publish", end, reply) && reply->elements == 2 &&
	    reply_int(reply->element[1], &number))
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum publish_end)i;
	w->fn(w->who, what, number);
	free(w);
}

void publish(struct store *s, enum published_what what, const struct lease *lease, struct str hash,
	     struct str text, publish_f *fn, void *who)
{
	struct publishing *w = store_waiting(sizeof(*w));
	struct rkey channel;
	struct ask a;

	*w = (struct publishing){ .s = s, .fn = fn, .who = who };
	ask_init(&a);
	ask_key(&a, key_fleet(ask_room(&a), "token"));
	ask_key(&a, key_fleet(ask_room(&a), infos[what].number_key));
	ask_key(&a, key_fleet(ask_room(&a), infos[what].text_key));
	ask_int(&a, s->test_now_us);
	ask_lease(&a, lease);
	ask_str(&a, hash);
	ask_str(&a, text);
	ask_str(&a, published_channel(&channel));
	ask_str(&a, str_of(infos[what].word));
	ask_script(&a, s, SCRIPT_publish, on_published, w);
}

struct str published_channel(struct rkey *room)
{
	return key_fleet(room, NEWS);
}

bool published_news(struct str message, enum published_what *what_r, int64_t *number_r)
{
	struct str number = message, word = str_cut(&number, ' ');

	for (int i = 0; i < PUBLISHED_COUNT; i++) {
		if (!str_is(word, infos[i].word))
			continue;
		*what_r = (enum published_what)i;
		return str_i64(number, number_r);
	}
	return false;
}

struct reading {
	struct store *s;
	published_number_f *on_number;
	published_f *on_text;
	void *who;
};

static void got_number(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	int64_t number = 0;
	bool ok = store_took(w->s, "published", end, reply) &&
		  (reply->type == REDIS_REPLY_NIL || reply_int(reply, &number));

	w->on_number(w->who, ok, number);
	free(w);
}

void published_number(struct store *s, enum published_what what, published_number_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("GET"), key_fleet(&key, infos[what].number_key) };

	*w = (struct reading){ .s = s, .on_number = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, got_number, w);
}

static void got_text(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	struct published p = { .number = 0 };
	bool ok = store_took(w->s, "published", end, reply) && reply->elements == 4;

	/* a number without a text is nothing published */
	if (ok && reply_int(reply->element[0], &p.number)) {
		p.hash = reply_str(reply->element[1]);
		p.text = reply_str(reply->element[2]);
		/* texts of older versions have no time, and may stand for long: it is not needed */
		if (!reply_int(reply->element[3], &p.at_us))
			p.at_us = 0;
	}
	w->on_text(w->who, ok, &p);
	free(w);
}

void published_read(struct store *s, enum published_what what, published_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HMGET"),
			      key_fleet(&key, infos[what].text_key),
			      str_of(infos[what].word),
			      STR("hash"),
			      STR("text"),
			      STR("at") };

	*w = (struct reading){ .s = s, .on_text = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, got_text, w);
}
