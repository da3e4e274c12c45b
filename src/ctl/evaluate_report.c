/* evaluate_report.c -- outcomes as tables for people, and as JSON for scripts. */
#include "ctl/evaluate_report.h"

#include <math.h>

#include "base/json.h"
#include "ctl/table.h"

#define MEASURES    6
#define REPORT_MOST (4u << 20)

static const char *const routers[ROUTER_COUNT] = { "random", "prompt length", "engine", "oracle" };
static const char *const measures[MEASURES] = { "apgr",    "cpt50",    "cpt80",
						"cost_95", "cost_100", "aiq" };

static void measures_of(const struct measures *m, double values_r[MEASURES])
{
	double all[MEASURES] = { m->apgr, m->cpt50, m->cpt80, m->cost95, m->cost100, m->aiq };

	memcpy(values_r, all, sizeof(all));
}

static double guarded_points(const struct pool *p, const struct outcome *o)
{
	return 100 * (o->guarded.quality - p->quality[o->strong]);
}

static double guarded_cost(const struct pool *p, const struct outcome *o)
{
	return p->cost[o->strong] > 0 ? o->guarded.cost / p->cost[o->strong] : 1;
}

static double guarded_even(const struct pool *p, const struct outcome *o)
{
	double best = 0;

	for (uint32_t m = 0; m < p->n_models; m++)
		if (p->cost[m] <= o->guarded.cost * (1 + 1e-9))
			best = fmax(best, p->quality[m]);
	return 100 * (o->guarded.quality - best);
}

/* --- once --- */

static void print_models(const struct pool *p, const struct desk *d, const struct outcome *o,
			 struct arena *a)
{
	static const struct column columns[] = {
		{ "MODEL", ALIGN_LEFT },          { "QUALITY", ALIGN_RIGHT },
		{ "$ PER 1000", ALIGN_RIGHT },    { "", ALIGN_LEFT },
		{ "SHARE AT 95 %", ALIGN_RIGHT }, { "GUARDED", ALIGN_RIGHT },
	};
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (uint32_t m = 0; m < p->n_models; m++) {
		table_add(&t, p->samples->models[p->models[m]]);
		table_printf(&t, "%.4f", p->quality[m]);
		table_printf(&t, "%.4f", 1000 * p->cost[m]);
		table_adds(&t, !desk_may(d, m) ? "dominated" : m == o->strong ? "best single" : "");
		table_printf(&t, "%.3f", o->shares[m]);
		table_printf(&t, "%.3f", o->guarded_shares[m]);
	}
	table_print(&t);
}

static void add_measures(struct table *t, const char *name, const double *mean,
			 const double *spread)
{
	table_adds(t, name);
	for (int k = 0; k < MEASURES; k++) {
		if (mean[k] < 0)
			table_adds(t, "-");
		else if (spread && spread[k] > 0)
			table_printf(t, "%.3f +-%.3f", mean[k], spread[k]);
		else
			table_printf(t, "%.3f", mean[k]);
	}
}

static const struct column measure_columns[] = {
	{ "ROUTER", ALIGN_LEFT }, { "APGR", ALIGN_RIGHT },         { "CPT50", ALIGN_RIGHT },
	{ "CPT80", ALIGN_RIGHT }, { "COST AT 95 %", ALIGN_RIGHT }, { "AT 100 %", ALIGN_RIGHT },
	{ "AIQ", ALIGN_RIGHT },
};

static void print_guarded(double points, double cost, double even)
{
	printf("guarded: %+.2f points of quality against the best single model, at %.3f of its "
	       "cost; %+.2f against the best one that costs no more\n\n",
	       points, cost, even);
}

void report_outcome(const struct pool *p, const struct desk *d, const struct outcome *o)
{
	struct arena a;
	struct table t;

	arena_init(&a, REPORT_MOST);
	printf("%.*s: %zu prompts%s\n\n", STR_ARG(p->name), p->n,
	       p->priced ? "" : " (no price is known: all models count as equally dear)");
	print_models(p, d, o, &a);
	printf("\n");
	table_init(&t, &a, measure_columns, COUNT_OF(measure_columns));
	for (int r = 0; r < ROUTER_COUNT; r++) {
		double values[MEASURES];

		measures_of(&o->by[r], values);
		add_measures(&t, routers[r], values, NULL);
	}
	table_print(&t);
	print_guarded(guarded_points(p, o), guarded_cost(p, o), guarded_even(p, o));
	arena_release(&a);
}

/* --- several times --- */

void report_add(struct report_runs *r, const struct pool *p, const struct outcome *o)
{
	struct report_run *run = &r->runs[r->n++];

	if (r->n == 1) {
		str_copy(r->name, sizeof(r->name), p->name);
		r->prompts = p->n;
	}
	for (int k = 0; k < ROUTER_COUNT; k++)
		measures_of(&o->by[k], run->measures[k]);
	run->guarded_points = guarded_points(p, o);
	run->guarded_cost = guarded_cost(p, o);
	run->guarded_even = guarded_even(p, o);
}

