/* task_rows.c -- read labelled prompts. */
#include "ctl/task_rows.h"

#include "ctl/json_lines.h"

#define MEMORY_MAX ((size_t)4 << 30)

struct row_reader {
	struct task_rows *rows;
	struct json_line *at;
	bool judged;
};

void task_rows_init(struct task_rows *rows)
{
	*rows = (struct task_rows){ .n = 0 };
	arena_init(&rows->arena, MEMORY_MAX);
}

void task_rows_release(struct task_rows *rows)
{
	arena_release(&rows->arena);
}

uint32_t name_find(const struct names *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->list[i], name))
			return (uint32_t)i;
	return UINT32_MAX;
}

uint32_t name_number(struct arena *a, struct names *names, struct str name)
{
	uint32_t found = name_find(names, name);
	struct str *slot;

	if (found != UINT32_MAX)
		return found;
	slot = ARENA_PUSH(a, names->list, names->n, names->cap);
	if (!slot)
		return UINT32_MAX;
	*slot = arena_str(a, name);
	return (uint32_t)names->n - 1;
}

/* a member that may be absent: then it is the fallback */
static bool read_name(struct row_reader *r, struct json root, const char *member,
		      const char *fallback, struct names *names, uint32_t *number_r)
{
	struct json j = json_get(root, member);
	struct str name = json_unset(j) ? str_of(fallback) : json_text(j, &r->at->arena);

	if (!name.n)
		return json_line_bad(r->at, "%s must be a name", member);
	*number_r = name_number(&r->rows->arena, names, name);
	return *number_r != UINT32_MAX || json_line_bad(r->at, "no memory for it");
}

static bool read_names(struct row_reader *r, struct json root, struct task_row *row)
{
	struct task_rows *rows = r->rows;
	struct str group;

	if (!read_name(r, root, "label", "", &rows->labels, &row->label) ||
	    !read_name(r, root, "lang", "unknown", &rows->langs, &row->lang) ||
	    !read_name(r, root, "source", r->at->path, &rows->sources, &row->source) ||
	    !read_name(r, root, "holdout", "none", &rows->holdouts, &row->holdout))
		return false;
	group = rows->sources.list[row->source];
	group = str_cut(&group, ':');
	row->group = name_number(&rows->arena, &rows->groups, group);
	return row->group != UINT32_MAX || json_line_bad(r->at, "no memory for it");
}

/* only what must last is copied out of the line's memory */
static bool read_text(struct row_reader *r, struct json root, struct task_row *row)
{
	struct arena *a = &r->rows->arena;
	struct json text = json_get(root, "text");
	struct questions questions;
	struct features features;
	uint32_t *cues;

	if (json_type(text) != JSON_STRING)
		return json_line_bad(r->at, "text must be a string");
	row->text = arena_str(a, json_text(text, &r->at->arena));
	if (str_absent(row->text) ||
	    !features_of_text(row->text, &r->at->arena, &features, &questions))
		return json_line_bad(r->at, "no memory for its text");
	if (!questions.n)
		return true;
	row->question = questions.list[questions.n - 1];
	cues = ARENA_ARRAY(a, uint32_t, row->question.n_cues + 1);
	if (!cues)
		return json_line_bad(r->at, "no memory for its text");
	memcpy(cues, row->question.cues, row->question.n_cues * sizeof(*cues));
	row->question.cues = cues;
	row->question.at = NULL;
	return true;
}

static bool read_line(void *who, struct json_line *at, struct json root)
{
	struct row_reader *r = who;
	struct task_rows *rows = r->rows;
	struct task_row *row = ARENA_PUSH(&rows->arena, rows->list, rows->n, rows->cap);

	r->at = at;
	if (!row)
		return json_line_bad(at, "no memory for it");
	*row = (struct task_row){ .judged = r->judged };
	return read_names(r, root, row) && read_text(r, root, row);
}

bool task_rows_read(struct task_rows *rows, const char *path, bool judged, struct fault *fault_r)
{
	struct row_reader r = { .rows = rows, .judged = judged };

	return json_lines_read(path, read_line, &r, fault_r);
}

uint32_t source_find(const struct names *names, struct str source)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_starts(source, names->list[i]))
			return (uint32_t)i;
	return UINT32_MAX;
}

void task_rows_keep(struct task_rows *rows, const struct names *sources)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct task_row *row = &rows->list[i];

		if (!row->judged ||
		    source_find(sources, rows->sources.list[row->source]) != UINT32_MAX)
			rows->list[kept++] = *row;
	}
	rows->n = kept;
}
