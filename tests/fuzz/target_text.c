/*
 * target_text.c -- the readers of small texts: what one takes, its writer gives back, or a
 * second reading agrees.
 */
#include "base/json.h"
#include "conf/redis_url.h"
#include "conf/value.h"
#include "core/apikey.h"
#include "core/breaker.h"
#include "core/fault_rules.h"
#include "core/period.h"
#include "core/price.h"
#include "core/vendor_limit.h"
#include "fuzz.h"

#define NOW_S   1700000000
#define DAY_MS  (24LL * 3600 * 1000)
#define DAY_US  (DAY_MS * 1000)
#define LONGEST 256 /* of decimals */

static void try_key(struct str text)
{
	struct apikey key, again;
	struct buf b;

	if (!apikey_parse(text, &key))
		return;
	HOLDS(id_is_good(str_of(key.org)) && apikey_id_is_good(str_of(key.id)), "ids %s and %s",
	      key.org, key.id);
	HOLDS(key.secret.n == APIKEY_SECRET_CHARS + APIKEY_CHECK_CHARS, "a secret of %zu bytes",
	      key.secret.n);
	buf_init(&b, FUZZ_ROOM);
	buf_printf(&b, "sk-sr-%s_%s-%.*s", key.org, key.id, STR_ARG(key.secret));
	HOLDS(str_eq(buf_str(&b), text), "another key: %s", buf_cstr(&b));
	HOLDS(apikey_parse(buf_str(&b), &again) && strcmp(again.org, key.org) == 0 &&
		      strcmp(again.id, key.id) == 0,
	      "parsed twice, it differs");
	buf_release(&b);
}

/* a key made of the input is one that is taken */
static void make_key(struct str in)
{
	unsigned char random[32] = { 0 };
	char text[APIKEY_MAX];
	struct apikey key;
	struct str org = str_cut(&in, '\n'), id = str_absent(in) ? in : str_cut(&in, '\n');

	if (!id_is_good(org) || !id_is_good(id) || !apikey_id_is_good(id))
		return;
	memcpy(random, in.p ? in.p : "", in.n < sizeof(random) ? in.n : sizeof(random));
	apikey_format(text, org, id, random);
	HOLDS(apikey_parse(str_of(text), &key) && str_is(org, key.org) && str_is(id, key.id),
	      "%s is not the key of %.*s and %.*s", text, STR_ARG(org), STR_ARG(id));
	text[strlen(text) - 1] = text[strlen(text) - 1] == '0' ? '1' : '0';
	HOLDS(!apikey_parse(str_of(text), &key), "%s with a wrong check", text);
}

static void try_url(struct str text)
{
	struct redis_url url;
	struct fault fault = { 0 };

	if (!value_is_printable(text)) /* no setting is anything else */
		return;
	if (redis_url_parse(text, &url, &fault) != ERR_OK) {
		HOLDS(fault.text[0], "refused without a reason");
		return;
	}
	HOLDS(url.n_places >= 1 && url.n_places <= REDIS_PLACES_MAX, "%zu places", url.n_places);
	for (size_t i = 0; i < url.n_places; i++)
		HOLDS((url.place[i].path[0] != '\0') != (url.place[i].host[0] != '\0'),
		      "a path and a host");
	HOLDS((url.kind == REDIS_SENTINEL) == (url.master[0] != '\0'), "a name for nobody");
	HOLDS(url.db >= 0, "database %lld", (long long)url.db);
}

static void try_wait(struct str text)
{
	int64_t ms = retry_after_parse(text, NOW_S), reset_ms = limit_reset_parse(text, NOW_S);

	HOLDS(ms >= -1 && ms <= DAY_MS, "%lld ms", (long long)ms);
	HOLDS(reset_ms >= -1 && reset_ms <= DAY_MS, "%lld ms", (long long)reset_ms);
}

static void try_breaker(struct str text)
{
	struct breaker b;

	if (!breaker_read(text, &b)) {
		HOLDS(b.state == BREAKER_closed, "%.*s is not closed", STR_ARG(text));
		return;
	}
	HOLDS(b.until_us >= 0 && b.since_us >= 0 && b.openings >= 0 && b.token >= 0 &&
		      b.good >= 0 && b.blocked_us >= 0,
	      "%.*s has a number below zero", STR_ARG(text));
}

static void try_number(struct str text)
{
	char plain[32];
	int64_t n;

	if (!str_i64(text, &n) || text.n >= sizeof(plain))
		return;
	str_copy(plain, sizeof(plain), text);
	HOLDS(n == strtoll(plain, NULL, 10), "%s is %lld", plain, (long long)n);
}

static void try_money(struct str text)
{
	char dollars[32];
	int64_t nanos, again;

	if (!money_parse(text, &nanos))
		return;
	money_text(dollars, nanos);
	HOLDS(money_parse(str_of(dollars), &again) && again == nanos, "%.*s is %s", STR_ARG(text),
	      dollars);
}

static void try_price(struct str text)
{
	int64_t picos, again;
	struct buf b;

	if (!price_parse(text, &picos))
		return;
	buf_init(&b, LONGEST);
	value_write_decimal(&b, picos, 6);
	HOLDS(price_parse(buf_str(&b), &again) && again == picos, "%.*s is %s", STR_ARG(text),
	      buf_cstr(&b));
	buf_release(&b);
}

static void try_values(struct str text)
{
	struct buf b;
	int64_t n, again;
	int minute, minute_again;

	buf_init(&b, LONGEST);
	if (value_date(text, &n)) {
		value_write_date(&b, n);
		HOLDS(value_date(buf_str(&b), &again) && again == n, "another date");
	}
	buf_reset(&b);
	if (value_clock(text, &minute)) {
		value_write_clock(&b, minute);
		HOLDS(value_clock(buf_str(&b), &minute_again) && minute == minute_again,
		      "another time");
	}
	HOLDS(!value_time(text, &n) || n >= 0, "a time of %lld ms", (long long)n);
	HOLDS(!value_bytes(text, &n) || n >= 0, "%lld bytes", (long long)n);
	HOLDS(!value_count(text, &n) || n >= 0, "a count of %lld", (long long)n);
	buf_release(&b);
}

static void try_period(struct str text)
{
	struct period_span span, again;
	enum period p;

	if (!period_parse(text, &p, &span))
		return;
	HOLDS(str_is(text, span.id), "%.*s is %s", STR_ARG(text), span.id);
	HOLDS(span.start_us < span.end_us, "a period without time");
	period_span(p, span.start_us, &again);
	HOLDS(strcmp(again.id, span.id) == 0 && again.end_us == span.end_us, "%s begins in %s",
	      span.id, again.id);
	period_span(p, span.end_us - 1, &again);
	HOLDS(strcmp(again.id, span.id) == 0, "%s ends in %s", span.id, again.id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const readers[])(
		struct str) = { try_key,   make_key,  try_url,    try_wait,   try_number,
				try_money, try_price, try_values, try_period, try_breaker };
	char *own = fuzz_own((struct str){ (const char *)data, n });

	for (size_t i = 0; i < COUNT_OF(readers); i++)
		readers[i]((struct str){ own, n });
	free(own);
	return 0;
}
