/* world_truth.c -- is Redis what the oracle says, and are the books what the vendors say? */
#include "lua/world.h"

#include <stdarg.h>

/* what Redis says about the life of a key */
#define FOR_EVER (-1)
#define NO_KEY   (-2)

/* --- asking Redis many things at once --- */

static size_t n_asked;

static void ask(const char *format, ...) PRINTF_LIKE(1, 2);
static void ask(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	redisvAppendCommand(world.raw, format, ap);
	va_end(ap);
	n_asked++;
}

static redisReply *next_reply(void)
{
	redisReply *reply = NULL;

	n_asked--;
	if (redisGetReply(world.raw, (void **)&reply) != REDIS_OK || !reply ||
	    reply->type == REDIS_REPLY_ERROR)
		world_trouble("Redis says %s", reply ? reply->str : "nothing");
	return reply;
}

/* nothing counts as 0 */
static int64_t int_of(const redisReply *reply)
{
	int64_t n = 0;

	if (reply && !reply_int(reply, &n))
		n = 0;
	return n;
}

static int64_t count_of(const char *pattern)
{
	redisReply *reply;
	int64_t n;

	ask("KEYS %s", pattern);
	reply = next_reply();
	n = reply ? (int64_t)reply->elements : -1;
	freeReplyObject(reply);
	return n;
}

/* --- lives --- */

/* Redis' clock is far behind the one of this world: what is dead here has to be deleted. */
void forget_dead(void)
{
	struct oracle_reservation *r, *next;
	struct rkey key;

	HASH_ITER (hh, world.oracle.reservations, r, next) {
		key_reservation(&key, held_org(&r->held), str_of(r->held.rid));
		ask("PEXPIRETIME %s", key.text);
	}
	HASH_ITER (hh, world.oracle.reservations, r, next) {
		redisReply *reply = next_reply();
		int64_t dies_ms = int_of(reply);

		freeReplyObject(reply);
		if (dies_ms <= 0 || dies_ms * 1000 > world.oracle.now_us)
			continue;
		key_reservation(&key, held_org(&r->held), str_of(r->held.rid));
		ask("DEL %s", key.text);
		oracle_forget(&world.oracle, r);
	}
	while (n_asked)
		freeReplyObject(next_reply());
}

/* --- counters --- */

static void compare_budget(const struct oracle_budget *b, const redisReply *reply)
{
	int64_t is[4] = { 0 }, pace;

	for (size_t i = 0; reply && i < 4; i++)
		is[i] = int_of(reply->element[i]);
	if (is[3] != b->requests)
		world_trouble("%s has %lld requests, not %lld", b->key, (long long)is[3],
			      (long long)b->requests);
	if (reply && reply_int(reply->element[4], &pace) && pace != b->pace)
		world_trouble("%s has another pace", b->key);
	if (is[0] != b->spent || is[1] != b->reserved || is[2] != b->suspense)
		world_trouble("%s is %lld/%lld/%lld, not %lld/%lld/%lld", b->key, (long long)is[0],
			      (long long)is[1], (long long)is[2], (long long)b->spent,
			      (long long)b->reserved, (long long)b->suspense);
}

/* what has an end is paced from its first request on, and listed by that end */
static void compare_paced(const struct oracle_budget *b)
{
	struct str key = str_of(b->key), org = str_sub(key, 0, (size_t)str_chr(key, '}') + 1);
	char paced[RKEY_MAX];
	redisReply *reply;
	int64_t end_s;

	snprintf(paced, sizeof(paced), "%.*s:paced", STR_ARG(org));
	ask("ZSCORE %s %s", paced, b->key);
	reply = next_reply();
	end_s = int_of(reply);
	if (end_s != (b->requests ? b->dies_s : 0))
		world_trouble("%s is listed until %lld, not %lld", b->key, (long long)end_s,
			      (long long)b->dies_s);
	freeReplyObject(reply);
}

