/*
 * mock_native.c -- Qwen's native mode.
 *
 * id:, event: and data: without a space behind the colon, the status in a comment;
 * finish_reason is the string "null" until the end; usage is cumulative in every
 * event; without incremental_output every event has the whole text so far. An
 * error of a stream is an event inside of a 200.
 */
#include "mock/mock_check.h"
#include "mock/mock_heads.h"
#include "mock/mock_template.h"

/* --- names --- */

static const char *const finish_words[] = {
	[DONE_STOP] = "stop",          [DONE_LENGTH] = "length", [DONE_CALLS] = "tool_calls",
	[DONE_STOP_SEQUENCE] = "stop", [DONE_REFUSAL] = "stop",
};

static void write_finish(struct buf *out, const struct mock_fill *f)
{
	if (f->event && f->event->kind != EVENT_FINISH)
		buf_adds(out, "\"null\"");
	else
		mock_finish(out, finish_words, f);
}

/* the text of this event, when it is the kind of text it has to tell */
static struct str told(const struct mock_fill *f, enum mock_event_kind kind, struct str all)
{
	if (!f->event || (!f->ask->incremental && f->event->kind > kind))
		return all;
	if (f->event->kind != kind)
		return STR("");
	return f->ask->incremental ? f->event->piece : f->event->sofar;
}

static struct str told_text(const struct mock_fill *f)
{
	const struct mock_choice *c = f->choice;

	return c->refusal.n ? told(f, EVENT_REFUSAL, c->refusal) : told(f, EVENT_TEXT, c->text);
}

static void write_text(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, told_text(f));
}

/* text, or an array of parts where models see */
static void write_body(struct buf *out, const struct mock_fill *f)
{
	struct str text = told_text(f);

	if (!f->ask->heads.multimodal) {
		json_quote(out, text);
		return;
	}
	buf_adds(out, text.n ? "[{\"text\":" : "[");
	if (text.n)
		json_quote(out, text);
	buf_adds(out, text.n ? "}]" : "]");
}

static void write_thoughts(struct buf *out, const struct mock_fill *f)
{
	if (!f->ask->thinking)
		return;
	buf_adds(out, ",\"reasoning_content\":");
	json_quote(out, told(f, EVENT_REASONING, f->choice->reasoning));
}

static void write_choice_index(struct buf *out, const struct mock_fill *f)
{
	if (f->answer->n > 1 || f->ask->n_tools)
		buf_printf(out, "\"index\":%zu,", f->index);
}

static void write_number(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, (int64_t)f->frames + 1);
}

static void write_output_details(struct buf *out, const struct mock_fill *f)
{
	if (f->ask->thinking)
		buf_printf(out, ",\"output_tokens_details\":{\"reasoning_tokens\":%lld}",
			   (long long)f->usage.reasoning);
}

static void write_reasoning_tokens(struct buf *out, const struct mock_fill *f)
{
	if (f->ask->thinking)
		buf_printf(out, "\"reasoning_tokens\":%lld,", (long long)f->usage.reasoning);
}

static void write_image_tokens(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, f->ask->image_tokens);
}

static void write_text_tokens(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, mock_usage_prompt(&f->usage) - f->ask->image_tokens);
}

static void write_said_tokens(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, f->usage.output - f->usage.reasoning);
}

static void write_call(struct buf *out, size_t index, struct str id, struct str name,
		       struct str arguments)
{
	buf_printf(out, "{\"index\":%zu,\"id\":\"%.*s\",\"type\":\"function\",\"function\":{",
		   index, STR_ARG(id));
	if (name.n) {
		buf_adds(out, "\"name\":");
		json_quote(out, name);
		buf_addc(out, ',');
	}
	buf_adds(out, "\"arguments\":");
	json_quote(out, arguments);
	buf_adds(out, "}}");
}

/* one call's news: its opening with id and name, then arguments with neither */
static void write_call_news(struct buf *out, const struct mock_fill *f)
{
	const struct mock_call *call = &f->choice->calls[f->call];
	bool opening = f->event->kind == EVENT_OPEN_CALL;

	buf_adds(out, ",\"tool_calls\":[");
	write_call(out, f->call, opening ? call->id : STR(""), opening ? call->name : STR(""),
		   f->event->piece);
	buf_addc(out, ']');
}

/* all calls so far */
static void write_calls_sofar(struct buf *out, const struct mock_fill *f)
{
	bool last = f->event->kind == EVENT_FINISH;
	size_t n = last ? f->choice->n_calls : f->call + 1;

	buf_adds(out, ",\"tool_calls\":[");
	for (size_t i = 0; i < n; i++) {
		const struct mock_call *call = &f->choice->calls[i];
		bool whole = last || i < f->call;

		if (i)
			buf_addc(out, ',');
		write_call(out, i, call->id, call->name, whole ? call->arguments : f->event->sofar);
	}
	buf_addc(out, ']');
}

static void write_calls_now(struct buf *out, const struct mock_fill *f)
{
	enum mock_event_kind kind = f->event->kind;

	if (f->ask->incremental && (kind == EVENT_OPEN_CALL || kind == EVENT_ARGUMENTS))
		write_call_news(out, f);
	if (!f->ask->incremental && f->choice->n_calls && kind >= EVENT_OPEN_CALL)
		write_calls_sofar(out, f);
}

static const struct mock_name names[] = {
	{ "finish", write_finish },
	{ "text", write_text },
	{ "body", write_body },
	{ "thoughts", write_thoughts },
	{ "choice_index", write_choice_index },
	{ "number", write_number },
	{ "output_details", write_output_details },
	{ "reasoning_tokens", write_reasoning_tokens },
	{ "image_tokens", write_image_tokens },
	{ "text_tokens", write_text_tokens },
	{ "said_tokens", write_said_tokens },
	{ "calls_now", write_calls_now },
};

