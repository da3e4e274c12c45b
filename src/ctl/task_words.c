/*
 * task_words.c -- the words that a model listens to.
 *
 * Cues are hashes, which no reader understands. So the model is asked about each word of its
 * prompts alone, and for each label those are kept of which it is surest.
 */
#include "ctl/task_card.h"

#include <stdlib.h>

#include "base/json.h"

#define WORDS     12  /* of a label */
#define HEAD      400 /* bytes of a prompt from which words are taken */
#define ROWS      8   /* prompts that must have a word */
#define WORD_MOST 20
#define MEMORY    (1u << 20)

struct word_list {
	struct str *list;
	size_t n, cap;
};

struct best {
	struct str word;
	double p;
};

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

/* the next word at *at: small letters, or two characters of three bytes; absent: there is none */
static struct str next_word(struct str text, size_t *at)
{
	for (size_t i = *at; i < text.n; i++) {
		size_t end = i;

		while (end < text.n && is_small(text.p[end]))
			end++;
		if (end - i > 2 && end - i <= WORD_MOST) {
			*at = end;
			return str_sub(text, i, end);
		}
		if (end > i) {
			i = end - 1;
			continue;
		}
		if (i + 6 <= text.n && ((unsigned char)text.p[i] & 0xF0) == 0xE0 &&
		    ((unsigned char)text.p[i + 3] & 0xF0) == 0xE0) {
			*at = i + 3;
			return str_sub(text, i, i + 6);
		}
	}
	*at = text.n;
	return STR_NONE;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool collect(struct word_list *w, const struct task_rows *rows, struct arena *a)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct str head = str_sub(rows->list[i].text, 0, HEAD), word;
		size_t at = 0;

		while (!str_absent(word = next_word(head, &at))) {
			struct str *slot = ARENA_PUSH(a, w->list, w->n, w->cap);

			if (!slot)
				return false;
			*slot = word;
		}
	}
	qsort(w->list, w->n, sizeof(*w->list), by_text);
	return true;
}

static void rank(struct best *list, struct str word, double p)
{
	size_t at = WORDS;

	while (at > 0 && list[at - 1].p < p)
		at--;
	if (at == WORDS)
		return;
	memmove(&list[at + 1], &list[at], (WORDS - 1 - at) * sizeof(*list));
	list[at] = (struct best){ word, p };
}

static void ask(const struct task_model *m, struct str word, struct arena *a,
		struct best best[TASK_LABELS_MAX][WORDS])
{
	struct questions questions;
	struct features features;
	double p[TASK_LABELS_MAX];

	arena_reset(a);
	if (!features_of_text(word, a, &features, &questions) || !questions.n)
		return;
	task_scores(m, &questions.list[0], p);
	for (uint32_t k = 0; k < task_model_labels(m); k++)
		rank(best[k], word, p[k]);
}

static void write_words(struct buf *out, const struct task_model *m,
			struct best best[TASK_LABELS_MAX][WORDS])
{
	buf_adds(out, ",\"words\":{");
	for (uint32_t k = 0; k < task_model_labels(m); k++) {
		buf_adds(out, k ? "," : "");
		json_quote(out, task_model_label(m, k));
		buf_adds(out, ":[");
		for (size_t i = 0; i < WORDS && best[k][i].word.n; i++) {
			buf_adds(out, i ? "," : "");
			json_quote(out, best[k][i].word);
		}
		buf_addc(out, ']');
	}
	buf_addc(out, '}');
}

bool task_words_write(struct buf *out, const struct task_rows *rows, const struct task_model *m)
{
	struct best best[TASK_LABELS_MAX][WORDS] = { { { STR_NONE, 0 } } };
	struct word_list w = { NULL, 0, 0 };
	struct arena words, work;
	bool fine;

	arena_init(&words, (size_t)1 << 30);
	arena_init(&work, MEMORY);
	fine = collect(&w, rows, &words);
	for (size_t i = 0, from = 0; fine && i < w.n; i++) {
		if (i + 1 < w.n && str_eq(w.list[i], w.list[i + 1]))
			continue;
		if (i + 1 - from >= ROWS)
			ask(m, w.list[i], &work, best);
		from = i + 1;
	}
	if (fine)
		write_words(out, m, best);
	arena_release(&work);
	arena_release(&words);
	return fine;
}
