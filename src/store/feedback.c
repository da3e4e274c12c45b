/*
 * feedback.c -- the C half of feedback.lua.
 *
 * The answer is read before the script is called, because it says whose judgements are to be
 * changed, and a script is told all its keys; the script makes sure that it is still the same.
 */
#include "store/feedback.h"

#include <math.h>

#include "base/text.h"
#include "store/ask.h"

/* judgements of somebody who is not heard of any more */
#define SKILLS_LIVE_US (90 * 86400 * 1000000LL)
#define TASKS_MAX      64
#define FIELDS_MAX     (SKILLS_MAX + TASKS_MAX)

struct giving {
	struct store *s;
	feedback_f *fn;
	void *who;
	char org[ID_MAX], team[ID_MAX];
	char rid[RID_MAX];
	int64_t reward, weight;
	struct rated answer;
};

/* --- the answer --- */

struct str rated_write(const struct rated *a, char dst[RATED_TEXT])
{
	struct text t = text_init(dst, RATED_TEXT);

	text_adds(&t, a->team);
	text_adds(&t, " ");
	text_adds(&t, a->key);
	text_adds(&t, " ");
	text_adds(&t, a->vendor);
	text_adds(&t, "/");
	text_adds(&t, a->model);
	text_adds(&t, " ");
	text_adds(&t, a->task);
	return text_str(&t);
}

bool rated_read(struct str text, struct rated *rated_r)
{
	struct str rest = text, team = str_cut(&rest, ' '), key = str_cut(&rest, ' ');
	struct str model = str_cut(&rest, ' '), task = str_cut(&rest, ' ');
	struct str vendor = str_cut(&model, '/');

	return id_is_good(team) && id_is_good(key) && model.n > 0 && task.n > 0 &&
	       str_copy(rated_r->team, sizeof(rated_r->team), team) &&
	       str_copy(rated_r->key, sizeof(rated_r->key), key) &&
	       str_copy(rated_r->vendor, sizeof(rated_r->vendor), vendor) &&
	       str_copy(rated_r->model, sizeof(rated_r->model), model) &&
	       str_copy(rated_r->task, sizeof(rated_r->task), task);
}

/* --- to rate it --- */

static void finish(struct giving *w, enum feedback_end end)
{
	bool known = end != FEEDBACK_GONE && end != FEEDBACK_LOST;

	w->fn(w->who, end, known ? &w->answer : NULL);
	free(w);
}

static void on_counted(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = { [FEEDBACK_OK] = "ok",
					     [FEEDBACK_AGAIN] = "again",
					     [FEEDBACK_RATED] = "rated",
					     [FEEDBACK_GONE] = "gone" };
	struct giving *w = who;
	enum feedback_end what = FEEDBACK_LOST;

	int64_t before;

	if (store_took(w->s, "feedback", end, reply) && reply->elements >= 1)
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum feedback_end)i;
	if (what == FEEDBACK_OK && reply->elements == 2 && reply_int(reply->element[1], &before))
		w->answer.before = (double)before / FEEDBACK_WHOLE;
	finish(w, what);
}

static void count(struct giving *w)
{
	const char *const ids[SCOPE_COUNT] = { w->org, w->answer.team, w->answer.key };
	char text[RATED_TEXT], name[RATED_TEXT];
	struct str org = str_of(w->org);
	struct ask a;
	int n = snprintf(name, sizeof(name), "%s %s/%s", w->answer.task, w->answer.vendor,
			 w->answer.model);

	ask_init(&a);
	ask_key(&a, key_answer(ask_room(&a), org, str_of(w->rid)));
	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		ask_key(&a, key_skills(ask_room(&a), org, (enum scope)s, str_of(ids[s])));
	ask_int(&a, w->s->test_now_us);
	ask_str(&a, rated_write(&w->answer, text));
	ask_str(&a, str_of(w->answer.task));
	ask_str(&a, (struct str){ name, (size_t)n });
	ask_int(&a, w->reward);
	ask_int(&a, w->weight);
	ask_int(&a, (int64_t)(SKILL_KEPT * 1e6));
	ask_int(&a, FIELDS_MAX);
	ask_int(&a, SKILLS_LIVE_US);
	ask_script(&a, w->s, SCRIPT_feedback, on_counted, w);
}

static void on_answer(void *who, enum redis_end end, const redisReply *reply)
{
	struct giving *w = who;

	if (!store_took(w->s, "answer", end, reply))
		finish(w, FEEDBACK_LOST);
	else if (!rated_read(reply_str(reply), &w->answer) || strcmp(w->answer.team, w->team) != 0)
		finish(w, FEEDBACK_GONE);
	else
		count(w);
}

void feedback_give(struct store *s, struct str org, struct str team,
		   const struct feedback *feedback, feedback_f *fn, void *who)
{
	struct giving *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("GET"), key_answer(&key, org, feedback->request_id) };

	*w = (struct giving){
		.s = s, .fn = fn, .who = who, .reward = feedback->reward, .weight = feedback->weight
	};
	str_copy(w->org, sizeof(w->org), org);
	str_copy(w->team, sizeof(w->team), team);
	str_copy(w->rid, sizeof(w->rid), feedback->request_id);
	redis_call(s->redis, COUNT_OF(argv), argv, on_answer, w);
}

/* --- to read what was found --- */

/* how often each task was judged: the fields of their names */
struct counts {
	struct {
		struct str task;
		int64_t n;
	} list[TASKS_MAX];
	size_t n;
};

static void read_counts(const redisReply *reply, struct counts *c)
{
	c->n = 0;
	for (size_t i = 0; i + 1 < reply->elements && c->n < TASKS_MAX; i += 2) {
		struct str field = reply_str(reply->element[i]);
		int64_t n;

		if (str_chr(field, ' ') >= 0 || !reply_int(reply->element[i + 1], &n) || n < 0)
			continue;
		c->list[c->n].task = field;
		c->list[c->n++].n = n;
	}
}

static int64_t count_of(const struct counts *c, struct str task)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->list[i].task, task))
			return c->list[i].n;
	return 0;
}

/* "TASK VENDOR/MODEL" with "GOOD BAD AT" */
static bool judged_field(const struct counts *c, struct str field, struct str text,
			 struct judged *judged_r)
{
	struct str model = field, task = str_cut(&model, ' ');
	struct str at_text = text, good_text = str_cut(&at_text, ' ');
	struct str bad_text = str_cut(&at_text, ' ');
	int64_t good, bad, at, now = count_of(c, task);
	double kept;

	if (str_absent(model) || !str_i64(good_text, &good) || !str_i64(bad_text, &bad) ||
	    !str_i64(at_text, &at) || good < 0 || bad < 0 || at < 0)
		return false;
	kept = pow(SKILL_KEPT, now > at ? (double)(now - at) : 0) / FEEDBACK_WHOLE;
	judged_r->name = skill_name(task, model);
	judged_r->good = (double)good * kept;
	judged_r->bad = (double)bad * kept;
	return true;
}

size_t judged_read(const redisReply *reply, enum scope scope, struct judged *judged_r)
{
	struct counts c;
	size_t n = 0;

	read_counts(reply, &c);
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		judged_r[n].scope = scope;
		n += judged_field(&c, reply_str(reply->element[i]),
				  reply_str(reply->element[i + 1]), &judged_r[n]);
	}
	return n;
}
