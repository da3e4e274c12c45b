/* tally.c -- names and counters of tallies, as Redis keeps them. */
#include "core/tally.h"

#include <math.h>

#define MILLIONTHS 1e6

static const struct {
	const char *name;
	int64_t half_life_s;
	const char *names;
} infos[TALLY_COUNT] = {
#define TALLY(name, half_life_s, names, text) { #name, half_life_s, names },
#include "tbl/tallies.h"
#undef TALLY
};

int64_t tally_half_life_us(enum tally_kind kind)
{
	return infos[kind].half_life_s * 1000000;
}

/* --- names --- */

/* the member that a letter of the table means */
static struct str *part_of(struct tally_name *name, char letter)
{
	switch (letter) {
	case 'E': return &name->endpoint;
	case 'M': return &name->model;
	case 'S': return &name->size;
	default: return &name->task;
	}
}

void tally_name_write(const struct tally_name *name, struct buf *out)
{
	struct tally_name parts = *name;

	buf_adds(out, infos[name->kind].name);
	for (const char *letter = infos[name->kind].names; *letter; letter++) {
		buf_addc(out, ' ');
		buf_add(out, *part_of(&parts, *letter));
	}
}

static bool kind_read(struct str text, enum tally_kind *kind_r)
{
	for (int k = 0; k < TALLY_COUNT; k++) {
		if (!str_is(text, infos[k].name))
			continue;
		*kind_r = (enum tally_kind)k;
		return true;
	}
	return false;
}

bool tally_name_read(struct str text, struct tally_name *name_r)
{
	*name_r = (struct tally_name){ .kind = TALLY_COUNT };
	if (!kind_read(str_cut(&text, ' '), &name_r->kind))
		return false;
	for (const char *letter = infos[name_r->kind].names; *letter; letter++) {
		struct str part = str_absent(text) ? STR_NONE : str_cut(&text, ' ');

		if (part.n == 0)
			return false;
		*part_of(name_r, *letter) = part;
	}
	return str_absent(text);
}

/* --- counters --- */

void tally_write(const struct sketch *counters, struct buf *out)
{
	const char *space = "";

	for (int i = 0; i < SKETCH_BUCKETS; i++) {
		int64_t count = llround(counters->counts[i] * MILLIONTHS);

		if (count <= 0)
			continue;
		buf_printf(out, "%s%d:%lld", space, i, (long long)count);
		space = " ";
	}
}

bool tally_read(struct str text, enum tally_kind kind, int64_t now_us, struct sketch *counters_r)
{
	int64_t at_us, age_us;
	double worth;

	*counters_r = (struct sketch){ 0 };
	if (!str_i64(str_cut(&text, ' '), &at_us))
		return false;
	age_us = now_us > at_us ? now_us - at_us : 0;
	worth = exp2(-(double)age_us / (double)tally_half_life_us(kind)) / MILLIONTHS;
	while (text.n > 0) {
		struct str count = str_cut(&text, ' '), counter = str_cut(&count, ':');
		int64_t i, n;

		if (str_absent(count) || !str_i64(counter, &i) || !str_i64(count, &n) || n < 0 ||
		    !sketch_add_count(counters_r, i, (double)n * worth))
			return false;
	}
	return true;
}
