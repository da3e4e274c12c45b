/*
 * mock_openai.c -- OpenAI, DeepSeek and Qwen's compatible mode: one form, five shapes.
 *
 * What differs stands in the shapes below; each is what the recordings of that
 * vendor show, members in their order.
 */
#include "mock/mock_check.h"
#include "mock/mock_heads.h"
#include "mock/mock_template.h"

struct shape {
	struct mock_parts parts; /* of whole answers, and usage */
	const char *whole;
	int indent;                      /* 0 = on one line */
	const char *chunk;               /* around a $delta */
	const char *chunks[EVENT_KINDS]; /* where that differs; "" = no chunk */
	const char *deltas[EVENT_KINDS];
	const char
		*thinking[EVENT_KINDS]; /* deltas of a model that thinks aloud, where they differ */
};

/* --- names --- */

static void write_uuid(struct buf *out, const struct mock_fill *f)
{
	struct rnd r = rnd_seed(f->answer->seed ^ 0x36);

	mock_random_uuid(out, &r);
}

static const char *const finish_words[] = {
	[DONE_STOP] = "stop",          [DONE_LENGTH] = "length", [DONE_CALLS] = "tool_calls",
	[DONE_STOP_SEQUENCE] = "stop", [DONE_REFUSAL] = "stop",
};

static void write_finish(struct buf *out, const struct mock_fill *f)
{
	mock_finish(out, finish_words, f);
}

static void write_reasoning_details(struct buf *out, const struct mock_fill *f)
{
	if (f->ask->thinking)
		buf_printf(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":%lld}",
			   (long long)f->usage.reasoning);
}

static void write_cache_creation(struct buf *out, const struct mock_fill *f)
{
	if (f->usage.cache_write)
		buf_printf(out,
			   ",\"cache_creation_input_tokens\":%lld,\"cache_type\":\"ephemeral\"",
			   (long long)f->usage.cache_write);
}

static void write_cache_writes(struct buf *out, const struct mock_fill *f)
{
	if (f->usage.cache_write)
		buf_printf(out, ",\"cache_write_tokens\":%lld", (long long)f->usage.cache_write);
}

static const struct mock_name names[] = {
	{ "uuid", write_uuid },
	{ "finish", write_finish },
	{ "reasoning_details", write_reasoning_details },
	{ "cache_creation", write_cache_creation },
	{ "cache_writes", write_cache_writes },
};

/* --- shapes --- */

/* clang-format off */
#define OPENAI_HEAD(object, fingerprint) \
	"{'id':'chatcmpl-$text29','object':'" object "','created':$created,'model':'$model'," \
	"'service_tier':'$tier','system_fingerprint':" fingerprint ","
#define OPENAI_USAGE \
	"{'prompt_tokens':$prompt,'completion_tokens':$output,'total_tokens':$total," \
	"'prompt_tokens_details':{'cached_tokens':$cache_read,'audio_tokens':0$cache_writes}," \
	"'completion_tokens_details':{'reasoning_tokens':$reasoning,'audio_tokens':0," \
	"'accepted_prediction_tokens':0,'rejected_prediction_tokens':0}}"
#define OPENAI_MESSAGE \
	"{'role':'assistant','content':$content_or_null$tool_calls,'refusal':$refusal,'annotations':[]}"
#define OPENAI_CALL \
	"{'id':'$call_id','type':'function','function':{'name':$call_name,'arguments':$arguments}}"
#define OPENAI_WHOLE(fingerprint) \
	"{'id':'chatcmpl-$text29','object':'chat.completion','created':$created,'model':'$model'," \
	"'choices':[$choices]$usage,'service_tier':'$tier','system_fingerprint':" fingerprint "}"
#define OPENAI_DELTAS \
	[EVENT_TEXT] = "{'content':$piece}", \
	[EVENT_REFUSAL] = "{'refusal':$piece}", \
	[EVENT_OPEN_CALL] = "{'tool_calls':[{'index':$call_index,'id':'$call_id','type':'function'," \
			    "'function':{'name':$call_name,'arguments':''}}]}", \
	[EVENT_ARGUMENTS] = "{'tool_calls':[{'index':$call_index,'function':{'arguments':$piece}}]}"
#define OPENAI_CHUNK(fingerprint, choice) \
	OPENAI_HEAD("chat.completion.chunk", fingerprint) "'choices':[" choice "]$null_usage$obfuscation}"
#define LOGPROBS ",'logprobs':$logprobs_with_refusal"

