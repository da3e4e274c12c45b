/* value.c -- durations, sizes, dates and words. */
#include "conf/value.h"

#include <stdio.h>

#include "base/json.h"
#include "core/price.h"

#define MINUTES_PER_DAY 1440
#define SECONDS_PER_DAY 86400

struct unit {
	const char *name;
	int64_t factor;
};

bool value_count(struct str text, int64_t *count_r)
{
	/* "010" is eight to some readers of YAML and ten to others */
	bool odd = text.n == 0 || text.p[0] == '-' || (text.n > 1 && text.p[0] == '0');

	return !odd && str_i64(text, count_r);
}

/* digits, then one of the units (the first of which may be left out when it is "") */
static bool with_unit(struct str text, const struct unit *units, size_t n, int64_t *value_r)
{
	size_t digits = 0;
	int64_t value;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!value_count(str_sub(text, 0, digits), &value))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_is(str_sub(text, digits, text.n), units[i].name))
			return !__builtin_mul_overflow(value, units[i].factor, value_r);
	return false;
}

bool value_time(struct str text, int64_t *ms_r)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};

	if (str_is(text, "0")) {
		*ms_r = 0;
		return true;
	}
	return with_unit(text, units, COUNT_OF(units), ms_r);
}

bool value_bytes(struct str text, int64_t *bytes_r)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "KiB", 1 << 10 },
		{ "MiB", 1 << 20 },
		{ "GiB", 1 << 30 },
	};

	return with_unit(text, units, COUNT_OF(units), bytes_r);
}

/* a number of exactly so many digits */
static bool digits(struct str text, size_t n, int *value_r)
{
	int64_t value;

	if (text.n != n || text.p[0] == '-' || !str_i64(text, &value))
		return false;
	*value_r = (int)value;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int days_of_year(int year)
{
	return is_leap(year) ? 366 : 365;
}

bool value_date(struct str text, int64_t *seconds_r)
{
	struct str rest = text;
	int year, month, day;
	int64_t days = 0;

	if (!digits(str_cut(&rest, '-'), 4, &year) || !digits(str_cut(&rest, '-'), 2, &month) ||
	    !digits(rest, 2, &day))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return false;
	for (int y = 1970; y < year; y++)
		days += days_of_year(y);
	for (int m = 1; m < month; m++)
		days += days_of_month(year, m);
	*seconds_r = (days + day - 1) * SECONDS_PER_DAY;
	return true;
}

bool value_clock(struct str text, int *minute_r)
{
	struct str rest = text;
	int hour, minute;

	if (!digits(str_cut(&rest, ':'), 2, &hour) || !digits(rest, 2, &minute) || minute > 59)
		return false;
	*minute_r = hour * 60 + minute;
	return *minute_r <= MINUTES_PER_DAY;
}

static const char day_words[] = "mon|tue|wed|thu|fri|sat|sun";

bool value_days(struct str text, uint8_t *days_r)
{
	struct str last = text, first = str_cut(&last, '-');
	int from = value_word(first, day_words);
	int to = str_absent(last) ? from : value_word(last, day_words);

	if (from < 0 || to < 0)
		return false;
	*days_r = (uint8_t)(1 << to);
	for (int day = from; day != to; day = (day + 1) % 7)
		*days_r |= (uint8_t)(1 << day);
	return true;
}

bool value_permille(struct str text, int32_t *permille_r)
{
	int64_t nanos, per_mille = NANOS_PER_DOLLAR / 1000;

	/* the same decimals as money has, only fewer of them */
	if (!money_parse(text, &nanos) || nanos % per_mille || nanos / per_mille > INT32_MAX)
		return false;
	*permille_r = (int32_t)(nanos / per_mille);
	return true;
}

struct str value_nth_word(const char *words, int nth)
{
	struct str rest = str_of(words), word = str_cut(&rest, '|');

	while (nth-- > 0 && !str_absent(word))
		word = str_absent(rest) ? STR_NONE : str_cut(&rest, '|');
	return word.n ? word : STR_NONE;
}

int value_word(struct str text, const char *words)
{
	struct str word;

	for (int i = 0; !str_absent(word = value_nth_word(words, i)); i++)
		if (str_eq(word, text))
			return i;
	return -1;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool made_of(struct str text, const char *besides)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_alnum(text.p[i]) && (text.p[i] == '\0' || !strchr(besides, text.p[i])))
			return false;
	return text.n > 0;
}

bool value_is_name(struct str text)
{
	return made_of(text, "._-");
}

bool value_is_id(struct str text)
{
	return made_of(text, "._-/:@+");
}

/* characters that a YAML reader refuses or folds when they stand in a text */
static bool is_odd(const unsigned char *p, size_t n)
{
	uint32_t code;

	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7F;
	if (n == 2)
		return ((p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu)) < 0xA0;
	code = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
	return n == 3 && (code == 0x2028 || code == 0x2029 || code == 0xFEFF || code >= 0xFFFE);
}

bool value_is_printable(struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n;

	for (size_t i = 0; i < text.n; i += n) {
		n = utf8_length(p + i, text.n - i);
		if (n == 0 || is_odd(p + i, n))
			return false;
	}
	return true;
}

void value_write_decimal(struct buf *b, int64_t value, int places)
{
	int64_t unit = 1;
	char text[48];
	int n;

	for (int i = 0; i < places; i++)
		unit *= 10;
	n = snprintf(text, sizeof(text), "%lld.%0*lld", (long long)(value / unit), places,
		     (long long)(value % unit));
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	buf_add(b, (struct str){ text, (size_t)n });
}

void value_write_date(struct buf *b, int64_t seconds)
{
	int64_t days = seconds / SECONDS_PER_DAY;
	int year = 1970, month = 1;

	while (days >= days_of_year(year))
		days -= days_of_year(year++);
	while (days >= days_of_month(year, month))
		days -= days_of_month(year, month++);
	buf_printf(b, "%04d-%02d-%02d", year, month, (int)days + 1);
}

void value_write_clock(struct buf *b, int minute)
{
	buf_printf(b, "%02d:%02d", minute / 60, minute % 60);
}

const char *value_day_name(int day)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	return names[day];
}
