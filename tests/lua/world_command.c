/*
 * world_command.c -- commands and their fates.
 *
 * The program is linked with --wrap=script_call, so that every call of a script
 * comes by here: it may be made, made without its answer being told, not made, or
 * kept for later. The oracle executes a command at the moment Redis does.
 */
#include "io/script.h"
#include "lua/world.h"

/* the real one */
void __real_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who);
void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who);

#define MOST_STRINGS 256
/* res, open, suspense */
#define KEYS_OF_BLIND_EXPIRE 3

/* a script call that is kept; and what the oracle has to do when it is made */
struct zombie {
	enum script_id script;
	struct script_words words;
	struct held held;
	struct plan plan;
	uint32_t from;
	int32_t attempt;
	struct charge charge;
	char rid[RID_MAX];
	int64_t not_after_us;
};

/* the command that is being called, for when it is to become a zombie */
static struct zombie now;

/* --- answers that do not come --- */

struct unanswered {
	struct timer timer;
	redis_reply_f *fn;
	void *who;
};

static void tell_lost(void *who)
{
	struct unanswered *u = who;

	u->fn(u->who, REDIS_LOST, NULL);
	free(u);
}

static void answer_lost(redis_reply_f *fn, void *who)
{
	struct unanswered *u = calloc(1, sizeof(*u));

	*u = (struct unanswered){ .timer = { .fire = tell_lost, .who = u }, .fn = fn, .who = who };
	timer_set(world.loop, &u->timer, 0);
}

static void swallow(void *who, enum redis_end end, const redisReply *reply)
{
	struct unanswered *u = who;

	(void)end, (void)reply;
	u->fn(u->who, REDIS_LOST, NULL);
	free(u);
}

/* --- rules that are off --- */

/* the script's text with one place changed, which must be there exactly once */
static const char *text_without(enum script_id id, const char *find, const char *replace)
{
	static char text[65536];
	const char *from = scripts[id].text, *at = strstr(from, find);

	if (!at || strstr(at + 1, find)) {
		world_trouble("the rule is not found in %s.lua", scripts[id].name);
		return from;
	}
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - from), from, replace,
		 at + strlen(find));
	return text;
}

static const char *changed_text(enum script_id id)
{
	if (world.off == RULE_R2 && id == SCRIPT_settle)
		return text_without(id, "if r[s] == 'S' then", "if false then");
	if (world.off == RULE_R5 && id == SCRIPT_expire)
		return text_without(id, "shift('reserved', 'suspense', tonumber(r['r' .. i]))",
				    "move.reserved = move.reserved - r['r' .. i]");
	return NULL;
}

/* the words as they were before they were written; how many */
static size_t read_words(const struct script_words *w, redisReply *read[MOST_STRINGS])
{
	struct str words = script_words_str(w);
	redisReader *reader = redisReaderCreate();
	size_t n = w->n_keys + w->n_args;

	if (n > MOST_STRINGS)
		abort();
	redisReaderFeed(reader, words.p, words.n);
	for (size_t i = 0; i < n; i++)
		if (redisReaderGetReply(reader, (void **)&read[i]) != REDIS_OK || !read[i])
			abort();
	redisReaderFree(reader);
	return n;
}

static void free_words(redisReply *read[MOST_STRINGS], size_t n)
{
	for (size_t i = 0; i < n; i++)
		freeReplyObject(read[i]);
}

/* the script is another one than its SHA-1 would name */
static void call_text(const char *text, const struct script_words *w, redis_reply_f *fn, void *who)
{
	redisReply *read[MOST_STRINGS];
	size_t n = read_words(w, read);
	struct str argv[3 + MOST_STRINGS];
	char count[12];

	snprintf(count, sizeof(count), "%zu", w->n_keys);
	argv[0] = STR("EVAL");
	argv[1] = str_of(text);
	argv[2] = str_of(count);
	for (size_t i = 0; i < n; i++)
		argv[3 + i] = reply_str(read[i]);
	redis_call(world.store.redis, 3 + n, argv, fn, who);
	free_words(read, n);
}

