/* check_conf_catalog.c -- the fleet's part: catalogs, their canonical text, the shipped files. */
#include "base/rand.h"
#include "conf_files.h"
#include "core/price.h"
#include "model/chat.h"
#include "tools/catalog_file.h"

#define MONDAY 1795392000 /* 2026-11-23 00:00 UTC */

/* clang-format off */
/* two vendors with one model's id in common, every kind of section */
static const char fleet[] =
	"endpoints:\n"
	"  mine: {vendor: other, dialect: openai, base_url: 'http://h/v1//', api_key: none,\n"
	"         headers: {X-Team: a b, x-more: \"q\\\"\\\\\"}}\n"
	"  openai: {}\n"
	"  backup: {vendor: openai, base_url: 'https://b', api_key: 'file:/k', models: [big]}\n"
	"  claude: {vendor: anthropic, api_key: '${K}'}\n"
	"models:\n"
	"  openai:\n"
	"    small: {context: 100, max_output: 50, can: [tools, n], snapshots: [small-1, small-2]}\n"
	"    big: {context: 1000, max_output: 500, can: prefill, thinking: always, quirks: [no_stop],\n"
	"          created: 2026-02-28, upstream: 'ft:big::1', image_tokens: 9}\n"
	"  other: {big: {context: 1, max_output: 1}, openai/big: {context: 2, max_output: 1}}\n"
	"  anthropic: {c: {context: 7, max_output: 7}}\n"
	"prices:\n"
	"  openai:\n"
	"    small: {source: \"\\\"quoted\\\" and \xE4\xBB\xB7\", date: 2026-01-01, input: 1, output: 2.5}\n"
	"    small-2: {source: s, date: 2026-01-02, input: 3, output: 4, cache_write: 0.000001}\n"
	"    big:\n"
	"      {source: s, date: 2026-01-01, input: 1, output: 2,\n"
	"       above: {1000: {input: 2, output: 4}, 500: {input: 1.5, output: 3}},\n"
	"       windows: [{days: [sat, sun], input: 0.5, output: 1, above: {500: {input: 7, output: 8}}},\n"
	"                 {days: mon-fri, hours: ['01:00-04:00', '06:00-24:00'], input: 9, output: 10}],\n"
	"       service_tiers: {flex: 0.5, priority: 2.125}}\n"
	"aliases: {quick: small, best: [big, anthropic/c, quick], all: [best, openai/small-1]}\n"
	"policies:\n"
	"  default: {order: all, fallbacks: quick, max_attempts: 3, timeout: 30s, idle_timeout: 7s}\n"
	"  strict: {fallbacks: [], unsupported: refuse, min_max_tokens: 10}\n";
/* clang-format on */

static struct loaded l;

static void setup(void)
{
	l = conf_text_load(fleet);
	assert_loads(l);
}

static void teardown(void)
{
	loaded_release(&l);
}

static const struct model *model(const char *name)
{
	const struct model *m = catalog_model(l.catalog, str_of(name));

	ck_assert_msg(m != NULL, "no model %s", name);
	return m;
}

/* --- what is built --- */

START_TEST(an_endpoint_has_what_was_said_and_its_dialects_presets)
{
	const struct endpoint *e = l.catalog->endpoints;

	ck_assert_uint_eq(l.catalog->n_endpoints, 4);
	assert_str(e[0].name, "mine");
	assert_str(e[0].vendor, "other");
	assert_str(e[0].base_url, "http://h/v1");
	assert_absent(e[0].secret);
	ck_assert_uint_eq(e[0].n_headers, 2);
	assert_str(e[0].headers[1].value, "q\"\\");
	assert_str(e[1].base_url, "https://api.openai.com/v1");
	assert_str(e[1].secret, "${OPENAI_API_KEY}");
	assert_str(e[2].secret, "file:/k");
	ck_assert_int_eq(e[3].dialect, DIALECT_anthropic);
	ck_assert_uint_eq(e[3].index, 3);
}
END_TEST

START_TEST(an_endpoint_may_be_without_a_credential)
{
	struct loaded one = conf_text_load("endpoints: {openai: {api_key: none}}");

	assert_loads(one);
	assert_absent(one.catalog->endpoints[0].secret);
	loaded_release(&one);
}
END_TEST

START_TEST(models_are_sorted_by_id_then_by_the_order_of_endpoints)
{
	static const char *const ids[] = { "big",   "big",     "c",      "openai/big",
					   "small", "small-1", "small-2" };
	const struct catalog *c = l.catalog;

	ck_assert_uint_eq(c->n_models, COUNT_OF(ids));
	for (uint32_t i = 0; i < c->n_models; i++)
		assert_str(c->models[i].id, ids[i]);
	assert_str(model("big")->vendor, "other");
	assert_str(model("openai/big")->vendor, "openai");
	assert_str(model("other/openai/big")->id, "openai/big");
}
END_TEST

