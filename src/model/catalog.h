/*
 * catalog.h -- everything the fleet agrees on, as one immutable snapshot.
 *
 * Built by conf/ from text, never changed afterwards, counted by references and
 * swapped whole: a request keeps the catalog it started with. All memory is in
 * the catalog's own arena. Secrets are not in it: an endpoint holds a reference
 * (`${ENV}`, `file:...`), which each gateway resolves by itself (struct secret in
 * the gateway's own memory), so that a catalog can be published in Redis.
 */
#ifndef MODEL_CATALOG_H
#define MODEL_CATALOG_H

#include "base/arena.h"
#include "model/price.h"
#include "model/tokenizer.h"
#include "model/wish.h"

enum dialect_id {
#define VENDOR(dialect, vendor, base_url, key_env, text) DIALECT_##dialect,
#include "tbl/vendors.h"
#undef VENDOR
	DIALECT_COUNT
};

/* what thinking (reasoning before the answer) means for a model */
enum thinking_mode {
	THINKING_NONE,     /* the model cannot */
	THINKING_OPTIONAL, /* can be switched on and off; off unless asked for */
	THINKING_DEFAULT,  /* can be switched on and off; on unless switched off */
	THINKING_ALWAYS,   /* cannot be switched off */
};

/* vendor-specific rules of a model, set in conf/models.yaml */
enum model_quirk {
	QUIRK_NO_SAMPLING = 1 << 0,       /* refuses temperature, top_p, top_k */
	QUIRK_ADAPTIVE_THINKING = 1 << 1, /* Anthropic: thinking by effort, no budget_tokens */
	QUIRK_THINKING_STREAMS_ONLY = 1 << 2, /* Qwen: thinking only when streaming */
	QUIRK_MAX_COMPLETION_TOKENS = 1 << 3, /* OpenAI reasoning models: not max_tokens */
	QUIRK_NO_STOP = 1 << 4,           /* refuses stop */
	QUIRK_NO_SYSTEM_ROLE = 1 << 5,    /* refuses system and developer messages */
	QUIRK_MULTIMODAL_PATH = 1 << 6,   /* Qwen native: lives under multimodal-generation */
	QUIRK_NO_FORCED_TOOL_THINKING = 1 << 7, /* tool_choice cannot be forced while thinking */
	QUIRK_REPLAY_THINKING = 1 << 8,   /* tool history must carry its reasoning back */
	QUIRK_NO_JSON_THINKING = 1 << 9,  /* no JSON in the answer while thinking */
};

/* how good a model is at a task: a mean, and how many judged answers it is worth */
struct skill {
	double mean; /* 0..1 */
	double mass; /* 0 = nothing is known */
};

/* one figure of conf/quality.yaml */
struct figure {
	struct str task;
	struct str source, date; /* where it comes from, and when it was read */
	int32_t permille;        /* of the best answer thinkable */
	int32_t mass;            /* judged answers that it is worth */
};

/* how good a model is, before anybody has judged its answers here */
struct figures {
	struct str vendor, model;
	struct figure *list;
	uint32_t n;
	const struct skill *skills; /* the same by task; mass 0: no figure */
};

struct model {
	struct str id;      /* as clients know it; unique within the vendor */
	struct str vendor;
	struct str upstream; /* the name sent to the vendor; usually the id */
	int64_t context;    /* tokens, prompt and answer together */
	int64_t max_output; /* tokens */
	int64_t image_tokens; /* the most that one image can count */
	enum tokenizer_id tokenizer;
	uint32_t can;       /* enum feature bits it can serve */
	uint32_t quirks;    /* enum model_quirk */
	enum thinking_mode thinking;
	const struct price *price; /* NULL: not priced */
	int64_t created;    /* Unix seconds, for /v1/models; 0 unknown */
	const struct figures *figures; /* NULL: none */
	const struct skill *skills; /* its figures by task; NULL = none */
	uint32_t first_target, n_targets; /* in catalog.targets */
};

struct header {
	struct str name, value;
};

