/*
 * target_redis.c -- whatever Redis replies, of whatever shape, every question gets exactly
 * one answer, and an answer that is taken can be used.
 *
 * redis_call() and redis_call_written() are replaced (ld --wrap): a question takes the next
 * reply from the input, which is Redis' protocol as hiredis reads it.
 */
#include <fcntl.h>

#include "base/log.h"
#include "fuzz.h"
#include "io/redis.h"
#include "io/redis_error.h"
#include "io/redis_info.h"
#include "io/redis_slots.h"
#include "store/books.h"
#include "store/feedback.h"
#include "store/fleet.h"
#include "store/health.h"
#include "store/held.h"
#include "store/pace.h"
#include "store/payer.h"
#include "store/published.h"
#include "store/survey.h"

/* questions of one kind: the first, and those that its answers lead to */
#define MOST_QUESTIONS 8

static struct store store;
static struct plan plan;
static int answers; /* to the first question */

/* --- questions and replies --- */

static struct {
	redis_reply_f *fn;
	void *who;
} waiting[MOST_QUESTIONS];
static size_t n_waiting;

void __wrap_redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn,
		       void *who);

void __wrap_redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn,
		       void *who)
{
	(void)r;
	for (size_t i = 0; i < argc; i++)
		HOLDS(!str_absent(argv[i]), "argument %zu is absent", i);
	HOLDS(n_waiting < MOST_QUESTIONS, "more questions than there should be");
	waiting[n_waiting].fn = fn;
	waiting[n_waiting++].who = who;
}

void __wrap_redis_call_written(struct redis *r, struct str key, struct str command,
			       redis_reply_f *fn, void *who);

/* calls of scripts */
void __wrap_redis_call_written(struct redis *r, struct str key, struct str command,
			       redis_reply_f *fn, void *who)
{
	const struct str argv[] = { key, command };

	__wrap_redis_call(r, COUNT_OF(argv), argv, fn, who);
}

static void answer_all(redisReader *reader)
{
	for (size_t i = 0; i < n_waiting; i++) {
		void *reply = NULL;

		if (redisReaderGetReply(reader, &reply) != REDIS_OK)
			reply = NULL;
		waiting[i].fn(waiting[i].who, reply ? REDIS_REPLY : REDIS_LOST, reply);
		if (reply)
			freeReplyObject(reply);
	}
	n_waiting = 0;
}

/* --- what is made of the answers --- */

static void text_must_end(const char *text, size_t room)
{
	HOLDS(memchr(text, '\0', room), "a text without an end");
}

static void on_payer(void *who, bool ok, const struct payer *p, const struct payer_skills *skills)
{
	(void)who;
	answers++;
	HOLDS(ok || !p, "a payer, and no answer");
	for (size_t i = 0; i < skills->n; i++)
		HOLDS(skills->list[i].mass >= 0 && skills->list[i].mean >= 0 &&
			      skills->list[i].mean <= 1,
		      "a skill of %g, %g", (double)skills->list[i].mean,
		      (double)skills->list[i].mass);
	if (!p)
		return;
	for (int s = 0; s < SCOPE_COUNT; s++)
		HOLDS(id_is_good(str_of(p->scope[s].id)) && p->scope[s].ver != 0, "%s %s",
		      scope_name((enum scope)s), p->scope[s].id);
	text_must_end(p->digest, sizeof(p->digest));
	text_must_end(p->models, sizeof(p->models));
}

static void on_verdict(void *who, const struct verdict *v)
{
	(void)who;
	answers++;
	HOLDS(v->kind != VERDICT_OK || v->chosen < plan.n, "candidate %u of %u", v->chosen, plan.n);
	HOLDS(v->kind != VERDICT_OK || (v->reserved_nanos >= 0 && v->max_tokens >= 0),
	      "%lld reserved for %lld tokens", (long long)v->reserved_nanos,
	      (long long)v->max_tokens);
}

static void on_reservation(void *who, bool ok, const struct reservation *res)
{
	char text[HELD_TEXT], payer[2 * ID_MAX];
	struct cells cells;

	(void)who;
	answers++;
	HOLDS(ok || !res, "a reservation, and no answer");
	if (!res)
		return;
	held_budgets(&res->held, &cells);
	held_text(&res->held, &cells, text);
	held_rates(&res->held, false, &cells);
	held_text(&res->held, &cells, text);
	held_payer(&res->held, payer);
}

static void on_rids(void *who, bool ok, size_t n, const struct str *rids)
{
	(void)who;
	(void)rids;
	answers++;
	HOLDS(ok || n == 0, "ids, and no answer");
}

static void on_record(void *who, bool ok, size_t n, const struct field *fields)
{
	(void)who;
	answers++;
	HOLDS(ok || n == 0, "fields, and no answer");
	for (size_t i = 0; i < n; i++)
		HOLDS(fields[i].name.n <= FUZZ_ROOM && fields[i].value.n <= FUZZ_ROOM, "no slice");
}

