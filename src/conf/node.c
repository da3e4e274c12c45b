/*
 * node.c -- libyaml's events to a tree.
 *
 * Works with a stack of open lists and maps instead of recursion. A node gets its
 * weight when it is complete, and only then can an alias name it, so that no tree
 * contains itself.
 */
#include "conf/node.h"

#include <yaml.h>

#define ANCHORS_MAX 1000
#define NO_MEMORY   "the file needs more memory than a configuration may have"

/* a list or map whose end has not come yet */
struct level {
	struct node *node;
	size_t cap_keys, cap_items;
	size_t n_keys, n_items;
	struct str anchor;
};

struct anchor {
	struct str name;
	struct node *node;
};

struct tree {
	struct arena *a;
	const char *file;
	struct str source; /* its text */
	struct conf_faults *faults;
	struct level levels[NODE_DEPTH_MAX];
	size_t depth;
	struct anchor *anchors;
	size_t n_anchors, cap_anchors;
	struct node *root;
	uint32_t documents;
	bool failed; /* the rest of the text is not worth reading */
};

const char *node_type_text(const struct node *n)
{
	static const char *const texts[] = { "a single value", "a list", "a map" };

	return node_is_null(n) ? "nothing" : texts[n->type];
}

bool node_is_null(const struct node *n)
{
	return n->type == NODE_SCALAR && n->plain &&
	       (n->text.n == 0 || str_is(n->text, "~") || str_is(n->text, "null"));
}

struct node *node_get(const struct node *map, const char *key)
{
	for (uint32_t i = 0; map->type == NODE_MAP && i < map->n; i++)
		if (str_is(map->keys[i]->text, key))
			return map->items[i];
	return NULL;
}

/* says what is wrong at a place, and that nothing behind it will be read */
static void give_up(struct tree *t, yaml_mark_t mark, const char *why)
{
	fault_in(t->faults, t->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, "%s", why);
	t->failed = true;
}

static int by_text(const void *left, const void *right)
{
	const struct node *const *a = left, *const *b = right;
	int order = str_cmp((*a)->text, (*b)->text);

	/* of two alike the later one is the second */
	if (order == 0 && (*a)->line != (*b)->line)
		return (*a)->line < (*b)->line ? -1 : 1;
	return order ? order : ((*a)->column > (*b)->column) - ((*a)->column < (*b)->column);
}

static void check_twice(struct tree *t, const struct node *map)
{
	struct node **sorted = ARENA_ARRAY(t->a, struct node *, map->n);

	if (!sorted || map->n < 2)
		return;
	memcpy(sorted, map->keys, map->n * sizeof(sorted[0]));
	qsort(sorted, map->n, sizeof(sorted[0]), by_text);
	for (uint32_t i = 1; i < map->n; i++)
		if (str_eq(sorted[i - 1]->text, sorted[i]->text))
			fault_at(t->faults, sorted[i],
				 "\"%.60s\" stands here a second time, after line %u",
				 sorted[i]->text.p, sorted[i - 1]->line);
}

static void add_anchor(struct tree *t, struct str name, struct node *node, yaml_mark_t mark)
{
	struct anchor *new;

	if (str_absent(name))
		return;
	if (t->n_anchors == ANCHORS_MAX) {
		give_up(t, mark, "more anchors than a configuration may have");
		return;
	}
	new = ARENA_PUSH(t->a, t->anchors, t->n_anchors, t->cap_anchors);
	if (new)
		*new = (struct anchor){ name, node };
}

/* the last one of a name counts, as YAML says */
static struct node *find_anchor(const struct tree *t, struct str name)
{
	for (size_t i = t->n_anchors; i-- > 0;)
		if (str_eq(t->anchors[i].name, name))
			return t->anchors[i].node;
	return NULL;
}

static bool takes_key(const struct level *l)
{
	return l->node->type == NODE_MAP && l->n_keys == l->n_items;
}

/* hang a complete node where the text has it */
static void place(struct tree *t, struct node *node, yaml_mark_t mark)
{
	struct level *l = t->depth ? &t->levels[t->depth - 1] : NULL;
	struct node **slot;

	if (!l) {
		t->root = node;
		return;
	}
	if (takes_key(l)) {
		if (node->type != NODE_SCALAR) {
			give_up(t, mark, "a key must be a single word");
			return;
		}
		slot = ARENA_PUSH(t->a, l->node->keys, l->n_keys, l->cap_keys);
	} else {
		slot = ARENA_PUSH(t->a, l->node->items, l->n_items, l->cap_items);
	}
	if (!slot) {
		give_up(t, mark, NO_MEMORY);
		return;
	}
	*slot = node;
	l->node->weight += node->weight;
	if (l->node->weight > NODES_MAX)
		give_up(t, mark, "more values than a configuration may have, anchors expanded");
}

static struct node *new_node(struct tree *t, enum node_type type, yaml_mark_t mark)
{
	struct node *n = ARENA_NEW(t->a, struct node);

