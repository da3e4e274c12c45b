/*
 * mock_rules.h -- orders to the mock: for which requests, what to answer or to break.
 *
 * A rule is one flat object; which requests it is for, how often, what happens.
 * Rules come from a file, from the admin endpoint, or from a prompt that says
 * mock:{...}. The first that applies decides; doc/mock-vendor.md explains each
 * member.
 */
#ifndef MOCK_MOCK_RULES_H
#define MOCK_MOCK_RULES_H

#include "base/err.h"
#include "base/json.h"
#include "base/rand.h"
#include "mock/mock_ask.h"

/* where in an answer something happens, in order of time */
enum mock_place {
	PLACE_HEADERS, /* before the status line */
	PLACE_BODY,    /* after the headers, before any byte of the body */
	PLACE_START,   /* before the first piece of content */
	PLACE_MIDDLE,  /* when half of the content is out */
	PLACE_END,     /* all content is out, the end mark is not */
};

enum mock_garbage {
	GARBAGE_NONE,
	GARBAGE_TEXT,      /* no JSON at all */
	GARBAGE_TRUNCATED, /* JSON that stops halfway */
	GARBAGE_HTML,      /* a proxy's 502 page, with its status */
	GARBAGE_HUGE,      /* one event, or one string, of 1.5 MiB */
	GARBAGE_EMPTY,     /* 200 and nothing */
	GARBAGE_BLANK,     /* 200 and empty lines */
};

enum mock_false_usage { USAGE_TRUE, USAGE_NONE, USAGE_ZERO, USAGE_NEGATIVE, USAGE_INFLATED };
enum mock_billing { BILL_PRODUCED, BILL_WHOLE, BILL_INPUT, BILL_NOTHING };
enum mock_caching { CACHE_EXPLICIT, CACHE_PREFIX }; /* only marked prefixes; every repeated one */

#define MOCK_MAX_EXTRA_HEADERS 4

/* numbers: -1 = not said */
struct mock_rule {
	/* which */
	struct str name;
	struct str vendor, model, prompt; /* model may end in '*'; absent = any */
	int64_t stream;                   /* 0, 1 */
	int64_t every, skip, count, percent, seed;
	/* what is answered */
	int64_t tokens, reasoning_tokens, tool_calls, echo;
	struct str text, refusal, finish;
	int64_t cache;                                     /* enum mock_caching */
	int64_t cache_read, cache_write, cache_write_long; /* tokens of the input */
	/* when */
	int64_t headers_ms, ttft_ms, chunk_ms, chunks;
	/* what goes wrong */
	struct str error;
	int64_t status;
	struct str body, retry_after, retry_after_ms;
	struct json headers;
	int64_t stall, cut, garbage; /* garbage: enum mock_garbage */
	int64_t at;                  /* enum mock_place */
	int64_t cut_byte, dribble, crlf, keepalive, keepalive_ms, double_done, no_done, leak;
	int64_t usage; /* enum mock_false_usage */
	int64_t bill;  /* enum mock_billing */

	uint64_t seen, hits;
	struct rnd rnd;
};

struct mock_rules {
	struct arena arena;
	struct buf text; /* what the rules point into */
	struct json_doc doc;
	struct mock_rule *rules;
	size_t n, cap;
};

/* what holds where no rule says otherwise: every number -1 */
void mock_rule_default(struct mock_rule *r);

void mock_rules_init(struct mock_rules *rules);
void mock_rules_release(struct mock_rules *rules);
/* Replace all rules by those in text, a YAML or JSON list. On a fault the old ones stay. */
bool mock_rules_read(struct mock_rules *rules, struct str text, struct fault *fault_r) MUST_CHECK;
/* forget what was counted */
void mock_rules_reset(struct mock_rules *rules);

/*
 * The rule for this request: a copy in *rule_r, in the request's memory, with what
 * it leaves open taken from the defaults. False: the prompt gives an order that
 * cannot be read, *fault_r says why.
 */
bool mock_rules_pick(struct mock_rules *rules, const struct mock_ask *ask,
		     const struct mock_rule *defaults, struct mock_rule *rule_r,
		     struct fault *fault_r) MUST_CHECK;

/* What *r points to is copied into a, so that it outlives its list. False: no room. */
bool mock_rule_keep(struct mock_rule *r, struct arena *a) MUST_CHECK;

/* one rule from an object; for the list and for prompts */
bool mock_rule_read(struct arena *a, struct json object, struct mock_rule *rule_r,
		    struct fault *fault_r) MUST_CHECK;

#endif
