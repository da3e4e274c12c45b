/*
 * feedback.h -- what clients say of answers, counted once, for their key, team and org.
 */
#ifndef STORE_FEEDBACK_H
#define STORE_FEEDBACK_H

#include <hiredis/hiredis.h>

#include "core/feedback.h"
#include "core/payer_skills.h"
#include "model/task.h"
#include "store/store.h"

/* whose answer it was, and what answered it */
struct rated {
	char team[ID_MAX], key[ID_MAX];
	char vendor[64], model[64];
	char task[TASK_NAME_MAX];
	double before; /* what its org had judged of this model at this task, in answers */
};

#define RATED_TEXT (2 * ID_MAX + 2 * 64 + TASK_NAME_MAX)

/* "TEAM KEY VENDOR/MODEL TASK", as it is kept in Redis */
struct str rated_write(const struct rated *a, char dst[RATED_TEXT]);
/* What follows the four words (how it was rated) is passed over. False: it is no such text. */
bool rated_read(struct str text, struct rated *rated_r) MUST_CHECK;

enum feedback_end {
	FEEDBACK_OK,
	FEEDBACK_AGAIN, /* it was rated so before: nothing was done now */
	FEEDBACK_RATED, /* it was rated otherwise before */
	FEEDBACK_GONE,  /* there is no such answer, or no more, or it is another team's */
	FEEDBACK_LOST,  /* Redis gave no answer */
};
/* answer: valid during the call; NULL when there is none */
typedef void feedback_f(void *who, enum feedback_end end, const struct rated *answer);

/* Only keys of the team whose answer it is may rate it. feedback is copied; its request_id is good.
 */
void feedback_give(struct store *s, struct str org, struct str team,
		   const struct feedback *feedback, feedback_f *fn, void *who);

/* Judgements of one key, team or org as they count now, from all fields of its hash. judged_r has
 * room for one for each two elements of the reply. */
size_t judged_read(const redisReply *reply, enum scope scope, struct judged *judged_r);

#endif
