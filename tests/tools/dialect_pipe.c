/*
 * dialect_pipe.c -- the dialects behind a pipe: tests/recordings talks to it.
 *
 * In:  VERB META_BYTES BODY_BYTES LF, that many bytes of JSON, that many of body.
 * Out: BYTES LF, that many bytes of JSON.
 *
 * Linked against the pure layers alone. It decides nothing: what is right is
 * decided by those who read what it says.
 */
#include "pipe.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

const struct answer_head pipe_head = {
	.id = { "chatcmpl-gateway", 16 },
	.model = { "gateway-model", 13 },
	.created = 1700000000,
	.include_usage = true,
};

struct named_bit {
	const char *name;
	uint32_t bit;
};

static const struct named_bit quirks[] = {
	{ "no_sampling", QUIRK_NO_SAMPLING },
	{ "adaptive_thinking", QUIRK_ADAPTIVE_THINKING },
	{ "thinking_streams_only", QUIRK_THINKING_STREAMS_ONLY },
	{ "max_completion_tokens", QUIRK_MAX_COMPLETION_TOKENS },
	{ "no_stop", QUIRK_NO_STOP },
	{ "no_system_role", QUIRK_NO_SYSTEM_ROLE },
	{ "multimodal_path", QUIRK_MULTIMODAL_PATH },
	{ "no_forced_tool_thinking", QUIRK_NO_FORCED_TOOL_THINKING },
	{ "replay_thinking", QUIRK_REPLAY_THINKING },
};

static const struct named_bit features[] = {
	{ "tools", NEEDS_TOOLS },
	{ "images", NEEDS_IMAGES },
	{ "audio_in", NEEDS_AUDIO_IN },
	{ "audio_out", NEEDS_AUDIO_OUT },
	{ "files", NEEDS_FILES },
	{ "video", NEEDS_VIDEO },
	{ "json_object", NEEDS_JSON_OBJECT },
	{ "json_schema", NEEDS_JSON_SCHEMA },
	{ "n", NEEDS_N },
	{ "logprobs", NEEDS_LOGPROBS },
	{ "forced_tool", NEEDS_FORCED_TOOL },
	{ "custom_tools", NEEDS_CUSTOM_TOOLS },
	{ "prefill", NEEDS_PREFILL },
};

static const struct {
	const char *name;
	enum thinking_mode mode;
} thinkings[] = {
	{ "none", THINKING_NONE },
	{ "optional", THINKING_OPTIONAL },
	{ "default", THINKING_DEFAULT },
	{ "always", THINKING_ALWAYS },
};

static uint32_t bits_read(const struct named_bit *bits, size_t n, struct json names)
{
	uint32_t found = 0;

	JSON_EACH (name, names)
		for (size_t i = 0; i < n; i++)
			if (json_is(name, bits[i].name))
				found |= bits[i].bit;
	return found;
}

static enum thinking_mode thinking_read(struct json name)
{
	for (size_t i = 0; i < COUNT_OF(thinkings); i++)
		if (json_is(name, thinkings[i].name))
			return thinkings[i].mode;
	return THINKING_OPTIONAL;
}

bool target_read(struct target_spec *spec_r, struct json meta, struct arena *a)
{
	struct str dialect = json_text(json_get(meta, "dialect"), a);
	struct str upstream = json_text(json_get(meta, "upstream"), a);
	bool found;
	enum dialect_id id = dialect_id_of(dialect, &found);

	if (!found)
		return false;
	*spec_r = (struct target_spec){
		.model = {
			.id = STR("gateway-model"),
			.vendor = dialect,
			.upstream = str_absent(upstream) ? STR("upstream-model") : upstream,
			.context = 4000000,
			.max_output = 1000000,
			.can = ~bits_read(features, COUNT_OF(features), json_get(meta, "cannot")),
			.quirks = bits_read(quirks, COUNT_OF(quirks), json_get(meta, "quirks")),
			.thinking = thinking_read(json_get(meta, "thinking")),
		},
		.endpoint = { .name = dialect, .vendor = dialect, .dialect = id },
		.dialect = dialect_of(id),
	};
	json_i64(json_get(meta, "image_tokens"), &spec_r->model.image_tokens);
	spec_r->target = (struct target){ &spec_r->model, &spec_r->endpoint };
	return true;
}

