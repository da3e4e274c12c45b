/*
 * strategies.c -- `strategies:`, the configuration's own: expressions and scripts, checked to the
 * end.
 *
 * A fault in an expression is told at its very letter, one in a script at its line.
 */
#include "conf/fleet.h"

#include <stdlib.h>

#include "conf/expr_read.h"
#include "conf/value.h"
#include "core/expr_strategy.h"
#include "core/lua_strategy.h"
#include "core/strategy.h"
#include "core/wish.h"

#define STRATEGIES_MAX 64 /* each worker has a box for each script */
#define RULES_MAX      64
#define MILLION        1e6

/* --- expressions --- */

static bool read_expr(struct fleet *f, const struct node *node, const char *path,
		      enum expr_about about, enum custom_type gives, struct expr *expr_r)
{
	struct expr_fault fault;
	struct spot spot;

	if (!expect_scalar(&f->reader, node, path))
		return false;
	if (expr_read(f->reader.a, str_trim(node->text), about, gives, expr_r, &fault))
		return true;
	spot = node_spot(node, fault.at + (size_t)(str_trim(node->text).p - node->text.p));
	fault_in(f->reader.faults, node->file, spot.line, spot.column, "%s: %s", path, fault.text);
	return false;
}

/* of a candidate; NULL: there is none */
static const struct expr *read_part(struct fleet *f, const struct node *node, const char *path,
				    const char *name, enum custom_type gives)
{
	struct expr *e = ARENA_NEW(f->reader.a, struct expr);
	char place[FIELD_PATH_MAX];

	path_write(place, "%s.%s", path, name);
	if (!node || !e || !read_expr(f, node, place, EXPR_ABOUT_CANDIDATE, gives, e))
		return NULL;
	return e;
}

/* --- rules --- */

static void must_be_built_in(struct fleet *f, const struct node *map, const char *key,
			     const char *name, const char *path)
{
	const struct node *where = node_get(map, key);

	if (where && name && !strategy_of(str_of(name)))
		fault_at(f->reader.faults, where,
			 "%s.%s: \"%.60s\" is no strategy that is built in", path, key, name);
}

static void read_set(struct fleet *f, const struct node *set, const char *path, struct wish *wish)
{
	struct wish_fields in;
	char place[FIELD_PATH_MAX];

	path_write(place, "%s.set", path);
	fleet_default(ENTITY_WISH, &in);
	fleet_read(f, ENTITY_WISH, set, place, &in);
#define WISH(name, fallback, least, most, join, text) \
	if (in.name >= 0)                             \
		wish->name = (double)in.name / MILLION;
#include "tbl/wishes.h"
#undef WISH
}

static void read_rule(struct fleet *f, const struct node *node, const char *path,
		      struct expr_rule *rule)
{
	struct rule_fields in;
	char place[FIELD_PATH_MAX];

	fleet_default(ENTITY_RULE, &in);
	fleet_read(f, ENTITY_RULE, node, path, &in);
	wish_unsaid(&rule->wish);
	path_write(place, "%s.when", path);
	if (in.when && !read_expr(f, in.when, place, EXPR_ABOUT_REQUEST, CUSTOM_TRUTH, &rule->when))
		return;
	must_be_built_in(f, node, "use", in.use, path);
	rule->wish.strategy = str_of(in.use);
	if (in.set)
		read_set(f, in.set, path, &rule->wish);
	if (in.when && !in.use && !in.set)
		fault_at(f->reader.faults, node, "%s: it says neither `use` nor `set`", path);
}

static void read_rules(struct fleet *f, const struct node *list, const char *path,
		       struct expr_strategy *s)
{
	struct expr_rule *rules;

	if (list->type != NODE_LIST || list->n > RULES_MAX) {
		fault_at(f->reader.faults, list, "%s.rules must be a list of at most %d rules",
			 path, RULES_MAX);
		return;
	}
	rules = ARENA_ARRAY(f->reader.a, struct expr_rule, list->n + 1);
	if (!rules)
		return;
	for (uint32_t i = 0; i < list->n; i++) {
		char place[FIELD_PATH_MAX];

		path_write(place, "%s.rules[%u]", path, i + 1);
		read_rule(f, list->items[i], place, &rules[i]);
	}
	s->rules = rules;
	s->n_rules = list->n;
}

/* --- scripts --- */

/* "script:12: ..." is about a line of the file, or of the value that the script is. */
static void fault_script(struct fleet *f, const struct node *node, const char *file,
			 const char *path, const char *text)
{
	struct str rest = str_of(text), number;
	struct spot spot = { 1, 1 };
	size_t offset = 0;
	int64_t line = 1;

	if (str_starts(rest, STR("script:"))) {
		str_cut(&rest, ':');
		number = str_cut(&rest, ':');
		rest = str_i64(number, &line) ? str_trim(rest) : str_of(text);
	}
	for (int64_t n = 1; n < line && offset < node->text.n; offset++)
		n += node->text.p[offset] == '\n';
	if (file)
		spot.line = (uint32_t)line;
	else
		spot = node_spot(node, offset);
	fault_in(f->reader.faults, file ? file : node->file, spot.line, spot.column, "%s: %.*s",
		 path, STR_ARG(rest));
}

