/* anthropic_fault.c -- Anthropic's errors, as a body of their own or inside a stream. */
#include "core/dialect/anthropic.h"

/* Money hides behind 400 and 429, and only the words tell. (doc/vendors.md, "Anthropic: errors") */
/* clang-format off */
static const struct fault_rule rules[] = {
	{ 400, NULL, NULL, "credit balance is too low", ERR_VENDOR_KEY,       FAILOVER | OUT },
	{ 400, NULL, NULL, "api usage limits",          ERR_VENDOR_KEY,       FAILOVER | OUT },
	{ 400, NULL, NULL, "prompt is too long",        ERR_CONTEXT,          FAILOVER },
	{ 400, NULL, NULL, "exceed context limit",      ERR_CONTEXT,          FAILOVER },
	{ 400, NULL, NULL, "content filtering policy",  ERR_CONTENT,          FAILOVER },
	/* what this model cannot do, another may */
	{ 400, NULL, NULL, "not support",               ERR_VENDOR_REQUEST,   FAILOVER },
	{ 400, NULL, NULL, "for this model",            ERR_VENDOR_REQUEST,   FAILOVER },
	{ 400, NULL, NULL, "too many strict tools",     ERR_VENDOR_REQUEST,   FAILOVER },
	{ 400, NULL, NULL, "schemas contains too many", ERR_VENDOR_REQUEST,   FAILOVER },
	{ 400, NULL, NULL, "too complex",               ERR_VENDOR_REQUEST,   FAILOVER },
	{ 401, NULL, NULL, NULL,                        ERR_VENDOR_KEY,       FAILOVER | OUT },
	{ 402, NULL, NULL, NULL,                        ERR_VENDOR_KEY,       FAILOVER | OUT },
	/* a key may lack one model only */
	{ 403, NULL, NULL, NULL,                        ERR_VENDOR_KEY,       FAILOVER | COOL },
	{ 404, NULL, NULL, NULL,                        ERR_MODEL_UNKNOWN,    FAILOVER },
	{ 409, NULL, NULL, NULL,                        ERR_VENDOR_ERROR,     RETRY | FAILOVER },
	{ 413, NULL, NULL, NULL,                        ERR_BODY_SIZE,        FAILOVER },
	{ 429, NULL, "enforced_spend_limit_reached", NULL, ERR_VENDOR_KEY,    FAILOVER | OUT },
	{ 429, NULL, NULL, "api usage limits",          ERR_VENDOR_KEY,       FAILOVER | OUT },
	{ 429, NULL, NULL, NULL,                        ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 504, NULL, NULL, NULL,                        ERR_VENDOR_TIMEOUT,   RETRY | FAILOVER | HEALTH },
	{ 529, NULL, NULL, NULL,                        ERR_VENDOR_BUSY,      RETRY | FAILOVER | HEALTH },
};

static const struct {
	const char *type;
	int status;
} statuses[] = {
	{ "invalid_request_error", 400 }, { "authentication_error", 401 }, { "billing_error", 402 },
	{ "permission_error", 403 },      { "not_found_error", 404 },      { "conflict_error", 409 },
	{ "request_too_large", 413 },     { "rate_limit_error", 429 },     { "api_error", 500 },
	{ "timeout_error", 504 },         { "overloaded_error", 529 },
};
/* clang-format on */

/* the error's own words; all absent when there are none */
static void take_words(struct arena *a, struct json root, struct vendor_fault *f)
{
	struct json error = json_get(root, "error");

	f->type = json_text(json_get(error, "type"), a);
	f->type_code = json_text(json_get(json_get(error, "details"), "error_code"), a);
	f->message = json_text(json_get(error, "message"), a);
}

void anthropic_read_fault(struct arena *a, const struct vendor_head *head, struct str body,
			  struct vendor_fault *fault_r)
{
	struct json_doc doc;

	*fault_r = (struct vendor_fault){ 0 };
	/* A proxy's page instead of JSON: the status alone decides. */
	if (vendor_json(&doc, a, body))
		take_words(a, json_root(&doc), fault_r);
	fault_by_rules(rules, COUNT_OF(rules), head, fault_r);
}

enum err anthropic_fault_inside(struct arena *a, struct json root, struct vendor_fault *fault_r)
{
	struct vendor_head head = { .status = 500 };

	*fault_r = (struct vendor_fault){ 0 };
	take_words(a, root, fault_r);
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (str_is(fault_r->type, statuses[i].type))
			head.status = statuses[i].status;
	fault_by_rules(rules, COUNT_OF(rules), &head, fault_r);
	return fault_r->code;
}
