/*
 * openai_write.c -- answers, chunks and errors as OpenAI's published schema has them.
 *
 * Stricter than OpenAI's own servers, because some clients check: `refusal`,
 * `logprobs` and `finish_reason` are always there, ids are never empty, the role
 * comes with the first delta, and a frame without choices comes only when usage
 * was asked for.
 */
#include "core/dialect/openai_client.h"
#include "core/dialect_util.h"

/* --- pieces --- */

static void put_string(struct buf *b, struct str escaped)
{
	buf_addc(b, '"');
	buf_add(b, escaped);
	buf_addc(b, '"');
}

static void put_nullable(struct buf *b, struct str escaped)
{
	if (str_absent(escaped))
		buf_adds(b, "null");
	else
		put_string(b, escaped);
}

/* Raw JSON on one line: a line end between its tokens would end the frame's data. */
static void put_raw(struct buf *b, struct str raw)
{
	size_t from = b->n;

	buf_add(b, raw);
	for (; from < b->n; from++)
		if (b->p[from] == '\n' || b->p[from] == '\r')
			b->p[from] = ' ';
}

static void put_more(struct buf *b, struct str members)
{
	if (members.n == 0)
		return;
	buf_addc(b, ',');
	put_raw(b, members);
}

static bool is_known_tier(struct str raw)
{
	static const char *const known[] = { "\"auto\"",  "\"default\"",  "\"flex\"",
					     "\"scale\"", "\"priority\"", "\"fast\"" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (str_is(raw, known[i]))
			return true;
	return false;
}

static void put_tier_and_fingerprint(struct buf *b, struct str tier, struct str fingerprint)
{
	if (is_known_tier(tier)) {
		buf_adds(b, ",\"service_tier\":");
		buf_add(b, tier);
	}
	if (fingerprint.n && fingerprint.p[0] == '"') {
		buf_adds(b, ",\"system_fingerprint\":");
		buf_add(b, fingerprint);
	}
}

static struct str first_of(struct str told, struct str ours)
{
	return told.n ? told : ours;
}

static void put_head(struct buf *b, const char *object, struct str id, int64_t created,
		     struct str model)
{
	buf_adds(b, "{\"id\":");
	put_string(b, id);
	buf_adds(b, ",\"object\":\"");
	buf_adds(b, object);
	buf_adds(b, "\",\"created\":");
	buf_addi(b, created);
	buf_adds(b, ",\"model\":");
	put_string(b, model);
}

static void put_count(struct buf *b, const char *before, int64_t n)
{
	buf_adds(b, before);
	buf_addi(b, n);
}

static void put_usage(struct buf *b, const struct usage *u)
{
	int64_t in = usage_input(u), out = usage_output(u);

	put_count(b, "{\"prompt_tokens\":", in);
	put_count(b, ",\"completion_tokens\":", out);
	put_count(b, ",\"total_tokens\":", in + out);
	put_count(b, ",\"prompt_tokens_details\":{\"cached_tokens\":", u->tokens[USAGE_cache_read]);
	put_count(b, ",\"cache_write_tokens\":",
		  u->tokens[USAGE_cache_write] + u->tokens[USAGE_cache_write_long]);
	put_count(b, ",\"audio_tokens\":", u->tokens[USAGE_input_audio]);
	put_count(b, "},\"completion_tokens_details\":{\"reasoning_tokens\":", u->reasoning);
	put_count(b, ",\"audio_tokens\":", u->tokens[USAGE_output_audio]);
	buf_adds(b, "}}");
}

/* --- tool calls --- */

/* An id for a call that the vendor gave none: clients must be able to answer it. Short,
 * because OpenAI takes no ids of more than 40 characters back. */
static void put_call_id(struct buf *b, const struct answer_head *head, int32_t choice,
			const struct tool_delta *t)
{
	if (t->id.n)
		put_string(b, t->id);
	else
		buf_printf(b, "\"call_%08x_%d_%d\"", str_hash(head->id), (int)choice,
			   (int)t->index);
}

/* the name only where it is told: in a whole answer, and in the first delta of a call */
static void put_function(struct buf *b, const struct tool_delta *t)
{
	buf_adds(b, t->custom ? "\"custom\":{" : "\"function\":{");
	if (t->name.n) {
		buf_adds(b, "\"name\":");
		put_string(b, t->name);
		buf_addc(b, ',');
	}
	buf_adds(b, t->custom ? "\"input\":" : "\"arguments\":");
	put_string(b, t->arguments);
	buf_adds(b, "}}");
}

static void put_call_type(struct buf *b, const struct tool_delta *t)
{
	buf_adds(b, t->custom ? ",\"type\":\"custom\"," : ",\"type\":\"function\",");
}

static void put_whole_calls(struct buf *b, const struct answer_head *head, const struct delta *d)
{
	buf_adds(b, ",\"tool_calls\":[");
	for (uint32_t i = 0; i < d->n_tools; i++) {
		struct tool_delta t = d->tools[i];

		if (t.name.n == 0)
			t.name = STR("unknown");
		buf_adds(b, i ? ",{\"id\":" : "{\"id\":");
		put_call_id(b, head, d->choice, &t);
		put_call_type(b, &t);
		put_function(b, &t);
	}
	buf_addc(b, ']');
}

static void put_call_deltas(struct buf *b, const struct answer_head *head, const struct delta *d)
{
	for (uint32_t i = 0; i < d->n_tools; i++) {
		const struct tool_delta *t = &d->tools[i];

		put_count(b, i ? ",{\"index\":" : "{\"index\":", t->index);
		if (t->name.n || t->id.n) {
			buf_adds(b, ",\"id\":");
			put_call_id(b, head, d->choice, t);
			put_call_type(b, t);
		} else {
			buf_addc(b, ',');
		}
		put_function(b, t);
	}
}

/* --- a whole answer --- */

static enum finish finish_of(const struct delta *d)
{
	if (d->finish != FINISH_NONE)
		return d->finish;
	return d->n_tools ? FINISH_TOOL_CALLS : FINISH_STOP;
}

static void put_message(struct buf *b, const struct answer_head *head, const struct delta *d)
{
	/* null only where something else stands in for the text */
	bool textless = d->refusal.n || d->n_tools || d->more.n;

	buf_adds(b, "{\"role\":\"assistant\",\"content\":");
	put_nullable(b, str_absent(d->text) && !textless ? STR("") : d->text);
	buf_adds(b, ",\"refusal\":");
	put_nullable(b, d->refusal);
	if (d->reasoning.n) {
		buf_adds(b, ",\"reasoning_content\":");
		put_string(b, d->reasoning);
	}
	if (d->n_tools)
		put_whole_calls(b, head, d);
	put_more(b, d->more);
	buf_addc(b, '}');
}

static void put_logprobs(struct buf *b, struct str raw)
{
	buf_adds(b, ",\"logprobs\":");
	put_raw(b, first_of(raw, STR("null")));
}

static void put_choice(struct buf *b, const struct answer_head *head, const struct delta *d)
{
	put_count(b, "{\"index\":", d->choice);
	buf_adds(b, ",\"message\":");
	put_message(b, head, d);
	put_logprobs(b, d->logprobs);
	buf_adds(b, ",\"finish_reason\":\"");
	buf_adds(b, finish_name(finish_of(d)));
	buf_addc(b, '"');
	put_more(b, d->more_choice);
	buf_addc(b, '}');
}

void openai_write_reply(struct buf *out, const struct answer_head *head,
			const struct answer *answer)
{
	put_head(out, "chat.completion", first_of(answer->id, head->id),
		 answer->created ? answer->created : head->created,
		 first_of(answer->model, head->model));
	buf_adds(out, ",\"choices\":[");
	for (uint32_t i = 0; i < answer->n_deltas; i++) {
		if (i)
			buf_addc(out, ',');
		put_choice(out, head, &answer->deltas[i]);
	}
	buf_addc(out, ']');
	if (answer->usage.seen || answer->usage.estimated) {
		buf_adds(out, ",\"usage\":");
		put_usage(out, &answer->usage);
	}
	put_tier_and_fingerprint(out, answer->service_tier, answer->fingerprint);
	put_more(out, answer->more);
	buf_addc(out, '}');
}

/* --- a stream --- */

static bool has_bit(const uint64_t *bits, int32_t choice)
{
	return bits[choice / 64] >> (choice % 64) & 1;
}

static void set_bit(uint64_t *bits, int32_t choice)
{
	bits[choice / 64] |= 1ULL << (choice % 64);
}

static void remember(struct chunk_state *st, struct str *kept, struct str told)
{
	if (told.n && !str_eq(*kept, told))
		*kept = arena_str(st->a, told);
}

/* Who answers is said in each chunk and must not change: what was known at the first one counts. */
static void learn_head(struct chunk_state *st, const struct answer *answer)
{
	remember(st, &st->service_tier, answer->service_tier);
	remember(st, &st->fingerprint, answer->fingerprint);
	if (st->chunks)
		return;
	remember(st, &st->id, answer->id);
	remember(st, &st->model, answer->model);
	st->created = answer->created ? answer->created : st->created;
}

static void open_frame(struct buf *b, struct chunk_state *st, const struct answer_head *head)
{
	st->id = first_of(st->id, head->id);
	st->model = first_of(st->model, head->model);
	st->created = st->created ? st->created : head->created;
	st->chunks++;
	buf_adds(b, "data: ");
	put_head(b, "chat.completion.chunk", st->id, st->created, st->model);
	put_tier_and_fingerprint(b, st->service_tier, st->fingerprint);
	buf_adds(b, ",\"choices\":[");
}

static void close_frame(struct buf *b, const struct answer_head *head, struct str more)
{
	buf_addc(b, ']');
	if (head->include_usage)
		buf_adds(b, ",\"usage\":null");
	put_more(b, more);
	buf_adds(b, "}\n\n");
}

/* Members of the top level that came without a choice go out with the first one. */
static struct str take_held(struct chunk_state *st, struct str more)
{
	struct str held = st->held;

	st->held = STR_NONE;
	return held.n ? members_joined(st->a, more, held) : more;
}

static bool says_something(const struct chunk_state *st, const struct delta *d)
{
	if (d->choice < 0 || d->choice >= MAX_CHOICES)
		return false;
	return d->text.n || d->reasoning.n || d->refusal.n || d->n_tools || d->logprobs.n ||
	       d->more.n || d->more_choice.n ||
	       (d->finish != FINISH_NONE && !has_bit(st->finished, d->choice));
}

/* Members of a delta, each with its comma; the first is written without one. */
static void put_text_member(struct buf *b, const char *name, struct str escaped, bool *any)
{
	if (*any)
		buf_addc(b, ',');
	*any = true;
	buf_addc(b, '"');
	buf_adds(b, name);
	buf_adds(b, "\":");
	put_nullable(b, escaped);
}

static void put_first(struct buf *b, const struct delta *d, bool *any)
{
	bool plain = !d->reasoning.n && !d->refusal.n && !d->n_tools;

	put_text_member(b, "role", STR("assistant"), any);
	put_text_member(b, "content", d->text.n || !plain ? d->text : STR(""), any);
	put_text_member(b, "refusal", d->refusal, any);
}

static void put_delta(struct buf *b, const struct answer_head *head, const struct delta *d,
		      bool first)
{
	bool any = false;

	buf_addc(b, '{');
	if (first)
		put_first(b, d, &any);
	if (d->text.n && !first)
		put_text_member(b, "content", d->text, &any);
	if (d->refusal.n && !first)
		put_text_member(b, "refusal", d->refusal, &any);
	if (d->reasoning.n)
		put_text_member(b, "reasoning_content", d->reasoning, &any);
	if (d->n_tools) {
		buf_adds(b, any ? ",\"tool_calls\":[" : "\"tool_calls\":[");
		put_call_deltas(b, head, d);
		buf_addc(b, ']');
		any = true;
	}
	if (d->more.n && any)
		buf_addc(b, ',');
	put_raw(b, d->more);
	buf_addc(b, '}');
}

static void put_finish(struct buf *b, struct chunk_state *st, const struct delta *d)
{
	bool now = d->finish != FINISH_NONE && !has_bit(st->finished, d->choice);

	buf_adds(b, ",\"finish_reason\":");
	put_nullable(b, now ? str_of(finish_name(d->finish)) : STR_NONE);
	if (now)
		set_bit(st->finished, d->choice);
}

static void put_chunk_choice(struct buf *b, struct chunk_state *st, const struct answer_head *head,
			     const struct delta *d)
{
	put_count(b, "{\"index\":", d->choice);
	buf_adds(b, ",\"delta\":");
	put_delta(b, head, d, !has_bit(st->role_sent, d->choice));
	set_bit(st->role_sent, d->choice);
	if (d->n_tools)
		set_bit(st->called, d->choice);
	put_logprobs(b, d->logprobs);
	put_finish(b, st, d);
	put_more(b, d->more_choice);
	buf_addc(b, '}');
}

void openai_write_chunk(struct buf *out, struct chunk_state *st, const struct answer_head *head,
			const struct answer *answer)
{
	bool open = false;

	learn_head(st, answer);
	for (uint32_t i = 0; i < answer->n_deltas; i++) {
		if (!says_something(st, &answer->deltas[i]))
			continue;
		if (open)
			buf_addc(out, ',');
		else
			open_frame(out, st, head);
		open = true;
		put_chunk_choice(out, st, head, &answer->deltas[i]);
	}
	if (open)
		close_frame(out, head, take_held(st, answer->more));
	else if (st->chunks == 0 && answer->more.n && !st->held.n)
		st->held = arena_str(st->a, answer->more);
}

/* Vendors that never said why they stopped: clients still wait for a reason. */
static void finish_all(struct buf *out, struct chunk_state *st, const struct answer_head *head)
{
	bool none = st->chunks == 0;

	for (int32_t choice = 0; choice < MAX_CHOICES; choice++) {
		struct delta d = { .choice = choice };

		if (has_bit(st->finished, choice) ||
		    !(has_bit(st->role_sent, choice) || (none && choice == 0)))
			continue;
		d.finish = has_bit(st->called, choice) ? FINISH_TOOL_CALLS : FINISH_STOP;
		open_frame(out, st, head);
		put_chunk_choice(out, st, head, &d);
		close_frame(out, head, STR_NONE);
	}
}

void openai_write_end(struct buf *out, struct chunk_state *st, const struct answer_head *head,
		      const struct usage *usage)
{
	finish_all(out, st, head);
	if (head->include_usage && (usage->seen || usage->estimated)) {
		open_frame(out, st, head);
		buf_adds(out, "],\"usage\":");
		put_usage(out, usage);
		buf_adds(out, "}\n\n");
	}
	if (head->more.n) {
		open_frame(out, st, head);
		close_frame(out, head, head->more);
	}
	buf_adds(out, "data: [DONE]\n\n");
}

/* --- errors --- */

void openai_write_fault(struct buf *out, const struct fault *fault)
{
	const struct err_info *info = err_info(fault->code);

	buf_adds(out, "{\"error\":{\"message\":");
	json_quote(out, str_of(fault->text[0] ? fault->text : info->text));
	buf_adds(out, ",\"type\":");
	json_quote(out, str_of(info->type));
	buf_adds(out, ",\"param\":");
	if (fault->param[0])
		json_quote(out, str_of(fault->param));
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"code\":");
	json_quote(out, str_of(info->code));
	buf_adds(out, "}}");
}

/* Without an event name: openai-python and openai-node both raise on a frame with `error`. */
void openai_write_stream_fault(struct buf *out, const struct fault *fault)
{
	buf_adds(out, "data: ");
	openai_write_fault(out, fault);
	buf_adds(out, "\n\n");
}

const struct client_dialect openai_client = {
	.read_request = openai_read_request,
	.write_reply = openai_write_reply,
	.write_chunk = openai_write_chunk,
	.write_end = openai_write_end,
	.write_fault = openai_write_fault,
	.write_stream_fault = openai_write_stream_fault,
};
