/* expr_value.c -- numbers, texts, fields, calls and choices in expressions. */
#include "conf/expr_parts.h"

#include "conf/guess.h"

bool read_literal(struct reading *r, struct operand *o)
{
	struct custom_value v = { .number = r->now.number };

	*o = (struct operand){ .type = CUSTOM_NUMBER, .at = r->now.at };
	if (r->now.type == TOKEN_TEXT) {
		v.text = arena_str(r->a, r->now.text);
		o->type = CUSTOM_TEXT;
		o->literal = v.text;
	} else if (r->now.type == TOKEN_NAME) {
		v.truth = at_word(r, "true");
		o->type = CUSTOM_TRUTH;
	}
	return add_step(r, (struct expr_step){ .op = EXPR_VALUE, .value = v }, 1) &&
	       reading_next(r);
}

static bool unknown_name(struct reading *r, const struct expr_token *name)
{
	bool called = at_symbol(r, "(");
	const struct custom_field *field;
	const struct expr_function *function;
	char text[GUESS_TEXT_MAX];
	struct guess g;

	guess_start(&g, name->text);
	for (size_t i = 0; !called && (field = custom_field_nth(i)) != NULL; i++)
		guess_offer(&g, str_of(field->name));
	for (size_t i = 0; called && (function = expr_function_nth(i)) != NULL; i++)
		guess_offer(&g, str_of(function->name));
	return expr_fault_set(r->fault, name->at, "`%.*s` is no %s%s",
			      STR_ARG(str_sub(name->text, 0, 40)), called ? "function" : "field",
			      guess_text(&g, text));
}

/* name: already read */
static bool read_field(struct reading *r, const struct expr_token *name, enum expr_op op,
		       struct operand *o)
{
	const struct custom_field *f = custom_field(name->text);

	if (!f)
		return unknown_name(r, name);
	if (op == EXPR_FIRST_FIELD && !f->of_candidate)
		return expr_fault_set(r->fault, name->at,
				      "`%s` is of the request; write it without `first.`", f->name);
	if (f->of_candidate && r->about == EXPR_ABOUT_REQUEST)
		return expr_fault_set(r->fault, name->at,
				      "`%s` is of a candidate, and this is asked of the request "
				      "before there are candidates",
				      f->name);
	*o = (struct operand){ .type = f->type, .at = name->at, .words = f->words };
	return add_step(r, (struct expr_step){ .op = op, .field = f }, 1);
}

static bool read_first(struct reading *r, struct operand *o)
{
	struct expr_token name;

	if (!at_symbol(r, "."))
		return expr_fault_set(r->fault, r->now.at,
				      "behind `first` comes one of its fields, such as first.cost");
	if (!reading_next(r))
		return false;
	name = r->now;
	if (name.type != TOKEN_NAME)
		return expr_fault_set(r->fault, name.at, "behind `first.` comes a field");
	return reading_next(r) && read_field(r, &name, EXPR_FIRST_FIELD, o);
}

static bool read_call(struct reading *r, const struct expr_token *name, struct operand *o)
{
	const struct expr_function *f = expr_function(name->text);
	size_t n = f ? strlen(f->takes) : 0;

	if (!f)
		return unknown_name(r, name);
	if (!reading_next(r))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum custom_type want = f->takes[i] == 'n' ? CUSTOM_NUMBER : CUSTOM_TEXT;
		struct operand argument;

		if (i > 0 && !at_symbol(r, ","))
			return expr_fault_set(r->fault, r->now.at, "%s() takes %zu values", f->name,
					      n);
		if (i > 0 && !reading_next(r))
			return false;
		if (!read_any(r, &argument) || !must_be(r, &argument, want, f->name))
			return false;
	}
	if (at_symbol(r, ","))
		return expr_fault_set(r->fault, r->now.at, "%s() takes %zu values", f->name, n);
	*o = (struct operand){ .type = f->gives, .at = name->at };
	return expect_symbol(r, ")") &&
	       add_step(r, (struct expr_step){ .op = EXPR_CALL, .function = f }, 1 - (int)n);
}

/* if(condition, then, else) */
static bool read_if(struct reading *r, size_t at, struct operand *o)
{
	struct operand condition, other;
	size_t unless, jump;

	if (!expect_symbol(r, "(") || !read_any(r, &condition) ||
	    !must_be(r, &condition, CUSTOM_TRUTH, "if") || !add_jump(r, EXPR_UNLESS, -1, &unless) ||
	    !expect_symbol(r, ",") || !read_any(r, o) || !add_jump(r, EXPR_JUMP, -1, &jump))
		return false;
	land(r, unless);
	if (!expect_symbol(r, ",") || !read_any(r, &other))
		return false;
	land(r, jump);
	if (other.type != o->type)
		return expr_fault_set(
			r->fault, other.at,
			"both values of `if` must be of one type, and the first is %s",
			custom_type_text(o->type));
	*o = (struct operand){ .type = other.type, .at = at };
	return expect_symbol(r, ")");
}

static bool read_name(struct reading *r, struct operand *o)
{
	struct expr_token name = r->now;

	if (at_word(r, "true") || at_word(r, "false"))
		return read_literal(r, o);
	if (at_word(r, "and") || at_word(r, "or") || at_word(r, "in"))
		return expr_fault_set(r->fault, name.at, "`%.*s` where a value was expected",
				      STR_ARG(name.text));
	if (!reading_next(r))
		return false;
	if (str_is(name.text, "if"))
		return read_if(r, name.at, o);
	if (str_is(name.text, "first"))
		return read_first(r, o);
	if (at_symbol(r, "("))
		return read_call(r, &name, o);
	return read_field(r, &name, EXPR_FIELD, o);
}

bool read_value(struct reading *r, struct operand *o)
{
	struct expr_token begin = r->now;

	switch (begin.type) {
	case TOKEN_NUMBER:
	case TOKEN_TEXT: return read_literal(r, o);
	case TOKEN_NAME: return read_name(r, o);
	case TOKEN_END: return expr_fault_set(r->fault, begin.at, "a value is missing at the end");
	default: break;
	}
	if (!at_symbol(r, "("))
		return expr_fault_set(r->fault, begin.at, "`%.*s` where a value was expected",
				      STR_ARG(begin.text));
	if (!reading_next(r) || !read_any(r, o))
		return false;
	o->at = begin.at;
	o->literal = STR_NONE;
	return expect_symbol(r, ")");
}