static void spread_of(const struct report_runs *r, int router, double *mean_r, double *spread_r)
{
	for (int k = 0; k < MEASURES; k++) {
		double sum = 0, squares = 0;
		bool always = true;

		for (size_t i = 0; i < r->n; i++) {
			sum += r->runs[i].measures[router][k];
			always &= r->runs[i].measures[router][k] >= 0;
		}
		mean_r[k] = always ? sum / (double)r->n : -1;
		for (size_t i = 0; i < r->n; i++)
			squares += pow(r->runs[i].measures[router][k] - mean_r[k], 2);
		spread_r[k] = r->n > 1 ? sqrt(squares / (double)(r->n - 1)) : 0;
	}
}

void report_runs_print(const struct report_runs *r)
{
	double points = INFINITY, even = INFINITY, cost = 0;
	struct arena a;
	struct table t;

	arena_init(&a, REPORT_MOST);
	printf("%s: %zu prompts, %zu runs\n\n", r->name, r->prompts, r->n);
	table_init(&t, &a, measure_columns, COUNT_OF(measure_columns));
	for (int k = 0; k < ROUTER_COUNT; k++) {
		double mean[MEASURES], spread[MEASURES];

		spread_of(r, k, mean, spread);
		add_measures(&t, routers[k], mean, spread);
	}
	table_print(&t);
	for (size_t i = 0; i < r->n; i++) {
		points = fmin(points, r->runs[i].guarded_points);
		even = fmin(even, r->runs[i].guarded_even);
		cost += r->runs[i].guarded_cost / (double)r->n;
	}
	printf("in the worst run ");
	print_guarded(points, cost, even);
	arena_release(&a);
}

/* --- JSON --- */

static void add_number(struct buf *b, const char *before, const char *name, double value)
{
	buf_printf(b, "%s\"%s\":", before, name);
	json_number(b, value < 0 ? NAN : value);
}

/* {"router": {"apgr": ...}, ...}; curves: NULL, or those of each router */
static void add_routers(struct buf *b, const double values[ROUTER_COUNT][MEASURES],
			const struct measures *curves)
{
	for (int r = 0; r < ROUTER_COUNT; r++) {
		buf_printf(b, "%s\"%s\":", r ? "," : "{", routers[r]);
		for (int k = 0; k < MEASURES; k++)
			add_number(b, k ? "," : "{", measures[k], values[r][k]);
		for (size_t i = 0; curves && i < curves[r].curve.n; i++)
			buf_printf(b, "%s[%.9g,%.6f]", i ? "," : ",\"curve\":[",
				   curves[r].curve.points[i].cost,
				   curves[r].curve.points[i].quality);
		buf_adds(b, curves && curves[r].curve.n ? "]}" : "}");
	}
	buf_addc(b, '}');
}

static void add_models(struct buf *b, const struct pool *p, const struct desk *d,
		       const struct outcome *o)
{
	for (uint32_t m = 0; m < p->n_models; m++) {
		buf_adds(b, m ? ",{\"model\":" : "[{\"model\":");
		json_quote(b, p->samples->models[p->models[m]]);
		buf_printf(b, ",\"dominated\":%s", desk_may(d, m) ? "false" : "true");
		add_number(b, ",", "quality", p->quality[m]);
		add_number(b, ",", "cost", p->cost[m]);
		add_number(b, ",", "share_95", o->shares[m]);
		add_number(b, ",", "share_guarded", o->guarded_shares[m]);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void report_json(const struct pool *p, const struct desk *d, const struct outcome *o,
		 struct buf *out)
{
	double values[ROUTER_COUNT][MEASURES];

	for (int r = 0; r < ROUTER_COUNT; r++)
		measures_of(&o->by[r], values[r]);
	buf_adds(out, "{\"pool\":");
	json_quote(out, p->name);
	buf_printf(out, ",\"prompts\":%zu,\"priced\":%s,\"best_single\":", p->n,
		   p->priced ? "true" : "false");
	json_quote(out, p->samples->models[p->models[o->strong]]);
	buf_printf(
		out,
		",\"guarded_points\":%.6f,\"guarded_cost\":%.6f,\"guarded_even\":%.6f,\"models\":",
		guarded_points(p, o), guarded_cost(p, o), guarded_even(p, o));
	add_models(out, p, d, o);
	buf_adds(out, ",\"routers\":");
	add_routers(out, (const double(*)[MEASURES])values, o->by);
	buf_addc(out, '}');
}

void report_runs_json(const struct report_runs *r, struct buf *out)
{
	buf_adds(out, "{\"pool\":");
	json_quote(out, str_of(r->name));
	buf_printf(out, ",\"prompts\":%zu,\"runs\":[", r->prompts);
	for (size_t i = 0; i < r->n; i++) {
		const struct report_run *run = &r->runs[i];

		buf_printf(out,
			   "%s{\"guarded_points\":%.6f,\"guarded_cost\":%.6f,\"guarded_even\":%.6f,"
			   "\"routers\":",
			   i ? "," : "", run->guarded_points, run->guarded_cost, run->guarded_even);
		add_routers(out, (const double(*)[MEASURES])run->measures, NULL);
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}
