/* redis_info.c -- three lines of INFO. */
#include "io/redis_info.h"

#include <stdio.h>

#define ID_SHOWN 16 /* of 40 hex digits: 64 bits */

static struct str value_of(struct str text, const char *name)
{
	while (!str_absent(text)) {
		struct str line = str_cut(&text, '\n');

		if (str_is(str_cut(&line, ':'), name))
			return str_cut(&line, '\r');
	}
	return STR_NONE;
}

bool redis_info_read(struct str text, struct redis_info *info_r)
{
	struct str role = value_of(text, "role");
	struct str run = str_sub(value_of(text, "run_id"), 0, ID_SHOWN);
	struct str before = str_sub(value_of(text, "master_replid2"), 0, ID_SHOWN);

	if (str_absent(role) || run.n < ID_SHOWN || before.n < ID_SHOWN)
		return false;
	info_r->is_primary = str_is(role, "master");
	snprintf(info_r->history, sizeof(info_r->history), "%.*s-%.*s", STR_ARG(run),
		 STR_ARG(before));
	return true;
}
