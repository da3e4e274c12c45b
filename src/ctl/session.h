/*
 * session.h -- what a command works with: the configuration, Redis, its own memory.
 *
 * The store answers by callbacks; a command shall read from top to bottom. So
 * ctl/await.h begins calls, and session_wait() runs the loop until each of them has
 * its answer. That ends, because every call to Redis has a deadline.
 *
 * Functions that can fail return an exit code; they have told the reason already.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include "ctl/options.h"
#include "ctl/say.h"
#include "io/secret.h"
#include "store/store.h"

/* options that every command takes; first member of each command's struct of values */
struct common {
	const char *config; /* NULL: the default path */
	const char *redis;  /* NULL: as the configuration says */
	bool json;
	int64_t timeout_ms;
};

extern const struct option_list common_options;
#define COMMON_DEFAULT ((struct common){ .timeout_ms = 5000 })

enum needs { NEEDS_NOTHING, NEEDS_CONFIG, NEEDS_STORE };

#define SESSION_MAGIC 0x53657373u

struct json_t; /* of jansson, whose header does not go together with base/json.h */

struct session {
	unsigned magic;
	const struct common *common;
	struct arena arena; /* ends with the session */
	struct settings *settings;
	struct catalog *catalog;
	bool no_file; /* there is no configuration: all settings are defaults */
	struct secret *redis_password;
	struct loop *loop;
	struct store store;
	struct timer patience; /* while connecting */
	uint32_t waiting;      /* calls without their answer */
	bool up;
	bool lost;   /* a call got no answer */
	bool partly; /* something was left out */
	char why_down[160];
	char about[160]; /* what is asked about: session_about() */
	struct json_t
		*left_out; /* names of what got no answer; NULL: that is told on standard error */
};

int session_open(struct session *s, const struct common *common, enum needs needs) MUST_CHECK;
/* fine on a session that was not opened wholly */
void session_close(struct session *s);

/* Connect to Redis, in a session that was opened without it. */
int session_reach(struct session *s) MUST_CHECK;

/* A call was begun; its callback will come. */
void session_begin(struct session *s);
/* It came; ok = false: without an answer from Redis. */
void session_answered(struct session *s, bool ok);
/* Until every call has its answer. EXIT_STORE: one of them got none, and that has been told. */
int session_wait(struct session *s) MUST_CHECK;

/* What is asked about from now on, for people: "org ", "acme"; "" and nothing: what the command
 * line names. */
void session_about(struct session *s, const char *what, struct str name);
/* After a part of what was asked: the code with which the rest is gone on with. A node of a Cluster
 * may be away while the others answer: then this part is left out, and the command ends with
 * EXIT_STORE when all else is done. */
int session_partly(struct session *s, int code) MUST_CHECK;

/* The secret that API keys are hashed under. EXIT_CONFIG: it is not there. */
int session_pepper(struct session *s, struct secret **pepper_r) MUST_CHECK;

#endif
