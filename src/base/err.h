/*
 * err.h -- what went wrong, in one small struct.
 *
 * A fault is filled once, where it happens, and travels unchanged to the one
 * place that answers or logs it. Its text goes to clients: it names what was
 * wrong and never holds a secret or a piece of a prompt.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/obj.h"
#include "base/str.h"

enum err {
	ERR_OK,
#define ERR(name, http, type, code, retry, text) ERR_##name,
#include "tbl/errors.h"
#undef ERR
	ERR_COUNT
};

enum err_retry { ERR_RETRY_NO, ERR_RETRY_YES, ERR_RETRY_MAYBE };

struct err_info {
	const char *name; /* for logs: "BUDGET" */
	int http;
	const char *type, *code;
	enum err_retry retry;
	const char *text;
};

const struct err_info *err_info(enum err e);

struct fault {
	enum err code;
	int retry_after_s; /* 0 = none known */
	char param[64];    /* the request member at fault, "" = none */
	char text[320];
};

/* Fill f; returns code, so that one can write: return fault_set(f, ERR_VALUE, "n", "n is ..."). */
enum err fault_set(struct fault *f, enum err code, const char *param, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

#endif
