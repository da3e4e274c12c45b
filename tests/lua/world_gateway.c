/*
 * world_gateway.c -- gateways: the life of a request, step by step, each with its
 * record in the journal before it; crashes, and what comes back from the journal.
 */
#include "lua/world.h"

#define ONE_DOLLAR 1000000000LL

static struct str org_of(int payer)
{
	static const char *const names[] = { "o0", "o1" };

	return str_of(names[payer / ORACLE_KEYS]);
}

static struct str key_of(int payer)
{
	static const char *const names[] = { "k0", "k1", "k2", "k3" };

	return str_of(names[payer % ORACLE_KEYS]);
}

/* --- payers, as a gateway remembers them --- */

struct reading {
	bool done;
	struct payer *into;
};

static void on_payer(void *who, bool ok, const struct payer *payer,
		     const struct payer_skills *skills)
{
	struct reading *r = who;

	(void)skills;
	if (!ok || !payer)
		world_trouble("a payer cannot be read");
	else
		*r->into = *payer;
	world_done(&r->done);
}

static const struct payer *payer_of(struct gateway *g, int i, bool again)
{
	struct reading r = { .into = &g->payer[i] };

	if (again || !g->known[i]) {
		payer_read(&world.store, org_of(i), key_of(i), on_payer, &r);
		world_await(&r.done);
		g->known[i] = true;
	}
	return &g->payer[i];
}

/* --- a request begins --- */

static struct plan random_plan(void)
{
	struct plan plan = { .n = 1 + world_pick(4) };

	for (uint32_t i = 0; i < plan.n; i++) {
		int64_t most = 1 + world_pick(400);

		plan.candidates[i] = (struct candidate){
			.fixed_nanos = world_pick(200000),
			.output_picos = world_pick(20) ? world_pick(5000000) : 0,
			.max_tokens = most,
			.min_tokens = world_chance(50) ? most : 1 + world_pick((uint32_t)most),
			.input_bound = world_pick(300),
			.choices = 1 + world_pick(3),
		};
	}
	return plan;
}

/* gateways do not know the time as well as Redis does */
static int64_t guessed_now(void)
{
	return world.oracle.now_us + (int64_t)world_pick(2000000) - 1000000;
}

static void open_request(struct gateway *g, struct request *r, int64_t now_us, bool read_again)
{
	char rid[RID_MAX];

	str_copy(rid, sizeof(rid), str_of(r->held.rid));
	books_open(&r->held, str_of(rid), str_of(g->name), payer_of(g, r->payer, read_again),
		   &g->periods, now_us, 20000 + world_pick(20000));
	if (!journal_admit(g->journal, &r->held))
		world_trouble("the journal takes no admit");
}

static void begin_request(struct gateway *g, struct request *r)
{
	*r = (struct request){ .used = true,
			       .plan = random_plan(),
			       .payer = (int)world_pick(ORACLE_ORGS * ORACLE_KEYS) };
	snprintf(r->held.rid, sizeof(r->held.rid), "%s-%llu", g->name,
		 (unsigned long long)g->next_rid++);
	open_request(g, r, guessed_now(), false);
}

static void end_request(struct gateway *g, struct request *r)
{
	journal_done(g->journal, r->held.rid);
	r->used = false;
}

/* --- charges --- */

/* attempts that may still be sent, or are on their way */
static bool is_live(const struct request *r, int i)
{
	return r->attempt[i].trip == TRIP_RESERVED || r->attempt[i].trip == TRIP_DISPATCHED;
}

/* somebody saw it, and may say how good it was */
static struct charge as_answer(struct charge c)
{
	str_copy(c.vendor, sizeof(c.vendor), STR("v"));
	str_copy(c.model, sizeof(c.model), STR("m/1"));
	str_copy(c.task, sizeof(c.task), STR("qa"));
	return c;
}

