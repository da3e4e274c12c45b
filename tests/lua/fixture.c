/* fixture.c -- see fixture.h. */
#include "lua/fixture.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/redis_slots.h"

#define PATIENCE_US 10000000

struct fix fix;
const struct lease fix_lease = { .token = 7, .until_us = INT64_MAX };

static const struct model test_model = { .id = { "m", 1 }, .vendor = { "v", 1 } };

void fix_begin(void)
{
	static const char *const extra[] = { "--enable-debug-command", "yes", NULL };

	redis_server_start(&fix.server, extra);
}

void fix_end(void)
{
	redis_server_end(&fix.server);
}

/* --- every call of a script (linked with --wrap=script_call) --- */

void __real_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who);
void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who);

/* a Cluster refuses keys of different slots; and without a key it would not know whom to ask */
void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who)
{
	struct str words = script_words_str(w);
	redisReader *reader = redisReaderCreate();
	uint16_t slot = 0;

	ck_assert_msg(w->n_keys > 0, "%s has no key", scripts[id].name);
	redisReaderFeed(reader, words.p, words.n);
	for (size_t i = 0; i < w->n_keys; i++) {
		redisReply *key = NULL;

		ck_assert_int_eq(redisReaderGetReply(reader, (void **)&key), REDIS_OK);
		ck_assert_ptr_nonnull(key);
		if (i == 0)
			slot = redis_slot(reply_str(key));
		ck_assert_msg(redis_slot(reply_str(key)) == slot, "%s: %s is in another slot",
			      scripts[id].name, key->str);
		freeReplyObject(key);
	}
	redisReaderFree(reader);
	__real_script_call(r, id, w, fn, who);
}

/* --- waiting --- */

static void give_up(void *who)
{
	(void)who;
	ck_abort_msg("Redis gave no answer");
}

static void stop(void *who)
{
	loop_stop(who);
}

void fix_await(const bool *done)
{
	struct timer patience = { .fire = give_up }, soon = { .fire = stop, .who = fix.loop };

	timer_set(fix.loop, &patience, clock_mono_us() + PATIENCE_US);
	while (!*done) {
		timer_set(fix.loop, &soon, clock_mono_us());
		loop_run(fix.loop);
	}
	timer_cancel(fix.loop, &soon);
	timer_cancel(fix.loop, &patience);
}

static bool is_up;

static void on_state(void *who, bool up, const char *why)
{
	(void)who, (void)why;
	is_up = up;
}

/* --- one payer --- */

static void on_put(void *who, enum put_end end, int64_t ver)
{
	(void)ver;
	ck_assert_int_eq(end, PUT_OK);
	*(bool *)who = true;
}

static void create(enum scope s, const char *id, struct str team)
{
	const struct field active = { STR("status"), STR("active") };
	bool done = false;

	record_put(&fix.store, PUT_CREATE, STR("acme"), s, str_of(id), team, &active, 1, on_put,
		   &done);
	fix_await(&done);
}

static void on_payer(void *who, bool ok, const struct payer *payer,
		     const struct payer_skills *skills)
{
	ck_assert(ok);
	ck_assert_ptr_nonnull(payer);
	fix.payer = *payer;
	free(fix.skills.list);
	fix.skills = (struct payer_skills){ calloc(skills->n + 1, sizeof(*skills->list)),
					    skills->n };
	ck_assert_ptr_nonnull(fix.skills.list);
	for (size_t i = 0; i < skills->n; i++)
		fix.skills.list[i] = skills->list[i];
	*(bool *)who = true;
}

void fix_read_payer(void)
{
	bool done = false;

	payer_read(&fix.store, STR("acme"), STR("k1"), on_payer, &done);
	fix_await(&done);
}

void fix_limit(enum scope s, const char *name, const char *value)
{
	static const char *const ids[] = { "acme", "t1", "k1" };
	const struct field field = { str_of(name), str_of(value) };
	bool done = false;

	record_put(&fix.store, PUT_CHANGE, STR("acme"), s, str_of(ids[s]), STR_NONE, &field, 1,
		   on_put, &done);
	fix_await(&done);
	fix_read_payer();
}

void fix_setup(void)
{
	struct redis_conf conf = { .url = fix.server.url,
				   .connect_ms = 2000,
				   .command_ms = 5000,
				   .retry_min_ms = 5,
				   .retry_max_ms = 50,
				   .check_ms = 1000,
				   .max_pending = 10000 };
	struct fault fault;

	fix.raw = redis_server_connect(&fix.server);
	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	fix.loop = loop_new();
	fix.store = (struct store){ .loop = fix.loop,
				    .admit_window_us = SECOND,
				    .tombstone_ms = 900000,
				    .estimate_ms = 40 * 86400000LL,
				    .feedback_ms = FEEDBACK_MS,
				    .ledger_entries = 1000,
				    .test_now_us = T0 };
	is_up = false;
	fix.store.redis = redis_new(fix.loop, &conf, on_state, NULL, &fault);
	ck_assert_ptr_nonnull(fix.store.redis);
	fix_await(&is_up);
	fix.target = (struct target){ .model = &test_model };
	create(SCOPE_org, "acme", STR_NONE);
	create(SCOPE_team, "t1", STR_NONE);
	create(SCOPE_key, "k1", STR("t1"));
	fix_read_payer();
}

