/* param_rules.c -- what a vendor makes of each member of a request, by a table. */
#include "core/param_rules.h"

#include <ctype.h>

#define LONGEST_NAME 64

/* The first letter is compared before, because every candidate asks this of every member. */
static const struct param_rule *rule_of(const struct param_rules *rules, struct json name)
{
	struct str raw = json_chars(name);
	char first = raw.n ? raw.p[0] : '\0';

	for (size_t i = 0; i < rules->n; i++) {
		const struct param_rule *rule = &rules->rules[i];

		if ((rule->name[0] == first || first == '\\') && json_is(name, rule->name))
			return rule;
	}
	return &rules->others;
}

static bool asks_nothing(struct json value, const char *fine)
{
	double number;

	if (json_unset(value))
		return true;
	if (!fine)
		return false;
	if (json_double(value, &number))
		return number == strtod(fine, NULL);
	return str_is(json_raw(value), fine);
}

/* A name that is reported ends up in a response header, so that not every name will do. */
static const char *reported_name(struct json name, struct arena *a)
{
	struct str text = json_text(name, a);
	const char *param = NULL;

	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && !memchr("_-.", text.p[i], 3))
			return "(a member with an odd name)";
	if (text.n > 0 && text.n <= LONGEST_NAME)
		param = arena_cstr(a, text);
	return param ? param : "(a member with an odd name)";
}

enum err params_judge(const struct param_rules *rules, const struct chat *chat, struct arena *a,
		      struct call *call, struct fault *fault_r)
{
	JSON_EACH (name, chat->root) {
		const struct param_rule *rule = rule_of(rules, name);
		const char *param = rule->name;

		if (rule->fate < PARAM_DROPPED || asks_nothing(json_value(name), rule->fine))
			continue;
		if (!param)
			param = reported_name(name, a);
		if (rule->fate == PARAM_REFUSED)
			return fault_set(fault_r, ERR_UNSUPPORTED, param, "%s: %s", param,
					 rule->why);
		call_adapted(call, param, ADAPTED_DROPPED, rule->why);
	}
	return ERR_OK;
}

/* What comes to the same as nothing, and is refused by OpenAI all the same. */
static bool is_idle(const struct chat *chat, struct json name)
{
	if (json_is(name, "tool_choice") || json_is(name, "parallel_tool_calls"))
		return chat->n_tools == 0 && !chat->legacy_functions;
	if (json_is(name, "stop") || json_is(name, "functions") || json_is(name, "modalities"))
		return json_lists_nothing(json_value(name));
	return false;
}

void params_pass(const struct param_rules *rules, const struct chat *chat, struct members *m)
{
	JSON_EACH (name, chat->root)
		if (rule_of(rules, name)->fate == PARAM_PASSED && !json_unset(json_value(name)) &&
		    !is_idle(chat, name))
			member_as_sent(m, name);
}

enum err adaptions_judge(const struct call *call, enum unsupported unsupported,
			 struct fault *fault_r)
{
	const struct adaption *first = &call->adaptions[0];

	if (unsupported == UNSUPPORTED_ADAPT || call->n_adaptions == 0)
		return ERR_OK;
	return fault_set(fault_r, ERR_UNSUPPORTED, first->param, "%s: %s", first->param,
			 first->why);
}
