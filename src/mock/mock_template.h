/*
 * mock_template.h -- text with $names in it, filled from an answer.
 *
 * In a template ' stands for ", so that a shape can be read as the JSON it is:
 *   {'id':'$uuid','object':'chat.completion.chunk','created':$created}
 * Some $names stand for a whole member, comma included, or for nothing when the
 * member is not there. An unknown name is a bug and aborts.
 */
#ifndef MOCK_MOCK_TEMPLATE_H
#define MOCK_MOCK_TEMPLATE_H

#include "mock/mock_dialect.h"

struct mock_name {
	const char *name;
	void (*write)(struct buf *out, const struct mock_fill *f);
};

/* templates inside of templates, and a dialect's own names; any may be NULL */
struct mock_parts {
	const char *usage;   /* the object that $usage gives */
	const char *choice;  /* one of $choices */
	const char *message; /* of a choice: $message */
	const char *call;    /* one of $tool_calls */
	const char *delta;   /* $delta */
	const struct mock_name *names;
	size_t n_names;
};

void mock_template(struct buf *out, const char *template, const struct mock_parts *parts,
		   const struct mock_fill *f);
/* JSON text laid out over lines, as OpenAI does: step spaces a level */
void mock_indent(struct buf *out, struct str json, int step);
/* why a choice ended, by the dialect's words in the order of enum mock_done, or as a rule says */
void mock_finish(struct buf *out, const char *const words[], const struct mock_fill *f);

/* input of all kinds */
int64_t mock_usage_prompt(const struct mock_usage *u);

#endif
