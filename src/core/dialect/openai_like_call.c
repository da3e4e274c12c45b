/*
 * openai_like_call.c -- can a target serve the chat, and the request that is sent to it.
 *
 * Judging and writing follow the same tables, so that a plan never holds a target
 * that would refuse.
 */
#include "core/dialect/openai_like.h"
#include "core/price.h"

/* --- judging --- */

static bool names_tools(const struct chat *chat)
{
	return chat->legacy_functions || chat->tool_choice == CHOICE_ALLOWED;
}

static enum err check_wishes(const struct like *like, const struct chat *chat,
			     const struct model *model, struct fault *f)
{
	if ((model->quirks & QUIRK_NO_STOP) && json_present(chat->stop))
		return fault_set(f, ERR_UNSUPPORTED, "stop", "%.*s takes no stop sequences",
				 STR_ARG(model->id));
	if (chat->images_in_results)
		return fault_set(f, ERR_UNSUPPORTED, "messages",
				 "%.*s takes no images in the results of tools",
				 STR_ARG(model->id));
	if ((like->ways & LIKE_NO_FUNCTIONS) && names_tools(chat))
		return fault_set(f, ERR_UNSUPPORTED,
				 chat->legacy_functions ? "functions" : "tool_choice",
				 "%.*s knows neither `functions` nor allowed_tools: use `tools`",
				 STR_ARG(model->id));
	return ERR_OK;
}

/* What goes out for a number: the client's, another, or nothing (absent). */
static struct str number_for(struct like_call *c, const struct like_number *n)
{
	struct json j = json_get(c->chat->root, n->param);
	double value;

	if (!json_double(j, &value))
		return STR_NONE;
	if ((c->model->quirks & QUIRK_NO_SAMPLING) && n->fine) {
		if (value != strtod(n->fine, NULL))
			call_adapted(c->call, n->param, ADAPTED_DROPPED,
				     "the model takes no sampling parameters");
		return STR_NONE;
	}
	if (value >= n->least && value <= n->most)
		return json_raw(j);
	call_adapted(c->call, n->param, ADAPTED_CLAMPED, n->why);
	return str_of(value < n->least ? n->at_least : n->at_most);
}

static bool is_plain_tier(struct str tier)
{
	return tier.n == 0 || str_is(tier, "auto") || str_is(tier, "default");
}

/* A tier that has no price here would be paid for wrongly. */
static struct str tier_for(struct like_call *c)
{
	struct str tier = c->chat->service_tier;
	bool known = c->like->ways & LIKE_HAS_TIERS;

	if (is_plain_tier(tier))
		return known ? json_raw(json_get(c->chat->root, "service_tier")) : STR_NONE;
	if (known && (!c->model->price || price_tier(c->model->price, tier) >= 0))
		return json_raw(json_get(c->chat->root, "service_tier"));
	call_adapted(c->call, "service_tier", ADAPTED_DROPPED,
		     known ? "the tier has no price" : "the vendor has no tiers");
	return STR_NONE;
}

static void judge_strict(struct like_call *c)
{
	for (uint32_t i = 0; i < c->chat->n_tools; i++)
		if ((c->like->ways & LIKE_NO_STRICT) &&
		    json_type(c->chat->tools[i].strict) == JSON_TRUE) {
			call_adapted(c->call, "tools", ADAPTED_CHANGED, "without strict");
			return;
		}
}

static enum err refusal_of(const struct like_call *c, struct fault *f)
{
	const struct like *like = c->like;
	enum err e;

	if ((e = features_check(c->chat, c->model, f)) ||
	    (e = thinking_check(c->chat, c->model, f)) ||
	    (e = check_wishes(like, c->chat, c->model, f)))
		return e;
	return like->check ? like->check(c->chat, c->model, f) : ERR_OK;
}

static enum err settle(struct like_call *c, struct arena *a, struct like_terms *terms_r,
		       struct fault *f)
{
	enum err e;

