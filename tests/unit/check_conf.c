/* check_conf.c -- settings, and what is said about a configuration that is wrong. */
#include "conf_files.h"

#include "base/log.h"

/* --- settings --- */

START_TEST(an_empty_file_means_every_default)
{
	struct loaded l = conf_text_load("");

	assert_loads(l);
	ck_assert_str_eq(l.settings->gateway_listen, "127.0.0.1:8080");
	ck_assert_int_eq(l.settings->gateway_max_body_bytes, 32 << 20);
	ck_assert_int_eq(l.settings->redis_command_timeout_ms, 100);
	ck_assert_int_eq(l.settings->redis_tombstone_ms, 15 * 60000);
	ck_assert_int_eq(l.settings->log_level, LOG_INFO);
	ck_assert(l.settings->log_requests);
	ck_assert_ptr_null(l.settings->redis_password);
	ck_assert_ptr_null(l.settings->gateway_name);
	ck_assert_uint_eq(l.catalog->n_targets, 0);
	ck_assert_uint_eq(l.catalog->n_policies, 1);
	loaded_release(&l);
}
END_TEST

START_TEST(sections_left_empty_mean_their_defaults)
{
	struct loaded l = conf_text_load(
		"gateway:\nredis:\nendpoints:\nmodels:\nprices: {openai: }\n"
		"aliases:\npolicies: {default: ~}\n");

	assert_loads(l);
	loaded_release(&l);
}
END_TEST

START_TEST(settings_of_every_kind_are_read)
{
	struct loaded l = conf_text_load(
		"gateway:\n"
		"  listen: '[::1]:80'\n"
		"  admin_listen: none\n"
		"  name: gw-1.example\n"
		"  workers: 4\n"
		"  pepper: credential:pepper\n"
		"  max_body: 10MiB\n"
		"  header_timeout: 2m\n"
		"redis: {url: 'unix:///run/redis.sock?db=2', password: 'file:/etc/pw'}\n"
		"log: {level: debug, requests: false}\n");

	assert_loads(l);
	ck_assert_str_eq(l.settings->gateway_listen, "[::1]:80");
	ck_assert_ptr_null(l.settings->gateway_admin_listen);
	ck_assert_str_eq(l.settings->gateway_name, "gw-1.example");
	ck_assert_int_eq(l.settings->gateway_workers, 4);
	ck_assert_str_eq(l.settings->gateway_pepper, "credential:pepper");
	ck_assert_int_eq(l.settings->gateway_max_body_bytes, 10 << 20);
	ck_assert_int_eq(l.settings->gateway_header_timeout_ms, 120000);
	ck_assert_str_eq(l.settings->redis_url, "unix:///run/redis.sock?db=2");
	ck_assert_str_eq(l.settings->redis_password, "file:/etc/pw");
	ck_assert_int_eq(l.settings->log_level, LOG_DEBUG);
	ck_assert(!l.settings->log_requests);
	loaded_release(&l);
}
END_TEST

START_TEST(bounds_are_within_bounds)
{
	struct loaded l = conf_text_load(
		"gateway: {workers: 256, max_body: 1GiB, max_bodies: 1GiB,\n"
		"  header_timeout: 100ms, pepper: '${Aa_Zz09}',\n"
		"  name: abcdefghijklmnopqrstuvw, stream_low: 64KiB}\n"
		"coordinator: {lease: 1m}\n");

	assert_loads(l);
	ck_assert_int_eq(l.settings->gateway_workers, 256);
	ck_assert_str_eq(l.settings->gateway_pepper, "${Aa_Zz09}");
	loaded_release(&l);
}
END_TEST

