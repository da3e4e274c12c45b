/*
 * check_http_strict.c -- heads of requests that two parsers may read differently.
 *
 * The raw bytes go through a parser that is as lenient as libmicrohttpd 0.9.75's
 * (it takes bare LF, cuts values at NUL), because that is what the filter is for.
 */
#include <check.h>

#include "core/http_strict.h"
#include "unit.h"

#define MAX_FIELDS 16

struct parsed {
	struct http_head head;
	struct http_field fields[MAX_FIELDS];
	struct str raw;
	char bytes[2048];
};

/* the line at *at ends in LF, with or without CR; both become NUL */
static char *next_line(char **at, char *end)
{
	char *line = *at, *lf = memchr(line, '\n', (size_t)(end - line));

	ck_assert_ptr_nonnull(lf);
	if (lf > line && lf[-1] == '\r')
		lf[-1] = '\0';
	*lf = '\0';
	*at = lf + 1;
	return line;
}

/* false: the parser itself refuses it */
static bool parse(struct parsed *p, const char *raw, size_t n)
{
	char *at = p->bytes, *end = p->bytes + n, *line;

	ck_assert_uint_le(n, sizeof(p->bytes));
	memcpy(p->bytes, raw, n);
	p->head = (struct http_head){ .fields = p->fields };
	line = next_line(&at, end);
	p->head.method = (struct str){ line, strcspn(line, " ") };
	line += p->head.method.n + 1;
	p->head.target = (struct str){ line, strcspn(line, " ") };
	p->head.version = str_of(strrchr(line, ' ') ? strrchr(line, ' ') + 1 : "");
	for (line = next_line(&at, end); *line; line = next_line(&at, end)) {
		char *colon = strchr(line, ':');
		struct http_field *f = &p->fields[p->head.n++];

		if (!colon)
			return false;
		f->name = (struct str){ line, (size_t)(colon - line) };
		f->value = str_of(colon + 1 + strspn(colon + 1, " \t"));
	}
	p->raw = (struct str){ p->bytes, (size_t)(at - p->bytes) };
	return true;
}

static bool accepts(const char *raw, size_t n, struct http_body *body_r)
{
	struct parsed p;
	struct fault f = { 0 };
	bool good;

	if (!parse(&p, raw, n))
		return false;
	good = http_strict(&p.head, body_r, &f);
	ck_assert_int_eq(good, f.code == ERR_OK);
	return good && http_layout(&p.head, p.raw);
}

struct sample {
	const char *what;
	const char *raw;
	size_t n;
};

#define SAMPLE(what, raw)                  \
	{                                  \
		what, raw, sizeof(raw) - 1 \
	}
#define GET(fields) "GET /v1/models HTTP/1.1\r\nHost: x\r\n" fields "\r\n"

