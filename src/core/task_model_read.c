/*
 * task_model_read.c -- a model file becomes a task model, or a sentence that says why not.
 *
 * Three parts: a line with the SHA-256 of the rest, a line of JSON, and the n-grams with
 * their weights. The sum makes damage sure to be seen; the checks below refuse files that were made
 * wrongly, and nothing that passes them can be read outside its bounds.
 */
#include "core/task_model_parts.h"

#include "base/err.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>

#define HEAD_MEMORY (4u << 20)
#define HASH_BYTES  4
#define GRAMS_MOST  (1u << 20)

static const struct json_limits head_limits = { .max_depth = 16,
						.max_values = 50000,
						.max_number = 64 };

static void hex_of(struct str bytes, char hex_r[TASK_HASH_HEX + 1])
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const unsigned char *)bytes.p, bytes.n);
	sodium_bin2hex(hex_r, TASK_HASH_HEX + 1, sum, sizeof(sum));
}

static bool refuse(struct fault *f, const char *why)
{
	fault_set(f, ERR_VALUE, "", "not a task model that can be used: %s", why);
	return false;
}

/* the line with the sum; *rest_r is all behind it */
static bool read_sum(struct str bytes, struct str *rest_r, struct fault *f)
{
	struct str rest = bytes, magic = STR(TASK_MODEL_MAGIC), line = str_cut(&rest, '\n');
	char hex[TASK_HASH_HEX + 1];

	if (!str_starts(line, magic))
		return refuse(f, "it does not begin as one of version 1 does");
	if (str_absent(rest))
		return refuse(f, "it ends in its first line");
	hex_of(rest, hex);
	if (!str_is(str_sub(line, magic.n, line.n), hex))
		return refuse(f,
			      "its SHA-256 is another than it says: it is damaged or was edited");
	*rest_r = rest;
	return true;
}

/* --- the head --- */

static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 40 && !str_is(s, TASK_OTHER);
}

static bool read_labels(struct task_model *m, struct json labels, struct fault *f)
{
	JSON_EACH (it, labels) {
		struct str name = json_text(it, &m->arena);

		if (m->n_labels == TASK_LABELS_MAX)
			return refuse(f, "it has too many labels");
		if (str_absent(name) || !is_label(name))
			return refuse(f, "a label is not of a-z, 0-9 and _");
		for (uint32_t i = 0; i < m->n_labels; i++)
			if (str_eq(name, m->labels[i]))
				return refuse(f, "a label stands twice");
		m->labels[m->n_labels++] = name;
	}
	return m->n_labels > 1 || refuse(f, "it has fewer than two labels");
}

/* a number for each label */
static bool read_numbers(const struct task_model *m, struct json list, float *numbers_r,
			 struct fault *f)
{
	uint32_t n = 0;

	if (json_type(list) != JSON_ARRAY || json_count(list) != m->n_labels)
		return refuse(f, "`scales` and `biases` need a number for each label");
	JSON_EACH (it, list) {
		double value;

		if (!json_double(it, &value) || !(fabs(value) < 1e6))
			return refuse(f, "`scales` and `biases` are numbers below a million");
		numbers_r[n++] = (float)value;
	}
	return true;
}

/* a member between two numbers */
static bool read_number(struct json head, const char *name, double least, double most,
			double *value_r, struct fault *f)
{
	if (json_double(json_get(head, name), value_r) && *value_r >= least && *value_r <= most)
		return true;
	fault_set(f, ERR_VALUE, "",
		  "not a task model that can be used: `%s` is no number from %g to %g", name, least,
		  most);
	return false;
}

static bool read_head(struct task_model *m, struct str line, double *grams_r, struct fault *f)
{
	struct str text = arena_str(&m->arena, line);
	struct json head;
	double features;
	size_t at;

	if (str_absent(text) ||
	    json_parse(&m->doc, &m->arena, text, &head_limits, &at) != JSON_FINE)
		return refuse(f, "its second line is no JSON object");
	head = json_root(&m->doc);
	return read_number(head, "features", FEATURES_VERSION, FEATURES_VERSION, &features, f) &&
	       read_labels(m, json_get(head, "labels"), f) &&
	       read_numbers(m, json_get(head, "scales"), m->scales, f) &&
	       read_numbers(m, json_get(head, "biases"), m->biases, f) &&
	       read_number(head, "damping", 0.01, 1e6, &m->damping, f) &&
	       read_number(head, "sharpness", 0.001, 1e6, &m->sharpness, f) &&
	       read_number(head, "threshold", 0, 1, &m->threshold, f) &&
	       read_number(head, "grams", 1, GRAMS_MOST, grams_r, f);
}

/* --- the weights --- */

static uint32_t u32_of(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* false: it is there already, or is 0, which a free slot has */
static bool put_gram(struct task_model *m, uint32_t gram, const char *weights)
{
	uint32_t mask = (1u << m->slot_bits) - 1, key;

	for (uint32_t i = task_slot(m, gram);; i = (i + 1) & mask) {
		unsigned char *slot = m->slots + (size_t)i * m->slot_size;

		memcpy(&key, slot, sizeof(key));
		if (key == gram)
			return false;
		if (key)
			continue;
		memcpy(slot, &gram, sizeof(gram));
		memcpy(slot + sizeof(gram), weights, m->n_labels);
		return true;
	}
}

static bool read_weights(struct task_model *m, struct str bytes, uint32_t grams, struct fault *f)
{
	size_t each = HASH_BYTES + m->n_labels;

	if (bytes.n != each * grams)
		return refuse(f, "it has another number of n-grams than it says");
	m->slot_size = each <= 16 ? 16 : 32;
	m->slot_bits = 4;
	while ((1u << m->slot_bits) * 3 / 4 < grams)
		m->slot_bits++;
	m->slots = calloc((size_t)1 << m->slot_bits, m->slot_size);
	if (!m->slots)
		return refuse(f, "there is no memory for it");
	for (uint32_t i = 0; i < grams; i++) {
		const char *p = bytes.p + i * each;

		if (!put_gram(m, u32_of(p), p + HASH_BYTES))
			return refuse(f, "an n-gram is 0 or stands twice");
	}
	return true;
}

struct task_model *task_model_read(struct str bytes, struct fault *fault_r)
{
	struct task_model *m = calloc(1, sizeof(*m));
	struct str rest;
	double grams;

	if (!m) {
		refuse(fault_r, "there is no memory for it");
		return NULL;
	}
	arena_init(&m->arena, HEAD_MEMORY);
	if (read_sum(bytes, &rest, fault_r) &&
	    read_head(m, str_cut(&rest, '\n'), &grams, fault_r) &&
	    read_weights(m, rest, (uint32_t)grams, fault_r)) {
		hex_of(bytes, m->hash);
		return m;
	}
	task_model_free(m);
	return NULL;
}
