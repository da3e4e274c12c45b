/* dialect_kit.h -- a target to try a dialect's vendor half on. */
#ifndef UNIT_DIALECT_KIT_H
#define UNIT_DIALECT_KIT_H

#include "core/dialect.h"
#include "core/gather.h"
#include "unit.h"

struct kit {
	const struct dialect *dialect;
	struct arena a;
	struct model model; /* may be changed before each call */
	struct endpoint endpoint;
	struct target target;
	enum unsupported unsupported;
	int64_t max_tokens;

	struct chat chat; /* of the last request */
	struct call call;
	struct fault fault;
	const char *body; /* of the call, "" after a fault */

	struct gather *gather; /* holds what the answer to a stream points to */
	struct answer answer;  /* of the last reply or stream */
	struct vendor_fault vendor_fault;
	enum err err;
};

void kit_init(struct kit *k, const struct dialect *dialect);
void kit_release(struct kit *k);

/* An OpenAI request with these members besides the model, to the vendor's. */
enum err kit_ask(struct kit *k, const char *members);
/* the same, only judged */
enum err kit_check(struct kit *k, const char *members);
/* the body of the last call has this piece */
bool kit_has(struct kit *k, const char *piece);
/* how the parameter was adapted, or -1 */
int kit_adapted(const struct kit *k, const char *param);

/* A whole reply; an event stream, put together; an error with a status. */
enum err kit_reply(struct kit *k, const char *body);
enum err kit_stream(struct kit *k, const char *sse);
void kit_error(struct kit *k, int status, const char *body);

/* the only choice's delta of the last answer */
const struct delta *kit_delta(const struct kit *k);

/* Feed a body (as reply and as error) and a stream with bytes changed, cut and doubled at random:
 * nothing may come of it but an answer that can be told or a fault. */
void kit_batter(struct kit *k, const char *reply, const char *sse, uint32_t rounds);
/* A request likewise: a call that is JSON, or a fault. How many were written. */
uint32_t kit_batter_request(struct kit *k, const char *members, uint32_t rounds);

#define kit_assert_has(k, piece) \
	ck_assert_msg(kit_has((k), (piece)), "no %s in %s", (piece), (k)->body)
#define kit_assert_lacks(k, piece) \
	ck_assert_msg(!kit_has((k), (piece)), "%s in %s", (piece), (k)->body)

#endif
