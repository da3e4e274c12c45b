/*
 * instructions.c -- the parts of a request that touch no socket, each done many times on the same
 * input, for callgrind to count (tests/bench/test_instructions.py).
 *
 *   tests/bench/instructions CONFIG TASK-MODEL
 *
 * A part is a function part_NAME. Nothing here may depend on the time, the machine or chance;
 * what a part needs is made before, and what it leaves is cleared behind it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/charge.h"
#include "core/decision.h"
#include "core/dialect.h"
#include "core/features.h"
#include "io/script.h"
#include "store/books.h"

#include "request.h"

#define TURNS        100 /* PER_TURN of test_instructions.py */
#define PROMPT_BYTES 1024
#define NOW_US       1795353255000000LL

static struct {
	struct arena arena, scratch, texts;
	struct str body;
	struct json_limits json;
	struct chat chat;
	struct facts facts;
	struct plan plan;
	struct payer payer;
	struct periods periods;
	struct choose_ask ask;
	struct store store;
	struct held held;
	struct sse sse;
	void *stream; /* the vendor dialect's */
	struct chunk_state chunks;
	struct answer_head head;
	struct buf out;
	const struct target *target;
} world;

static const struct dialect *const openai = &dialect_openai;

static const char reply_text[] =
	"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1760000000,"
	"\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
	"\"assistant\",\"content\":\"The order had been packed, but the label was printed for the "
	"wrong depot, and the parcel waited there until somebody asked for it.\",\"refusal\":null},"
	"\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":210,"
	"\"completion_tokens\":28,\"total_tokens\":238,\"prompt_tokens_details\":{\"cached_"
	"tokens\":"
	"0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
	"\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\"}";

static const char chunk_text[] =
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,"
	"\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
	"\" parcel\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";

/* --- Redis (the linker sends every script call here) --- */

/* what waits for the answer; free() is all that it needs */
static void *waiting;

void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who);

void __wrap_script_call(struct redis *r, enum script_id id, struct script_words *w,
			redis_reply_f *fn, void *who)
{
	(void)r, (void)id, (void)fn;
	buf_release(&w->bytes);
	waiting = who;
}

/* --- the parts --- */

static void must(enum err e, const char *what)
{
	if (e != ERR_OK)
		die(what, "failed");
}

__attribute__((noinline)) static void part_scan(void)
{
	struct fault f;

	must(openai->client->read_request(&world.arena, world.body, &world.json, &world.chat, &f),
	     "read_request");
}

__attribute__((noinline)) static void part_features(void)
{
	struct questions questions;

	if (!features_of_chat(&world.chat, FOR_ALL, &world.arena, &world.facts.features,
			      &questions))
		die("features", "failed");
}

/* features, task, candidates, terms, strategy */
__attribute__((noinline)) static void part_decide(void)
{
	struct fault f;

	world.ask.seed = choose_seed(world.chat.body);
	must(choose(&world.ask, &world.arena, &world.facts, &world.plan, &f), f.text);
}

__attribute__((noinline)) static void part_admit(void)
{
	books_open(&world.held, STR("req-0123456789abcdef"), STR("gateway-1"), &world.payer,
		   &world.periods, NOW_US, 120000);
	books_admit(&world.store, &world.held, &world.plan, NULL, NULL);
}

__attribute__((noinline)) static void part_call(void)
{
	const struct call_ask ask = { .chat = &world.chat,
				      .target = world.target,
				      .max_tokens = 4096 };
	struct call call = { 0 };
	struct fault f;

	must(openai->write_call(&ask, &world.arena, &call, &f), "write_call");
}

__attribute__((noinline)) static void part_reply(void)
{
	struct answer answer = { 0 };
	struct vendor_fault f;

	must(openai->read_reply(&world.arena, world.target, STR(reply_text), &answer, &f),
	     "read_reply");
	openai->client->write_reply(&world.out, &world.head, &answer);
}

__attribute__((noinline)) static void part_chunk(void)
{
	struct str bytes = STR(chunk_text);
	struct sse_event event;
	struct answer answer = { 0 };
	struct vendor_fault f;

	if (sse_feed(&world.sse, &bytes, &event) != SSE_EVENT)
		die("sse_feed", "no event");
	must(openai->read_event(world.stream, &world.arena, world.target, &event, &answer, &f),
	     "read_event");
	openai->client->write_chunk(&world.out, &world.chunks, &world.head, &answer);
}

