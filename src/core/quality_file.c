/*
 * quality_file.c -- a quality model's file: read with every bound checked, and written.
 *
 * An operator may have got it from anybody. What is read is believed only after its hash, its
 * length and each of its numbers were looked at.
 */
#include "core/quality_file.h"

#include <math.h>
#include <sodium.h>

#include "base/json.h"

#define MAGIC      "smartrouter-quality-model 1 "
#define HEX        (2 * crypto_hash_sha256_BYTES)
#define NUMBER_MAX 1e9

static const struct json_limits limits = { .max_depth = 8, .max_values = 200000, .max_number = 40 };

struct file_reader {
	struct arena *arena;
	struct quality_head *head;
	struct fault *fault;
};

/* --- reading --- */

static bool bad(struct file_reader *r, const char *what, const char *why)
{
	fault_set(r->fault, ERR_VALUE, what, "quality model: %s: %s", what, why);
	return false;
}

static bool read_number(struct file_reader *r, struct json j, const char *what, double least,
			double *value_r)
{
	if (!json_double(j, value_r) || !(fabs(*value_r) <= NUMBER_MAX) || *value_r < least)
		return bad(r, what, "must be a number, and not beyond its bounds");
	return true;
}

static bool read_index(struct file_reader *r, struct json j, const char *what, uint32_t below,
		       uint32_t *value_r)
{
	int64_t v;

	if (!json_i64(j, &v) || v < 0 || v >= below)
		return bad(r, what, "must be the number of one that the file lists");
	*value_r = (uint32_t)v;
	return true;
}

static bool read_name(struct file_reader *r, struct json j, const char *what, struct str *name_r)
{
	*name_r = arena_str(r->arena, json_text(j, r->arena));
	if (name_r->n == 0 || name_r->n > 200)
		return bad(r, what, "must have a name of 1 to 200 bytes");
	return true;
}

/* exactly n numbers */
static bool read_numbers(struct file_reader *r, struct json j, const char *what, uint32_t n,
			 double *values_r)
{
	uint32_t i = 0;

	if (json_type(j) != JSON_ARRAY || json_count(j) != n)
		return bad(r, what, "has too few or too many numbers");
	JSON_EACH (it, j)
		if (!read_number(r, it, what, -NUMBER_MAX, &values_r[i++]))
			return false;
	return true;
}

/* [scale, bias, counts...] */
static bool read_line(struct file_reader *r, struct json j, const char *what,
		      struct quality_line *line_r)
{
	double all[2 + QUALITY_COUNTS];

	if (!read_numbers(r, j, what, COUNT_OF(all), all))
		return false;
	line_r->scale = all[0];
	line_r->bias = all[1];
	memcpy(line_r->counts, all + 2, sizeof(line_r->counts));
	return true;
}

static bool read_models(struct file_reader *r, struct json list)
{
	struct quality_head *h = r->head;

	JSON_EACH (it, list) {
		struct quality_name *m = &h->models[h->n_models++];

		if (!read_name(r, json_get(it, "name"), "models", &m->name) ||
		    !read_number(r, json_get(it, "mean"), "models: mean", 0, &m->mean) ||
		    !read_number(r, json_get(it, "mass"), "models: mass", 0, &m->mass))
			return false;
		if (m->mean > 1)
			return bad(r, "models: mean", "must be 0 to 1");
		if (h->n_models > 1 && str_cmp(m[-1].name, m->name) >= 0)
			return bad(r, "models", "must be sorted, each once");
	}
	return true;
}

static bool read_groups(struct file_reader *r, struct json list, uint32_t n_domains)
{
	struct quality_head *h = r->head;

	JSON_EACH (it, list) {
		struct quality_group *g = &h->groups[h->n_groups++];

		if (!read_name(r, json_get(it, "name"), "groups", &g->name) ||
		    !read_index(r, json_get(it, "domain"), "groups: domain", n_domains,
				&g->domain) ||
		    !read_number(r, json_get(it, "n"), "groups: n", 0, &g->n) ||
		    !read_line(r, json_get(it, "line"), "groups: line", &g->line))
			return false;
	}
	return true;
}

static bool read_expert(struct file_reader *r, struct json j, struct quality_expert *e)
{
	uint32_t n = r->head->n_groups;
	double means[2];

	e->groups = ARENA_ARRAY(r->arena, double, n);
	if (!e->groups)
		return bad(r, "experts", "no memory for them");
	if (!read_index(r, json_get(j, "model"), "experts: model", r->head->n_models, &e->model) ||
	    !read_number(r, json_get(j, "mean"), "experts: mean", 0, &e->mean) ||
	    !read_numbers(r, json_get(j, "means"), "experts: means", COUNT_OF(means), means) ||
	    !read_line(r, json_get(j, "line"), "experts: line", &e->line) ||
	    !read_numbers(r, json_get(j, "groups"), "experts: groups", n, e->groups))
		return false;
	e->line_mean = means[0];
	e->group_mean = means[1];
	return true;
}

