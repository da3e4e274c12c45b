/* mock_answer.c -- making up an answer. */
#include "mock/mock_answer.h"

#include "mock/mock_dialect.h"

#define DEFAULT_TOKENS    16
#define DEFAULT_REASONING 8
#define MAX_ANSWER_BYTES  (2u << 20)

/* --- made-up text --- */

void mock_random_text(struct buf *out, struct rnd *r, size_t n)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	while (n--)
		buf_addc(out, letters[rnd_below(r, sizeof(letters) - 1)]);
}

void mock_random_hex(struct buf *out, struct rnd *r, size_t n)
{
	while (n--)
		buf_addc(out, "0123456789abcdef"[rnd_below(r, 16)]);
}

void mock_random_uuid(struct buf *out, struct rnd *r)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		if (i)
			buf_addc(out, '-');
		mock_random_hex(out, r, groups[i]);
	}
}

static uint64_t hash_of(struct str s)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return hash;
}

/* exactly 4 * tokens bytes of ASCII: the opening, then words */
static struct str words(struct arena *a, struct str opening, int64_t tokens, uint64_t seed)
{
	static const char *const vocabulary[] = { "all",   "routes", "lead", "to",   "a",
						  "model", "that",   "fits", "the",  "task",
						  "its",   "price",  "and",  "some", "more",
						  "words", "here",   "now" };
	struct rnd r = rnd_seed(seed);
	size_t n = (size_t)tokens * 4;
	struct buf text;
	struct str made;

	if (n > MAX_ANSWER_BYTES)
		n = MAX_ANSWER_BYTES;
	buf_init(&text, n + 64 + opening.n);
	buf_add(&text, opening);
	while (text.n < n && buf_ok(&text)) {
		buf_addc(&text, ' ');
		buf_adds(&text, vocabulary[rnd_below(&r, COUNT_OF(vocabulary))]);
	}
	made = arena_str(a, str_sub(buf_str(&text), 0, n));
	buf_release(&text);
	return made;
}

struct str mock_cut_text(struct str text, size_t n)
{
	if (n >= text.n)
		return text;
	while (n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return str_sub(text, 0, n);
}

/* --- one choice --- */

struct maker {
	struct mock_ask *ask;
	const struct mock_rule *rule;
	struct rnd ids;
	int64_t left; /* tokens that may still be said */
};

static struct str default_text(struct maker *m, size_t index)
{
	struct str opening = arena_printf(m->ask->a, "This is a mock answer by %s.",
					  m->ask->model->name);
	int64_t tokens = m->rule->tokens >= 0 ? m->rule->tokens : DEFAULT_TOKENS;

	return words(m->ask->a, opening, tokens, hash_of(m->ask->last_text) + index);
}

static struct str json_text_for(struct maker *m)
{
	struct buf text;
	struct str made;