static const struct shape openai = {
	.parts = { OPENAI_USAGE,
		   "{'index':$index,'message':$message" LOGPROBS ",'finish_reason':$finish}",
		   OPENAI_MESSAGE, OPENAI_CALL, NULL, names, COUNT_OF(names) },
	.whole = OPENAI_WHOLE("'$fingerprint'"),
	.indent = 2,
	.chunk = OPENAI_CHUNK("'$fingerprint'", "{'index':$index,'delta':$delta" LOGPROBS ",'finish_reason':null}"),
	.chunks = {
		[EVENT_FINISH] = OPENAI_CHUNK("'$fingerprint'",
					      "{'index':$index,'delta':$delta" LOGPROBS ",'finish_reason':$finish}"),
		[EVENT_USAGE] = OPENAI_HEAD("chat.completion.chunk", "'$fingerprint'") "'choices':[]$usage$obfuscation}",
	},
	.deltas = { OPENAI_DELTAS, [EVENT_FINISH] = "{}" },
};

/* models that think in hiding: no logprobs member, no fingerprint */
static const struct shape openai_reasoner = {
	.parts = { OPENAI_USAGE, "{'index':$index,'message':$message,'finish_reason':$finish}",
		   OPENAI_MESSAGE, OPENAI_CALL, NULL, names, COUNT_OF(names) },
	.whole = OPENAI_WHOLE("null"),
	.indent = 2,
	.chunk = OPENAI_CHUNK("null", "{'index':$index,'delta':$delta,'finish_reason':null}"),
	.chunks = {
		[EVENT_FINISH] = OPENAI_CHUNK("null", "{'index':$index,'delta':$delta,'finish_reason':$finish}"),
		[EVENT_USAGE] = OPENAI_HEAD("chat.completion.chunk", "null") "'choices':[]$usage$obfuscation}",
	},
	.deltas = { OPENAI_DELTAS, [EVENT_FINISH] = "{}" },
};

#define DEEPSEEK_HEAD \
	"{'id':'$uuid','object':'chat.completion.chunk','created':$created,'model':'$model'," \
	"'system_fingerprint':'$fingerprint','choices':[{'index':$index,'delta':$delta,'logprobs':$logprobs,"

static const struct shape deepseek = {
	.parts = { "{'prompt_tokens':$prompt,'completion_tokens':$output,'total_tokens':$total,"
		   "'prompt_tokens_details':{'cached_tokens':$cache_read}$reasoning_details,"
		   "'prompt_cache_hit_tokens':$cache_read,'prompt_cache_miss_tokens':$cache_miss}",
		   "{'index':$index,'message':$message,'logprobs':$logprobs,'finish_reason':$finish}",
		   "{'role':'assistant','content':$content$reasoning_content$tool_calls}",
		   "{'index':$call_index,'id':'$call_id','type':'function',"
		   "'function':{'name':$call_name,'arguments':$arguments}}",
		   NULL, names, COUNT_OF(names) },
	.whole = "{'id':'$uuid','object':'chat.completion','created':$created,'model':'$model',"
		 "'choices':[$choices]$usage,'system_fingerprint':'$fingerprint'}",
	.chunk = DEEPSEEK_HEAD "'finish_reason':null}]$null_usage}",
	.chunks = { [EVENT_FINISH] = DEEPSEEK_HEAD "'finish_reason':$finish}]$usage}", [EVENT_USAGE] = "" },
	.deltas = {
		OPENAI_DELTAS,
		[EVENT_START] = "{'role':'assistant','content':''}",
		[EVENT_FINISH] = "{'content':''}",
	},
	.thinking = {
		[EVENT_START] = "{'role':'assistant','content':null,'reasoning_content':''}",
		[EVENT_REASONING] = "{'content':null,'reasoning_content':$piece}",
		[EVENT_TEXT] = "{'content':$piece,'reasoning_content':null}",
		[EVENT_FINISH] = "{'content':'','reasoning_content':null}",
	},
};

/* Qwen's older models: finish_reason is left out, role is null after the first chunk */
#define TERSE_CHUNK(choice) \
	"{'model':'$model','id':'chatcmpl-$uuid','choices':[" choice "],'created':$created," \
	"'object':'chat.completion.chunk','usage':null}"
#define TERSE_START(delta) \
	"{'model':'$model','id':'chatcmpl-$uuid','created':$created,'object':'chat.completion.chunk'," \
	"'usage':null,'choices':[{'logprobs':null,'index':$index,'delta':" delta "}]}"
