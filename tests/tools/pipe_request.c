/*
 * pipe_request.c -- a client's request, read once and written for each target.
 *
 * meta: {"targets": [targets], "unsupported": "adapt" | "refuse"}. Out: "fault", or
 * "chat" (what was understood) and "calls": for each target its "fault" or the call.
 */
#include "core/tokens.h"
#include "pipe.h"

static void out_str_of(struct buf *out, const char *name, const char *text)
{
	out_text(out, name, str_of(text));
}

static void write_chat(struct buf *out, const struct chat *chat)
{
	out_name(out, "chat");
	buf_addc(out, '{');
	out_text(out, "model", chat->model);
	out_int(out, "messages", chat->n_messages);
	out_int(out, "tools", chat->n_tools);
	out_int(out, "n", chat->n);
	out_int(out, "max_tokens", chat->max_tokens);
	out_bool(out, "stream", chat->stream);
	out_bool(out, "include_usage", chat->include_usage);
	out_int(out, "images", chat->n_images);
	out_bool(out, "unbounded", chat->has_unbounded_parts);
	buf_addc(out, '}');
}

static void write_adaptions(struct buf *out, const struct call *call)
{
	static const char *const did[] = { "dropped", "clamped", "changed" };

	out_name(out, "adaptions");
	buf_addc(out, '[');
	for (uint32_t i = 0; i < call->n_adaptions; i++) {
		buf_adds(out, i ? ",{" : "{");
		out_str_of(out, "param", call->adaptions[i].param);
		out_str_of(out, "what", did[call->adaptions[i].what]);
		out_str_of(out, "why", call->adaptions[i].why);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void write_call(struct buf *out, const struct call *call)
{
	out_text(out, "path", call->path);
	out_bool(out, "stream", call->stream);
	out_name(out, "headers");
	buf_addc(out, '{');
	for (uint32_t i = 0; i < call->n_headers; i++) {
		buf_addc(out, i ? ',' : ' ');
		json_quote(out, call->headers[i].name);
		buf_addc(out, ':');
		json_quote(out, call->headers[i].value);
	}
	buf_addc(out, '}');
	write_adaptions(out, call);
	out_text(out, "body", rope_flat(&call->body));
}

/* as a policy without a limit of its own would have it */
static int64_t allowance(const struct chat *chat, const struct model *model)
{
	int64_t wanted = chat->max_tokens > 0 ? chat->max_tokens : 4096;

	return wanted < model->max_output ? wanted : model->max_output;
}

static void call_target(const struct job *job, const struct chat *chat, struct json meta)
{
	struct target_spec spec;
	struct call call = { 0 };
	struct fault fault = { 0 };
	struct call_ask ask = {
		.chat = chat,
		.unsupported = json_is(json_get(job->meta, "unsupported"), "refuse")
				       ? UNSUPPORTED_REFUSE
				       : UNSUPPORTED_ADAPT,
	};
	enum err err;

	if (!target_read(&spec, meta, job->a)) {
		out_str_of(job->out, "unknown_target", "no such dialect");
		return;
	}
	ask.target = &spec.target;
	ask.max_tokens = allowance(chat, &spec.model);
	out_int(job->out, "tokens_bound", tokens_bound(chat, &spec.model));
	err = spec.dialect->check(chat, &spec.target, ask.unsupported, &fault);
	out_bool(job->out, "checked", err == ERR_OK);
	if (!err)
		err = spec.dialect->write_call(&ask, job->a, &call, &fault);
	if (err)
		out_fault(job->out, "fault", &fault);
	else
		write_call(job->out, &call);
}

void pipe_request(const struct job *job, const struct target_spec *none)
{
	struct chat chat = { 0 };
	struct fault fault = { 0 };
	const char *comma = "";

	(void)none;
	if (dialect_openai.client->read_request(job->a, job->body, &json_limits_default, &chat,
						&fault)) {
		out_fault(job->out, "fault", &fault);
		return;
	}
	write_chat(job->out, &chat);
	out_name(job->out, "calls");
	buf_addc(job->out, '[');
	JSON_EACH (meta, json_get(job->meta, "targets")) {
		buf_adds(job->out, comma);
		buf_addc(job->out, '{');
		call_target(job, &chat, meta);
		buf_addc(job->out, '}');
		comma = ",";
	}
	buf_addc(job->out, ']');
}
