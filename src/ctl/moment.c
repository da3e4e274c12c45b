/* moment.c -- points in time. */
#include "ctl/moment.h"

#include <time.h>

#include "conf/value.h"

#define US_PER_S    1000000LL
#define US_PER_MS   1000LL
#define FARTHEST_MS (100LL * 366 * 86400000)

/* Fractions of a second are passed over. strptime() takes February 30th: only what is written
 * back alike was meant. */
static bool read_timestamp(struct str text, int64_t *us_r)
{
	static const char form[] = "%Y-%m-%dT%H:%M:%S";
	struct str fraction = str_sub(text, 0, text.n - 1), seconds = str_cut(&fraction, '.');
	char copy[64], again[64];
	struct tm tm = { 0 };
	int64_t digits;
	const char *end;
	time_t s;

	if (!str_ends(text, STR("Z")) || !str_copy(copy, sizeof(copy), seconds) ||
	    (!str_absent(fraction) && !value_count(fraction, &digits)))
		return false;
	end = strptime(copy, form, &tm);
	if (!end || *end)
		return false;
	s = timegm(&tm);
	gmtime_r(&s, &tm);
	strftime(again, sizeof(again), form, &tm);
	*us_r = (int64_t)s * US_PER_S;
	return strcmp(again, copy) == 0;
}

bool moment_read(struct str text, int64_t now_us, int direction, int64_t *us_r)
{
	int64_t value;

	if (str_is(text, "now")) {
		*us_r = now_us;
		return true;
	}
	if (value_time(text, &value) && value <= FARTHEST_MS) {
		*us_r = now_us + direction * value * US_PER_MS;
		return true;
	}
	if (value_date(text, &value)) {
		*us_r = value * US_PER_S;
		return true;
	}
	return text.n > 0 && read_timestamp(text, us_r);
}