START_TEST(a_model_has_what_was_said)
{
	const struct model *m = model("openai/big");

	ck_assert_int_eq(m->context, 1000);
	ck_assert_int_eq(m->max_output, 500);
	ck_assert_int_eq(m->image_tokens, 9);
	ck_assert_uint_eq(m->can, NEEDS_PREFILL);
	ck_assert_uint_eq(m->quirks, QUIRK_NO_STOP);
	ck_assert_int_eq(m->thinking, THINKING_ALWAYS);
	ck_assert_int_eq(m->created, 1772236800);
	assert_str(m->upstream, "ft:big::1");
	ck_assert_uint_eq(model("small")->can, NEEDS_TOOLS | NEEDS_N);
	ck_assert_int_eq(model("small")->thinking, THINKING_NONE);
}
END_TEST

START_TEST(a_snapshot_is_a_model_with_its_own_name_upstream)
{
	assert_str(model("small-1")->upstream, "small-1");
	ck_assert_int_eq(model("small-1")->context, 100);
	ck_assert_ptr_eq(model("small-1")->price, model("small")->price);
	assert_str(model("small-2")->price->model, "small-2");
}
END_TEST

START_TEST(targets_are_the_endpoints_that_serve_a_model)
{
	static const char *const serve_big[] = { "openai", "backup" };
	const struct target *t;
	uint32_t n;

	t = catalog_targets(l.catalog, model("openai/big"), &n);
	ck_assert_uint_eq(n, 2);
	for (uint32_t i = 0; i < n; i++) {
		assert_str(t[i].endpoint->name, serve_big[i]);
		ck_assert_ptr_eq(t[i].model, model("openai/big"));
	}
	t = catalog_targets(l.catalog, model("small"), &n);
	ck_assert_uint_eq(n, 1);
	assert_str(t[0].endpoint->name, "openai");
}
END_TEST

static void assert_models(const struct model *const *models, uint32_t n, const char *names)
{
	struct buf text;

	buf_init(&text, 1000);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(&text, "%s%.*s/%.*s", i ? " " : "", STR_ARG(models[i]->vendor),
			   STR_ARG(models[i]->id));
	ck_assert_str_eq(buf_cstr(&text), names);
	buf_release(&text);
}

START_TEST(aliases_are_resolved_in_order_each_model_once)
{
	const struct alias *a = catalog_alias(l.catalog, STR("all"));

	ck_assert_ptr_nonnull(a);
	assert_models(a->models, a->n_models, "other/big anthropic/c openai/small openai/small-1");
	a = catalog_alias(l.catalog, STR("quick"));
	assert_models(a->models, a->n_models, "openai/small");
	ck_assert_ptr_null(catalog_alias(l.catalog, STR("nobody")));
}
END_TEST

START_TEST(a_policy_takes_from_the_default_what_it_does_not_say)
{
	const struct policy *p = catalog_policy(l.catalog, STR("strict"));
	const struct policy *d = catalog_policy(l.catalog, STR(""));

	assert_str(d->name, "default");
	ck_assert_uint_eq(d->n_fallbacks, 1);
	ck_assert_int_eq(d->idle_ms, 7000);
	ck_assert_int_eq(d->total_ms, 30000);
	ck_assert_int_eq(d->first_byte_ms, 30000); /* its default is longer than the whole */
	ck_assert_uint_eq(p->max_attempts, 3);
	ck_assert_uint_eq(p->n_order, 4);
	ck_assert_uint_eq(p->n_fallbacks, 0);
	ck_assert_int_eq(p->unsupported, UNSUPPORTED_REFUSE);
	ck_assert_int_eq(d->unsupported, UNSUPPORTED_ADAPT);
	ck_assert_int_eq(p->min_max_tokens, 10);
}
END_TEST

static int64_t picos_at(const struct price *p, int64_t input, int64_t now_s)
{
	return price_rate(p, input, now_s)->picos[USAGE_input];
}

START_TEST(rates_hold_where_and_when_the_file_says)
{
	const struct price *p = model("openai/big")->price;
	int64_t hour = 3600, saturday = MONDAY + 5 * 24 * hour;

	ck_assert_int_eq(picos_at(p, 500, MONDAY), 1000000);
	ck_assert_int_eq(picos_at(p, 501, MONDAY), 1500000);
	ck_assert_int_eq(picos_at(p, 1001, MONDAY), 2000000);
	ck_assert_int_eq(picos_at(p, 1001, MONDAY + hour), 9000000);
	ck_assert_int_eq(picos_at(p, 1, MONDAY + 24 * hour - 1), 9000000);
	ck_assert_int_eq(picos_at(p, 500, saturday), 500000);
	ck_assert_int_eq(picos_at(p, 501, saturday), 7000000);
	ck_assert_int_eq(price_tier(p, STR("priority")), 2125);
}
END_TEST

