/*
 * expr_parts.h -- what the two halves of the reader of expressions share: values and operators.
 *
 * A read_*() function leaves one value on the machine's stack and says its type. The height of the
 * stack is counted along, so that the machine need not look.
 */
#ifndef CONF_EXPR_PARTS_H
#define CONF_EXPR_PARTS_H

#include "conf/expr_read.h"

#define EXPR_NESTING_MAX 32

struct reading {
	struct arena *a;
	struct expr_lexer lexer;
	struct expr_token now; /* the word to be read next */
	enum expr_about about;
	struct expr_step *steps;
	size_t n, cap;
	uint32_t nesting, height;
	struct expr_fault *fault;
};

/* what was just read */
struct operand {
	enum custom_type type;
	size_t at;          /* where it begins */
	const char *words;  /* of a field: all that it can be; "" = anything */
	struct str literal; /* a text as it stands; absent = something else */
};

/* a whole expression, to its end or to what cannot belong to it */
bool read_any(struct reading *r, struct operand *o) MUST_CHECK;
/* a number, text, field, call, or an expression in brackets */
bool read_value(struct reading *r, struct operand *o) MUST_CHECK;
/* a number, a text, true or false, as it stands */
bool read_literal(struct reading *r, struct operand *o) MUST_CHECK;

/* --- words --- */

bool reading_next(struct reading *r) MUST_CHECK;
bool at_symbol(const struct reading *r, const char *symbol);
bool at_word(const struct reading *r, const char *word);
/* this symbol, else a fault; and on to the next word */
bool expect_symbol(struct reading *r, const char *symbol) MUST_CHECK;

/* --- steps --- */

/* Adds a step; the stack is higher by `rise` behind it. */
bool add_step(struct reading *r, struct expr_step step, int rise) MUST_CHECK;
bool add_op(struct reading *r, enum expr_op op, int rise) MUST_CHECK;
/* A jump whose length is not known yet: land() makes it lead to what comes next. */
bool add_jump(struct reading *r, enum expr_op op, int rise, size_t *jump_r) MUST_CHECK;
void land(struct reading *r, size_t jump);

/* --- types --- */

/* "a number" */
const char *custom_type_text(enum custom_type t);
/* Is it of this type? Else a fault: `who` takes another. */
bool must_be(struct reading *r, const struct operand *o, enum custom_type want,
	     const char *who) MUST_CHECK;

#endif