static bool read_domain(struct file_reader *r, struct json j, struct quality_domain *d)
{
	struct json experts = json_get(j, "experts");
	uint32_t n = json_count(experts);
	double slopes[2];

	if (json_type(experts) != JSON_ARRAY || n == 0 || n > r->head->n_models)
		return bad(r, "domains: experts", "must be a list, one for each model at most");
	d->experts = ARENA_ARRAY(r->arena, struct quality_expert, n);
	if (!d->experts)
		return bad(r, "domains: experts", "no memory for them");
	if (!read_name(r, json_get(j, "name"), "domains", &d->name) ||
	    !read_number(r, json_get(j, "n"), "domains: n", 0, &d->n) ||
	    !read_number(r, json_get(j, "scale"), "domains: scale", 0, &d->scale) ||
	    !read_number(r, json_get(j, "usual"), "domains: usual", 0, &d->usual) ||
	    !read_number(r, json_get(j, "strange"), "domains: strange", 0, &d->strange) ||
	    !read_numbers(r, json_get(j, "slopes"), "domains: slopes", COUNT_OF(slopes), slopes))
		return false;
	d->line_slope = slopes[0];
	d->group_slope = slopes[1];
	JSON_EACH (it, experts)
		if (!read_expert(r, it, &d->experts[d->n_experts++]))
			return false;
	return true;
}

static bool read_domains(struct file_reader *r, struct json list)
{
	struct quality_head *h = r->head;

	h->columns = h->n_groups + json_count(list);
	JSON_EACH (it, list) {
		if (!read_domain(r, it, &h->domains[h->n_domains]))
			return false;
		h->columns += h->domains[h->n_domains++].n_experts;
	}
	return true;
}

/* the lists have memory, and are no longer than they may be */
static bool make_room(struct file_reader *r, struct json models, struct json groups,
		      struct json domains)
{
	struct quality_head *h = r->head;
	uint32_t n[] = { json_count(models), json_count(groups), json_count(domains) };

	if (n[0] == 0 || n[0] > QUALITY_MODELS_MAX || json_type(models) != JSON_ARRAY)
		return bad(r, "models", "must be a list of 1 to 128");
	if (n[1] == 0 || n[1] > QUALITY_GROUPS_MAX || json_type(groups) != JSON_ARRAY)
		return bad(r, "groups", "must be a list of 1 to 128");
	if (n[2] == 0 || n[2] > QUALITY_DOMAINS_MAX || json_type(domains) != JSON_ARRAY)
		return bad(r, "domains", "must be a list of 1 to 32");
	h->models = ARENA_ARRAY(r->arena, struct quality_name, n[0]);
	h->groups = ARENA_ARRAY(r->arena, struct quality_group, n[1]);
	h->domains = ARENA_ARRAY(r->arena, struct quality_domain, n[2]);
	return h->models && h->groups && h->domains ? true : bad(r, "file", "no memory for it");
}

static bool read_head(struct file_reader *r, struct json root)
{
	struct quality_head *h = r->head;
	struct json models = json_get(root, "models"), groups = json_get(root, "groups");
	struct json domains = json_get(root, "domains");
	double rows;

	if (!read_number(r, json_get(root, "rows"), "rows", 0, &rows) ||
	    !read_number(r, json_get(root, "sharpness"), "sharpness", 0, &h->sharpness) ||
	    !read_number(r, json_get(root, "unseen"), "unseen", 0, &h->unseen) ||
	    !read_numbers(r, json_get(root, "mean"), "mean", QUALITY_COUNTS, h->mean) ||
	    !read_numbers(r, json_get(root, "spread"), "spread", QUALITY_COUNTS, h->spread) ||
	    !make_room(r, models, groups, domains) || !read_models(r, models) ||
	    !read_groups(r, groups, json_count(domains)) || !read_domains(r, domains))
		return false;
	if (rows > 65536 || rows != floor(rows))
		return bad(r, "rows", "must be a whole number, 65536 at most");
	for (uint32_t i = 0; i < QUALITY_COUNTS; i++)
		if (h->spread[i] <= 0)
			return bad(r, "spread", "must be above 0");
	h->rows = (uint32_t)rows;
	return true;
}

static void hash_of_text(struct str text, char hash_r[65])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)text.p, text.n);
	sodium_bin2hex(hash_r, HEX + 1, hash, sizeof(hash));
}

enum err quality_file_read(struct str bytes, struct arena *a, struct quality_head *head_r,
			   struct str *rows_r, char hash_r[65], struct fault *fault_r)
{
	struct file_reader r = { a, head_r, fault_r };
	struct str first = str_cut(&bytes, '\n'), body = bytes, header = str_cut(&bytes, '\n');
	struct json_doc doc;
	size_t at;