START_TEST(the_printed_file_of_all_settings_is_the_defaults)
{
	struct loaded empty = conf_text_load(""), printed;
	struct buf text;
	size_t i = 0;

	buf_init(&text, 1 << 20);
	conf_settings_print(&text, CONF_FORM_YAML);
	ck_assert(buf_ok(&text));
	printed = conf_text_load(buf_cstr(&text));
	assert_loads(printed);
	ck_assert_ptr_null(settings_restart(empty.settings, printed.settings, &i));
	buf_release(&text);
	loaded_release(&empty);
	loaded_release(&printed);
}
END_TEST

START_TEST(what_needs_a_restart_is_named)
{
	struct loaded a = conf_text_load("gateway: {listen: ':1', stop_timeout: 1s}");
	struct loaded b = conf_text_load("gateway: {listen: ':2', stop_timeout: 2s}\n"
					 "redis: {command_timeout: 90ms, user: me}");
	size_t i = 0;

	ck_assert_str_eq(settings_restart(a.settings, b.settings, &i), "gateway.listen");
	ck_assert_str_eq(settings_restart(a.settings, b.settings, &i), "redis.user");
	ck_assert_str_eq(settings_restart(a.settings, b.settings, &i), "redis.command_timeout");
	ck_assert_ptr_null(settings_restart(a.settings, b.settings, &i));
	loaded_release(&a);
	loaded_release(&b);
}
END_TEST

START_TEST(the_manual_has_every_part)
{
	static const char *const parts[] = {
		"settings", "kinds", "endpoint", "model",  "price",
		"window",   "rate",  "policy",   "quirks", "thinking"
	};
	struct buf text;

	buf_init(&text, 1 << 20);
	ck_assert(!conf_manual_print(&text, STR("nonsense")));
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		buf_reset(&text);
		ck_assert_msg(conf_manual_print(&text, str_of(parts[i])), "%s", parts[i]);
		ck_assert_msg(text.n > 100 && buf_ok(&text), "%s", parts[i]);
	}
	buf_reset(&text);
	ck_assert(conf_manual_print(&text, STR("can")));
	ck_assert(str_has(buf_str(&text), ".It Cm \"\\&prefill\"\n"));
	buf_release(&text);
}
END_TEST

/* --- faults --- */

#define MODEL "models: {openai: {m: {context: 10, max_output: 5}}}\n"
#define PRICE "source: s, date: 2026-01-01"

