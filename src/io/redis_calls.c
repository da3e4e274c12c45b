/* redis_calls.c -- deadlines and answers of the commands of one connection. */
#include "io/redis_calls.h"

#include "io/redis_error.h"

struct call {
	struct calls *s; /* NULL: it was answered */
	redis_reply_f *fn;
	void *who;
	int64_t asked_us, due_us;
	enum redis_end refused; /* why it was never sent */
	TAILQ_ENTRY(call) more;
};

static void answer_all(struct call_list *list, enum redis_end end)
{
	struct call *c;

	TAILQ_FOREACH (c, list, more)
		c->s = NULL;
	TAILQ_FOREACH (c, list, more)
		c->fn(c->who, end, NULL);
}

void calls_lose(struct calls *s)
{
	struct call_list lost = TAILQ_HEAD_INITIALIZER(lost);

	timer_cancel(s->loop, &s->deadline);
	TAILQ_CONCAT(&lost, &s->pending, more);
	s->n_pending = 0;
	s->link = NULL;
	answer_all(&lost, REDIS_LOST);
}

static void on_deadline(void *who)
{
	struct calls *s = who;
	struct call *first = TAILQ_FIRST(&s->pending);
	char why[64];

	/* were we late ourselves? the answer may lie in the socket */
	if (first && first->due_us <= loop_now_us(s->loop))
		link_read(s->link);
	first = TAILQ_FIRST(&s->pending);
	if (!first)
		return;
	if (first->due_us > loop_now_us(s->loop)) {
		timer_set(s->loop, &s->deadline, first->due_us);
		return;
	}
	snprintf(why, sizeof(why), "no answer within %lld ms",
		 (long long)(first->due_us - first->asked_us) / 1000);
	s->events->broken(s->who, why);
}

/* an answer that means "as if it were down" is told as such, and maybe to the connection too */
static void tell(struct calls *s, const struct call *c, const redisReply *reply)
{
	enum redis_means means = redis_means(reply);

	if (means == MEANS_LEAVE)
		s->events->unfit(s->who);
	if (means == MEANS_LEAVE || means == MEANS_DOWN)
		c->fn(c->who, REDIS_DOWN, NULL);
	else
		c->fn(c->who, REDIS_REPLY, reply);
}

static void on_reply(redisAsyncContext *ac, void *reply, void *who)
{
	struct call *c = who;
	struct calls *s = c->s;

	if (s && reply) {
		TAILQ_REMOVE(&s->pending, c, more);
		s->n_pending--;
		tell(s, c, reply);
	} else if (s) {
		/* the connection broke: this call is answered with all the others */
		s->events->broken(s->who,
				  ac->errstr && ac->errstr[0] ? ac->errstr : "connection lost");
	}
	free(c);
}

static void on_answer(void *who)
{
	struct calls *s = who;
	struct call_list now = TAILQ_HEAD_INITIALIZER(now);
	struct call *c;

	/* what is refused meanwhile is answered in the next turn */
	TAILQ_CONCAT(&now, &s->refused, more);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, more);
		c->fn(c->who, c->refused, NULL);
		free(c);
	}
}

static void refuse(struct calls *s, struct call *c, enum redis_end why)
{
	if (s->closing) {
		free(c);
		return;
	}
	c->refused = why;
	TAILQ_INSERT_TAIL(&s->refused, c, more);
	if (!timer_is_set(&s->answer))
		timer_set(s->loop, &s->answer, loop_now_us(s->loop));
}

/* by deadline: a call that comes from another node may have less time left than those before it */
static void enqueue(struct calls *s, struct call *c)
{
	struct call *before = TAILQ_LAST(&s->pending, call_list);

	while (before && before->due_us > c->due_us)
		before = TAILQ_PREV(before, call_list, more);
	if (before)
		TAILQ_INSERT_AFTER(&s->pending, before, c, more);
	else
		TAILQ_INSERT_HEAD(&s->pending, c, more);
	s->n_pending++;
	if (TAILQ_FIRST(&s->pending) == c || !timer_is_set(&s->deadline))
		timer_set(s->loop, &s->deadline, TAILQ_FIRST(&s->pending)->due_us);
}

void calls_send(struct calls *s, struct link *link, int64_t due_us, struct str command,
		redis_reply_f *fn, void *who)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		abort(); /* somebody would wait for ever */
	*c = (struct call){ .s = s, .fn = fn, .who = who, .due_us = due_us };
	c->asked_us = loop_now_us(s->loop);
	if (s->n_pending >= s->max_pending) {
		refuse(s, c, REDIS_FULL);
		return;
	}
	if (!link || str_absent(command) || !link_send_written(link, command, on_reply, c)) {
		refuse(s, c, REDIS_DOWN);
		return;
	}
	s->link = link;
	enqueue(s, c);
}

void calls_init(struct calls *s, struct loop *l, uint32_t max_pending,
		const struct calls_events *events, void *who)
{
	*s = (struct calls){ .loop = l, .events = events, .who = who, .max_pending = max_pending };
	TAILQ_INIT(&s->pending);
	TAILQ_INIT(&s->refused);
	s->deadline = (struct timer){ .fire = on_deadline, .who = s };
	s->answer = (struct timer){ .fire = on_answer, .who = s };
}

void calls_close(struct calls *s)
{
	s->closing = true;
}

void calls_release(struct calls *s)
{
	on_answer(s);
	timer_cancel(s->loop, &s->answer);
}
