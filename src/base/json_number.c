/*
 * json_number.c -- doubles as decimals, without loss.
 *
 * What is written reads as the same double, to the last bit, because decisions are replayed from
 * records. In whole numbers: printf() takes twenty times as long, and a record has a hundred
 * figures.
 */
#include "base/json.h"

#include <math.h>

/* --- a few decimals --- */

#define EXACT_BELOW 9007199254740992.0 /* 2^53 */
#define PLACES_MOST 6

/* .rest, of so many places, without the zeros at its end */
static void add_decimals(struct buf *b, int64_t rest, int places)
{
	char text[1 + PLACES_MOST] = ".";
	size_t n = 0;

	for (int i = places; i > 0; i--, rest /= 10) {
		text[i] = (char)('0' + rest % 10);
		if (n == 0 && rest % 10)
			n = (size_t)i + 1;
	}
	buf_add(b, (struct str){ text, n });
}

/*
 * Most figures were written by somebody with a few decimals. One is m / 10^k with both exact in a
 * double, and a division rounds as strtod() does: so when it gives the value again, so does the
 * text.
 */
static bool add_short(struct buf *b, double value)
{
	static const int64_t scales[] = { 1, 1000, 1000000 };
	double size = fabs(value);

	for (int i = 0; i < (int)COUNT_OF(scales); i++) {
		double scale = (double)scales[i], m = size * scale;

		if (m >= EXACT_BELOW || m != (double)(int64_t)m || m / scale != size)
			continue;
		if (signbit(value))
			buf_addc(b, '-');
		buf_addi(b, (int64_t)m / scales[i]);
		add_decimals(b, (int64_t)m % scales[i], 3 * i);
		return true;
	}
	return false;
}

/* --- 17 digits, which tell any two doubles apart --- */

#define DIGITS 17
/* Only of these, where a fraction times a power of ten is exact in 128 bits; others are rare. */
#define LONG_LEAST 1e-4
#define LONG_MOST  1e17
/* of a double (IEEE 754): value = fraction * 2^exponent, where the fraction has 53 bits */
#define FRACTION_BITS 52
#define EXPONENT_ZERO 1075

typedef unsigned __int128 wide;

static const uint64_t tens[] = {
	1u,
	10u,
	100u,
	1000u,
	10000u,
	100000u,
	1000000u,
	10000000u,
	100000000u,
	1000000000u,
	10000000000u,
	100000000000u,
	1000000000000u,
	10000000000000u,
	100000000000000u,
	1000000000000000u,
	10000000000000000u,
	100000000000000000u,
};
#define MOST_TENS ((int)COUNT_OF(tens) - 1)

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

/* b * 10^places, to the nearest whole number; of two that are as near, the even one, as printf() */
static uint64_t scaled(struct binary b, int places)
{
	int more = places > MOST_TENS ? places - MOST_TENS : 0, shift = -b.exponent;
	wide all = (wide)b.fraction * tens[places - more] * tens[more], half, rest;
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

	if (digits >= tens[DIGITS])
		digits = scaled(b, DIGITS - 1 - ++power);
	*power_r = power;
	return digits;
}

/* as printf("%.17g") does */
static void add_long(struct buf *b, double value)
{
	char text[DIGITS];
	int power, n = DIGITS;
	uint64_t digits = first_digits(fabs(value), &power);
	int whole = power < 0 ? 0 : power + 1;

	for (int i = DIGITS - 1; i >= 0; i--, digits /= 10)
		text[i] = (char)('0' + digits % 10);
	while (n > whole && text[n - 1] == '0')
		n--;
	if (signbit(value))
		buf_addc(b, '-');
	buf_add(b, power < 0 ? STR("0") : (struct str){ text, (size_t)whole });
	if (n > whole)
		buf_addc(b, '.');
	if (power < 0)
		buf_add(b, str_sub(STR("000"), 0, (size_t)(-power - 1)));
	buf_add(b, (struct str){ text + whole, (size_t)(n - whole) });
}

void json_number(struct buf *b, double value)
{
	double size = fabs(value);

	if (isnan(value))
		buf_adds(b, "null");
	else if (isinf(value))
		buf_adds(b, value > 0 ? "\"inf\"" : "\"-inf\"");
	else if (add_short(b, value))
		;
	else if (size >= LONG_LEAST && size < LONG_MOST)
		add_long(b, value);
	else
		buf_printf(b, "%.17g", value);
}