static void prepare(struct request *r, int32_t attempt, struct charge c)
{
	c.attempt = attempt;
	c.tokens_used = -1;
	if (c.final) {
		r->ended = true;
		if (world_chance(50))
			c = as_answer(c);
		c.tokens_used = world_chance(80) ? (int64_t)world_pick(800) : -1;
		for (int i = 1; i <= ATTEMPTS_MAX; i++) {
			if (i == attempt || r->attempt[i].trip != TRIP_RESERVED)
				continue;
			/* it is not sent any more */
			r->attempt[i].trip = TRIP_TO_SETTLE;
			r->attempt[i].charge = (struct charge){ .attempt = i, .tokens_used = -1 };
		}
	}
	r->attempt[attempt].trip = TRIP_TO_SETTLE;
	r->attempt[attempt].charge = c;
}

/* the admit's answer never came, or makes no sense to follow: a later admit must find it ended */
static void cancel(struct request *r)
{
	r->open = true;
	prepare(r, 1, (struct charge){ .final = true });
}

static void send_charge(struct gateway *g, struct request *r, int i)
{
	enum settle_end end;

	if (!journal_settle(g->journal, r->held.rid, &r->attempt[i].charge))
		world_trouble("the journal takes no settle");
	if (world_pick(400) == 0) {
		gateway_crash(g); /* before anything of it is written */
		return;
	}
	if (command_settle(&r->held, &r->attempt[i].charge, &end))
		r->attempt[i].trip = TRIP_SETTLED;
	/* and once more, as after an answer that came too late */
	if (world_chance(5))
		command_settle(&r->held, &r->attempt[i].charge, &end);
}

/* --- attempts --- */

static void dispatch(struct gateway *g, struct request *r, int32_t i)
{
	int64_t worst = r->attempt[i].worst, billed;

	if (world.off != RULE_R1 && !journal_dispatch(g->journal, r->held.rid, i, worst))
		world_trouble("the journal takes no dispatch");
	if (world_pick(400) == 0) {
		gateway_crash(g);
		return;
	}
	world_turn();
	/* from here on bytes are on their way, and the vendor bills what it likes up to the worst
	 */
	billed = world_chance(15)   ? 0
		 : world_chance(10) ? worst
				    : (int64_t)(rnd_u64(&world.rnd) % (uint64_t)(worst + 1));
	vendor_bill(&r->held, i, billed);
	r->attempt[i].trip = TRIP_DISPATCHED;
}

static void answer(struct request *r, int32_t i)
{
	int64_t billed = vendor_record(held_org(&r->held), r->held.rid, i);
	int64_t worst = r->attempt[i].worst;
	struct charge c = { .cost_nanos = billed, .final = !r->ended && world_chance(70) };
	uint32_t how = world_pick(100);

	if (how < 12) {
		c.unknown = true;
		c.cost_nanos = worst;
	} else if (how < 25) {
		/* an estimate is never below what was billed */
		c.estimated = true;
		c.cost_nanos += (int64_t)(rnd_u64(&world.rnd) % (uint64_t)(worst - billed + 1));
	}
	prepare(r, i, c);
}

static void extend(struct gateway *g, struct request *r)
{
	struct verdict v;
	int32_t i;

	if (!journal_extend(g->journal, r->held.rid, r->held.attempts + 1))
		world_trouble("the journal takes no extend");
	command_extend(&r->held, &r->plan, world_pick(r->plan.n), &v);
	i = v.attempt;
	if (v.kind == VERDICT_OK) {
		r->attempt[i].trip = TRIP_RESERVED;
		r->attempt[i].worst = v.reserved_nanos;
	} else if (v.kind == VERDICT_NO_STORE) {
		prepare(r, i, (struct charge){ .attempt = i });
	}
}

/* --- admission --- */

/* a candidate that costs just what is left, or one nano-dollar more */
static void take_the_rest(struct request *r)
{
	struct candidate *c = &r->plan.candidates[0];
	int64_t output_nanos = (c->output_picos * c->max_tokens + 999) / 1000;
	int64_t rest = oracle_free(&world.oracle, &r->held);

	if (rest > output_nanos && rest < 10000000)
		c->fixed_nanos = rest - output_nanos + world_pick(2);
}

