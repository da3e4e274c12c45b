/*
 * pipe_stream.c -- one event stream through the dialects, cut in every way.
 *
 * meta: {"target", "include_usage", "event_bytes", "replay_bytes"}. Out:
 *   "frames"    what a client of the OpenAI dialect gets
 *   "outcome"   ended | finished (no end mark, but finish reasons) | truncated | fault
 *   "fault"     with outcome fault
 *   "usage", "comments" (keep-alives), "gathered" (as one whole reply)
 *   "splits", "replays", "difference": null or what a cut changed
 *
 * A cut is tried twice over. The bytes are cut in two at every position and the
 * events compared with those of the uncut stream: a dialect sees nothing but
 * events, so equal events give equal answers. And the whole road is replayed, all
 * output compared, at as many positions as replay_bytes allow, and in small pieces.
 */
#include "pipe.h"

#define MAX_EVENT   ((size_t)8 << 20)
#define MAX_CHOICES 192

/* --- bytes to events --- */

typedef bool event_fn(void *arg, const struct sse_event *event); /* false: stop */

static bool feed(struct sse *s, struct str in, event_fn *on_event, void *arg, int *comments_r)
{
	struct sse_event event;

	for (;;) {
		switch (sse_feed(s, &in, &event)) {
		case SSE_MORE: return true;
		case SSE_TOO_LARGE: return false;
		case SSE_COMMENT: (*comments_r)++; break;
		case SSE_EVENT:
			if (!on_event(arg, &event))
				return false;
			break;
		}
	}
}

/* The bytes at the place where a read would have put them: behind them is nothing that a
 * sanitizer lets pass. */
static bool feed_piece(struct sse *s, struct str piece, event_fn *on_event, void *arg,
		       int *comments_r)
{
	char *own = malloc(piece.n);
	bool go_on;

	if (!own)
		abort();
	memcpy(own, piece.p, piece.n);
	go_on = feed(s, (struct str){ own, piece.n }, on_event, arg, comments_r);
	free(own);
	return go_on;
}

/* where to cut: once at `at`, or into pieces of `piece` bytes; both 0: nowhere */
struct cut {
	size_t at, piece;
};

static int feed_cut(struct str body, struct cut cut, event_fn *on_event, void *arg)
{
	struct sse s;
	struct sse_event event;
	size_t from = 0, to;
	int comments = 0;
	bool go_on = true;

	sse_init(&s, MAX_EVENT);
	for (; go_on && from < body.n; from = to) {
		to = cut.piece ? from + cut.piece : from < cut.at ? cut.at : body.n;
		to = to < body.n ? to : body.n;
		go_on = feed_piece(&s, str_sub(body, from, to), on_event, arg, &comments);
	}
	if (go_on && sse_finish(&s, &event) == SSE_EVENT)
		on_event(arg, &event);
	sse_release(&s);
	return comments;
}

/* --- the events of the uncut stream, and whether others are the same --- */

struct events {
	struct arena a;
	struct sse_event *list;
	size_t n, cap;
	size_t matched; /* by a comparison under way */
	bool differ;
};

static bool event_keep(void *arg, const struct sse_event *event)
{
	struct events *e = arg;
	struct sse_event *kept = ARENA_PUSH(&e->a, e->list, e->n, e->cap);

	if (!kept)
		return false;
	kept->name = arena_str(&e->a, event->name);
	kept->data = str_absent(event->data) ? STR_NONE : arena_str(&e->a, event->data);
	kept->comment = arena_str(&e->a, event->comment);
	return true;
}

static bool event_match(void *arg, const struct sse_event *event)
{
	struct events *e = arg;
	const struct sse_event *want = &e->list[e->matched];

	e->differ = e->matched == e->n || !str_eq(want->name, event->name) ||
		    !str_eq(want->data, event->data) || !str_eq(want->comment, event->comment) ||
		    str_absent(want->data) != str_absent(event->data);
	e->matched++;
	return !e->differ;
}

static bool events_match(struct events *e, struct str body, struct cut cut)
{
	e->matched = 0;
	e->differ = false;
	feed_cut(body, cut, event_match, e);
	return !e->differ && e->matched == e->n;
}

/* --- the whole road --- */

enum outcome { OUTCOME_OPEN, OUTCOME_ENDED, OUTCOME_FINISHED, OUTCOME_TRUNCATED, OUTCOME_FAULT };

