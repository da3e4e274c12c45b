/*
 * mock_anthropic.c -- Anthropic's messages: blocks, each opened, filled and closed.
 *
 * Every event has its `event:` line; a ping follows the first block's opening; data
 * lines have a random run of spaces before their last brace, as the real ones do.
 * Usage stands in message_start and, cumulative, in message_delta.
 */
#include "mock/mock_check_anthropic.h"
#include "mock/mock_heads.h"
#include "mock/mock_template.h"

/* --- names --- */

static const char *const stop_reasons[] = {
	[DONE_STOP] = "end_turn",   [DONE_LENGTH] = "max_tokens",
	[DONE_CALLS] = "tool_use",  [DONE_STOP_SEQUENCE] = "stop_sequence",
	[DONE_REFUSAL] = "refusal",
};

static void write_stop_reason(struct buf *out, const struct mock_fill *f)
{
	mock_finish(out, stop_reasons, f);
}

static void write_stop_sequence(struct buf *out, const struct mock_fill *f)
{
	if (f->choice->done == DONE_STOP_SEQUENCE)
		json_quote(out, f->choice->stop);
	else
		buf_adds(out, "null");
}

static void write_stop_details(struct buf *out, const struct mock_fill *f)
{
	if (f->choice->done != DONE_REFUSAL) {
		buf_adds(out, "null");
		return;
	}
	buf_adds(out, "{\"type\":\"refusal\",\"category\":\"cyber\",\"explanation\":");
	json_quote(out, f->choice->refusal);
	buf_addc(out, '}');
}

/* blocks before the one that the event is in */
static void write_block(struct buf *out, const struct mock_fill *f)
{
	enum mock_event_kind kind = f->event->kind;
	int64_t block = 0;

	if (kind >= EVENT_OPEN_TEXT)
		block += f->choice->reasoning.n > 0;
	if (kind >= EVENT_OPEN_CALL)
		block += (f->choice->text.n > 0) + (int64_t)f->call;
	buf_addi(out, block);
}

static void write_signature(struct buf *out, const struct mock_fill *f)
{
	char signature[96];

	mock_anthropic_sign(f->choice->reasoning, signature);
	buf_adds(out, signature);
}

static void write_thinking_tokens(struct buf *out, const struct mock_fill *f)
{
	if (f->ask->thinking)
		buf_printf(out, ",\"output_tokens_details\":{\"thinking_tokens\":%lld}",
			   (long long)f->usage.reasoning);
}

/* spaces before the last brace */
static void write_padding(struct buf *out, const struct mock_fill *f)
{
	for (uint32_t n = rnd_below(f->rnd, 16); n > 0; n--)
		buf_addc(out, ' ');
}

static void write_blocks(struct buf *out, const struct mock_fill *f);

static const struct mock_name names[] = {
	{ "stop_reason", write_stop_reason },
	{ "stop_sequence", write_stop_sequence },
	{ "stop_details", write_stop_details },
	{ "block", write_block },
	{ "blocks", write_blocks },
	{ "signature", write_signature },
	{ "thinking_tokens", write_thinking_tokens },
	{ "padding", write_padding },
};

/* --- shapes --- */

/* clang-format off */
#define EVENT(name, more) "event: " name "\ndata: {'type':'" name "'" more "$padding}\n\n"
#define DELTA(delta) EVENT("content_block_delta", ",'index':$block,'delta':" delta)
#define OPEN(block) EVENT("content_block_start", ",'index':$block,'content_block':" block)
#define CLOSE EVENT("content_block_stop", ",'index':$block")
#define COUNTS \
	"'input_tokens':$input,'cache_creation_input_tokens':$cache_write_all,'cache_read_input_tokens':$cache_read"
#define CREATION \
	"'cache_creation':{'ephemeral_5m_input_tokens':$cache_write,'ephemeral_1h_input_tokens':$cache_write_long}"
#define SERVED "'service_tier':'standard','inference_geo':'not_available'"

static const char *const frames[EVENT_KINDS] = {
	[EVENT_START] = EVENT("message_start",
		",'message':{'model':'$model','id':'msg_01$text22','type':'message','role':'assistant','content':[],"
		"'stop_reason':null,'stop_sequence':null,'stop_details':null,'usage':{" COUNTS "," CREATION
		",'output_tokens':1," SERVED "}}"),
	[EVENT_OPEN_REASONING] = OPEN("{'type':'thinking','thinking':'','signature':''}"),
	[EVENT_REASONING] = DELTA("{'type':'thinking_delta','thinking':$piece}"),
	[EVENT_CLOSE_REASONING] = DELTA("{'type':'signature_delta','signature':'$signature'}") CLOSE,
	[EVENT_OPEN_TEXT] = OPEN("{'type':'text','text':''}"),
	[EVENT_TEXT] = DELTA("{'type':'text_delta','text':$piece}"),
	[EVENT_CLOSE_TEXT] = CLOSE,
	[EVENT_OPEN_CALL] = OPEN("{'type':'tool_use','id':'$call_id','name':$call_name,'input':{},"
				 "'caller':{'type':'direct'}}"),
	[EVENT_ARGUMENTS] = DELTA("{'type':'input_json_delta','partial_json':$piece}"),
	[EVENT_CLOSE_CALL] = CLOSE,
	[EVENT_FINISH] = EVENT("message_delta",
		",'delta':{'stop_reason':$stop_reason,'stop_sequence':$stop_sequence,'stop_details':$stop_details}$usage"),
	[EVENT_END] = EVENT("message_stop", ""),
};

