/* fuzz_json.c -- what is JSON to both readers. */
#include "fuzz_json.h"

#include "base/json.h"

void json_must_be_good(struct str text, const char *what)
{
	static const struct json_limits limits = { 512, UINT32_MAX, 1024 };
	struct json_doc doc;
	struct arena a;
	size_t at;
	enum json_fail fail;

	HOLDS(json_opinion(text, NULL) != OPINION_BAD, "%s is not JSON: %.*s", what, STR_ARG(text));
	arena_init(&a, FUZZ_ROOM);
	fail = json_parse(&doc, &a, text, &limits, &at);
	HOLDS(fail == JSON_FINE, "%s: %s at byte %zu: %.*s", what, json_fail_text(fail), at,
	      STR_ARG(text));
	arena_release(&a);
}