#define TERSE_USAGE \
	"{'total_tokens':$total,'completion_tokens':$output,'prompt_tokens':$prompt," \
	"'prompt_tokens_details':{'cached_tokens':$cache_read$cache_creation}}"
#define TERSE_CALL \
	"{'index':$call_index,'id':'$call_id','type':'function','function':{'name':$call_name,'arguments':$arguments}}"

static const struct shape qwen_terse = {
	.parts = { TERSE_USAGE, "{'message':$message,'index':$index,'finish_reason':$finish}",
		   "{'content':$content$tool_calls,'role':'assistant'}", TERSE_CALL, NULL, names, COUNT_OF(names) },
	.whole = "{'model':'$model','id':'chatcmpl-$uuid','choices':[$choices],'created':$created,"
		 "'object':'chat.completion'$usage}",
	.chunk = TERSE_CHUNK("{'delta':$delta,'index':$index}"),
	.chunks = {
		[EVENT_START] = TERSE_START("$delta"),
		[EVENT_FINISH] = TERSE_CHUNK("{'delta':$delta,'index':$index,'finish_reason':$finish}"),
		[EVENT_USAGE] = "{'model':'$model','id':'chatcmpl-$uuid','choices':[],'created':$created,"
				"'object':'chat.completion.chunk'$usage}",
	},
	.deltas = {
		[EVENT_START] = "{'content':'','role':'assistant'}",
		[EVENT_TEXT] = "{'content':$piece,'role':null}",
		[EVENT_REFUSAL] = "{'content':$piece,'role':null}",
		[EVENT_OPEN_CALL] = "{'content':'','tool_calls':[{'index':$call_index,'id':'$call_id','type':'function',"
				    "'function':{'name':$call_name,'arguments':''}}],'role':null}",
		[EVENT_ARGUMENTS] = "{'tool_calls':[{'function':{'arguments':$piece},'index':$call_index,'id':'',"
				    "'type':'function'}],'content':''}",
		[EVENT_FINISH] = "{'content':'','role':null}",
	},
};

#define QWEN_CHUNK(choice) \
	"{'choices':[" choice "],'object':'chat.completion.chunk','usage':null,'created':$created," \
	"'system_fingerprint':null,'model':'$model','id':'chatcmpl-$uuid'}"

static const struct shape qwen = {
	.parts = { "{'prompt_tokens':$prompt,'completion_tokens':$output,'total_tokens':$total$reasoning_details,"
		   "'prompt_tokens_details':{'cached_tokens':$cache_read$cache_creation}}",
		   "{'message':$message,'finish_reason':$finish,'index':$index,'logprobs':$logprobs}",
		   "{'role':'assistant','content':$content$reasoning_content$tool_calls}",
		   "{'function':{'arguments':$arguments,'name':$call_name},'id':'$call_id','index':$call_index,"
		   "'type':'function'}", NULL,
		   names, COUNT_OF(names) },
	.whole = "{'choices':[$choices],'object':'chat.completion'$usage,'created':$created,"
		 "'system_fingerprint':null,'model':'$model','id':'chatcmpl-$uuid'}",
	.chunk = QWEN_CHUNK("{'delta':$delta,'finish_reason':null,'index':$index,'logprobs':$logprobs}"),
	.chunks = {
		[EVENT_START] = QWEN_CHUNK("{'delta':$delta,'index':$index,'logprobs':$logprobs,'finish_reason':null}"),
		[EVENT_FINISH] = QWEN_CHUNK("{'finish_reason':$finish,'delta':$delta,'index':$index,'logprobs':$logprobs}"),
		[EVENT_USAGE] = "{'choices':[],'object':'chat.completion.chunk'$usage,'created':$created,"
				"'system_fingerprint':null,'model':'$model','id':'chatcmpl-$uuid'}",
	},
	.deltas = {
		[EVENT_START] = "{'content':'','role':'assistant'}",
		[EVENT_TEXT] = "{'content':$piece}",
		[EVENT_REFUSAL] = "{'content':$piece}",
		[EVENT_OPEN_CALL] = "{'content':null,'tool_calls':[{'function':{'arguments':'','name':$call_name},"
				    "'id':'$call_id','index':$call_index,'type':'function'}]}",
		[EVENT_ARGUMENTS] = "{'content':null,'tool_calls':[{'function':{'arguments':$piece,'name':''},"
				    "'id':'','index':$call_index,'type':'function'}]}",
		[EVENT_FINISH] = "{'content':''}",
	},
	.thinking = {
		[EVENT_START] = "{'content':null,'role':'assistant','reasoning_content':''}",
		[EVENT_REASONING] = "{'content':null,'reasoning_content':$piece}",
		[EVENT_TEXT] = "{'content':$piece,'reasoning_content':null}",
		[EVENT_FINISH] = "{'content':'','reasoning_content':null}",
	},
};

