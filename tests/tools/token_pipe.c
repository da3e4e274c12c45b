/*
 * token_pipe.c -- what prompts likely count, and what calibration makes of it: for tests/tokens.
 *
 * usage: token_pipe CONFIG
 * Reads lines "VENDOR MODEL COUNTED BODY": a client's request, and the input tokens that the vendor
 * counted. Answers each with
 *   EXPECTED CALIBRATED BOUND MEDIA     or "-" when it is no request
 * in tokens, then learns from what was counted. CALIBRATED 0: nothing of its kind was counted
 * before. MEDIA 1: it has images, or what else no text tells.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/calibration.h"
#include "core/dialect.h"
#include "core/features.h"
#include "core/tokens.h"
#include "tools/catalog_file.h"

#define REQUEST_MAX  (1u << 30)
#define MODELS_MAX   1024
#define UNKNOWN_SIZE 1000000

/* what was counted of a model so far */
struct counted {
	struct model model;
	struct sketch counters;
	struct model_view view;
};

static struct counted models[MODELS_MAX];
static size_t n_models;

/* a model that the configuration does not know counts as its vendor's usually do */
static struct model model_of(const struct catalog *c, struct str vendor, struct str id)
{
	const struct model *m = catalog_model(c, id);

	for (uint32_t i = 0; i < c->n_models; i++)
		if (str_eq(c->models[i].id, id) && str_eq(c->models[i].vendor, vendor))
			m = &c->models[i];
	if (m)
		return *m;
	return (struct model){ .id = id,
			       .vendor = vendor,
			       .context = UNKNOWN_SIZE,
			       .tokenizer = tokenizer_of_vendor(vendor) };
}

static struct counted *counted_of(const struct catalog *c, struct str vendor, struct str id)
{
	struct model m = model_of(c, vendor, id);

	for (size_t i = 0; i < n_models; i++)
		if (str_eq(models[i].model.id, m.id) && str_eq(models[i].model.vendor, m.vendor))
			return &models[i];
	if (n_models == MODELS_MAX)
		return NULL;
	m.id = str_of(strndup(m.id.p, m.id.n));
	m.vendor = str_of(strndup(m.vendor.p, m.vendor.n));
	models[n_models].model = m; /* lives as long as the program */
	return &models[n_models++];
}

static bool understand(struct str body, struct arena *a, struct chat *chat, struct facts *facts)
{
	struct questions questions;
	struct fault f;

	if (dialect_openai.client->read_request(a, body, &json_limits_default, chat, &f) ||
	    !features_of_chat(chat, FOR_ALL, a, &facts->features, &questions))
		return false;
	facts->needs = chat->features;
	facts->effort = chat->effort;
	facts->kind = calibration_kind(chat);
	return true;
}

static void answer(struct counted *of, struct str body, int64_t counted)
{
	struct facts facts = { .choices = 1 };
	struct chat chat = { 0 };
	struct arena a;
	double expected;

	arena_init(&a, REQUEST_MAX);
	if (!understand(body, &a, &chat, &facts)) {
		printf("-\n");
		arena_release(&a);
		return;
	}
	bool media = chat.n_images || chat.has_unbounded_parts;
	bool known = of->view.calibrations[facts.kind] > 0;

	expected = tokens_expected(&facts, &of->model);
	printf("%.1f %.1f %lld %d\n", expected,
	       known ? expected * calibration_of(&of->view, facts.kind) : 0,
	       (long long)tokens_bound(&chat, &of->model), media);
	if (!media && counted > 0) {
		calibration_add(&of->counters, facts.kind, (double)counted, expected);
		calibration_read(&of->counters, &of->view);
	}
	arena_release(&a);
}

int main(int argc, char **argv)
{
	struct catalog *c = argc == 2 ? catalog_load(argv[1]) : NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!c)
		return EXIT_FAILURE;
	while ((n = getline(&line, &size, stdin)) > 0) {
		struct str body = { line, (size_t)n - (line[n - 1] == '\n') };
		struct str vendor = str_cut(&body, ' '), model = str_cut(&body, ' ');
		struct counted *of = counted_of(c, vendor, model);
		int64_t counted = 0;

		if (!str_i64(str_cut(&body, ' '), &counted) || str_absent(body) || !of)
			printf("-\n");
		else
			answer(of, body, counted);
		fflush(stdout);
	}
	free(line);
	catalog_unref(c);
	return EXIT_SUCCESS;
}