/* one fault each: where it is and what is said */
/* clang-format off */
static const struct {
	const char *yaml, *says;
} faults[] = {
	/* syntax */
	{ "gateway: [", "main.yaml:2:1: error: did not find expected node content" },
	{ "a: b: c", "main.yaml:1:5: error: mapping values are not allowed" },
	{ "gateway:\n\tlisten: x", "main.yaml:2:1: error: found character that cannot start any token" },
	{ "\xFF", "main.yaml: error: invalid leading UTF-8 octet" },
	{ "log: {level: *nobody}", "main.yaml:1:14: error: this alias" },
	{ "log: &a {level: *a}", "main.yaml:1:17: error: this alias" },
	{ "log: {level: !!str info}", "main.yaml:1:14: error: tags" },
	{ "log: {}\n---\nlog: {}", "main.yaml:2:1: error: a second document begins" },
	{ "? [a, b]\n: c", "main.yaml:1:3: error: a key must be a single word" },
	{ "log: {level: \"in\\0fo\"}", "main.yaml:1:14: error: a value with a NUL" },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "main.yaml:1:17: error: nested deeper" },
	{ "- gateway", "main.yaml:1:1: error: the file must be a map (name: value), not a list" },
	{ "log: {level: info}\nlog: {level: warn}",
	  "main.yaml:2:1: error: \"log\" stands here a second time, after line 1" },
	{ "log: {level: info, level: warn}", "main.yaml:1:20: error: \"level\" stands here a second" },
	/* keys */
	{ "gatway: {}", "main.yaml:1:1: error: there is no section \"gatway\"; did you mean \"gateway\"?" },
	{ "model_list: []", "no section \"model_list\"; did you mean \"models\"?" },
	{ "entirely_else: 1", "error: there is no section \"entirely_else\"\n" },
	{ "log:\n  lvel: info", "main.yaml:2:3: error: log: there is no key \"lvel\"; did you mean \"level\"?" },
	{ "endpoints: {openai: {api_base: 'https://h'}}",
	  "main.yaml:1:22: error: endpoints.openai: there is no key \"api_base\"; did you mean \"base_url\"?" },
	/* values */
	{ "log: {level: loud}",
	  "main.yaml:1:14: error: log.level: \"loud\" is none of debug, info, warn, error\n" },
	{ "log: {level: inof}", "; did you mean \"info\"?" },
	{ "log: {level: [info]}", "main.yaml:1:14: error: log.level must be a single value, not a list" },
	{ "log: {level: }", "log.level has no value; leave the line out to have its default" },
	{ "log: 5", "main.yaml:1:6: error: log must be a map (name: value), not a single value" },
	{ "log: {requests: yes}", "log.requests: \"yes\" is not true or false" },
	{ "gateway: {workers: -1}", "gateway.workers: \"-1\" is not a whole number" },
	{ "gateway: {workers: 010}", "gateway.workers: \"010\" is not a whole number" },
	{ "gateway: {workers: 257}", "gateway.workers: 257 is out of bounds, from 0 to 256" },
	{ "gateway: {workers: 99999999999999999999}", "is not a whole number" },
	{ "gateway: {max_body: 10MB}", "gateway.max_body: \"10MB\" is not a size such as" },
	{ "gateway: {max_body: 9999999999GiB}", "is not a size" },
	{ "gateway: {max_body: 2GiB}", "2GiB is out of bounds, from 1KiB to 1GiB" },
	{ "gateway: {header_timeout: 10}", "\"10\" is not a time such as" },
	{ "gateway: {header_timeout: 50ms}", "50ms is out of bounds, from 100ms to 10m" },
	{ "gateway: {listen: localhost}", "gateway.listen: \"localhost\" is not an address" },
	{ "gateway: {listen: 'h:65536'}", "is not an address" },
	{ "gateway: {listen: none}", "gateway.listen: \"none\" is not an address" },
	{ "gateway: {name: a b}", "gateway.name: \"a b\" is not a name of" },
	{ "gateway: {name: abcdefghijklmnopqrstuvwxyz}", "gateway.name: longer than 23 bytes" },
	{ "gateway: {state_dir: \"a\\nb\"}", "gateway.state_dir: \"a?b\" is not a path" },
	{ "redis: {url: 'http://h'}", "main.yaml:1:14: error: redis.url begins with redis://, unix://, redis+sentinel:// or redis+cluster://" },
	{ "redis: {url: nonsense}", "redis.url must be a URL, without a password in it" },
	{ "redis: {retry_min: 5s}", "main.yaml:1:20: error: redis.retry_min must not be above redis.retry_max" },
	{ "redis: {loss_window: 2m}",
	  "main.yaml:1:22: error: 10 times redis.loss_window must not be above redis.tombstone" },
	{ "gateway: {stream_high: 8KiB}",
	  "main.yaml:1:24: error: gateway.stream_low must not be above gateway.stream_high" },
	/* secrets */
	{ "gateway: {pepper: os.environ/PEPPER}",
	  "gateway.pepper: a secret in the environment is written ${PEPPER}" },
	{ "gateway: {pepper: hunter2}", "gateway.pepper: a secret does not stand in the configuration" },
	{ "gateway: {pepper: '${}'}", "gateway.pepper: a secret does not stand" },
	{ "gateway: {pepper: '${A-B}'}", "gateway.pepper: a secret does not stand" },
	{ "gateway: {pepper: 'file:relative'}", "gateway.pepper: a secret does not stand" },
	{ "gateway: {pepper: 'credential:a/b'}", "gateway.pepper: a secret does not stand" },
	/* includes */
	{ "include: nowhere.yaml", "main.yaml:1:10: error: cannot be read: nowhere.yaml: no such file" },
	{ "include: {a: b}", "main.yaml:1:10: error: include must be a list of at most 16 files" },
	{ "include: ['']", "include: this is no name of a file" },
	/* endpoints */
	{ "endpoints: {mine: {dialect: openai}}",
	  "main.yaml:1:13: error: endpoints.mine: \"base_url\" is missing" },
	{ "endpoints: {mine: {vendor: openai, dialect: anthropic}}", "\"base_url\" is missing" },
	{ "endpoints: {a b: {vendor: openai}}", "endpoints: \"a b\" is not a name" },
	{ "endpoints: {openai: {base_url: 'ftp://h'}}", "base_url begins with https:// or http://" },
	{ "endpoints: {openai: {base_url: 'https://h/?q'}}", "base_url must have no '?'" },
	{ "endpoints: {openai: {dialect: openia}}", "did you mean \"openai\"?" },
	{ "endpoints: {openai: {headers: {'a b': c}}}", "headers.a b: this is no name of a header" },
	{ "endpoints: {openai: {headers: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1,"
	  " l: 1, m: 1, n: 1, o: 1, p: 1, q: 1}}}", "endpoints.openai.headers: more than 16 of them" },
	{ "endpoints: {openai: {headers: {X-Api-Key: c}}}", "a credential belongs in api_key" },
	{ "endpoints: {openai: {headers: {a: \"b\\r\\nc: d\"}}}", "headers.a: not printable text" },
	{ "endpoints: {openai: {models: [m]}}",
	  "main.yaml:1:31: error: endpoints.openai.models: vendor \"openai\" has no model \"m\"" },
	{ "endpoints: {openai: {models: []}}", "models must be a list of 1 to" },
	/* models */
	{ "models: {opneai: {m: {context: 10, max_output: 5}}}",
	  "main.yaml:1:10: error: \"opneai\" is neither a vendor nor the vendor of an endpoint; did you mean \"openai\"?" },
	{ "models: {openai: {m: {max_output: 5}}}",
	  "main.yaml:1:22: error: models.openai.m: \"context\" is missing" },
	{ "models: {openai: {m: {context: 10}}}", "models.openai.m: \"max_output\" is missing" },
	{ "models: {openai: {m: {context: 10, max_output: 11}}}", "max_output is larger than context" },
	{ "models: {openai: {m: {context: 10, max_output: 5, can: [images]}}}",
	  "models.openai.m: image_tokens must say" },
	{ "models: {openai: {m: {context: 10, max_output: 5, can: [tools, imags]}}}",
	  "models.openai.m.can: \"imags\" is none of" },
	{ "models: {openai: {m: {context: 10, max_output: 5, created: 2026-02-29}}}",
	  "created: \"2026-02-29\" is not a date" },
	{ "models: {openai: {m: {context: 10, max_output: 5, price: x}}}",
	  "models.openai.m.price: vendor \"openai\" has no price of a model \"x\"" },
	{ "models: {openai: {m: {context: 10, max_output: 5, snapshots: [m]}}}",
	  "main.yaml:1:63: error: models.openai: \"m\" is there twice, as a model or a snapshot" },
	{ "models: {openai: {'a b': {context: 10, max_output: 5}}}", "models.openai: \"a b\" is not an id" },
	/* prices */
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, date: 2026-01-01}}}",
	  "prices.openai.m: \"source\" is missing" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, source: s}}}",
	  "prices.openai.m: \"date\" is missing" },
	{ MODEL "prices: {openai: {m: {input: 1, " PRICE "}}}",
	  "main.yaml:2:19: error: prices.openai.m: a price needs both \"input\" and \"output\"" },
	{ MODEL "prices: {openai: {m: {input: 1.0000001, output: 1, " PRICE "}}}",
	  "prices.openai.m.input: \"1.0000001\" is not dollars for a million tokens" },
	{ MODEL "prices: {openai: {m: {input: -1, output: 1, " PRICE "}}}", "\"-1\" is not dollars" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", above: {x: {input: 1, output: 1}}}}}",
	  "prices.openai.m.above.x: this is no number of input tokens" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", above: {9: {input: 1}}}}}",
	  "prices.openai.m.above.9: a price needs both" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", above: {9: {inptu: 1, input: 1, output: 1}}}}}",
	  "prices.openai.m.above.9: there is no key \"inptu\"; did you mean \"input\"?" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", windows: {days: mon}}}}",
	  "prices.openai.m.windows must be a list, not a map" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", windows: [{input: 1, output: 1}]}}}",
	  "a window needs \"days\" or \"hours\" that leave something out" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ",\n"
		" windows: [{days: mon-fri, input: 1, output: 1},\n"
		"           {days: fri, hours: '23:00-24:00', input: 1, output: 1}]}}}",
	  "main.yaml:4:31: error: prices.openai.m.windows: this one overlaps with the one of line 3" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ",\n"
		" windows: [{days: someday, input: 1, output: 1}]}}}",
	  "windows[1].days: write mon, mon-fri" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ",\n"
		" windows: [{hours: '22:00-02:00', input: 1, output: 1}]}}}",
	  "windows[1].hours: write a span of UTC" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", service_tiers: {flex: 0.0005}}}}",
	  "service_tiers: \"0.0005\" is no factor" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", service_tiers: {flex: half}}}}",
	  "service_tiers: \"half\" is no factor" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", windows: [{days: [], input: 1, output: 1}]}}}",
	  "windows[1].days names no day" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", windows: [{hours: [], input: 1, output: 1}]}}}",
	  "windows[1].hours: not 1 to 16 spans" },
	{ MODEL "prices: {openai: {m: {input: 1, output: 1, " PRICE ", service_tiers: {flex: 101}}}}",
	  "service_tiers: \"101\" is no factor" },
	/* aliases and policies */
	{ MODEL "aliases: {a: n}", "main.yaml:2:14: error: aliases.a: \"n\" is neither a model nor an alias" },
	{ MODEL "aliases: {a: [b], b: [c], c: [a]}", "the alias \"a\" leads back to itself" },
	{ MODEL "aliases: {a: a}", "the alias \"a\" leads back to itself" },
	{ MODEL "aliases: {m: openai/m}", "aliases.m: a model of vendor \"openai\" has this name" },
	{ MODEL "aliases: {auto: m}", "aliases.auto: \"auto\" already stands for" },
	{ MODEL "aliases: {a: []}", "aliases.a names no model" },
	{ MODEL "aliases: {a: {m: 1}}", "aliases.a must be a name or a list of names" },
	{ MODEL "policies: {default: {order: [m, o]}}",
	  "main.yaml:2:33: error: policies.default.order: \"o\" is neither a model nor an alias" },
	{ MODEL "policies: {p: {fallbacks: openai/x}}", "policies.p.fallbacks: \"openai/x\" is neither" },
	{ "policies: {default: {max_attempts: 9}}", "9 is out of bounds, from 1 to 8" },
	{ "policies: {default: {unsupported: ignore}}", "is none of adapt, refuse" },
};
/* clang-format on */