static const struct sample good[] = {
	SAMPLE("plain", GET("")),
	SAMPLE("no space after the colon", GET("A:b\r\n")),
	SAMPLE("spaces and a tab after the colon", GET("A: \t b\r\n")),
	SAMPLE("empty value", GET("A:\r\n")),
	SAMPLE("empty value behind a space", GET("A: \r\n")),
	SAMPLE("value in UTF-8", GET("A: \xc3\xa4\r\n")),
	SAMPLE("tab in a value", GET("A: b\tc\r\n")),
	SAMPLE("query", "GET /v1/models?a=b&c=%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("escapes", "GET /v1/models/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("host with port", "GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n"),
	SAMPLE("space behind a host", "GET / HTTP/1.1\r\nHost: x \t\r\n\r\n"),
	SAMPLE("IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
	SAMPLE("HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n"),
	SAMPLE("asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("absolute form", "GET http://a.example/v1/models?b HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("length", GET("Content-Length: 5\r\n")),
	SAMPLE("chunked", GET("Transfer-Encoding: chunked\r\n")),
	SAMPLE("chunked in capitals", GET("TRANSFER-ENCODING: Chunked\r\n")),
};

static const struct sample bad[] = {
	SAMPLE("two lengths", GET("Content-Length: 5\r\nContent-Length: 0\r\n")),
	SAMPLE("two keys", GET("Authorization: Bearer a\r\nauthorization: Bearer b\r\n")),
	SAMPLE("two keys of the other kind", GET("X-Api-Key: a\r\nx-api-key: a\r\n")),
	SAMPLE("the same length twice", GET("Content-Length: 5\r\ncontent-length: 5\r\n")),
	SAMPLE("list of lengths", GET("Content-Length: 5, 5\r\n")),
	SAMPLE("length with a sign", GET("Content-Length: +5\r\n")),
	SAMPLE("negative length", GET("Content-Length: -1\r\n")),
	SAMPLE("hexadecimal length", GET("Content-Length: 0x5\r\n")),
	SAMPLE("length of two words", GET("Content-Length: 5 6\r\n")),
	SAMPLE("length above 2^64", GET("Content-Length: 18446744073709551621\r\n")),
	SAMPLE("empty length", GET("Content-Length: \r\n")),
	SAMPLE("space behind the length", GET("Content-Length: 5 \r\n")),
	SAMPLE("length and chunked", GET("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")),
	SAMPLE("unknown encoding", GET("Transfer-Encoding: xchunked\r\n")),
	SAMPLE("identity", GET("Transfer-Encoding: identity\r\n")),
	SAMPLE("two encodings in one", GET("Transfer-Encoding: gzip, chunked\r\n")),
	SAMPLE("two encodings",
	       GET("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
	SAMPLE("space behind chunked", GET("Transfer-Encoding: chunked \r\n")),
	SAMPLE("space before the colon", GET("Transfer-Encoding : chunked\r\n")),
	SAMPLE("vertical tab", GET("Transfer-Encoding: \x0b"
				   "chunked\r\n")),
	SAMPLE("chunked in HTTP/1.0",
	       "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
	SAMPLE("bare LF everywhere", "GET / HTTP/1.1\nHost: x\n\n"),
	SAMPLE("bare LF behind the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
	SAMPLE("bare LF behind a header", GET("A: b\nC: d\r\n")),
	SAMPLE("bare LF behind the last header", "GET / HTTP/1.1\r\nHost: x\n\r\n"),
	SAMPLE("bare LF for the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n"),
	SAMPLE("bare LF for the empty line of no headers", "GET / HTTP/1.0\r\n\n"),
	SAMPLE("bare CR in a value", GET("A: b\rc: d\r\n")),
	SAMPLE("NUL in a value", GET("A: b\0c\r\n")),
	SAMPLE("NUL at the end of a value", GET("A: b\0\r\n")),
	SAMPLE("NUL in the target", "GET /v1\0/models HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("space in a name", GET("Content Length: 5\r\n")),
	SAMPLE("space before a name", GET(" A: b\r\n")),
	SAMPLE("tab before a name", GET("\tA: b\r\n")),
	SAMPLE("empty name", GET(": v\r\n")),
	SAMPLE("no host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
	SAMPLE("two hosts", GET("host: y\r\n")),
	SAMPLE("two hosts in one", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n"),
	SAMPLE("host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"),
	SAMPLE("host with a user", "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n"),
	SAMPLE("HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
	SAMPLE("HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
	SAMPLE("lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("version with junk", "GET / HTTP/1.1junk\r\nHost: x\r\n\r\n"),
	SAMPLE("two spaces", "GET  /  HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("method with junk", "GE(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("endless method", "GETGETGETGETGETGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("authority form", "CONNECT a.example:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("asterisk for a GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("target not in ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("escaped NUL", "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("escaped LF", "GET /a%0ab HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("half an escape", "GET /a%2 HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("escape of no number", "GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("absolute form without path", "GET http://a.example HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("absolute form, slash only in the query",
	       "GET http://a.example?b=/c HTTP/1.1\r\nHost: x\r\n\r\n"),
	SAMPLE("absolute form of another scheme",
	       "GET ftp://a.example/ HTTP/1.1\r\nHost: x\r\n\r\n"),
};

START_TEST(strict_request_is_accepted)
{
	struct http_body body;

	ck_assert_msg(accepts(good[_i].raw, good[_i].n, &body), "refused: %s", good[_i].what);
}
END_TEST

START_TEST(ambiguous_request_is_refused)
{
	struct http_body body;

	ck_assert_msg(!accepts(bad[_i].raw, bad[_i].n, &body), "accepted: %s", bad[_i].what);
}
END_TEST

START_TEST(body_framing_is_told)
{
	static const char length[] = GET("Content-Length: 1234567890123456\r\n");
	static const char chunked[] = GET("transfer-encoding: chunked\r\n");
	static const char none[] = GET("");
	struct http_body body;

	ck_assert(accepts(length, sizeof(length) - 1, &body));
	ck_assert(!body.chunked && body.length == 1234567890123456);
	ck_assert(accepts(chunked, sizeof(chunked) - 1, &body));
	ck_assert(body.chunked && body.length == 0);
	ck_assert(accepts(none, sizeof(none) - 1, &body));
	ck_assert(!body.chunked && body.length == 0);
}
END_TEST

/* No byte of a good head can become a NUL unnoticed, but the CR of a line's end: once the parser
 * has put NULs over CR and LF, NUL LF looks like them. */
START_TEST(damaged_heads_do_no_harm)
{
	static const char raw[] = GET("Content-Length: 5\r\nA: b\r\n");
	static const char bytes[] = { '\0', '\n', '\r', ' ', ':', '\x7f', 'a' };
	struct http_body body;
	char damaged[sizeof(raw)];

	for (size_t i = 4; i < sizeof(raw) - 5; i++) {
		for (size_t b = 0; b < sizeof(bytes) && raw[i] != '\n'; b++) {
			bool taken;

			memcpy(damaged, raw, sizeof(raw));
			damaged[i] = bytes[b];
			taken = accepts(damaged, sizeof(raw) - 1, &body);
			ck_assert(!taken || bytes[b] != '\0' || raw[i] == '\r');
		}
	}
}
END_TEST

START_TEST(target_is_taken_apart)
{
	static const struct {
		const char *target, *path, *query;
	} t[] = {
		{ "/a/b", "/a/b", NULL },      { "/a?", "/a", "" },
		{ "/a?b=c?d", "/a", "b=c?d" }, { "http://h:1/a?b", "/a", "b" },
		{ "https://h/", "/", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(t); i++) {
		struct str query = http_query(str_of(t[i].target));

		ck_assert(str_is(http_path(str_of(t[i].target)), t[i].path));
		ck_assert_int_eq(str_absent(query), t[i].query == NULL);
		ck_assert(str_eq(query, str_of(t[i].query)));
	}
}
END_TEST

START_TEST(escapes_are_resolved)
{
	char dst[32];
	size_t n = http_decode(STR("/v1/models/openai%2Fgpt%2d4%c3%A4"), dst);

	ck_assert(str_is((struct str){ dst, n }, "/v1/models/openai/gpt-4\xc3\xa4"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("http_strict");
	TCase *tc = tcase_create("head");

	tcase_add_loop_test(tc, strict_request_is_accepted, 0, COUNT_OF(good));
	tcase_add_loop_test(tc, ambiguous_request_is_refused, 0, COUNT_OF(bad));
	tcase_add_test(tc, body_framing_is_told);
	tcase_add_test(tc, damaged_heads_do_no_harm);
	tcase_add_test(tc, target_is_taken_apart);
	tcase_add_test(tc, escapes_are_resolved);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