static void compare_budgets(void)
{
	struct oracle_budget *b, *next;
	int64_t there = 0;

	HASH_ITER (hh, world.oracle.budgets, b, next) {
		ask("HMGET %s spent reserved suspense requests pace", b->key);
		ask("EXPIRETIME %s", b->key);
	}
	HASH_ITER (hh, world.oracle.budgets, b, next) {
		redisReply *figures = next_reply(), *end = next_reply();
		int64_t dies_s = int_of(end);

		compare_budget(b, figures);
		there += dies_s != NO_KEY;
		if (dies_s != NO_KEY && dies_s != (b->dies_s ? b->dies_s : FOR_EVER))
			world_trouble("%s dies at %lld, not %lld", b->key, (long long)dies_s,
				      (long long)b->dies_s);
		freeReplyObject(figures);
		freeReplyObject(end);
	}
	HASH_ITER (hh, world.oracle.budgets, b, next)
		compare_paced(b);
	if (count_of("sr:1:*:budget:*") != there)
		world_trouble("there are counters that nobody knows");
}

/* --- reservations --- */

/* "s1" and its like of an attempt; -1 when it is not there */
static int64_t field_of(const redisReply *reply, const char *name)
{
	for (size_t i = 0; reply && i + 1 < reply->elements; i += 2) {
		if (!str_is(reply_str(reply->element[i]), name))
			continue;
		struct str value = reply_str(reply->element[i + 1]);
		int64_t n;

		return str_i64(value, &n) ? n : value.p[0];
	}
	return -1;
}

static void compare_attempt(const struct oracle_reservation *r, const redisReply *reply, int i)
{
	const struct oracle_attempt *a = &r->attempt[i];
	char s[16], held[16], c[16], e[16], x[16];
	bool same;

	snprintf(s, sizeof(s), "s%d", i);
	snprintf(held, sizeof(held), "r%d", i);
	snprintf(c, sizeof(c), "c%d", i);
	snprintf(e, sizeof(e), "e%d", i);
	snprintf(x, sizeof(x), "x%d", i);
	if (a->state == 0)
		same = field_of(reply, s) == -1;
	else
		same = field_of(reply, s) == a->state &&
		       (a->reserved == 0 || field_of(reply, held) == a->reserved) &&
		       (a->state != 'X' || field_of(reply, x) == a->suspended_us) &&
		       (a->state != 'S' ||
			(field_of(reply, c) == a->cost && field_of(reply, e) == a->estimated));
	if (!same)
		world_trouble("attempt %d of %s is not %c, reserved %lld, cost %lld", i, r->id,
			      a->state ? a->state : '-', (long long)a->reserved,
			      (long long)a->cost);
}

static void compare_reservation(const struct oracle_reservation *r, const redisReply *reply,
				int64_t dies_ms)
{
	int64_t must_ms = r->dies_us ? (r->dies_us + 999) / 1000 : FOR_EVER;

	if (field_of(reply, "st") != r->state)
		world_trouble("%s is not in state %c", r->id, r->state);
	for (int i = 1; i <= ATTEMPTS_MAX; i++)
		compare_attempt(r, reply, i);
	if (dies_ms != must_ms)
		world_trouble("%s dies at %lld, not %lld", r->id, (long long)dies_ms,
			      (long long)must_ms);
}

/* whose answer it is, for as long as it can be rated */
static void compare_answer(const struct oracle_reservation *r, const redisReply *reply,
			   int64_t dies_ms)
{
	char must[3 * ID_MAX] = "";

	if (r->rated_until_us)
		snprintf(must, sizeof(must), "%s %s v/m/1 qa", r->held.scope[SCOPE_team].id,
			 r->held.scope[SCOPE_key].id);
	if (r->rated_until_us
		    ? !str_is(reply_str(reply), must) || dies_ms != (r->rated_until_us + 999) / 1000
		    : reply && reply->type != REDIS_REPLY_NIL)
		world_trouble("%s is kept as an answer \"%s\" until %lld, not \"%s\"", r->id,
			      reply && reply->str ? reply->str : "", (long long)dies_ms, must);
}

static void compare_reservations(void)
{
	struct oracle_reservation *r, *next;
	struct rkey key;

	HASH_ITER (hh, world.oracle.reservations, r, next) {
		key_reservation(&key, held_org(&r->held), str_of(r->held.rid));
		ask("HGETALL %s", key.text);
		ask("PEXPIRETIME %s", key.text);
		key_answer(&key, held_org(&r->held), str_of(r->held.rid));
		ask("GET %s", key.text);
		ask("PEXPIRETIME %s", key.text);
	}
	HASH_ITER (hh, world.oracle.reservations, r, next) {
		redisReply *fields = next_reply(), *end = next_reply();
		redisReply *answer = next_reply(), *answer_end = next_reply();

		compare_reservation(r, fields, int_of(end));
		compare_answer(r, answer, int_of(answer_end));
		freeReplyObject(fields);
		freeReplyObject(end);
		freeReplyObject(answer);
		freeReplyObject(answer_end);
	}
	if (count_of("sr:1:*:res:*") != HASH_COUNT(world.oracle.reservations))
		world_trouble("there are reservations that nobody knows");
}

