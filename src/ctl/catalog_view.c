/* catalog_view.c -- a catalog for people and for scripts. */
#include "ctl/catalog_view.h"

#include "conf/value.h"
#include "core/price.h"
#include "ctl/table.h"
#include "io/secret.h"

#define PICO_PLACES 6 /* pico-dollars a token are dollars per million tokens * 10^6 */

static const char *const thinking_names[] = {
	[THINKING_NONE] = "none",
	[THINKING_OPTIONAL] = "optional",
	[THINKING_DEFAULT] = "default",
	[THINKING_ALWAYS] = "always",
};

/* the classes that have a column */
static const enum usage_class shown_classes[] = { USAGE_input, USAGE_cache_read, USAGE_output };

/* is the secret behind a reference there? */
static const char *credential_text(struct str reference)
{
	struct secret *secret;
	struct fault f;

	if (reference.n == 0)
		return "not needed";
	secret = secret_resolve(reference, &f);
	if (!secret)
		return "missing";
	secret_free(secret);
	return "there";
}

/* --- tables --- */

static void add_decimal(struct table *t, int64_t value, int places)
{
	struct buf b;

	buf_init(&b, 64);
	value_write_decimal(&b, value, places);
	table_add(t, buf_str(&b));
	buf_release(&b);
}

static void add_endpoints_of(struct table *t, const struct catalog *c, const struct model *m)
{
	uint32_t n;
	const struct target *targets = catalog_targets(c, m, &n);
	struct buf b;

	buf_init(&b, 4096);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s", i ? "," : "", STR_ARG(targets[i].endpoint->name));
	table_add(t, n ? buf_str(&b) : STR("none"));
	buf_release(&b);
}

static void print_models(struct arena *a, const struct catalog *c, int64_t now_s)
{
	static const struct column columns[] = {
		{ "MODEL", ALIGN_LEFT },       { "VENDOR", ALIGN_LEFT },
		{ "CONTEXT", ALIGN_RIGHT },    { "OUTPUT", ALIGN_RIGHT },
		{ "THINKING", ALIGN_LEFT },    { "IN $/M", ALIGN_POINT },
		{ "CACHED $/M", ALIGN_POINT }, { "OUT $/M", ALIGN_POINT },
		{ "ENDPOINTS", ALIGN_LEFT },
	};
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < c->n_models; i++) {
		const struct model *m = &c->models[i];
		const struct rate *rate = m->price ? price_rate(m->price, 0, now_s) : NULL;

		table_add(&t, m->id);
		table_add(&t, m->vendor);
		table_addi(&t, m->context);
		table_addi(&t, m->max_output);
		table_adds(&t, thinking_names[m->thinking]);
		for (size_t k = 0; k < COUNT_OF(shown_classes); k++) {
			if (rate)
				add_decimal(&t, rate->picos[shown_classes[k]], PICO_PLACES);
			else
				table_adds(&t, "-");
		}
		add_endpoints_of(&t, c, m);
	}
	table_print(&t);
}

static void print_endpoints(struct arena *a, const struct catalog *c)
{
	static const struct column columns[] = {
		{ "ENDPOINT", ALIGN_LEFT }, { "VENDOR", ALIGN_LEFT },     { "DIALECT", ALIGN_LEFT },
		{ "URL", ALIGN_LEFT },      { "CREDENTIAL", ALIGN_LEFT }, { "FROM", ALIGN_LEFT },
	};
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < c->n_endpoints; i++) {
		const struct endpoint *e = &c->endpoints[i];

		table_add(&t, e->name);
		table_add(&t, e->vendor);
		table_adds(&t, dialect_id_name(e->dialect));
		table_add(&t, e->base_url);
		table_adds(&t, credential_text(e->secret));
		table_add(&t, e->secret.n ? e->secret : STR("-"));
	}
	table_print(&t);
}

/* what an alias or a policy's `auto` stands for */
static void add_models(struct table *t, const struct model *const *models, uint32_t n)
{
	struct buf b;

	buf_init(&b, 65536);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s/%.*s", i ? ", " : "", STR_ARG(models[i]->vendor),
			   STR_ARG(models[i]->id));
	table_add(t, n ? buf_str(&b) : STR("-"));
	buf_release(&b);
}

