/*
 * target_sse.c -- an event stream gives the same events however its bytes are cut,
 * also where it comes near the largest event that is taken.
 */
#include "core/sse.h"
#include "fuzz.h"

/* what came out, in an unambiguous form */
static void note(struct buf *log, enum sse_result result, const struct sse_event *e)
{
	const struct str fields[] = { e->name, e->data, e->comment };

	buf_addi(log, result);
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		buf_printf(log, " %d:%zu:", str_absent(fields[i]), fields[i].n);
		buf_add(log, fields[i]);
	}
	buf_addc(log, '\n');
}

/* false: the stream was given up */
static bool feed(struct sse *s, struct str piece, struct buf *log)
{
	char *own = fuzz_own(piece);
	struct str rest = { own, piece.n };
	struct sse_event event;
	enum sse_result result;

	while ((result = sse_feed(s, &rest, &event)) == SSE_EVENT || result == SSE_COMMENT) {
		HOLDS(event.name.n + event.data.n + event.comment.n <= s->max_event,
		      "an event larger than any may be");
		note(log, result, &event);
	}
	HOLDS(result == SSE_TOO_LARGE || rest.n == 0, "%zu bytes were not taken", rest.n);
	free(own);
	return result == SSE_MORE;
}

/* `cuts` says how long the pieces are; used up or absent: all in one */
static void run(struct str stream, struct str cuts, size_t max_event, struct buf *log)
{
	struct sse_event event;
	enum sse_result last;
	struct sse s;
	bool go_on = true;

	sse_init(&s, max_event);
	while (go_on && stream.n) {
		size_t piece = cuts.n ? 1 + (size_t)fuzz_choose(&cuts, 15) : stream.n;

		go_on = feed(&s, str_sub(stream, 0, piece), log);
		stream = str_sub(stream, piece, stream.n);
	}
	last = go_on ? sse_finish(&s, &event) : SSE_TOO_LARGE;
	if (last == SSE_EVENT || last == SSE_COMMENT)
		note(log, last, &event);
	buf_addi(log, last);
	sse_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	size_t max_event = 1 + (size_t)fuzz_choose(&in, 255);
	size_t n_cuts = (size_t)fuzz_choose(&in, 31);
	struct str cuts = str_sub(in, 0, n_cuts), stream = str_sub(in, n_cuts, in.n);
	struct buf whole, pieces;

	buf_init(&whole, FUZZ_ROOM);
	buf_init(&pieces, FUZZ_ROOM);
	run(stream, STR_NONE, max_event, &whole);
	run(stream, cuts, max_event, &pieces);
	HOLDS(str_eq(buf_str(&whole), buf_str(&pieces)), "in one piece:\n%.*s\nin pieces:\n%.*s",
	      STR_ARG(buf_str(&whole)), STR_ARG(buf_str(&pieces)));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
