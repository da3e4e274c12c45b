/*
 * rollup.h -- usage by hour and day: counted once from the ledger by who leads, read by
 * everybody.
 *
 * A row is what one key used of one model. Exactly once by construction: the script that
 * counts entries also writes up to which they are counted, in the slot of the ledger
 * itself, so that whatever a failover loses, it loses of all three alike.
 */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

#include "store/lease.h"

enum usage_figure {
#define FIGURE(name, title, text) FIGURE_##name,
#include "tbl/figures.h"
#undef FIGURE
	FIGURE_COUNT
};
extern const char *const usage_figure_names[FIGURE_COUNT];

/* how much at a time, and how long it is kept */
struct rollup_conf {
	int64_t entries, rows;
	int64_t hours_ms, days_ms;
};

enum rollup_end { ROLLUP_OK, ROLLUP_FENCED, ROLLUP_LOST };
/* next_us: there is more, and the oldest of it is of that time; 0: all is counted */
typedef void usage_rolled_f(void *who, enum rollup_end end, int64_t next_us);

/* Count what the ledger of the org has of the hour of at_us. Nothing is counted when something
 * older is there: it comes first. */
void usage_roll(struct store *s, const struct lease *lease, struct str org, int64_t at_us,
		const struct rollup_conf *conf, usage_rolled_f *fn, void *who);

/* Texts are valid during the call. "*" for all three: rows beyond the most that are kept. */
struct usage_row {
	struct str team, key,
		model; /* model "-": it ended between two vendors, or with its gateway */
	int64_t figure[FIGURE_COUNT];
};
typedef void usage_read_f(void *who, bool ok, size_t n, const struct usage_row *rows);

/* period_id: of an hour or a day (core/period.h) */
void usage_read(struct store *s, struct str org, struct str period_id, usage_read_f *fn, void *who);

#endif
