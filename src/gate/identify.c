/*
 * identify.c -- whose request is it?
 *
 * Any copy of the payer's records will do for a chat, because admission checks
 * their versions. What is not admitted, a refusal among it, needs a copy that is
 * at most a second old: a key may have been unblocked, or have a new secret.
 */
#include "core/apikey.h"
#include "core/apikey_memo.h"
#include "gate/request.h"
#include "gate/without_redis.h"

#include <sodium.h>

#define FRESH_US 1000000

static enum err refuse_key(struct fault *f)
{
	return fault_set(f, ERR_KEY_WRONG, "", "The API key is not known, or its secret is wrong.");
}

static bool secret_is_right(const struct request *r, const struct payer *p)
{
	struct worker *w = r->worker;
	char digest[65];
	bool kept = apikey_memo_find(w->digests, r->secret, digest), current, former;

	if (!kept)
		apikey_digest(digest, w->shared->pepper, r->secret);
	current = apikey_digest_eq(digest, p->digest);
	former = p->old_digest[0] && apikey_digest_eq(digest, p->old_digest);
	if (current && !kept)
		apikey_memo_keep(w->digests, r->secret, digest);
	return current || (former && store_now_us(&w->store) < p->old_until_us);
}

static enum err check_payer(const struct request *r, const struct payer *p, struct fault *f)
{
	if (!secret_is_right(r, p))
		return refuse_key(f);
	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		if (p->scope[s].blocked)
			return fault_set(f, ERR_KEY_BLOCKED, "", "The %s `%s` is blocked.",
					 scope_name((enum scope)s), p->scope[s].id);
	if (p->expires_us && store_now_us(&r->worker->store) >= p->expires_us)
		return fault_set(f, ERR_KEY_EXPIRED, "", "The API key has expired.");
	return ERR_OK;
}

static void go_on(struct request *r)
{
	r->policy = catalog_policy(r->catalog->catalog, str_of(r->payer.policy));
	if (r->answer) {
		r->answer(r);
		return;
	}
	request_go(r, STEP_plan);
}

static void look_up(struct request *r, int64_t max_age_us);

/* a copy, because payers' records are shared with other requests */
static void keep_skills(struct request *r, const struct payer_skills *skills)
{
	struct payer_skill *list = ARENA_ARRAY(&r->arena, struct payer_skill, skills->n + 1);

	r->skills = (struct payer_skills){ list, list ? skills->n : 0 };
	if (list && skills->n)
		memcpy(list, skills->list, skills->n * sizeof(*list));
}

static void identified(void *who, bool ok, const struct payer *payer,
		       const struct payer_skills *skills)
{
	static const struct payer_skills none = { .n = 0 };
	struct request *r = who;
	struct payer kept;
	struct fault f;

	if (!request_woken(r))
		return;
	if (!ok && !r->answer && without_redis_payer(r, &kept) && secret_is_right(r, &kept)) {
		r->payer_age_us = 0; /* there is no fresher one */
		payer = &kept;
		skills = &none;
		ok = true;
	}
	if (!ok) {
		fault_set(&f, ERR_STORE, "",
			  "The API key cannot be checked: Redis does not answer.");
		f.retry_after_s = 1;
		request_fail(r, &f);
		return;
	}
	if ((payer ? check_payer(r, payer, &f) : refuse_key(&f)) != ERR_OK) {
		if (r->payer_age_us > FRESH_US) {
			look_up(r, FRESH_US);
			return;
		}
		stats_count(&r->worker->stats, COUNT_refused_key);
		request_fail(r, &f);
		return;
	}
	r->payer = *payer;
	keep_skills(r, skills);
	go_on(r);
}

static void look_up(struct request *r, int64_t max_age_us)
{
	r->payer_age_us = max_age_us;
	request_wait(r);
	payers_get(r->worker->payers, str_of(r->org), str_of(r->key), max_age_us, identified, r);
}

void step_identify(struct request *r)
{
	bool look_again = r->asked > 0; /* admission found our copy to be old */
	int64_t any_age_us = r->settings->gateway_key_cache_timeout_ms * 1000;

	look_up(r, look_again ? 0 : r->answer ? FRESH_US : any_age_us);
}
