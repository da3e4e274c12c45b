/* request.c -- see request.h. */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tools/catalog_file.h"

void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(2);
}

struct catalog *load_catalog(const char *path)
{
	struct catalog *c = catalog_load(path);

	if (!c)
		die(path, "no configuration");
	return c;
}

struct task_model *load_task_model(const char *path)
{
	struct task_model *m;
	struct fault f;
	struct buf text;

	if (strcmp(path, "-") == 0)
		return NULL;
	buf_init(&text, FILE_MOST);
	if (!file_read(NULL, path, &text, &f) || !(m = task_model_read(buf_str(&text), &f)))
		die(path, f.text);
	buf_release(&text);
	return m;
}

/* --- a request --- */

static const char *const sentences[] = {
	"Please explain why the second loop of this function never ends and how you would mend "
	"it. ",
	"The customer wrote on 12 May 2026 that order #48213 had not arrived, though it was paid. ",
	"Our team meets each Monday; the notes are kept in a shared folder that nobody reads. ",
	"Compare the two proposals by cost, risk and time, and say which of them you would "
	"choose. ",
};

struct str write_chat(struct arena *a, size_t bytes)
{
	struct buf b;
	struct str text;

	buf_init(&b, FILE_MOST);
	buf_adds(&b, "{\"model\":\"auto\",\"stream\":true,\"messages\":[{\"role\":\"system\","
		     "\"content\":"
		     "\"You are a careful assistant.\"},{\"role\":\"user\",\"content\":\"");
	for (size_t i = 0; b.n < bytes; i++)
		buf_adds(&b, sentences[i % COUNT_OF(sentences)]);
	buf_adds(&b, "\"}]}");
	text = arena_str(a, buf_str(&b));
	buf_release(&b);
	return text;
}

struct choose_ask make_ask(struct catalog *c, const struct task_model *m, const struct payer *payer,
			   struct arena *scratch)
{
	bool *usable = calloc(c->n_endpoints + 1, sizeof(bool));

	if (!usable)
		die("usable", "no memory");
	for (uint32_t i = 0; i < c->n_endpoints; i++)
		usable[i] = true;
	return (struct choose_ask){
		.catalog = c,
		.policy = catalog_policy(c, STR("bench")),
		.payer = payer,
		.usable = usable,
		.snapshot = snapshot_new(c, FILE_MOST),
		.task_model = m,
		.now_s = 1795353255,
		.scratch = scratch,
	};
}