static void print_names(struct arena *a, const struct catalog *c)
{
	static const struct column aliases[] = { { "ALIAS", ALIGN_LEFT },
						 { "MODELS", ALIGN_LEFT } };
	static const struct column policies[] = { { "POLICY", ALIGN_LEFT },
						  { "ATTEMPTS", ALIGN_RIGHT },
						  { "AUTO MEANS", ALIGN_LEFT },
						  { "FALLBACKS", ALIGN_LEFT } };
	struct table t;

	table_init(&t, a, aliases, COUNT_OF(aliases));
	for (uint32_t i = 0; i < c->n_aliases; i++) {
		table_add(&t, c->aliases[i].name);
		add_models(&t, c->aliases[i].models, c->aliases[i].n_models);
	}
	table_print(&t);
	if (c->n_aliases)
		putchar('\n');
	table_init(&t, a, policies, COUNT_OF(policies));
	for (uint32_t i = 0; i < c->n_policies; i++) {
		table_add(&t, c->policies[i].name);
		table_addi(&t, c->policies[i].max_attempts);
		add_models(&t, c->policies[i].order, c->policies[i].n_order);
		add_models(&t, c->policies[i].fallbacks, c->policies[i].n_fallbacks);
	}
	table_print(&t);
}

void catalog_print(struct arena *a, const struct settings *s, const struct catalog *c,
		   int64_t now_s)
{
	print_models(a, c, now_s);
	putchar('\n');
	print_endpoints(a, c);
	putchar('\n');
	print_names(a, c);
	printf("\npepper of API keys: %s (%s)\n", credential_text(str_of(s->gateway_pepper)),
	       s->gateway_pepper);
}

/* --- JSON --- */

static json_t *rate_json(const struct rate *rate)
{
	json_t *o;

	if (!rate)
		return json_null();
	o = json_object();
	for (int u = 0; u < USAGE_COUNT; u++)
		out_int(o, usage_class_name((enum usage_class)u), rate->picos[u]);
	return o;
}

static json_t *model_json(const struct catalog *c, const struct model *m, int64_t now_s)
{
	uint32_t n;
	const struct target *targets = catalog_targets(c, m, &n);
	json_t *o = json_object(), *endpoints = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(endpoints, json_stringn(targets[i].endpoint->name.p,
							      targets[i].endpoint->name.n));
	out_str(o, "id", m->id);
	out_str(o, "vendor", m->vendor);
	out_int(o, "context", m->context);
	out_int(o, "max_output", m->max_output);
	out_text(o, "thinking", thinking_names[m->thinking]);
	out_value(o, "picos_per_token",
		  rate_json(m->price ? price_rate(m->price, 0, now_s) : NULL));
	out_value(o, "endpoints", endpoints);
	return o;
}

static json_t *endpoint_json(const struct endpoint *e)
{
	json_t *o = json_object();

	out_str(o, "name", e->name);
	out_str(o, "vendor", e->vendor);
	out_text(o, "dialect", dialect_id_name(e->dialect));
	out_str(o, "base_url", e->base_url);
	out_text(o, "credential", credential_text(e->secret));
	return o;
}

static json_t *names_json(const struct model *const *models, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(list, json_sprintf("%.*s/%.*s", STR_ARG(models[i]->vendor),
							 STR_ARG(models[i]->id)));
	return list;
}

static json_t *alias_json(const struct alias *a)
{
	json_t *o = json_object();

	out_str(o, "name", a->name);
	out_value(o, "models", names_json(a->models, a->n_models));
	return o;
}

static json_t *policy_json(const struct policy *p)
{
	json_t *o = json_object();

	out_str(o, "name", p->name);
	out_int(o, "max_attempts", p->max_attempts);
	out_value(o, "order", names_json(p->order, p->n_order));
	out_value(o, "fallbacks", names_json(p->fallbacks, p->n_fallbacks));
	return o;
}

json_t *catalog_json(const struct settings *s, const struct catalog *c, int64_t now_s)
{
	json_t *o = json_object(), *models = json_array(), *endpoints = json_array(),
	       *aliases = json_array(), *policies = json_array();

	for (uint32_t i = 0; i < c->n_models; i++)
		json_array_append_new(models, model_json(c, &c->models[i], now_s));
	for (uint32_t i = 0; i < c->n_endpoints; i++)
		json_array_append_new(endpoints, endpoint_json(&c->endpoints[i]));
	for (uint32_t i = 0; i < c->n_aliases; i++)
		json_array_append_new(aliases, alias_json(&c->aliases[i]));
	for (uint32_t i = 0; i < c->n_policies; i++)
		json_array_append_new(policies, policy_json(&c->policies[i]));
	out_text(o, "hash", c->hash);
	out_text(o, "pepper", credential_text(str_of(s->gateway_pepper)));
	out_value(o, "models", models);
	out_value(o, "endpoints", endpoints);
	out_value(o, "aliases", aliases);
	out_value(o, "policies", policies);
	return o;
}