struct endpoint {
	struct str name;
	struct str vendor;
	enum dialect_id dialect;
	struct str base_url; /* without a slash at the end */
	struct str secret;   /* reference to the credential, never the credential */
	struct header *headers; /* sent along, e.g. OpenAI-Project */
	uint32_t n_headers;
	struct str *models;  /* the ids it serves; n = 0: all of the vendor */
	uint32_t n_models;
	uint32_t index;      /* position in the catalog: gateways keep secrets by it */
};

/* a model at an endpoint: what a request can be sent to */
struct target {
	const struct model *model;
	const struct endpoint *endpoint;
};

/* a name that stands for an ordered list of models */
struct alias {
	struct str name;
	const struct model **models;
	uint32_t n_models;
};

/* a strategy of the configuration's own: expressions, or a script in Lua (doc/strategies.md) */
struct custom_strategy {
	struct str name;
	struct str base; /* the built-in strategy that scores where this one does not, or fails */
	const struct expr_strategy *expr; /* its rules, filter and score */
	struct str script;                /* in Lua, in place of filter and score; absent = none */
	bool scores;                      /* else base scores what the filter leaves */
	uint32_t instructions;            /* that one decision of the script may take */
	size_t memory_bytes;
};

enum unsupported { UNSUPPORTED_ADAPT, UNSUPPORTED_REFUSE };

/* how requests of a key (or of all keys: "default") are treated */
struct policy {
	struct str name;
	struct wish wish;               /* every member is set */
	const struct model **order;     /* what `auto` means; the first is the one that the guard keeps */
	uint32_t n_order;
	const struct model **fallbacks; /* tried after the models that were asked for */
	uint32_t n_fallbacks;
	enum unsupported unsupported;   /* parameters a vendor lacks: drop and report, or refuse */
	int64_t default_max_tokens;     /* injected when the client sets none; the model's cap at most */
	int64_t min_max_tokens;         /* clamp max_tokens down to this to fit a budget; 0 = never */
	uint32_t max_attempts;
	uint32_t max_attempts_per_target;
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
};

struct catalog {
	struct arena arena;
	int refs;       /* changed with __atomic builtins only */
	int64_t epoch;  /* under which it was published; 0 = from the local file */
	char hash[65];  /* SHA-256 of the canonical text, hex */

	struct model *models; /* sorted by id, then by the first endpoint of the vendor */
	uint32_t n_models;
	struct price *prices;
	uint32_t n_prices;
	struct endpoint *endpoints;
	uint32_t n_endpoints;
	struct target *targets; /* sorted by model, then order of endpoints */
	uint32_t n_targets;
	struct alias *aliases; /* sorted by name */
	uint32_t n_aliases;
	struct policy *policies; /* [0] is "default" */
	uint32_t n_policies;
	struct figures *figures; /* sorted by vendor, model */
	uint32_t n_figures;
	struct str *tasks;       /* names, of which the last is "other"; models' skills are in this order */
	uint32_t n_tasks;
	const struct skill *unknown; /* by task: what is assumed of a model without figures; NULL = none */
	struct custom_strategy *strategies; /* sorted by name */
	uint32_t n_strategies;
};

struct catalog *catalog_new(size_t max_bytes);
struct catalog *catalog_ref(struct catalog *c);
/* drops a reference; the last one frees it. NULL is fine. */
void catalog_unref(struct catalog *c);

/* "openai/gpt-4o" or "gpt-4o"; of several vendors the one whose endpoint stands first. NULL: none */
const struct model *catalog_model(const struct catalog *c, struct str name);
const struct alias *catalog_alias(const struct catalog *c, struct str name);
/* NULL: none of that name */
const struct custom_strategy *catalog_strategy(const struct catalog *c, struct str name);
/* position in tasks; that of "other" for names that nobody knows */
uint32_t catalog_task(const struct catalog *c, struct str name);
/* "" and unknown names give the default */
const struct policy *catalog_policy(const struct catalog *c, struct str name);
/* the targets of a model: first one, and how many stand behind it */
const struct target *catalog_targets(const struct catalog *c, const struct model *m,
				     uint32_t *n_r);
/* no endpoint before this one is of the same vendor: so a walk comes by each vendor once */
bool catalog_first_of_vendor(const struct catalog *c, uint32_t endpoint);
enum dialect_id dialect_id_of(struct str name, bool *found_r);
const char *dialect_id_name(enum dialect_id id);

#endif
