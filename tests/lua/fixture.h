/*
 * fixture.h -- a Redis, a store on it, and one payer, for the tests of scripts.
 *
 * Calls wait for their answer. Time stands still at fix.store.test_now_us, which
 * lies in the future of the real Redis, so that nothing expires behind a test's
 * back.
 */
#ifndef LUA_FIXTURE_H
#define LUA_FIXTURE_H

#include <check.h>

#include "base/rand.h"
#include "lib/redis_server.h"
#include "store/ask.h"
#include "store/fleet.h"
#include "store/payer.h"
#include "store/published.h"

#define T0          4000000000000000LL /* in 2096: Tuesday, 2 October, 07:06:40 UTC */
#define SECOND      1000000LL
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)
#define TTL_MS      30000
#define FEEDBACK_MS (7 * 86400 * 1000LL)
#define NO_MORE     NULL

struct fix {
	struct redis_server server;
	redisContext *raw;
	struct loop *loop;
	struct store store;
	struct payer payer;
	struct payer_skills skills; /* read with the payer */
	struct target target;
};
extern struct fix fix;
extern const struct lease fix_lease; /* of a leader that leads for ever */

/* of the program: one server for all tests */
void fix_begin(void);
void fix_end(void);
/* of a test: an empty database; org acme, team t1, key k1 without limits */
void fix_setup(void);
void fix_teardown(void);

/* run the loop until *done; fails the test after ten seconds */
void fix_await(const bool *done);

/* fields and values, NO_MORE at the end; the payer is read again */
void fix_limit(enum scope s, const char *name, const char *value);
void fix_read_payer(void);

/* one candidate; prices in nano-dollars for each token */
struct candidate fix_candidate(int64_t fixed_nanos, int64_t token_nanos, int64_t max_tokens,
			       int64_t min_tokens);
struct plan fix_plan(struct candidate c);
void fix_add(struct plan *plan, struct candidate c);

/* books_open for now */
struct held fix_open(const char *rid);
struct verdict fix_admit(struct held *h, const struct plan *plan);
struct verdict fix_extend(struct held *h, const struct plan *plan, uint32_t from);

struct settled {
	enum settle_end end;
	int64_t over;
	char entry[ENTRY_MAX];
};
struct settled fix_settle(const struct held *h, struct charge c);
/* final at that cost */
struct settled fix_charge(const struct held *h, int32_t attempt, int64_t cost);
enum expire_end fix_expire(const char *rid, int64_t *nanos_r);
enum expire_end fix_expire_by(const struct lease *lease, const char *rid, int64_t *nanos_r);

/* what lies in Redis; -1 where there is nothing */
int64_t fix_int(const char *format, ...) PRINTF_LIKE(1, 2);
/* a string answer; "" when there is none; valid until the next call */
const char *fix_text(const char *format, ...) PRINTF_LIKE(1, 2);

/* the three figures of a budget in the period of now, and `live` of the payer's records */
void fix_expect_budget(enum scope s, enum period p, int64_t spent, int64_t reserved,
		       int64_t suspense);
void fix_expect_live(int64_t live);
/* everything in the database, as one text: to see that nothing changed */
const char *fix_dump(void);

/* suites, a file each */
Suite *suite_admit(void);
Suite *suite_extend(void);
Suite *suite_rates(void);
Suite *suite_settle(void);
Suite *suite_escrow(void);
Suite *suite_ledger(void);
Suite *suite_rollup(void);
Suite *suite_expire(void);
Suite *suite_record(void);
Suite *suite_fleet(void);
Suite *suite_pace(void);
Suite *suite_feedback(void);
Suite *suite_breakers(void);
Suite *suite_health(void);
Suite *suite_failover(void);

#endif
