/*
 * script.h -- call an embedded Lua script: EVALSHA, and once EVAL when Redis does
 * not know it (restart, failover, SCRIPT FLUSH).
 */
#ifndef IO_SCRIPT_H
#define IO_SCRIPT_H

#include "io/redis.h"

enum script_id {
#define SCRIPT(name, text) SCRIPT_##name,
#include "tbl/scripts.h"
#undef SCRIPT
	SCRIPT_COUNT
};

struct script {
	const char *name;
	const char *text; /* includes resolved */
	const char *sha;  /* SHA-1 of text, hex */
};

/* generated at build time by build-aux/embed-lua */
extern const struct script scripts[SCRIPT_COUNT];

/* keys and args are copied. The answer is the script's, an error reply, or no reply. */
void script_call(struct redis *r, enum script_id id, size_t n_keys, const struct str *keys,
		 size_t n_args, const struct str *args, redis_reply_f *fn, void *who);

#endif
