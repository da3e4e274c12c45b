/* breakers.c -- report to breakers, probe and read them. */
#include "store/breakers.h"

#include "core/breaker.h"
#include "store/ask.h"
#include "store/published.h"

#define WORD "breakers:"

struct waiting {
	struct store *s;
	breakers_reported_f *on_reported;
	breakers_probe_f *on_probe;
	void *who;
};

static struct waiting *waiting_new(struct store *s, void *who)
{
	struct waiting *w = store_waiting(sizeof(*w));

	w->s = s;
	w->who = who;
	return w;
}

/* --- news --- */

static struct str word_of(struct rkey *room, struct str vendor)
{
	size_t n = (size_t)snprintf(room->text, sizeof(room->text), WORD "%.*s", STR_ARG(vendor));

	return (struct str){ room->text, n < sizeof(room->text) ? n : 0 };
}

bool breakers_news(struct str message, struct str *vendor_r)
{
	struct str number = message, word = str_cut(&number, ' ');

	if (!str_starts(word, STR(WORD)))
		return false;
	*vendor_r = str_sub(word, sizeof(WORD) - 1, word.n);
	return true;
}

static struct str history_of(const struct store *s, struct str vendor)
{
	struct rkey key;

	return store_history_of(s, key_vendor(&key, vendor, "breakers"));
}

/* --- report --- */

struct breaker_rules breaker_rules_of(const struct settings *s)
{
	return (struct breaker_rules){
		.trip = s->breakers_failures * BREAKER_FAILURE,
		.open_min_us = s->breakers_open_min_ms * 1000,
		.open_max_us = s->breakers_open_max_ms * 1000,
		.credential_us = s->breakers_credential_retry_ms * 1000,
		.slow_start_us = s->breakers_slow_start_ms * 1000,
		.block_max_us = s->breakers_block_max_ms * 1000,
		.probes = s->breakers_probes,
	};
}

static void reported(void *who, enum redis_end end, const redisReply *reply)
{
	struct waiting *w = who;
	int64_t now_us = 0;
	bool ok = store_took(w->s, "breakers", end, reply) && reply->elements == 3 &&
		  reply_int(reply->element[1], &now_us);

	if (ok)
		store_saw_clock(w->s, now_us);
	w->on_reported(w->who, ok, ok ? reply_str(reply->element[2]) : STR_NONE);
	free(w);
}

static void ask_rules(struct ask *a, const struct breaker_report *r)
{
	ask_int(a, r->rules.trip);
	ask_int(a, r->rules.open_min_us);
	ask_int(a, r->rules.open_max_us);
	ask_int(a, r->rules.credential_us);
	ask_int(a, r->rules.probes);
	ask_int(a, r->rules.slow_start_us);
	ask_int(a, r->rules.block_max_us);
	ask_int(a, r->chance);
}

static void ask_item(struct ask *a, const struct breaker_item *it)
{
	static const char *const words[] = { [BREAKER_SEEN] = "",
					     [BREAKER_OUT] = "out",
					     [PROBE_GOOD] = "good",
					     [PROBE_BAD] = "bad",
					     [PROBE_GONE] = "gone" };

	ask_str(a, it->name);
	ask_int(a, it->add);
	ask_str(a, str_of(breaker_cause_name(it->cause)));
	ask_int(a, it->block_us);
	ask_str(a, str_of(words[it->what]));
	ask_int(a, it->token);
}

void breakers_report(struct store *s, const struct breaker_report *report, breakers_reported_f *fn,
		     void *who)
{
	struct waiting *w = waiting_new(s, who);
	struct rkey channel, word;
	struct ask a;

	w->on_reported = fn;
	ask_init(&a);
	ask_key(&a, key_vendor(ask_room(&a), report->vendor, "breakers"));
	ask_key(&a, key_vendor(ask_room(&a), report->vendor, "scores"));
	ask_int(&a, s->test_now_us);
	ask_str(&a, published_channel(&channel));
	ask_str(&a, word_of(&word, report->vendor));
	ask_rules(&a, report);
	ask_str(&a, history_of(s, report->vendor));
	for (size_t i = 0; i < report->n; i++)
		ask_item(&a, &report->items[i]);
	ask_script(&a, s, SCRIPT_breaker_report, reported, w);
}

/* --- probe --- */

static void answered(void *who, enum redis_end end, const redisReply *reply)
{
	struct waiting *w = who;
	int64_t token = 0;

	if (!store_took(w->s, "probe", end, reply) || reply->elements != 3 ||
	    !str_is(reply_str(reply->element[0]), "granted") ||
	    !reply_int(reply->element[1], &token))
		token = 0;
	w->on_probe(w->who, token, token ? reply_str(reply->element[2]) : STR_NONE);
	free(w);
}

void breakers_probe(struct store *s, struct str vendor, struct str name, int64_t lease_us,
		    breakers_probe_f *fn, void *who)
{
	struct waiting *w = waiting_new(s, who);
	struct rkey channel, word;
	struct ask a;

	w->on_probe = fn;
	ask_init(&a);
	ask_key(&a, key_vendor(ask_room(&a), vendor, "breakers"));
	ask_int(&a, s->test_now_us);
	ask_str(&a, published_channel(&channel));
	ask_str(&a, word_of(&word, vendor));
	ask_str(&a, name);
	ask_int(&a, lease_us);
	ask_str(&a, history_of(s, vendor));
	ask_int(&a, s->grace_us);
	ask_script(&a, s, SCRIPT_breaker_probe, answered, w);
}

/* --- read --- */

void breakers_read(struct store *s, struct str vendor, hash_read_f *fn, void *who)
{
	struct rkey key;

	hash_read(s, "breakers", key_vendor(&key, vendor, "breakers"), fn, who);
}