static const char first_arguments[] = DELTA("{'type':'input_json_delta','partial_json':''}");

static const char whole[] =
	"{'model':'$model','id':'msg_01$text22','type':'message','role':'assistant','content':[$blocks],"
	"'stop_reason':$stop_reason,'stop_sequence':$stop_sequence,'stop_details':$stop_details$usage}";
static const char whole_usage[] =
	"{" COUNTS "," CREATION ",'output_tokens':$output$thinking_tokens," SERVED "}";
static const char delta_usage[] = "{" COUNTS ",'output_tokens':$output$thinking_tokens}";

static const char thinking_block[] = "{'type':'thinking','thinking':$thinking,'signature':'$signature'}";
static const char text_block[] = "{'type':'text','text':$content}";
static const char call_block[] =
	"{'type':'tool_use','id':'$call_id','name':$call_name,'input':$call_input,'caller':{'type':'direct'}}";
/* clang-format on */

/* --- whole answers --- */

static void write_thinking(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, f->choice->reasoning);
}

/* an object; arguments that were cut off are not one, and then nothing is left of them */
static void write_call_input(struct buf *out, const struct mock_fill *f)
{
	struct str arguments = f->choice->calls[f->call].arguments;
	struct json_doc doc;
	struct arena a;
	size_t at;

	arena_init(&a, 1u << 20);
	if (json_parse(&doc, &a, arguments, &json_limits_default, &at) != JSON_FINE)
		arguments = STR("{}");
	buf_add(out, arguments);
	arena_release(&a);
}

static const struct mock_name block_names[] = {
	{ "thinking", write_thinking },
	{ "call_input", write_call_input },
	{ "signature", write_signature },
};

static void write_blocks(struct buf *out, const struct mock_fill *f)
{
	const struct mock_parts parts = { .names = block_names, .n_names = COUNT_OF(block_names) };
	struct mock_fill one = *f;
	const char *comma = "";

	if (f->choice->reasoning.n) {
		mock_template(out, thinking_block, &parts, f);
		comma = ",";
	}
	if (f->choice->text.n) {
		buf_adds(out, comma);
		mock_template(out, text_block, &parts, f);
		comma = ",";
	}
	for (one.call = 0; one.call < f->choice->n_calls; one.call++) {
		buf_adds(out, comma);
		mock_template(out, call_block, &parts, &one);
		comma = ",";
	}
}

static void write_whole(struct buf *out, const struct mock_fill *f)
{
	const struct mock_parts parts = { .usage = whole_usage,
					  .names = names,
					  .n_names = COUNT_OF(names) };

	mock_template(out, whole, &parts, f);
}

/* --- streams --- */

static bool is_opening(enum mock_event_kind kind)
{
	return kind == EVENT_OPEN_REASONING || kind == EVENT_OPEN_TEXT || kind == EVENT_OPEN_CALL;
}

static void write_frame(struct buf *out, const struct mock_fill *f)
{
	const struct mock_parts parts = { .usage = delta_usage,
					  .names = names,
					  .n_names = COUNT_OF(names) };
	enum mock_event_kind kind = f->event->kind;

	/* the arguments of a call without any are never said */
	if (kind == EVENT_ARGUMENTS && str_is(f->choice->calls[f->call].arguments, "{}"))
		return;
	if (frames[kind])
		mock_template(out, frames[kind], &parts, f);
	if (is_opening(kind) && !f->opened)
		buf_adds(out, "event: ping\ndata: {\"type\": \"ping\"}\n\n");
	if (kind == EVENT_OPEN_CALL)
		mock_template(out, first_arguments, &parts, f);
}

/* --- errors --- */

static void write_error_object(struct buf *out, const struct mock_error *e)
{
	buf_adds(out, "{\"type\":\"error\",\"error\":{\"type\":");
	json_quote(out, str_of(e->type));
	buf_adds(out, ",\"message\":");
	json_quote(out, e->message);
	if (e->details)
		buf_printf(out, ",\"details\":%s", e->details);
	buf_addc(out, '}');
}

static void write_error(struct buf *out, const struct mock_error *e, const struct mock_fill *f)
{
	write_error_object(out, e);
	buf_adds(out, ",\"request_id\":\"req_011");
	for (size_t i = 0; i < f->request_id.n; i++) {
		if (f->request_id.p[i] != '-')
			buf_addc(out, f->request_id.p[i]);
	}
	buf_adds(out, "\"}");
}

static void write_error_frame(struct buf *out, const struct mock_error *e,
			      const struct mock_fill *f)
{
	(void)f;
	buf_adds(out, "event: error\ndata: ");
	write_error_object(out, e);
	buf_adds(out, "}\n\n");
}

static void call_id(struct buf *out, struct rnd *r, size_t call)
{
	(void)call;
	buf_adds(out, "toolu_01");
	mock_random_text(out, r, 22);
}

const struct mock_dialect mock_anthropic = {
	.name = "anthropic",
	.vendor = MOCK_ANTHROPIC,
	.x_api_key = true,
	.check = mock_check_anthropic,
	.call_id = call_id,
	.frame = write_frame,
	.whole = write_whole,
	.error = write_error,
	.error_frame = write_error_frame,
	.heads = mock_anthropic_heads,
	.keepalive = "event: ping\ndata: {\"type\": \"ping\"}\n\n",
	.stream_type = "text/event-stream; charset=utf-8",
	.end_mark = EVENT_END,
	.second_end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
};
