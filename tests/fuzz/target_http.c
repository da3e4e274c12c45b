/*
 * target_http.c -- a head that the filter lets pass is read alike by a strict parser.
 *
 * A lenient parser that works in place, as libmicrohttpd's old one does, cuts the bytes up:
 * lines may end in LF alone, names and values are cut at a NUL, continuation lines are
 * joined elsewhere. What http_strict() and http_layout() then take must be what a parser
 * finds that reads the same bytes to the letter.
 */
#include "core/http_strict.h"
#include "fuzz.h"

#define MOST_FIELDS 32

struct head {
	struct http_head head;
	struct http_field fields[MOST_FIELDS];
	struct arena joined; /* continuation lines */
	size_t n;            /* bytes of the head, the empty line included; 0: there is none */
};

/* --- the lenient parser --- */

/* as C programs read it */
static struct str up_to_nul(struct str s)
{
	return str_sub(s, 0, strnlen(s.p, s.n));
}

static struct str lenient_line(struct str *rest)
{
	struct str line = str_cut(rest, '\n');

	return line.n && line.p[line.n - 1] == '\r' ? str_sub(line, 0, line.n - 1) : line;
}

static struct str skip_spaces(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_sub(s, 1, s.n);
	return s;
}

static void join(struct head *h, struct str more)
{
	struct http_field *last = &h->fields[h->head.n - 1];

	more = skip_spaces(more);
	last->value = arena_printf(&h->joined, "%.*s%.*s", STR_ARG(last->value), STR_ARG(more));
}

static bool lenient_field(struct head *h, struct str line)
{
	struct str value = line, name;

	if (h->head.n && (line.p[0] == ' ' || line.p[0] == '\t')) {
		join(h, line);
		return true;
	}
	name = str_cut(&value, ':');
	if (str_absent(value) || h->head.n == MOST_FIELDS)
		return false;
	h->fields[h->head.n++] = (struct http_field){ up_to_nul(name),
						      up_to_nul(skip_spaces(value)) };
	return true;
}

/* False: not even this parser takes it. */
static bool parse_leniently(struct head *h, struct str raw)
{
	struct str rest = raw, line = lenient_line(&rest);

	h->head.fields = h->fields;
	h->head.method = up_to_nul(str_cut(&line, ' '));
	line = str_absent(line) ? line : skip_spaces(line);
	h->head.target = str_absent(line) ? STR_NONE : up_to_nul(str_cut(&line, ' '));
	h->head.version = str_absent(line) ? STR_NONE : up_to_nul(skip_spaces(line));
	while (!str_absent(rest) && !str_absent(h->head.version)) {
		line = lenient_line(&rest);
		if (str_absent(rest))
			return false;
		if (line.n == 0) {
			h->n = (size_t)(rest.p - raw.p);
			return true;
		}
		if (!lenient_field(h, line))
			return false;
	}
	return false;
}

/* --- the strict one: looks for the very bytes that the slices of a head must lie between --- */

static void expect(struct str *rest, struct str piece, const char *what)
{
	HOLDS(str_starts(*rest, piece), "no %s before \"%.*s\"", what, STR_ARG(*rest));
	*rest = str_sub(*rest, piece.n, rest->n);
}

/* CR LF; or NUL LF, which http_layout() cannot tell from it (http_strict.h says so) */
static void expect_line_end(struct str *rest)
{
	if (rest->n && rest->p[0] == '\0')
		*rest = str_sub(*rest, 1, rest->n);
	else
		expect(rest, STR("\r"), "CR");
	expect(rest, STR("\n"), "LF");
}

/* and of the last line, where one byte behind a NUL can be any other */
static void expect_head_end(struct str *rest)
{
	if (rest->n == 4 && rest->p[0] == '\0' && str_ends(*rest, STR("\n\n"))) {
		*rest = str_sub(*rest, 4, 4);
		return;
	}
	expect_line_end(rest);
	expect(rest, STR("\r\n"), "empty line");
}

static void must_be_read_alike(const struct head *h, struct str raw)
{
	struct str rest = str_sub(raw, 0, h->n);

	expect(&rest, h->head.method, "method");
	expect(&rest, STR(" "), "space");
	expect(&rest, h->head.target, "target");
	expect(&rest, STR(" "), "space");
	expect(&rest, h->head.version, "version");
	for (size_t i = 0; i < h->head.n; i++) {
		expect_line_end(&rest);
		expect(&rest, h->fields[i].name, "name");
		expect(&rest, STR(":"), "colon");
		rest = skip_spaces(rest);
		expect(&rest, h->fields[i].value, "value");
	}
	expect_head_end(&rest);
	HOLDS(rest.n == 0, "%zu bytes behind the head", rest.n);
}

static size_t count(const struct head *h, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < h->head.n; i++)
		n += str_ieq(h->fields[i].name, str_of(name));
	return n;
}

static void framing_must_be_clear(const struct head *h, const struct http_body *body)
{
	size_t lengths = count(h, "content-length"), encodings = count(h, "transfer-encoding");

	HOLDS(lengths + encodings <= 1, "two framings");
	HOLDS(count(h, "host") <= 1, "two hosts");
	HOLDS(body->chunked == (encodings == 1), "chunked without its header");
	HOLDS(body->length == 0 || lengths == 1, "a length from nowhere");
}

static void target_must_be_good(struct str target)
{
	struct str path = http_path(target);
	char *decoded = fuzz_own(path);
	size_t n = http_decode(path, decoded);

	HOLDS(n <= path.n, "a path becomes longer");
	for (size_t i = 0; i < n; i++)
		HOLDS((unsigned char)decoded[i] >= ' ' && decoded[i] != 0x7F,
		      "a control in a path");
	HOLDS(str_absent(http_query(target)) || str_chr(target, '?') >= 0, "a query from nowhere");
	free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *own = fuzz_own((struct str){ (const char *)data, n });
	struct str raw = { own, n };
	struct head h = { .n = 0 };
	struct http_body body;
	struct fault fault = { 0 };

	arena_init(&h.joined, FUZZ_ROOM);
	if (parse_leniently(&h, raw)) {
		if (!http_strict(&h.head, &body, &fault)) {
			HOLDS(fault.code != ERR_OK && fault.text[0], "refused without a reason");
		} else if (http_layout(&h.head, str_sub(raw, 0, h.n))) {
			must_be_read_alike(&h, raw);
			framing_must_be_clear(&h, &body);
			target_must_be_good(h.head.target);
		}
	}
	arena_release(&h.joined);
	free(own);
	return 0;
}