/* every reservation is where it belongs, and nothing else is there */
static void compare_indexes(void)
{
	struct oracle_reservation *r, *next;
	int64_t open = 0, held = 0;
	redisReply *reply;

	HASH_ITER (hh, world.oracle.reservations, r, next) {
		struct str org = held_org(&r->held);
		int64_t deadline;
		bool is_held;

		ask("ZSCORE sr:1:{o:%s}:open %s", org.p, r->held.rid);
		ask("ZSCORE sr:1:{o:%s}:suspense %s", org.p, r->held.rid);
		reply = next_reply();
		deadline = int_of(reply);
		freeReplyObject(reply);
		reply = next_reply();
		is_held = reply && reply->type != REDIS_REPLY_NIL;
		freeReplyObject(reply);
		open += r->state == 'O';
		held += oracle_in_suspense(r);
		if (deadline != (r->state == 'O' ? r->deadline_us : 0))
			world_trouble("%s has its deadline at %lld", r->id, (long long)deadline);
		if (is_held != oracle_in_suspense(r))
			world_trouble("%s is listed wrongly in suspense", r->id);
	}
	for (int o = 0; o < ORACLE_ORGS; o++) {
		ask("ZCARD sr:1:{o:o%d}:open", o);
		ask("ZCARD sr:1:{o:o%d}:suspense", o);
		reply = next_reply();
		open -= int_of(reply);
		freeReplyObject(reply);
		reply = next_reply();
		held -= int_of(reply);
		freeReplyObject(reply);
	}
	if (open || held)
		world_trouble("the indexes list what is not there");
}

/* --- records --- */

/* what is left of a level after a time */
static int64_t drained(int64_t level, int64_t at_us, int64_t limit)
{
	__int128 left = level - (__int128)(world.oracle.now_us - at_us) * limit;

	return left > 0 ? (int64_t)left : 0;
}

static void compare_rate(const struct oracle_record *r, enum rate_kind k, const redisReply *reply,
			 const char *what)
{
	struct str at = reply ? reply_str(reply) : STR_NONE, level = str_cut(&at, ' ');
	int64_t is = 0, at_us = world.oracle.now_us, limit = r->limits.rate[k];

	if (limit < 0)
		return; /* nobody looks at it */
	if (!str_absent(at) && (!str_i64(level, &is) || !str_i64(at, &at_us)))
		world_trouble("the rate %s of %s is no rate", rate_name(k), what);
	is = drained(is, at_us, limit);
	if (is != drained(r->rate[k].level, r->rate[k].at_us, limit))
		world_trouble("%s of %s is at %lld, not %lld", rate_name(k), what, (long long)is,
			      (long long)drained(r->rate[k].level, r->rate[k].at_us, limit));
}

static void compare_record(struct str org, enum scope s, struct str id)
{
	const struct oracle_record *r = oracle_record(&world.oracle, org, s, id);
	struct rkey key;
	redisReply *reply;

	key_record(&key, org, s, id);
	ask("HMGET %s ver live", key.text);
	for (int k = 0; k < RATE_COUNT; k++) {
		struct rkey rate;

		key_rate(&rate, org, s, id, (enum rate_kind)k);
		ask("GET %s", rate.text);
	}
	reply = next_reply();
	if (reply && (int_of(reply->element[0]) != r->ver || int_of(reply->element[1]) != r->live))
		world_trouble("%s has version %s and %s in flight, not %lld and %lld", key.text,
			      reply->element[0]->str, reply->element[1]->str, (long long)r->ver,
			      (long long)r->live);
	freeReplyObject(reply);
	for (int k = 0; k < RATE_COUNT; k++) {
		reply = next_reply();
		compare_rate(r, (enum rate_kind)k, reply, key.text);
		freeReplyObject(reply);
	}
}

