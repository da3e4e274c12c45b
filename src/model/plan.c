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

static const struct {
	const char *name;
	enum rejection rejection;
} standings[STANDING_COUNT] = {
#define STANDING(name, rejection, text) { #name, rejection },
#include "tbl/standings.h"
#undef STANDING
};

const char *standing_name(enum standing s)
{
	return standings[s].name;
}

enum rejection standing_rejection(enum standing s)
{
	return standings[s].rejection;
}

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