static void on_budget(void *who, bool ok, const struct budget_state *b)
{
	(void)who;
	(void)ok;
	(void)b;
	answers++;
}

static void on_pace(void *who, bool ok, const struct pace_seen *seen, const struct pace *pace)
{
	struct pace next = *pace;

	(void)who;
	answers++;
	HOLDS(!ok || pace_tick(&next, seen) >= 0, "no multiplier");
}

static void on_settled(void *who, enum settle_end end, int64_t over_nanos, const char *entry)
{
	(void)who, (void)over_nanos, (void)entry;
	answers++;
	HOLDS(end >= SETTLE_OK && end <= SETTLE_REFUSED, "no such end");
}

static void on_expired(void *who, enum expire_end end, int64_t nanos)
{
	(void)who;
	(void)nanos;
	answers++;
	HOLDS(end >= EXPIRE_OK && end <= EXPIRE_LOST, "no such end");
}

static void on_put(void *who, enum put_end end, int64_t ver)
{
	(void)who;
	(void)ver;
	answers++;
	HOLDS(end >= PUT_OK && end <= PUT_LOST, "no such end");
}

static void on_epoch(void *who, bool ok, int64_t epoch)
{
	(void)who;
	(void)ok;
	(void)epoch;
	answers++;
}

static void on_catalog(void *who, bool ok, const struct published *p)
{
	(void)who;
	answers++;
	HOLDS(ok || str_absent(p->text), "a catalog, and no answer");
}

static void on_tallies(void *who, bool ok, size_t n, const struct str *names,
		       const struct str *texts)
{
	(void)who;
	(void)names;
	(void)texts;
	answers++;
	HOLDS(ok || n == 0, "tallies, and no answer");
}

static void on_warm(void *who, bool ok, size_t n, const struct health_warm *warm)
{
	(void)who;
	(void)warm;
	answers++;
	HOLDS(ok || n == 0, "warm prefixes, and no answer");
}

static void on_members(void *who, bool ok, size_t n, const struct str *names,
		       const struct str *json)
{
	(void)who;
	(void)names;
	(void)json;
	answers++;
	HOLDS(ok || n == 0, "members, and no answer");
}

static void on_lease(void *who, bool ok, bool mine, const struct lease *lease)
{
	(void)who;
	(void)lease;
	answers++;
	HOLDS(ok || !mine, "a lease, and no answer");
}

/* people's questions have one reader for each; any reply may come for any of them */
static void on_survey(void *who, enum redis_end end, const redisReply *reply)
{
	struct survey_server server;
	struct ledger_entry entry;
	struct str name;
	int64_t number;
	size_t n;

	(void)who;
	answers++;
	if (end != REDIS_REPLY)
		return;
	survey_server_read(reply, &server);
	survey_leader_read(reply, &name);
	survey_number_read(reply, &number);
	survey_ledger_note_read(reply);
	if (survey_suspense_read(reply, &n))
		for (size_t i = 0; i < n; i++)
			survey_suspense_at(reply, i);
	if (survey_ledger_read(reply, &n))
		for (size_t i = 0; i < n; i++)
			survey_ledger_at(reply, i, &entry);
}

/* what the connections themselves read: errors that point elsewhere, slots, INFO */
static void on_words(void *who, enum redis_end end, const redisReply *reply)
{
	struct redis_range range;
	struct redis_info info;
	struct str host;
	uint16_t slot;
	int64_t port;

	(void)who;
	answers++;
	if (end != REDIS_REPLY)
		return;
	if (redis_means(reply) != MEANS_NONE && redis_pointer(reply, &slot, &host, &port))
		HOLDS(slot < REDIS_SLOTS, "slot %u", slot);
	if (redis_range_read(reply, &range))
		HOLDS(range.first <= range.last && range.last < REDIS_SLOTS, "%u to %u",
		      range.first, range.last);
	if (reply->type == REDIS_REPLY_STRING &&
	    redis_info_read((struct str){ reply->str, reply->len }, &info))
		text_must_end(info.history, sizeof(info.history));
}

static void on_given(void *who, enum feedback_end end, const struct rated *answer)
{
	(void)who;
	answers++;
	HOLDS((end == FEEDBACK_GONE || end == FEEDBACK_LOST) == !answer, "%d, and an answer", end);
	if (answer)
		HOLDS(id_is_good(str_of(answer->team)) && id_is_good(str_of(answer->key)) &&
			      answer->model[0] && answer->task[0],
		      "%s %s %s", answer->team, answer->key, answer->task);
}

/* --- the questions --- */

#define ORG STR("acme")
#define RID STR("r1")

static struct held held_of(void)
{
	struct payer payer = { .expires_us = 0 };
	struct held h;

	str_copy(payer.scope[SCOPE_org].id, ID_MAX, ORG);
	str_copy(payer.scope[SCOPE_team].id, ID_MAX, STR("team"));
	str_copy(payer.scope[SCOPE_key].id, ID_MAX, STR("key"));
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&payer.scope[s].limits);
	payer.scope[SCOPE_team].limits.budget_nanos[PERIOD_month] = 1000;
	payer.scope[SCOPE_key].limits.rate[RATE_rpm] = 10;
	books_open(&h, RID, STR("gateway"), &payer, NULL, 1700000000000000, 60000);
	return h;
}

