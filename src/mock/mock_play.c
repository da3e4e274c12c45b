/*
 * mock_play.c -- one answer in time.
 *
 * One loop: what is rendered is written first, then the phase's step is taken, until
 * something has to be waited for. A whole answer walks through the same events as a
 * stream, so that it takes as long; it only says all of it at the end.
 */
#include "mock/mock_play.h"

#include "base/clock.h"
#include "mock/mock_auth.h"

#define MAX_OUT_BYTES        (64u << 20)
#define MEMORY_BYTES         (16u << 20) /* beside what the body needs */
#define DRIBBLE_US           1000
#define DEFAULT_KEEPALIVE_MS 100

static void play_free(struct play *p)
{
	timer_cancel(p->mock->loop, &p->timer);
	p->mock->stats.open--;
	p->magic = 0;
	buf_release(&p->out);
	arena_release(&p->arena);
	free(p);
}

/* --- writing --- */

/* does a rule need to send a body piece by piece? */
static bool is_broken_up(const struct mock_rule *r)
{
	return r->cut > 0 || r->cut_byte >= 0 || r->dribble > 0 || r->keepalive > 0 || r->stall > 0;
}

static size_t collect_heads(struct play *p, const char *type, int status,
			    struct reply_header *headers)
{
	struct mock_reply_heads heads = { .n = 0 };

	mock_head(&heads, "content-type", type);
	p->ask.dialect->heads(&heads, &p->arena, &p->fill, status);
	mock_rule_heads(&p->rule, &p->arena, p->answer.created, &heads);
	for (size_t i = 0; i < heads.n; i++)
		headers[i] = (struct reply_header){ heads.items[i].name, heads.items[i].value };
	return heads.n;
}

static const char *type_of(const struct play *p)
{
	return p->ask.stream ? p->ask.dialect->stream_type : "application/json";
}

void play_speak(struct play *p, int status, const char *type)
{
	struct reply_header headers[MOCK_MAX_HEADERS];
	size_t n;

	if (p->spoken)
		return;
	n = collect_heads(p, type ? type : type_of(p), status, headers);
	exchange_stream(p->x, status, headers, n);
	p->spoken = true;
	p->status = status;
}

void play_say(struct play *p, int status, const char *type, enum mock_outcome outcome)
{
	struct reply_header headers[MOCK_MAX_HEADERS];
	size_t n;

	if (p->spoken || is_broken_up(&p->rule)) {
		play_speak(p, status, type);
		play_over(p, outcome, true);
		return;
	}
	n = collect_heads(p, type ? type : type_of(p), status, headers);
	p->status = status;
	p->body_bytes = p->out.n;
	exchange_reply(p->x, status, headers, n, &p->out);
	p->replied = true;
	play_over(p, outcome, true);
}

void play_over(struct play *p, enum mock_outcome outcome, bool clean)
{
	p->outcome = outcome;
	p->clean = clean;
	p->phase = PLAY_OVER;
}

static void wait_us(struct play *p, int64_t us)
{
	p->waiting = true;
	timer_set(p->mock->loop, &p->timer, loop_now_us(p->mock->loop) + us);
}

/* once what was said is written */
static void pause_ms(struct play *p, int64_t ms)
{
	p->pause_us = ms > 0 ? ms * 1000 : 0;
}

/* write what is in p->out, or as much of it as the rule lets pass */
static void flush(struct play *p)
{
	int64_t cut = p->rule.cut_byte, dribble = p->rule.dribble;
	size_t n = p->out.n;
	bool reached;

	if (dribble > 0 && n > (size_t)dribble)
		n = (size_t)dribble;
	reached = cut >= 0 && p->body_bytes + n >= (uint64_t)cut;
	if (reached)
		n = (size_t)((uint64_t)cut - p->body_bytes);
	play_speak(p, 200, NULL);
	p->body_bytes += n;
	p->waiting = !exchange_write(p->x, str_sub(buf_str(&p->out), 0, n));
	buf_drop(&p->out, n);
	if (reached) {
		buf_reset(&p->out);
		p->waiting = false;
		play_over(p, OUTCOME_CUT, false);
	} else if (dribble > 0 && !p->waiting) {
		wait_us(p, DRIBBLE_US);
	}
}

static void add_lines(struct play *p, struct str text)
{
	while (p->rule.crlf > 0 && text.n) {
		ptrdiff_t at = str_chr(text, '\n');

		if (at < 0)
			break;
		buf_add(&p->out, str_sub(text, 0, (size_t)at));
		buf_adds(&p->out, "\r\n");
		text = str_sub(text, (size_t)at + 1, text.n);
	}
	buf_add(&p->out, text);
}

/* --- events --- */

static int64_t in_proportion(int64_t told, int64_t part, int64_t whole)
{
	return whole ? told * part / whole : 0;
}

/* usage as it stands now, falsified like the rest of it */
static struct mock_usage usage_now(const struct play *p, enum mock_event_kind kind)
{
	const struct mock_usage *true_one = &p->answer.usage;
	struct mock_usage u = p->answer.reported;