/* `live` of every record is the number of open reservations below it */
static void check_live(void)
{
	struct oracle_reservation *r, *next;
	int64_t open = 0;

	HASH_ITER (hh, world.oracle.reservations, r, next)
		open += r->state == 'O';
	for (int o = 0; o < ORACLE_ORGS; o++)
		open -= world.oracle.org[o].live;
	if (open)
		world_trouble("in flight are counted %lld too few", (long long)open);
}

void compare_all(void)
{
	compare_budgets();
	compare_reservations();
	compare_indexes();
	oracle_each_record(compare_record);
	check_live();
	world.figures[FIGURE_COMPARED]++;
}

/* --- money --- */

static void check_budget(const struct oracle_budget *b, int64_t held)
{
	if (b->billed <= held)
		return;
	world.money_is_wrong |= world_ok();
	world_trouble("%s: vendors billed %lld, held are %lld", b->key, (long long)b->billed,
		      (long long)held);
}

void check_touched(void)
{
	for (size_t i = 0; i < world.oracle.n_touched; i++) {
		const struct oracle_budget *b = world.oracle.touched[i];
		int64_t sum = b->spent + b->reserved + b->suspense;

		check_budget(b, sum);
		if (sum > b->cap || b->reserved < 0 || b->suspense < 0 || b->spent < 0)
			world_trouble("%s: %lld + %lld + %lld is above %lld", b->key,
				      (long long)b->spent, (long long)b->reserved,
				      (long long)b->suspense, (long long)b->cap);
	}
	world.oracle.n_touched = 0;
}

static void each_budget_in_redis(void (*fn)(const struct oracle_budget *b, const int64_t *is))
{
	struct oracle_budget *b, *next;

	HASH_ITER (hh, world.oracle.budgets, b, next)
		ask("HMGET %s spent reserved suspense", b->key);
	HASH_ITER (hh, world.oracle.budgets, b, next) {
		redisReply *reply = next_reply();
		int64_t is[3] = { 0 };

		for (size_t i = 0; reply && i < 3; i++)
			is[i] = int_of(reply->element[i]);
		freeReplyObject(reply);
		fn(b, is);
	}
}

static void check_held(const struct oracle_budget *b, const int64_t *is)
{
	check_budget(b, is[0] + is[1] + is[2]);
}

void check_truth(void)
{
	each_budget_in_redis(check_held);
}

static void check_closed(const struct oracle_budget *b, const int64_t *is)
{
	if (is[0] == b->billed && !is[1] && !is[2])
		return;
	world.money_is_wrong |= world_ok();
	world_trouble("%s ends at %lld/%lld/%lld, and vendors billed %lld", b->key,
		      (long long)is[0], (long long)is[1], (long long)is[2], (long long)b->billed);
}

/* --- the ledger --- */

static void add_up(const redisReply *entries, int64_t *sums)
{
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *fields = entries->element[i]->element[1];
		int64_t cost = 0, key = -1;

		for (size_t f = 0; f + 1 < fields->elements; f += 2) {
			if (str_is(reply_str(fields->element[f]), "cost"))
				cost = int_of(fields->element[f + 1]);
			if (str_is(reply_str(fields->element[f]), "key"))
				key = fields->element[f + 1]->str[1] - '0';
		}
		if (key >= 0 && key < ORACLE_KEYS)
			sums[key] += cost;
	}
}

static void check_ledger(int o)
{
	int64_t sums[ORACLE_KEYS] = { 0 };
	char from[64] = "-";
	size_t n;

	do {
		redisReply *reply;

		ask("XRANGE sr:1:{o:o%d}:ledger %s + COUNT 5000", o, from);
		reply = next_reply();
		n = reply ? reply->elements : 0;
		if (n) {
			add_up(reply, sums);
			snprintf(from, sizeof(from), "(%s", reply->element[n - 1]->element[0]->str);
		}
		freeReplyObject(reply);
	} while (n && world_ok());
	for (int k = 0; k < ORACLE_KEYS; k++)
		if (sums[k] != world.oracle.key[o][k].charged)
			world_trouble("the ledger of o%d/k%d comes to %lld, charged were %lld", o,
				      k, (long long)sums[k],
				      (long long)world.oracle.key[o][k].charged);
}

void check_settled(void)
{
	each_budget_in_redis(check_closed);
	for (int o = 0; o < ORACLE_ORGS && world.off == RULE_NONE; o++)
		check_ledger(o);
}