	if (!n) {
		give_up(t, mark, NO_MEMORY);
		return NULL;
	}
	n->type = type;
	n->file = t->file;
	n->line = (uint32_t)mark.line + 1;
	n->column = (uint32_t)mark.column + 1;
	n->weight = 1;
	return n;
}

static struct str copy(struct tree *t, const yaml_char_t *text)
{
	return text ? arena_str(t->a, str_of((const char *)text)) : STR_NONE;
}

static void refuse_tag(struct tree *t, const yaml_char_t *tag, yaml_mark_t mark)
{
	if (tag)
		give_up(t, mark, "tags (\"!...\") have no meaning in this file");
}

static void open_level(struct tree *t, enum node_type type, const yaml_char_t *anchor,
		       yaml_mark_t mark)
{
	struct node *n;

	if (t->depth && takes_key(&t->levels[t->depth - 1])) {
		give_up(t, mark, "a key must be a single word");
		return;
	}
	if (t->depth == NODE_DEPTH_MAX) {
		give_up(t, mark, "nested deeper than any setting is");
		return;
	}
	n = new_node(t, type, mark);
	if (n)
		t->levels[t->depth++] = (struct level){ .node = n, .anchor = copy(t, anchor) };
}

static void close_level(struct tree *t, yaml_mark_t mark)
{
	struct level *l = &t->levels[--t->depth];

	l->node->n = (uint32_t)l->n_items;
	if (l->node->type == NODE_MAP)
		check_twice(t, l->node);
	add_anchor(t, l->anchor, l->node, mark);
	place(t, l->node, mark);
}

static void add_scalar(struct tree *t, const yaml_event_t *e)
{
	struct node *n = new_node(t, NODE_SCALAR, e->start_mark);
	size_t length = e->data.scalar.length;
	char *text;

	if (!n)
		return;
	/* NUL-terminated, so that sentences can quote it; a NUL inside is no text */
	text = arena_chars(t->a, length + 1);
	if (!text || memchr(e->data.scalar.value, '\0', length)) {
		give_up(t, e->start_mark, "a value with a NUL character in it");
		return;
	}
	memcpy(text, e->data.scalar.value, length + 1);
	n->text = (struct str){ text, length };
	n->source = t->source;
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	add_anchor(t, copy(t, e->data.scalar.anchor), n, e->start_mark);
	place(t, n, e->start_mark);
}

static void add_alias(struct tree *t, const yaml_event_t *e)
{
	struct node *n = find_anchor(t, str_of((const char *)e->data.alias.anchor));

	if (n)
		place(t, n, e->start_mark);
	else
		give_up(t, e->start_mark, "this alias (\"*...\") has no complete anchor before it");
}

static void take_event(struct tree *t, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (t->documents++)
			give_up(t, e->start_mark, "a second document begins; there can be one");
		break;
	case YAML_SCALAR_EVENT:
		refuse_tag(t, e->data.scalar.tag, e->start_mark);
		add_scalar(t, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_tag(t, e->data.sequence_start.tag, e->start_mark);
		open_level(t, NODE_LIST, e->data.sequence_start.anchor, e->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_tag(t, e->data.mapping_start.tag, e->start_mark);
		open_level(t, NODE_MAP, e->data.mapping_start.anchor, e->start_mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_level(t, e->start_mark); break;
	case YAML_ALIAS_EVENT: add_alias(t, e); break;
	default: break;
	}
}

/* what libyaml says of text it cannot read */
static void syntax_fault(struct tree *t, const yaml_parser_t *p)
{
	bool encoding = p->error == YAML_READER_ERROR;
	const char *problem = p->problem ? p->problem : "not YAML";

	fault_in(t->faults, t->file, encoding ? 0 : (uint32_t)p->problem_mark.line + 1,
		 encoding ? 0 : (uint32_t)p->problem_mark.column + 1, "%s%s%s", problem,
		 p->context ? ", " : "", p->context ? p->context : "");
	t->failed = true;
}

static void read_events(struct tree *t, yaml_parser_t *p)
{
	bool end = false;

	while (!end && !t->failed) {
		yaml_event_t e;

		if (!yaml_parser_parse(p, &e)) {
			syntax_fault(t, p);
			return;
		}
		take_event(t, &e);
		end = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
}

bool node_read(struct arena *a, const char *file, struct str text, struct conf_faults *faults,
	       struct node **root_r)
{
	struct tree t = { .a = a, .file = file, .faults = faults };
	uint32_t errors = faults->errors;
	yaml_parser_t parser;

	*root_r = NULL;
	if (text.n > CONF_TEXT_MAX) {
		fault_in(faults, file, 0, 0, "larger than %u bytes", CONF_TEXT_MAX);
		return false;
	}
	t.source = arena_str(a, text);
	if (!yaml_parser_initialize(&parser)) {
		fault_in(faults, file, 0, 0, "no memory to read it");
		return false;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	read_events(&t, &parser);
	yaml_parser_delete(&parser);
	if (a->full && faults->errors == errors)
		fault_in(faults, file, 0, 0, NO_MEMORY);
	if (t.root && !node_is_null(t.root))
		*root_r = t.root;
	return faults->errors == errors;
}