	if (kind >= EVENT_FINISH)
		return u;
	u.output = in_proportion(u.output, p->walk.produced, true_one->output);
	u.reasoning = in_proportion(u.reasoning, p->walk.reasoned, true_one->reasoning);
	return u;
}

/* take the next event, and say it when this is a stream */
static enum mock_event_kind next_event(struct play *p)
{
	struct mock_event event;
	struct buf frame;

	if (!mock_walk_next(&p->walk, &event))
		return EVENT_KINDS;
	if (!p->ask.stream)
		return event.kind;
	p->fill.event = &event;
	p->fill.index = event.choice;
	p->fill.choice = &p->answer.choices[event.choice];
	p->fill.call = event.call;
	p->fill.usage = usage_now(p, event.kind);
	buf_init(&frame, MAX_OUT_BYTES);
	p->ask.dialect->frame(&frame, &p->fill);
	add_lines(p, buf_str(&frame));
	p->fill.frames += frame.n > 0;
	p->fill.opened |= event.kind > EVENT_START;
	p->fill.event = NULL;
	buf_release(&frame);
	return event.kind;
}

void play_render_whole(struct play *p)
{
	p->fill.event = NULL;
	p->fill.index = 0;
	p->fill.choice = &p->answer.choices[0];
	p->fill.usage = p->answer.reported;
	p->ask.dialect->whole(&p->out, &p->fill);
}

/* --- steps --- */

static void arrived(struct play *p)
{
	p->phase = PLAY_HEADERS;
	pause_ms(p, p->rule.headers_ms);
}

static void headers(struct play *p)
{
	if (play_break(p, PLACE_HEADERS))
		return;
	if (p->ask.stream || is_broken_up(&p->rule))
		play_speak(p, 200, NULL);
	if (!play_break(p, PLACE_BODY))
		p->phase = PLAY_KEEPALIVE;
}

/* signs of life before there is an answer: comments in a stream, else empty lines */
static void keepalive(struct play *p)
{
	if (p->keepalives-- <= 0) {
		p->phase = PLAY_EARLY;
		return;
	}
	add_lines(p, p->ask.stream ? str_of(p->ask.dialect->keepalive) : STR("\n"));
	pause_ms(p, p->rule.keepalive_ms >= 0 ? p->rule.keepalive_ms : DEFAULT_KEEPALIVE_MS);
}

static void early(struct play *p)
{
	while (!mock_event_is_content(mock_walk_peek(&p->walk)) &&
	       mock_walk_peek(&p->walk) < EVENT_FINISH)
		(void)next_event(p);
	p->phase = PLAY_START;
	p->paced = true;
	pause_ms(p, p->rule.ttft_ms);
}

static void start(struct play *p)
{
	if (!play_break(p, PLACE_START))
		p->phase = PLAY_TALK;
}

static bool at_the_end(const struct play *p)
{
	enum mock_event_kind mark = p->answer.n == 1 ? p->ask.dialect->end_mark : EVENT_END;

	return mock_walk_peek(&p->walk) == mark || mock_walk_peek(&p->walk) == EVENT_KINDS;
}

static void talk(struct play *p)
{
	enum mock_event_kind kind = mock_walk_peek(&p->walk);

	if (at_the_end(p)) {
		p->phase = PLAY_FINISH;
		return;
	}
	if (mock_event_is_content(kind) && !p->paced) {
		p->paced = true;
		pause_ms(p, p->rule.chunk_ms);
		return;
	}
	(void)next_event(p);
	p->paced = p->paced && !mock_event_is_content(kind);
	if (p->middle_passed || p->walk.pieces_done == 0 ||
	    p->walk.pieces_done * 2 < p->walk.pieces)
		return;
	p->middle_passed = true;
	(void)play_break(p, PLACE_MIDDLE);
}

static void finish(struct play *p)
{
	if (play_break(p, PLACE_END))
		return;
	if (!p->ask.stream) {
		play_render_whole(p);
		play_say(p, 200, NULL, OUTCOME_COMPLETE);
		return;
	}
	while (p->rule.no_done <= 0 && next_event(p) != EVENT_KINDS)
		;
	if (p->rule.double_done > 0)
		buf_adds(&p->out, p->ask.dialect->second_end);
	play_over(p, OUTCOME_COMPLETE, true);
}

static void stalled(struct play *p)
{
	p->waiting = true;
}

static void run(struct play *p)
{
	static void (*const steps[PLAY_OVER])(struct play * p) = {
		[PLAY_ARRIVED] = arrived, [PLAY_HEADERS] = headers, [PLAY_KEEPALIVE] = keepalive,
		[PLAY_EARLY] = early,     [PLAY_START] = start,     [PLAY_TALK] = talk,
		[PLAY_FINISH] = finish,   [PLAY_STALLED] = stalled,
	};

	while (!p->waiting && (p->out.n || p->phase != PLAY_OVER)) {
		int64_t pause_us = p->pause_us;

		if (p->out.n) {
			flush(p);
		} else if (pause_us) {
			p->pause_us = 0;
			wait_us(p, pause_us);
		} else {
			steps[p->phase](p);
		}
	}
	if (p->waiting)
		return;
	play_settle(p);
	if (!p->replied)
		exchange_end(p->x, p->clean);
	play_free(p);
}