static void admit(struct gateway *g, struct request *r)
{
	struct verdict v;

	if (!r->asked && world_chance(5))
		take_the_rest(r);
	if (!command_admit(&r->held, &r->plan, &v)) {
		r->asked = true;
		if (world_chance(40))
			cancel(r);
		return;
	}
	if (v.kind == VERDICT_OK) {
		const struct candidate *c = &r->plan.candidates[v.chosen];

		world.figures[FIGURE_CLAMPED] += v.max_tokens < c->max_tokens;
		r->open = true;
		r->attempt[1].trip = TRIP_RESERVED;
		r->attempt[1].worst = v.reserved_nanos;
		return;
	}
	/* an unanswered admit may still be on its way with the old counters: no new ones then */
	if (r->asked || v.kind == VERDICT_DONE)
		cancel(r);
	else if (v.kind == VERDICT_PERIOD || v.kind == VERDICT_STALE)
		open_request(g, r, v.now_us, v.kind == VERDICT_STALE);
	else if (v.kind != VERDICT_LATE) {
		if (world_chance(5))
			operator_hears(&r->held, &v);
		end_request(g, r);
	}
}

/* --- a step of a request --- */

static int some_attempt(const struct request *r, enum trip trip)
{
	int first = (int)world_pick(ATTEMPTS_MAX + 1);

	for (int n = 0; n <= ATTEMPTS_MAX; n++) {
		int i = (first + n) % (ATTEMPTS_MAX + 1);

		if (r->attempt[i].trip == trip)
			return i;
	}
	return -1;
}

static bool has_more(const struct request *r)
{
	for (int i = 0; i <= ATTEMPTS_MAX; i++)
		if (is_live(r, i) || r->attempt[i].trip == TRIP_TO_SETTLE)
			return true;
	return false;
}

static void go_on(struct gateway *g, struct request *r)
{
	static const enum trip trips[] = { TRIP_RESERVED, TRIP_DISPATCHED, TRIP_TO_SETTLE };
	enum trip trip = trips[world_pick(COUNT_OF(trips))];
	int i = some_attempt(r, trip);
	bool may_extend = !r->ended && r->held.attempts < ATTEMPTS_MAX;

	if (world_chance(4))
		command_renew(&r->held);
	if (may_extend && world_chance(has_more(r) ? 5 : 60))
		extend(g, r);
	else if (!has_more(r) && r->ended)
		end_request(g, r);
	else if (!has_more(r))
		prepare(r, 0, (struct charge){ .final = true });
	else if (i < 0)
		return;
	else if (trip == TRIP_TO_SETTLE)
		send_charge(g, r, i);
	else if (trip == TRIP_DISPATCHED)
		answer(r, i);
	else if (world_chance(85))
		dispatch(g, r, i);
	else
		prepare(r, i, (struct charge){ .final = !r->ended && world_chance(50) });
}

static void step(struct gateway *g, struct request *r)
{
	if (!r->used)
		begin_request(g, r);
	else if (!r->open)
		admit(g, r);
	else
		go_on(g, r);
}

void gateway_step(void)
{
	struct gateway *g = &world.gateway[world_pick(WORLD_GATEWAYS)];

	step(g, &g->request[world_pick(WORLD_REQUESTS)]);
}

void gateway_finish_all(void)
{
	for (int n = 0; n < WORLD_GATEWAYS * WORLD_REQUESTS && world_ok();) {
		struct gateway *g = &world.gateway[n / WORLD_REQUESTS];
		struct request *r = &g->request[n % WORLD_REQUESTS];

		if (r->used)
			step(g, r);
		else
			n++;
	}
}

bool gateway_may_send(struct str org, const char *rid, int32_t attempt)
{
	for (int n = 0; n < WORLD_GATEWAYS * WORLD_REQUESTS; n++) {
		const struct request *r =
			&world.gateway[n / WORLD_REQUESTS].request[n % WORLD_REQUESTS];

		if (r->used && str_eq(held_org(&r->held), org) && strcmp(r->held.rid, rid) == 0)
			return !r->open || r->attempt[attempt].trip == TRIP_RESERVED;
	}
	return false;
}