START_TEST(a_class_without_a_price_is_charged_as_its_fallback)
{
	const struct rate *r = model("small-2")->price->rates;

	ck_assert_int_eq(r->picos[USAGE_cache_read], 3000000);
	ck_assert_int_eq(r->picos[USAGE_cache_write], 1);
	ck_assert_int_eq(r->picos[USAGE_cache_write_long], 1);
	ck_assert_int_eq(r->picos[USAGE_output_audio], 4000000);
}
END_TEST

START_TEST(the_main_file_takes_the_place_of_included_ones)
{
	struct loaded two = conf_files_load(&(struct conf_files){
		.main = "include: more.yaml\nmodels: {openai: {m: {context: 2, max_output: 1}}}\n",
		.more = "models: {openai: {m: {context: 1, max_output: 1}, n: {context: 1, "
			"max_output: 1}}}",
	});

	assert_loads(two);
	ck_assert_uint_eq(two.catalog->n_models, 2);
	ck_assert_int_eq(catalog_model(two.catalog, STR("m"))->context, 2);
	loaded_release(&two);
}
END_TEST

START_TEST(two_included_files_cannot_say_the_same)
{
	struct loaded two = conf_files_load(&(struct conf_files){
		.main = "include: [more.yaml, sub/even.yaml]\n",
		.more = "aliases: {a: m}\nmodels: {openai: {m: {context: 1, max_output: 1}}}",
		.even_more = "aliases: {a: m}\n",
	});

	ck_assert_uint_eq(two.faults.errors, 1);
	assert_says(two, "sub/even.yaml:1:11: error: \"a\" stands in more.yaml, line 1, too");
	loaded_release(&two);
}
END_TEST

/* --- the canonical text --- */

static char *text_of(const struct catalog *c)
{
	struct buf b;
	char *copy;

	buf_init(&b, 1 << 22);
	conf_write(c, &b);
	ck_assert(buf_ok(&b));
	copy = strdup(buf_cstr(&b));
	buf_release(&b);
	return copy;
}

/* the catalog read back from its own text; the texts must be the same */
static void assert_stable(const struct catalog *c)
{
	char *text = text_of(c), *again;
	struct conf_faults faults;
	struct catalog *back = conf_read(str_of(text), &faults);

	ck_assert_msg(back != NULL, "%s\n%s", faults.items[0].text, text);
	again = text_of(back);
	ck_assert_str_eq(again, text);
	ck_assert_str_eq(back->hash, c->hash);
	ck_assert_uint_eq(back->n_targets, c->n_targets);
	ck_assert_uint_eq(back->n_prices, c->n_prices);
	free(again);
	free(text);
	catalog_unref(back);
}

START_TEST(a_published_text_gives_the_same_catalog)
{
	assert_stable(l.catalog);
}
END_TEST

START_TEST(the_hash_is_of_the_meaning_not_of_the_spelling)
{
	struct loaded a = conf_text_load(
		"models: {openai: {m: {context: 10, max_output: 5, can: [n, tools]}}}");
	struct loaded b = conf_text_load(
		"# the same\nmodels:\n  openai:\n    \"m\":\n      max_output: 5\n"
		"      can: [tools, n]\n      context: 10\n");
	struct loaded c = conf_text_load(
		"models: {openai: {m: {context: 11, max_output: 5, can: [n, tools]}}}");

	ck_assert_uint_eq(strlen(a.catalog->hash), 64);
	ck_assert_str_eq(a.catalog->hash, b.catalog->hash);
	ck_assert_str_ne(a.catalog->hash, c.catalog->hash);
	loaded_release(&a);
	loaded_release(&b);
	loaded_release(&c);
}
END_TEST

START_TEST(a_published_text_cannot_have_settings_or_includes)
{
	struct conf_faults faults;

	ck_assert_ptr_null(conf_read(STR("{\"gateway\": {\"listen\": \":1\"}}"), &faults));
	ck_assert_uint_eq(faults.errors, 1);
	ck_assert_ptr_null(conf_read(STR("{\"include\": \"/etc/passwd\"}"), &faults));
	ck_assert_ptr_null(conf_read(STR("garbage"), &faults));
	ck_assert_ptr_null(conf_read(STR("\"\\"), &faults));
}
END_TEST

/* --- the shipped files --- */

static struct loaded load_shipped(void)
{
	struct loaded s = { 0 };

