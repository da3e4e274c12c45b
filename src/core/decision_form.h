/* decision_form.h -- the members of a decision record (doc/explain.md). */
#ifndef CORE_DECISION_FORM_H
#define CORE_DECISION_FORM_H

#include "core/form.h"

extern const struct form decision_form; /* struct decision */
extern const struct form terms_form;    /* struct terms */

#endif
