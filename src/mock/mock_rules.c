/* mock_rules.c -- which rule a request meets. */
#include "mock/mock_rules.h"

#include "mock/mock_dialect.h"
#include "mock/mock_yaml.h"

#define MAX_RULES_BYTES (4u << 20)

void mock_rules_init(struct mock_rules *rules)
{
	*rules = (struct mock_rules){ 0 };
	arena_init(&rules->arena, MAX_RULES_BYTES);
	buf_init(&rules->text, MAX_RULES_BYTES);
}

void mock_rules_release(struct mock_rules *rules)
{
	arena_release(&rules->arena);
	buf_release(&rules->text);
}

static bool read_all(struct mock_rules *rules, struct json list, struct fault *fault_r)
{
	if (json_type(list) == JSON_OBJECT)
		list = json_get(list, "rules");
	if (json_type(list) != JSON_ARRAY && !json_unset(list)) {
		fault_set(fault_r, ERR_VALUE, "", "rules are a list");
		return false;
	}
	JSON_EACH (object, list) {
		struct mock_rule *r = ARENA_PUSH(&rules->arena, rules->rules, rules->n, rules->cap);

		if (!r) {
			fault_set(fault_r, ERR_VALUE, "", "too many rules");
			return false;
		}
		if (!mock_rule_read(&rules->arena, object, r, fault_r))
			return false;
	}
	return true;
}

static bool read_new(struct mock_rules *fresh, struct str text, struct fault *fault_r)
{
	size_t at;

	if (!mock_yaml_to_json("rules", text, &fresh->text, fault_r))
		return false;
	if (fresh->text.n == 0) /* an empty file has no rules */
		return true;
	if (json_parse(&fresh->doc, &fresh->arena, buf_str(&fresh->text), &json_limits_default,
		       &at)) {
		fault_set(fault_r, ERR_VALUE, "", "rules: not well formed");
		return false;
	}
	return read_all(fresh, json_root(&fresh->doc), fault_r);
}

bool mock_rules_read(struct mock_rules *rules, struct str text, struct fault *fault_r)
{
	struct mock_rules fresh;

	mock_rules_init(&fresh);
	if (!read_new(&fresh, text, fault_r)) {
		mock_rules_release(&fresh);
		return false;
	}
	mock_rules_release(rules);
	*rules = fresh;
	/* doc moved with the struct, and rules hold handles to it */
	for (size_t i = 0; i < rules->n; i++) {
		if (json_present(rules->rules[i].headers))
			rules->rules[i].headers.doc = &rules->doc;
	}
	return true;
}

void mock_rules_reset(struct mock_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct mock_rule *r = &rules->rules[i];

		r->seen = r->hits = 0;
		r->rnd = rnd_seed(r->seed >= 0 ? (uint64_t)r->seed : 1);
	}
}

/* --- matching --- */

static bool glob(struct str pattern, struct str s)
{
	if (str_absent(pattern))
		return true;
	if (pattern.n && pattern.p[pattern.n - 1] == '*')
		return str_starts(s, str_sub(pattern, 0, pattern.n - 1));
	return str_eq(pattern, s);
}

/* for this kind of request at all? */
static bool is_meant(const struct mock_rule *r, const struct mock_ask *ask)
{
	struct str prompt = json_raw(json_present(ask->messages) ? ask->messages : ask->root);

	return (str_absent(r->vendor) ||
		str_is(r->vendor, mock_vendor_name(ask->dialect->vendor))) &&
	       glob(r->model, ask->model_name) && (r->stream < 0 || ask->stream == !!r->stream) &&
	       (str_absent(r->prompt) || str_find(prompt, r->prompt) >= 0);
}

/* is it its turn? Counts. */
static bool is_due(struct mock_rule *r)
{
	uint64_t turn = r->seen++;

	if (r->count >= 0 && r->hits >= (uint64_t)r->count)
		return false;
	if (r->skip >= 0 && turn < (uint64_t)r->skip)
		return false;
	if (r->every > 0 && (turn - (uint64_t)(r->skip > 0 ? r->skip : 0) + 1) % (uint64_t)r->every)
		return false;
	if (r->percent >= 0 && rnd_below(&r->rnd, 100) >= (uint32_t)r->percent)
		return false;
	r->hits++;
	return true;
}

/* --- orders in a prompt --- */

/* the {...} that text begins with; absent when it does not close */
static struct str braces(struct str text)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.p[i] == '{')
			depth++;
		else if (!quoted && text.p[i] == '}' && --depth == 0)
			return str_sub(text, 0, i + 1);
	}
	return STR_NONE;
}

enum order { ORDER_NONE, ORDER_GIVEN, ORDER_BAD };

/* the first mock:{...} in the prompt that is meant for this request */
static enum order read_order(const struct mock_ask *ask, struct mock_rule *rule_r,
			     struct fault *fault_r)
{
	struct str rest = ask->last_text;
	ptrdiff_t at;

	while ((at = str_find(rest, STR("mock:{"))) >= 0) {
		struct json_doc *doc = ARENA_NEW(ask->a, struct json_doc);
		struct str object = braces(str_sub(rest, (size_t)at + 5, rest.n));
		size_t where;

		if (!doc || str_absent(object) ||
		    json_parse(doc, ask->a, object, &json_limits_default, &where) != JSON_FINE) {
			fault_set(fault_r, ERR_VALUE, "",
				  "mock: the order in the prompt is no JSON");
			return ORDER_BAD;
		}
		if (!mock_rule_read(ask->a, json_root(doc), rule_r, fault_r))
			return ORDER_BAD;
		if (is_meant(rule_r, ask))
			return ORDER_GIVEN;
		rest = str_sub(rest, (size_t)(object.p + object.n - rest.p), rest.n);
	}
	return ORDER_NONE;
}

/* --- defaults --- */

/* only these are ever set by options */
static void take_defaults(struct mock_rule *r, const struct mock_rule *d)
{
	int64_t *const mine[] = { &r->tokens,   &r->reasoning_tokens, &r->echo,       &r->ttft_ms,
				  &r->chunk_ms, &r->chunks,           &r->headers_ms, &r->cache };
	const int64_t theirs[] = { d->tokens,   d->reasoning_tokens, d->echo,       d->ttft_ms,
				   d->chunk_ms, d->chunks,           d->headers_ms, d->cache };

	for (size_t i = 0; i < COUNT_OF(mine); i++) {
		if (*mine[i] < 0)
			*mine[i] = theirs[i];
	}
}

bool mock_rules_pick(struct mock_rules *rules, const struct mock_ask *ask,
		     const struct mock_rule *defaults, struct mock_rule *rule_r,
		     struct fault *fault_r)
{
	enum order order = read_order(ask, rule_r, fault_r);

	if (order == ORDER_BAD)
		return false;
	for (size_t i = 0; i < rules->n && order == ORDER_NONE; i++) {
		struct mock_rule *r = &rules->rules[i];

		if (is_meant(r, ask) && is_due(r)) {
			*rule_r = *r;
			order = ORDER_GIVEN;
		}
	}
	if (order == ORDER_NONE)
		mock_rule_default(rule_r);
	take_defaults(rule_r, defaults);
	if (mock_rule_keep(rule_r, ask->a))
		return true;
	fault_set(fault_r, ERR_INTERNAL, "", "no memory for a rule");
	return false;
}