	s.ok = conf_load(SHIPPED_CONF "/smartrouter.yaml", file_read, NULL, &s.settings, &s.catalog,
			 &s.faults);
	buf_init(&s.said, 1 << 16);
	conf_faults_print(&s.faults, &s.said);
	return s;
}

START_TEST(the_shipped_files_load_without_a_word)
{
	struct loaded s = load_shipped();

	assert_loads(s);
	ck_assert_msg(s.faults.notes == 0, "%s", buf_cstr(&s.said));
	ck_assert_uint_eq(s.catalog->n_endpoints, 4);
	ck_assert_uint_gt(s.catalog->policies[0].n_order, 1);
	for (uint32_t i = 0; i < s.catalog->n_models; i++)
		ck_assert_uint_eq(s.catalog->models[i].n_targets, 1);
	assert_stable(s.catalog);
	loaded_release(&s);
}
END_TEST

START_TEST(deepseek_is_dearer_at_peak_hours)
{
	struct loaded s = load_shipped();
	const struct model *m = catalog_model(s.catalog, STR("deepseek-v4-flash"));
	struct usage u = { .tokens = { [USAGE_input] = 1000, [USAGE_output] = 1000 } };

	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(price_cost(m->price, &u, MONDAY, 1000), 750000);
	ck_assert_int_eq(price_cost(m->price, &u, MONDAY + 2 * 3600, 1000), 1500000);
	ck_assert_int_eq(price_cost(m->price, &u, MONDAY + 5 * 3600, 1000), 750000);
	ck_assert_int_eq(price_cost(m->price, &u, MONDAY + 9 * 3600, 1000), 1500000);
	loaded_release(&s);
}
END_TEST

/* a text with a few bytes changed, put in or taken out */
static void damage(struct buf *b, struct str text, struct rnd *r)
{
	static const char pieces[] = "{}[]:,-&*!|>'\"#%@ \n\t\\0az~\xC3\x80";
	size_t at = 0;

	buf_reset(b);
	for (uint32_t i = 1 + rnd_below(r, 4); i > 0; i--) {
		size_t next = at + rnd_below(r, (uint32_t)(text.n - at));

		buf_add(b, str_sub(text, at, next));
		if (rnd_below(r, 2))
			buf_addc(b, pieces[rnd_below(r, sizeof(pieces))]);
		at = next + rnd_below(r, 3);
		if (at >= text.n)
			return;
	}
	buf_add(b, str_sub(text, at, text.n));
}

START_TEST(damaged_texts_give_faults_or_a_stable_catalog)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	char *canonical = text_of(l.catalog);
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int round = 0; round < 300; round++) {
		struct loaded d;

		damage(&text, str_of(round % 2 ? fleet : canonical), &r);
		d = conf_text_load(buf_cstr(&text));
		if (d.ok)
			assert_stable(d.catalog);
		else
			ck_assert_uint_gt(d.faults.errors, 0);
		loaded_release(&d);
	}
	buf_release(&text);
	free(canonical);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_catalog");
	TCase *t = tcase_create("catalog");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_endpoint_has_what_was_said_and_its_dialects_presets);
	tcase_add_test(t, an_endpoint_may_be_without_a_credential);
	tcase_add_test(t, models_are_sorted_by_id_then_by_the_order_of_endpoints);
	tcase_add_test(t, a_model_has_what_was_said);
	tcase_add_test(t, a_snapshot_is_a_model_with_its_own_name_upstream);
	tcase_add_test(t, targets_are_the_endpoints_that_serve_a_model);
	tcase_add_test(t, aliases_are_resolved_in_order_each_model_once);
	tcase_add_test(t, a_policy_takes_from_the_default_what_it_does_not_say);
	tcase_add_test(t, rates_hold_where_and_when_the_file_says);
	tcase_add_test(t, a_class_without_a_price_is_charged_as_its_fallback);
	tcase_add_test(t, the_main_file_takes_the_place_of_included_ones);
	tcase_add_test(t, two_included_files_cannot_say_the_same);
	suite_add_tcase(s, t);

	t = tcase_create("canonical");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_published_text_gives_the_same_catalog);
	tcase_add_test(t, the_hash_is_of_the_meaning_not_of_the_spelling);
	tcase_add_test(t, a_published_text_cannot_have_settings_or_includes);
	tcase_add_loop_test(t, damaged_texts_give_faults_or_a_stable_catalog, 0, 10);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);

	t = tcase_create("shipped");
	tcase_add_test(t, the_shipped_files_load_without_a_word);
	tcase_add_test(t, deepseek_is_dearer_at_peak_hours);
	suite_add_tcase(s, t);
	return unit_run(s);
}
