/*
 * http_strict.h -- is the head of a request one that every HTTP/1.1 parser reads alike?
 *
 * libmicrohttpd before 1.0.5 accepts requests that two parsers may cut at
 * different places, which is how requests are smuggled past a proxy. What it
 * hands us is judged again here. Pure; doc/http-edge.md says what stays open.
 */
#ifndef CORE_HTTP_STRICT_H
#define CORE_HTTP_STRICT_H

#include "base/err.h"

struct http_field {
	struct str name, value;
};

struct http_head {
	struct str method, target, version;
	const struct http_field *fields;
	size_t n;
};

/* how the body is framed */
struct http_body {
	bool chunked;
	uint64_t length; /* 0 when chunked or when there is none */
};

/* RFC 9112 in its strict reading. False: *fault_r says what is wrong (never with bytes of the
 * request in it). */
bool http_strict(const struct http_head *head, struct http_body *body_r,
		 struct fault *fault_r) MUST_CHECK;

/*
 * For a parser that works in place and leaves the slices of `head` pointing into the raw bytes:
 * do the gaps between them, and what follows the last, have exactly the sizes that spaces,
 * colons and CRLF leave? If not, a line ended in a bare LF, or a name, value or target was cut
 * at a NUL. (Only NUL LF looks like CR LF, for such parsers write a NUL over the CR.) `raw` is the
 * head from the method to the empty line, that line included; of its bytes only the white space
 * before values is read.
 */
bool http_layout(const struct http_head *head, struct str raw) MUST_CHECK;

/* The path and what follows the first '?' of a target that passed http_strict(). */
struct str http_path(struct str target);
struct str http_query(struct str target);
/* %XX resolved into dst, which has room for path.n bytes; returns how many there are */
size_t http_decode(struct str path, char *dst);

#endif
