/*
 * tally.h -- counters of one kind about one thing, such as the times until the first
 * content of a model at an endpoint: what gateways report, and Redis adds up.
 *
 * Pure. The counters of a distribution are those of a sketch; others are few, and
 * numbered below. Old counts are aged (tbl/tallies.h), by whoever adds to them or reads
 * them, so that reports add up in any order.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/sketch.h"

enum tally_kind {
#define TALLY(name, half_life_s, names, text) TALLY_##name,
#include "tbl/tallies.h"
#undef TALLY
	TALLY_COUNT
};

/* the counters of TALLY_attempts */
enum { ATTEMPTS_ALL, ATTEMPTS_FAILED };
/* the counters of TALLY_rating */
enum { RATING_GOOD, RATING_BAD };

/* of TALLY_token: so many are a millisecond */
#define TOKEN_UNITS_PER_MS 100

/* what a tally is of: "first openai gpt-4o 1k"; names have no spaces */
struct tally_name {
	enum tally_kind kind;
	struct str endpoint, model, size, task; /* absent where its kind has none */
};

#define TALLY_NAME_MAX 512
#define TALLY_TEXT_MAX 8192 /* all counters of a report */

int64_t tally_half_life_us(enum tally_kind kind);

void tally_name_write(const struct tally_name *name, struct buf *out);
/* slices of text. False: it is not one. */
bool tally_name_read(struct str text, struct tally_name *name_r) MUST_CHECK;

/* "COUNTER:COUNT ...", counts in millionths, as a report has it */
void tally_write(const struct sketch *counters, struct buf *out);
/* "AT COUNTER:COUNT ...", as Redis keeps it, aged to now_us. False: it is not one. */
bool tally_read(struct str text, enum tally_kind kind, int64_t now_us,
		struct sketch *counters_r) MUST_CHECK;

#endif
