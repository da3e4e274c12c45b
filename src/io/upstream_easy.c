/*
 * upstream_easy.c -- one transfer: libcurl's options and its callbacks.
 *
 * Nothing here calls libcurl from within its callbacks.
 */
#include "io/upstream_parts.h"

#include <sodium.h>

#include "base/clock.h"

/* below this a body is sent together with the headers, in one system call */
#define SMALL_BODY 16384
/* What libcurl copies a body through: of a large one, and behind TLS of any. It keeps it until the
 * answer's end, so that a stream keeps it open; 16 KiB is the least that it takes. */
#define SMALL_COPY 16384
#define LARGE_COPY 65536
/* receive buffer of an answer that trickles: some events */
#define SMALL_BUFFER 2048
/* what is kept from call to call grows in such steps, so that calls that differ little fit */
#define ROOM_STEP 512
/* seconds after which a kept connection is not trusted to be alive */
#define MAX_AGE_S 60

/* --- the answer's head --- */

static const struct {
	const char *name;
	int head;
} wanted[] = {
	{ "content-type", HEAD_TYPE },       { "retry-after", HEAD_RETRY },
	{ "retry-after-ms", HEAD_RETRY_MS }, { "x-request-id", HEAD_ID },
	{ "request-id", HEAD_ID },
};

static void forget_head(struct up_call *c)
{
	c->status = 0;
	for (int i = 0; i < HEAD_COUNT; i++)
		c->head[i] = STR_NONE;
	c->limits = (struct vendor_limits){ 0 };
}

static void take_field(struct up_call *c, struct str line)
{
	struct str name = str_cut(&line, ':'), value = str_trim(line);

	vendor_limits_note(&c->limits, name, value, clock_wall_us() / 1000000);
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		char *text = c->head_text[wanted[i].head];

		if (!str_ieq(name, str_of(wanted[i].name)))
			continue;
		str_copy(text, HEAD_BYTES, value);
		c->head[wanted[i].head] = str_of(text);
	}
}

/* "HTTP/1.1 200 OK" */
static void take_status(struct up_call *c, struct str line)
{
	int64_t status;

	forget_head(c);
	str_cut(&line, ' ');
	if (str_i64(str_cut(&line, ' '), &status) && status >= 100 && status <= 999)
		c->status = (int)status;
}

static void tell_head(struct up_call *c)
{
	const struct up_head head = {
		.status = c->status,
		.content_type = c->head[HEAD_TYPE],
		.retry_after = c->head[HEAD_RETRY],
		.retry_after_ms = c->head[HEAD_RETRY_MS],
		.request_id = c->head[HEAD_ID],
		.limit_ms = vendor_limits_wait_ms(&c->limits),
	};

	c->head_told = true;
	c->handler->head(c->who, &head);
}

/* CURLOPT_HEADERFUNCTION: a line at a time, of interim answers too, and trailers at the end */
static size_t on_header(char *p, size_t size, size_t n, void *call)
{
	struct up_call *c = call;
	struct str line = str_trim((struct str){ p, size * n });

	if (c->state != CALL_RUNNING)
		return 0;
	c->moved_us = loop_now_us(c->u->l);
	c->head_bytes += size * n;
	if (c->head_bytes > c->u->limits.header_bytes) {
		c->has_end = true;
		c->end = UP_TOO_LARGE;
		return 0;
	}
	if (c->head_told)
		return size * n;
	if (str_starts(line, STR("HTTP/")))
		take_status(c, line);
	else if (line.n > 0)
		take_field(c, line);
	else if (c->status >= 200)
		tell_head(c);
	return c->state == CALL_RUNNING ? size * n : 0;
}

/* --- the answer's body --- */

