/*
 * expr_lex.h -- the words of an expression.
 */
#ifndef CONF_EXPR_LEX_H
#define CONF_EXPR_LEX_H

#include "base/obj.h"
#include "base/str.h"

enum expr_token_type {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_TEXT,
	TOKEN_NAME,   /* of a field or function, or a word of the language */
	TOKEN_SYMBOL, /* "(", "<=" ... */
};

struct expr_token {
	enum expr_token_type type;
	struct str text; /* as written; of a TOKEN_TEXT without its quotes */
	size_t at;       /* byte of the expression */
	double number;
};

/* Why an expression cannot be read, and at which byte of it. */
struct expr_fault {
	size_t at;
	char text[200];
};

struct expr_lexer {
	struct str text;
	size_t at;
};

/* False: *fault_r says why what stands here is no word. */
bool expr_lex(struct expr_lexer *l, struct expr_token *token_r,
	      struct expr_fault *fault_r) MUST_CHECK;

/* returns false, so that one can write: return expr_fault_set(f, at, "..."); */
bool expr_fault_set(struct expr_fault *f, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
