/* vendor_limit.c -- read the headers of vendors' limits. */
#include "core/vendor_limit.h"

#include <stdlib.h>
#include <time.h>

#define LONGEST_MS (24LL * 3600 * 1000)
#define PART       20 /* of the time until it is full: so much of it has come back then */

static const struct {
	const char *remaining, *reset;
} rows[VENDOR_LIMIT_COUNT] = {
#define VENDOR_LIMIT(name, remaining, reset) { remaining, reset },
#include "tbl/vendor_limits.h"
#undef VENDOR_LIMIT
};

/* --- times --- */

static const struct {
	const char *name;
	double ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

/* Takes "6m" from "6m0s"; a number without a unit is seconds. False: it is not one. */
static bool take_part(const char **text, double *ms)
{
	char *end;
	double number;

	if (**text < '0' || **text > '9')
		return false;
	number = strtod(*text, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(end, units[i].name, n) != 0 || (end[n] >= 'a' && end[n] <= 'z'))
			continue;
		*ms += number * units[i].ms;
		*text = end + n;
		return true;
	}
	*ms += number * 1000;
	*text = end;
	return *end == '\0';
}

static int64_t duration_ms(const char *text)
{
	double ms = 0;

	do {
		if (!take_part(&text, &ms) || !(ms >= 0 && ms <= (double)LONGEST_MS))
			return -1;
	} while (*text);
	return (int64_t)ms;
}

int64_t limit_reset_parse(struct str value, int64_t now_s)
{
	struct tm tm = { 0 };
	const char *end;
	char text[64];
	int64_t ms;

	if (!str_copy(text, sizeof(text), str_trim(value)))
		return -1;
	end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!end)
		return duration_ms(text);
	if (*end != 'Z' && *end != '.')
		return -1;
	ms = ((int64_t)timegm(&tm) - now_s) * 1000;
	if (ms > LONGEST_MS)
		return -1;
	return ms > 0 ? ms : 0;
}

/* --- headers --- */

void vendor_limits_note(struct vendor_limits *l, struct str name, struct str value, int64_t now_s)
{
	int64_t left, ms;

	for (int i = 0; i < VENDOR_LIMIT_COUNT; i++) {
		if (str_ieq(name, str_of(rows[i].remaining))) {
			l->of[i].used_up = str_i64(str_trim(value), &left) && left <= 0;
			return;
		}
		if (str_ieq(name, str_of(rows[i].reset))) {
			ms = limit_reset_parse(value, now_s);
			l->of[i].reset_ms = ms > 0 ? ms : 0;
			return;
		}
	}
}

int64_t vendor_limits_wait_ms(const struct vendor_limits *l)
{
	int64_t most = 0;

	for (int i = 0; i < VENDOR_LIMIT_COUNT; i++)
		if (l->of[i].used_up && l->of[i].reset_ms > most)
			most = l->of[i].reset_ms;
	return (most + PART - 1) / PART;
}
