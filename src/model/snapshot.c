/* snapshot.c -- make a snapshot that knows nothing, and count who still uses one. */
#include "model/snapshot.h"

static const struct {
	const char *name;
	int64_t most_tokens;
} sizes[SIZE_BUCKET_COUNT] = {
#define SIZE_BUCKET(name, most_tokens) { #name, most_tokens },
#include "tbl/size_buckets.h"
#undef SIZE_BUCKET
};

const char *size_bucket_name(enum size_bucket size)
{
	return sizes[size].name;
}

enum size_bucket size_bucket_of(double tokens)
{
	int size = 0;

	while (size < SIZE_BUCKET_COUNT - 1 && tokens > (double)sizes[size].most_tokens)
		size++;
	return (enum size_bucket)size;
}

struct snapshot *snapshot_new(struct catalog *c, size_t max_bytes)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->catalog = catalog_ref(c);
	arena_init(&s->arena, max_bytes);
	/* one more of each: an array of none would be NULL */
	s->targets = ARENA_ARRAY(&s->arena, struct target_view, c->n_targets + 1);
	s->models = ARENA_ARRAY(&s->arena, struct model_view, c->n_models + 1);
	if (!s->targets || !s->models) {
		snapshot_unref(s);
		return NULL;
	}
	memset(s->hash, '0', sizeof(s->hash) - 1);
	return s;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_release(&s->arena);
	catalog_unref(s->catalog);
	free(s);
}

static int by_prefix(const void *a, const void *b)
{
	const struct warm *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return (x->target > y->target) - (x->target < y->target);
}

void snapshot_sort(struct snapshot *s)
{
	if (s->n_warm)
		qsort(s->warm, s->n_warm, sizeof(*s->warm), by_prefix);
}
