/* replay_print.c -- what another policy would have changed, as tables and as JSON. */
#include "ctl/replay.h"
#include "ctl/table.h"

#define MOVES_TOLD 40
#define NANOS      1e9
#define JSON_MOST  (16u << 20)

struct summary {
	double quality, cost, cost_p95, latency_ms,
		latency_p95_ms; /* means, and 95th percentiles; dollars */
};

struct share {
	struct str model;
	int64_t before, after;
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / (double)n : 0;
}

static double p95(double *x, size_t n)
{
	if (n == 0)
		return 0;
	qsort(x, n, sizeof(*x), by_size);
	return x[(n - 1) * 95 / 100];
}

static struct summary summary_of(struct replay_figures *f)
{
	return (struct summary){
		.quality = mean(f->quality, f->n),
		.cost = mean(f->cost_nanos, f->n) / NANOS,
		.cost_p95 = p95(f->cost_nanos, f->n) / NANOS,
		.latency_ms = mean(f->total_ms, f->n),
		.latency_p95_ms = p95(f->total_ms, f->n),
	};
}

/* --- shares --- */

static struct share *share_of(struct share *list, size_t *n, struct str model)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq(list[i].model, model))
			return &list[i];
	list[*n] = (struct share){ .model = model };
	return &list[(*n)++];
}

static int by_before(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return x->before != y->before ? (x->before < y->before) - (x->before > y->before)
				      : str_cmp(x->model, y->model);
}

/* of every model that had or would have a request, of those that both ways serve; NULL: no memory
 */
static struct share *shares_of(const struct replay_other *r, size_t *n_r)
{
	struct share *list = ARENA_ARRAY(r->arena, struct share, 2 * r->n_moves + 1);

	*n_r = 0;
	for (size_t i = 0; i < r->n_moves && list; i++) {
		if (str_absent(r->moves[i].to))
			continue;
		share_of(list, n_r, r->moves[i].from)->before += r->moves[i].n;
		share_of(list, n_r, r->moves[i].to)->after += r->moves[i].n;
	}
	if (list)
		qsort(list, *n_r, sizeof(*list), by_before);
	return list;
}

static bool moved(const struct replay_move *m)
{
	return !str_eq(m->from, m->to);
}

static int by_number(const void *a, const void *b)
{
	const struct replay_move *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : str_cmp(x->task, y->task);
}

static int64_t count_moved(const struct replay_other *r)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n_moves; i++)
		if (moved(&r->moves[i]) && !str_absent(r->moves[i].to))
			n += r->moves[i].n;
	return n;
}

/* --- tables --- */

static void print_summary(struct replay_other *r, const struct summary *before,
			  const struct summary *after)
{
	static const struct column columns[] = { { "expected", ALIGN_LEFT },
						 { "as recorded", ALIGN_POINT },
						 { "otherwise", ALIGN_POINT } };
	struct table t;

	table_init(&t, r->arena, columns, COUNT_OF(columns));
#define ROW(title, format, member)                        \
	do {                                              \
		table_adds(&t, title);                    \
		table_printf(&t, format, before->member); \
		table_printf(&t, format, after->member);  \
	} while (0)
	ROW("quality, mean", "%.4f", quality);
	ROW("cost, mean ($)", "%.7f", cost);
	ROW("cost, p95 ($)", "%.7f", cost_p95);
	ROW("latency, mean (ms)", "%.0f", latency_ms);
	ROW("latency, p95 (ms)", "%.0f", latency_p95_ms);
#undef ROW
	table_print(&t);
}

static void print_shares(struct replay_other *r)
{
	static const struct column columns[] = { { "model", ALIGN_LEFT },
						 { "as recorded", ALIGN_RIGHT },
						 { "otherwise", ALIGN_RIGHT } };
	double all = (double)(r->before.n ? r->before.n : 1);
	size_t n;
	struct share *list = shares_of(r, &n);
	struct table t;

	table_init(&t, r->arena, columns, COUNT_OF(columns));
	for (size_t i = 0; i < n && list; i++) {
		table_add(&t, list[i].model);
		table_printf(&t, "%.1f %%", 100 * (double)list[i].before / all);
		table_printf(&t, "%.1f %%", 100 * (double)list[i].after / all);
	}
	putchar('\n');
	table_print(&t);
}

