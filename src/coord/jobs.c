/* jobs.c -- the leader's jobs, each at its interval, never twice at a time. */
#include "coord/coordinator.h"

static void (*const run_job[JOB_COUNT])(struct job *j) = {
#define JOB(name, setting, text) job_##name,
#include "tbl/jobs.h"
#undef JOB
};

static int64_t interval_us(const struct job *j)
{
	const struct settings *s = j->coordinator->settings;
	const int64_t ms[JOB_COUNT] = {
#define JOB(name, setting, text) s->coordinator_##setting##_ms,
#include "tbl/jobs.h"
#undef JOB
	};

	return ms[j->id] * 1000;
}

bool job_may_write(const struct job *j)
{
	const struct coordinator *c = j->coordinator;

	return !c->stopping && j->token == c->lease.token && lead_holds(c);
}

static void begin(void *who)
{
	struct job *j = who;

	if (j->running)
		return;
	j->token = j->coordinator->lease.token;
	if (!job_may_write(j)) {
		job_done(j);
		return;
	}
	j->running = true;
	run_job[j->id](j);
}

void job_done(struct job *j)
{
	struct coordinator *c = j->coordinator;

	j->running = false;
	if (c->stopping)
		lead_hand_back(c);
	else if (c->leading)
		timer_set(c->loop, &j->next, loop_now_us(c->loop) + interval_us(j));
}

void job_hurry(struct job *j)
{
	if (!j->running && j->coordinator->leading)
		timer_set(j->coordinator->loop, &j->next, 0);
}

void jobs_init(struct coordinator *c)
{
	for (int i = 0; i < JOB_COUNT; i++) {
		c->jobs[i] = (struct job){ .coordinator = c, .id = (enum job_id)i };
		c->jobs[i].next = (struct timer){ .fire = begin, .who = &c->jobs[i] };
	}
}

void jobs_start(struct coordinator *c)
{
	for (int i = 0; i < JOB_COUNT; i++)
		job_hurry(&c->jobs[i]);
}

bool jobs_run(const struct coordinator *c)
{
	for (int i = 0; i < JOB_COUNT; i++)
		if (c->jobs[i].running)
			return true;
	return false;
}

void jobs_stop(struct coordinator *c)
{
	for (int i = 0; i < JOB_COUNT; i++)
		timer_cancel(c->loop, &c->jobs[i].next);
}
