/* say.c -- lines for people. */
#include "ctl/say.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define US_PER_S 1000000LL

static void say(const char *prefix, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(stderr, "%s: %s\n", prefix, text);
}

void say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("smartrouter", fmt, ap);
	va_end(ap);
}

void say_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("note", fmt, ap);
	va_end(ap);
}

const char *time_text(char dst[TIME_TEXT], int64_t us)
{
	time_t s = (time_t)(us / US_PER_S);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(dst, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return dst;
}

const char *age_text(char dst[TIME_TEXT], int64_t us)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
	int64_t s = us > 0 ? us / US_PER_S : 0;
	size_t u = 0;

	while (u + 1 < COUNT_OF(units) && s < units[u].seconds)
		u++;
	if (u + 1 == COUNT_OF(units))
		snprintf(dst, TIME_TEXT, "%llds", (long long)s);
	else
		snprintf(dst, TIME_TEXT, "%lld%s %lld%s", (long long)(s / units[u].seconds),
			 units[u].name, (long long)(s % units[u].seconds / units[u + 1].seconds),
			 units[u + 1].name);
	return dst;
}

const char *figure_text(char dst[FIGURE_TEXT], double x)
{
	double size = fabs(x);
	int digits = size >= 1e5 ? 0 : size >= 100 ? 2 : size >= 1 ? 4 : 6;

	snprintf(dst, FIGURE_TEXT, "%.*f", digits, fmin(fmax(x, -1e20), 1e20));
	return dst;
}

const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}