static void print_moves(struct replay_other *r)
{
	static const struct column columns[] = {
		{ "task", ALIGN_LEFT },      { "from", ALIGN_LEFT },     { "to", ALIGN_LEFT },
		{ "requests", ALIGN_RIGHT }, { "quality", ALIGN_POINT }, { "cost ($)", ALIGN_POINT }
	};
	struct table t;

	qsort(r->moves, r->n_moves, sizeof(*r->moves), by_number);
	table_init(&t, r->arena, columns, COUNT_OF(columns));
	for (size_t i = 0; i < r->n_moves && table_rows(&t) < MOVES_TOLD; i++) {
		const struct replay_move *m = &r->moves[i];

		if (!moved(m))
			continue;
		table_add(&t, m->task);
		table_add(&t, m->from);
		table_add(&t, str_absent(m->to) ? STR("(refused)") : m->to);
		table_addi(&t, m->n);
		table_printf(&t, "%+.4f", m->quality / (double)m->n);
		table_printf(&t, "%+.7f", m->cost_nanos / NANOS / (double)m->n);
	}
	if (table_rows(&t) == 0)
		return;
	printf("\nWho would move where, with the change for each request:\n");
	table_print(&t);
}

/* --- JSON --- */

/* clang-format off */
static const struct form_field summary_rows[] = {
	FORM_ROW(REAL, struct summary, quality),
	FORM_ROW(REAL, struct summary, cost),
	FORM_ROW(REAL, struct summary, cost_p95),
	FORM_ROW(REAL, struct summary, latency_ms),
	FORM_ROW(REAL, struct summary, latency_p95_ms),
};
static const struct form summary_form = FORM_WHOLE(struct summary, summary_rows);

static const struct form_field share_rows[] = {
	FORM_ROW(TEXT, struct share, model),
	FORM_ROW(INT, struct share, before),
	FORM_ROW(INT, struct share, after),
};
static const struct form share_form = FORM_WHOLE(struct share, share_rows);

static const struct form_field move_rows[] = {
	FORM_ROW(TEXT, struct replay_move, task),
	FORM_ROW(TEXT, struct replay_move, from),
	FORM_ROW(TEXT, struct replay_move, to),
	FORM_ROW(INT, struct replay_move, n),
	FORM_ROW(REAL, struct replay_move, quality),
	FORM_ROW(REAL, struct replay_move, cost_nanos),
};
static const struct form move_form = FORM_WHOLE(struct replay_move, move_rows);
/* clang-format on */

static void add_list(struct buf *b, const char *name, const struct form *form, const void *list,
		     size_t n)
{
	buf_printf(b, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		form_write(b, form, (const char *)list + i * form->size);
	}
	buf_addc(b, ']');
}

static void print_json(struct replay_other *r, const struct summary *before,
		       const struct summary *after)
{
	size_t n;
	struct share *shares = shares_of(r, &n);
	struct buf b;

	buf_init(&b, JSON_MOST);
	buf_printf(&b, "{\"requests\":%zu,\"moved\":%lld,\"refused\":%lld,\"refused_before\":%lld",
		   r->before.n, (long long)count_moved(r), (long long)r->refused,
		   (long long)r->refused_before);
	buf_printf(&b, ",\"custom_failed\":%lld,\"custom_failed_before\":%lld",
		   (long long)r->custom_failed, (long long)r->custom_failed_before);
	buf_adds(&b, ",\"before\":");
	form_write(&b, &summary_form, before);
	buf_adds(&b, ",\"after\":");
	form_write(&b, &summary_form, after);
	add_list(&b, "shares", &share_form, shares, shares ? n : 0);
	add_list(&b, "moves", &move_form, r->moves, r->n_moves);
	buf_adds(&b, "}\n");
	fputs(buf_cstr(&b), stdout);
	buf_release(&b);
}

void replay_other_print(struct replay_other *r, bool json)
{
	struct summary before = summary_of(&r->before), after = summary_of(&r->after);

	if (json) {
		print_json(r, &before, &after);
		return;
	}
	printf("%zu requests, of which %lld would have gone elsewhere; %lld would be refused, %lld "
	       "were\n",
	       r->before.n, (long long)count_moved(r), (long long)r->refused,
	       (long long)r->refused_before);
	if (r->custom_failed + r->custom_failed_before)
		printf("a custom strategy failed in %lld of them, and in %lld as recorded; its "
		       "base decided\n",
		       (long long)r->custom_failed, (long long)r->custom_failed_before);
	putchar('\n');
	print_summary(r, &before, &after);
	print_shares(r);
	print_moves(r);
}
