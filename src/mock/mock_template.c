/* mock_template.c -- the names that templates of several dialects use. */
#include "mock/mock_template.h"

#include "mock/mock_logprobs.h"

int64_t mock_usage_prompt(const struct mock_usage *u)
{
	return u->input + u->cache_read + u->cache_write + u->cache_write_long;
}

/* --- ids: the same ones in every frame of an answer --- */

static void write_text22(struct buf *out, const struct mock_fill *f)
{
	struct rnd r = rnd_seed(f->answer->seed ^ 0x22);

	mock_random_text(out, &r, 22);
}

static void write_text29(struct buf *out, const struct mock_fill *f)
{
	struct rnd r = rnd_seed(f->answer->seed ^ 0x29);

	mock_random_text(out, &r, 29);
}

static void write_request_id(struct buf *out, const struct mock_fill *f)
{
	buf_add(out, f->request_id);
}

static void write_created(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, f->answer->created);
}

static void write_model(struct buf *out, const struct mock_fill *f)
{
	buf_adds(out, f->ask->model->answers_as);
}

static void write_tier(struct buf *out, const struct mock_fill *f)
{
	struct str tier = f->ask->service_tier;

	buf_add(out, str_absent(tier) || str_is(tier, "auto") ? STR("default") : tier);
}

static void write_fingerprint(struct buf *out, const struct mock_fill *f)
{
	buf_printf(out, "fp_%010x", str_hash(str_of(f->ask->model->name)));
}

/* --- what is said --- */

static void write_index(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, (int64_t)f->index);
}

static void write_piece(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, f->event->piece);
}

static void write_content(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, f->choice->text);
}

static void write_content_or_null(struct buf *out, const struct mock_fill *f)
{
	const struct mock_choice *c = f->choice;

	if (c->text.n == 0 && (c->n_calls || c->refusal.n))
		buf_adds(out, "null");
	else
		json_quote(out, c->text);
}

static void write_refusal(struct buf *out, const struct mock_fill *f)
{
	if (f->choice->refusal.n)
		json_quote(out, f->choice->refusal);
	else
		buf_adds(out, "null");
}

static void write_reasoning_content(struct buf *out, const struct mock_fill *f)
{
	if (!f->ask->thinking)
		return;
	buf_adds(out, ",\"reasoning_content\":");
	json_quote(out, f->choice->reasoning);
}

/* --- tool calls --- */

static const struct mock_call *call_of(const struct mock_fill *f)
{
	return &f->choice->calls[f->call];
}

static void write_call_index(struct buf *out, const struct mock_fill *f)
{
	buf_addi(out, (int64_t)f->call);
}

static void write_call_id(struct buf *out, const struct mock_fill *f)
{
	buf_add(out, call_of(f)->id);
}

static void write_call_name(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, call_of(f)->name);
}

static void write_arguments(struct buf *out, const struct mock_fill *f)
{
	json_quote(out, call_of(f)->arguments);
}

/* --- usage --- */

#define USAGE_NAME(name, expression)                                         \
	static void write_##name(struct buf *out, const struct mock_fill *f) \
	{                                                                    \
		const struct mock_usage *u = &f->usage;                      \
		buf_addi(out, expression);                                   \
	}

USAGE_NAME(input, u->input)
USAGE_NAME(output, u->output)
USAGE_NAME(prompt, mock_usage_prompt(u))
USAGE_NAME(total, mock_usage_prompt(u) + u->output)
USAGE_NAME(cache_read, u->cache_read)
USAGE_NAME(cache_miss, mock_usage_prompt(u) - u->cache_read)
USAGE_NAME(cache_write, u->cache_write)
USAGE_NAME(cache_write_long, u->cache_write_long)
USAGE_NAME(cache_write_all, u->cache_write + u->cache_write_long)
USAGE_NAME(reasoning, u->reasoning)

static void write_null_usage(struct buf *out, const struct mock_fill *f)
{
	if (f->ask->include_usage)
		buf_adds(out, ",\"usage\":null");
}

static void write_obfuscation(struct buf *out, const struct mock_fill *f)
{
	if (!f->ask->obfuscate)
		return;
	buf_adds(out, ",\"obfuscation\":\"");
	mock_random_text(out, f->rnd, rnd_below(f->rnd, 16));
	buf_addc(out, '"');
}