START_TEST(a_fault_says_where_and_what)
{
	struct loaded l = conf_text_load(faults[_i].yaml);

	ck_assert_msg(!l.ok, "accepted: %s", faults[_i].yaml);
	ck_assert_ptr_null(l.settings);
	ck_assert_ptr_null(l.catalog);
	ck_assert_msg(l.faults.errors == 1, "not one fault:\n%s", buf_cstr(&l.said));
	assert_says(l, faults[_i].says);
	loaded_release(&l);
}
END_TEST

START_TEST(all_faults_of_all_files_are_told_at_once_in_order)
{
	struct loaded l = conf_files_load(&(struct conf_files){
		.main = "include: [more.yaml, sub/even.yaml]\nlog: {levle: info}\ngateway: "
			"{workers: x}\n",
		.more = "log: {}\nmodels: {openai: {m: {}}}\n",
		.even_more = "aliases: {a: [\n",
	});

	ck_assert(!l.ok);
	ck_assert_uint_eq(l.faults.errors, 6);
	ck_assert_str_eq(
		buf_cstr(&l.said),
		"main.yaml:2:7: error: log: there is no key \"levle\"; did you mean \"level\"?\n"
		"main.yaml:3:20: error: gateway.workers: \"x\" is not a whole number\n"
		"more.yaml:1:1: error: \"log\" belongs into the main file\n"
		"more.yaml:2:19: note: models.openai.m has no price: keys with a budget cannot use "
		"it\n"
		"more.yaml:2:22: error: models.openai.m: \"context\" is missing\n"
		"more.yaml:2:22: error: models.openai.m: \"max_output\" is missing\n"
		"sub/even.yaml:2:1: error: did not find expected node content, while parsing a "
		"flow node\n");
	loaded_release(&l);
}
END_TEST

