/*
 * task_model.c -- weigh the n-grams of a question.
 *
 * A slot of the table holds an n-gram and its weights for all labels in 16 bytes, so an n-gram
 * costs one cache line, known or not. Most are not: a model keeps only those that
 * several sources share.
 */
#include "core/task_model.h"

#include "core/task_model_parts.h"

#include <math.h>

#define SURE  0.7 /* one question of this confidence changes the task of a conversation */
#define SHORT 40  /* cues, of six words or so */

/* the weights of an n-gram; NULL: the model does not know it */
static const int8_t *weights_of(const struct task_model *m, uint32_t gram)
{
	uint32_t mask = (1u << m->slot_bits) - 1;

	for (uint32_t i = task_slot(m, gram);; i = (i + 1) & mask) {
		const unsigned char *slot = m->slots + (size_t)i * m->slot_size;
		uint32_t key;

		memcpy(&key, slot, sizeof(key));
		if (key == gram)
			return (const int8_t *)slot + sizeof(key);
		if (!key)
			return NULL;
	}
}

/* scores to probabilities */
static void softmax(double *p, uint32_t n, double sharpness)
{
	double most = p[0], sum = 0;

	for (uint32_t i = 1; i < n; i++)
		most = p[i] > most ? p[i] : most;
	for (uint32_t i = 0; i < n; i++) {
		p[i] = exp(sharpness * (p[i] - most));
		sum += p[i];
	}
	for (uint32_t i = 0; i < n; i++)
		p[i] /= sum;
}

void task_scores(const struct task_model *m, const struct grams *question, double *p_r)
{
	int32_t sums[TASK_LABELS_MAX] = { 0 };
	uint32_t known = 0;
	double norm;

	for (uint32_t i = 0; i < question->n_cues; i++) {
		const int8_t *w = weights_of(m, question->cues[i]);

		if (!w)
			continue;
		known++;
		for (uint32_t k = 0; k < m->n_labels; k++)
			sums[k] += w[k];
	}
	norm = 1 / sqrt(known + m->damping);
	for (uint32_t k = 0; k < m->n_labels; k++)
		p_r[k] = sums[k] * (double)m->scales[k] * norm + (double)m->biases[k];
	softmax(p_r, m->n_labels, m->sharpness);
}

/* --- a conversation --- */

struct guess {
	uint32_t label;
	double p;
};

static struct guess guess_of(const struct task_model *m, const struct grams *question)
{
	double p[TASK_LABELS_MAX];
	struct guess best = { 0, 0 };

	task_scores(m, question, p);
	for (uint32_t i = 0; i < m->n_labels; i++)
		if (p[i] > best.p)
			best = (struct guess){ i, p[i] };
	return best;
}

/* "Thanks", "go on", "and in French?" are about what is there already. */
static bool is_follow_up(const struct questions *questions, uint32_t i)
{
	return i > 0 && questions->list[i].n_cues < SHORT;
}

struct task task_recognise(const struct task_model *m, const struct questions *questions)
{
	struct guess task = { 0, 0 }, before = { 0, 0 };

	if (!m || !questions->n)
		return (struct task){ STR(TASK_OTHER), 0 };
	for (uint32_t i = 0; i < questions->n; i++) {
		struct guess now;

		if (is_follow_up(questions, i) && task.p >= m->threshold)
			continue;
		now = guess_of(m, &questions->list[i]);
		if (i == 0 || now.label == task.label || now.p >= SURE ||
		    now.label == before.label || task.p < m->threshold)
			task = now;
		before = now;
	}
	if (task.p < m->threshold)
		return (struct task){ STR(TASK_OTHER), task.p };
	return (struct task){ m->labels[task.label], task.p };
}

/* --- what others may know of it --- */

void task_model_free(struct task_model *m)
{
	if (!m)
		return;
	arena_release(&m->arena);
	free(m->slots);
	free(m);
}

const char *task_model_hash(const struct task_model *m)
{
	return m->hash;
}

uint32_t task_model_labels(const struct task_model *m)
{
	return m->n_labels;
}

struct str task_model_label(const struct task_model *m, uint32_t i)
{
	return m->labels[i];
}

struct json task_model_head(const struct task_model *m)
{
	return json_root(&m->doc);
}

size_t task_model_bytes(const struct task_model *m)
{
	return sizeof(*m) + m->arena.total + ((size_t)m->slot_size << m->slot_bits);
}