static void call(enum script_id id, struct script_words *w, redis_reply_f *fn, void *who)
{
	const char *text = changed_text(id);

	world.ops++;
	if (text)
		call_text(text, w, fn, who);
	else
		__real_script_call(world.store.redis, id, w, fn, who);
	buf_release(&w->bytes);
}

/* --- fates --- */

static void become_zombie(enum script_id id, const struct script_words *w)
{
	struct zombie *z = malloc(sizeof(*z));

	*z = now;
	z->script = id;
	z->words = *w;
	world.zombies[world.n_zombies++] = z;
}

void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who)
{
	enum fate fate = world.fate;
	struct unanswered *u;

	(void)r;
	if (fate == FATE_LATE && world.n_zombies == WORLD_ZOMBIES)
		fate = world.fate = FATE_LOST;
	world.figures[FIGURE_LOST] += fate != FATE_FINE;
	switch (fate) {
	case FATE_FINE: call(id, w, fn, who); return;
	case FATE_LATE:
		become_zombie(id, w);
		answer_lost(fn, who);
		return;
	case FATE_LOST:
		buf_release(&w->bytes);
		answer_lost(fn, who);
		return;
	case FATE_REPLY_LOST:
		u = calloc(1, sizeof(*u));
		*u = (struct unanswered){ .fn = fn, .who = who };
		call(id, w, swallow, u);
		return;
	}
}

/* draws the fate of the next command */
static void draw_fate(void)
{
	uint32_t n = world_pick(100);

	world.fate = !world.faults ? FATE_FINE
		     : n < 80      ? FATE_FINE
		     : n < 88      ? FATE_REPLY_LOST
		     : n < 94      ? FATE_LOST
				   : FATE_LATE;
	now = (struct zombie){ .not_after_us = world.oracle.now_us + world.store.admit_window_us };
}

static bool is_executed(void)
{
	return world.fate == FATE_FINE || world.fate == FATE_REPLY_LOST;
}

/* With a rule off, the oracle and Redis part: then only money is compared, see check_truth(). */
static bool is_compared(void)
{
	return world.fate == FATE_FINE && world.off == RULE_NONE;
}

/* --- the commands --- */

struct waiting {
	bool done;
	struct verdict verdict;
	enum settle_end settled;
	enum expire_end expired;
	int64_t nanos;
};

static void on_verdict(void *who, const struct verdict *v)
{
	struct waiting *w = who;

	w->verdict = *v;
	world_done(&w->done);
}

static bool same_rates(const struct verdict *a, const struct verdict *b)
{
	for (int r = 0; r < RATE_COUNT; r++)
		if (a->rate[r].limit != b->rate[r].limit ||
		    a->rate[r].remaining != b->rate[r].remaining ||
		    a->rate[r].reset_ms != b->rate[r].reset_ms)
			return false;
	return true;
}

static bool same(const struct verdict *a, const struct verdict *b)
{
	return a->kind == b->kind && a->attempt == b->attempt && a->now_us == b->now_us &&
	       a->chosen == b->chosen && a->max_tokens == b->max_tokens &&
	       a->reserved_nanos == b->reserved_nanos && a->left_nanos == b->left_nanos &&
	       a->pace_micros == b->pace_micros && a->scope == b->scope && a->period == b->period &&
	       a->rate_kind == b->rate_kind && a->limit == b->limit &&
	       a->free_nanos == b->free_nanos && a->free_later_nanos == b->free_later_nanos &&
	       a->needed_nanos == b->needed_nanos && a->retry_ms == b->retry_ms && same_rates(a, b);
}

static void print_verdict(char *dst, size_t cap, const struct verdict *v)
{
	snprintf(dst, cap,
		 "kind %d, attempt %d, scope %d, period %d, rate %d, limit %lld, candidate %u, "
		 "tokens %lld, reserved %lld, left %lld, pace %lld, free %lld/%lld, needed %lld, "
		 "retry %lld",
		 v->kind, v->attempt, v->scope, v->period, v->rate_kind, (long long)v->limit,
		 v->chosen, (long long)v->max_tokens, (long long)v->reserved_nanos,
		 (long long)v->left_nanos, (long long)v->pace_micros, (long long)v->free_nanos,
		 (long long)v->free_later_nanos, (long long)v->needed_nanos,
		 (long long)v->retry_ms);
}