	buf_init(&text, MAX_ANSWER_BYTES);
	if (m->ask->format == FORM_SCHEMA)
		mock_fill_schema(&text, m->ask->schema, m->ask->schema, 0);
	else
		buf_adds(&text, "{\"answer\":\"mock\"}");
	made = arena_str(m->ask->a, buf_str(&text));
	buf_release(&text);
	return made;
}

static struct str text_for(struct maker *m, size_t index)
{
	if (!str_absent(m->rule->text))
		return m->rule->text;
	if (m->rule->echo > 0)
		return m->ask->last_text;
	if (m->ask->format != FORM_TEXT)
		return json_text_for(m);
	return default_text(m, index);
}

/* at most what is left; says whether it had to be cut */
static bool spend(struct maker *m, struct str *text)
{
	int64_t want = mock_tokens(text->n);

	if (want <= m->left) {
		m->left -= want;
		return false;
	}
	*text = mock_cut_text(*text, (size_t)m->left * 4);
	m->left = 0;
	return true;
}

static void cut_at_stop(const struct mock_ask *ask, struct mock_choice *c)
{
	ptrdiff_t first = -1;

	for (size_t i = 0; i < ask->n_stops; i++) {
		ptrdiff_t at = ask->stops[i].n ? str_find(c->text, ask->stops[i]) : -1;

		if (at >= 0 && (first < 0 || at < first)) {
			first = at;
			c->stop = ask->stops[i];
		}
	}
	if (first < 0)
		return;
	c->text = str_sub(c->text, 0, (size_t)first);
	c->done = DONE_STOP_SEQUENCE;
}

static void make_text(struct maker *m, struct mock_choice *c, size_t index)
{
	struct str refusal = m->rule->refusal;

	if (!str_absent(refusal)) {
		c->refusal = str_is(refusal, "true")
				     ? STR("I'm sorry, I can't assist with that request.")
				     : refusal;
		c->done = DONE_REFUSAL;
		if (spend(m, &c->refusal))
			c->done = DONE_LENGTH;
		return;
	}
	c->text = text_for(m, index);
	cut_at_stop(m->ask, c);
	if (spend(m, &c->text))
		c->done = DONE_LENGTH;
}

/* --- tool calls --- */

static const struct mock_tool *tool_named(const struct mock_ask *ask, struct str name)
{
	for (size_t i = 0; i < ask->n_tools; i++) {
		if (str_eq(ask->tools[i].name, name))
			return &ask->tools[i];
	}
	return NULL;
}

/* the tools to call, in order; returns how many */
static size_t choose_tools(const struct maker *m, const struct mock_tool **tools, size_t max)
{
	const struct mock_ask *ask = m->ask;
	size_t n = 0;

	if (ask->tool_choice == TOOLS_NONE)
		return 0;
	if (!ask->parallel)
		max = 1;
	if (m->rule->tool_calls >= 0) {
		for (; n < (size_t)m->rule->tool_calls && n < max; n++)
			tools[n] = ask->tool_choice == TOOLS_NAMED
					   ? tool_named(ask, ask->named_tool)
					   : &ask->tools[n % ask->n_tools];
		return n;
	}
	if (ask->tool_choice == TOOLS_NAMED) {
		tools[0] = tool_named(ask, ask->named_tool);
		return 1;
	}
	for (size_t i = 0; i < ask->n_tools && n < max && !ask->after_tool; i++) {
		if (str_find(ask->last_text, ask->tools[i].name) >= 0)
			tools[n++] = &ask->tools[i];
	}
	if (n == 0 && ask->tool_choice == TOOLS_ANY)
		tools[n++] = &ask->tools[0];
	return n;
}

static struct str arguments_for(struct maker *m, const struct mock_tool *tool)
{
	struct buf text;
	struct str made;