static const char *const outcome_names[] = { "open", "ended", "finished", "truncated", "fault" };

struct replay {
	const struct target_spec *spec;
	struct answer_head head;
	struct arena stream; /* lives as long as the stream */
	struct arena event;  /* emptied after each event: nobody may still point into it */
	void *reader;
	struct chunk_state writer;
	struct gather *gather;
	struct usage usage;
	uint8_t choices[MAX_CHOICES]; /* 1 seen, 2 finished */
	enum outcome outcome;
	struct vendor_fault fault;
	int comments;
	struct buf frames, gathered;
};

static void note_choices(struct replay *r, const struct answer *answer)
{
	for (uint32_t i = 0; i < answer->n_deltas; i++) {
		const struct delta *d = &answer->deltas[i];

		if (d->choice >= 0 && d->choice < MAX_CHOICES)
			r->choices[d->choice] |= d->finish == FINISH_NONE ? 1 : 3;
	}
}

/* The event that the words may point into goes when its piece goes. */
static void keep_fault(struct replay *r)
{
	struct str *words[] = { &r->fault.type, &r->fault.type_code, &r->fault.param,
				&r->fault.message };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (!str_absent(*words[i]))
			*words[i] = arena_str(&r->stream, *words[i]);
	r->outcome = OUTCOME_FAULT;
}

static bool replay_event(void *arg, const struct sse_event *event)
{
	struct replay *r = arg;
	const struct dialect *d = r->spec->dialect;
	struct answer answer = { 0 };

	if (d->read_event(r->reader, &r->event, &r->spec->target, event, &answer, &r->fault)) {
		keep_fault(r);
		return false;
	}
	note_choices(r, &answer);
	if (answer.usage.seen)
		r->usage = answer.usage;
	dialect_openai.client->write_chunk(&r->frames, &r->writer, &r->head, &answer);
	if (!gather_add(r->gather, &answer))
		abort();
	arena_release(&r->event);
	if (answer.ended)
		r->outcome = OUTCOME_ENDED;
	return !answer.ended;
}

static enum outcome outcome_at_eof(const struct replay *r)
{
	bool seen = false;

	for (int i = 0; i < MAX_CHOICES; i++) {
		seen = seen || r->choices[i];
		if (r->choices[i] == 1)
			return OUTCOME_TRUNCATED;
	}
	return seen ? OUTCOME_FINISHED : OUTCOME_TRUNCATED;
}

static void replay_write_end(struct replay *r)
{
	const struct client_dialect *client = dialect_openai.client;
	struct answer whole = { 0 };
	struct fault fault;

	switch (r->outcome) {
	case OUTCOME_ENDED:
	case OUTCOME_FINISHED:
		client->write_end(&r->frames, &r->writer, &r->head, &r->usage);
		if (gather_answer(r->gather, &r->stream, &whole))
			client->write_reply(&r->gathered, &r->head, &whole);
		break;
	case OUTCOME_FAULT:
		fault_of_vendor(&fault, &r->fault, &r->stream);
		client->write_stream_fault(&r->frames, &fault);
		break;
	case OUTCOME_OPEN:
	case OUTCOME_TRUNCATED:
		fault_set(&fault, ERR_VENDOR_CUT, "", "%s", err_info(ERR_VENDOR_CUT)->text);
		client->write_stream_fault(&r->frames, &fault);
		break;
	}
}

static void replay_run(struct replay *r, const struct target_spec *spec, bool include_usage,
		       struct str body, struct cut cut)
{
	*r = (struct replay){ .spec = spec, .head = pipe_head };
	r->head.include_usage = include_usage;
	arena_init(&r->stream, PIPE_MAX_BYTES);
	arena_init(&r->event, PIPE_MAX_BYTES);
	buf_init(&r->frames, PIPE_MAX_BYTES);
	buf_init(&r->gathered, PIPE_MAX_BYTES);
	r->reader = calloc(1, spec->dialect->stream_size ? spec->dialect->stream_size : 1);
	r->gather = gather_new(PIPE_MAX_BYTES);
	r->writer.a = &r->stream;
	if (!r->reader || !r->gather)
		abort();
	r->comments = feed_cut(body, cut, replay_event, r);
	if (r->outcome == OUTCOME_OPEN)
		r->outcome = outcome_at_eof(r);
	replay_write_end(r);
}

