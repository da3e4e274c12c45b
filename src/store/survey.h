/*
 * survey.h -- what only people ask of Redis: the server itself, who leads, what
 * waits and what lies in suspense, what was charged.
 *
 * Each question is one command; its reader makes sense of the reply, and says
 * false when it is none (an error, or of a wrong type).
 */
#ifndef STORE_SURVEY_H
#define STORE_SURVEY_H

#include "model/payer.h"
#include "store/store.h"

struct survey_server {
	char version[32];
	char role[16];                 /* "master", "slave" */
	char eviction[32];             /* maxmemory_policy: anything but "noeviction" loses books */
	int64_t used_bytes, max_bytes; /* max_bytes 0: no maximum */
	int64_t clients, up_s;
	bool aof; /* every write goes to disk, too */
};
void survey_server(struct store *s, redis_reply_f *fn, void *who);
bool survey_server_read(const redisReply *reply, struct survey_server *server_r);

/* who holds the lease: a name, absent when nobody does (valid as long as the reply) */
void survey_leader(struct store *s, redis_reply_f *fn, void *who);
bool survey_leader_read(const redisReply *reply, struct str *name_r);
/* how long it still holds it, ms */
void survey_lease(struct store *s, redis_reply_f *fn, void *who);
/* how many requests of an org hold money */
void survey_open(struct store *s, struct str org, redis_reply_f *fn, void *who);
/* how many requests of an org have money in suspense */
void survey_suspended(struct store *s, struct str org, redis_reply_f *fn, void *who);
bool survey_number_read(const redisReply *reply, int64_t *n_r);

/* requests with money in suspense, oldest first: `most` of them from the given place on */
void survey_suspense(struct store *s, struct str org, int64_t from, int64_t most, redis_reply_f *fn,
		     void *who);
/* how many there are in the reply */
bool survey_suspense_read(const redisReply *reply, size_t *n_r);
/* the i-th: its request id */
struct str survey_suspense_at(const redisReply *reply, size_t i);

/* An entry of the ledger: a charge, or an operator's note. Texts are valid as long as the reply. */
struct ledger_entry {
	struct str id; /* of the entry: "MS-N"; the next page begins behind it */
	int64_t at_us;
	struct str rid;
	int64_t attempt;
	bool estimated; /* a charge that was an estimate */
};
/* at most `most` entries of an org from an id on ("-" or "" = the first, "(ID" = behind it) */
void survey_ledger(struct store *s, struct str org, struct str from, int64_t most,
		   redis_reply_f *fn, void *who);
bool survey_ledger_read(const redisReply *reply, size_t *n_r);
/* false: the i-th entry is of no request; its id is there all the same */
bool survey_ledger_at(const redisReply *reply, size_t i, struct ledger_entry *entry_r);

/* what an operator did to a request's money, and why: for the ledger, beside the charges */
struct ledger_note {
	struct str rid, who, why;
	int64_t attempt, cost_nanos;
};
void survey_ledger_note(struct store *s, struct str org, const struct ledger_note *note,
			redis_reply_f *fn, void *who);
bool survey_ledger_note_read(const redisReply *reply);

#endif