START_TEST(names_that_an_unread_file_may_have_are_no_faults)
{
	struct loaded l = conf_text_load("include: nowhere.yaml\naliases: {a: m}\n"
					 "policies: {default: {order: [a, n]}}\n"
					 "endpoints: {openai: {models: [m]}}\n");

	ck_assert_uint_eq(l.faults.errors, 1);
	loaded_release(&l);
}
END_TEST

START_TEST(faults_beyond_the_list_are_counted)
{
	struct loaded l;
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "log: {");
	for (int i = 0; i < CONF_FAULTS_MAX + 10; i++)
		buf_printf(&text, "x%d: 1, ", i);
	buf_adds(&text, "}");
	l = conf_text_load(buf_cstr(&text));
	ck_assert_uint_eq(l.faults.n, CONF_FAULTS_MAX);
	ck_assert_uint_eq(l.faults.errors, CONF_FAULTS_MAX + 10);
	assert_says(l, "and 10 more\n");
	buf_release(&text);
	loaded_release(&l);
}
END_TEST

static const char *const with_secrets[] = {
	"gateway: {pepper: CANARY}",
	"gateway: {pepper: '${CANARY'}",
	"redis: {password: [CANARY]}",
	"redis: {password: CANARY, user: \"\\t\"}",
	"redis: {url: 'redis://me:CANARY@host'}",
	"redis: {url: 'CANARY'}",
	"endpoints: {openai: {api_key: sk-CANARY}}",
	"endpoints: {openai: {base_url: 'https://me:CANARY@host/v1'}}",
	"endpoints: {openai: {base_url: 'ftp://CANARY@host/v1'}}",
	"endpoints: {openai: {headers: {Authorization: Bearer CANARY}}}",
	"endpoints: {openai: {headers: {x: \"CANARY\\n\"}}}",
	"gateway: {pepper: \"CANARY\\q\"}",
};

