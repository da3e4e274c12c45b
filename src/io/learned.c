/* learned.c -- the model files of a process, read and counted. */
#include "io/learned.h"

#include "conf/task_builtin.h"
#include "io/config.h"

#define FILE_MOST (64u << 20) /* bytes of a model file */

/* the fault of the file's reader, behind the file's name */
static void name_file(struct fault *f, const char *path)
{
	struct fault inner = *f;

	fault_set(f, inner.code, "", "%.120s: %s", path, inner.text);
}

static bool read_task_model(const char *path, struct task_model **m_r, struct fault *f)
{
	struct buf text;

	if (!path) {
		*m_r = task_model_read(task_model_builtin(), f);
		return *m_r != NULL;
	}
	buf_init(&text, FILE_MOST);
	if (config_file(NULL, path, &text, f)) {
		*m_r = task_model_read(buf_str(&text), f);
		if (!*m_r)
			name_file(f, path);
	}
	buf_release(&text);
	return *m_r != NULL;
}

static bool read_quality_model(const char *path, struct quality_model **m_r, struct fault *f)
{
	struct buf text;

	if (!path)
		return true;
	buf_init(&text, FILE_MOST);
	if (config_file(NULL, path, &text, f)) {
		*m_r = quality_model_read(buf_str(&text), f);
		if (!*m_r)
			name_file(f, path);
	}
	buf_release(&text);
	return *m_r != NULL;
}

struct learned *learned_load(const struct settings *s, struct fault *fault_r)
{
	struct learned *l = calloc(1, sizeof(*l));

	fault_set(fault_r, ERR_INTERNAL, "", "out of memory");
	if (!l)
		return NULL;
	l->refs = 1;
	if (read_task_model(s->gateway_task_model, &l->task, fault_r) &&
	    read_quality_model(s->gateway_quality_model, &l->quality, fault_r))
		return l;
	learned_unref(l);
	return NULL;
}

struct learned *learned_ref(struct learned *l)
{
	__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

void learned_unref(struct learned *l)
{
	if (!l || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	task_model_free(l->task);
	quality_model_free(l->quality);
	free(l);
}

const char *learned_task_hash(const struct learned *l)
{
	return task_model_hash(l->task);
}

const char *learned_quality_hash(const struct learned *l)
{
	return l->quality ? quality_model_hash(l->quality) : "";
}

bool learned_same(const struct learned *a, const struct learned *b)
{
	return strcmp(learned_task_hash(a), learned_task_hash(b)) == 0 &&
	       strcmp(learned_quality_hash(a), learned_quality_hash(b)) == 0;
}
