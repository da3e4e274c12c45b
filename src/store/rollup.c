/* rollup.c -- the C half of rollup.lua, and reading what it wrote. */
#include "store/rollup.h"

#include "core/period.h"
#include "model/usage.h"
#include "store/ask.h"
#include "store/hash_read.h"

#define CLASSES_TEXT 256

const char *const usage_figure_names[FIGURE_COUNT] = {
#define FIGURE(name, title, text) #name,
#include "tbl/figures.h"
#undef FIGURE
};

/* --- counting --- */

struct rolling {
	struct store *s;
	usage_rolled_f *fn;
	void *who;
};

static void on_rolled(void *who, enum redis_end end, const redisReply *reply)
{
	struct rolling *w = who;
	enum rollup_end what = ROLLUP_LOST;
	int64_t next_ms = 0;

	if (store_took(w->s, scripts[SCRIPT_rollup].name, end, reply) && reply->elements == 2 &&
	    reply_int(reply->element[1], &next_ms))
		what = str_is(reply_str(reply->element[0]), "ok") ? ROLLUP_OK : ROLLUP_FENCED;
	w->fn(w->who, what, next_ms * 1000);
	free(w);
}

/* the names of all that count as input, or as output, with spaces between */
static struct str classes(bool output, char dst[CLASSES_TEXT])
{
	size_t n = 0;

	for (int c = 0; c < USAGE_COUNT; c++)
		if (usage_is_output((enum usage_class)c) == output)
			n += (size_t)snprintf(dst + n, CLASSES_TEXT - n, "%s%s", n ? " " : "",
					      usage_class_name((enum usage_class)c));
	return (struct str){ dst, n };
}

void usage_roll(struct store *s, const struct lease *lease, struct str org, int64_t at_us,
		const struct rollup_conf *conf, usage_rolled_f *fn, void *who)
{
	struct rolling *w = store_waiting(sizeof(*w));
	char input[CLASSES_TEXT], output[CLASSES_TEXT];
	struct period_span hour, day;
	struct ask a;

	*w = (struct rolling){ .s = s, .fn = fn, .who = who };
	period_span(PERIOD_hour, at_us, &hour);
	period_span(PERIOD_day, at_us, &day);
	ask_init(&a);
	ask_key(&a, key_ledger(ask_room(&a), org));
	ask_key(&a, key_rolled(ask_room(&a), org));
	ask_key(&a, key_fence(ask_room(&a), org));
	ask_key(&a, key_usage(ask_room(&a), org, str_of(hour.id)));
	ask_key(&a, key_usage(ask_room(&a), org, str_of(day.id)));

	ask_int(&a, s->test_now_us);
	ask_lease(&a, lease);
	ask_int(&a, hour.start_us / 1000);
	ask_int(&a, hour.end_us / 1000);
	ask_int(&a, conf->entries);
	ask_int(&a, conf->rows);
	ask_int(&a, (hour.end_us / 1000 + conf->hours_ms) / 1000);
	ask_int(&a, (day.end_us / 1000 + conf->days_ms) / 1000);
	ask_str(&a, classes(false, input));
	ask_str(&a, classes(true, output));
	ask_script(&a, s, SCRIPT_rollup, on_rolled, w);
}

/* --- reading --- */

struct reading {
	usage_read_f *fn;
	void *who;
};

static bool read_row(struct usage_row *row, struct str field, struct str value)
{
	row->team = str_cut(&field, ' ');
	row->key = str_cut(&field, ' ');
	row->model = field;
	for (int f = 0; f < FIGURE_COUNT; f++)
		if (!str_i64(str_cut(&value, ' '), &row->figure[f]))
			return false;
	return row->team.n > 0 && row->key.n > 0 && row->model.n > 0;
}

/* a row that makes no sense, which others wrote, is none */
static void on_hash(void *who, bool ok, size_t n, const struct str *fields,
		    const struct str *values)
{
	struct reading *w = who;
	struct usage_row *rows = n ? calloc(n, sizeof(*rows)) : NULL;
	size_t good = 0;

	for (size_t i = 0; rows && i < n; i++)
		good += read_row(&rows[good], fields[i], values[i]);
	w->fn(w->who, ok && (rows || n == 0), good, rows);
	free(rows);
	free(w);
}

void usage_read(struct store *s, struct str org, struct str period_id, usage_read_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));
	struct rkey key;

	*w = (struct reading){ .fn = fn, .who = who };
	hash_read(s, "usage", key_usage(&key, org, period_id), on_hash, w);
}
