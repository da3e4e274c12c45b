/*
 * world.h -- what check_books plays: gateways with real journals, vendors who bill,
 * a network that loses, delays and doubles, clocks that move, and one Redis.
 *
 * Everything follows from the seed. Each command goes to Redis, through the real
 * wrappers and scripts, and to the oracle at the moment Redis executes it; their
 * answers must be the same.
 */
#ifndef LUA_WORLD_H
#define LUA_WORLD_H

#include "base/rand.h"
#include "lib/redis_server.h"
#include "lua/oracle.h"
#include "store/journal.h"
#include "store/payer.h"

#define WORLD_GATEWAYS 3
#define WORLD_REQUESTS 16 /* at once, of each gateway */
#define WORLD_ZOMBIES  16

/* a rule that is switched off, to see that its absence is noticed */
enum rule {
	RULE_NONE,
	RULE_R1, /* intent before action: the journal is not told of a dispatch */
	RULE_R2, /* a settle can be repeated: the script forgets to look whether it was charged */
	/* this Redis does not fail over: tests/chaos/ablations switches off R3 and R4 */
	RULE_R5, /* expired is not free: expiry gives the money back */
};

/* what happens to a command on its way */
enum fate {
	FATE_FINE,
	FATE_REPLY_LOST, /* it is executed, and the caller does not learn it */
	FATE_LOST,       /* it is never executed */
	FATE_LATE,       /* it is executed later: it lay in a stopped server's buffer */
};

/* an attempt, as its gateway sees it */
enum trip { TRIP_NONE, TRIP_RESERVED, TRIP_DISPATCHED, TRIP_TO_SETTLE, TRIP_SETTLED };

struct request {
	bool used;
	bool asked; /* admit was sent, its answer unknown */
	bool open;  /* admit said ok */
	bool ended; /* no more attempts: its final charge is being settled */
	int payer;  /* index of the key, over all orgs */
	struct held held;
	struct plan plan;
	struct {
		enum trip trip;
		int64_t worst;
		struct charge charge;
	} attempt[ATTEMPTS_MAX + 1]; /* [0]: an end without an attempt */
};

struct gateway {
	char dir[64];  /* of its journal, in this life */
	char name[16]; /* of this life */
	unsigned lives;
	struct journal *journal;
	struct payer payer[ORACLE_ORGS * ORACLE_KEYS];
	bool known[ORACLE_ORGS * ORACLE_KEYS];
	struct periods periods; /* of the latest admission */
	struct request request[WORLD_REQUESTS];
	uint64_t next_rid;
};

/* what a vendor billed; its records are complete */
struct bill {
	char id[ID_MAX + RID_MAX + 16]; /* ORG/RID/ATTEMPT */
	int64_t nanos;
	UT_hash_handle hh;
};

/* a call of a script that was held back */
struct zombie;

struct world {
	uint64_t seed;
	enum rule off;
	struct rnd rnd;
	struct redis_server server;
	redisContext *raw;
	struct loop *loop;
	struct store store;
	struct oracle oracle;
	struct gateway gateway[WORLD_GATEWAYS];
	struct bill *bills;
	struct zombie *zombies[WORLD_ZOMBIES];
	size_t n_zombies;
	enum fate fate;      /* of the next command */
	bool faults;         /* fates other than fine happen */
	int64_t ops;         /* calls of scripts that Redis has run */
	int64_t compare_at;  /* operations, when all is compared next */
	char trouble[1024];  /* the first thing that was not as it must be; "" */
	bool money_is_wrong; /* that was: what vendors billed is not what the books hold */
	int64_t figures[16];
	int64_t verdicts[VERDICT_NO_STORE + 1]; /* answers of admit and extend, by kind */
};

/* what was done how often, for the report */
enum world_figure {
	FIGURE_CLAMPED,
	FIGURE_SETTLED,
	FIGURE_REPEATED,
	FIGURE_OLD,
	FIGURE_EXPIRED,
	FIGURE_RECONCILED,
	FIGURE_CRASHES,
	FIGURE_REPLAYED,
	FIGURE_LATE,
	FIGURE_LOST,
	FIGURE_LIMITS,
	FIGURE_PERIODS,
	FIGURE_COMPARED
};

extern struct world world;

bool world_begin(uint64_t seed, enum rule off);
void world_end(void);
/* the first trouble is kept; all further operations are skipped */
void world_trouble(const char *format, ...) PRINTF_LIKE(1, 2);
bool world_ok(void);
void world_advance(int64_t us);
static inline uint32_t world_pick(uint32_t n)
{
	return rnd_below(&world.rnd, n);
}
static inline bool world_chance(uint32_t percent)
{
	return world_pick(100) < percent;
}
/* run the loop until *done, which the answer's callback sets by world_done() */
void world_await(const bool *done);
static inline void world_done(bool *done)
{
	*done = true;
	loop_stop(world.loop);
}
/* the end of a turn: journals are written */
void world_turn(void);

/* --- commands, with a fate: false when the caller gets no answer --- */

bool command_admit(struct held *h, const struct plan *plan, struct verdict *v_r);
bool command_extend(struct held *h, const struct plan *plan, uint32_t from, struct verdict *v_r);
bool command_settle(const struct held *h, const struct charge *c, enum settle_end *end_r);
bool command_expire(struct str org, struct str rid);
void command_renew(const struct held *h);
void command_wake_zombie(void); /* if there is one */
void command_free_zombies(void);

/* --- vendors --- */

void vendor_bill(const struct held *h, int32_t attempt, int64_t nanos);
/* 0 when it has no record of the attempt */
int64_t vendor_record(struct str org, const char *rid, int32_t attempt);

/* --- operations --- */

void gateway_step(void);                    /* a request of a gateway goes on, or a new one comes */
void gateway_begin_life(struct gateway *g); /* its name, and an empty folder */
void gateway_open_journal(struct gateway *g);
void gateway_crash(struct gateway *g);
void gateway_finish_all(void);
/* does a gateway still hold this request with an attempt that it may yet send? */
bool gateway_may_send(struct str org, const char *rid, int32_t attempt);
void operator_step(void); /* limits, blocks */
/* somebody complains of a denial: what denied is changed, or little would ever be admitted */
void operator_hears(const struct held *h, const struct verdict *v);
void coordinator_step(bool all);
void reconcile_step(bool all);
void reconcile_estimates(void);
void forget_dead(void); /* what Redis would have let expire by now */

/* --- truth --- */

/* Redis is what the oracle says: counters, reservations, indexes, records, rates */
void compare_all(void);
/* of what the last operations touched: no budget above its cap, nothing billed that is not held */
void check_touched(void);
/* nothing billed that is not held, by Redis' own figures: where the oracle does not know the rule
 * that is off */
void check_truth(void);
/* at the end: spent is what was billed, nothing is held any more, the ledger adds up */
void check_settled(void);

#endif