/* CURLOPT_WRITEFUNCTION: what is refused with PAUSE comes again */
static size_t on_data(char *p, size_t size, size_t n, void *call)
{
	struct up_call *c = call;
	struct str bytes = { p, size * n };

	if (c->state != CALL_RUNNING)
		return CURL_WRITEFUNC_ERROR;
	if (c->paused) {
		c->held = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	c->moved_us = loop_now_us(c->u->l);
	if (bytes.n == 0)
		return 0;
	if (!c->handler->data(c->who, bytes) && c->state == CALL_RUNNING) {
		c->has_end = true;
		c->end = UP_STOPPED;
	}
	return c->state == CALL_RUNNING && !c->has_end ? bytes.n : CURL_WRITEFUNC_ERROR;
}

/* --- the request --- */

/* CURLOPT_PREREQFUNCTION: connected, about to write */
static int on_connected(void *call, char *ip, char *local_ip, int port, int local_port)
{
	struct up_call *c = call;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	/* When a kept connection dies without an answer, libcurl would send the request once more.
	 * The vendor may have got the first one, and bill both: a second call is the caller's to
	 * decide. */
	if (c->state != CALL_RUNNING || c->sent)
		return CURL_PREREQFUNC_ABORT;
	c->sent = true;
	c->moved_us = loop_now_us(c->u->l);
	return CURL_PREREQFUNC_OK;
}

/* CURLOPT_READFUNCTION */
static size_t on_read(char *dst, size_t size, size_t n, void *call)
{
	struct up_call *c = call;
	size_t got;

	if (c->state != CALL_RUNNING || !c->body)
		return CURL_READFUNC_ABORT;
	got = rope_read(c->body, c->body_at, dst, size * n);
	c->body_at += got;
	c->moved_us = loop_now_us(c->u->l);
	return got;
}

/* CURLOPT_SEEKFUNCTION: when a kept connection turns out to be dead */
static int on_seek(void *call, curl_off_t offset, int origin)
{
	struct up_call *c = call;

	if (origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_CANTSEEK;
	c->body_at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* --- options --- */

/* CURLOPT_SSL_CTX_FUNCTION: a new connection is about to be made */
static CURLcode on_tls(CURL *easy, void *ssl_ctx, void *trust)
{
	(void)easy;
	trust_give(trust, ssl_ctx);
	return CURLE_OK;
}

bool easy_init(struct up_call *c)
{
	CURL *e = c->easy;
	int bad = 0;

	bad |= curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	bad |= curl_easy_setopt(e, CURLOPT_SHARE, c->u->share);
	bad |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
	bad |= curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	bad |= curl_easy_setopt(e, CURLOPT_READDATA, c);
	bad |= curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
	bad |= curl_easy_setopt(e, CURLOPT_SEEKDATA, c);
	bad |= curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_connected);
	bad |= curl_easy_setopt(e, CURLOPT_PREREQDATA, c);
	bad |= curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, socket_open);
	bad |= curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, socket_close);
	/* a vendor's answer leads nowhere else, and the environment does not either */
	bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(e, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	bad |= curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	/* instead of files that libcurl would read again for each connection */
	bad |= curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	/* it would keep the first store that it was given, for a day */
	bad |= curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, c->u->trust);
	bad |= curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)MAX_AGE_S);
	bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* else the loop would wait for a resolver that hangs, to cancel one call */
	bad |= curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	return bad == 0;
}

/*
 * A connection that is kept, and a TLS session that is resumed, were checked when they were new.
 * libcurl takes either only for a call with the same options of TLS, and so never one from before
 * the authorities were read again. CAPATH is the option that costs nothing: a folder is not looked
 * into before a certificate is looked for, and by then on_tls() has put another store in its place.
 */
static bool set_trust(struct up_call *c)
{
	uint64_t now = trust_generation(c->u->trust);
	char name[32];

	if (c->trusts == now)
		return true;
	snprintf(name, sizeof(name), "generation %llu", (unsigned long long)now);
	if (curl_easy_setopt(c->easy, CURLOPT_CAPATH, name) != CURLE_OK)
		return false;
	c->trusts = now;
	return true;
}

/* Room for n bytes in a block that is kept from call to call; NULL: no memory. Not much more than
 * is needed, because a stream keeps it open. */
static char *room(char **block, size_t *cap, size_t n)
{
	if (n > *cap || !*block) {
		size_t whole = (n / ROOM_STEP + 1) * ROOM_STEP;

		/* what was in it has been wiped, so there is nothing to keep */
		free(*block);
		*block = malloc(whole);
		*cap = *block ? whole : 0;
	}
	return *block;
}

/*
 * Lays the headers out as libcurl's list: nodes first, then the lines. One block, so that the
 * credential in it can be wiped. "Expect:" keeps libcurl from waiting for a 100.
 */
static struct curl_slist *lay_out(struct up_call *c, const struct up_ask *ask)
{
	static const char *const fixed[] = { "Expect:" };
	size_t n = 0, total = COUNT_OF(fixed) + ask->n_headers + (ask->secret_header ? 1 : 0);
	size_t bytes = total * sizeof(struct curl_slist);
	struct curl_slist *nodes;
	char *text;

	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		bytes += strlen(fixed[i]) + 1;
	for (size_t i = 0; i < ask->n_headers; i++)
		bytes += strlen(ask->headers[i]) + 1;
	bytes += ask->secret_header ? strlen(ask->secret_header) + 1 : 0;
	nodes = (struct curl_slist *)(void *)room(&c->lines, &c->lines_cap, bytes);
	if (!nodes)
		return NULL;
	c->lines_bytes = bytes;
	text = (char *)&nodes[total];
	while (n < total) {
		size_t i = n - COUNT_OF(fixed);
		const char *line = n < COUNT_OF(fixed)  ? fixed[n]
				   : i < ask->n_headers ? ask->headers[i]
							: ask->secret_header;

		nodes[n] = (struct curl_slist){ text, n + 1 < total ? &nodes[n + 1] : NULL };
		text = stpcpy(text, line) + 1;
		n++;
	}
	return nodes;
}