/* It must be the same text when it comes back from Redis. */
static bool is_text(struct str script)
{
	while (!str_absent(script)) {
		struct str line = str_cut(&script, '\n');

		while (!str_absent(line)) {
			struct str part = str_cut(&line, '\t');

			if (part.n && !value_is_printable(part))
				return false;
		}
	}
	return true;
}

static void check_script(struct fleet *f, const struct node *node, const char *file,
			 const char *path, struct custom_strategy *s)
{
	const struct lua_limits limits = { .instructions = s->instructions,
					   .memory_bytes = s->memory_bytes };
	struct lua_strategy *lua;
	struct fault fault;

	if (s->script.n > LUA_SCRIPT_MAX) {
		fault_at(f->reader.faults, node, "%s: longer than %u bytes", path, LUA_SCRIPT_MAX);
		return;
	}
	if (!is_text(s->script)) {
		fault_in(f->reader.faults, file ? file : node->file, 0, 0,
			 "%s: a script is text in UTF-8, without control characters", path);
		return;
	}
	lua = lua_strategy_new(s->script, &limits, &fault);
	/* what is published was tried by who published it, and holds as it is */
	if (!lua || (f->file && !lua_strategy_try(lua, &fault)))
		fault_script(f, node, file, path, fault.text);
	lua_strategy_free(lua);
}

static void read_script_file(struct fleet *f, const struct node *name, const char *path,
			     struct custom_strategy *s)
{
	const char *file;
	struct buf text;

	if (!f->file) {
		fault_at(f->reader.faults, name, "%s.lua: what is published names no files", path);
		return;
	}
	buf_init(&text, CONF_TEXT_MAX);
	if (f->file(f->who, name, &file, &text)) {
		s->script = arena_str(f->reader.a, buf_str(&text));
		check_script(f, name, file, path, s);
	}
	buf_release(&text);
}

static void read_script(struct fleet *f, const struct node *node, const char *path,
			struct custom_strategy *s)
{
	char place[FIELD_PATH_MAX];

	path_write(place, "%s.script", path);
	if (!expect_scalar(&f->reader, node, place))
		return;
	s->script = arena_str(f->reader.a, node->text);
	check_script(f, node, NULL, place, s);
}

/* --- the section --- */

static void check_kind(struct fleet *f, const struct entry *e, const struct strategy_fields *in,
		       const char *path)
{
	struct conf_faults *faults = f->reader.faults;

	if ((in->lua || in->script) && (in->filter || in->score))
		fault_at(faults, e->key, "%s: a script stands in place of filter and score", path);
	else if (in->lua && in->script)
		fault_at(faults, e->key, "%s: it has two scripts", path);
	else if (!in->lua && !in->script && !in->filter && !in->score && !in->rules)
		fault_at(faults, e->key, "%s says nothing: no rules, filter, score or script",
			 path);
	if (strategy_of(e->name))
		fault_at(faults, e->key, "%s: a strategy of this name is built in", path);
}

static void read_strategy(struct fleet *f, const struct entry *e, struct custom_strategy *s)
{
	struct expr_strategy *expr = ARENA_NEW(f->reader.a, struct expr_strategy);
	uint32_t errors = f->reader.faults->errors;
	struct strategy_fields in;
	char path[FIELD_PATH_MAX];

	path_write(path, "strategies.%.*s", STR_ARG(e->name));
	fleet_default(ENTITY_STRATEGY, &in);
	fleet_read(f, ENTITY_STRATEGY, e->value, path, &in);
	if (f->reader.faults->errors == errors)
		check_kind(f, e, &in, path);
	must_be_built_in(f, e->value, "base", in.base, path);
	if (!expr)
		return;
	s->name = arena_str(f->reader.a, e->name);
	s->base = str_of(in.base);
	s->instructions = (uint32_t)in.instructions;
	s->memory_bytes = (size_t)in.memory;
	s->expr = expr;
	if (in.rules)
		read_rules(f, in.rules, path, expr);
	expr->filter = read_part(f, in.filter, path, "filter", CUSTOM_TRUTH);
	expr->score = read_part(f, in.score, path, "score", CUSTOM_NUMBER);
	s->scores = expr->score || in.script || in.lua;
	if (in.script)
		read_script(f, in.script, path, s);
	else if (in.lua)
		read_script_file(f, node_get(e->value, "lua"), path, s);
}

static int by_name(const void *left, const void *right)
{
	const struct custom_strategy *a = left, *b = right;

	return str_cmp(a->name, b->name);
}

void fleet_strategies(struct fleet *f)
{
	struct catalog *c = f->c;
	struct entries entries;

	fleet_entries(f, "strategies", false, &entries);
	c->strategies = ARENA_ARRAY(f->reader.a, struct custom_strategy, entries.n + 1);
	if (!c->strategies)
		return;
	if (entries.n > STRATEGIES_MAX) {
		fault_at(f->reader.faults, entries.list[STRATEGIES_MAX].key,
			 "strategies: more than %d of them", STRATEGIES_MAX);
		return;
	}
	for (size_t i = 0; i < entries.n; i++)
		read_strategy(f, &entries.list[i], &c->strategies[i]);
	c->n_strategies = (uint32_t)entries.n;
	qsort(c->strategies, c->n_strategies, sizeof(c->strategies[0]), by_name);
}
