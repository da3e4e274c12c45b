/* mock_yaml.c -- the configuration's YAML tree, written down as JSON. */
#include "mock/mock_yaml.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "conf/node.h"

#define MAX_TREE_BYTES (32u << 20)

static bool is_bare(struct str s)
{
	struct json_doc doc;
	struct arena a;
	size_t at;
	bool bare;

	arena_init(&a, 4096);
	bare = s.n > 0 && json_parse(&doc, &a, s, &json_limits_default, &at) == JSON_FINE;
	arena_release(&a);
	return bare;
}

static void write_scalar(struct buf *out, const struct node *n)
{
	if (node_is_null(n))
		buf_adds(out, "null");
	else if (n->plain && is_bare(n->text))
		buf_add(out, n->text);
	else
		json_quote(out, n->text);
}

/* no deeper than the tree, which is bounded */
static void write_node(struct buf *out, const struct node *n)
{
	if (n->type == NODE_SCALAR) {
		write_scalar(out, n);
		return;
	}
	buf_addc(out, n->type == NODE_MAP ? '{' : '[');
	for (uint32_t i = 0; i < n->n; i++) {
		if (i)
			buf_addc(out, ',');
		if (n->type == NODE_MAP) {
			json_quote(out, n->keys[i]->text);
			buf_addc(out, ':');
		}
		write_node(out, n->items[i]);
	}
	buf_addc(out, n->type == NODE_MAP ? '}' : ']');
}

bool mock_yaml_to_json(const char *name, struct str yaml, struct buf *json_r, struct fault *fault_r)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	struct node *root = NULL;
	struct arena a;
	bool fine;

	if (!faults)
		return false;
	arena_init(&a, MAX_TREE_BYTES);
	fine = node_read(&a, name, yaml, faults, &root);
	if (fine && root)
		write_node(json_r, root);
	if (!fine)
		fault_set(fault_r, ERR_VALUE, "", "%s:%u: %s", name, faults->items[0].line,
			  faults->items[0].text);
	arena_release(&a);
	free(faults);
	return fine && buf_ok(json_r);
}

bool mock_read_file(const char *path, struct buf *text_r, struct fault *fault_r)
{
	FILE *f = fopen(path, "r");
	char block[16384];
	size_t n;

	if (!f) {
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(text_r, (struct str){ block, n });
	fclose(f);
	if (buf_ok(text_r))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "%s: too large", path);
	return false;
}
