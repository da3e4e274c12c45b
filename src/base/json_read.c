/* json_read.c -- walk a scanned document: members, numbers, strings without escapes. */
#include "base/json.h"

#include <math.h>

static const struct json_node *node_of(struct json j)
{
	return &j.doc->nodes[j.at];
}

struct json json_root(const struct json_doc *doc)
{
	return doc->n ? (struct json){ doc, 0 } : (struct json){ NULL, 0 };
}

enum json_type json_type(struct json j)
{
	return j.doc ? (enum json_type)node_of(j)->type : JSON_ABSENT;
}

static bool is_container(struct json j)
{
	return json_type(j) >= JSON_ARRAY;
}

struct json json_first(struct json container)
{
	if (!is_container(container) || node_of(container)->next == container.at + 1)
		return (struct json){ NULL, 0 };
	return (struct json){ container.doc, container.at + 1 };
}

struct json json_value(struct json name)
{
	return (struct json){ name.doc, name.at + 1 };
}

struct json json_after(struct json container, struct json it)
{
	struct json last = json_type(container) == JSON_OBJECT ? json_value(it) : it;
	uint32_t next = node_of(last)->next;

	if (next >= node_of(container)->next)
		return (struct json){ NULL, 0 };
	return (struct json){ container.doc, next };
}

struct json json_at(struct json j, uint32_t nth)
{
	if (json_type(j) == JSON_ARRAY)
		JSON_EACH (it, j)
			if (nth-- == 0)
				return it;
	return (struct json){ NULL, 0 };
}

uint32_t json_count(struct json j)
{
	uint32_t n = 0;

	JSON_EACH (it, j)
		n++;
	return n;
}

struct str json_raw(struct json j)
{
	if (!j.doc)
		return STR_NONE;
	return (struct str){ j.doc->text + node_of(j)->at, node_of(j)->len };
}

struct str json_chars(struct json j)
{
	struct str raw = json_raw(j);

	if (json_type(j) != JSON_STRING)
		return STR_NONE;
	return str_sub(raw, 1, raw.n - 1);
}

bool json_is_escaped(struct json j)
{
	return json_type(j) == JSON_STRING && node_of(j)->escaped;
}

struct str json_text(struct json j, struct arena *a)
{
	struct str raw = json_chars(j);

	if (json_is_escaped(j) && !json_unescape(raw, a, &raw))
		return STR_NONE;
	return raw;
}

/* the code unit behind "\u"; raw is known to hold four hex digits there */
static uint32_t hex4(const char *p)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		v = v * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xC0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*out++ = (char)(0xE0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
		*out++ = (char)(0x80 | (c & 0x3F));
	} else {
		*out++ = (char)(0xF0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3F));
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
		*out++ = (char)(0x80 | (c & 0x3F));
	}
	return out;
}

/* p stands behind "\u"; returns the code point and moves *p behind all that it used */
static uint32_t unescape_u(const char **p, const char *end)
{
	uint32_t c = hex4(*p);

	*p += 4;
	if (c < 0xD800 || c > 0xDFFF)
		return c;
	if (c < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		uint32_t low = hex4(*p + 2);

		if (low >= 0xDC00 && low <= 0xDFFF) {
			*p += 6;
			return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		}
	}
	return 0xFFFD;
}

/* what stands for "\n" and its like; the scanner let no other letter through */
static char unescape_letter(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

/* out has room for raw.n bytes; returns how many were written */
static size_t unescape_into(struct str raw, char *out)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *from = out;

	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((slash ? slash : end) - p);

		memcpy(out, p, plain);
		out += plain;
		p += plain;
		if (!slash)
			break;
		char c = p[1];
		p += 2;
		if (c == 'u')
			out = put_utf8(out, unescape_u(&p, end));
		else
			*out++ = unescape_letter(c);
	}
	return (size_t)(out - from);
}

bool json_unescape(struct str raw, struct arena *a, struct str *text_r)
{
	/* an escape never grows: "\u" and four digits become at most three bytes */
	char *out = arena_chars(a, raw.n);

	if (!out)
		return false;
	*text_r = (struct str){ out, unescape_into(raw, out) };
	return true;
}

static bool escaped_is(struct str raw, struct str want)
{
	char plain[128];

	/* no escape is longer than six bytes for one, so a longer text cannot match */
	if (raw.n > sizeof(plain) || raw.n > want.n * 6)
		return false;
	return str_eq((struct str){ plain, unescape_into(raw, plain) }, want);
}

static inline bool string_is(const struct json_doc *doc, const struct json_node *node,
			     struct str want)
{
	/* between the quotes */
	struct str raw = { doc->text + node->at + 1, node->len - 2 };

	if (raw.n != want.n && !node->escaped) /* so with most names */
		return false;
	return node->escaped ? escaped_is(raw, want) : str_eq(raw, want);
}

/* Names are few and looked up often, so nodes are walked here without asking what each is. */
struct json json_member(struct json j, struct str name)
{
	const struct json_node *nodes;
	uint32_t end;

	if (json_type(j) != JSON_OBJECT)
		return (struct json){ NULL, 0 };
	nodes = j.doc->nodes;
	end = nodes[j.at].next;
	/* a name, then its value with all that is in it */
	for (uint32_t at = j.at + 1; at < end; at = nodes[at + 1].next)
		if (string_is(j.doc, &nodes[at], name))
			return (struct json){ j.doc, at + 1 };
	return (struct json){ NULL, 0 };
}

bool json_says(struct json j, struct str text)
{
	return json_type(j) == JSON_STRING && string_is(j.doc, node_of(j), text);
}

bool json_double(struct json j, double *value_r)
{
	char text[80];

	if (json_type(j) != JSON_NUMBER || !str_copy(text, sizeof(text), json_raw(j)))
		return false;
	*value_r = strtod(text, NULL);
	return isfinite(*value_r);
}

bool json_read_number(struct json j, double *value_r)
{
	if (json_type(j) == JSON_NULL)
		*value_r = NAN;
	else if (json_is(j, "inf"))
		*value_r = INFINITY;
	else if (json_is(j, "-inf"))
		*value_r = -INFINITY;
	else
		return json_double(j, value_r);
	return true;
}

bool json_i64(struct json j, int64_t *value_r)
{
	double d;

	if (json_type(j) != JSON_NUMBER)
		return false;
	if (str_i64(json_raw(j), value_r))
		return true;
	/* 1.2e1: exact only where doubles are */
	if (!json_double(j, &d) || d != floor(d) || fabs(d) > 9007199254740992.0)
		return false;
	*value_r = (int64_t)d;
	return true;
}

bool json_bool(struct json j, bool fallback)
{
	switch (json_type(j)) {
	case JSON_TRUE: return true;
	case JSON_FALSE: return false;
	default: return fallback;
	}
}
