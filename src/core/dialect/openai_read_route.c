/* openai_read_route.c -- where a request wants to go: `model`, `models`, `provider`. */
#include "core/dialect/openai_client.h"

#define LONGEST_MODEL 200
#define MOST_MODELS   16
#define MOST_VENDORS  16

static enum err read_name(struct reader *r, struct json j, const char *member, struct str *name_r)
{
	if (json_type(j) != JSON_STRING)
		return reader_wrong(r, member, "must be a string");
	*name_r = json_text(j, r->a);
	if (str_absent(*name_r))
		return reader_full(r);
	if (name_r->n == 0 || name_r->n > LONGEST_MODEL)
		return reader_wrong(r, member, "must be a name");
	return ERR_OK;
}

static enum err read_names(struct reader *r, struct json object, const char *member, size_t most,
			   struct str **names_r, uint32_t *n_r)
{
	struct json list;
	enum err e = reader_may_have(r, object, member, JSON_ARRAY, &list);

	if (e)
		return e;
	if (json_count(list) > most)
		return reader_wrong(r, member, "must not have more than 16 elements");
	*names_r = ARENA_ARRAY(r->a, struct str, json_count(list));
	if (!*names_r)
		return reader_full(r);
	JSON_EACH (it, list)
		if ((e = read_name(r, it, member, &(*names_r)[(*n_r)++])))
			return e;
	return ERR_OK;
}

/* `models`: asked in this order after `model`, or instead of it */
static enum err read_models(struct reader *r)
{
	struct chat *chat = r->chat;
	struct json model = json_get(chat->root, "model");
	enum err e;

	if (!json_unset(model) && (e = read_name(r, model, "model", &chat->model)))
		return e;
	if ((e = read_names(r, chat->root, "models", MOST_MODELS, &chat->models, &chat->n_models)))
		return e;
	if (json_unset(model) && chat->n_models) {
		chat->model = *chat->models++;
		chat->n_models--;
	}
	return str_absent(chat->model) ? reader_missing(r, "model") : ERR_OK;
}

/* --- provider --- */

/* what OpenRouter calls them, and the strategy that does it; throughput is what a latency is made
 * of */
static const struct {
	const char *sort, *strategy;
} sorts[] = {
	{ "price", "cost" },
	{ "latency", "latency" },
	{ "throughput", "latency" },
};

static enum err read_sort(struct reader *r, struct json provider)
{
	struct json sort = json_get(provider, "sort");

	if (json_unset(sort))
		return ERR_OK;
	for (size_t i = 0; i < COUNT_OF(sorts); i++)
		if (json_is(sort, sorts[i].sort)) {
			r->chat->provider.strategy = str_of(sorts[i].strategy);
			return ERR_OK;
		}
	return reader_wrong(r, "sort", "must be \"price\", \"latency\" or \"throughput\"");
}

static enum err read_price(struct reader *r, struct json prices, const char *member,
			   double *price_r)
{
	struct json price = json_get(prices, member);

	if (json_unset(price))
		return ERR_OK;
	if (!json_double(price, price_r) || !(*price_r >= 0))
		return reader_wrong(r, member, "must be dollars per million tokens");
	return ERR_OK;
}

static enum err read_max_price(struct reader *r, struct json provider)
{
	struct provider *p = &r->chat->provider;
	struct json prices;
	enum err e = reader_may_have(r, provider, "max_price", JSON_OBJECT, &prices);

	if (e || !json_present(prices))
		return e;
	reader_at(r, "provider.max_price");
	if ((e = read_price(r, prices, "prompt", &p->max_price_input)) ||
	    (e = read_price(r, prices, "completion", &p->max_price_output)))
		return e;
	reader_at(r, "provider");
	return ERR_OK;
}

static enum err read_fallbacks(struct reader *r, struct json provider)
{
	struct json allow = json_get(provider, "allow_fallbacks");

	if (!json_unset(allow) && json_type(allow) != JSON_TRUE && json_type(allow) != JSON_FALSE)
		return reader_wrong(r, "allow_fallbacks", "must be true or false");
	r->chat->provider.no_fallbacks = !json_bool(allow, true);
	return ERR_OK;
}

/* A wish about where a prompt may go is kept or refused, never passed over in silence. */
static enum err refuse_others(struct reader *r, struct json provider)
{
	static const char *const known[] = { "sort",   "max_price", "only",
					     "ignore", "order",     "allow_fallbacks" };

	JSON_EACH (name, provider) {
		size_t i = 0;

		while (i < COUNT_OF(known) && !json_is(name, known[i]))
			i++;
		if (i == COUNT_OF(known) && !json_unset(json_value(name)))
			return fault_set(
				r->fault, ERR_UNSUPPORTED, "provider",
				"'provider' may have sort, max_price, only, ignore, order "
				"and allow_fallbacks; nothing else of it can be kept here");
	}
	return ERR_OK;
}

static enum err read_provider(struct reader *r)
{
	struct provider *p = &r->chat->provider;
	struct json provider;
	enum err e;

	p->max_price_input = p->max_price_output = -1;
	if ((e = reader_may_have(r, r->chat->root, "provider", JSON_OBJECT, &provider)) ||
	    !json_present(provider))
		return e;
	if ((e = refuse_others(r, provider)))
		return e;
	reader_at(r, "provider");
	if ((e = read_sort(r, provider)) || (e = read_max_price(r, provider)) ||
	    (e = read_fallbacks(r, provider)) ||
	    (e = read_names(r, provider, "only", MOST_VENDORS, &p->only, &p->n_only)) ||
	    (e = read_names(r, provider, "ignore", MOST_VENDORS, &p->ignore, &p->n_ignore)) ||
	    (e = read_names(r, provider, "order", MOST_VENDORS, &p->order, &p->n_order)))
		return e;
	reader_at_top(r);
	return ERR_OK;
}

enum err openai_read_route(struct reader *r)
{
	enum err e = read_models(r);

	return e ? e : read_provider(r);
}