static void compare_verdict(const char *what, const struct held *h, const struct verdict *is,
			    const struct verdict *must)
{
	char is_text[256], must_text[256];

	if (!is_compared() || same(is, must))
		return;
	print_verdict(is_text, sizeof(is_text), is);
	print_verdict(must_text, sizeof(must_text), must);
	world_trouble("%s %s: answered\n  %s, where it must be\n  %s", what, h->rid, is_text,
		      must_text);
}

bool command_admit(struct held *h, const struct plan *plan, struct verdict *v_r)
{
	struct waiting w = { .done = false };
	struct verdict must = { .kind = VERDICT_NO_STORE };

	draw_fate();
	now.held = *h;
	now.plan = *plan;
	books_admit(&world.store, h, plan, on_verdict, &w);
	if (is_executed())
		must = oracle_admit(&world.oracle, h, plan, now.not_after_us);
	world_await(&w.done);
	world.verdicts[w.verdict.kind]++;
	compare_verdict("admit", h, &w.verdict, &must);
	world.fate = FATE_FINE;
	*v_r = w.verdict;
	return w.verdict.kind != VERDICT_NO_STORE;
}

bool command_extend(struct held *h, const struct plan *plan, uint32_t from, struct verdict *v_r)
{
	struct waiting w = { .done = false };
	struct verdict must = { .kind = VERDICT_NO_STORE };

	draw_fate();
	now.held = *h;
	now.plan = *plan;
	now.from = from;
	now.attempt = h->attempts + 1;
	books_extend(&world.store, h, plan, from, on_verdict, &w);
	if (is_executed())
		must = oracle_extend(&world.oracle, h, h->attempts, plan, from, now.not_after_us);
	world_await(&w.done);
	world.verdicts[w.verdict.kind]++;
	compare_verdict("extend", h, &w.verdict, &must);
	world.fate = FATE_FINE;
	*v_r = w.verdict;
	return w.verdict.kind != VERDICT_NO_STORE;
}

static void on_settled(void *who, enum settle_end end, int64_t over, const char *entry)
{
	struct waiting *w = who;

	(void)entry;
	w->settled = end;
	w->nanos = over;
	world_done(&w->done);
}

bool command_settle(const struct held *h, const struct charge *c, enum settle_end *end_r)
{
	struct waiting w = { .done = false };
	enum settle_end must = SETTLE_LOST;
	int64_t over = 0;

	draw_fate();
	now.held = *h;
	now.charge = *c;
	books_settle(&world.store, h, c, on_settled, &w);
	if (is_executed())
		must = oracle_settle(&world.oracle, h, c, &over);
	world_await(&w.done);
	if (is_compared() && (w.settled != must || w.nanos != over))
		world_trouble("settle %s/%d: answer %d, over %lld, not %d, over %lld", h->rid,
			      c->attempt, w.settled, (long long)w.nanos, must, (long long)over);
	world.fate = FATE_FINE;
	*end_r = w.settled;
	world.figures[FIGURE_SETTLED] += w.settled == SETTLE_OK;
	world.figures[FIGURE_REPEATED] += w.settled == SETTLE_AGAIN;
	world.figures[FIGURE_OLD] += w.settled == SETTLE_OLD;
	return w.settled < SETTLE_LOST;
}

/* the world has one, for ever */
static const struct lease leader = { .token = 1, .until_us = INT64_MAX };

static void on_expired(void *who, enum expire_end end, int64_t nanos)
{
	struct waiting *w = who;

	w->expired = end;
	w->nanos = nanos;
	world_done(&w->done);
}

