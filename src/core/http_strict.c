/* http_strict.c -- the head of a request, judged a second time. */
#include "core/http_strict.h"

/* no method of HTTP is longer than BASELINE-CONTROL */
#define METHOD_MAX 16
/* 10^18 - 1 fits every integer that a length is ever kept in */
#define LENGTH_DIGITS 18

static bool wrong(struct fault *f, const char *text)
{
	fault_set(f, ERR_HTTP, "", "%s", text);
	return false;
}

/* --- characters --- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 9110 5.6.2 */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && (s.p[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
			return false;
	return s.n > 0;
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7F;
}

/* RFC 9110 5.5: visible characters, spaces, tabs, and what is not ASCII */
static bool is_field_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_control(s.p[i]) && s.p[i] != '\t')
			return false;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* the byte that %XX at s[i] stands for; -1 when that is not one */
static int escaped(struct str s, size_t i)
{
	if (s.n - i < 3 || hex_digit(s.p[i + 1]) < 0 || hex_digit(s.p[i + 2]) < 0)
		return -1;
	return hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]);
}

/* --- the request line --- */

static bool is_path(struct str path)
{
	for (size_t i = 0; i < path.n; i++) {
		int byte;

		if (path.p[i] != '%')
			continue;
		byte = escaped(path, i);
		if (byte < 0 || is_control((char)byte))
			return false;
	}
	return path.n > 0 && path.p[0] == '/';
}

static bool is_target(struct str target, struct str method)
{
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] >= 0x7F || target.p[i] == '#')
			return false;
	if (str_is(target, "*"))
		return str_is(method, "OPTIONS");
	return is_path(http_path(target));
}

static bool line_is_strict(const struct http_head *h, struct fault *f)
{
	if (!is_token(h->method) || h->method.n > METHOD_MAX)
		return wrong(f, "the request's method is not a word");
	if (!str_is(h->version, "HTTP/1.1") && !str_is(h->version, "HTTP/1.0"))
		return wrong(f, "the request is neither HTTP/1.1 nor HTTP/1.0");
	if (!is_target(h->target, h->method))
		return wrong(f, "the request's target is not a path");
	return true;
}

/* --- the fields --- */

/* RFC 9112 3.2: an authority without user; spaces, commas and slashes would make it two */
static bool is_host(struct str s)
{
	/* libmicrohttpd 0.9 leaves the space behind a value. What frames the body is judged with
	 * it, as it is read there. */
	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && (s.p[i] == '\0' || !strchr("-._~:[]%!$&'()*+;=", s.p[i])))
			return false;
	return true;
}

static bool is_length(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= LENGTH_DIGITS;
}

static bool is_chunked(struct str s)
{
	return str_ieq(s, STR("chunked"));
}

/* fields that decide where a request ends, for whom it is, and from whom: at most one of each */
enum { HOST, LENGTH, ENCODING, AUTHORIZATION, API_KEY, UNIQUE_COUNT };

static const struct {
	const char *name;
	bool (*is_good)(struct str value); /* NULL: judged by whoever reads it */
	const char *twice, *bad;
} uniques[UNIQUE_COUNT] = {
	[HOST] = { "host", is_host, "the request has two Host headers",
		   "the Host header is not a host name" },
	[LENGTH] = { "content-length", is_length, "the request has two Content-Length headers",
		     "the Content-Length header is not a number" },
	[ENCODING] = { "transfer-encoding", is_chunked,
		       "the request has two Transfer-Encoding headers",
		       "the only Transfer-Encoding taken is \"chunked\"" },
	[AUTHORIZATION] = { "authorization", NULL, "the request has two Authorization headers", NULL },
	[API_KEY] = { "x-api-key", NULL, "the request has two x-api-key headers", NULL },
};

static bool note_unique(const struct http_field *field, struct str found[], struct fault *f)
{
	for (int i = 0; i < UNIQUE_COUNT; i++) {
		if (!str_ieq(field->name, str_of(uniques[i].name)))
			continue;
		if (!str_absent(found[i]))
			return wrong(f, uniques[i].twice);
		if (uniques[i].is_good && !uniques[i].is_good(field->value))
			return wrong(f, uniques[i].bad);
		/* an empty value was sent, too */
		found[i] = field->value.p ? field->value : STR("");
	}
	return true;
}