static void replay_release(struct replay *r)
{
	gather_free(r->gather);
	free(r->reader);
	buf_release(&r->gathered);
	buf_release(&r->frames);
	arena_release(&r->event);
	arena_release(&r->stream);
}

static bool usage_same(const struct usage *a, const struct usage *b)
{
	return a->seen == b->seen && a->estimated == b->estimated && a->reasoning == b->reasoning &&
	       memcmp(a->tokens, b->tokens, sizeof(a->tokens)) == 0;
}

static bool replay_same(const struct replay *a, const struct replay *b)
{
	return a->outcome == b->outcome && str_eq(buf_str(&a->frames), buf_str(&b->frames)) &&
	       str_eq(buf_str(&a->gathered), buf_str(&b->gathered)) &&
	       usage_same(&a->usage, &b->usage);
}

/* --- all cuts --- */

struct trial {
	const struct target_spec *spec;
	const struct replay *uncut;
	struct str body;
	int64_t event_bytes, replay_bytes; /* how much work is allowed; -1: as much as it takes */
	int64_t splits, replays;
	struct cut bad;
	const char *what; /* that a cut changed; NULL: nothing */
};

static void replay_cut(struct trial *t, struct cut cut)
{
	struct replay r;

	replay_run(&r, t->spec, t->uncut->head.include_usage, t->body, cut);
	t->replays++;
	if (!t->what && !replay_same(&r, t->uncut)) {
		t->what = "output";
		t->bad = cut;
	}
	replay_release(&r);
}

/* of positions 1..n-1 every which, when each costs n bytes and so many bytes are allowed */
static size_t stride(size_t n, int64_t allowed)
{
	size_t positions = allowed < 0 ? n : (size_t)allowed / n;

	return positions >= n ? 1 : n / (positions ? positions : 1);
}

static void try_cuts(struct trial *t)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 61, 1000 };
	struct events events = { 0 };
	size_t n = t->body.n;

	if (n < 2)
		return;
	arena_init(&events.a, PIPE_MAX_BYTES);
	feed_cut(t->body, (struct cut){ 0, 0 }, event_keep, &events);
	for (size_t at = 1, step = stride(n, t->event_bytes); at < n && !t->what; at += step) {
		t->splits++;
		if (!events_match(&events, t->body, (struct cut){ at, 0 })) {
			t->what = "events";
			t->bad = (struct cut){ at, 0 };
		}
	}
	for (size_t i = 0; i < COUNT_OF(pieces) && !t->what; i++)
		replay_cut(t, (struct cut){ 0, pieces[i] });
	for (size_t at = 1, step = stride(n, t->replay_bytes); at < n && !t->what; at += step)
		replay_cut(t, (struct cut){ at, 0 });
	arena_release(&events.a);
}

static int64_t allowance(struct json meta, const char *name)
{
	int64_t bytes;

	return json_i64(json_get(meta, name), &bytes) && bytes >= 0 ? bytes : -1;
}

static void write_trial(struct buf *out, const struct trial *t)
{
	out_int(out, "splits", t->splits);
	out_int(out, "replays", t->replays);
	out_name(out, "difference");
	if (!t->what) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	out_text(out, "what", str_of(t->what));
	out_int(out, "at", (int64_t)t->bad.at);
	out_int(out, "piece", (int64_t)t->bad.piece);
	buf_addc(out, '}');
}

void pipe_stream(const struct job *job, const struct target_spec *spec)
{
	struct replay uncut;
	struct trial trial = {
		.spec = spec,
		.uncut = &uncut,
		.body = job->body,
		.event_bytes = allowance(job->meta, "event_bytes"),
		.replay_bytes = allowance(job->meta, "replay_bytes"),
	};

	replay_run(&uncut, spec, json_bool(json_get(job->meta, "include_usage"), true), job->body,
		   (struct cut){ 0, 0 });
	out_text(job->out, "outcome", str_of(outcome_names[uncut.outcome]));
	out_text(job->out, "frames", buf_str(&uncut.frames));
	if (uncut.outcome == OUTCOME_FAULT)
		out_vendor_fault(job->out, "fault", &uncut.fault);
	if (uncut.gathered.n)
		out_text(job->out, "gathered", buf_str(&uncut.gathered));
	out_usage(job->out, "usage", &uncut.usage);
	out_int(job->out, "comments", uncut.comments);
	try_cuts(&trial);
	write_trial(job->out, &trial);
	replay_release(&uncut);
}
