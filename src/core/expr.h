/*
 * expr.h -- expressions of the configuration: what they are after reading, and their value.
 *
 * conf/expr_read.h turns a text into steps for a small stack machine, with every type checked, and
 * jumps that lead forward only. So running one takes at most as many steps as it has, allocates
 * nothing, and can fail in one way: a number that is not finite.
 */
#ifndef CORE_EXPR_H
#define CORE_EXPR_H

#include "core/custom_field.h"

#define EXPR_STACK_MAX 32 /* values held at one time */
#define EXPR_STEPS_MAX 2000

enum expr_op {
	EXPR_VALUE,       /* push step.value */
	EXPR_FIELD,       /* push step.field of the request or the candidate at hand */
	EXPR_FIRST_FIELD, /* of the first candidate */
	EXPR_NOT,
	EXPR_NEGATE,
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY,
	EXPR_DIVIDE,
	EXPR_LESS,
	EXPR_LESS_EQUAL,
	EXPR_SAME_NUMBER,
	EXPR_SAME_TEXT,
	EXPR_SAME_TRUTH,
	EXPR_IN_NUMBERS, /* is the top among the values of the n steps that follow? They are
			    skipped. */
	EXPR_IN_TEXTS,
	EXPR_JUMP,   /* skip n steps */
	EXPR_UNLESS, /* pop; when it is false, skip n steps */
	EXPR_AND,    /* when the top is false skip n steps, else pop */
	EXPR_OR,     /* when the top is true skip n steps, else pop */
	EXPR_CALL,   /* step.function, with as many values as it takes */
};

struct expr_function {
	const char *name;
	const char *takes; /* a letter for each argument: n a number, t a text */
	enum custom_type gives;
	const char *text;
	struct custom_value (*run)(const struct custom_value *arguments);
};

struct expr_step {
	enum expr_op op;
	uint32_t n;
	union {
		struct custom_value value;
		const struct custom_field *field;
		const struct expr_function *function;
	};
};

struct expr {
	struct str text;
	const struct expr_step *steps;
	uint32_t n;
};

/* whose fields they are; candidate and first are NULL for an expression about the request alone */
struct expr_scope {
	const struct facts *facts;
	const struct candidate *candidate, *first;
};

/* False: a number on the way is not finite, such as a division by zero. */
bool expr_run(const struct expr *e, const struct expr_scope *scope,
	      struct custom_value *value_r) MUST_CHECK;

/* NULL: there is none of that name */
const struct expr_function *expr_function(struct str name);
/* walk them: NULL behind the last */
const struct expr_function *expr_function_nth(size_t i);

#endif