/* --- shapes --- */

/* clang-format off */
#define CALL \
	"{'function':{'arguments':$arguments,'name':$call_name},'id':'$call_id','index':$call_index,'type':'function'}"

static const char usage_whole[] =
	"{'input_tokens':$prompt,'output_tokens':$output$output_details,"
	"'prompt_tokens_details':{'cached_tokens':$cache_read},'total_tokens':$total}";
static const char usage_event[] =
	"{'total_tokens':$total,'output_tokens':$output,'input_tokens':$prompt$output_details,"
	"'prompt_tokens_details':{'cached_tokens':$cache_read}}";
static const char usage_multimodal[] =
	"{'input_tokens_details':{'image_tokens':$image_tokens,'text_tokens':$text_tokens},"
	"'prompt_tokens_details':{'cached_tokens':$cache_read},'total_tokens':$total,'output_tokens':$output,"
	"'input_tokens':$prompt,'output_tokens_details':{$reasoning_tokens'text_tokens':$said_tokens},"
	"'image_tokens':$image_tokens}";

static const struct mock_parts common = {
	.choice = "{'finish_reason':$finish,$choice_index'message':{'content':$body$thoughts,'role':'assistant'$tool_calls}}",
	.call = CALL,
	.names = names,
	.n_names = COUNT_OF(names),
};

static const char whole_text[] =
	"{'output':{'finish_reason':$finish,'text':$text}$usage,'request_id':'$request_id'}";
static const char whole[] = "{'output':{'choices':[$choices]}$usage,'request_id':'$request_id'}";
static const char event_text[] =
	"id:$number\nevent:result\n:HTTP_STATUS/200\n"
	"data:{'output':{'finish_reason':$finish,'text':$text}$usage,'request_id':'$request_id'}\n\n";
static const char event[] =
	"id:$number\nevent:result\n:HTTP_STATUS/200\n"
	"data:{'output':{'choices':[{'message':{'content':$body$thoughts$calls_now,'role':'assistant'},"
	"$choice_index'finish_reason':$finish}]}$usage,'request_id':'$request_id'}\n\n";
/* clang-format on */

/* what usage looks like depends on the path, and on the kind of answer */
static struct mock_parts parts_of(const struct mock_ask *ask, const char *usage)
{
	struct mock_parts parts = common;

	parts.usage = ask->heads.multimodal ? usage_multimodal : usage;
	return parts;
}

static void write_whole(struct buf *out, const struct mock_fill *f)
{
	const struct mock_parts parts = parts_of(f->ask, usage_whole);

	mock_template(out, f->ask->plain_text ? whole_text : whole, &parts, f);
}

static void write_frame(struct buf *out, const struct mock_fill *f)
{
	const struct mock_parts parts = parts_of(f->ask, usage_event);

	switch (f->event->kind) {
	case EVENT_REASONING:
	case EVENT_TEXT:
	case EVENT_REFUSAL:
	case EVENT_OPEN_CALL:
	case EVENT_ARGUMENTS:
	case EVENT_FINISH:
		mock_template(out, f->ask->plain_text ? event_text : event, &parts, f);
		break;
	default: break;
	}
}

/* --- errors --- */

/* the same errors have other codes here */
static const char *native_code(const struct mock_error *e)
{
	static const struct {
		int status;
		const char *code, *native;
	} codes[] = {
		{ 400, "invalid_parameter_error", "InvalidParameter" },
		{ 400, "data_inspection_failed", "DataInspectionFailed" },
		{ 401, "invalid_api_key", "InvalidApiKey" },
		{ 403, "insufficient_quota", "AllocationQuota.FreeTierOnly" },
		{ 404, "model_not_found", "ModelNotFound" },
		{ 429, "limit_requests", "Throttling.RateQuota" },
		{ 429, "limit_burst_rate", "Throttling.BurstRate" },
		{ 429, "insufficient_quota", "Throttling.AllocationQuota" },
		{ 500, "internal_error", "InternalError" },
	};

	for (size_t i = 0; i < COUNT_OF(codes) && e->code; i++) {
		if (e->status == codes[i].status && strcmp(e->code, codes[i].code) == 0)
			return codes[i].native;
	}
	return e->code ? e->code : "InternalError";
}

static void write_error(struct buf *out, const struct mock_error *e, const struct mock_fill *f)
{
	buf_printf(out, "{\"code\":\"%s\",\"message\":", native_code(e));
	json_quote(out, e->message);
	buf_printf(out, ",\"request_id\":\"%.*s\"}", STR_ARG(f->request_id));
}

static void write_error_frame(struct buf *out, const struct mock_error *e,
			      const struct mock_fill *f)
{
	buf_printf(out, "id:%llu\nevent:error\n:HTTP_STATUS/%d\ndata:",
		   (unsigned long long)f->frames + 1, e->status);
	write_error(out, e, f);
	buf_adds(out, "\n\n");
}

static void call_id(struct buf *out, struct rnd *r, size_t call)
{
	(void)call;
	buf_adds(out, "call_");
	mock_random_hex(out, r, 22);
}

const struct mock_dialect mock_qwen_native = {
	.name = "qwen_native",
	.vendor = MOCK_QWEN,
	.check = mock_check_qwen_native,
	.call_id = call_id,
	.frame = write_frame,
	.whole = write_whole,
	.error = write_error,
	.error_frame = write_error_frame,
	.heads = mock_qwen_native_heads,
	.keepalive = ":\n\n",
	.stream_type = "text/event-stream;charset=UTF-8",
	.errors_in_stream = true,
	.end_mark = EVENT_FINISH,
	.second_end = "",
};