static const struct mock_name common[] = {
	{ "text22", write_text22 },
	{ "text29", write_text29 },
	{ "request_id", write_request_id },
	{ "created", write_created },
	{ "model", write_model },
	{ "tier", write_tier },
	{ "fingerprint", write_fingerprint },
	{ "index", write_index },
	{ "piece", write_piece },
	{ "content", write_content },
	{ "content_or_null", write_content_or_null },
	{ "refusal", write_refusal },
	{ "reasoning_content", write_reasoning_content },
	{ "call_index", write_call_index },
	{ "call_id", write_call_id },
	{ "call_name", write_call_name },
	{ "arguments", write_arguments },
	{ "input", write_input },
	{ "output", write_output },
	{ "prompt", write_prompt },
	{ "total", write_total },
	{ "cache_read", write_cache_read },
	{ "cache_miss", write_cache_miss },
	{ "cache_write", write_cache_write },
	{ "cache_write_long", write_cache_write_long },
	{ "cache_write_all", write_cache_write_all },
	{ "reasoning", write_reasoning },
	{ "null_usage", write_null_usage },
	{ "obfuscation", write_obfuscation },
	{ "logprobs", mock_write_logprobs },
	{ "logprobs_with_refusal", mock_write_logprobs_with_refusal },
};

/* --- templates in templates --- */

static void write_choices(struct buf *out, const struct mock_parts *parts,
			  const struct mock_fill *f)
{
	struct mock_fill one = *f;

	for (one.index = 0; one.index < f->answer->n; one.index++) {
		one.choice = &f->answer->choices[one.index];
		if (one.index)
			buf_addc(out, ',');
		mock_template(out, parts->choice, parts, &one);
	}
}

static void write_tool_calls(struct buf *out, const struct mock_parts *parts,
			     const struct mock_fill *f)
{
	struct mock_fill one = *f;

	if (f->choice->n_calls == 0)
		return;
	buf_adds(out, ",\"tool_calls\":[");
	for (one.call = 0; one.call < f->choice->n_calls; one.call++) {
		if (one.call)
			buf_addc(out, ',');
		mock_template(out, parts->call, parts, &one);
	}
	buf_addc(out, ']');
}

static void write_usage(struct buf *out, const struct mock_parts *parts, const struct mock_fill *f)
{
	if (f->answer->usage_hidden)
		return;
	buf_adds(out, ",\"usage\":");
	mock_template(out, parts->usage, parts, f);
}

static bool write_part(struct buf *out, struct str name, const struct mock_parts *parts,
		       const struct mock_fill *f)
{
	if (str_is(name, "delta"))
		mock_template(out, parts->delta, parts, f);
	else if (str_is(name, "usage"))
		write_usage(out, parts, f);
	else if (str_is(name, "choices"))
		write_choices(out, parts, f);
	else if (str_is(name, "message"))
		mock_template(out, parts->message, parts, f);
	else if (str_is(name, "tool_calls"))
		write_tool_calls(out, parts, f);
	else
		return false;
	return true;
}

static bool write_from(struct buf *out, struct str name, const struct mock_name *names, size_t n,
		       const struct mock_fill *f)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, names[i].name)) {
			names[i].write(out, f);
			return true;
		}
	}
	return false;
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= '0' && p[n] <= '9') || p[n] == '_')
		n++;
	return n;
}

void mock_template(struct buf *out, const char *template, const struct mock_parts *parts,
		   const struct mock_fill *f)
{
	for (const char *p = template; *p;) {
		size_t plain = strcspn(p, "'$");
		struct str name;

		buf_add(out, (struct str){ p, plain });
		p += plain;
		if (*p == '\'') {
			buf_addc(out, '"');
			p++;
		}
		if (*p != '$')
			continue;
		name = (struct str){ p + 1, name_length(p + 1) };
		p += 1 + name.n;
		if (write_part(out, name, parts, f) ||
		    write_from(out, name, parts->names, parts->n_names, f) ||
		    write_from(out, name, common, COUNT_OF(common), f))
			continue;
		fprintf(stderr, "template: no name $%.*s\n", STR_ARG(name));
		abort();
	}
}

/* --- odds and ends --- */

void mock_finish(struct buf *out, const char *const done[], const struct mock_fill *f)
{
	json_quote(out, str_absent(f->answer->finish) ? str_of(done[f->choice->done])
						      : f->answer->finish);
}

static void new_line(struct buf *out, int spaces)
{
	buf_addc(out, '\n');
	while (spaces-- > 0)
		buf_addc(out, ' ');
}

void mock_indent(struct buf *out, struct str json, int step)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];
		char next = i + 1 < json.n ? json.p[i + 1] : '\0';

		if (!quoted && (c == '}' || c == ']'))
			new_line(out, --depth * step);
		buf_addc(out, c);
		if (c == '"')
			quoted = !quoted;
		if (quoted && c == '\\') {
			buf_addc(out, next);
			i++;
		} else if (!quoted && (c == '{' || c == '[') && (next == '}' || next == ']')) {
			buf_addc(out, next);
			i++;
		} else if (!quoted && (c == '{' || c == '[')) {
			new_line(out, ++depth * step);
		} else if (!quoted && c == ',') {
			new_line(out, depth * step);
		} else if (!quoted && c == ':') {
			buf_addc(out, ' ');
		}
	}
}
