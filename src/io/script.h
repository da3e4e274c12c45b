/*
 * script.h -- call an embedded Lua script: EVALSHA, and once EVAL when Redis does
 * not know it (restart, failover, SCRIPT FLUSH).
 */
#ifndef IO_SCRIPT_H
#define IO_SCRIPT_H

#include "base/buf.h"
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

/* What a script is called with: its keys, then its arguments, each written as it is sent as soon
 * as it is known. script_call() takes it over; until then it owns memory. */
struct script_words {
	struct buf bytes; /* room for what is sent before them, and they */
	size_t n_keys, n_args;
	size_t key_at, key_bytes; /* the first key, in bytes: a Cluster goes by it */
};

void script_words_init(struct script_words *w);
/* at least one, and none after an argument */
void script_key(struct script_words *w, struct str key);
void script_arg(struct script_words *w, struct str arg);
/* all that was added, in Redis' protocol, without what is sent before it */
struct str script_words_str(const struct script_words *w);

/* w is empty afterwards. The answer is the script's, an error reply, or no reply. */
void script_call(struct redis *r, enum script_id id, struct script_words *w, redis_reply_f *fn,
		 void *who);

#endif
