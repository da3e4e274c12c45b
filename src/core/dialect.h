/*
 * dialect.h -- what one API dialect must offer.
 *
 * Pure: bytes and structs in, bytes and structs out; no socket, clock or log.
 * A dialect is one file, core/dialect/NAME.c (with NAME_*.c beside it when it
 * would be too long), and one line in tbl/vendors.h. Either half may be missing:
 * the client half serves clients that speak the dialect, the vendor half calls
 * vendors that do.
 */
#ifndef CORE_DIALECT_H
#define CORE_DIALECT_H

#include "base/err.h"
#include "base/rope.h"
#include "core/sse.h"
#include "model/catalog.h"
#include "model/chat.h"

/* --- the vendor half: asking --- */

enum auth_style { AUTH_BEARER, AUTH_X_API_KEY };

/* what was done to a parameter that the vendor or the model lacks */
enum adapted { ADAPTED_DROPPED, ADAPTED_CLAMPED, ADAPTED_CHANGED };

struct adaption {
	const char *param;
	enum adapted what;
	const char *why; /* a few words for the manual and for people: "range 0..1" */
};

#define MAX_ADAPTIONS 24

struct call_ask {
	const struct chat *chat;
	const struct target *target;
	int64_t max_tokens;      /* output allowance to send, never above the model's cap */
	enum unsupported unsupported; /* adapt or refuse */
};

/* one HTTP request to a vendor, without its credential (added where the bytes leave) */
struct call {
	struct str path;          /* behind the endpoint's base URL, e.g. "/chat/completions" */
	struct header headers[6]; /* besides content-type and the credential */
	uint32_t n_headers;
	struct rope body;
	bool stream;              /* the vendor will answer with an event stream */
	struct adaption adaptions[MAX_ADAPTIONS];
	uint32_t n_adaptions;
};

/* --- the vendor half: what went wrong --- */

/* The four questions of the error tables (doc/vendors.md), answered per error. */
struct vendor_fault {
	enum err code;       /* what the client is told if no candidate is left */
	bool retry;          /* the same target may be asked again, after a wait */
	bool failover;       /* another candidate may be asked */
	bool health;         /* counts against the endpoint's health */
	enum { CRED_FINE, CRED_COOL, CRED_OUT } credential; /* leave it, rest it, take it out */
	int64_t retry_after_ms; /* what the vendor asked for; -1 = nothing */
	struct str type, type_code, param, message; /* the vendor's own words, plain text, may be absent */
};

/* response headers that dialects may look at; absent when not sent */
struct vendor_head {
	int status;
	struct str content_type;
	struct str retry_after;    /* seconds or HTTP date */
	struct str retry_after_ms;
	int64_t now_s;             /* to turn an HTTP date into a wait */
};

/* --- both halves --- */

struct dialect {
	const char *name;
	enum auth_style auth;
	bool caches_unasked; /* prompts go into the vendor's cache without a mark */

	/* Vendor half.
	 * check: can this target serve the chat at all? ERR_OK, or why not (a hard filter; cheap).
	 * write_call: memory in a; may point into the chat's body.
	 * stream_size: bytes of state that read_event keeps for one stream, zeroed by the caller.
	 * read_reply: a whole 200 body, blank lines before it allowed.
	 * read_event: one event of a 200 stream. What it fills in *answer_r is an increment.
	 * Both return ERR_OK or fill *fault_r (an error inside a 200; garbage); the usage in
	 * *answer_r counts even then. Memory in a, slices also into body or event.
	 * read_fault: an answer with another status, any body. */
	enum err (*check)(const struct chat *chat, const struct target *target,
			  enum unsupported unsupported, struct fault *fault_r);
	enum err (*write_call)(const struct call_ask *ask, struct arena *a, struct call *call_r,
			       struct fault *fault_r) MUST_CHECK;
	size_t stream_size;
	enum err (*read_reply)(struct arena *a, const struct target *target, struct str body,
			       struct answer *answer_r, struct vendor_fault *fault_r) MUST_CHECK;
	enum err (*read_event)(void *stream, struct arena *a, const struct target *target,
			       const struct sse_event *event, struct answer *answer_r,
			       struct vendor_fault *fault_r) MUST_CHECK;
	void (*read_fault)(struct arena *a, const struct vendor_head *head, struct str body,
			   struct vendor_fault *fault_r);

	/* Client half: NULL where no client speaks it to us. */
	const struct client_dialect *client;
};

/* what the gateway itself knows of an answer, for the client's copy of it */
struct answer_head {
	struct str id;       /* plain, JSON-safe; used when the vendor told none */
	struct str model;    /* plain, JSON-safe; the real model id that answered */
	int64_t created;
	bool include_usage;  /* stream: the client asked for the usage chunk */
	struct str more;     /* the end of a stream: members of our own, JSON, for a last chunk */
};

/* of one answer; a vendor that counts further is not understood */
#define MAX_CHOICES 192

/* state of writing one stream; zeroed by the caller before the first chunk, but for `a` */
struct chunk_state {
	uint64_t role_sent[MAX_CHOICES / 64]; /* by choice: the first delta carries the role */
	uint64_t called[MAX_CHOICES / 64];    /* there was a tool call */
	uint64_t finished[MAX_CHOICES / 64];
	uint32_t chunks;
	struct str id, model, fingerprint, service_tier; /* told by the vendor, in the stream's arena */
	struct str held; /* unknown members that came before the first choice */
	int64_t created;
	struct arena *a; /* for what must outlive one event */
};

struct client_dialect {
	/* A body to a chat. Memory in a; *chat_r points into body. */
	enum err (*read_request)(struct arena *a, struct str body, const struct json_limits *limits,
				 struct chat *chat_r, struct fault *fault_r) MUST_CHECK;
	void (*write_reply)(struct buf *out, const struct answer_head *head,
			    const struct answer *answer);
	/* An increment as zero or one frame: none when it says nothing a client could see (a role,
	 * an empty text, usage, which waits for write_end). */
	void (*write_chunk)(struct buf *out, struct chunk_state *st,
			    const struct answer_head *head, const struct answer *answer);
	/* The good end of a stream: a finish reason where the vendor told none, usage if it was
	 * asked for and is known, then the end mark. */
	void (*write_end)(struct buf *out, struct chunk_state *st,
			  const struct answer_head *head, const struct usage *usage);
	/* An error as a whole body, and as a frame inside a stream (no clean end follows). */
	void (*write_fault)(struct buf *out, const struct fault *fault);
	void (*write_stream_fault)(struct buf *out, const struct fault *fault);
};

#define VENDOR(id, vendor, base_url, key_env, text) \
	extern const struct dialect dialect_##id;
#include "tbl/vendors.h"
#undef VENDOR

const struct dialect *dialect_of(enum dialect_id id);

#endif
