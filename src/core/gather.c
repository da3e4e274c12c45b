/*
 * gather.c -- put the increments of a stream together to one whole answer.
 *
 * Escaped pieces are joined as they are: an escape never reaches over the end of
 * a JSON string. Who answers is what was said first, as streams tell it; a later name
 * of a tool or usage replaces an earlier one only when it says something.
 */
#include "core/gather.h"

#include "core/dialect.h"

#define MOST_TOOLS   1024 /* of one choice */
#define MOST_MEMBERS 64   /* unknown ones, of one object */
#define BUFFERS_SIZE 768  /* the three buffers of an element at their smallest */

/* Members of an object that came in pieces: arrays grow (logprobs, reasoning_details), of
 * everything else the last one counts. */
struct gathered_member {
	bool array;
	struct buf name;  /* raw, with its quotes */
	struct buf value; /* raw; of an array its elements, comma between */
};

struct gathered_members {
	struct gathered_member *items;
	uint32_t n;
};

struct gathered_tool {
	int32_t index;
	bool custom;
	struct buf id, name, arguments;
};

struct gathered_choice {
	int32_t choice;
	bool has_text, has_reasoning, has_refusal;
	struct buf text, reasoning, refusal;
	struct gathered_members logprobs, more, more_choice;
	struct gathered_tool *tools; /* by index */
	uint32_t n_tools;
	enum finish finish;
};

struct gather {
	size_t max, kept;
	bool failed;
	struct buf id, model, service_tier, fingerprint;
	struct gathered_members more;
	int64_t created;
	struct usage usage;
	bool ended;
	struct gathered_choice *choices; /* by choice */
	uint32_t n_choices;
};

struct gather *gather_new(size_t max_bytes)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->max = max_bytes;
	buf_init(&g->id, max_bytes);
	buf_init(&g->model, max_bytes);
	buf_init(&g->service_tier, max_bytes);
	buf_init(&g->fingerprint, max_bytes);
	return g;
}

static void release_members(struct gathered_members *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		buf_release(&m->items[i].name);
		buf_release(&m->items[i].value);
	}
	free(m->items);
}

static void release_choice(struct gathered_choice *c)
{
	buf_release(&c->text);
	buf_release(&c->reasoning);
	buf_release(&c->refusal);
	release_members(&c->logprobs);
	release_members(&c->more);
	release_members(&c->more_choice);
	for (uint32_t i = 0; i < c->n_tools; i++) {
		buf_release(&c->tools[i].id);
		buf_release(&c->tools[i].name);
		buf_release(&c->tools[i].arguments);
	}
	free(c->tools);
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	buf_release(&g->id);
	buf_release(&g->model);
	buf_release(&g->service_tier);
	buf_release(&g->fingerprint);
	release_members(&g->more);
	for (uint32_t i = 0; i < g->n_choices; i++)
		release_choice(&g->choices[i]);
	free(g->choices);
	free(g);
}

/* --- keeping --- */

static bool may_keep(struct gather *g, size_t n)
{
	if (n > g->max - g->kept)
		g->failed = true;
	else
		g->kept += n;
	return !g->failed;
}

static void append(struct gather *g, struct buf *b, struct str s)
{
	if (s.n == 0 || !may_keep(g, s.n))
		return;
	buf_add(b, s);
	if (!buf_ok(b))
		g->failed = true;
}

static void replace(struct gather *g, struct buf *b, struct str s)
{
	if (s.n == 0)
		return;
	g->kept -= b->n;
	buf_reset(b);
	append(g, b, s);
}

static void keep_first(struct gather *g, struct buf *b, struct str s)
{
	if (b->n == 0)
		append(g, b, s);
}

static void append_text(struct gather *g, struct buf *b, bool *has, struct str s)
{
	*has = *has || !str_absent(s);
	append(g, b, s);
}

/* A place in the sorted array for key: where it is, or where it would stand. */
#define PLACE_OF(array, n, field, key, at)                         \
	do {                                                       \
		(at) = (n);                                        \
		while ((at) > 0 && (array)[(at)-1].field >= (key)) \
			(at)--;                                    \
	} while (0)

/* Make room for one more element of `size` bytes at position `at`; it is zeroed. */
static bool insert(struct gather *g, void **array, uint32_t *n, size_t size, uint32_t at)
{
	char *grown;

	if (!may_keep(g, size + BUFFERS_SIZE) || !(grown = realloc(*array, (*n + 1) * size))) {
		g->failed = true;
		return false;
	}
	memmove(grown + (at + 1) * size, grown + at * size, (*n - at) * size);
	memset(grown + at * size, 0, size);
	*array = grown;
	*n += 1;
	return true;
}