START_TEST(no_fault_quotes_what_may_be_a_secret)
{
	struct loaded l = conf_text_load(with_secrets[_i]);

	ck_assert(!l.ok);
	ck_assert_msg(!str_has(buf_str(&l.said), "CANARY"), "%s", buf_cstr(&l.said));
	loaded_release(&l);
}
END_TEST

/* --- hostile texts --- */

START_TEST(anchors_cannot_make_a_small_text_large)
{
	struct loaded l;
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_printf(&text, "*a%d, ", i - 1);
		buf_adds(&text, "]\n");
	}
	l = conf_text_load(buf_cstr(&text));
	assert_says(l, "more values than a configuration may have, anchors expanded");
	buf_release(&text);
	loaded_release(&l);
}
END_TEST

/* a0 names a model, each further alias the one before it */
static struct loaded load_chain(int n)
{
	struct loaded l;
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, MODEL "aliases:\n  a0: m\n");
	for (int i = 1; i < n; i++)
		buf_printf(&text, "  a%d: a%d\n", i, i - 1);
	/* the first one resolved, so that the whole chain is */
	buf_printf(&text, "  _: a%d\n", n - 1);
	l = conf_text_load(buf_cstr(&text));
	buf_release(&text);
	return l;
}

START_TEST(aliases_lead_to_others_only_so_far)
{
	struct loaded near = load_chain(15), far = load_chain(17);

	assert_loads(near);
	assert_says(far, "more than 16 aliases behind each other");
	loaded_release(&near);
	loaded_release(&far);
}
END_TEST