/* the beginning of an OpenAI choice depends on what it will say */
static const char start_text[] = "{'role':'assistant','content':'','refusal':null}";
static const char start_refusal[] = "{'role':'assistant','content':null,'refusal':''}";
static const char start_calls[] = "{'role':'assistant','content':null}";
static const char start_call[] =
	"{'role':'assistant','content':null,'tool_calls':[{'index':0,'id':'$call_id','type':'function',"
	"'function':{'name':$call_name,'arguments':''}}],'refusal':null}";
static const char terse_start_call[] =
	"{'content':'','role':'assistant','tool_calls':[{'index':0,'id':'$call_id','type':'function',"
	"'function':{'name':$call_name,'arguments':''}}]}";
/* its id comes once more with the first piece of the arguments, then it is empty */
static const char terse_first_arguments[] =
	"{'content':'','tool_calls':[{'index':$call_index,'id':'$call_id','type':'function',"
	"'function':{'name':'','arguments':$piece}}],'role':null}";
/* clang-format on */

/* --- writing --- */

static const struct shape *shape_of(const struct mock_ask *ask)
{
	if (ask->dialect == &mock_openai)
		return ask->model->traits & TRAIT_HIDDEN ? &openai_reasoner : &openai;
	if (ask->dialect == &mock_deepseek)
		return &deepseek;
	return ask->model->traits & TRAIT_TERSE && !ask->thinking ? &qwen_terse : &qwen;
}

/* does the first chunk of this choice bring its only call along? */
static bool opens_with_call(const struct shape *s, const struct mock_choice *c)
{
	if (c->n_calls == 0 || c->text.n || s == &deepseek || s == &qwen)
		return false;
	return c->n_calls == 1 || s == &qwen_terse;
}

static const char *start_delta(const struct shape *s, const struct mock_choice *c)
{
	if (s == &qwen_terse)
		return opens_with_call(s, c) ? terse_start_call : s->deltas[EVENT_START];
	if (s->deltas[EVENT_START])
		return s->deltas[EVENT_START];
	if (opens_with_call(s, c))
		return start_call;
	if (c->n_calls && !c->text.n)
		return start_calls;
	return c->refusal.n ? start_refusal : start_text;
}

static const char *delta_of(const struct shape *s, const struct mock_fill *f)
{
	enum mock_event_kind kind = f->event->kind;

	if (f->ask->thinking && s->thinking[kind])
		return s->thinking[kind];
	if (kind == EVENT_START)
		return start_delta(s, f->choice);
	if (kind == EVENT_FINISH && s == &qwen_terse && f->choice->n_calls)
		return "{}";
	if (kind == EVENT_ARGUMENTS && s == &qwen_terse && f->event->first)
		return terse_first_arguments;
	if (kind == EVENT_OPEN_CALL && f->call == 0 && opens_with_call(s, f->choice))
		return NULL;
	return s->deltas[kind];
}

static void write_data(struct buf *out, const char *template, const struct mock_parts *parts,
		       const struct mock_fill *f)
{
	buf_adds(out, "data: ");
	mock_template(out, template, parts, f);
	buf_adds(out, "\n\n");
}

static void write_frame(struct buf *out, const struct mock_fill *f)
{
	const struct shape *s = shape_of(f->ask);
	enum mock_event_kind kind = f->event->kind;
	const char *chunk = s->chunks[kind] ? s->chunks[kind] : s->chunk;
	struct mock_parts parts = s->parts;

	if (kind == EVENT_END) {
		buf_adds(out, "data: [DONE]\n\n");
		return;
	}
	if (kind == EVENT_USAGE) {
		if (*chunk && f->ask->include_usage && !f->answer->usage_hidden)
			write_data(out, chunk, &parts, f);
		return;
	}
	parts.delta = delta_of(s, f);
	if (parts.delta)
		write_data(out, chunk, &parts, f);
}

static void write_whole(struct buf *out, const struct mock_fill *f)
{
	const struct shape *s = shape_of(f->ask);
	struct buf line;

	if (!s->indent) {
		mock_template(out, s->whole, &s->parts, f);
		return;
	}
	buf_init(&line, out->max);
	mock_template(&line, s->whole, &s->parts, f);
	mock_indent(out, buf_str(&line), s->indent);
	buf_release(&line);
}

