/*
 * endpoints.c -- `endpoints:` to where requests can be sent.
 *
 * A vendor's base URL and key are taken from tbl/vendors.h only for that vendor
 * itself: another vendor's key must never go to it because a line is missing.
 */
#include "conf/fleet.h"

#include "conf/guess.h"
#include "conf/value.h"

#define HEADERS_MAX      16
#define HEADER_VALUE_MAX 255
#define MODELS_MAX       1024

/* what a vendor needs no word for */
struct preset {
	const char *vendor, *base_url, *secret;
};

static const struct preset presets[DIALECT_COUNT] = {
#define VENDOR(dialect, vendor, base_url, key_env, text) \
	[DIALECT_##dialect] = { vendor, base_url, "${" key_env "}" },
#include "tbl/vendors.h"
#undef VENDOR
};

static enum dialect_id vendors_dialect(struct str vendor)
{
	for (int d = 0; d < DIALECT_COUNT; d++)
		if (str_is(vendor, presets[d].vendor))
			return (enum dialect_id)d;
	return DIALECT_openai;
}

/* the part of a URL that requests are made of: no slash at its end */
static struct str check_url(struct fleet *f, const struct node *where, const char *path,
			    struct str url)
{
	if (!str_starts(url, STR("https://")) && !str_starts(url, STR("http://")))
		fault_at(f->reader.faults, where, "%s.base_url begins with https:// or http://",
			 path);
	if (str_chr(url, '?') >= 0 || str_chr(url, '#') >= 0)
		fault_at(f->reader.faults, where, "%s.base_url must have no '?' and no '#'", path);
	while (str_ends(url, STR("/")))
		url.n--;
	return url;
}

static bool is_header_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7F ||
		    strchr("()<>@,;:\\\"/[]?={}", c))
			return false;
	}
	return name.n > 0;
}

/* headers that the gateway writes itself, or that would put a secret into the catalog */
static bool is_own_header(struct str name)
{
	static const char *const own[] = {
		"authorization",   "proxy-authorization",
		"x-api-key",       "api-key",
		"cookie",          "host",
		"content-length",  "content-type",
		"connection",      "transfer-encoding",
		"accept-encoding", "expect",
	};

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (str_ieq(name, str_of(own[i])))
			return true;
	return false;
}

static void read_header(struct fleet *f, const struct node *key, const struct node *value,
			const char *path, struct header *header_r)
{
	char name[FIELD_PATH_MAX];

	path_write(name, "%s.headers.%.40s", path, key->text.p);
	if (!is_header_name(key->text))
		fault_at(f->reader.faults, key, "%s: this is no name of a header", name);
	else if (is_own_header(key->text))
		fault_at(f->reader.faults, key,
			 "%s: the gateway sets this header itself; a credential belongs in api_key",
			 name);
	if (!expect_scalar(&f->reader, value, name))
		return;
	if (!value_is_printable(value->text) || value->text.n > HEADER_VALUE_MAX)
		fault_at(f->reader.faults, value, "%s: not printable text of at most %d bytes",
			 name, HEADER_VALUE_MAX);
	header_r->name = arena_str(f->reader.a, key->text);
	header_r->value = arena_str(f->reader.a, value->text);
}

static void read_headers(struct fleet *f, const struct node *map, const char *path,
			 struct endpoint *e)
{
	char name[FIELD_PATH_MAX];

	path_write(name, "%s.headers", path);
	if (!map || !expect_map(&f->reader, map, name))
		return;
	if (map->n > HEADERS_MAX) {
		fault_at(f->reader.faults, map, "%s: more than %d of them", name, HEADERS_MAX);
		return;
	}
	e->headers = ARENA_ARRAY(f->reader.a, struct header, map->n);
	for (uint32_t i = 0; e->headers && i < map->n; i++)
		read_header(f, map->keys[i], map->items[i], path, &e->headers[i]);
	e->n_headers = e->headers ? map->n : 0;
}

