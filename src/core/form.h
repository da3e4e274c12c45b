/*
 * form.h -- structs as JSON objects, by a table of their members.
 *
 * One table writes and reads, so what was written is read back, to the last bit of a
 * double. What is 0, false, empty or not set is left out. Names are the members' own.
 */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include "base/err.h"
#include "base/json.h"

enum form_kind {
	FORM_INT,    /* int64_t */
	FORM_COUNT,  /* uint32_t */
	FORM_BYTE,   /* uint8_t */
	FORM_HEX,    /* uint64_t, as 16 digits */
	FORM_REAL,   /* double; NaN is null, infinity "inf" */
	FORM_SAID,   /* double; NaN is left out, and 0 is not */
	FORM_FLAG,   /* bool */
	FORM_TEXT,   /* struct str; absent is left out */
	FORM_WORD,   /* an enum: one of words, the first of which is left out */
	FORM_WORDS,  /* uint32_t, bits: those of words that are set */
	FORM_COUNTS, /* int64_t[words->n]: an object with a member for each word */
	FORM_PART,   /* a struct */
	FORM_LIST,   /* structs, at most `most`; their number is a uint32_t at count_at */
};

struct form_words {
	const char *const *at;
	size_t n;
};

struct form {
	const struct form_field *fields;
	size_t n;
	size_t size; /* of the struct */
	bool whole;  /* nothing is left out, for readers that want every member */
};

struct form_field {
	const char *name;
	struct str key; /* as it is written: "name": */
	enum form_kind kind;
	size_t at; /* offset in the struct */
	const struct form_words *words;
	const struct form *part;
	size_t most, count_at;
};

/* clang-format off */
#define FORM_OF(type, list) { list, COUNT_OF(list), sizeof(type), false }
#define FORM_WHOLE(type, list) { list, COUNT_OF(list), sizeof(type), true }
#define FORM_NAME(member) #member, { "\"" #member "\":", sizeof(#member) + 2 }
/* rows of a table: a value; one that takes words; a struct; a list with its number in n_<member> */
#define FORM_ROW(kind, type, member) \
	{ FORM_NAME(member), FORM_##kind, offsetof(type, member), NULL, NULL, 0, 0 }
#define FORM_ROW_OF(kind, type, member, words) \
	{ FORM_NAME(member), FORM_##kind, offsetof(type, member), &(words), NULL, 0, 0 }
#define FORM_ROW_PART(type, member, form) \
	{ FORM_NAME(member), FORM_PART, offsetof(type, member), NULL, &(form), 0, 0 }
#define FORM_ROW_LIST(type, member, form, most) \
	{ FORM_NAME(member), FORM_LIST, offsetof(type, member), NULL, &(form), most, \
	  offsetof(type, n_##member) }
/* clang-format on */

void form_write(struct buf *b, const struct form *f, const void *from);

/* Members that are not there are 0, or NaN; one that the form does not know, or that is of another
 * kind, is ERR_VALUE, and *fault_r names it. Texts point into the document, or into a. */
enum err form_read(struct json j, const struct form *f, struct arena *a, void *to,
		   struct fault *fault_r) MUST_CHECK;

#endif
