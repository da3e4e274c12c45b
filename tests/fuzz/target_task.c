/*
 * target_task.c -- a task model of any bytes is refused or safe to ask; any text is read the same
 * plain and as the string of a JSON body, and has a task.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/json.h"
#include "core/dialect/openai_client.h"
#include "core/task_model.h"
#include "fuzz.h"

static void check_task(const struct task_model *m, const struct questions *q)
{
	struct task task = task_recognise(m, q);

	HOLDS(task.name.n > 0, "a task without a name");
	HOLDS(task.confidence >= 0 && task.confidence <= 1.000001, "confidence %g",
	      task.confidence);
}

/* the file with the sum that it must have, so that what is behind it is read */
static struct task_model *read_file(struct str body, struct fault *f)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	struct task_model *m;
	struct buf file;

	crypto_hash_sha256(sum, (const unsigned char *)body.p, body.n);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	buf_init(&file, FUZZ_ROOM);
	buf_printf(&file, "%s%s\n", TASK_MODEL_MAGIC, hex);
	buf_add(&file, body);
	m = task_model_read(buf_str(&file), f);
	buf_release(&file);
	return m;
}

static void try_model(struct str body, const struct questions *q)
{
	struct fault f = { 0 };
	struct task_model *m = read_file(body, &f);

	if (!m) {
		HOLDS(f.text[0], "refused without a reason");
		return;
	}
	check_task(m, q);
	HOLDS(strlen(task_model_hash(m)) == 64, "hash %s", task_model_hash(m));
	task_model_free(m);
}

static bool is_utf8(struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		n = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (!n)
			return false;
	}
	return true;
}

/* the text as the only message of a request */
static void try_body(struct str text, struct arena *a, const struct features *plain,
		     const struct questions *q)
{
	static struct chat chat;
	struct questions again;
	struct features f;
	struct fault fault;
	struct buf body;

	buf_init(&body, FUZZ_ROOM);
	buf_adds(&body, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":");
	json_quote(&body, text);
	buf_adds(&body, "}]}");
	if (openai_read_request(a, buf_str(&body), &json_limits_default, &chat, &fault) == ERR_OK) {
		HOLDS(features_of_chat(&chat, FOR_ALL, a, &f, &again), "no memory");
		HOLDS(memcmp(f.counts, plain->counts, sizeof(f.counts)) == 0, "other counts");
		HOLDS(again.n == q->n, "%u questions, not %u", again.n, q->n);
		HOLDS(!q->n || again.list[0].n_cues == q->list[0].n_cues, "other cues");
	}
	buf_release(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	bool model = fuzz_choose(&in, 1);
	char *own = fuzz_own(in);
	struct str text = { own, in.n };
	struct questions q;
	struct features f;
	struct arena a;

	arena_init(&a, FUZZ_ROOM);
	HOLDS(features_of_text(text, &a, &f, &q), "no memory");
	for (size_t i = 0; i < TEXT_CLASS_COUNT; i++)
		HOLDS(f.counts[i] >= 0, "count %zu is %lld", i, (long long)f.counts[i]);
	if (model)
		try_model(text, &q);
	else if (is_utf8(text))
		try_body(text, &a, &f, &q);
	arena_release(&a);
	free(own);
	return 0;
}
