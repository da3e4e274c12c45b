/* listing.c -- GET /v1/models. */
#include "gate/listing.h"

#include "gate/request.h"

static bool may_list(const struct request *r, const struct model *m)
{
	return m->n_targets > 0 && payer_may_use(&r->payer, m->id, m->id, m->vendor) &&
	       (m->price || !payer_has_budget(&r->payer));
}

static void write_one(struct buf *b, struct str id, struct str owner, int64_t created)
{
	buf_adds(b, "{\"id\":");
	json_quote(b, id);
	buf_printf(b, ",\"object\":\"model\",\"created\":%lld,\"owned_by\":", (long long)created);
	json_quote(b, owner);
	buf_adds(b, "}");
}

static void write_next(struct buf *b, bool *first, struct str id, struct str owner, int64_t created)
{
	if (!*first)
		buf_addc(b, ',');
	*first = false;
	write_one(b, id, owner, created);
}

static bool alias_is_usable(const struct request *r, const struct alias *a)
{
	for (uint32_t i = 0; i < a->n_models; i++)
		if (a->models[i]->n_targets > 0 &&
		    payer_may_use(&r->payer, a->name, a->models[i]->id, a->models[i]->vendor))
			return true;
	return false;
}

void listing_models(struct request *r)
{
	const struct catalog *c = r->catalog->catalog;
	struct buf *b = &r->out;
	bool first = true;

	buf_adds(b, "{\"object\":\"list\",\"data\":[");
	if (r->policy->n_order)
		write_next(b, &first, STR("auto"), STR("smartrouter"), 0);
	for (uint32_t i = 0; i < c->n_aliases; i++)
		if (alias_is_usable(r, &c->aliases[i]))
			write_next(b, &first, c->aliases[i].name, STR("smartrouter"), 0);
	for (uint32_t i = 0; i < c->n_models; i++)
		if (may_list(r, &c->models[i]))
			write_next(b, &first, c->models[i].id, c->models[i].vendor,
				   c->models[i].created);
	buf_adds(b, "]}");
	request_go(r, STEP_reply);
}

/* "%2F" and its like in a path: clients quote the slash of vendor/id */
static struct str unquote(struct arena *a, struct str s)
{
	char *out = arena_chars(a, s.n);
	size_t n = 0;

	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < s.n; i++) {
		char hex[3] = { 0 }, *end;

		out[n] = s.p[i];
		if (s.p[i] == '%' && i + 2 < s.n) {
			memcpy(hex, s.p + i + 1, 2);
			long c = strtol(hex, &end, 16);
			if (end == hex + 2) {
				out[n] = (char)c;
				i += 2;
			}
		}
		n++;
	}
	return (struct str){ out, n };
}

void listing_model(struct request *r)
{
	struct str path = exchange_path(r->x);
	struct str name = unquote(&r->arena, str_sub(path, strlen("/v1/models/"), path.n));
	const struct catalog *c = r->catalog->catalog;
	const struct alias *alias = catalog_alias(c, name);
	const struct model *m = catalog_model(c, name);

	if (str_is(name, "auto") || (alias && alias_is_usable(r, alias)))
		write_one(&r->out, name, STR("smartrouter"), 0);
	else if (m && may_list(r, m))
		write_one(&r->out, m->id, m->vendor, m->created);
	else
		fault_set(&r->fault, ERR_MODEL_UNKNOWN, "model", "The model does not exist.");
	request_go(r, STEP_reply);
}
