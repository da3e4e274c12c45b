/* wish.c -- what is asked of the choice of a model, read and joined. */
#include "core/wish.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/scrub.h"

enum join { LATEST, LEAST, MOST };

static const struct {
	const char *name;
	size_t offset;
	double fallback, least, most;
	enum join join;
} wishes[] = {
#define WISH(name, fallback, least, most, join, text) \
	{ #name, offsetof(struct wish, name), fallback, least, most, join },
#include "tbl/wishes.h"
#undef WISH
};

static const char names[] =
#define WISH(name, fallback, least, most, join, text) ", " #name
#include "tbl/wishes.h"
#undef WISH
	;

#define LONGEST_NUMBER 32

static double *member(struct wish *w, size_t i)
{
	return (double *)((char *)w + wishes[i].offset);
}

static double said(const struct wish *w, size_t i)
{
	return *(const double *)((const char *)w + wishes[i].offset);
}

void wish_unsaid(struct wish *w)
{
	w->strategy = STR_NONE;
	for (size_t i = 0; i < COUNT_OF(wishes); i++)
		*member(w, i) = NAN;
}

void wish_default(struct wish *w)
{
	w->strategy = STR("order");
	for (size_t i = 0; i < COUNT_OF(wishes); i++)
		*member(w, i) = wishes[i].fallback;
}

void wish_fill(struct wish *w)
{
	for (size_t i = 0; i < COUNT_OF(wishes); i++)
		if (isnan(said(w, i)))
			*member(w, i) = wishes[i].fallback;
}

static bool read_number(struct str text, double *number_r)
{
	char room[LONGEST_NUMBER], *end;

	if (text.n == 0 || !str_copy(room, sizeof(room), text))
		return false;
	for (const char *c = room; *c; c++)
		if ((*c < '0' || *c > '9') && *c != '.')
			return false;
	*number_r = strtod(room, &end);
	return *end == '\0';
}

enum err wish_set(struct wish *w, struct str name, struct str number, const char *param,
		  struct fault *fault_r)
{
	double value;

	for (size_t i = 0; i < COUNT_OF(wishes); i++) {
		if (!str_is(name, wishes[i].name))
			continue;
		if (!read_number(number, &value) || value < wishes[i].least ||
		    value > wishes[i].most)
			return fault_set(fault_r, ERR_VALUE, param,
					 "'%s' in '%s' must be a number from %.9g to %.9g",
					 wishes[i].name, param, wishes[i].least, wishes[i].most);
		*member(w, i) = value;
		return ERR_OK;
	}
	if (!scrub_may_tell(name))
		name = STR("of that name");
	return fault_set(fault_r, ERR_VALUE, param,
			 "'%s': there is no parameter %.*s; there are %s", param, STR_ARG(name),
			 names + strlen(", "));
}

enum err wish_read(struct str text, const char *param, struct wish *w, struct fault *fault_r)
{
	while (text.n) {
		struct str number = str_trim(str_cut(&text, ';'));
		struct str name = str_trim(str_cut(&number, '='));
		enum err e;

		if (str_absent(number)) {
			if (name.n)
				w->strategy = name;
			continue;
		}
		e = wish_set(w, name, str_trim(number), param, fault_r);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static double joined(enum join join, double before, double later)
{
	if (isnan(before) || isnan(later))
		return isnan(later) ? before : later;
	switch (join) {
	case LEAST: return before < later ? before : later;
	case MOST: return before > later ? before : later;
	default: return later;
	}
}

void wish_join(struct wish *w, const struct wish *later)
{
	if (!str_absent(later->strategy))
		w->strategy = later->strategy;
	for (size_t i = 0; i < COUNT_OF(wishes); i++)
		*member(w, i) = joined(wishes[i].join, said(w, i), said(later, i));
}
