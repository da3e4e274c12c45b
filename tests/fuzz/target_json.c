/*
 * target_json.c -- the JSON scanner and jansson take the same texts and read the same
 * values, within the scanner's limits; any bytes can be quoted and read back.
 */
#include <math.h>

#include "base/json.h"
#include "fuzz_json.h"

static void write_string(struct buf *out, struct json string, struct arena *a)
{
	struct str text = json_text(string, a);

	HOLDS(!str_absent(text), "a string has no text");
	buf_printf(out, "s%zu:", text.n);
	buf_add(out, text);
}

/* in the form of json_opinion() */
static void write_value(struct buf *out, struct json value, struct arena *a)
{
	double number;

	switch (json_type(value)) {
	case JSON_ABSENT: HOLDS(false, "an absent value in a document"); break;
	case JSON_NULL: buf_addc(out, 'z'); break;
	case JSON_FALSE: buf_addc(out, 'f'); break;
	case JSON_TRUE: buf_addc(out, 't'); break;
	case JSON_NUMBER:
		HOLDS(json_double(value, &number), "a number that is none");
		buf_printf(out, "n%.17g", number);
		break;
	case JSON_STRING: write_string(out, value, a); break;
	case JSON_ARRAY:
		buf_printf(out, "[%u", json_count(value));
		JSON_EACH (it, value)
			write_value(out, it, a);
		break;
	case JSON_OBJECT:
		buf_printf(out, "{%u", json_count(value));
		JSON_EACH (name, value) {
			write_string(out, name, a);
			write_value(out, json_value(name), a);
		}
		break;
	}
}

/* An integer written as one: long doubles hold 64 bits of it. */
static void integer_must_be_read(struct json number)
{
	const long double end = 9223372036854775808.0L;
	char digits[80];
	long double want;
	int64_t got = 0;
	bool is_whole = json_i64(number, &got);

	str_copy(digits, sizeof(digits), json_raw(number));
	want = strtold(digits, NULL);
	if (!strpbrk(digits, ".eE"))
		HOLDS(is_whole == (want >= -end && want < end), "is %s within 64 bits?", digits);
	if (is_whole)
		HOLDS(fabsl(want - (long double)got) < 1, "%s reads %lld", digits, (long long)got);
}

/* What a member is found by is what it is called. */
static void members_must_be_found(struct json object, struct arena *a)
{
	JSON_EACH (name, object) {
		struct str text = json_text(name, a);
		const char *plain = arena_cstr(a, text);

		if (!plain || memchr(text.p, '\0', text.n) || json_raw(name).n > 100)
			continue;
		HOLDS(json_get(object, plain).at == json_value(name).at, "\"%s\" is not found",
		      plain);
	}
}

static void doc_must_be_sound(const struct json_doc *doc, struct arena *a)
{
	for (uint32_t i = 0; i < doc->n; i++) {
		struct json value = { doc, i };

		if (json_type(value) == JSON_NUMBER)
			integer_must_be_read(value);
		if (json_type(value) == JSON_OBJECT)
			members_must_be_found(value, a);
	}
}

/* json_quote() of anything is a string; of UTF-8 it is that text. */
static void quoting_must_hold(struct str text, struct arena *a)
{
	struct json_doc doc;
	struct buf quoted;
	bool is_utf8 = true;
	size_t at;

	for (size_t i = 0, n; i < text.n && is_utf8; i += n)
		is_utf8 = (n = utf8_length((const unsigned char *)text.p + i, text.n - i)) > 0;
	buf_init(&quoted, FUZZ_ROOM);
	json_quote(&quoted, text);
	json_must_be_good(buf_str(&quoted), "a quoted text");
	HOLDS(json_parse(&doc, a, buf_str(&quoted), &json_limits_default, &at) == JSON_FINE,
	      "a quoted text cannot be read");
	HOLDS(!is_utf8 || str_eq(json_text(json_root(&doc), a), text), "a quoted text has changed");
	buf_release(&quoted);
}

static bool is_beyond_limits(enum json_fail fail)
{
	return fail == JSON_TOO_DEEP || fail == JSON_TOO_MANY || fail == JSON_BAD_NUMBER;
}

/* jansson takes a NUL behind a value for the end of the text */
static bool ends_in_nul(struct str text, size_t at)
{
	return at < text.n && text.p[at] == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = { (const char *)data, n };
	struct buf ours, theirs;
	struct json_doc doc;
	struct arena a;
	enum opinion opinion;
	enum json_fail fail;
	size_t at;

	arena_init(&a, FUZZ_ROOM);
	buf_init(&ours, FUZZ_ROOM);
	buf_init(&theirs, FUZZ_ROOM);
	opinion = json_opinion(text, &theirs);
	fail = json_parse(&doc, &a, text, &json_limits_default, &at);
	HOLDS(at <= n, "a fault behind the end of the text");
	if (fail == JSON_FINE) {
		HOLDS(opinion != OPINION_BAD, "taken, and no JSON");
		doc_must_be_sound(&doc, &a);
	} else if (!is_beyond_limits(fail) && !ends_in_nul(text, at)) {
		HOLDS(opinion != OPINION_GOOD, "JSON, and refused: %s", json_fail_text(fail));
	}
	if (fail == JSON_FINE && opinion == OPINION_GOOD) {
		write_value(&ours, json_root(&doc), &a);
		HOLDS(str_eq(buf_str(&ours), buf_str(&theirs)),
		      "read as\n%.*s\nby jansson as\n%.*s", STR_ARG(buf_str(&ours)),
		      STR_ARG(buf_str(&theirs)));
	}
	quoting_must_hold(text, &a);
	buf_release(&ours);
	buf_release(&theirs);
	arena_release(&a);
	return 0;
}