static bool fields_are_strict(const struct http_head *h, struct str found[], struct fault *f)
{
	for (size_t i = 0; i < h->n; i++) {
		if (!is_token(h->fields[i].name))
			return wrong(f, "a header's name is not a word");
		if (!is_field_value(h->fields[i].value))
			return wrong(f, "a header's value has control characters in it");
		if (!note_unique(&h->fields[i], found, f))
			return false;
	}
	return true;
}

bool http_strict(const struct http_head *h, struct http_body *body_r, struct fault *f)
{
	struct str found[UNIQUE_COUNT] = { STR_NONE };
	bool old = str_is(h->version, "HTTP/1.0");
	int64_t length = 0;

	if (!line_is_strict(h, f) || !fields_are_strict(h, found, f))
		return false;
	if (str_absent(found[HOST]) && !old)
		return wrong(f, "the request has no Host header");
	if (!str_absent(found[ENCODING]) && (old || !str_absent(found[LENGTH])))
		return wrong(f, old ? "HTTP/1.0 has no Transfer-Encoding"
				    : "the request has Transfer-Encoding and Content-Length");
	if (!str_absent(found[LENGTH]) && !str_i64(found[LENGTH], &length))
		return wrong(f, uniques[LENGTH].bad);
	*body_r = (struct http_body){ .chunked = !str_absent(found[ENCODING]),
				      .length = (uint64_t)length };
	return true;
}

/* --- what the parser left of the raw bytes --- */

/* how far p is behind `from`, or beyond any gap when it lies before it */
static size_t gap(const char *from, const char *p)
{
	return (uintptr_t)p - (uintptr_t)from;
}

static const char *after(struct str s)
{
	return s.p + s.n;
}

bool http_layout(const struct http_head *h, struct str raw)
{
	const char *end = after(raw), *line;

	if (h->method.p != raw.p || gap(after(h->method), h->target.p) != 1 ||
	    gap(after(h->target), h->version.p) != 1 || gap(raw.p, after(h->version)) > raw.n)
		return false;
	line = after(h->version) + 2;
	for (size_t i = 0; i < h->n; i++) {
		struct str name = h->fields[i].name, value = h->fields[i].value;

		if (name.p != line || gap(raw.p, after(value)) > raw.n ||
		    gap(after(name), value.p) - 1 > raw.n)
			return false;
		for (const char *p = after(name) + 1; p < value.p; p++)
			if (*p != ' ' && *p != '\t')
				return false;
		line = after(value) + 2;
	}
	return gap(line, end) == 2;
}

/* --- the target's parts --- */

/* RFC 9112 3.2.2: servers must take the form that proxies are sent, too. Empty when it has no
 * path behind a plain host. */
static struct str without_authority(struct str target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct str rest;
		ptrdiff_t slash;

		if (!str_starts(target, str_of(schemes[i])))
			continue;
		rest = str_sub(target, strlen(schemes[i]), target.n);
		slash = str_chr(rest, '/');
		if (slash <= 0 || !is_host(str_sub(rest, 0, (size_t)slash)))
			return STR("");
		return str_sub(rest, (size_t)slash, rest.n);
	}
	return target;
}

struct str http_path(struct str target)
{
	struct str rest = without_authority(target);

	return str_cut(&rest, '?');
}

struct str http_query(struct str target)
{
	struct str rest = without_authority(target);

	str_cut(&rest, '?');
	return rest;
}

size_t http_decode(struct str path, char *dst)
{
	size_t n = 0;

	for (size_t i = 0; i < path.n; i++) {
		int byte = path.p[i] == '%' ? escaped(path, i) : -1;

		dst[n++] = byte < 0 ? path.p[i] : (char)byte;
		if (byte >= 0)
			i += 2;
	}
	return n;
}
