/* period.c -- budget periods on the calendar, UTC. */
#include "core/period.h"

#include <stdio.h>
#include <time.h>

#define US_PER_S 1000000LL
#define DAY_S    86400
#define FOR_EVER (INT64_MAX / 2)

/* the calendar of an instant, its seconds and the smaller parts of it that p drops set to 0 */
static struct tm begin_of(enum period p, int64_t now_s)
{
	time_t t = (time_t)now_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	tm.tm_sec = tm.tm_min = 0;
	if (p != PERIOD_hour)
		tm.tm_hour = 0;
	if (p == PERIOD_week)
		tm.tm_mday -= (tm.tm_wday + 6) % 7; /* back to Monday */
	if (p == PERIOD_month)
		tm.tm_mday = 1;
	return tm;
}

static int64_t to_us(struct tm tm)
{
	/* timegm() carries what overflows into the larger parts */
	return (int64_t)timegm(&tm) * US_PER_S;
}

static int64_t end_of(enum period p, struct tm start)
{
	switch (p) {
	case PERIOD_hour: start.tm_hour++; break;
	case PERIOD_day: start.tm_mday++; break;
	case PERIOD_week: start.tm_mday += 7; break;
	default: start.tm_mon++; break;
	}
	return to_us(start);
}

/* one letter and a date, as strftime() writes it; tests/unit/check_period.c reads them back */
static const char *const id_forms[PERIOD_COUNT] = {
	[PERIOD_hour] = "h%Y%m%d%H", [PERIOD_day] = "d%Y%m%d", [PERIOD_week] = "w%GW%V",
	[PERIOD_month] = "m%Y%m",    [PERIOD_total] = "t",
};

void period_span(enum period p, int64_t now_us, struct period_span *span_r)
{
	int64_t now_s = now_us / US_PER_S - (now_us % US_PER_S < 0);
	struct tm start = begin_of(p, now_s);
	time_t t = timegm(&start);

	*span_r = (struct period_span){ .start_us = 0, .end_us = FOR_EVER };
	if (p != PERIOD_total) {
		span_r->start_us = to_us(start);
		span_r->end_us = end_of(p, start);
	}
	gmtime_r(&t, &start);
	/* the form is not literal, but one of five above */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	strftime(span_r->id, sizeof(span_r->id), id_forms[p], &start);
#pragma GCC diagnostic pop
}

void periods_at(struct periods *p, int64_t now_us)
{
	if (p->from_us <= now_us && now_us < p->till_us)
		return;
	p->from_us = 0;
	p->till_us = FOR_EVER;
	for (int i = 0; i < PERIOD_COUNT; i++) {
		struct period_span *span = &p->span[i];

		period_span((enum period)i, now_us, span);
		if (span->start_us > p->from_us)
			p->from_us = span->start_us;
		if (span->end_us < p->till_us)
			p->till_us = span->end_us;
	}
}

/* Monday of an ISO week: the week that holds January 4th is the first. */
static int64_t monday_us(int year, int week)
{
	struct tm jan4 = { .tm_year = year - 1900, .tm_mon = 0, .tm_mday = 4 };
	struct period_span first;

	period_span(PERIOD_week, to_us(jan4), &first);
	return first.start_us + (int64_t)(week - 1) * 7 * DAY_S * US_PER_S;
}

/* some instant of the period that id names; a wrong one when id is no good */
static int64_t instant_of(const char *id)
{
	struct tm tm = { .tm_mday = 1 };
	int year = 0, month = 1, week = 1;

	if (id[0] == 'w') {
		if (sscanf(id, "w%4dW%2d", &year, &week) != 2)
			return 0;
		return monday_us(year, week);
	}
	if (sscanf(id + 1, "%4d%2d%2d%2d", &year, &month, &tm.tm_mday, &tm.tm_hour) < 2)
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	return to_us(tm);
}

bool period_parse(struct str id, enum period *p_r, struct period_span *span_r)
{
	char text[sizeof(span_r->id)];

	if (id.n == 0 || !str_copy(text, sizeof(text), id))
		return false;
	for (int p = 0; p < PERIOD_COUNT; p++) {
		if (id_forms[p][0] != text[0])
			continue;
		*p_r = (enum period)p;
		/* only what period_span() would write is an id */
		period_span(*p_r, instant_of(text), span_r);
		return str_is(id, span_r->id);
	}
	return false;
}
