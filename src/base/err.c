/* err.c -- the error table, and filling a fault. */
#include "base/err.h"

#include <stdarg.h>

#define NO    ERR_RETRY_NO
#define YES   ERR_RETRY_YES
#define MAYBE ERR_RETRY_MAYBE

static const struct err_info infos[ERR_COUNT] = {
	[ERR_OK] = { "OK", 200, "", "", ERR_RETRY_MAYBE, "no error" },
#define ERR(name, http, type, code, retry, text) \
	[ERR_##name] = { #name, http, type, code, retry, text },
#include "tbl/errors.h"
#undef ERR
};

const struct err_info *err_info(enum err e)
{
	return &infos[e];
}

enum err fault_set(struct fault *f, enum err code, const char *param, const char *fmt, ...)
{
	va_list ap;

	*f = (struct fault){ .code = code };
	str_copy(f->param, sizeof(f->param), str_of(param));
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return code;
}
