/* price.c -- tokens to money. */
#include "core/price.h"

#include "base/text.h"

typedef __int128 wide; /* a token count times a price can pass 64 bits */

static bool applies(const struct rate *r, int64_t input_tokens, int64_t now_s)
{
	int64_t day = now_s / 86400;
	int weekday = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday; 0 = Monday */
	int minute = (int)(now_s % 86400 / 60);

	return (r->days >> weekday & 1) && minute >= r->from_minute && minute < r->to_minute &&
	       input_tokens > r->above_input;
}

const struct rate *price_rate(const struct price *p, int64_t input_tokens, int64_t now_s)
{
	/* conf/ sorts them so that the first that applies is the right one,
	 * and makes sure that the last one always applies */
	for (uint32_t i = 0; i < p->n_rates; i++)
		if (applies(&p->rates[i], input_tokens, now_s))
			return &p->rates[i];
	return &p->rates[p->n_rates - 1];
}

int32_t price_tier(const struct price *p, struct str tier)
{
	if (str_absent(tier))
		return 1000;
	for (uint32_t i = 0; i < p->n_tiers; i++)
		if (str_eq(p->tiers[i].name, tier))
			return p->tiers[i].permille;
	return -1;
}

/* ceil(a / b), not beyond MONEY_MAX */
static int64_t divide_up(wide a, wide b)
{
	wide q = (a + b - 1) / b;

	return q > MONEY_MAX ? MONEY_MAX : (int64_t)q;
}

static wide positive(int64_t n)
{
	return n > 0 ? n : 0;
}

int64_t price_cost(const struct price *p, const struct usage *u, int64_t now_s,
		   int32_t tier_permille)
{
	const struct rate *r = price_rate(p, usage_input(u), now_s);
	wide picos = 0;

	for (int c = 0; c < USAGE_COUNT; c++)
		picos += positive(u->tokens[c]) * r->picos[c];
	return divide_up(picos * tier_permille, PICOS_PER_NANO * 1000);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct worst_price price_worst(const struct price *p, int64_t input_bound, int32_t tier_permille,
			       uint32_t classes)
{
	int64_t input = 0, output = 0;

	for (uint32_t i = 0; i < p->n_rates; i++) {
		const struct rate *r = &p->rates[i];

		if (r->above_input >= input_bound && r->above_input >= 0)
			continue;
		for (int c = 0; c < USAGE_COUNT; c++) {
			if (!(classes & USAGE_BIT(c)))
				continue;
			if (c == USAGE_output || c == USAGE_output_audio)
				output = larger(output, r->picos[c]);
			else
				input = larger(input, r->picos[c]);
		}
	}
	return (struct worst_price){
		.fixed_nanos = divide_up(positive(input_bound) * input * tier_permille,
					 PICOS_PER_NANO * 1000),
		.output_picos = divide_up((wide)output * tier_permille, 1000),
	};
}

int64_t price_worst_total(const struct worst_price *w, int64_t max_tokens, int64_t n)
{
	wide out = positive(max_tokens) * positive(n) * w->output_picos;

	return divide_up((wide)w->fixed_nanos * PICOS_PER_NANO + out, PICOS_PER_NANO);
}

/* A decimal with at most `places` decimals, as an integer in units of the last place. */
static bool parse_decimal(struct str text, int places, int64_t max, int64_t *value_r)
{
	struct str fraction = text, whole = str_cut(&fraction, '.');
	int64_t value = 0, digits = 0;

	if (whole.n == 0 || whole.p[0] == '-' || !str_i64(whole, &value))
		return false;
	if (!str_absent(fraction) && (fraction.n == 0 || fraction.n > (size_t)places ||
				      fraction.p[0] == '-' || !str_i64(fraction, &digits)))
		return false;
	for (int i = 0; i < places; i++) {
		if (__builtin_mul_overflow(value, 10, &value))
			return false;
		if ((size_t)i >= fraction.n)
			digits *= 10;
	}
	if (__builtin_add_overflow(value, digits, &value) || value > max)
		return false;
	*value_r = value;
	return true;
}

bool price_parse(struct str dollars_per_mtok, int64_t *picos_r)
{
	return parse_decimal(dollars_per_mtok, 6, 1000000000000LL, picos_r);
}

bool money_parse(struct str dollars, int64_t *nanos_r)
{
	return parse_decimal(dollars, 9, MONEY_MAX, nanos_r);
}

const char *money_text(char dst[32], int64_t nanos)
{
	uint64_t rest = nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos;
	uint64_t part = rest % NANOS_PER_DOLLAR;
	struct text t = text_init(dst, 32);
	char decimals[] = ".000000000";
	size_t n = sizeof(decimals) - 1;

	for (size_t i = n - 1; i > 0; i--, part /= 10)
		decimals[i] = (char)('0' + part % 10);
	/* "0.500000000" reads as "0.50" */
	while (n > 3 && decimals[n - 1] == '0')
		n--;
	text_adds(&t, nanos < 0 ? "-" : "");
	text_addi(&t, (int64_t)(rest / NANOS_PER_DOLLAR));
	text_add(&t, (struct str){ decimals, n });
	return dst;
}
