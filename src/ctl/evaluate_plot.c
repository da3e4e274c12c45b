/*
 * evaluate_plot.c -- curves as an SVG picture.
 *
 * Written by hand: a picture of a few lines needs no library, and a browser shows it.
 */
#include <math.h>

#include "ctl/evaluate.h"

#define WIDTH  720.0
#define HEIGHT 460.0
#define LEFT   70.0
#define RIGHT  20.0
#define TOP    40.0
#define BOTTOM 60.0
#define TICKS  5

struct frame {
	double cost_from, cost_to, quality_from, quality_to;
};

static const struct {
	const char *name, *colour, *dash;
} lines[ROUTER_COUNT] = {
	{ "random", "#999999", "4 4" },
	{ "prompt length", "#b8860b", "" },
	{ "engine", "#0b5fa5", "" },
	{ "oracle", "#3a8a3a", "6 3" },
};

static double x_of(const struct frame *f, double cost)
{
	return LEFT + (WIDTH - LEFT - RIGHT) * (cost - f->cost_from) / (f->cost_to - f->cost_from);
}

static double y_of(const struct frame *f, double quality)
{
	return HEIGHT - BOTTOM -
	       (HEIGHT - TOP - BOTTOM) * (quality - f->quality_from) /
		       (f->quality_to - f->quality_from);
}

static void widen(struct frame *f, double cost, double quality)
{
	f->cost_to = fmax(f->cost_to, cost);
	f->quality_from = fmin(f->quality_from, quality);
	f->quality_to = fmax(f->quality_to, quality);
}

static struct frame frame_of(const struct pool *p, const struct outcome *o)
{
	struct frame f = { 0, 1e-12, 1, 0 };

	for (uint32_t m = 0; m < p->n_models; m++)
		widen(&f, p->cost[m], p->quality[m]);
	for (int r = 0; r < ROUTER_COUNT; r++)
		for (size_t i = 0; i < o->by[r].curve.n; i++)
			widen(&f, o->by[r].curve.points[i].cost, o->by[r].curve.points[i].quality);
	f.cost_to *= 1.03;
	f.quality_to += 0.03 * (f.quality_to - f.quality_from) + 1e-6;
	return f;
}

/* names of models come from tables */
static void add_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '&': buf_adds(out, "&amp;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		default: buf_addc(out, (unsigned char)text.p[i] < 0x20 ? '?' : text.p[i]);
		}
	}
}

static void add_axes(const struct frame *f, struct buf *out)
{
	for (int i = 0; i <= TICKS; i++) {
		double cost = f->cost_from + (f->cost_to - f->cost_from) * i / TICKS;
		double quality = f->quality_from + (f->quality_to - f->quality_from) * i / TICKS;

		buf_printf(out,
			   "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
			   "stroke=\"#e4e4e4\"/>\n",
			   LEFT, y_of(f, quality), WIDTH - RIGHT, y_of(f, quality));
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.3f</text>\n",
			   LEFT - 6, y_of(f, quality) + 4, quality);
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.3g</text>\n",
			   x_of(f, cost), HEIGHT - BOTTOM + 18, 1000 * cost);
	}
	buf_printf(out,
		   "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">US dollars for 1000 "
		   "prompts</text>\n",
		   (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 38);
	buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\">quality</text>\n", 10.0, TOP - 8);
}

static void add_curve(const struct frame *f, const struct curve *c, int router, struct buf *out)
{
	buf_printf(out,
		   "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
		   "stroke-dasharray=\"%s\" points=\"",
		   lines[router].colour, lines[router].dash);
	for (size_t i = 0; i < c->n; i++)
		buf_printf(out, "%.1f,%.1f ", x_of(f, c->points[i].cost),
			   y_of(f, c->points[i].quality));
	buf_adds(out, "\"/>\n");
	buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n",
		   LEFT + 10 + 130 * router, HEIGHT - 8, lines[router].colour, lines[router].name);
}

static void add_models(const struct frame *f, const struct pool *p, struct buf *out)
{
	for (uint32_t m = 0; m < p->n_models; m++) {
		double x = x_of(f, p->cost[m]), y = y_of(f, p->quality[m]);
		bool right = x > WIDTH - 200;

		buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", x, y);
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"10\" text-anchor=\"%s\">",
			   right ? x - 6 : x + 6, y + 12, right ? "end" : "start");
		add_text(out, p->samples->models[p->models[m]]);
		buf_adds(out, "</text>\n");
	}
}

void plot_write(const struct pool *p, const struct outcome *o, struct buf *out)
{
	struct frame f = frame_of(p, o);

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		   "font-family=\"sans-serif\" font-size=\"12\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<text x=\"%.1f\" "
		   "y=\"18\" font-size=\"14\">",
		   WIDTH, HEIGHT, LEFT);
	add_text(out, p->name);
	buf_printf(out, ", %zu prompts</text>\n", p->n);
	add_axes(&f, out);
	for (int r = 0; r < ROUTER_COUNT; r++)
		add_curve(&f, &o->by[r].curve, r, out);
	add_models(&f, p, out);
	buf_printf(out,
		   "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"none\" stroke=\"#c0392b\" "
		   "stroke-width=\"2\"/>\n</svg>\n",
		   x_of(&f, o->guarded.cost), y_of(&f, o->guarded.quality));
}
