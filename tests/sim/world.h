/*
 * world.h -- days of requests to models whose answers differ in price and quality, for the
 * simulation of pacing. The same seed makes the same requests on every run.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/obj.h"
#include "base/rand.h"

#define MODELS 5
#define DAY_S  86400

/* what a model would do for a request */
struct offer {
	double quality;         /* of the answer */
	double quality_seen;    /* as it is estimated before */
	double cost_seen_nanos; /* expected */
	int64_t cost_nanos;     /* billed */
	int64_t worst_nanos;    /* reserved */
	int32_t takes_s;
};

struct ask {
	int32_t at_s;                /* since the first day's midnight */
	struct offer offers[MODELS]; /* cheapest first */
};

/* How requests come. What changes, changes with the last period, which is the one that is
 * measured; those before it are there to learn from. */
struct load {
	const char *name, *text;
	int days, period_days;
	double requests;   /* on a day before, about */
	double budget;     /* of what the best model alone would cost before */
	double volume;     /* 1 = as before */
	double later_h;    /* the day's shape moves */
	int bursts;        /* of a day: ten minutes each with four times as many requests */
	bool silent;       /* not one request from 20:00 to 06:00 */
	double most_error; /* goal: part of the budget that may be left over */
};

#define N_LOADS 13
extern const struct load loads[N_LOADS];

struct day {
	struct ask *asks; /* in order of time */
	size_t n;
};

/* day counts from 0, a Thursday; false: no memory */
bool world_day(struct rnd *rnd, const struct load *load, int day, struct day *day_r) MUST_CHECK;
void world_free(struct day *day);

/* what the requests would cost if all were given to one model */
double world_cost(const struct day *day, int model);

#endif