static void ask_admit(void)
{
	static struct held h;

	h = held_of();
	books_admit(&store, &h, &plan, on_verdict, NULL);
}

static void ask_extend(void)
{
	static struct held h;

	h = held_of();
	h.attempts = 1;
	books_extend(&store, &h, &plan, 1, on_verdict, NULL);
}

static void ask_settle(void)
{
	const struct charge charge = { .attempt = 1, .final = true, .tokens_used = -1 };
	struct held h = held_of();

	books_settle(&store, &h, &charge, on_settled, NULL);
}

static void ask_payer(void)
{
	payer_read(&store, ORG, STR("key"), on_payer, NULL);
}

static void ask_feedback(void)
{
	const struct feedback feedback = { RID, FEEDBACK_WHOLE, FEEDBACK_WHOLE };

	feedback_give(&store, ORG, STR("team"), &feedback, on_given, NULL);
}

static void ask_reservation(void)
{
	books_read(&store, ORG, RID, on_reservation, NULL);
}

static void ask_expire(void)
{
	static const struct lease lease = { .token = 1, .until_us = INT64_MAX };

	books_expire(&store, &lease, ORG, RID, on_expired, NULL);
}

static void ask_overdue(void)
{
	books_overdue(&store, ORG, 10, on_rids, NULL);
}

static void ask_record(void)
{
	record_read(&store, ORG, SCOPE_key, STR("key"), on_record, NULL);
}

static void ask_drop(void)
{
	record_drop(&store, ORG, SCOPE_key, STR("key"), on_put, NULL);
}

static void ask_budget(void)
{
	budget_read(&store, ORG, SCOPE_key, STR("key"), STR("t"), on_budget, NULL);
}

static void ask_paced(void)
{
	paced_list(&store, ORG, 0, 10, on_rids, NULL);
}

static void ask_pace(void)
{
	struct paced p = { .org = "acme", .id = "key", .scope = SCOPE_key };

	period_span(PERIOD_hour, store_now_us(&store), &p.span);
	pace_read(&store, &p, on_pace, NULL);
}

static void ask_epoch(void)
{
	published_number(&store, PUBLISHED_CATALOG, on_epoch, NULL);
}

static void ask_catalog(void)
{
	published_read(&store, PUBLISHED_CATALOG, on_catalog, NULL);
}

static void ask_tallies(void)
{
	health_tallies(&store, STR("openai"), on_tallies, NULL);
}

static void ask_warm(void)
{
	health_warm(&store, STR("openai"), on_warm, NULL);
}

static void ask_members(void)
{
	members_read(&store, "gateways", on_members, NULL);
}

static void ask_leader(void)
{
	lease_take(&store, STR("me"), 3000, on_lease, NULL);
}

static void ask_survey(void)
{
	survey_server(&store, on_survey, NULL);
}

static void ask_words(void)
{
	static const struct str argv[] = { { "INFO", 4 } };

	redis_call(NULL, COUNT_OF(argv), argv, on_words, NULL);
}

static void (*const questions[])(void) = {
	ask_admit,   ask_extend,   ask_settle,  ask_payer,  ask_reservation, ask_expire,
	ask_overdue, ask_record,   ask_drop,    ask_budget, ask_paced,       ask_pace,
	ask_epoch,   ask_catalog,  ask_members, ask_leader, ask_survey,      ask_tallies,
	ask_warm,    ask_feedback, ask_words,
};

static void prepare(void)
{
	static const struct target target;

	log_setup(LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
	store.loop = loop_new();
	store.test_now_us = 1700000000000000;
	store.test_history = "run1-0"; /* there is no connection that would know it */
	plan.n = 2;
	for (uint32_t i = 0; i < plan.n; i++)
		plan.candidates[i] = (struct candidate){ .target = &target,
							 .max_tokens = 100,
							 .min_tokens = 100 };
}

/* "*99999": hiredis makes room for as many elements before it has seen one */
static bool announces_too_much(struct str in)
{
	size_t digits = 0;
	bool counts = false;

	for (size_t i = 0; i < in.n; i++) {
		bool digit = in.p[i] >= '0' && in.p[i] <= '9';

		digits = digit ? digits + 1 : 0;
		counts = digit ? counts : in.p[i] == '*' || in.p[i] == '%' || in.p[i] == '~';
		if (counts && digits > 4)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	uint64_t which = fuzz_choose(&in, COUNT_OF(questions) - 1);
	redisReader *reader;

	if (announces_too_much(in))
		return 0;
	reader = redisReaderCreate();
	if (!store.loop)
		prepare();
	answers = 0;
	redisReaderFeed(reader, in.p, in.n);
	questions[which]();
	answer_all(reader);
	HOLDS(answers == 1, "%d answers to question %d", answers, (int)which);
	redisReaderFree(reader);
	return 0;
}
