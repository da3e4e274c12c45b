/* expr.c -- the machine that runs expressions, and the functions they can call. */
#include "core/expr.h"

#include <math.h>

/* --- functions --- */

#define RESULT_TRUTH(v)      \
	{                    \
		.truth = (v) \
	}
#define RESULT_NUMBER(v)      \
	{                     \
		.number = (v) \
	}

#define CUSTOM_FUNCTION(name, takes, gives, result, text)                   \
	static struct custom_value run_##name(const struct custom_value *a) \
	{                                                                   \
		return (struct custom_value)RESULT_##gives(result);         \
	}
#include "tbl/custom_functions.h"
#undef CUSTOM_FUNCTION

static const struct expr_function functions[] = {
#define CUSTOM_FUNCTION(name, takes, gives, result, text) \
	{ #name, takes, CUSTOM_##gives, text, run_##name },
#include "tbl/custom_functions.h"
#undef CUSTOM_FUNCTION
};

const struct expr_function *expr_function(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (str_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

const struct expr_function *expr_function_nth(size_t i)
{
	return i < COUNT_OF(functions) ? &functions[i] : NULL;
}

/* --- the machine --- */

struct machine {
	const struct expr_scope *scope;
	struct custom_value stack[EXPR_STACK_MAX];
	uint32_t height;
	bool failed;
};

static void push(struct machine *m, struct custom_value v)
{
	m->stack[m->height++] = v;
}

static struct custom_value pop(struct machine *m)
{
	return m->stack[--m->height];
}

static void push_number(struct machine *m, double number)
{
	m->failed |= !isfinite(number);
	push(m, (struct custom_value){ .number = number });
}

static void push_truth(struct machine *m, bool truth)
{
	push(m, (struct custom_value){ .truth = truth });
}

static void push_field(struct machine *m, const struct custom_field *f, const struct candidate *of)
{
	struct custom_value v = f->get(m->scope->facts, of);

	m->failed |= f->type == CUSTOM_NUMBER && !isfinite(v.number);
	push(m, v);
}

static void combine(struct machine *m, enum expr_op op)
{
	struct custom_value b = pop(m), a = pop(m);

	switch (op) {
	case EXPR_ADD: push_number(m, a.number + b.number); break;
	case EXPR_SUBTRACT: push_number(m, a.number - b.number); break;
	case EXPR_MULTIPLY: push_number(m, a.number * b.number); break;
	case EXPR_DIVIDE: push_number(m, a.number / b.number); break;
	case EXPR_LESS: push_truth(m, a.number < b.number); break;
	case EXPR_LESS_EQUAL: push_truth(m, a.number <= b.number); break;
	case EXPR_SAME_NUMBER: push_truth(m, a.number == b.number); break;
	case EXPR_SAME_TEXT: push_truth(m, str_eq(a.text, b.text)); break;
	default: push_truth(m, a.truth == b.truth); break;
	}
}

static bool is_among(const struct expr_step *list, struct custom_value v)
{
	for (uint32_t i = 1; i <= list->n; i++) {
		const struct custom_value *item = &list[i].value;

		if (list->op == EXPR_IN_TEXTS ? str_eq(v.text, item->text)
					      : v.number == item->number)
			return true;
	}
	return false;
}

static void call(struct machine *m, const struct expr_function *f)
{
	struct custom_value result;

	m->height -= (uint32_t)strlen(f->takes);
	result = f->run(&m->stack[m->height]);
	if (f->gives == CUSTOM_NUMBER)
		push_number(m, result.number);
	else
		push(m, result);
}

/* Does the step skip those behind it? */
static bool skips(struct machine *m, const struct expr_step *s)
{
	bool top;

	switch (s->op) {
	case EXPR_JUMP: return true;
	case EXPR_UNLESS: return !pop(m).truth;
	case EXPR_IN_NUMBERS:
	case EXPR_IN_TEXTS: push_truth(m, is_among(s, pop(m))); return true;
	default:
		top = m->stack[m->height - 1].truth;
		if (top == (s->op == EXPR_OR))
			return true;
		m->height--;
		return false;
	}
}

/* how many steps to go on by */
static uint32_t take(struct machine *m, const struct expr_step *s)
{
	switch (s->op) {
	case EXPR_VALUE: push(m, s->value); break;
	case EXPR_FIELD: push_field(m, s->field, m->scope->candidate); break;
	case EXPR_FIRST_FIELD: push_field(m, s->field, m->scope->first); break;
	case EXPR_NOT: push_truth(m, !pop(m).truth); break;
	case EXPR_NEGATE: push_number(m, -pop(m).number); break;
	case EXPR_CALL: call(m, s->function); break;
	case EXPR_JUMP:
	case EXPR_UNLESS:
	case EXPR_IN_NUMBERS:
	case EXPR_IN_TEXTS:
	case EXPR_AND:
	case EXPR_OR: return skips(m, s) ? 1 + s->n : 1;
	default: combine(m, s->op); break;
	}
	return 1;
}

bool expr_run(const struct expr *e, const struct expr_scope *scope, struct custom_value *value_r)
{
	struct machine m;

	m.scope = scope;
	m.height = 0;
	m.failed = false;
	for (uint32_t at = 0; at < e->n && !m.failed;)
		at += take(&m, &e->steps[at]);
	*value_r = m.stack[0];
	return !m.failed;
}
