/*
 * fleet.h -- from the fleet's sections to a catalog, step by step.
 *
 * The steps run in the order of the functions below, each on what the ones before
 * it made. A faulty thing is still entered under its name, so that one mistake is
 * one fault, and not one more for everything that names it.
 */
#ifndef CONF_FLEET_H
#define CONF_FLEET_H

#include "conf/field.h"
#include "model/plan.h"

#define FLEET_NAME_MAX    63       /* bytes: of a vendor, endpoint, model, alias or policy */
#define FLEET_ENTRIES_MAX 4096     /* of a section */
#define FLEET_LIST_MAX    PLAN_MAX /* models that one name can stand for */

/* --- what the file says of one thing, as tbl/settings.h lists it --- */

#define FIELD_MEMBER_CHOICE(name)                                   int name;
#define FIELD_MEMBER_COUNT(name)                                    int64_t name;
#define FIELD_MEMBER_DATE(name)                                     const char *name;
#define FIELD_MEMBER_FLAGS(name)                                    uint32_t name;
#define FIELD_MEMBER_ID(name)                                       const char *name;
#define FIELD_MEMBER_NAME(name)                                     const char *name;
#define FIELD_MEMBER_NODE(name)                                     const struct node *name;
#define FIELD_MEMBER_NUMBER(name)                                   int64_t name;
#define FIELD_MEMBER_BYTES(name)                                    int64_t name;
#define FIELD_MEMBER_PATH(name)                                     const char *name;
#define FIELD_MEMBER_SECRET(name)                                   const char *name;
#define FIELD_MEMBER_TEXT(name)                                     const char *name;
#define FIELD_MEMBER_TIME(name)                                     int64_t name;
#define FIELD_MEMBER_URL(name)                                      const char *name;
#define FIELD_MEMBER(name, kind, need, fallback, least, most, text) FIELD_MEMBER_##kind(name)

struct endpoint_fields {
#define ENDPOINT_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef ENDPOINT_FIELD
};

struct model_fields {
#define MODEL_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef MODEL_FIELD
};

struct price_fields {
#define PRICE_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef PRICE_FIELD
	int64_t picos[USAGE_COUNT]; /* -1: not given */
};

struct quality_fields {
#define QUALITY_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef QUALITY_FIELD
};

struct window_fields {
#define WINDOW_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef WINDOW_FIELD
	int64_t picos[USAGE_COUNT];
};

struct policy_fields {
#define POLICY_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef POLICY_FIELD
#define WISH(name, fallback, least, most, join, text) int64_t name; /* millionths */
#include "tbl/wishes.h"
#undef WISH
};

struct strategy_fields {
#define STRATEGY_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef STRATEGY_FIELD
};

struct rule_fields {
#define RULE_FIELD FIELD_MEMBER
#include "tbl/settings.h"
#undef RULE_FIELD
};

/* parameters of strategies, as a rule sets them; -1: it does not */
struct wish_fields {
#define WISH(name, fallback, least, most, join, text) int64_t name; /* millionths */
#include "tbl/wishes.h"
#undef WISH
};

/* the prices of one case: every price above an input length, or in a window, has these */
struct rate_fields {
	int64_t picos[USAGE_COUNT];
};

enum entity {
	ENTITY_ENDPOINT,
	ENTITY_MODEL,
	ENTITY_PRICE,
	ENTITY_WINDOW,
	ENTITY_RATE,
	ENTITY_QUALITY,
	ENTITY_POLICY,
	ENTITY_STRATEGY,
	ENTITY_RULE,
	ENTITY_WISH,
	ENTITY_COUNT
};

struct entity_table {
	const char *name;
	const struct field *fields;
	size_t n;
};

const struct entity_table *fleet_table(enum entity e);

/* --- the things of a section --- */

struct entry {
	struct str group, name; /* group: the vendor, in models and prices */
	const struct node *group_key, *key, *value;
	bool included; /* not from the main file */
};

struct entries {
	struct entry *list;
	size_t n, cap;
};

/* --- the build --- */

struct fleet;

/* the struct of a thing as it is when the file says nothing */
void fleet_default(enum entity e, void *base);
/* what a node says of it */
void fleet_read(struct fleet *f, enum entity e, const struct node *node, const char *path,
		void *base);

struct model_item;  /* models.h */
struct alias_names; /* aliases.c */

/* models in order, each once */
struct model_list {
	const struct model **models;
	uint32_t n;
};

/* The text of a file that a node names, relative to the main file's folder; *path_r is its name for
 * faults. False: a fault was added. */
typedef bool fleet_file_f(void *who, const struct node *name, const char **path_r,
			  struct buf *text_r);

struct fleet {
	struct catalog *c;
	fleet_file_f *file;              /* NULL: a published text names no files */
	void *who;                       /* for it */
	struct reader reader;            /* texts go into the catalog's arena */
	struct arena *scratch;           /* dies with the build */
	const struct node *const *roots; /* the main file's, then the included ones' */
	size_t n_roots;
	bool incomplete; /* a file could not be read: names that nobody knows may be in it */
	const struct node **endpoint_models; /* of each endpoint: its `models`, or NULL */
	struct model_item *models; /* of each model: where it stands, whose price it has */
	struct alias_names *aliases;
};

/* All things of a section in the order of the files. A thing of the main file takes the place
 * of included ones of its name. grouped: two levels, vendor and id. */
void fleet_entries(struct fleet *f, const char *section, bool grouped, struct entries *entries_r);

void fleet_endpoints(struct fleet *f);
void fleet_models(struct fleet *f);
void fleet_prices(struct fleet *f);  /* and which model has which */
void fleet_quality(struct fleet *f); /* and which tasks there are */
void fleet_targets(struct fleet *f); /* which endpoint serves which model */
void fleet_aliases(struct fleet *f);
void fleet_strategies(struct fleet *f);
void fleet_policies(struct fleet *f);

/* The models that a name or a list of names stands for, aliases resolved. */
struct model_list fleet_list(struct fleet *f, const struct node *node, const char *path);

/* Position of the first endpoint with this vendor; n_endpoints when only tbl/vendors.h knows
 * it; -1: nobody does. */
int64_t fleet_vendor_rank(const struct fleet *f, struct str vendor);
/* says that nobody knows this vendor */
void fleet_fault_vendor(struct fleet *f, const struct node *where, struct str vendor);

/* All steps, from f->roots to f->c. False: there is an error among the faults. */
bool fleet_build(struct fleet *f) MUST_CHECK;
/* SHA-256 of the canonical text; false: no memory */
bool fleet_hash(struct catalog *c) MUST_CHECK;

#endif