	buf_init(&text, MAX_ANSWER_BYTES);
	mock_fill_schema(&text, tool->schema, tool->schema, 0);
	made = arena_str(m->ask->a, buf_str(&text));
	buf_release(&text);
	return made;
}

/* False: there was no room to say even one call's name. */
static bool make_call(struct maker *m, struct mock_choice *c, const struct mock_tool *tool)
{
	struct mock_call *call = &c->calls[c->n_calls];
	struct str name = tool->name;
	struct buf id;

	if (m->left < mock_tokens(name.n)) {
		c->done = DONE_LENGTH;
		return false;
	}
	buf_init(&id, 256);
	m->ask->dialect->call_id(&id, &m->ids, c->n_calls);
	*call = (struct mock_call){ arena_str(m->ask->a, buf_str(&id)), name,
				    arguments_for(m, tool) };
	buf_release(&id);
	c->n_calls++;
	m->left -= mock_tokens(name.n);
	if (spend(m, &call->arguments))
		c->done = DONE_LENGTH;
	return c->done != DONE_LENGTH;
}

static bool make_calls(struct maker *m, struct mock_choice *c)
{
	const struct mock_tool *tools[64];
	size_t n = choose_tools(m, tools, COUNT_OF(tools));

	if (n == 0)
		return false;
	c->calls = ARENA_ARRAY(m->ask->a, struct mock_call, n);
	if (!c->calls)
		return false;
	c->done = DONE_CALLS;
	for (size_t i = 0; i < n && make_call(m, c, tools[i]); i++)
		;
	return true;
}

/* --- all of it --- */

static void make_choice(struct maker *m, struct mock_choice *c, size_t index)
{
	const struct mock_ask *ask = m->ask;
	int64_t thoughts = m->rule->reasoning_tokens >= 0 ? m->rule->reasoning_tokens
							  : DEFAULT_REASONING;

	c->done = DONE_STOP;
	if (ask->thinking && ask->model->traits & TRAIT_HIDDEN) {
		c->hidden_tokens = thoughts < m->left ? thoughts : m->left;
		m->left -= c->hidden_tokens;
	} else if (ask->thinking) {
		c->reasoning = words(ask->a, STR("Let me think."), thoughts,
				     hash_of(ask->last_text) - index);
		(void)spend(m, &c->reasoning);
	}
	if (m->left == 0) {
		c->done = DONE_LENGTH;
		return;
	}
	if (!str_absent(m->rule->refusal) || !make_calls(m, c))
		make_text(m, c, index);
}

int64_t mock_choice_tokens(const struct mock_choice *c)
{
	int64_t tokens = c->hidden_tokens + mock_tokens(c->reasoning.n) + mock_tokens(c->text.n) +
			 mock_tokens(c->refusal.n);

	for (size_t i = 0; i < c->n_calls; i++)
		tokens += mock_tokens(c->calls[i].name.n) + mock_tokens(c->calls[i].arguments.n);
	return tokens;
}

static int64_t take(int64_t wanted, int64_t *from)
{
	int64_t taken = wanted < 0 ? 0 : wanted < *from ? wanted : *from;

	*from -= taken;
	return taken;
}

static void count_usage(const struct maker *m, const struct mock_usage *cached,
			struct mock_answer *answer)
{
	const struct mock_rule *rule = m->rule;
	struct mock_usage *u = &answer->usage;

	u->input = m->ask->input_tokens;
	u->cache_read = take(rule->cache_read >= 0 ? rule->cache_read : cached->cache_read,
			     &u->input);
	u->cache_write = take(rule->cache_write >= 0 ? rule->cache_write : cached->cache_write,
			      &u->input);
	u->cache_write_long = take(rule->cache_write_long >= 0 ? rule->cache_write_long
							       : cached->cache_write_long,
				   &u->input);
	for (size_t i = 0; i < answer->n; i++) {
		const struct mock_choice *c = &answer->choices[i];

		u->output += mock_choice_tokens(c);
		u->reasoning += c->hidden_tokens + mock_tokens(c->reasoning.n);
	}
}

static void falsify(int64_t how, struct mock_answer *answer)
{
	static const int64_t factors[] = { [USAGE_TRUE] = 1,
					   [USAGE_NONE] = 1,
					   [USAGE_ZERO] = 0,
					   [USAGE_NEGATIVE] = -1,
					   [USAGE_INFLATED] = 10 };
	int64_t factor = how < 0 ? 1 : factors[how];
	struct mock_usage *r = &answer->reported;

	answer->usage_hidden = how == USAGE_NONE;
	*r = answer->usage;
	r->input *= factor;
	r->cache_read *= factor;
	r->cache_write *= factor;
	r->cache_write_long *= factor;
	r->output *= factor;
	r->reasoning *= factor;
}

bool mock_answer_make(struct mock_ask *ask, const struct mock_rule *rule,
		      const struct mock_usage *cached, int64_t now_s, uint64_t number,
		      struct mock_answer *answer_r)
{
	struct maker m = { .ask = ask, .rule = rule, .ids = rnd_seed(number) };
	int64_t most = ask->max_tokens >= 0 ? ask->max_tokens : ask->model->max_output;

	*answer_r = (struct mock_answer){ .finish = rule->finish,
					  .created = now_s,
					  .seed = number };
	answer_r->choices = ARENA_ARRAY(ask->a, struct mock_choice, (size_t)ask->n);
	if (!answer_r->choices)
		return false;
	answer_r->n = (size_t)ask->n;
	for (size_t i = 0; i < answer_r->n; i++) {
		m.left = most;
		make_choice(&m, &answer_r->choices[i], i);
	}
	count_usage(&m, cached, answer_r);
	falsify(rule->usage, answer_r);
	return !ask->a->full;
}