static void read_endpoint(struct fleet *f, const struct entry *entry, struct endpoint *e)
{
	struct endpoint_fields in;
	const struct preset *preset;
	char path[FIELD_PATH_MAX];
	bool own;

	path_write(path, "endpoints.%.*s", STR_ARG(entry->name));
	fleet_default(ENTITY_ENDPOINT, &in);
	fleet_read(f, ENTITY_ENDPOINT, entry->value, path, &in);
	e->name = arena_str(f->reader.a, entry->name);
	e->vendor = in.vendor ? str_of(in.vendor) : e->name;
	e->dialect = in.dialect >= 0 ? (enum dialect_id)in.dialect : vendors_dialect(e->vendor);
	preset = &presets[e->dialect];
	own = str_is(e->vendor, preset->vendor);
	if (in.base_url)
		e->base_url = check_url(f, entry->key, path, str_of(in.base_url));
	else if (own)
		e->base_url = str_of(preset->base_url);
	else if (!node_get(entry->value, "base_url"))
		fault_at(f->reader.faults, entry->key, "%s: \"base_url\" is missing", path);
	if (in.api_key || node_get(entry->value, "api_key"))
		e->secret = str_of(in.api_key);
	else if (own)
		e->secret = str_of(preset->secret);
	read_headers(f, in.headers, path, e);
	f->endpoint_models[e->index] = in.models;
}

void fleet_endpoints(struct fleet *f)
{
	struct catalog *c = f->c;
	struct entries entries;

	fleet_entries(f, "endpoints", false, &entries);
	c->endpoints = ARENA_ARRAY(f->reader.a, struct endpoint, entries.n + 1);
	f->endpoint_models = ARENA_ARRAY(f->scratch, const struct node *, entries.n + 1);
	if (!c->endpoints || !f->endpoint_models)
		return;
	for (uint32_t i = 0; i < entries.n; i++) {
		c->endpoints[i].index = i;
		read_endpoint(f, &entries.list[i], &c->endpoints[i]);
	}
	c->n_endpoints = (uint32_t)entries.n;
}

/* --- what they serve --- */

static void fault_model(struct fleet *f, const struct node *where, const struct endpoint *e)
{
	char text[GUESS_TEXT_MAX];
	struct guess g;

	if (f->incomplete)
		return;
	guess_start(&g, where->text);
	for (uint32_t i = 0; i < f->c->n_models; i++)
		if (str_eq(f->c->models[i].vendor, e->vendor))
			guess_offer(&g, f->c->models[i].id);
	fault_at(f->reader.faults, where,
		 "endpoints.%.*s.models: vendor \"%.*s\" has no model \"%.60s\"%s",
		 STR_ARG(e->name), STR_ARG(e->vendor), where->text.p, guess_text(&g, text));
}

static const struct model *model_of(const struct catalog *c, struct str vendor, struct str id)
{
	for (uint32_t i = 0; i < c->n_models; i++)
		if (str_eq(c->models[i].vendor, vendor) && str_eq(c->models[i].id, id))
			return &c->models[i];
	return NULL;
}

static void read_models(struct fleet *f, const struct node *list, struct endpoint *e)
{
	char path[FIELD_PATH_MAX];

	path_write(path, "endpoints.%.*s.models", STR_ARG(e->name));
	if (list->type != NODE_LIST || list->n == 0 || list->n > MODELS_MAX) {
		fault_at(f->reader.faults, list, "%s must be a list of 1 to %d ids", path,
			 MODELS_MAX);
		return;
	}
	e->models = ARENA_ARRAY(f->reader.a, struct str, list->n);
	for (uint32_t i = 0; e->models && i < list->n; i++) {
		const struct model *m;

		if (!expect_scalar(&f->reader, list->items[i], path))
			continue;
		m = model_of(f->c, e->vendor, list->items[i]->text);
		if (m)
			e->models[e->n_models++] = m->id;
		else
			fault_model(f, list->items[i], e);
	}
}

static bool serves(const struct endpoint *e, const struct model *m)
{
	if (!str_eq(e->vendor, m->vendor))
		return false;
	for (uint32_t i = 0; i < e->n_models; i++)
		if (str_eq(e->models[i], m->id))
			return true;
	return e->n_models == 0;
}

void fleet_targets(struct fleet *f)
{
	struct catalog *c = f->c;
	size_t n = 0, cap = 0;

	for (uint32_t i = 0; i < c->n_endpoints; i++)
		if (f->endpoint_models[i])
			read_models(f, f->endpoint_models[i], &c->endpoints[i]);
	for (uint32_t i = 0; i < c->n_models; i++) {
		struct model *m = &c->models[i];

		m->first_target = (uint32_t)n;
		for (uint32_t k = 0; k < c->n_endpoints; k++) {
			struct target *t = NULL;

			if (serves(&c->endpoints[k], m))
				t = ARENA_PUSH(f->reader.a, c->targets, n, cap);
			if (t)
				*t = (struct target){ m, &c->endpoints[k] };
		}
		m->n_targets = (uint32_t)n - m->first_target;
	}
	c->n_targets = (uint32_t)n;
}
