/* expr_read.c -- operators: a recursive descent that writes steps as it goes. */
#include "conf/expr_parts.h"

#include "base/buf.h"
#include "conf/guess.h"
#include "conf/value.h"

/* A text that a field can never be is a mistake. */
static bool check_word(struct reading *r, const struct operand *field, struct str literal,
		       size_t at)
{
	char guess[GUESS_TEXT_MAX];
	struct guess g;
	struct str word;
	struct buf list;

	if (!field->words || !field->words[0] || str_absent(literal) ||
	    value_word(literal, field->words) >= 0)
		return true;
	guess_start(&g, literal);
	buf_init(&list, 120);
	for (int i = 0; !str_absent(word = value_nth_word(field->words, i)); i++) {
		guess_offer(&g, word);
		buf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(word));
	}
	expr_fault_set(r->fault, at, "it is never \"%.*s\", but one of %s%s",
		       STR_ARG(str_sub(literal, 0, 40)), buf_cstr(&list), guess_text(&g, guess));
	buf_release(&list);
	return false;
}

/* --- operators, those that bind closest first --- */

static bool read_signed(struct reading *r, struct operand *o)
{
	if (!at_symbol(r, "-"))
		return read_value(r, o);
	if (++r->nesting > EXPR_NESTING_MAX)
		return expr_fault_set(r->fault, r->now.at, "nested too deeply");
	if (!reading_next(r) || !read_signed(r, o) || !must_be(r, o, CUSTOM_NUMBER, "-"))
		return false;
	r->nesting--;
	return add_op(r, EXPR_NEGATE, 0);
}

static bool read_product(struct reading *r, struct operand *o)
{
	if (!read_signed(r, o))
		return false;
	while (at_symbol(r, "*") || at_symbol(r, "/")) {
		bool divides = at_symbol(r, "/");
		const char *sign = divides ? "/" : "*";
		struct operand b;

		if (!must_be(r, o, CUSTOM_NUMBER, sign) || !reading_next(r) ||
		    !read_signed(r, &b) || !must_be(r, &b, CUSTOM_NUMBER, sign) ||
		    !add_op(r, divides ? EXPR_DIVIDE : EXPR_MULTIPLY, -1))
			return false;
	}
	return true;
}

static bool read_sum(struct reading *r, struct operand *o)
{
	if (!read_product(r, o))
		return false;
	while (at_symbol(r, "+") || at_symbol(r, "-")) {
		bool subtracts = at_symbol(r, "-");
		const char *sign = subtracts ? "-" : "+";
		struct operand b;

		if (!must_be(r, o, CUSTOM_NUMBER, sign) || !reading_next(r) ||
		    !read_product(r, &b) || !must_be(r, &b, CUSTOM_NUMBER, sign) ||
		    !add_op(r, subtracts ? EXPR_SUBTRACT : EXPR_ADD, -1))
			return false;
	}
	return true;
}

static bool read_item(struct reading *r, const struct operand *o)
{
	struct expr_token word = r->now;
	bool negative = at_symbol(r, "-");
	struct operand item;

	if (negative && !reading_next(r))
		return false;
	if (r->now.type != TOKEN_NUMBER && (negative || r->now.type != TOKEN_TEXT))
		return expr_fault_set(r->fault, r->now.at,
				      "a list holds numbers or texts as they are");
	if (!read_literal(r, &item))
		return false;
	r->height--;
	if (negative)
		r->steps[r->n - 1].value.number *= -1;
	return must_be(r, &item, o->type, "in") && check_word(r, o, item.literal, word.at);
}

/* behind `in` */
static bool read_list(struct reading *r, const struct operand *o)
{
	size_t list = r->n;

	if (o->type == CUSTOM_TRUTH)
		return must_be(r, o, CUSTOM_TEXT, "in");
	if (!add_op(r, o->type == CUSTOM_TEXT ? EXPR_IN_TEXTS : EXPR_IN_NUMBERS, 0) ||
	    !expect_symbol(r, "["))
		return false;
	do {
		if (r->n > list + 1 && !reading_next(r))
			return false;
		if (!read_item(r, o))
			return false;
	} while (at_symbol(r, ","));
	land(r, list);
	return expect_symbol(r, "]");
}

static bool read_membership(struct reading *r, struct operand *o)
{
	bool negated = at_word(r, "not");

	if (negated && !reading_next(r))
		return false;
	if (!at_word(r, "in"))
		return expr_fault_set(r->fault, r->now.at, "`not` here must be followed by `in`");
	if (!reading_next(r) || !read_list(r, o))
		return false;
	*o = (struct operand){ .type = CUSTOM_TRUTH, .at = o->at };
	return !negated || add_op(r, EXPR_NOT, 0);
}