/* an alias of so many models */
static struct loaded load_wide(int n)
{
	struct loaded l;
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "models: {openai: {");
	for (int i = 0; i < n; i++)
		buf_printf(&text, "m%d: {context: 10, max_output: 5}, ", i);
	buf_adds(&text, "}}\naliases: {a: [");
	for (int i = 0; i < n; i++)
		buf_printf(&text, "m%d, ", i);
	buf_adds(&text, "m0]}\n");
	l = conf_text_load(buf_cstr(&text));
	buf_release(&text);
	return l;
}

START_TEST(a_name_stands_for_only_so_many_models)
{
	struct loaded some = load_wide(16), many = load_wide(17);

	assert_loads(some);
	assert_says(many, "aliases.a: more than 16 models, aliases resolved");
	loaded_release(&some);
	loaded_release(&many);
}
END_TEST

START_TEST(a_file_has_a_largest_size)
{
	struct loaded l;
	struct buf text;

	buf_init(&text, 2 * CONF_TEXT_MAX);
	while (text.n <= CONF_TEXT_MAX)
		buf_adds(&text, "# nothing but comments, again and again\n");
	l = conf_text_load(buf_cstr(&text));
	assert_says(l, "main.yaml: error: larger than 4194304 bytes");
	buf_release(&text);
	loaded_release(&l);
}
END_TEST

START_TEST(an_anchor_may_be_used_again_and_again)
{
	struct loaded l = conf_text_load(
		"models: {openai: {a: &m {context: 10, max_output: 5}, b: *m, c: *m}}");

	assert_loads(l);
	ck_assert_uint_eq(l.catalog->n_models, 3);
	loaded_release(&l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("settings");

	tcase_add_test(t, an_empty_file_means_every_default);
	tcase_add_test(t, sections_left_empty_mean_their_defaults);
	tcase_add_test(t, settings_of_every_kind_are_read);
	tcase_add_test(t, bounds_are_within_bounds);
	tcase_add_test(t, the_printed_file_of_all_settings_is_the_defaults);
	tcase_add_test(t, what_needs_a_restart_is_named);
	tcase_add_test(t, the_manual_has_every_part);
	suite_add_tcase(s, t);

	t = tcase_create("faults");
	tcase_add_loop_test(t, a_fault_says_where_and_what, 0, COUNT_OF(faults));
	tcase_add_test(t, all_faults_of_all_files_are_told_at_once_in_order);
	tcase_add_test(t, names_that_an_unread_file_may_have_are_no_faults);
	tcase_add_test(t, faults_beyond_the_list_are_counted);
	tcase_add_loop_test(t, no_fault_quotes_what_may_be_a_secret, 0, COUNT_OF(with_secrets));
	suite_add_tcase(s, t);

	t = tcase_create("hostile");
	tcase_add_test(t, anchors_cannot_make_a_small_text_large);
	tcase_add_test(t, aliases_lead_to_others_only_so_far);
	tcase_add_test(t, a_name_stands_for_only_so_many_models);
	tcase_add_test(t, a_file_has_a_largest_size);
	tcase_add_test(t, an_anchor_may_be_used_again_and_again);
	suite_add_tcase(s, t);
	return unit_run(s);
}
