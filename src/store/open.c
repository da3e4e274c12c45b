/* open.c -- a store as the settings say. */
#include "base/clock.h"
#include "store/store.h"

struct redis *store_connect(struct loop *l, const struct settings *settings, const char *password,
			    redis_state_f *state, void *who, struct fault *fault_r)
{
	const struct redis_conf conf = {
		.url = settings->redis_url,
		.user = settings->redis_user,
		.password = password,
		.connect_ms = settings->redis_connect_timeout_ms,
		.command_ms = settings->redis_command_timeout_ms,
		.check_ms = settings->redis_check_interval_ms,
		.retry_min_ms = settings->redis_retry_min_ms,
		.retry_max_ms = settings->redis_retry_max_ms,
		.max_pending = (uint32_t)settings->redis_max_pending,
		.seed = (uint64_t)clock_mono_us(),
	};

	return redis_new(l, &conf, state, who, fault_r);
}

bool store_open(struct store *s, struct loop *l, const struct settings *settings,
		const char *password, redis_state_f *state, void *who, struct fault *fault_r)
{
	*s = (struct store){
		.loop = l,
		.admit_window_us = settings->redis_admit_window_ms * 1000,
		.tombstone_ms = settings->redis_tombstone_ms,
		.estimate_ms = settings->redis_estimate_time_ms,
		.feedback_ms = settings->redis_feedback_time_ms,
		.ledger_entries = settings->redis_ledger_entries,
		.grace_us = settings->redis_failover_grace_ms * 1000,
		.loss_window_us = settings->redis_loss_window_ms * 1000,
	};
	s->redis = store_connect(l, settings, password, state, who, fault_r);
	return s->redis != NULL;
}

void store_close(struct store *s)
{
	if (s->redis)
		redis_free(s->redis);
	s->redis = NULL;
}