static bool set_body(struct up_call *c, const struct rope *body)
{
	CURL *e = c->easy;
	int bad = 0;

	c->body = NULL;
	c->body_at = 0;
	if (!body)
		return curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	bad |= curl_easy_setopt(e, CURLOPT_POST, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->bytes);
	bad |= curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE,
				body->bytes > SMALL_BODY ? (long)LARGE_COPY : (long)SMALL_COPY);
	if (body->bytes > SMALL_BODY) {
		bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDS, NULL);
		c->body = body;
		return bad == 0;
	}
	if (!room(&c->small, &c->small_cap, body->bytes))
		return false;
	c->small_bytes = body->bytes;
	rope_read(body, 0, c->small, body->bytes);
	bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDS, c->small);
	return bad == 0;
}

/*
 * Most calls go where the one before them went, and parsing takes libcurl longer than the rest of
 * its way to the connection. Which that was is noted here: what libcurl tells of it is of a
 * transfer that has run, and one may be cancelled before. What cannot be parsed is left to libcurl,
 * which says why.
 */
static bool set_url(struct up_call *c, const char *url)
{
	CURLUcode bad;

	if (c->asked && strcmp(c->asked, url) == 0)
		return true;
	free(c->asked);
	c->asked = NULL;
	bad = curl_url_set(c->url, CURLUPART_URL, url, 0);
	if (curl_easy_setopt(c->easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_CURLU, bad ? NULL : c->url) != CURLE_OK)
		return false;
	c->asked = strdup(url);
	return true;
}

/* A call that came to no connection may have left libcurl its buffer: then this is refused, and the
 * buffer stays as it is. */
static void set_buffer(struct up_call *c, bool trickles)
{
	size_t bytes = c->u->limits.buffer_bytes;

	if (trickles && bytes > SMALL_BUFFER)
		bytes = SMALL_BUFFER;
	curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE, (long)bytes);
}

bool easy_set(struct up_call *c, const struct up_ask *ask)
{
	struct curl_slist *headers = lay_out(c, ask);
	int bad = 0;

	if (!headers)
		return false;
	c->sent = c->paused = c->held = c->has_end = c->head_told = false;
	c->head_bytes = 0;
	c->error[0] = '\0';
	forget_head(c);
	c->connect_ms = ask->connect_ms;
	c->idle_ms = ask->idle_ms;
	c->total_ms = ask->total_ms;
	set_buffer(c, ask->trickles);
	bad |= curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)ask->connect_ms);
	bad |= curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, ask->fresh ? 1L : 0L);
	return bad == 0 && set_url(c, ask->url) && set_trust(c) && set_body(c, ask->body);
}

bool easy_place(struct up_call *c, struct up_multi *m)
{
	int bad = 0;

	bad |= curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETDATA, m);
	bad |= curl_easy_setopt(c->easy, CURLOPT_CLOSESOCKETDATA, m);
	return bad == 0;
}

void easy_wipe(struct up_call *c)
{
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, NULL);
	if (c->lines)
		sodium_memzero(c->lines, c->lines_bytes);
	if (c->small)
		sodium_memzero(c->small, c->small_bytes);
	c->lines_bytes = c->small_bytes = 0;
	c->body = NULL;
}

/* --- the end --- */

static const struct {
	CURLcode code;
	enum up_end end;
} verdicts[] = {
	{ CURLE_OK, UP_DONE },
	{ CURLE_URL_MALFORMAT, UP_REFUSED },
	{ CURLE_UNSUPPORTED_PROTOCOL, UP_REFUSED },
	{ CURLE_COULDNT_RESOLVE_HOST, UP_REFUSED },
	{ CURLE_COULDNT_CONNECT, UP_REFUSED },
	{ CURLE_OUT_OF_MEMORY, UP_REFUSED },
	{ CURLE_OPERATION_TIMEDOUT, UP_CONNECT_TIMEOUT },
	{ CURLE_SSL_CONNECT_ERROR, UP_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION, UP_TLS },
	{ CURLE_SSL_CIPHER, UP_TLS },
	{ CURLE_SSL_CACERT_BADFILE, UP_TLS },
	{ CURLE_SSL_ISSUER_ERROR, UP_TLS },
	{ CURLE_SSL_INVALIDCERTSTATUS, UP_TLS },
};

enum up_end easy_end(const struct up_call *c, CURLcode code)
{
	enum up_end end = UP_BROKEN;

	if (c->has_end)
		return c->end;
	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (verdicts[i].code == code)
			end = verdicts[i].end;
	/* libcurl takes a head that breaks off for a whole answer; what it cost nobody knows. */
	if (end == UP_DONE && !c->head_told)
		return UP_BROKEN;
	/* A kept connection may have died under the request, and the next not come about: what was
	 * written on the first may have arrived. */
	if (c->sent && up_end_unsent(end))
		return UP_BROKEN;
	return !c->sent && end == UP_BROKEN ? UP_REFUSED : end;
}
