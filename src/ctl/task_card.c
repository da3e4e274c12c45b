/* task_card.c -- sources, licences and figures, as members of a model's head. */
#include "ctl/task_card.h"

#include <stdlib.h>

#include "base/json.h"
#include "io/config.h"

#define FILE_MOST (1u << 20)

static bool add_licence(struct licences *l, struct str line, struct arena *a)
{
	struct str name = str_cut(&line, '\t'), *slot;
	size_t n = l->names.n;

	if (!str_trim(name).n || name.p[0] == '#')
		return true;
	if (name_number(a, &l->names, name) == UINT32_MAX)
		return false;
	if (l->names.n == n)
		return true;
	slot = ARENA_PUSH(a, l->texts, n, l->cap);
	if (slot)
		*slot = arena_str(a, str_absent(line) ? STR("") : str_trim(line));
	return slot != NULL;
}

bool licences_read(struct licences *l, const char *path, struct arena *a, struct fault *fault_r)
{
	struct str rest;
	struct buf text;
	bool fine;

	buf_init(&text, FILE_MOST);
	fine = config_file(NULL, path, &text, fault_r);
	rest = buf_str(&text);
	while (fine && rest.n) {
		fine = add_licence(l, str_cut(&rest, '\n'), a);
		if (!fine)
			fault_set(fault_r, ERR_OVERLOAD, "", "%s: no memory for it", path);
	}
	if (fine && !l->names.n) {
		fault_set(fault_r, ERR_VALUE, "", "%s: names no source", path);
		fine = false;
	}
	buf_release(&text);
	return fine;
}

/* --- the card --- */

static void write_source(struct buf *out, struct str name, struct str licence, size_t n)
{
	buf_adds(out, "{\"name\":");
	json_quote(out, name);
	buf_adds(out, ",\"licence\":");
	json_quote(out, licence);
	buf_printf(out, ",\"prompts\":%zu}", n);
}

/* without a list of licences: by group */
static void write_sources(struct buf *out, const struct task_rows *rows, const struct licences *l)
{
	const struct names *names = l ? &l->names : &rows->groups;
	size_t *counts = calloc(names->n + 1, sizeof(*counts)), more = 0;
	const char *comma = "";

	for (size_t i = 0; counts && i < rows->n; i++) {
		const struct task_row *row = &rows->list[i];
		uint32_t at = l ? source_find(names, rows->sources.list[row->source]) : row->group;

		more += !row->judged;
		if (row->judged && at < names->n)
			counts[at]++;
	}
	buf_adds(out, ",\"sources\":[");
	for (size_t i = 0; counts && i < names->n; i++) {
		if (!counts[i])
			continue;
		buf_adds(out, comma);
		write_source(out, names->list[i], l ? l->texts[i] : STR(""), counts[i]);
		comma = ",";
	}
	buf_printf(out, "],\"more_prompts\":%zu", more);
	free(counts);
}

void task_card_write(struct buf *out, const struct task_rows *rows, const struct licences *licences,
		     const struct verdicts *unseen)
{
	write_sources(out, rows, licences);
	if (!unseen)
		return;
	buf_adds(out, ",\"unseen_sources\":");
	verdicts_json(unseen, out);
}
