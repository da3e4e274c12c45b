/* mock_price.c -- from a price list and usage to nano-dollars. */
#include "mock/mock_price.h"

#include "mock/mock_template.h"
#include "mock/mock_yaml.h"

#define MAX_LIST_BYTES  (8u << 20)
#define MINUTES_PER_DAY 1440
#define PERMILLE        1000

void mock_prices_init(struct mock_prices *p)
{
	*p = (struct mock_prices){ 0 };
	arena_init(&p->arena, MAX_LIST_BYTES);
	buf_init(&p->text, MAX_LIST_BYTES);
}

void mock_prices_release(struct mock_prices *p)
{
	arena_release(&p->arena);
	buf_release(&p->text);
}

bool mock_prices_read(struct mock_prices *p, const char *name, struct str text,
		      struct fault *fault_r)
{
	size_t at;

	if (!mock_yaml_to_json(name, text, &p->text, fault_r))
		return false;
	if (json_parse(&p->doc, &p->arena, buf_str(&p->text), &json_limits_default, &at) ==
		    JSON_FINE &&
	    json_type(json_get(json_root(&p->doc), "prices")) == JSON_OBJECT)
		return true;
	fault_set(fault_r, ERR_VALUE, "prices", "%s: no prices in it", name);
	return false;
}

/* --- decimals, exactly --- */

/* "0.1875" with so many decimals moved in front of the point: 187500 for 6. False: no such number.
 */
static bool shifted(struct json number, int decimals, int64_t *value_r)
{
	struct str s = json_type(number) == JSON_STRING ? json_chars(number) : json_raw(number);
	int64_t value = 0;
	bool fraction = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9' || value > INT64_MAX / 100 ||
		    (fraction && decimals-- == 0))
			return false;
		value = value * 10 + (s.p[i] - '0');
	}
	while (decimals-- > 0)
		value *= 10;
	*value_r = value;
	return s.n > 0;
}

/* dollars for a million tokens are pico-dollars for a token, a million times */
static bool picos(struct json rate, const char *class, int64_t *picos_r)
{
	return shifted(json_get(rate, class), 6, picos_r);
}

/* --- times of the week --- */

static int day_number(struct str name)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	for (int i = 0; i < 7; i++) {
		if (str_ieq(name, str_of(days[i])))
			return i;
	}
	return -1;
}

/* "mon" or "mon-fri" */
static bool day_in(struct json span, int day)
{
	struct str to = json_chars(span);
	struct str from = str_cut(&to, '-');
	int first = day_number(from);
	int last = str_absent(to) ? first : day_number(to);

	return first <= last ? day >= first && day <= last : day >= first || day <= last;
}

static int minute_of(struct str clock)
{
	struct str minutes = clock;
	struct str hours = str_cut(&minutes, ':');
	int64_t h = -1, m = -1;

	if (hours.n == 2 && hours.p[0] == '0')
		hours = str_sub(hours, 1, 2);
	if (minutes.n == 2 && minutes.p[0] == '0')
		minutes = str_sub(minutes, 1, 2);
	if (!str_i64(hours, &h) || !str_i64(minutes, &m))
		return -1;
	return (int)(h * 60 + m);
}

/* "01:00-04:00" */
static bool hour_in(struct json span, int minute)
{
	struct str to = json_chars(span);
	struct str from = str_cut(&to, '-');

	return minute >= minute_of(from) && minute < minute_of(to);
}

/* one value, or any of a list; what is not said holds always */
static bool any_of(struct json spans, bool (*is_in)(struct json, int), int what)
{
	if (json_unset(spans))
		return true;
	if (json_type(spans) == JSON_STRING)
		return is_in(spans, what);
	JSON_EACH (span, spans) {
		if (is_in(span, what))
			return true;
	}
	return false;
}

/* the window in force, else the price itself */
static struct json at_time(struct json price, int64_t unix_s)
{
	int64_t days = unix_s / 86400;
	int minute = (int)(unix_s / 60 % MINUTES_PER_DAY);
	int weekday = (int)((days + 3) % 7); /* the first day of 1970 was a Thursday */

	JSON_EACH (window, json_get(price, "windows")) {
		if (any_of(json_get(window, "days"), day_in, weekday) &&
		    any_of(json_get(window, "hours"), hour_in, minute))
			return window;
	}
	return price;
}

static struct json at_length(struct json rate, int64_t input)
{
	struct json best = rate;
	int64_t most = -1;

	JSON_EACH (name, json_get(rate, "above")) {
		int64_t above;

		if (str_i64(json_chars(name), &above) && input > above && above > most) {
			best = json_value(name);
			most = above;
		}
	}
	return best;
}

/* --- the sum --- */

static bool sum(struct json rate, const struct mock_usage *u, __int128 *picos_r)
{
	int64_t input, output, read, write, long_write;

	if (!picos(rate, "input", &input) || !picos(rate, "output", &output))
		return false;
	if (!picos(rate, "cache_read", &read))
		read = input;
	if (!picos(rate, "cache_write", &write))
		write = input;
	if (!picos(rate, "cache_write_long", &long_write))
		long_write = write;
	*picos_r = (__int128)u->input * input + (__int128)u->output * output +
		   (__int128)u->cache_read * read + (__int128)u->cache_write * write +
		   (__int128)u->cache_write_long * long_write;
	return true;
}

/* the factor of a service tier, in thousandths */
static bool tier_factor(struct json price, struct str tier, int64_t *permille_r)
{
	char name[32];

	*permille_r = PERMILLE;
	if (str_absent(tier) || str_is(tier, "auto") || str_is(tier, "default"))
		return true;
	return str_copy(name, sizeof(name), tier) &&
	       shifted(json_get(json_get(price, "service_tiers"), name), 3, permille_r);
}

bool mock_price(const struct mock_prices *p, const struct mock_model *model, struct str tier,
		const struct mock_usage *u, int64_t arrived_s, int64_t *nanos_r)
{
	struct json vendor = json_get(json_get(json_root(&p->doc), "prices"),
				      mock_vendor_name(model->vendor));
	struct json price = json_get(vendor, model->name);
	struct json rate = at_length(at_time(price, arrived_s), mock_usage_prompt(u));
	__int128 total, unit = (__int128)1000 * PERMILLE;
	int64_t permille;

	*nanos_r = 0;
	if (!sum(rate, u, &total) || !tier_factor(price, tier, &permille))
		return false;
	*nanos_r = (int64_t)((total * permille + unit - 1) / unit);
	return true;
}
