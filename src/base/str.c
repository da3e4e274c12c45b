/* str.c -- slices: compare, search, cut. Pure, libc only. */
#include "base/str.h"

#include <endian.h>

struct str str_sub(struct str s, size_t from, size_t to)
{
	if (!s.p)
		return s; /* not even 0 may be added to a null pointer */
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){ s.p + from, to - from };
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, s.n), suffix);
}

ptrdiff_t str_chr(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	for (size_t at = 0; at + needle.n <= s.n; at++) {
		ptrdiff_t skip = str_chr(str_sub(s, at, s.n - needle.n + 1), needle.p[0]);

		if (skip < 0)
			return -1;
		at += (size_t)skip;
		if (memcmp(s.p + at, needle.p, needle.n) == 0)
			return (ptrdiff_t)at;
	}
	return -1;
}

bool str_has(struct str s, const char *needle)
{
	return str_find(s, str_of(needle)) >= 0;
}

bool str_ihas(struct str s, const char *needle)
{
	struct str want = str_of(needle);

	for (size_t at = 0; at + want.n <= s.n; at++)
		if (str_ieq(str_sub(s, at, at + want.n), want))
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str *s, char sep)
{
	struct str whole = *s;
	ptrdiff_t at = str_chr(whole, sep);

	if (at < 0) {
		*s = STR_NONE;
		return whole;
	}
	*s = str_sub(whole, (size_t)at + 1, whole.n);
	return str_sub(whole, 0, (size_t)at);
}

bool str_i64(struct str s, int64_t *value_r)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t value = 0;

	if (negative)
		s = str_sub(s, 1, s.n);
	if (s.n == 0)
		return false;
	/* counts downwards, because INT64_MIN has no positive twin */
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, s.p[i] - '0', &value))
			return false;
	}
	if (!negative && value == INT64_MIN)
		return false;
	*value_r = negative ? value : -value;
	return true;
}

/* Eight digits, all at once: a number is cut into two halves, each of these into two, and so on.
 * The products stand for divisions by 100 and by 10, exact for numbers of so few digits. */
static void eight_digits(char dst[8], uint64_t value)
{
	uint64_t fours = value / 10000 | (value % 10000) << 32;
	uint64_t upper = (fours * 5243 >> 19) & 0x0000007F0000007Fu;
	uint64_t twos = upper | (fours - upper * 100) << 16;
	uint64_t tens = (twos * 103 >> 10) & 0x000F000F000F000Fu;
	uint64_t ones = htole64((tens | (twos - tens * 10) << 8) + 0x3030303030303030u);

	memcpy(dst, &ones, sizeof(ones));
}

void last_digits(char *dst, size_t n, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	for (; n >= 8; n -= 8, value /= 100000000)
		eight_digits(dst + n - 8, value % 100000000);
	for (; n >= 2; n -= 2, value /= 100)
		memcpy(dst + n - 2, pairs + 2 * (value % 100), 2);
	if (n)
		*dst = (char)('0' + value % 10);
}

size_t i64_digits(char dst[I64_DIGITS], int64_t value)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	size_t n = 1, sign = value < 0;

	for (uint64_t ten = 10; size >= ten; ten *= 10)
		n++;
	if (sign)
		*dst = '-';
	last_digits(dst + sign, n, size);
	return sign + n;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

uint32_t str_hash(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

bool str_copy(char *dst, size_t cap, struct str s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
	return n == s.n;
}