static struct gathered_member *member_of(struct gather *g, struct gathered_members *m,
					 struct str name)
{
	struct gathered_member *item;

	for (uint32_t i = 0; i < m->n; i++)
		if (str_eq(buf_str(&m->items[i].name), name))
			return &m->items[i];
	if (m->n >= MOST_MEMBERS ||
	    !insert(g, (void **)&m->items, &m->n, sizeof(*m->items), m->n)) {
		g->failed = true;
		return NULL;
	}
	item = &m->items[m->n - 1];
	buf_init(&item->name, g->max);
	buf_init(&item->value, g->max);
	append(g, &item->name, name);
	return item;
}

static void add_member(struct gather *g, struct gathered_members *m, struct json name)
{
	struct gathered_member *item = member_of(g, m, json_raw(name));
	struct json value = json_value(name);

	if (!item || json_type(value) == JSON_NULL)
		return;
	item->array = json_type(value) == JSON_ARRAY;
	if (!item->array) {
		replace(g, &item->value, json_raw(value));
		return;
	}
	JSON_EACH (it, value) {
		append(g, &item->value, item->value.n ? STR(",") : STR_NONE);
		append(g, &item->value, json_raw(it));
	}
}

/* text: a whole object, or members without the braces */
static void add_members(struct gather *g, struct gathered_members *m, struct str text)
{
	static const struct json_limits limits = { 64, UINT32_MAX, 64 };
	bool whole = text.n && text.p[0] == '{';
	struct json_doc doc;
	struct arena a;
	struct str raw;
	size_t at;

	if (text.n == 0)
		return;
	/* a value is one byte at least and takes 16 of node, twice when the array grows */
	arena_init(&a, text.n * 64 + 65536);
	raw = whole ? text : arena_printf(&a, "{%.*s}", STR_ARG(text));
	if (!str_absent(raw) && json_parse(&doc, &a, raw, &limits, &at) == JSON_FINE)
		JSON_EACH (name, json_root(&doc))
			add_member(g, m, name);
	arena_release(&a);
}

static struct gathered_tool *tool_at(struct gather *g, struct gathered_choice *c, int32_t index)
{
	uint32_t at;

	PLACE_OF(c->tools, c->n_tools, index, index, at);
	if (at < c->n_tools && c->tools[at].index == index)
		return &c->tools[at];
	if (c->n_tools >= MOST_TOOLS ||
	    !insert(g, (void **)&c->tools, &c->n_tools, sizeof(*c->tools), at)) {
		g->failed = true;
		return NULL;
	}
	c->tools[at].index = index;
	buf_init(&c->tools[at].id, g->max);
	buf_init(&c->tools[at].name, g->max);
	buf_init(&c->tools[at].arguments, g->max);
	return &c->tools[at];
}

static void init_choice(struct gathered_choice *c, int32_t choice, size_t max)
{
	c->choice = choice;
	buf_init(&c->text, max);
	buf_init(&c->reasoning, max);
	buf_init(&c->refusal, max);
}

static struct gathered_choice *choice_at(struct gather *g, int32_t choice)
{
	uint32_t at;

	PLACE_OF(g->choices, g->n_choices, choice, choice, at);
	if (at < g->n_choices && g->choices[at].choice == choice)
		return &g->choices[at];
	if (g->n_choices >= MAX_CHOICES ||
	    !insert(g, (void **)&g->choices, &g->n_choices, sizeof(*g->choices), at)) {
		g->failed = true;
		return NULL;
	}
	init_choice(&g->choices[at], choice, g->max);
	return &g->choices[at];
}

static void add_tool(struct gather *g, struct gathered_choice *c, const struct tool_delta *d)
{
	struct gathered_tool *t = tool_at(g, c, d->index);

	if (!t)
		return;
	t->custom = t->custom || d->custom;
	replace(g, &t->id, d->id);
	replace(g, &t->name, d->name);
	append(g, &t->arguments, d->arguments);
}

