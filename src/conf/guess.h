/*
 * guess.h -- "did you mean ...?" for a word that is not known.
 */
#ifndef CONF_GUESS_H
#define CONF_GUESS_H

#include "base/str.h"

struct guess {
	struct str word; /* what was written */
	struct str best; /* the nearest of what was offered; absent = nothing is near */
	size_t distance;
};

#define GUESS_TEXT_MAX 96

void guess_start(struct guess *g, struct str word);
/* candidate must live as long as g */
void guess_offer(struct guess *g, struct str candidate);
/* "; did you mean \"...\"?", or "" */
const char *guess_text(const struct guess *g, char dst[GUESS_TEXT_MAX]);

#endif