	if ((e = refusal_of(c, f)) || (e = params_judge(&c->like->params, c->chat, a, c->call, f)))
		return e;
	for (size_t i = 0; i < c->like->n_numbers; i++)
		terms_r->numbers[i] = number_for(c, &c->like->numbers[i]);
	terms_r->tier = tier_for(c);
	judge_strict(c);
	if (c->thinking.changed && c->chat->effort != EFFORT_UNSET)
		call_adapted(c->call, "reasoning_effort", ADAPTED_CHANGED, c->thinking.changed);
	return adaptions_judge(c->call, c->ask->unsupported, f);
}

static struct like_call call_of(const struct like *like, const struct call_ask *ask,
				struct call *call)
{
	return (struct like_call){
		.like = like,
		.ask = ask,
		.chat = ask->chat,
		.model = ask->target->model,
		.thinking = thinking_plan(ask->chat, ask->target->model),
		.call = call,
	};
}

enum err like_check(const struct like *like, const struct chat *chat, const struct target *target,
		    enum unsupported unsupported, struct fault *fault_r)
{
	struct call_ask ask = { .chat = chat, .target = target, .unsupported = unsupported };
	struct call unwritten = { 0 };
	struct like_call c = call_of(like, &ask, &unwritten);
	struct like_terms terms = { 0 };

	/* no arena: every name that could be reported stands in the tables */
	return settle(&c, NULL, &terms, fault_r);
}

/* --- writing --- */

/* Usage is always asked for: money is settled by it. */
static void write_stream(const struct like_call *c, struct members *m)
{
	struct members options;

	member_bool(m, "stream", c->call->stream);
	if (!c->call->stream)
		return;
	member_name(m, "stream_options");
	options = members_open(m->rope);
	JSON_EACH (name, json_get(c->chat->root, "stream_options"))
		if (!json_is(name, "include_usage"))
			member_as_sent(&options, name);
	member_bool(&options, "include_usage", true);
	members_close(&options);
}

static void write_max_tokens(const struct like_call *c, struct members *m)
{
	bool newer = c->model->quirks & QUIRK_MAX_COMPLETION_TOKENS;

	if (c->ask->max_tokens > 0)
		member_int(m, newer ? "max_completion_tokens" : "max_tokens", c->ask->max_tokens);
}

void like_write_numbers(const struct like_call *c, const struct like_terms *terms,
			struct members *m)
{
	for (size_t i = 0; i < c->like->n_numbers; i++)
		if (!str_absent(terms->numbers[i]))
			member_raw(m, c->like->numbers[i].param, terms->numbers[i]);
}

static void write_body(const struct like_call *c, const struct like_terms *terms)
{
	struct members m = members_open(&c->call->body);

	member_text(&m, "model", c->model->upstream);
	like_write_messages(c, &m);
	params_pass(&c->like->params, c->chat, &m);
	like_write_tools(c, &m);
	like_write_numbers(c, terms, &m);
	if (!str_absent(terms->tier))
		member_raw(&m, "service_tier", terms->tier);
	write_stream(c, &m);
	write_max_tokens(c, &m);
	c->like->write_own(c, &m);
	members_close(&m);
}

enum err like_write_call(const struct like *like, const struct call_ask *ask, struct arena *a,
			 struct call *call_r, struct fault *fault_r)
{
	struct like_call c = call_of(like, ask, call_r);
	struct like_terms terms = { 0 };
	enum err e;

	*call_r = (struct call){ .path = STR("/chat/completions") };
	e = settle(&c, a, &terms, fault_r);
	if (e)
		return e;
	call_r->stream = ask->chat->stream ||
			 (c.thinking.on && (c.model->quirks & QUIRK_THINKING_STREAMS_ONLY));
	rope_init(&call_r->body, a);
	if (like->write_body)
		like->write_body(&c, &terms);
	else
		write_body(&c, &terms);
	if (rope_ok(&call_r->body))
		return ERR_OK;
	return fault_set(fault_r, ERR_INTERNAL, "", "no room to write the vendor's request");
}
