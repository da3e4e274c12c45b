/* expr_steps.c -- what readers of expressions do all the time: the next word, one more step. */
#include "conf/expr_parts.h"

/* --- words --- */

bool reading_next(struct reading *r)
{
	return expr_lex(&r->lexer, &r->now, r->fault);
}

bool at_symbol(const struct reading *r, const char *symbol)
{
	return r->now.type == TOKEN_SYMBOL && str_is(r->now.text, symbol);
}

bool at_word(const struct reading *r, const char *word)
{
	return r->now.type == TOKEN_NAME && str_is(r->now.text, word);
}

bool expect_symbol(struct reading *r, const char *symbol)
{
	if (at_symbol(r, symbol))
		return reading_next(r);
	if (r->now.type == TOKEN_END)
		return expr_fault_set(r->fault, r->now.at, "`%s` is missing at the end", symbol);
	return expr_fault_set(r->fault, r->now.at, "`%.*s` where `%s` was expected",
			      STR_ARG(str_sub(r->now.text, 0, 40)), symbol);
}

/* --- steps --- */

/* Adds a step; the stack is higher by `rise` behind it. */
bool add_step(struct reading *r, struct expr_step step, int rise)
{
	struct expr_step *slot;

	r->height = (uint32_t)((int)r->height + rise);
	if (r->height > EXPR_STACK_MAX || r->n == EXPR_STEPS_MAX)
		return expr_fault_set(r->fault, r->now.at, "the expression is too long");
	slot = ARENA_PUSH(r->a, r->steps, r->n, r->cap);
	if (!slot)
		return expr_fault_set(r->fault, r->now.at, "no memory for the expression");
	*slot = step;
	return true;
}

bool add_op(struct reading *r, enum expr_op op, int rise)
{
	return add_step(r, (struct expr_step){ .op = op }, rise);
}

/* A jump whose length is not known yet: land() sets it. */
bool add_jump(struct reading *r, enum expr_op op, int rise, size_t *jump_r)
{
	*jump_r = r->n;
	return add_op(r, op, rise);
}

/* what comes next is where the jump leads */
void land(struct reading *r, size_t jump)
{
	r->steps[jump].n = (uint32_t)(r->n - jump - 1);
}

/* --- types --- */

const char *custom_type_text(enum custom_type t)
{
	static const char *const texts[] = { "true or false", "a number", "a text" };

	return texts[t];
}

bool must_be(struct reading *r, const struct operand *o, enum custom_type want, const char *who)
{
	if (o->type == want)
		return true;
	return expr_fault_set(r->fault, o->at, "`%s` takes %s, and this is %s", who,
			      custom_type_text(want), custom_type_text(o->type));
}
