/*
 * custom_field.h -- what a custom strategy can ask about a request and its candidates.
 *
 * One list for expressions, scripts and the manual (tbl/custom_fields.h). Nothing in it is a word
 * of the prompt, so that a strategy sees no more than a decision record does.
 */
#ifndef CORE_CUSTOM_FIELD_H
#define CORE_CUSTOM_FIELD_H

#include "model/plan.h"

enum custom_type { CUSTOM_TRUTH, CUSTOM_NUMBER, CUSTOM_TEXT };

/* which of them it is, its user knows */
struct custom_value {
	union {
		bool truth;
		double number;
		struct str text;
	};
};

struct custom_field {
	const char *name;
	enum custom_type type;
	bool of_candidate;
	const char *words; /* all that a text can be, "a|b|c"; "" = anything */
	const char *text;  /* for the manual */
	/* c may be NULL for a field of the request */
	struct custom_value (*get)(const struct facts *f, const struct candidate *c);
};

/* NULL: there is none of that name */
const struct custom_field *custom_field(struct str name);
/* walk them, those of the request first: NULL behind the last */
const struct custom_field *custom_field_nth(size_t i);

#endif