__attribute__((noinline)) static void part_settle(void)
{
	struct usage usage = { .seen = true };
	struct charge_answer known;
	struct charge charge = {
		.attempt = 1, .final = true, .tokens_used = 238, .task = "programming"
	};

	usage.tokens[0] = 210;
	usage.tokens[USAGE_COUNT - 1] = 28;
	known = charge_decide(&(struct charge_ask){ .price = world.target->model->price,
						    .accepted = true,
						    .whole = true,
						    .usage = usage,
						    .at_s = NOW_US / 1000000 });
	charge.cost_nanos = known.cost_nanos;
	charge.usage = known.usage;
	str_copy(charge.vendor, sizeof(charge.vendor), world.target->model->vendor);
	str_copy(charge.model, sizeof(charge.model), world.target->model->id);
	str_copy(charge.endpoint, sizeof(charge.endpoint), world.target->endpoint->name);
	books_settle(&world.store, &world.held, &charge, NULL, NULL);
}

__attribute__((noinline)) static void part_record(void)
{
	UNSET struct decision d;

	decision_clear(&d);
	d.id = STR("req-0123456789abcdef");
	d.at_us = NOW_US;
	d.org = STR("acme");
	d.team = STR("apps");
	d.key = STR("0123456789");
	d.policy = STR("bench");
	d.facts = world.facts;
	decision_of_plan(&d, &world.plan);
	decision_write(&world.out, &d);
}

/* --- the program --- */

static void open_payer(struct payer *p)
{
	static const char *const ids[SCOPE_COUNT] = { "acme", "apps", "0123456789" };

	for (int s = 0; s < SCOPE_COUNT; s++) {
		struct payer_scope *scope = &p->scope[s];

		str_copy(scope->id, sizeof(scope->id), str_of(ids[s]));
		scope->ver = 1;
		limits_none(&scope->limits);
		scope->limits.budget_nanos[PERIOD_day] = 1000000000000LL;
		scope->limits.budget_nanos[PERIOD_month] = 10000000000000LL;
		for (int r = 0; r < RATE_COUNT; r++)
			scope->limits.rate[r] = 1000000;
	}
}

static void open_world(const char *config, const char *task_model)
{
	struct catalog *c = load_catalog(config);

	arena_init(&world.arena, FILE_MOST);
	arena_init(&world.scratch, FILE_MOST);
	arena_init(&world.texts, FILE_MOST);
	buf_init(&world.out, FILE_MOST);
	sse_init(&world.sse, FILE_MOST);
	world.body = write_chat(&world.texts, PROMPT_BYTES);
	world.json = (struct json_limits){ 64, 100000, 64 };
	open_payer(&world.payer);
	world.ask = make_ask(c, load_task_model(task_model), &world.payer, &world.scratch);
	world.ask.chat = &world.chat;
	world.store = (struct store){ .test_now_us = NOW_US,
				      .test_history = "0123456789abcdef",
				      .admit_window_us = 1000000,
				      .grace_us = 2000000,
				      .loss_window_us = 2000000,
				      .tombstone_ms = 900000,
				      .estimate_ms = 40 * 86400000LL,
				      .feedback_ms = 604800000,
				      .ledger_entries = 1000000 };
	world.stream = calloc(1, openai->stream_size + 1);
	world.chunks.a = &world.texts;
	world.head = (struct answer_head){ .id = STR("req-0123456789abcdef"),
					   .model = STR("gpt-4o-mini"),
					   .created = NOW_US / 1000000 };
	if (!world.stream)
		die("stream", "no memory");
}

/* The chat and the plan are the next part's input, so their memory is kept till the turn ends. */
static void one_turn(void)
{
	arena_reset(&world.arena);
	part_scan();
	part_features();
	part_decide();
	arena_reset(&world.scratch);
	world.target = world.plan.candidates[0].target;
	part_admit();
	free(waiting);
	part_call();
	part_reply();
	buf_reset(&world.out);
	part_chunk();
	buf_reset(&world.out);
	part_settle();
	free(waiting);
	part_record();
	buf_reset(&world.out);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage", "instructions CONFIG TASK-MODEL");
	open_world(argv[1], argv[2]);
	for (int i = 0; i < TURNS; i++)
		one_turn();
	return 0;
}
