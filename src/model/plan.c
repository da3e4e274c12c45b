/* plan.c -- the reasons why candidates are left out. */
#include "model/plan.h"

static const struct {
	const char *name, *text;
	enum err code;
} rejections[] = {
#define REJECTION(name, error, text) { #name, text, error },
#include "tbl/rejections.h"
#undef REJECTION
};

const char *rejection_name(enum rejection r)
{
	return rejections[r].name;
}

const char *rejection_text(enum rejection r)
{
	return rejections[r].text;
}

enum err rejection_error(enum rejection r)
{
	return rejections[r].code;
}
