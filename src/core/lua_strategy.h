/*
 * lua_strategy.h -- a strategy that is a script: scores from its function score().
 *
 *   function score(request, candidates) return { number or nil, ... } end
 *
 * request and each candidate have the fields of tbl/custom_fields.h, read only; candidates.first is
 * the one that was wanted first. A candidate whose score is nil or false is left out. The script
 * runs in a box (core/lua_box.h) that forgets all it did.
 */
#ifndef CORE_LUA_STRATEGY_H
#define CORE_LUA_STRATEGY_H

#include "core/decide.h"
#include "core/lua_box.h"

#define LUA_SCRIPT_MAX (64u << 10) /* bytes */

struct lua_strategy;

/* Runs the script once, for its functions. NULL: *fault_r says why, as "script:LINE: ..." where Lua
 * knows the line. */
struct lua_strategy *lua_strategy_new(struct str script, const struct lua_limits *limits,
				      struct fault *fault_r) MUST_CHECK;
void lua_strategy_free(struct lua_strategy *s); /* NULL is fine */

/* A score for each candidate; NAN: left out. False: *fault_r says why there is none. */
bool lua_strategy_score(struct lua_strategy *s, const struct choice *choice, double *score_r,
			struct fault *fault_r) MUST_CHECK;

/* Runs it once on made-up candidates. False: it asked for a field that does not exist, and *fault_r
 * says for which. What else fails may be due to them. */
bool lua_strategy_try(struct lua_strategy *s, struct fault *fault_r) MUST_CHECK;

/* bytes that are put back after each decision */
size_t lua_strategy_image(const struct lua_strategy *s);

#endif