bool command_expire(struct str org, struct str rid)
{
	struct waiting w = { .done = false };
	enum expire_end must = EXPIRE_LOST;
	int64_t nanos = 0;

	draw_fate();
	str_copy(now.held.scope[SCOPE_org].id, ID_MAX, org);
	str_copy(now.rid, sizeof(now.rid), rid);
	books_expire(&world.store, &leader, org, rid, on_expired, &w);
	if (is_executed())
		must = oracle_expire(&world.oracle, org, rid, &nanos);
	world_await(&w.done);
	if (is_compared() && (w.expired != must || w.nanos != nanos))
		world_trouble("expire %.*s: answer %d, %lld, not %d, %lld", STR_ARG(rid), w.expired,
			      (long long)w.nanos, must, (long long)nanos);
	world.fate = FATE_FINE;
	world.figures[FIGURE_EXPIRED] += w.expired == EXPIRE_OK;
	return w.expired != EXPIRE_LOST;
}

static void on_pong(void *who, enum redis_end end, const redisReply *reply)
{
	(void)end, (void)reply;
	world_done(who);
}

void command_renew(const struct held *h)
{
	static const struct str ping[] = { { "PING", 4 } };
	bool done = false;

	draw_fate();
	now.held = *h;
	books_renew(&world.store, h);
	if (is_executed())
		oracle_renew(&world.oracle, h);
	world.fate = FATE_FINE;
	/* it has no answer of its own; what comes after it on the connection does */
	redis_call(world.store.redis, 1, ping, on_pong, &done);
	world_await(&done);
}

/* --- zombies --- */

static void on_zombie(void *who, enum redis_end end, const redisReply *reply)
{
	if (end != REDIS_REPLY || reply->type == REDIS_REPLY_ERROR)
		world_trouble("a late call failed: %s", reply ? reply->str : "no reply");
	world_done(who);
}

static void count(struct verdict v)
{
	world.verdicts[v.kind]++;
}

static void oracle_does(const struct zombie *z)
{
	struct oracle *o = &world.oracle;
	int64_t unused;

	switch (z->script) {
	case SCRIPT_admit: count(oracle_admit(o, &z->held, &z->plan, z->not_after_us)); break;
	case SCRIPT_extend:
		count(oracle_extend(o, &z->held, z->attempt, &z->plan, z->from, z->not_after_us));
		break;
	case SCRIPT_settle: oracle_settle(o, &z->held, &z->charge, &unused); break;
	case SCRIPT_expire:
		/* who saw no reservation when he looked knows no budgets, and does nothing */
		if (z->words.n_keys > KEYS_OF_BLIND_EXPIRE)
			oracle_expire(o, held_org(&z->held), str_of(z->rid), &unused);
		break;
	case SCRIPT_renew: oracle_renew(o, &z->held); break;
	default: break;
	}
}

static void free_zombie(struct zombie *z)
{
	buf_release(&z->words.bytes);
	free(z);
}

/* Redis' clock, the first argument, is what it is now, not what it was when the call was made */
static void set_clock(struct script_words *w)
{
	redisReply *read[MOST_STRINGS];
	size_t n = read_words(w, read), n_keys = w->n_keys;
	char clock[I64_DIGITS];

	buf_release(&w->bytes);
	script_words_init(w);
	for (size_t i = 0; i < n_keys; i++)
		script_key(w, reply_str(read[i]));
	script_arg(w, (struct str){ clock, i64_digits(clock, world.oracle.now_us) });
	for (size_t i = n_keys + 1; i < n; i++)
		script_arg(w, reply_str(read[i]));
	free_words(read, n);
}

void command_wake_zombie(void)
{
	size_t which = world.n_zombies ? world_pick((uint32_t)world.n_zombies) : 0;
	struct zombie *z = world.zombies[which];
	bool done = false;

	if (world.n_zombies == 0)
		return;
	world.zombies[which] = world.zombies[--world.n_zombies];
	set_clock(&z->words);
	call(z->script, &z->words, on_zombie, &done);
	oracle_does(z);
	world_await(&done);
	world.figures[FIGURE_LATE]++;
	free_zombie(z);
}

void command_free_zombies(void)
{
	while (world.n_zombies)
		free_zombie(world.zombies[--world.n_zombies]);
}