	*head_r = (struct quality_head){ .rows = 0 };
	if (!str_starts(first, STR(MAGIC)) || first.n != sizeof(MAGIC) - 1 + HEX)
		bad(&r, "file", "does not begin like a quality model of format 1");
	else if (hash_of_text(body, hash_r), memcmp(hash_r, first.p + sizeof(MAGIC) - 1, HEX) != 0)
		bad(&r, "file", "is damaged: what it holds does not have its hash");
	else if (json_parse(&doc, a, header, &limits, &at) != JSON_FINE)
		bad(&r, "header", "is no good JSON");
	else if (!read_head(&r, json_root(&doc)))
		return ERR_VALUE;
	else if (bytes.n != (size_t)head_r->rows * (head_r->columns + 3))
		bad(&r, "rows", "are not as many bytes as the header says");
	else {
		*rows_r = bytes;
		return ERR_OK;
	}
	return ERR_VALUE;
}

/* --- writing --- */

static void write_numbers(struct buf *b, const char *name, const double *values, uint32_t n)
{
	buf_printf(b, ",\"%s\":[", name);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(b, "%s%.9g", i ? "," : "", values[i]);
	buf_addc(b, ']');
}

static void write_line(struct buf *b, const struct quality_line *line)
{
	double all[2 + QUALITY_COUNTS] = { line->scale, line->bias };

	memcpy(all + 2, line->counts, sizeof(line->counts));
	write_numbers(b, "line", all, COUNT_OF(all));
}

static void write_expert(struct buf *b, const struct quality_head *h,
			 const struct quality_expert *e)
{
	double means[] = { e->line_mean, e->group_mean };

	buf_printf(b, "{\"model\":%u,\"mean\":%.9g", e->model, e->mean);
	write_numbers(b, "means", means, COUNT_OF(means));
	write_line(b, &e->line);
	write_numbers(b, "groups", e->groups, h->n_groups);
	buf_addc(b, '}');
}

static void write_domain(struct buf *b, const struct quality_head *h,
			 const struct quality_domain *d)
{
	double slopes[] = { d->line_slope, d->group_slope };

	buf_adds(b, "{\"name\":");
	json_quote(b, d->name);
	buf_printf(b, ",\"n\":%.9g,\"scale\":%.9g,\"usual\":%.9g,\"strange\":%.9g", d->n, d->scale,
		   d->usual, d->strange);
	write_numbers(b, "slopes", slopes, COUNT_OF(slopes));
	buf_adds(b, ",\"experts\":[");
	for (uint32_t i = 0; i < d->n_experts; i++) {
		buf_adds(b, i ? "," : "");
		write_expert(b, h, &d->experts[i]);
	}
	buf_adds(b, "]}");
}

static void write_models(struct buf *b, const struct quality_head *h)
{
	buf_adds(b, ",\"models\":[");
	for (uint32_t i = 0; i < h->n_models; i++) {
		buf_adds(b, i ? ",{\"name\":" : "{\"name\":");
		json_quote(b, h->models[i].name);
		buf_printf(b, ",\"mean\":%.9g,\"mass\":%.9g}", h->models[i].mean,
			   h->models[i].mass);
	}
	buf_addc(b, ']');
}

static void write_groups(struct buf *b, const struct quality_head *h)
{
	buf_adds(b, ",\"groups\":[");
	for (uint32_t i = 0; i < h->n_groups; i++) {
		buf_adds(b, i ? ",{\"name\":" : "{\"name\":");
		json_quote(b, h->groups[i].name);
		buf_printf(b, ",\"domain\":%u,\"n\":%.9g", h->groups[i].domain, h->groups[i].n);
		write_line(b, &h->groups[i].line);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void quality_file_write(const struct quality_head *head, struct str rows, struct buf *out)
{
	char hash[HEX + 1];
	struct buf body;

	buf_init(&body, out->max);
	buf_printf(&body, "{\"rows\":%u,\"sharpness\":%.9g,\"unseen\":%.9g", head->rows,
		   head->sharpness, head->unseen);
	write_numbers(&body, "mean", head->mean, QUALITY_COUNTS);
	write_numbers(&body, "spread", head->spread, QUALITY_COUNTS);
	write_models(&body, head);
	write_groups(&body, head);
	buf_adds(&body, ",\"domains\":[");
	for (uint32_t i = 0; i < head->n_domains; i++) {
		buf_adds(&body, i ? "," : "");
		write_domain(&body, head, &head->domains[i]);
	}
	buf_adds(&body, "]}\n");
	buf_add(&body, rows);
	hash_of_text(buf_str(&body), hash);
	buf_printf(out, MAGIC "%s\n", hash);
	buf_add(out, buf_str(&body));
	out->overflow |= body.overflow;
	buf_release(&body);
}
