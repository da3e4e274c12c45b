/* fuzz_json.h -- a second opinion on JSON: what does jansson say of the same bytes? */
#ifndef FUZZ_FUZZ_JSON_H
#define FUZZ_FUZZ_JSON_H

#include "fuzz.h"

enum opinion {
	OPINION_GOOD,
	OPINION_BAD,
	/* well formed, but more than jansson can hold: a number beyond doubles, half of a
	 * surrogate pair, a NUL in a name */
	OPINION_BEYOND,
};

/*
 * reading: NULL, or becomes what was read, in a form that can be compared: each value is a
 * letter and what follows.  z f t (null, false, true)   n1.5 (%.17g)   s2:hi (bytes, text)
 * [2 (elements; they follow)   {1 (members; each name is a string, its value follows)
 */
enum opinion json_opinion(struct str text, struct buf *reading);

/* Both readers take it, else a finding; `what` says whose output it is. */
void json_must_be_good(struct str text, const char *what);

#endif
