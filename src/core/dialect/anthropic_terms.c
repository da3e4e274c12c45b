/*
 * anthropic_terms.c -- what is asked of an Anthropic model, decided before it is written.
 *
 * Some wishes exclude each other there (thinking with a forced tool, with a
 * temperature, with a begun answer), and models differ in what they take. All of
 * that is settled here, so that a target can be judged without writing a request.
 */
#include "core/dialect/anthropic.h"
#include "core/param_rules.h"

#define LEAST_BUDGET    1024
#define LONGEST_USER_ID 256

#define NO_SUCH "Anthropic has no such parameter"

/* clang-format off */
static const struct param_rule rules[] = {
	{ "model",                  PARAM_TAKEN,   NULL,    NULL },
	{ "models",                 PARAM_TAKEN,   NULL,    NULL },
	{ "provider",               PARAM_TAKEN,   NULL,    NULL },
	{ "messages",               PARAM_TAKEN,   NULL,    NULL },
	{ "max_tokens",             PARAM_TAKEN,   NULL,    NULL },
	{ "max_completion_tokens",  PARAM_TAKEN,   NULL,    NULL },
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL },
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL },
	{ "top_k",                  PARAM_TAKEN,   NULL,    NULL },
	{ "stop",                   PARAM_TAKEN,   NULL,    NULL },
	{ "stream",                 PARAM_TAKEN,   NULL,    NULL },
	{ "stream_options",         PARAM_TAKEN,   NULL,    NULL },
	{ "tools",                  PARAM_TAKEN,   NULL,    NULL },
	{ "tool_choice",            PARAM_TAKEN,   NULL,    NULL },
	{ "parallel_tool_calls",    PARAM_TAKEN,   NULL,    NULL },
	{ "response_format",        PARAM_TAKEN,   NULL,    NULL },
	{ "reasoning_effort",       PARAM_TAKEN,   NULL,    NULL },
	{ "thinking",               PARAM_TAKEN,   NULL,    NULL },
	{ "enable_thinking",        PARAM_TAKEN,   NULL,    NULL },
	{ "thinking_budget",        PARAM_TAKEN,   NULL,    NULL },
	{ "user",                   PARAM_TAKEN,   NULL,    NULL },
	{ "safety_identifier",      PARAM_TAKEN,   NULL,    NULL },
	{ "service_tier",           PARAM_TAKEN,   NULL,    NULL },
	{ "cache_control",          PARAM_PASSED,  NULL,    NULL },
	{ "n",                      PARAM_REFUSED, "1",     "Anthropic gives one answer only" },
	{ "logprobs",               PARAM_REFUSED, "false", "Anthropic tells no log probabilities" },
	{ "top_logprobs",           PARAM_REFUSED, "0",     "Anthropic tells no log probabilities" },
	{ "audio",                  PARAM_REFUSED, NULL,    "Anthropic does not speak" },
	{ "web_search_options",     PARAM_REFUSED, NULL,    "Anthropic's search is another one" },
	{ "functions",              PARAM_TAKEN,   NULL,    NULL },
	{ "modalities",             PARAM_TAKEN,   NULL,    NULL },
	{ "frequency_penalty",      PARAM_DROPPED, "0",     NO_SUCH },
	{ "presence_penalty",       PARAM_DROPPED, "0",     NO_SUCH },
	{ "logit_bias",             PARAM_DROPPED, "{}",    NO_SUCH },
	{ "seed",                   PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prediction",             PARAM_DROPPED, NULL,    NO_SUCH },
	{ "verbosity",              PARAM_DROPPED, NULL,    NO_SUCH },
	{ "store",                  PARAM_DROPPED, "false", NO_SUCH },
	{ "metadata",               PARAM_DROPPED, "{}",    NO_SUCH },
	{ "prompt_cache_key",       PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_retention", PARAM_DROPPED, NULL,    NO_SUCH },
};
/* clang-format on */

static const struct param_rules params = { rules,
					   COUNT_OF(rules),
					   { NULL, PARAM_DROPPED, NULL, NO_SUCH } };

struct settling {
	const struct call_ask *ask;
	const struct chat *chat;
	const struct model *model;
	struct arena *a;
	struct call *call;
	struct anthropic_terms *terms;
	bool thinks; /* will think, asked or by default */
};

static void adapted(struct settling *s, const char *param, enum adapted what, const char *why)
{
	call_adapted(s->call, param, what, why);
}

/* --- thinking --- */

static bool by_budget(const struct model *model)
{
	return !(model->quirks & QUIRK_ADAPTIVE_THINKING);
}

static bool is_asker(const struct message *m)
{
	return m->role != ROLE_ASSISTANT && m->role != ROLE_TOOL;
}

static bool has_thinking(const struct message *m, const struct target *target)
{
	struct anthropic_thought t = { 0 };

	return anthropic_next_thought(m, target, &t);
}

/*
 * In the middle of a turn that uses tools, thinking with a budget goes on from the thinking that
 * began the turn. A client that did not keep it (or that had another vendor's) cannot send it.
 */
static bool lost_its_thinking(const struct chat *chat, const struct target *target)
{
	const struct message *first = NULL; /* of the assistant in this turn */
	bool calls = false;

	for (uint32_t i = chat->n_messages; i-- > 0 && !is_asker(&chat->messages[i]);) {
		if (chat->messages[i].role != ROLE_ASSISTANT)
			continue;
		first = &chat->messages[i];
		calls |= first->n_calls > 0;
	}
	return calls && !has_thinking(first, target);
}

/* why a model that could think cannot this time; NULL: it can */
static const char *thinking_hindered(const struct settling *s)
{
	bool must_replay = by_budget(s->model) || (s->model->quirks & QUIRK_REPLAY_THINKING);

	if (s->chat->features & NEEDS_PREFILL)
		return "off, because the answer is begun";
	if (must_replay && lost_its_thinking(s->chat, s->ask->target))
		return "off, because the tool calls so far came without their thinking";
	if (by_budget(s->model) && s->ask->max_tokens <= LEAST_BUDGET)
		return "off, because max_tokens leaves no room";
	return NULL;
}

static bool counted(const struct settling *s)
{
	return s->chat->thinking_budget > 0;
}

/* tokens to think with, by the level asked for; always below max_tokens */
static int64_t budget_of(struct settling *s)
{
	static const int64_t by_effort[] = {
		[EFFORT_UNSET] = 0,    [EFFORT_NONE] = 0,      [EFFORT_MINIMAL] = 1024,
		[EFFORT_LOW] = 1024,   [EFFORT_MEDIUM] = 2048, [EFFORT_HIGH] = 4096,
		[EFFORT_XHIGH] = 8192, [EFFORT_MAX] = 16384,
	};
	int64_t want = counted(s) ? s->chat->thinking_budget : by_effort[s->chat->effort];
	/* a level is a wish, which leaves at least half of the tokens to the answer */
	int64_t most = counted(s) ? s->ask->max_tokens - 1 : s->ask->max_tokens / 2;
	int64_t budget = want < most ? want : most;

	if (budget < LEAST_BUDGET)
		budget = LEAST_BUDGET;
	if (budget != want)
		adapted(s, counted(s) ? "thinking" : "reasoning_effort", ADAPTED_CLAMPED,
			"at least 1024 tokens, less than max_tokens");
	return budget;
}

static const char *effort_word(enum effort effort)
{
	static const char *const words[] = {
		[EFFORT_UNSET] = NULL,    [EFFORT_NONE] = NULL,       [EFFORT_MINIMAL] = "low",
		[EFFORT_LOW] = "low",     [EFFORT_MEDIUM] = "medium", [EFFORT_HIGH] = "high",
		[EFFORT_XHIGH] = "xhigh", [EFFORT_MAX] = "max",
	};

	return words[effort];
}

static void settle_level(struct settling *s)
{
	if (by_budget(s->model)) {
		s->terms->thinking = THINK_BUDGET;
		s->terms->budget = budget_of(s);
		return;
	}
	s->terms->thinking = THINK_ADAPTIVE;
	/* who merely switches it on leaves the measure to the model */
	if (counted(s) || !json_unset(json_get(s->chat->root, "reasoning_effort")))
		s->terms->effort = effort_word(s->chat->effort);
	if (counted(s))
		adapted(s, "thinking", ADAPTED_CHANGED, "by level: the model takes no budget");
}

static void settle_thinking(struct settling *s)
{
	struct thinking_plan plan = thinking_plan(s->chat, s->model);
	const char *hindered = NULL;

	if (plan.on && s->model->thinking != THINKING_ALWAYS)
		hindered = thinking_hindered(s);
	if (hindered) {
		plan.on = false;
		plan.changed = hindered;
	}
	if (plan.changed && s->chat->effort != EFFORT_UNSET)
		adapted(s, "reasoning_effort", ADAPTED_CHANGED, plan.changed);
	s->thinks = plan.on;
	s->terms->replay = s->model->thinking != THINKING_NONE;
	if (plan.on && plan.tell)
		settle_level(s);
	else if (plan.on && s->chat->effort == EFFORT_NONE && !by_budget(s->model))
		s->terms->effort = "low"; /* as near to none as it gets */
	else if (!plan.on && s->model->thinking == THINKING_DEFAULT)
		s->terms->thinking = THINK_OFF;
}

/* --- tools --- */

static bool history_uses_tools(const struct chat *chat)
{
	for (uint32_t i = 0; i < chat->n_messages; i++)
		if (chat->messages[i].n_calls)
			return true;
	return false;
}

/* Models that keep to a schema in their answers do so in their calls, too. */
static void settle_strict(struct settling *s)
{
	bool asked = false;

	for (uint32_t i = 0; i < s->chat->n_tools; i++)
		asked |= json_bool(s->chat->tools[i].strict, false);
	s->terms->strict_tools = s->model->can & NEEDS_JSON_SCHEMA;
	if (asked && !s->terms->strict_tools)
		adapted(s, "tools", ADAPTED_CHANGED, "not strict: the model cannot be held to it");
}

static void settle_tools(struct settling *s)
{
	bool forced = s->chat->features & NEEDS_FORCED_TOOL;

	s->terms->choice = s->chat->tool_choice;
	/* thinking is still on, because this model cannot be without */
	if (forced && s->thinks && (s->model->quirks & QUIRK_NO_FORCED_TOOL_THINKING)) {
		s->terms->choice = CHOICE_AUTO;
		adapted(s, "tool_choice", ADAPTED_CHANGED,
			"auto: the model always thinks, and cannot be forced then");
	}
	settle_strict(s);
	if (s->chat->n_tools == 0 && history_uses_tools(s->chat)) {
		s->terms->declare_tools = true;
		adapted(s, "tools", ADAPTED_CHANGED, "declared from the calls in the history");
	}
}

/* --- sampling --- */

static struct str sampling_value(struct settling *s, const char *name)
{
	struct json value = json_get(s->chat->root, name);
	double number;

	if (!json_double(value, &number))
		return STR_NONE;
	if (s->model->quirks & QUIRK_NO_SAMPLING) {
		if (number != 1)
			adapted(s, name, ADAPTED_DROPPED, "the model does not take it");
		return STR_NONE;
	}
	if (s->thinks) {
		if (number != 1)
			adapted(s, name, ADAPTED_DROPPED, "fixed while the model thinks");
		return STR_NONE;
	}
	return json_raw(value);
}

static struct str clamped(struct settling *s, const char *name, struct str value)
{
	double number;

	if (str_absent(value))
		return value;
	json_double(json_get(s->chat->root, name), &number);
	if (number >= 0 && number <= 1)
		return value;
	adapted(s, name, ADAPTED_CLAMPED, "range 0..1");
	return number < 0 ? STR("0") : STR("1");
}

static void settle_sampling(struct settling *s)
{
	struct anthropic_terms *t = s->terms;

	t->temperature = clamped(s, "temperature", sampling_value(s, "temperature"));
	t->top_p = clamped(s, "top_p", sampling_value(s, "top_p"));
	t->top_k = sampling_value(s, "top_k");
	/* models since Opus 4.1 take one of the two */
	if (!str_absent(t->temperature) && !str_absent(t->top_p)) {
		t->top_p = STR_NONE;
		adapted(s, "top_p", ADAPTED_DROPPED, "not together with temperature");
	}
}

/* --- the rest --- */

static void settle_stop(struct settling *s)
{
	struct json stop = s->chat->stop;
	bool blank = json_type(stop) == JSON_STRING && anthropic_is_blank(stop);

	if (json_unset(stop))
		return;
	if (s->model->quirks & QUIRK_NO_STOP) {
		adapted(s, "stop", ADAPTED_DROPPED, "the model does not take it");
		return;
	}
	JSON_EACH (it, stop)
		blank |= anthropic_is_blank(it);
	if (blank)
		adapted(s, "stop", ADAPTED_CHANGED, "not at white space alone");
}

/* a schema without a schema in it is how some ask for any JSON */
static void settle_format(struct settling *s)
{
	struct json schema = json_get(s->chat->schema, "schema");

	if (s->chat->format == FORMAT_JSON_SCHEMA && json_type(schema) == JSON_OBJECT)
		s->terms->schema = schema;
	else if (s->chat->format != FORMAT_TEXT)
		s->terms->wish_json = true;
	if (s->terms->wish_json)
		adapted(s, "response_format", ADAPTED_CHANGED,
			"JSON is asked for in the system prompt, not enforced");
}

static void settle_tier(struct settling *s)
{
	static const struct {
		const char *theirs, *ours;
	} tiers[] = { { "auto", "auto" },
		      { "default", "standard_only" },
		      { "standard_only", "standard_only" } };

	if (str_absent(s->chat->service_tier))
		return;
	for (size_t i = 0; i < COUNT_OF(tiers); i++)
		if (str_is(s->chat->service_tier, tiers[i].theirs))
			s->terms->tier = tiers[i].ours;
	if (!s->terms->tier)
		adapted(s, "service_tier", ADAPTED_DROPPED, "Anthropic has no such tier");
}

static void settle_user(struct settling *s)
{
	static const char *const names[] = { "safety_identifier", "user" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct json id = json_get(s->chat->root, names[i]);

		if (!json_chars(id).n)
			continue;
		if (json_chars(id).n <= LONGEST_USER_ID) {
			s->terms->user_id = id;
			return;
		}
		adapted(s, names[i], ADAPTED_DROPPED, "at most 256 characters");
	}
}

static enum err parts_check(const struct chat *chat, struct arena *a, struct fault *fault_r)
{
	if (chat->legacy_functions)
		return fault_set(fault_r, ERR_UNSUPPORTED, "functions",
				 "functions: Anthropic knows tools only");
	for (uint32_t i = 0; i < chat->n_messages; i++) {
		const struct message *m = &chat->messages[i];

		for (uint32_t k = 0; k < m->n_parts; k++)
			if (anthropic_part_check(&m->parts[k], a, fault_r))
				return fault_r->code;
	}
	return ERR_OK;
}

/* what no Anthropic model can do, whatever the catalog says of it */
#define NEVER                                                                        \
	(NEEDS_AUDIO_IN | NEEDS_AUDIO_OUT | NEEDS_VIDEO | NEEDS_N | NEEDS_LOGPROBS | \
	 NEEDS_CUSTOM_TOOLS)

static enum err features_judge(const struct settling *s, struct fault *fault_r)
{
	struct model able = *s->model;

	able.can &= ~(uint32_t)NEVER;
	return features_check(s->chat, &able, fault_r);
}

enum err anthropic_settle(const struct call_ask *ask, struct arena *a, struct call *call,
			  struct anthropic_terms *terms_r, struct fault *fault_r)
{
	struct settling s = { .ask = ask,
			      .chat = ask->chat,
			      .model = ask->target->model,
			      .a = a,
			      .call = call,
			      .terms = terms_r };
	enum err err = features_judge(&s, fault_r);

	*terms_r = (struct anthropic_terms){ 0 };
	if (!err)
		err = parts_check(s.chat, a, fault_r);
	if (!err)
		err = params_judge(&params, s.chat, a, call, fault_r);
	if (err)
		return err;
	settle_thinking(&s);
	settle_tools(&s);
	settle_sampling(&s);
	settle_stop(&s);
	settle_format(&s);
	settle_tier(&s);
	settle_user(&s);
	return adaptions_judge(call, ask->unsupported, fault_r);
}
