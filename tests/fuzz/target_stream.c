/*
 * target_stream.c -- whatever a vendor streams becomes chunks of OpenAI's shape, or a fault;
 * the same ones however the bytes are cut, and together they make a whole answer.
 */
#include "core/gather.h"
#include "fuzz_shape.h"
#include "fuzz_vendor.h"

/* one life of a stream */
struct run {
	const struct fuzz_vendor *vendor;
	struct arena lasting, passing; /* of the stream, and of one event */
	void *reader;
	struct sse sse;
	struct chunk_state writer;
	struct gather *gather;
	struct usage usage;
	struct buf frames, whole;
	bool ended, failed;
};

static void run_init(struct run *r, const struct fuzz_vendor *v)
{
	*r = (struct run){ .vendor = v };
	arena_init(&r->lasting, FUZZ_ROOM);
	arena_init(&r->passing, FUZZ_ROOM);
	buf_init(&r->frames, FUZZ_ROOM);
	buf_init(&r->whole, FUZZ_ROOM);
	sse_init(&r->sse, FUZZ_ROOM);
	r->reader = calloc(1, v->dialect->stream_size + 1);
	r->gather = gather_new(FUZZ_ROOM);
	r->writer.a = &r->lasting;
	if (!r->reader || !r->gather)
		abort();
}

static void run_release(struct run *r)
{
	gather_free(r->gather);
	free(r->reader);
	sse_release(&r->sse);
	buf_release(&r->whole);
	buf_release(&r->frames);
	arena_release(&r->passing);
	arena_release(&r->lasting);
}

static void take_event(struct run *r, const struct sse_event *event)
{
	const struct fuzz_vendor *v = r->vendor;
	struct vendor_fault fault = { 0 };
	struct answer increment = { 0 };

	arena_release(&r->passing); /* nobody may point into what the last event left */
	r->failed = v->dialect->read_event(r->reader, &r->passing, &v->target, event, &increment,
					   &fault) != ERR_OK;
	if (increment.usage.seen)
		r->usage = increment.usage;
	if (r->failed) {
		vendor_fault_must_be_good(&fault);
		return;
	}
	dialect_openai.client->write_chunk(&r->frames, &r->writer, &fuzz_head, &increment);
	HOLDS(gather_add(r->gather, &increment), "an increment does not fit");
	r->ended |= increment.ended;
}

static void feed(struct run *r, struct str piece)
{
	char *own = fuzz_own(piece);
	struct str rest = { own, piece.n };
	struct sse_event event;
	enum sse_result result;

	while (!r->failed && (result = sse_feed(&r->sse, &rest, &event)) != SSE_MORE)
		if (result == SSE_EVENT)
			take_event(r, &event);
	free(own);
}

static void end(struct run *r)
{
	struct answer whole = { 0 };
	struct sse_event event;

	if (!r->failed && sse_finish(&r->sse, &event) == SSE_EVENT)
		take_event(r, &event);
	if (r->failed)
		return;
	dialect_openai.client->write_end(&r->frames, &r->writer, &fuzz_head, &r->usage);
	HOLDS(gather_answer(r->gather, &r->lasting, &whole), "what was gathered does not fit");
	dialect_openai.client->write_reply(&r->whole, &fuzz_head, &whole);
}

static void go(struct run *r, struct str stream, struct str cuts)
{
	while (!r->failed && stream.n) {
		size_t piece = cuts.n ? 1 + (size_t)fuzz_choose(&cuts, 63) : stream.n;

		feed(r, str_sub(stream, 0, piece));
		stream = str_sub(stream, piece, stream.n);
	}
	end(r);
}

static void must_be_same(const struct run *a, const struct run *b)
{
	HOLDS(a->failed == b->failed && a->ended == b->ended, "a cut changes how it ends");
	HOLDS(str_eq(buf_str(&a->frames), buf_str(&b->frames)),
	      "in one piece\n%.*s\nin pieces\n%.*s", STR_ARG(buf_str(&a->frames)),
	      STR_ARG(buf_str(&b->frames)));
	HOLDS(str_eq(buf_str(&a->whole), buf_str(&b->whole)), "in one piece\n%.*s\nin pieces\n%.*s",
	      STR_ARG(buf_str(&a->whole)), STR_ARG(buf_str(&b->whole)));
	HOLDS(memcmp(a->usage.tokens, b->usage.tokens, sizeof(a->usage.tokens)) == 0,
	      "a cut changes the usage");
}

static void usage_must_be_good(const struct usage *usage)
{
	for (int i = 0; i < USAGE_COUNT; i++)
		HOLDS(usage->tokens[i] >= 0, "%lld tokens", (long long)usage->tokens[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct run whole, pieces;
	struct fuzz_vendor v;
	struct str cuts;
	size_t n_cuts;

	vendor_choose(&v, &in);
	vendor_speak(&v, (enum dialect_id)fuzz_choose(&in, DIALECT_COUNT - 1));
	n_cuts = (size_t)fuzz_choose(&in, 31);
	cuts = str_sub(in, 0, n_cuts);
	in = str_sub(in, n_cuts, in.n);
	run_init(&whole, &v);
	run_init(&pieces, &v);
	go(&whole, in, STR_NONE);
	go(&pieces, in, cuts);
	must_be_same(&whole, &pieces);
	usage_must_be_good(&whole.usage);
	stream_must_have_shape(buf_str(&whole.frames), !whole.failed);
	if (!whole.failed)
		reply_must_have_shape(buf_str(&whole.whole));
	run_release(&whole);
	run_release(&pieces);
	return 0;
}
