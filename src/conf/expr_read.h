/*
 * expr_read.h -- the text of an expression to steps (core/expr.h), every type checked.
 *
 *   expression  = choice of: `or`, `and`, `not`, one comparison, sum, product, sign
 *   comparison  = sum (== | != | < | <= | > | >=) sum | sum [not] in [literal, ...]
 *   value       = number | "text" | true | false | field | first.field | function(...)
 *               | if(condition, then, else) | (expression)
 *
 * No loops, no variables, no state: what can be written ends, and soon.
 */
#ifndef CONF_EXPR_READ_H
#define CONF_EXPR_READ_H

#include "base/arena.h"
#include "conf/expr_lex.h"
#include "core/expr.h"

#define EXPR_TEXT_MAX 4000 /* bytes */

enum expr_about { EXPR_ABOUT_REQUEST, EXPR_ABOUT_CANDIDATE };

/* Steps and text go into a. False: *fault_r says what is wrong, and where. */
bool expr_read(struct arena *a, struct str text, enum expr_about about, enum custom_type gives,
	       struct expr *expr_r, struct expr_fault *fault_r) MUST_CHECK;

#endif
