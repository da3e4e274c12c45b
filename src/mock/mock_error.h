/*
 * mock_error.h -- errors in the vendors' own words.
 *
 * Some are found by the checks, some are ordered by a rule under a name
 * ("overloaded") that means the like with every vendor.
 */
#ifndef MOCK_MOCK_ERROR_H
#define MOCK_MOCK_ERROR_H

#include "base/buf.h"
#include "base/str.h"
#include "mock/mock_model.h"

struct mock_error {
	int status;
	const char *type, *code; /* NULL: null */
	struct str param;        /* absent: null */
	struct str message;
	const char *details; /* Anthropic: error.details as JSON, or NULL */
};

/* An error by name; false: this vendor has none of that name. Text is static. */
bool mock_error_named(enum mock_vendor v, struct str name, struct mock_error *error_r);
/* is there a vendor that has it? */
bool mock_error_known(struct str name);
/* the one that fits a status best, for rules that give a number only */
void mock_error_of_status(enum mock_vendor v, int status, struct mock_error *error_r);

#endif