void fix_teardown(void)
{
	redis_free(fix.store.redis);
	loop_free(fix.loop);
	redisFree(fix.raw);
	free(fix.skills.list);
	fix.skills = (struct payer_skills){ NULL, 0 };
}

/* --- calls --- */

struct candidate fix_candidate(int64_t fixed_nanos, int64_t token_nanos, int64_t max_tokens,
			       int64_t min_tokens)
{
	return (struct candidate){ .target = &fix.target,
				   .fixed_nanos = fixed_nanos,
				   .output_picos = token_nanos * PICOS_PER_NANO,
				   .max_tokens = max_tokens,
				   .min_tokens = min_tokens,
				   .input_bound = 10,
				   .choices = 1 };
}

struct plan fix_plan(struct candidate c)
{
	return (struct plan){ .candidates = { c }, .n = 1 };
}

void fix_add(struct plan *plan, struct candidate c)
{
	plan->candidates[plan->n++] = c;
}

struct held fix_open(const char *rid)
{
	struct held h;

	books_open(&h, str_of(rid), STR("gw-1"), &fix.payer, NULL, fix.store.test_now_us, TTL_MS);
	return h;
}

struct waiting {
	bool done;
	struct verdict verdict;
	struct settled settled;
	enum expire_end expired;
	int64_t nanos;
};

static void on_verdict(void *who, const struct verdict *v)
{
	struct waiting *w = who;

	w->verdict = *v;
	w->done = true;
}

struct verdict fix_admit(struct held *h, const struct plan *plan)
{
	struct waiting w = { .done = false };

	books_admit(&fix.store, h, plan, on_verdict, &w);
	fix_await(&w.done);
	return w.verdict;
}

struct verdict fix_extend(struct held *h, const struct plan *plan, uint32_t from)
{
	struct waiting w = { .done = false };

	books_extend(&fix.store, h, plan, from, on_verdict, &w);
	fix_await(&w.done);
	return w.verdict;
}

static void on_settled(void *who, enum settle_end end, int64_t over, const char *entry)
{
	struct waiting *w = who;

	w->settled = (struct settled){ .end = end, .over = over };
	str_copy(w->settled.entry, sizeof(w->settled.entry), str_of(entry));
	w->done = true;
}

struct settled fix_settle(const struct held *h, struct charge c)
{
	struct waiting w = { .done = false };

	books_settle(&fix.store, h, &c, on_settled, &w);
	fix_await(&w.done);
	return w.settled;
}

struct settled fix_charge(const struct held *h, int32_t attempt, int64_t cost)
{
	return fix_settle(h, (struct charge){ .attempt = attempt,
					      .cost_nanos = cost,
					      .final = true,
					      .tokens_used = -1 });
}

static void on_expired(void *who, enum expire_end end, int64_t nanos)
{
	struct waiting *w = who;

	w->expired = end;
	w->nanos = nanos;
	w->done = true;
}

enum expire_end fix_expire(const char *rid, int64_t *nanos_r)
{
	return fix_expire_by(&fix_lease, rid, nanos_r);
}

enum expire_end fix_expire_by(const struct lease *lease, const char *rid, int64_t *nanos_r)
{
	struct waiting w = { .done = false };

	books_expire(&fix.store, lease, STR("acme"), str_of(rid), on_expired, &w);
	fix_await(&w.done);
	*nanos_r = w.nanos;
	return w.expired;
}

/* --- looking --- */

int64_t fix_int(const char *format, ...)
{
	int64_t value = -1;
	redisReply *reply;
	va_list ap;

	va_start(ap, format);
	reply = redisvCommand(fix.raw, format, ap);
	va_end(ap);
	ck_assert_msg(reply && reply->type != REDIS_REPLY_ERROR, "%s", reply ? reply->str : "gone");
	if (!reply_int(reply, &value))
		value = -1;
	freeReplyObject(reply);
	return value;
}

const char *fix_text(const char *format, ...)
{
	static char text[256];
	redisReply *reply;
	va_list ap;

	va_start(ap, format);
	reply = redisvCommand(fix.raw, format, ap);
	va_end(ap);
	ck_assert_msg(reply && reply->type != REDIS_REPLY_ERROR, "%s", reply ? reply->str : "gone");
	str_copy(text, sizeof(text), reply_str(reply));
	freeReplyObject(reply);
	return text;
}

const char *fix_dump(void)
{
	return fix_text("DEBUG DIGEST");
}

void fix_expect_budget(enum scope s, enum period p, int64_t spent, int64_t reserved,
		       int64_t suspense)
{
	static const char *const names[] = { "spent", "reserved", "suspense" };
	const int64_t expected[] = { spent, reserved, suspense };
	struct period_span span;
	struct rkey key;

	period_span(p, fix.store.test_now_us, &span);
	key_budget(&key, STR("acme"), s, str_of(fix.payer.scope[s].id), str_of(span.id));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		int64_t there = fix_int("HGET %s %s", key.text, names[i]);

		ck_assert_msg((there == -1 ? 0 : there) == expected[i],
			      "%s %s of %s is %lld, not %lld", scope_name(s), names[i], span.id,
			      (long long)there, (long long)expected[i]);
	}
}

void fix_expect_live(int64_t live)
{
	static const char *const keys[] = { "org", "team:t1", "key:k1" };

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		int64_t there = fix_int("HGET sr:1:{o:acme}:%s live", keys[i]);

		ck_assert_msg((there == -1 ? 0 : there) == live, "live of %s is %lld", keys[i],
			      (long long)there);
	}
}
