/* expr_lex.c -- the words of an expression. */
#include "conf/expr_lex.h"

#include <math.h>
#include <stdarg.h>

#include "conf/value.h"

#define NUMBER_MAX 40 /* bytes */

bool expr_fault_set(struct expr_fault *f, size_t at, const char *fmt, ...)
{
	va_list ap;

	f->at = at;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* the byte so far ahead; NUL behind the end, which no text of conf/node.h has inside */
static char ahead(const struct expr_lexer *l, size_t n)
{
	return l->at + n < l->text.n ? l->text.p[l->at + n] : '\0';
}

static size_t digits(const struct expr_lexer *l, size_t from)
{
	size_t n = from;

	while (is_digit(ahead(l, n)))
		n++;
	return n;
}

/* "12", "0.5", "1e-3" */
static size_t number_length(const struct expr_lexer *l)
{
	size_t n = digits(l, 0), exponent;

	if (ahead(l, n) == '.' && is_digit(ahead(l, n + 1)))
		n = digits(l, n + 1);
	if (ahead(l, n) != 'e' && ahead(l, n) != 'E')
		return n;
	exponent = n + 1 + (ahead(l, n + 1) == '-' || ahead(l, n + 1) == '+');
	return is_digit(ahead(l, exponent)) ? digits(l, exponent) : n;
}

static bool lex_number(struct expr_lexer *l, struct expr_token *t, struct expr_fault *f)
{
	char text[NUMBER_MAX + 1];

	t->type = TOKEN_NUMBER;
	t->text = str_sub(l->text, l->at, l->at + number_length(l));
	if (!str_copy(text, sizeof(text), t->text))
		return expr_fault_set(f, t->at, "a number of more than %d characters", NUMBER_MAX);
	t->number = strtod(text, NULL);
	if (!isfinite(t->number))
		return expr_fault_set(f, t->at, "%s is larger than any number here", text);
	l->at += t->text.n;
	return true;
}

/* "a" or 'a'. A backslash is a backslash. */
static bool lex_text(struct expr_lexer *l, struct expr_token *t, struct expr_fault *f)
{
	struct str rest = str_sub(l->text, l->at + 1, l->text.n);
	ptrdiff_t n = str_chr(rest, ahead(l, 0));

	if (n < 0)
		return expr_fault_set(f, t->at, "this text has no closing %c", ahead(l, 0));
	if (n > 0 && !value_is_printable(str_sub(rest, 0, (size_t)n)))
		return expr_fault_set(f, t->at, "this text has a control character in it");
	t->type = TOKEN_TEXT;
	t->text = str_sub(rest, 0, (size_t)n);
	l->at += (size_t)n + 2;
	return true;
}

static void lex_name(struct expr_lexer *l, struct expr_token *t)
{
	size_t n = 0;

	while (is_letter(ahead(l, n)) || is_digit(ahead(l, n)))
		n++;
	t->type = TOKEN_NAME;
	t->text = str_sub(l->text, l->at, l->at + n);
	l->at += n;
}

/* what other languages write, and what is written here */
static const struct {
	const char *theirs, *ours;
} habits[] = {
	{ "&&", "and" },
	{ "||", "or" },
	{ "&", "and" },
	{ "|", "or" },
	{ "!", "not" },
	{ "=", "==" },
	{ "?", "if(condition, then, else)" },
};

static const char *const symbols[] = { "==", "!=", "<=", ">=", "<", ">", "+", "-",
				       "*",  "/",  "(",  ")",  "[", "]", ",", "." };

static bool stands(const struct expr_lexer *l, const char *word)
{
	return str_starts(str_sub(l->text, l->at, l->text.n), str_of(word));
}

static bool lex_symbol(struct expr_lexer *l, struct expr_token *t, struct expr_fault *f)
{
	unsigned char c = (unsigned char)ahead(l, 0);

	for (size_t i = 0; i < COUNT_OF(symbols); i++) {
		if (!stands(l, symbols[i]))
			continue;
		t->type = TOKEN_SYMBOL;
		t->text = str_of(symbols[i]);
		l->at += t->text.n;
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(habits); i++)
		if (stands(l, habits[i].theirs))
			return expr_fault_set(f, t->at, "`%s` has no meaning here; write `%s`",
					      habits[i].theirs, habits[i].ours);
	if (c <= ' ' || c > '~')
		return expr_fault_set(f, t->at, "this character has no meaning here");
	return expr_fault_set(f, t->at, "`%c` has no meaning here", c);
}

bool expr_lex(struct expr_lexer *l, struct expr_token *token_r, struct expr_fault *fault_r)
{
	while (is_blank(ahead(l, 0)))
		l->at++;
	*token_r = (struct expr_token){ .type = TOKEN_END, .at = l->at };
	if (l->at == l->text.n)
		return true;
	if (is_digit(ahead(l, 0)))
		return lex_number(l, token_r, fault_r);
	if (ahead(l, 0) == '"' || ahead(l, 0) == '\'')
		return lex_text(l, token_r, fault_r);
	if (!is_letter(ahead(l, 0)))
		return lex_symbol(l, token_r, fault_r);
	lex_name(l, token_r);
	return true;
}
