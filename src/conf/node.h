/*
 * node.h -- a YAML text as a tree in which every value knows where it stands.
 *
 * Bounded in bytes, depth and count, the count taken after anchors are expanded:
 * an alias is a second pointer to the same node, so a small text cannot grow
 * large, and what would take long to walk is refused. Names that stand twice in a
 * map are faults. Tags, merge keys and second documents are not part of this
 * language. JSON is YAML, so published texts are read the same way.
 */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include "base/arena.h"
#include "conf/conf.h"

#define NODE_DEPTH_MAX 16
#define NODES_MAX      100000u

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_type type;
	bool plain; /* a scalar without quotes */
	uint32_t line, column;
	const char *file;    /* (not owned) */
	struct str text;     /* of a scalar */
	struct str source;   /* of a scalar: the text of the whole file */
	struct node **keys;  /* of a map: n scalars */
	struct node **items; /* n elements, or what the keys stand for */
	uint32_t n;
	uint32_t weight; /* nodes in it and itself, aliases counted each time */
};

/* False: faults were added. *root_r is NULL for a text without a value. All memory in a;
 * file must live as long as it. */
bool node_read(struct arena *a, const char *file, struct str text, struct conf_faults *faults,
	       struct node **root_r) MUST_CHECK;

/* what a key of a map stands for; NULL: no such key */
struct node *node_get(const struct node *map, const char *key);
/* nothing, "~" or "null" without quotes */
bool node_is_null(const struct node *n);
/* Where a byte of a scalar's text stands in the file, whatever quotes and folds are around it; from
 * text.n on: behind its end. */
struct spot {
	uint32_t line, column;
};
struct spot node_spot(const struct node *n, size_t offset);
/* "a list", for sentences */
const char *node_type_text(const struct node *n);

/* --- faults, as the files of conf/ report them --- */

/* NULL for `where`: the configuration as a whole */
void fault_at(struct conf_faults *f, const struct node *where, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void note_at(struct conf_faults *f, const struct node *where, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* of a file that is no tree (yet) */
void fault_in(struct conf_faults *f, const char *file, uint32_t line, uint32_t column,
	      const char *fmt, ...) PRINTF_LIKE(5, 6);

/* puts them in order of file, line and column */
void faults_sort(struct conf_faults *f);

#endif