/* --- errors --- */

static void quote_or_null(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	if (text)
		json_quote(out, str_of(text));
	else
		buf_adds(out, "null");
}

static void write_envelope(struct buf *out, const struct mock_error *e)
{
	buf_adds(out, "{\"error\":{\"message\":");
	json_quote(out, e->message);
	quote_or_null(out, "type", e->type);
	buf_adds(out, ",\"param\":");
	if (str_absent(e->param))
		buf_adds(out, "null");
	else
		json_quote(out, e->param);
	quote_or_null(out, "code", e->code);
	buf_addc(out, '}');
}

/* by the door: what never came to a model is laid out wider, and ends in a new line */
static void write_openai_error(struct buf *out, const struct mock_error *e,
			       const struct mock_fill *f)
{
	bool door = e->status == 401 || e->status == 404;
	struct buf line;

	(void)f;
	buf_init(&line, out->max);
	write_envelope(&line, e);
	buf_addc(&line, '}');
	mock_indent(out, buf_str(&line), door ? 4 : 2);
	if (door)
		buf_addc(out, '\n');
	buf_release(&line);
}

static void write_deepseek_error(struct buf *out, const struct mock_error *e,
				 const struct mock_fill *f)
{
	(void)f;
	write_envelope(out, e);
	buf_addc(out, '}');
}

/* with the request's id; what the inspection of content found comes as an event even so */
static void write_qwen_error(struct buf *out, const struct mock_error *e, const struct mock_fill *f)
{
	if (e->code && strcmp(e->code, "data_inspection_failed") == 0)
		buf_adds(out, "data: ");
	write_envelope(out, e);
	buf_printf(out, ",\"id\":\"chatcmpl-%.*s\",\"request_id\":\"%.*s\"}",
		   STR_ARG(f->request_id), STR_ARG(f->request_id));
}

static void write_error_frame(struct buf *out, const struct mock_error *e,
			      const struct mock_fill *f)
{
	(void)f;
	buf_adds(out, "data: ");
	write_envelope(out, e);
	buf_adds(out, "}\n\n");
}

/* --- ids of calls --- */

static void openai_call_id(struct buf *out, struct rnd *r, size_t call)
{
	(void)call;
	buf_adds(out, "call_");
	mock_random_text(out, r, 24);
}

static void deepseek_call_id(struct buf *out, struct rnd *r, size_t call)
{
	buf_printf(out, "call_%02zu_", call);
	mock_random_text(out, r, 24);
}

static void qwen_call_id(struct buf *out, struct rnd *r, size_t call)
{
	(void)call;
	buf_adds(out, "call_");
	mock_random_hex(out, r, 22);
}

const struct mock_dialect mock_openai = {
	.name = "openai",
	.vendor = MOCK_OPENAI,
	.check = mock_check_openai,
	.call_id = openai_call_id,
	.frame = write_frame,
	.whole = write_whole,
	.error = write_openai_error,
	.error_frame = write_error_frame,
	.heads = mock_openai_heads,
	.keepalive = ": keep-alive\n\n",
	.stream_type = "text/event-stream; charset=utf-8",
	.end_mark = EVENT_END,
	.second_end = "data: [DONE]\n\n",
};

const struct mock_dialect mock_deepseek = {
	.name = "deepseek",
	.vendor = MOCK_DEEPSEEK,
	.check = mock_check_deepseek,
	.call_id = deepseek_call_id,
	.frame = write_frame,
	.whole = write_whole,
	.error = write_deepseek_error,
	.error_frame = write_error_frame,
	.heads = mock_deepseek_heads,
	.keepalive = ": keep-alive\n\n",
	.stream_type = "text/event-stream; charset=utf-8",
	.end_mark = EVENT_END,
	.second_end = "data: [DONE]\n\n",
};

const struct mock_dialect mock_qwen = {
	.name = "qwen",
	.vendor = MOCK_QWEN,
	.check = mock_check_qwen,
	.call_id = qwen_call_id,
	.frame = write_frame,
	.whole = write_whole,
	.error = write_qwen_error,
	.error_frame = write_error_frame,
	.heads = mock_qwen_heads,
	.keepalive = ": keep-alive\n\n",
	.stream_type = "text/event-stream;charset=UTF-8",
	.end_mark = EVENT_END,
	.second_end = "data: [DONE]\n\n",
};
