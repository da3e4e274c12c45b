/*
 * store.h -- one worker's door to Redis: the connection, and Redis' clock.
 *
 * Redis' clock decides about periods, rates and deadlines, so that gateways whose
 * clocks differ decide alike. Every answer that tells the time corrects the
 * estimate of it kept here.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "conf/conf.h"
#include "io/redis.h"

struct store {
	struct loop *loop;
	struct redis *redis;
	int64_t clock_offset_us; /* Redis' wall clock minus our monotonic clock */
	bool clock_known;
	int64_t admit_window_us; /* not_after = now + this */
	int64_t tombstone_ms;
	int64_t ledger_entries;
};

/*
 * Connect as the settings say; password NULL: none. state is told of each change (redis.h).
 * False: *fault_r says why; nothing is left open.
 */
bool store_open(struct store *s, struct loop *l, const struct settings *settings,
		const char *password, redis_state_f *state, void *who, struct fault *fault_r) MUST_CHECK;
/* One more connection alike, e.g. to subscribe. NULL: *fault_r says why. */
struct redis *store_connect(struct loop *l, const struct settings *settings, const char *password,
			    redis_state_f *state, void *who, struct fault *fault_r);
/* fine on a store that is not open */
void store_close(struct store *s);

/* Redis' time now, as well as we know it; our own wall clock before the first answer */
int64_t store_now_us(const struct store *s);
/* an answer came that says what time it is */
void store_saw_clock(struct store *s, int64_t redis_now_us);

#endif
