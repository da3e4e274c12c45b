/* tables.c -- the fleet's part of tbl/settings.h as tables. */
#include "conf/fleet.h"
#include "model/chat.h"

/* --- lists of words --- */

static const char dialect_words[] =
#define VENDOR(dialect, vendor, base_url, key_env, text) #dialect "|"
#include "tbl/vendors.h"
#undef VENDOR
	;

static const char feature_words[] =
#define FEATURE(NAME, word, text) word "|"
#include "tbl/abilities.h"
#undef FEATURE
	;

static const char quirk_words[] =
#define QUIRK(NAME, word, text) word "|"
#include "tbl/abilities.h"
#undef QUIRK
	;

static const char thinking_words[] =
#define THINKING(NAME, word, text) word "|"
#include "tbl/abilities.h"
#undef THINKING
	;

static const char tokenizer_words[] =
#define TOKENIZER(name, ...) #name "|"
#include "tbl/tokenizers.h"
#undef TOKENIZER
	;

/* the position of a word is the value of its constant, or the number of its bit */
enum {
#define FEATURE(NAME, word, text) FEATURE_AT_##NAME,
#include "tbl/abilities.h"
#undef FEATURE
};

enum {
#define QUIRK(NAME, word, text) QUIRK_AT_##NAME,
#include "tbl/abilities.h"
#undef QUIRK
};

enum {
#define THINKING(NAME, word, text) THINKING_AT_##NAME,
#include "tbl/abilities.h"
#undef THINKING
};

#define FEATURE(NAME, word, text) _Static_assert(NEEDS_##NAME == 1 << FEATURE_AT_##NAME, word);
#define QUIRK(NAME, word, text)   _Static_assert(QUIRK_##NAME == 1 << QUIRK_AT_##NAME, word);
#define THINKING(NAME, word, text) \
	_Static_assert((int)THINKING_##NAME == (int)THINKING_AT_##NAME, word);
#include "tbl/abilities.h"
#undef FEATURE
#undef QUIRK
#undef THINKING

/* --- tables --- */

#define DIALECT_WORDS   dialect_words
#define FEATURE_WORDS   feature_words
#define QUIRK_WORDS     quirk_words
#define THINKING_WORDS  thinking_words
#define TOKENIZER_WORDS tokenizer_words

#define FIELD(owner, name, kind, need, fallback, least, most, text) \
	{ #name, KIND_##kind, need, offsetof(struct owner, name), fallback, least, most, text },
#define PRICE_OF(owner, name, text) \
	{ #name, KIND_PRICE, MAY, offsetof(struct owner, picos[USAGE_##name]), "", "", "", text },

static const struct field endpoint_table[] = {
#define ENDPOINT_FIELD(...) FIELD(endpoint_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef ENDPOINT_FIELD
};

static const struct field model_table[] = {
#define MODEL_FIELD(...) FIELD(model_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef MODEL_FIELD
};

static const struct field price_table[] = {
#define PRICE_FIELD(...) FIELD(price_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef PRICE_FIELD
#define USAGE(name, fallback, text) PRICE_OF(price_fields, name, text)
#include "tbl/usage.h"
#undef USAGE
};

static const struct field window_table[] = {
#define WINDOW_FIELD(...) FIELD(window_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef WINDOW_FIELD
#define USAGE(name, fallback, text) PRICE_OF(window_fields, name, text)
#include "tbl/usage.h"
#undef USAGE
};

static const struct field rate_table[] = {
#define USAGE(name, fallback, text) PRICE_OF(rate_fields, name, text)
#include "tbl/usage.h"
#undef USAGE
};

static const struct field quality_table[] = {
#define QUALITY_FIELD(...) FIELD(quality_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef QUALITY_FIELD
};

static const struct field policy_table[] = {
#define POLICY_FIELD(...) FIELD(policy_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef POLICY_FIELD
#define WISH(name, fallback, least, most, join, text) \
	FIELD(policy_fields, name, NUMBER, MAY, #fallback, #least, #most, text)
#include "tbl/wishes.h"
#undef WISH
};

static const struct field strategy_table[] = {
#define STRATEGY_FIELD(...) FIELD(strategy_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef STRATEGY_FIELD
};

static const struct field rule_table[] = {
#define RULE_FIELD(...) FIELD(rule_fields, __VA_ARGS__)
#include "tbl/settings.h"
#undef RULE_FIELD
};

static const struct field wish_table[] = {
#define WISH(name, fallback, least, most, join, text) \
	FIELD(wish_fields, name, NUMBER, MAY, "", #least, #most, text)
#include "tbl/wishes.h"
#undef WISH
};

static const struct entity_table tables[ENTITY_COUNT] = {
	[ENTITY_ENDPOINT] = { "endpoint", endpoint_table, COUNT_OF(endpoint_table) },
	[ENTITY_MODEL] = { "model", model_table, COUNT_OF(model_table) },
	[ENTITY_PRICE] = { "price", price_table, COUNT_OF(price_table) },
	[ENTITY_WINDOW] = { "window", window_table, COUNT_OF(window_table) },
	[ENTITY_RATE] = { "rate", rate_table, COUNT_OF(rate_table) },
	[ENTITY_QUALITY] = { "quality", quality_table, COUNT_OF(quality_table) },
	[ENTITY_POLICY] = { "policy", policy_table, COUNT_OF(policy_table) },
	[ENTITY_STRATEGY] = { "strategy", strategy_table, COUNT_OF(strategy_table) },
	[ENTITY_RULE] = { "rule", rule_table, COUNT_OF(rule_table) },
	[ENTITY_WISH] = { "wish", wish_table, COUNT_OF(wish_table) },
};

const struct entity_table *fleet_table(enum entity e)
{
	return &tables[e];
}

void fleet_default(enum entity e, void *base)
{
	fields_default(tables[e].fields, tables[e].n, base);
}

void fleet_read(struct fleet *f, enum entity e, const struct node *node, const char *path,
		void *base)
{
	fields_read(&f->reader, node, tables[e].fields, tables[e].n, path, base);
}
