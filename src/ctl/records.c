/* records.c -- vendors' records, a line at a time. */
#include "ctl/records.h"

#include <errno.h>

#include "base/json.h"
#include "core/price.h"
#include "ctl/moment.h"
#include "ctl/say.h"

#define LINE_MAX_BYTES (1u << 20)
#define FAULTS_TOLD    10

/* --- one record --- */

/* a count that may be left out */
static bool read_tokens(struct json usage, const char *name, int64_t *tokens_r)
{
	struct json tokens = json_get(usage, name);

	return json_unset(tokens) || (json_i64(tokens, tokens_r) && *tokens_r >= 0);
}

static bool read_usage(struct json j, struct usage *usage_r)
{
	bool good = json_unset(j) || json_type(j) == JSON_OBJECT;

	*usage_r = (struct usage){ .seen = !json_unset(j) };
	for (int c = 0; c < USAGE_COUNT && good; c++)
		good = read_tokens(j, usage_class_name((enum usage_class)c), &usage_r->tokens[c]);
	return good && read_tokens(j, "reasoning", &usage_r->reasoning);
}

static bool read_time(struct json j, struct arena *a, int64_t *s_r)
{
	int64_t us;
	double seconds;

	if (json_double(j, &seconds)) {
		*s_r = (int64_t)seconds;
		return true;
	}
	if (!moment_read(json_text(j, a), 0, 1, &us))
		return false;
	*s_r = us / 1000000;
	return true;
}

/* what the usage costs by our own price list; NULL: it could be told */
static const char *price_record(struct vendor_record *r, struct json time, struct arena *a,
				const struct catalog *prices)
{
	const struct model *m = str_absent(r->model) ? NULL : catalog_model(prices, r->model);
	int64_t at_s;

	if (!r->usage.seen)
		return "neither billed_nanos nor usage";
	if (!m || !m->price)
		return "no billed_nanos, and no model that the configuration has a price of";
	if (!read_time(time, a, &at_s))
		return "no billed_nanos, and no time for the price that held then";
	r->billed_nanos = price_cost(m->price, &r->usage, at_s, 1000);
	return NULL;
}

/* NULL: the record is good. Without an attempt it is of no interest, good or not. */
static const char *read_record(struct json j, struct arena *a, const struct catalog *prices,
			       struct vendor_record *r)
{
	struct json billed = json_get(j, "billed_nanos");

	*r = (struct vendor_record){ .attempt = json_text(json_get(j, "attempt"), a),
				     .model = json_text(json_get(j, "model"), a) };
	if (json_type(j) != JSON_OBJECT)
		return "not a JSON object";
	if (str_absent(r->attempt))
		return NULL;
	if (!read_usage(json_get(j, "usage"), &r->usage))
		return "usage is not an object of token counts";
	if (json_unset(billed))
		return price_record(r, json_get(j, "time"), a, prices);
	if (!json_i64(billed, &r->billed_nanos) || r->billed_nanos < 0 ||
	    r->billed_nanos > MONEY_MAX)
		return "billed_nanos is no amount";
	return NULL;
}

/* --- a file --- */

struct reading {
	const char *path;
	const struct catalog *prices;
	struct arena arena; /* of one line */
	records_f *fn;
	void *who;
	struct records_sum *sum;
	int64_t line;
};

static void tell_fault(struct reading *r, const char *why)
{
	if (++r->sum->faulty <= FAULTS_TOLD)
		say_error("%s:%lld: %s", r->path, (long long)r->line, why);
	else if (r->sum->faulty == FAULTS_TOLD + 1)
		say_error("%s:%lld: more of that is not told", r->path, (long long)r->line);
}

static void take_line(struct reading *r, struct str text)
{
	struct vendor_record record;
	struct json_doc doc;
	enum json_fail fail;
	const char *why;
	size_t at;

	r->line++;
	if (str_trim(text).n == 0)
		return;
	r->sum->lines++;
	arena_reset(&r->arena);
	fail = json_parse(&doc, &r->arena, text, &json_limits_default, &at);
	why = fail ? json_fail_text(fail)
		   : read_record(json_root(&doc), &r->arena, r->prices, &record);
	if (why)
		tell_fault(r, why);
	else if (str_absent(record.attempt))
		r->sum->others++;
	else
		r->fn(r->who, &record, r->path, r->line);
}

/* false at the end of the file */
static bool next_line(FILE *f, struct buf *line)
{
	int c;

	buf_reset(line);
	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		buf_addc(line, (char)c);
	return c != EOF || line->n > 0 || line->overflow;
}

static void take_lines(struct reading *r, FILE *f)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	while (next_line(f, &line)) {
		if (buf_ok(&line)) {
			take_line(r, buf_str(&line));
			continue;
		}
		r->line++;
		r->sum->lines++;
		tell_fault(r, "the line is too long");
	}
	buf_release(&line);
}

bool records_read(const char *path, const struct catalog *prices, records_f *fn, void *who,
		  struct records_sum *sum, struct fault *fault_r)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "re");
	struct reading r = { .path = path, .prices = prices, .fn = fn, .who = who, .sum = sum };
	bool fine;

	if (!f) {
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	/* the scanner needs 16 bytes for each value, and each takes two characters at least */
	arena_init(&r.arena, 10 * LINE_MAX_BYTES);
	take_lines(&r, f);
	fine = !ferror(f);
	if (!fine)
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	arena_release(&r.arena);
	if (!is_stdin)
		fclose(f);
	return fine;
}
