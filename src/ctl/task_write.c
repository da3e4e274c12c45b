/* task_write.c -- a fit as a model file: doc/task-model.md is the format. */
#include "ctl/task_fit.h"

#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/json.h"

#define FILE_MAX ((size_t)64 << 20)

/* --- which cues --- */

struct rank {
	float weight; /* its largest */
	uint32_t at;  /* in the fit */
};

static int by_weight(const void *a, const void *b)
{
	const struct rank *p = a, *q = b;

	if (p->weight != q->weight)
		return p->weight < q->weight ? 1 : -1;
	return (p->at > q->at) - (p->at < q->at);
}

static int by_place(const void *a, const void *b)
{
	const struct rank *p = a, *q = b;

	return (p->at > q->at) - (p->at < q->at);
}

/* the `most` cues of the largest weights, in the order of the cues; free them */
static struct rank *rank_cues(const struct fit *fit, size_t most, size_t *n_r)
{
	struct rank *ranks = calloc(fit->n + 1, sizeof(*ranks));

	if (!ranks)
		return NULL;
	for (size_t i = 0; i < fit->n; i++) {
		ranks[i].at = (uint32_t)i;
		for (uint32_t k = 0; k < fit->n_labels; k++)
			ranks[i].weight = fmaxf(ranks[i].weight,
						fabsf(fit->weights[i * fit->n_labels + k]));
	}
	qsort(ranks, fit->n, sizeof(*ranks), by_weight);
	*n_r = fit->n < most ? fit->n : most;
	qsort(ranks, *n_r, sizeof(*ranks), by_place);
	return ranks;
}

/* --- the file --- */

/* a label's weights are -127..127 times this */
static void find_scales(const struct fit *fit, float scales_r[TASK_LABELS_MAX])
{
	for (uint32_t k = 0; k < fit->n_labels; k++) {
		float most = 1e-6f;

		for (size_t i = 0; i < fit->n; i++)
			most = fmaxf(most, fabsf(fit->weights[i * fit->n_labels + k]));
		scales_r[k] = most / 127;
	}
}

static void write_head(struct buf *out, const struct fit *fit, const struct task_rows *rows,
		       const struct fit_options *options, const float *scales, size_t n)
{
	buf_printf(out, "{\"features\":%d,\"labels\":[", FEATURES_VERSION);
	for (uint32_t k = 0; k < fit->n_labels; k++) {
		buf_adds(out, k ? "," : "");
		json_quote(out, rows->labels.list[k]);
	}
	buf_adds(out, "],\"scales\":[");
	for (uint32_t k = 0; k < fit->n_labels; k++)
		buf_printf(out, "%s%.7g", k ? "," : "", (double)scales[k]);
	buf_adds(out, "],\"biases\":[");
	for (uint32_t k = 0; k < fit->n_labels; k++)
		buf_printf(out, "%s%.7g", k ? "," : "", fit->biases[k]);
	buf_printf(out, "],\"damping\":%.7g,\"sharpness\":%.7g,\"threshold\":%.7g,\"grams\":%zu",
		   TASK_DAMPING, fit->sharpness, options->threshold, n);
}

static void write_cue(struct buf *out, const struct fit *fit, size_t i, const float *scales)
{
	uint32_t cue = fit->cues[i];

	for (int shift = 0; shift < 32; shift += 8)
		buf_addc(out, (char)(cue >> shift & 0xFF));
	for (uint32_t k = 0; k < fit->n_labels; k++)
		buf_addc(out, (char)lrintf(fit->weights[i * fit->n_labels + k] / scales[k]));
}

static void write_sum(struct buf *out, struct str body)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];

	crypto_hash_sha256(sum, (const unsigned char *)body.p, body.n);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	buf_printf(out, "%s%s\n", TASK_MODEL_MAGIC, hex);
}

bool task_fit_write(const struct fit *fit, const struct task_rows *rows,
		    const struct fit_options *options, struct str card, struct buf *out)
{
	float scales[TASK_LABELS_MAX];
	struct rank *ranks;
	struct buf body;
	size_t n = 0;

	ranks = rank_cues(fit, options->cues, &n);
	if (!ranks)
		return false;
	buf_init(&body, FILE_MAX);
	find_scales(fit, scales);
	write_head(&body, fit, rows, options, scales, n);
	buf_add(&body, card);
	buf_adds(&body, "}\n");
	for (size_t i = 0; i < n; i++)
		write_cue(&body, fit, ranks[i].at, scales);
	write_sum(out, buf_str(&body));
	buf_add(out, buf_str(&body));
	free(ranks);
	bool fine = buf_ok(&body) && buf_ok(out);
	buf_release(&body);
	return fine;
}

struct task_model *task_fit_model(const struct fit *fit, const struct task_rows *rows,
				  const struct fit_options *options, struct fault *fault_r)
{
	struct task_model *m = NULL;
	struct buf file;

	buf_init(&file, FILE_MAX);
	if (task_fit_write(fit, rows, options, STR(""), &file))
		m = task_model_read(buf_str(&file), fault_r);
	else
		fault_set(fault_r, ERR_OVERLOAD, "", "no memory for the model");
	buf_release(&file);
	return m;
}
