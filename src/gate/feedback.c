/* feedback.c -- POST /v1/feedback: an answer is rated, once, by a key of the team that asked. */
#include "gate/feedback.h"

#include "core/quality.h"
#include "gate/request.h"
#include "store/feedback.h"

/* of a body: three members, of which the longest is a request's id */
#define LARGEST_BODY 4096

static void fail(struct request *r, const struct fault *fault)
{
	stats_count(&r->worker->stats, COUNT_feedback_refused);
	request_fail(r, fault);
}

static enum err check_end(enum feedback_end end, struct fault *f)
{
	switch (end) {
	case FEEDBACK_GONE:
		return fault_set(f, ERR_ANSWER_UNKNOWN, "request_id",
				 "There is no answer of this id that the key's team could rate, or "
				 "none any more.");
	case FEEDBACK_RATED:
		return fault_set(f, ERR_ANSWER_RATED, "request_id",
				 "The answer was rated otherwise before. The first rating counts.");
	case FEEDBACK_LOST:
		fault_set(f, ERR_STORE, "", "Redis does not answer, so that nothing was counted.");
		f->retry_after_s = 1;
		return f->code;
	default: return ERR_OK;
	}
}

static void write_answer(struct buf *b, const struct feedback *feedback, const struct rated *answer)
{
	buf_adds(b, "{\"object\":\"feedback\",\"request_id\":");
	json_quote(b, feedback->request_id);
	buf_adds(b, ",\"model\":");
	json_quote(b, str_of(answer->model));
	buf_adds(b, ",\"task\":");
	json_quote(b, str_of(answer->task));
	buf_printf(b, ",\"reward\":%g,\"weight\":%g}", (double)feedback->reward / FEEDBACK_WHOLE,
		   (double)feedback->weight / FEEDBACK_WHOLE);
}

/* The part of the org's later ratings that counts for others: all of them together weigh no more
 * than so many answers, however many there are. */
static double say_left(double before)
{
	double left = QUALITY_SHRINKAGE / (QUALITY_SHRINKAGE + before);

	return left * left;
}

/* Others have other questions, and should not be at the mercy of one: so a rating is worth less to
 * them than to those whose answer it was, and an org's first ones more than its thousandth. */
static void tell_fleet(struct request *r, const struct rated *answer)
{
	struct catalog *c = r->catalog->catalog;
	double share = (double)r->settings->gateway_feedback_share / 100;
	double weight = share * say_left(answer->before) * (double)r->feedback.weight /
			FEEDBACK_WHOLE;
	double reward = (double)r->feedback.reward / FEEDBACK_WHOLE;
	char name[sizeof(answer->vendor) + sizeof(answer->model)];
	const struct model *model;

	snprintf(name, sizeof(name), "%s/%s", answer->vendor, answer->model);
	model = catalog_model(c, str_of(name));
	if (model)
		observe_rating(r->worker, c, model, catalog_task(c, str_of(answer->task)),
			       weight * reward, weight * (1 - reward));
}

static void count(struct request *r, const struct rated *answer)
{
	stats_count(&r->worker->stats, COUNT_feedback);
	tell_fleet(r, answer);
}

static void given(void *who, enum feedback_end end, const struct rated *answer)
{
	struct request *r = who;
	struct fault f;

	if (!request_woken(r))
		return;
	if (check_end(end, &f) != ERR_OK) {
		fail(r, &f);
		return;
	}
	if (end == FEEDBACK_OK)
		count(r, answer);
	write_answer(&r->out, &r->feedback, answer);
	request_go(r, STEP_reply);
}

static enum err read_body(struct request *r, struct fault *f)
{
	enum err e;

	r->body = exchange_take_body(r->x, &r->body_n);
	if (r->body_n > LARGEST_BODY)
		return fault_set(f, ERR_BODY_SIZE, "", "The body is larger than %d bytes.",
				 LARGEST_BODY);
	e = feedback_read(&r->arena, (struct str){ r->body, r->body_n }, &r->feedback, f);
	if (e)
		return e;
	/* what cannot be the id of a request is the id of none */
	if (!id_is_good(r->feedback.request_id) || r->feedback.request_id.n >= RID_MAX)
		return check_end(FEEDBACK_GONE, f);
	return ERR_OK;
}

void feedback_answer(struct request *r)
{
	struct fault f;

	if (read_body(r, &f) != ERR_OK) {
		fail(r, &f);
		return;
	}
	request_wait(r);
	feedback_give(&r->worker->store, str_of(r->org), str_of(r->payer.scope[SCOPE_team].id),
		      &r->feedback, given, r);
}