/* a > b is not (a <= b), and so on */
static const struct comparison {
	const char *symbol;
	enum expr_op op;
	bool negated;
} comparisons[] = {
	{ "==", EXPR_SAME_NUMBER, false }, { "!=", EXPR_SAME_NUMBER, true },
	{ "<", EXPR_LESS, false },         { "<=", EXPR_LESS_EQUAL, false },
	{ ">", EXPR_LESS_EQUAL, true },    { ">=", EXPR_LESS, true },
};

static const struct comparison *at_comparison(const struct reading *r)
{
	for (size_t i = 0; i < COUNT_OF(comparisons); i++)
		if (at_symbol(r, comparisons[i].symbol))
			return &comparisons[i];
	return NULL;
}

static enum expr_op same_op(enum custom_type t)
{
	return t == CUSTOM_NUMBER ? EXPR_SAME_NUMBER
	       : t == CUSTOM_TEXT ? EXPR_SAME_TEXT
				  : EXPR_SAME_TRUTH;
}

static bool read_comparison(struct reading *r, struct operand *o)
{
	const struct comparison *c;
	struct operand b;
	bool equality;

	if (!read_sum(r, o))
		return false;
	if (at_word(r, "in") || at_word(r, "not"))
		return read_membership(r, o);
	c = at_comparison(r);
	if (!c)
		return true;
	equality = c->op == EXPR_SAME_NUMBER;
	if ((!equality && !must_be(r, o, CUSTOM_NUMBER, c->symbol)) || !reading_next(r) ||
	    !read_sum(r, &b) || !must_be(r, &b, o->type, c->symbol) ||
	    !check_word(r, o, b.literal, b.at) || !check_word(r, &b, o->literal, o->at) ||
	    !add_op(r, equality ? same_op(o->type) : c->op, -1))
		return false;
	*o = (struct operand){ .type = CUSTOM_TRUTH, .at = o->at };
	if (at_comparison(r))
		return expr_fault_set(r->fault, r->now.at,
				      "comparisons do not chain; write `a < b and b < c`");
	return !c->negated || add_op(r, EXPR_NOT, 0);
}

static bool read_not(struct reading *r, struct operand *o)
{
	size_t at = r->now.at;

	if (!at_word(r, "not"))
		return read_comparison(r, o);
	if (++r->nesting > EXPR_NESTING_MAX)
		return expr_fault_set(r->fault, at, "nested too deeply");
	if (!reading_next(r) || !read_not(r, o) || !must_be(r, o, CUSTOM_TRUTH, "not"))
		return false;
	r->nesting--;
	*o = (struct operand){ .type = CUSTOM_TRUTH, .at = at };
	return add_op(r, EXPR_NOT, 0);
}

typedef bool read_f(struct reading *r, struct operand *o);

/* a word b word c ...: the later ones are looked at only when they matter */
static bool read_chain(struct reading *r, const char *word, enum expr_op op, read_f *read_part,
		       struct operand *o)
{
	if (!read_part(r, o))
		return false;
	while (at_word(r, word)) {
		struct operand b;
		size_t jump;

		if (!must_be(r, o, CUSTOM_TRUTH, word) || !reading_next(r) ||
		    !add_jump(r, op, -1, &jump) || !read_part(r, &b) ||
		    !must_be(r, &b, CUSTOM_TRUTH, word))
			return false;
		land(r, jump);
		*o = (struct operand){ .type = CUSTOM_TRUTH, .at = o->at };
	}
	return true;
}

static bool read_and(struct reading *r, struct operand *o)
{
	return read_chain(r, "and", EXPR_AND, read_not, o);
}

bool read_any(struct reading *r, struct operand *o)
{
	if (++r->nesting > EXPR_NESTING_MAX)
		return expr_fault_set(r->fault, r->now.at, "nested too deeply");
	if (!read_chain(r, "or", EXPR_OR, read_and, o))
		return false;
	r->nesting--;
	return true;
}

bool expr_read(struct arena *a, struct str text, enum expr_about about, enum custom_type gives,
	       struct expr *expr_r, struct expr_fault *fault_r)
{
	struct reading r = { .a = a, .about = about, .fault = fault_r };
	struct operand whole;

	if (text.n > EXPR_TEXT_MAX)
		return expr_fault_set(fault_r, 0, "longer than %d bytes", EXPR_TEXT_MAX);
	r.lexer.text = arena_str(a, text);
	if (!reading_next(&r) || !read_any(&r, &whole))
		return false;
	if (r.now.type != TOKEN_END)
		return expr_fault_set(fault_r, r.now.at, "`%.*s` where the expression could end",
				      STR_ARG(str_sub(r.now.text, 0, 40)));
	if (whole.type != gives)
		return expr_fault_set(fault_r, whole.at, "this is %s, and must be %s",
				      custom_type_text(whole.type), custom_type_text(gives));
	*expr_r = (struct expr){ r.lexer.text, r.steps, (uint32_t)r.n };
	return true;
}