/* --- from outside --- */

static void on_timer(void *who)
{
	struct play *p = who;

	CHECK_OBJ(p, PLAY_MAGIC);
	p->waiting = false;
	run(p);
}

void mock_play_drained(void *play)
{
	struct play *p = play;

	CHECK_OBJ(p, PLAY_MAGIC);
	if (timer_is_set(&p->timer))
		return; /* it waits for something else */
	p->waiting = false;
	run(p);
}

void mock_play_gone(void *play)
{
	struct play *p = play;

	CHECK_OBJ(p, PLAY_MAGIC);
	p->outcome = p->mock->stopping ? OUTCOME_SHUTDOWN : OUTCOME_CLIENT_GONE;
	play_settle(p);
	play_free(p);
}

/* --- the beginning --- */

static struct play *play_new(struct mock *m, struct exchange *x, const struct mock_dialect *dialect,
			     const struct mock_heads *heads)
{
	struct play *p = calloc(1, sizeof(*p));
	struct buf id;

	if (!p)
		return NULL;
	p->magic = PLAY_MAGIC;
	p->mock = m;
	p->x = x;
	p->number = m->number;
	p->arrived_us = clock_wall_us();
	p->timer = (struct timer){ .fire = on_timer, .who = p };
	p->rnd = rnd_seed(p->number);
	arena_init(&p->arena, MEMORY_BYTES + 3 * exchange_body(x).n);
	buf_init(&p->out, MAX_OUT_BYTES);
	mock_rule_default(&p->rule);
	buf_init(&id, 64);
	mock_random_uuid(&id, &p->rnd);
	p->request_id = arena_str(&p->arena, buf_str(&id));
	buf_release(&id);
	p->ask = (struct mock_ask){
		.a = &p->arena, .dialect = dialect, .models = &m->models, .heads = *heads
	};
	p->answer.created = p->arrived_us / 1000000;
	p->fill = (struct mock_fill){
		.ask = &p->ask, .answer = &p->answer, .rnd = &p->rnd, .request_id = p->request_id
	};
	if (++m->stats.open > m->stats.most_open)
		m->stats.most_open = m->stats.open;
	exchange_attach(x, p);
	return p;
}

/* for the bill, which may be written when the exchange is gone */
static void keep(struct play *p, struct str *text)
{
	if (!str_absent(*text))
		*text = arena_str(&p->arena, *text);
}

/* false: it was refused, in p->ask.error */
static bool read_request(struct play *p)
{
	struct json_doc *doc = ARENA_NEW(&p->arena, struct json_doc);
	size_t at;

	if (!mock_auth(&p->ask, p->mock->keys[p->ask.dialect->vendor]))
		return false;
	if (!doc || json_parse(doc, &p->arena, exchange_body(p->x), &json_limits_default, &at) ||
	    json_type(json_root(doc)) != JSON_OBJECT)
		return mock_auth_bad_json(&p->ask);
	p->ask.root = json_root(doc);
	return p->ask.dialect->check(&p->ask);
}

static bool prepare(struct play *p)
{
	struct mock *m = p->mock;
	struct mock_usage cached;
	struct fault fault;

	if (!mock_rules_pick(&m->rules, &p->ask, &m->defaults, &p->rule, &fault)) {
		mock_error_of_status(p->ask.dialect->vendor, 400, &p->ask.error);
		p->ask.error.message = arena_str(&p->arena, str_of(fault.text));
		return false;
	}
	mock_cache_ask(&m->cache, &p->ask, p->rule.cache == CACHE_PREFIX, &cached);
	p->keepalives = p->rule.keepalive;
	if (mock_answer_make(&p->ask, &p->rule, &cached, p->answer.created, p->number,
			     &p->answer) &&
	    mock_walk_init(&p->walk, &p->arena, &p->answer, p->rule.chunks))
		return true;
	mock_error_of_status(p->ask.dialect->vendor, 500, &p->ask.error);
	return false;
}

void mock_play(struct mock *m, struct exchange *x, const struct mock_dialect *dialect,
	       const struct mock_heads *heads)
{
	struct play *p = play_new(m, x, dialect, heads);
	struct buf empty;
	bool taken;

	if (!p) {
		buf_init(&empty, 1);
		exchange_reply(x, 500, NULL, 0, &empty);
		return;
	}
	taken = read_request(p);
	keep(p, &p->ask.heads.attempt);
	keep(p, &p->ask.model_name);
	if (!taken) {
		play_refuse(p, &p->ask.error);
	} else if (heads->counts_only) {
		buf_printf(&p->out, "{\"input_tokens\":%lld}", (long long)p->ask.input_tokens);
		p->ask.stream = false;
		p->rule.bill = BILL_NOTHING;
		play_say(p, 200, NULL, OUTCOME_COMPLETE);
	} else if (!prepare(p)) {
		play_refuse(p, &p->ask.error);
	}
	run(p);
}