void pipe_reply(const struct job *job, const struct target_spec *spec)
{
	struct answer answer = { 0 };
	struct vendor_fault vendor = { 0 };
	struct fault fault;
	struct buf text;

	buf_init(&text, PIPE_MAX_BYTES);
	if (spec->dialect->read_reply(job->a, &spec->target, job->body, &answer, &vendor)) {
		fault_of_vendor(&fault, &vendor, job->a);
		dialect_openai.client->write_fault(&text, &fault);
		out_vendor_fault(job->out, "fault", &vendor);
		out_text(job->out, "fault_body", buf_str(&text));
	} else {
		dialect_openai.client->write_reply(&text, &pipe_head, &answer);
		out_text(job->out, "reply", buf_str(&text));
		out_usage(job->out, "usage", &answer.usage);
		out_bool(job->out, "ended", answer.ended);
	}
	buf_release(&text);
}

void pipe_fault(const struct job *job, const struct target_spec *spec)
{
	struct vendor_fault vendor = { 0 };
	struct vendor_head head = {
		.content_type = json_text(json_get(job->meta, "content_type"), job->a),
		.retry_after = json_text(json_get(job->meta, "retry_after"), job->a),
		.retry_after_ms = json_text(json_get(job->meta, "retry_after_ms"), job->a),
		.now_s = pipe_head.created,
	};
	struct fault fault;
	struct buf text;
	int64_t status = 0;

	json_i64(json_get(job->meta, "status"), &status);
	head.status = (int)status;
	spec->dialect->read_fault(job->a, &head, job->body, &vendor);
	out_vendor_fault(job->out, "fault", &vendor);

	buf_init(&text, PIPE_MAX_BYTES);
	fault_of_vendor(&fault, &vendor, job->a);
	dialect_openai.client->write_fault(&text, &fault);
	out_text(job->out, "fault_body", buf_str(&text));
	buf_reset(&text);
	dialect_openai.client->write_stream_fault(&text, &fault);
	out_text(job->out, "fault_frame", buf_str(&text));
	buf_release(&text);
}

/* What a sanitizer knows of memory that was lost since it was last asked. */
static void pipe_leaks(const struct job *job, const struct target_spec *none)
{
	int leaks = 0;

	(void)none;
#ifdef __SANITIZE_ADDRESS__
	leaks = __lsan_do_recoverable_leak_check();
#endif
	out_int(job->out, "leaks", leaks);
}

static const struct verb {
	const char *name;
	void (*run)(const struct job *job, const struct target_spec *spec);
	bool alone; /* needs no target */
} verbs[] = {
	{ "reply", pipe_reply, false }, { "stream", pipe_stream, false },
	{ "fault", pipe_fault, false }, { "request", pipe_request, true },
	{ "leaks", pipe_leaks, true },
};

static void job_run(const struct job *job, const char *name)
{
	struct target_spec spec = { 0 };

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(name, verb->name) != 0)
			continue;
		if (!verb->alone && !target_read(&spec, json_get(job->meta, "target"), job->a))
			break;
		verb->run(job, &spec);
		return;
	}
	out_text(job->out, "unknown", str_of(name));
}

/* exactly n bytes of heap, so that a sanitizer sees a read behind them; absent at the end of input
 */
static struct str read_bytes(size_t n)
{
	char *p = malloc(n ? n : 1);

	if (p && fread(p, 1, n, stdin) == n)
		return (struct str){ p, n };
	free(p);
	return STR_NONE;
}

static bool answer_job(const char *verb, struct str meta, struct str body)
{
	struct arena a;
	struct json_doc doc;
	struct buf out;
	size_t at;
	bool answered = false;

	arena_init(&a, PIPE_MAX_BYTES);
	buf_init(&out, PIPE_MAX_BYTES);
	if (json_parse(&doc, &a, meta, &json_limits_default, &at) == JSON_FINE) {
		buf_addc(&out, '{');
		job_run(&(struct job){ &a, json_root(&doc), body, &out }, verb);
		buf_addc(&out, '}');
		answered = buf_ok(&out) && printf("%zu\n", out.n) > 0 &&
			   fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	}
	buf_release(&out);
	arena_release(&a);
	return answered;
}

/* one job; false when there is none left */
static bool serve(void)
{
	char line[64], verb[16];
	size_t meta_bytes, body_bytes;
	struct str meta, body;
	bool served;

	if (!fgets(line, sizeof(line), stdin) ||
	    sscanf(line, "%15s %zu %zu", verb, &meta_bytes, &body_bytes) != 3)
		return false;
	meta = read_bytes(meta_bytes);
	body = read_bytes(body_bytes);
	served = !str_absent(meta) && !str_absent(body) && answer_job(verb, meta, body);
	free((char *)meta.p);
	free((char *)body.p);
	return served;
}

int main(void)
{
	while (serve())
		;
	return 0;
}
