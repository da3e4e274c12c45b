/* observe.c -- an attempt that has ended becomes an observation. */
#include "gate/observe.h"

#include "core/prompt_cache.h"
#include "core/tokens.h"
#include "gate/request.h"
#include "gate/secrets.h"

#define RING_SIZE 4096 /* a power of two */

struct observations {
	uint64_t written, taken; /* atomic; grow for ever, and wrap round in the ring */
	struct observation ring[RING_SIZE];
};

struct observations *observations_new(void)
{
	return calloc(1, sizeof(struct observations));
}

void observations_free(struct observations *o)
{
	struct observation left;

	if (!o)
		return;
	while (observations_take(o, &left))
		catalog_unref(left.catalog);
	free(o);
}

bool observations_take(struct observations *o, struct observation *taken_r)
{
	uint64_t at = __atomic_load_n(&o->taken, __ATOMIC_RELAXED);

	if (at == __atomic_load_n(&o->written, __ATOMIC_ACQUIRE))
		return false;
	*taken_r = o->ring[at % RING_SIZE];
	__atomic_store_n(&o->taken, at + 1, __ATOMIC_RELEASE);
	return true;
}

/* --- what is told of an attempt --- */

static double ms_between(int64_t from_us, int64_t to_us)
{
	return to_us > from_us ? (double)(to_us - from_us) / 1000 : 0;
}

static void note_times(struct observation *o, const struct request *r, const struct attempt *a)
{
	int64_t output = usage_output(&a->usage);

	/* what is slow must not become the usual, or nothing would be slow any more */
	if (!a->first_content_us || a->failed || a->slow)
		return;
	o->first_ms = ms_between(a->began_us, a->first_content_us);
	o->at_once = !a->streams || a->last_content_us <= a->first_content_us;
	if (o->at_once || a->held_up)
		return;
	o->rest_ms = ms_between(a->first_content_us, a->last_content_us);
	/* what a model thought and did not show came before the first content */
	if (!a->shows_thinking)
		output -= a->usage.reasoning;
	o->rest_tokens = (double)output / (double)r->chat.n;
}

static void note_usage(struct observation *o, const struct request *r, const struct attempt *a)
{
	const struct chat *chat = &r->chat;

	if (!a->usage.seen || a->usage.estimated || a->failed)
		return;
	if (a->over && attempt_is_whole(a))
		o->output = usage_output(&a->usage) / chat->n;
	/* of media nobody estimates the tokens well, and texts are not to blame for that */
	if (chat->n_images || chat->has_unbounded_parts)
		return;
	o->input = usage_input(&a->usage);
	o->expected_input = tokens_expected(&r->facts, a->candidate->target->model);
	o->kind = r->facts.kind;
}

static bool is_cached(const struct attempt *a)
{
	const int64_t *tokens = a->usage.tokens;

	if (!a->first_content_us)
		return false;
	return dialect_of(a->candidate->target->endpoint->dialect)->caches_unasked ||
	       tokens[USAGE_cache_read] + tokens[USAGE_cache_write] +
			       tokens[USAGE_cache_write_long] >
		       0;
}

static void note_warm(struct observation *o, const struct request *r, const struct attempt *a)
{
	const struct facts *f = &r->facts;

	if (f->n_prefixes == 0 || !is_cached(a))
		return;
	o->warm[o->n_warm++] = f->prefixes[f->n_prefixes - 1];
	if (f->n_prefixes > 1)
		o->warm[o->n_warm++] = f->prefixes[0];
	o->warm_until_s = r->facts.at_s +
			  prompt_cache_keeps_s(a->candidate->target->endpoint->dialect);
}

/* What the vendor says of us: for how long it wants to be left alone, and of our credential. A
 * model may be forbidden to one that is good for others. */
static void note_refusal(struct observation *o, const struct worker *w,
			 const struct catalog_in_use *c, const struct vendor_fault *f, int status)
{
	uint32_t endpoint = c->catalog->targets[o->target].endpoint->index;

	if (f->retry_after_ms > 0)
		o->block_ms = f->retry_after_ms;
	if (f->credential != CRED_OUT)
		return;
	o->out = status != 403;
	o->out_target = !o->out;
	o->digest = secrets_digest(c->secrets, endpoint, w->shared->pepper);
}

static void note_fault(struct observation *o, const struct request *r, const struct attempt *a)
{
	o->was_slow = a->slow;
	o->good_call = !a->failed && a->over;
	o->block_ms = a->limit_ms;
	if (!a->failed)
		return;
	o->unreached = o->failed && a->unsent;
	o->throttled = a->fault.credential == CRED_COOL;
	note_refusal(o, r->worker, r->catalog, &a->fault, a->head.status);
}

/* --- the ring's writer --- */

/* Room for one more; NULL: the reader is too far behind. */
static struct observation *next_place(struct worker *w)
{
	struct observations *all = w->observations;
	uint64_t at = __atomic_load_n(&all->written, __ATOMIC_RELAXED);

	if (at - __atomic_load_n(&all->taken, __ATOMIC_ACQUIRE) == RING_SIZE) {
		stats_count(&w->stats, COUNT_unobserved);
		return NULL;
	}
	return &all->ring[at % RING_SIZE];
}

static void written(struct worker *w)
{
	__atomic_add_fetch(&w->observations->written, 1, __ATOMIC_RELEASE);
}

void observe_attempt(struct request *r, const struct attempt *a)
{
	const struct target *t = a->candidate->target;
	struct catalog *c = r->catalog->catalog;
	struct observation *o = next_place(r->worker);

	if (!o)
		return;
	*o = (struct observation){
		.catalog = catalog_ref(c),
		.target = (uint32_t)(t - c->targets),
		.task = catalog_task(c, r->facts.task.name),
		.size = size_bucket_of(tokens_expected(&r->facts, t->model)),
		.judged = a->failed || a->over,
		.failed = a->failed && a->fault.health,
	};
	note_fault(o, r, a);
	note_times(o, r, a);
	note_usage(o, r, a);
	note_warm(o, r, a);
	written(r->worker);
}

void observe_slow(struct request *r, const struct attempt *a)
{
	const struct target *t = a->candidate->target;
	struct catalog *c = r->catalog->catalog;
	struct observation *o = next_place(r->worker);

	if (!o)
		return;
	*o = (struct observation){ .catalog = catalog_ref(c),
				   .target = (uint32_t)(t - c->targets),
				   .slow = true };
	written(r->worker);
}

void observe_refusal(struct worker *w, const struct catalog_in_use *c, const struct target *t,
		     const struct vendor_fault *f, int status)
{
	struct observation *o = next_place(w);

	if (!o)
		return;
	*o = (struct observation){ .catalog = catalog_ref(c->catalog),
				   .target = (uint32_t)(t - c->catalog->targets) };
	note_refusal(o, w, c, f, status);
	written(w);
}

void observe_rating(struct worker *w, struct catalog *c, const struct model *model, uint32_t task,
		    double good, double bad)
{
	struct observation *o = model->n_targets ? next_place(w) : NULL;

	if (!o)
		return;
	*o = (struct observation){ .catalog = catalog_ref(c),
				   .target = model->first_target,
				   .task = task,
				   .good = good,
				   .bad = bad };
	written(w);
}
