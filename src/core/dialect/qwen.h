/* qwen.h -- what DashScope's two modes have in common: qwen_common.c. */
#ifndef CORE_DIALECT_QWEN_H
#define CORE_DIALECT_QWEN_H

#include "core/dialect/openai_like.h"

#define QWEN_NO_SUCH  "Qwen has no such parameter"
#define QWEN_PAID_FOR "it is paid for apart, and has no price here"

/* the first rows of a table of parameters */
/* clang-format off */
#define QWEN_PARAMS \
	LIKE_TAKEN, \
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL }, \
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL }, \
	{ "presence_penalty",       PARAM_TAKEN,   NULL,    NULL }, \
	{ "top_logprobs",           PARAM_TAKEN,   NULL,    NULL }, \
	{ "frequency_penalty",      PARAM_DROPPED, "0",     QWEN_NO_SUCH }, \
	{ "prediction",             PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "verbosity",              PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "store",                  PARAM_DROPPED, "false", QWEN_NO_SUCH }, \
	{ "metadata",               PARAM_DROPPED, "{}",    QWEN_NO_SUCH }, \
	{ "moderation",             PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "user",                   PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "safety_identifier",      PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "prompt_cache_key",       PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "prompt_cache_retention", PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "prompt_cache_options",   PARAM_DROPPED, NULL,    QWEN_NO_SUCH }, \
	{ "search_options",         PARAM_DROPPED, NULL,    "there is no search" }, \
	{ "enable_search",          PARAM_REFUSED, "false", QWEN_PAID_FOR }, \
	{ "enable_code_interpreter", PARAM_REFUSED, "false", QWEN_PAID_FOR }, \
	{ "web_search_options",     PARAM_REFUSED, NULL,    QWEN_NO_SUCH }
/* clang-format on */

enum { QWEN_NUMBERS = 4, QWEN_FAULTS = 28 };

extern const struct like_number qwen_numbers[];
extern const struct fault_rule qwen_faults[];

/* the members for thinking, and for several tool calls at once */
void qwen_write_own(const struct like_call *c, struct members *m);

#endif
