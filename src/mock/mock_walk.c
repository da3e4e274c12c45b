/* mock_walk.c -- from an answer to its events. */
#include "mock/mock_walk.h"

static bool is_part(enum mock_event_kind kind)
{
	return kind == EVENT_REASONING || kind == EVENT_TEXT || kind == EVENT_REFUSAL ||
	       kind == EVENT_ARGUMENTS;
}

bool mock_event_is_content(enum mock_event_kind kind)
{
	return is_part(kind) || kind == EVENT_OPEN_CALL;
}

/* the text that a cursor stands in */
static struct str part_of(const struct mock_choice *c, const struct mock_cursor *at)
{
	switch (at->next) {
	case EVENT_REASONING: return c->reasoning;
	case EVENT_TEXT: return c->text;
	case EVENT_REFUSAL: return c->refusal;
	case EVENT_ARGUMENTS: return c->calls[at->call].arguments;
	default: return STR_NONE;
	}
}

/* --- the order of events --- */

static enum mock_event_kind after_text(const struct mock_choice *c)
{
	return c->n_calls ? EVENT_OPEN_CALL : EVENT_FINISH;
}

static enum mock_event_kind after_reasoning(const struct mock_choice *c)
{
	if (c->text.n)
		return EVENT_OPEN_TEXT;
	return c->refusal.n ? EVENT_REFUSAL : after_text(c);
}

static enum mock_event_kind follow(const struct mock_choice *c, struct mock_cursor *at)
{
	switch (at->next) {
	case EVENT_START: return c->reasoning.n ? EVENT_OPEN_REASONING : after_reasoning(c);
	case EVENT_OPEN_REASONING: return EVENT_REASONING;
	case EVENT_REASONING: return EVENT_CLOSE_REASONING;
	case EVENT_CLOSE_REASONING: return after_reasoning(c);
	case EVENT_OPEN_TEXT: return EVENT_TEXT;
	case EVENT_TEXT: return EVENT_CLOSE_TEXT;
	case EVENT_CLOSE_TEXT:
	case EVENT_REFUSAL: return after_text(c);
	case EVENT_OPEN_CALL:
		return c->calls[at->call].arguments.n ? EVENT_ARGUMENTS : EVENT_CLOSE_CALL;
	case EVENT_ARGUMENTS: return EVENT_CLOSE_CALL;
	case EVENT_CLOSE_CALL: return ++at->call < c->n_calls ? EVENT_OPEN_CALL : EVENT_FINISH;
	default: return EVENT_KINDS;
	}
}

/* to the event after this one */
static void advance(struct mock_walk *w, struct mock_cursor *at)
{
	const struct mock_choice *c = &w->answer->choices[at - w->cursors];

	if (is_part(at->next) && at->at < part_of(c, at).n)
		return;
	at->at = 0;
	at->next = follow(c, at);
	at->done = at->next == EVENT_KINDS;
}

/* --- pieces --- */

static struct str next_piece(const struct mock_walk *w, struct str part, size_t from)
{
	size_t to = from + w->piece_bytes;

	/* a piece has whole characters, as real ones have */
	while (to < part.n && ((unsigned char)part.p[to] & 0xC0) == 0x80)
		to++;
	return str_sub(part, from, to);
}

static void take_piece(struct mock_walk *w, struct mock_cursor *at, struct mock_event *event)
{
	struct str part = part_of(&w->answer->choices[event->choice], at);
	int64_t before = mock_tokens(at->at), tokens;

	event->first = at->at == 0;
	event->piece = next_piece(w, part, at->at);
	at->at += event->piece.n;
	event->sofar = str_sub(part, 0, at->at);
	tokens = mock_tokens(at->at) - before;
	w->produced += tokens;
	if (event->kind == EVENT_REASONING)
		w->reasoned += tokens;
	w->pieces_done++;
}

/* what is said without being shown counts as soon as something is */
static void count_silent(struct mock_walk *w, const struct mock_event *event)
{
	const struct mock_choice *c = &w->answer->choices[event->choice];

	if (event->kind == EVENT_START) {
		w->produced += c->hidden_tokens;
		w->reasoned += c->hidden_tokens;
	}
	if (event->kind == EVENT_OPEN_CALL)
		w->produced += mock_tokens(c->calls[event->call].name.n);
}

static int64_t pieces_of(size_t bytes, size_t piece)
{
	return (int64_t)((bytes + piece - 1) / piece);
}

static int64_t count_pieces(const struct mock_choice *c, size_t piece)
{
	int64_t n = pieces_of(c->reasoning.n, piece) + pieces_of(c->text.n, piece) +
		    pieces_of(c->refusal.n, piece);

	for (size_t i = 0; i < c->n_calls; i++)
		n += pieces_of(c->calls[i].arguments.n, piece);
	return n;
}

bool mock_walk_init(struct mock_walk *w, struct arena *a, const struct mock_answer *answer,
		    int64_t chunks)
{
	size_t bytes = 0;

	*w = (struct mock_walk){ .answer = answer, .piece_bytes = 4, .tail = EVENT_USAGE };
	w->cursors = ARENA_ARRAY(a, struct mock_cursor, answer->n);
	for (size_t i = 0; i < answer->n; i++)
		bytes += 4 * (size_t)mock_choice_tokens(&answer->choices[i]);
	if (chunks > 0 && bytes > 0)
		w->piece_bytes = ((bytes + (size_t)chunks - 1) / (size_t)chunks + 3) / 4 * 4;
	for (size_t i = 0; i < answer->n; i++)
		w->pieces += count_pieces(&answer->choices[i], w->piece_bytes);
	return w->cursors != NULL;
}

/* the cursor whose turn it is; NULL: all choices are finished */
static struct mock_cursor *whose_turn(const struct mock_walk *w)
{
	for (size_t i = 0; i < w->answer->n; i++) {
		struct mock_cursor *at = &w->cursors[(w->turn + i) % w->answer->n];

		if (!at->done)
			return at;
	}
	return NULL;
}

enum mock_event_kind mock_walk_peek(const struct mock_walk *w)
{
	const struct mock_cursor *at = whose_turn(w);

	return at ? at->next : w->tail;
}

bool mock_walk_next(struct mock_walk *w, struct mock_event *event_r)
{
	struct mock_cursor *at = whose_turn(w);

	*event_r = (struct mock_event){ .kind = w->tail };
	if (!at) {
		if (w->tail == EVENT_KINDS)
			return false;
		w->tail++;
		return true;
	}
	event_r->kind = at->next;
	event_r->choice = (size_t)(at - w->cursors);
	event_r->call = at->call;
	if (is_part(at->next))
		take_piece(w, at, event_r);
	count_silent(w, event_r);
	advance(w, at);
	w->turn = event_r->choice + 1;
	return true;
}
