/*
 * json_number.c -- doubles as decimals, without loss.
 *
 * What is written reads as the same double, to the last bit, because decisions are replayed from
 * records. In whole numbers: printf() takes twenty times as long, and a record has a hundred
 * figures.
 */
#include "base/json.h"

#include <math.h>

/* sign, point, the zeros behind it, 17 digits, and more */
#define NUMBER_CHARS 32

/* --- a few decimals --- */

#define EXACT_BELOW 9007199254740992.0 /* 2^53 */

/* .rest, of so many places, without the zeros at its end */
static size_t decimals(char *text, int64_t rest, size_t places)
{
	size_t n = places + 1;

	if (rest == 0)
		return 0;
	text[0] = '.';
	last_digits(text + 1, places, (uint64_t)rest);
	while (text[n - 1] == '0')
		n--;
	return n;
}

/*
 * Most figures were written by somebody with a few decimals. One is m / 10^k with both exact in a
 * double, and a division rounds as strtod() does: so when it gives the value again, so does the
 * text. Returns how many bytes; 0: it has more decimals.
 */
static size_t write_short(char *text, double size)
{
	static const int64_t scales[] = { 1, 1000, 1000000 };

	for (size_t i = 0; i < COUNT_OF(scales); i++) {
		double scale = (double)scales[i], m = size * scale;
		int64_t whole;
		size_t n;

		if (m >= EXACT_BELOW || m != (double)(int64_t)m || m / scale != size)
			continue;
		whole = (int64_t)size;
		n = i64_digits(text, whole);
		return n + decimals(text + n, (int64_t)m - whole * scales[i], 3 * i);
	}
	return 0;
}

/* --- 17 digits, which tell any two doubles apart --- */

#define DIGITS 17
/* Only of these; others are rare. */
#define LONG_LEAST 1e-9
#define LONG_MOST  1e17
/* of a double (IEEE 754): value = fraction * 2^exponent, where the fraction has 53 bits */
#define FRACTION_BITS 52
#define EXPONENT_ZERO 1075

typedef unsigned __int128 wide;

#define TEN_TO_DIGITS 100000000000000000u

/* 5^k: what is left of a power of ten beside one of two */
static const uint64_t fives[] = {
	1u,
	5u,
	25u,
	125u,
	625u,
	3125u,
	15625u,
	78125u,
	390625u,
	1953125u,
	9765625u,
	48828125u,
	244140625u,
	1220703125u,
	6103515625u,
	30517578125u,
	152587890625u,
	762939453125u,
	3814697265625u,
	19073486328125u,
	95367431640625u,
	476837158203125u,
	2384185791015625u,
	11920928955078125u,
	59604644775390625u,
	298023223876953125u,
	1490116119384765625u,
	7450580596923828125u,
};

struct binary {
	uint64_t fraction;
	int exponent;
};

static struct binary binary_of(double size)
{
	uint64_t bits;

	memcpy(&bits, &size, sizeof(bits));
	return (struct binary){
		.fraction = (bits & ((UINT64_C(1) << FRACTION_BITS) - 1)) |
			    UINT64_C(1) << FRACTION_BITS,
		.exponent = (int)(bits >> FRACTION_BITS) - EXPONENT_ZERO,
	};
}

/* b * 10^places, to the nearest whole number; of two that are as near, the even one, as printf().
 * Exact in 128 bits: the fraction has 53, and no power here more than 63. */
static uint64_t scaled(struct binary b, int places)
{
	int shift = -b.exponent - places;
	wide all = (wide)b.fraction * fives[places], half, rest;
	uint64_t whole;

	if (shift <= 0)
		return (uint64_t)(all << -shift);
	half = (wide)1 << (shift - 1);
	rest = all & (2 * half - 1);
	whole = (uint64_t)(all >> shift);
	return whole + (rest > half || (rest == half && whole % 2));
}

/* the first digit stands for so many tens: 3 in 1234.5, -1 in 0.5 */
static uint64_t first_digits(double size, int *power_r)
{
	struct binary b = binary_of(size);
	int power = (b.exponent + FRACTION_BITS) * 1233 >>
		    12; /* log10(2), nearly: that or 1 less */
	uint64_t digits = scaled(b, DIGITS - 1 - power);

	if (digits >= TEN_TO_DIGITS)
		digits = scaled(b, DIGITS - 1 - ++power);
	*power_r = power;
	return digits;
}

/* as printf("%.17g") does, but small ones without an exponent, too; returns how many bytes */
static size_t write_long(char *text, double size)
{
	int power;
	uint64_t digits = first_digits(size, &power);
	char *first = text + (power < 0 ? 1 - power : 1), *end = first + DIGITS;

	last_digits(first, DIGITS, digits);
	if (power < 0) {
		memcpy(text, "0.00000000", (size_t)(1 - power));
	} else { /* the digits before the point move in front of it */
		memmove(text, first, (size_t)power + 1);
		text[power + 1] = '.';
	}
	while (end[-1] == '0')
		end--;
	return (size_t)(end - text) - (end[-1] == '.');
}

/* 0: printf() writes it */
static size_t write_decimal(char *text, double size)
{
	size_t n = write_short(text, size);

	if (n == 0 && size >= LONG_LEAST && size < LONG_MOST)
		n = write_long(text, size);
	return n;
}

static void add_finite(struct buf *b, double value)
{
	char text[NUMBER_CHARS] = "-";
	size_t sign = signbit(value) ? 1 : 0, n = write_decimal(text + sign, fabs(value));

	if (n)
		buf_add(b, (struct str){ text, sign + n });
	else
		buf_printf(b, "%.17g", value);
}

void json_number(struct buf *b, double value)
{
	if (isnan(value))
		buf_adds(b, "null");
	else if (isinf(value))
		buf_adds(b, value > 0 ? "\"inf\"" : "\"-inf\"");
	else
		add_finite(b, value);
}