static void add_delta(struct gather *g, const struct delta *d)
{
	struct gathered_choice *c = choice_at(g, d->choice);

	if (!c)
		return;
	append_text(g, &c->text, &c->has_text, d->text);
	append_text(g, &c->reasoning, &c->has_reasoning, d->reasoning);
	append_text(g, &c->refusal, &c->has_refusal, d->refusal);
	add_members(g, &c->logprobs, d->logprobs);
	add_members(g, &c->more, d->more);
	add_members(g, &c->more_choice, d->more_choice);
	for (uint32_t i = 0; i < d->n_tools && !g->failed; i++)
		add_tool(g, c, &d->tools[i]);
	if (d->finish != FINISH_NONE)
		c->finish = d->finish;
}

bool gather_add(struct gather *g, const struct answer *in)
{
	keep_first(g, &g->id, in->id);
	keep_first(g, &g->model, in->model);
	replace(g, &g->service_tier, in->service_tier);
	replace(g, &g->fingerprint, in->fingerprint);
	add_members(g, &g->more, in->more);
	if (!g->created)
		g->created = in->created;
	if (in->usage.seen || in->usage.estimated)
		g->usage = in->usage;
	g->ended = g->ended || in->ended;
	for (uint32_t i = 0; i < in->n_deltas && !g->failed; i++)
		add_delta(g, &in->deltas[i]);
	return !g->failed;
}

/* --- the whole --- */

static struct str filled(const struct buf *b)
{
	return b->n ? buf_str(b) : STR_NONE;
}

static struct str given(const struct buf *b, bool has)
{
	return has ? buf_str(b) : STR_NONE;
}

static bool write_tools(const struct gathered_choice *c, struct arena *a, struct delta *d)
{
	if (!c->n_tools)
		return true;
	d->tools = ARENA_ARRAY(a, struct tool_delta, c->n_tools);
	if (!d->tools)
		return false;
	d->n_tools = c->n_tools;
	for (uint32_t i = 0; i < c->n_tools; i++) {
		const struct gathered_tool *t = &c->tools[i];

		d->tools[i] = (struct tool_delta){ .index = t->index,
						   .custom = t->custom,
						   .id = filled(&t->id),
						   .name = filled(&t->name),
						   .arguments = buf_str(&t->arguments) };
	}
	return true;
}

static void write_value(struct rope *r, const struct gathered_member *m)
{
	bool null = m->value.n == 0 && !m->array;

	rope_adds(r, m->array ? "[" : null ? "null" : "");
	rope_add(r, buf_str(&m->value));
	rope_adds(r, m->array ? "]" : "");
}

/* raw members, comma between; absent when there are none */
static struct str write_members(const struct gathered_members *m, struct arena *a)
{
	struct rope r;

	rope_init(&r, a);
	for (uint32_t i = 0; i < m->n; i++) {
		rope_adds(&r, i ? "," : "");
		rope_add(&r, buf_str(&m->items[i].name));
		rope_adds(&r, ":");
		write_value(&r, &m->items[i]);
	}
	return m->n ? rope_flat(&r) : STR_NONE;
}

static struct str write_logprobs(const struct gathered_members *m, struct arena *a)
{
	struct str members = write_members(m, a);

	if (str_absent(members))
		return STR_NONE;
	return arena_printf(a, "{%.*s}", STR_ARG(members));
}

static bool write_delta(const struct gathered_choice *c, struct arena *a, struct delta *d)
{
	*d = (struct delta){
		.choice = c->choice,
		.text = given(&c->text, c->has_text),
		.reasoning = given(&c->reasoning, c->has_reasoning),
		.refusal = given(&c->refusal, c->has_refusal),
		.logprobs = write_logprobs(&c->logprobs, a),
		.more = write_members(&c->more, a),
		.more_choice = write_members(&c->more_choice, a),
		.finish = c->finish,
	};
	return write_tools(c, a, d) && !a->full;
}

bool gather_answer(struct gather *g, struct arena *a, struct answer *answer_r)
{
	*answer_r = (struct answer){
		.id = filled(&g->id),
		.model = filled(&g->model),
		.created = g->created,
		.service_tier = filled(&g->service_tier),
		.fingerprint = filled(&g->fingerprint),
		.more = write_members(&g->more, a),
		.usage = g->usage,
		.ended = g->ended,
		.n_deltas = g->n_choices,
	};
	if (g->failed)
		return false;
	answer_r->deltas = ARENA_ARRAY(a, struct delta, g->n_choices);
	if (!answer_r->deltas)
		return false;
	for (uint32_t i = 0; i < g->n_choices; i++)
		if (!write_delta(&g->choices[i], a, &answer_r->deltas[i]))
			return false;
	return true;
}
