/* plan.c -- the reasons why candidates are left out; a plan in little room. */
#include "model/plan.h"

#include <assert.h>
#include <stdlib.h>

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

/* --- in little room --- */

/* where the lists behind the candidates begin, and where they end */
struct layout {
	size_t given, rejected, end;
};

static struct layout layout_of(const struct plan *p)
{
	struct layout l;

	l.given = offsetof(struct plan, candidates) + p->n * sizeof(p->candidates[0]);
	l.rejected = l.given + p->n_given * sizeof(p->given[0]);
	l.end = l.rejected + p->n_rejected * sizeof(p->rejected[0]);
	return l;
}

struct plan *plan_pack(const struct plan *p)
{
	const struct layout l = layout_of(p);
	char *to = malloc(l.end);
	struct plan *packed = (struct plan *)(void *)to;

	assert(!p->packed);
	if (!packed)
		return NULL;
	memcpy(to, p, l.given);
	memcpy(to + l.given, p->given, l.rejected - l.given);
	memcpy(to + l.rejected, p->rejected, l.end - l.rejected);
	packed->packed = true;
	return packed;
}

void plan_unpack(const struct plan *packed, struct plan *plan_r)
{
	const struct layout l = layout_of(packed);
	const char *from = (const char *)packed;

	assert(packed->packed);
	memcpy(plan_r, from, l.given);
	memcpy(plan_r->given, from + l.given, l.rejected - l.given);
	memcpy(plan_r->rejected, from + l.rejected, l.end - l.rejected);
	plan_r->packed = false;
}
