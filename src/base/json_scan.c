/* json_scan.c -- the scanner: one pass, no recursion, 16 bytes per value. */
#include "base/json.h"

#include <endian.h>

const struct json_limits json_limits_default = {
	.max_depth = 64,
	.max_values = 100000,
	.max_number = 64,
};

/* objects up to this many names are checked for doubles pairwise, larger ones by a table */
#define PAIRWISE_NAMES 12

struct scan {
	const char *p, *end;
	const char *text;
	struct arena *a;
	const struct json_limits *limits;
	struct json_node *nodes;
	size_t n, cap;
	uint32_t *open; /* stack of containers */
	uint32_t depth;
	enum json_fail fail;
};

static bool fail(struct scan *s, enum json_fail why)
{
	if (s->fail == JSON_FINE)
		s->fail = why;
	return false;
}

static void skip_blank(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char lead = p[0];
	size_t want = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

	if (lead > 0xF4 || want == 0 || want > n)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((lead == 0xE0 && p[1] < 0xA0) || (lead == 0xED && p[1] > 0x9F) ||
	    (lead == 0xF0 && p[1] < 0x90) || (lead == 0xF4 && p[1] > 0x8F))
		return 0;
	return want;
}

/* Eight bytes at once: how many of them come before a quote, a backslash, a control byte or one
 * that is not ASCII? Each such byte gets its top bit; a borrow or a carry may give it to others
 * too, but to none before the first. */
static size_t plain_of_word(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t w, quote, slash, stops;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	quote = w ^ (ones * '"');
	slash = w ^ (ones * '\\');
	stops = ((w - ones * 0x20) | w | (w + ones) | ((quote - ones) & ~quote) |
		 ((slash - ones) & ~slash)) &
		tops;
	return stops ? (size_t)__builtin_ctzll(stops) / 8 : sizeof(w);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

const char *json_skip_plain(const char *p, const char *end)
{
	while (end - p >= 8) {
		size_t n = plain_of_word(p);

		p += n;
		if (n < 8)
			return p;
	}
	while (p < end && is_plain((unsigned char)*p))
		p++;
	return p;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* at the byte after the backslash; leaves p after the escape */
static bool scan_escape(struct scan *s)
{
	if (s->p >= s->end)
		return fail(s, JSON_BAD_STRING);
	switch (*s->p++) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't': return true;
	case 'u':
		for (int i = 0; i < 4; i++, s->p++)
			if (s->p >= s->end || !is_hex(*s->p))
				return fail(s, JSON_BAD_STRING);
		return true;
	default: s->p--; return fail(s, JSON_BAD_STRING);
	}
}

/* at the opening quote; leaves p after the closing one */
static bool scan_string(struct scan *s, bool *escaped_r)
{
	*escaped_r = false;
	s->p++;
	for (;;) {
		s->p = json_skip_plain(s->p, s->end);
		if (s->p >= s->end)
			return fail(s, JSON_BAD_STRING);
		unsigned char c = (unsigned char)*s->p;
		if (c == '"') {
			s->p++;
			return true;
		}
		if (c == '\\') {
			*escaped_r = true;
			s->p++;
			if (!scan_escape(s))
				return false;
			continue;
		}
		size_t n = c < 0x20 ? 0
				    : utf8_length((const unsigned char *)s->p,
						  (size_t)(s->end - s->p));
		if (n == 0)
			return fail(s, JSON_BAD_STRING);
		s->p += n;
	}
}

static bool scan_digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool scan_number(struct scan *s)
{
	const char *from = s->p;

	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!scan_digits(s))
		return fail(s, JSON_BAD_NUMBER);
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return fail(s, JSON_BAD_NUMBER);
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!scan_digits(s))
			return fail(s, JSON_BAD_NUMBER);
	}
	if ((size_t)(s->p - from) > s->limits->max_number)
		return fail(s, JSON_BAD_NUMBER);
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return fail(s, JSON_BAD_SYNTAX);
	s->p += n;
	return true;
}

static struct json_node *add_node(struct scan *s, enum json_type type)
{
	struct json_node *node = NULL;

	if (s->n < s->limits->max_values)
		node = ARENA_PUSH(s->a, s->nodes, s->n, s->cap);
	if (!node) {
		fail(s, JSON_TOO_MANY);
		return NULL;
	}
	*node = (struct json_node){ .at = (uint32_t)(s->p - s->text), .type = (uint8_t)type };
	return node;
}

static void close_node(struct scan *s, uint32_t at)
{
	s->nodes[at].len = (uint32_t)(s->p - s->text) - s->nodes[at].at;
	s->nodes[at].next = (uint32_t)s->n;
}

/* --- names that stand twice --- */

static struct str name_text(struct scan *s, uint32_t at)
{
	struct json_node *node = &s->nodes[at];
	struct str raw = { s->text + node->at + 1, node->len - 2 };
	struct str text = raw;

	if (node->escaped && !json_unescape(raw, s->a, &text))
		fail(s, JSON_TOO_MANY);
	return text;
}

static bool check_names_pairwise(struct scan *s, uint32_t object)
{
	struct str names[PAIRWISE_NAMES];
	uint32_t n = 0;

	for (uint32_t at = object + 1; at < s->n; at = s->nodes[s->nodes[at].next].next) {
		names[n] = name_text(s, at);
		for (uint32_t i = 0; i < n; i++)
			if (str_eq(names[i], names[n]))
				return fail(s, JSON_TWICE);
		n++;
	}
	return s->fail == JSON_FINE;
}

static bool check_names_by_table(struct scan *s, uint32_t object, uint32_t count)
{
	uint32_t size = 32;

	while (size < count * 2)
		size *= 2;
	struct str *table = ARENA_ARRAY(s->a, struct str, size);
	if (!table)
		return fail(s, JSON_TOO_MANY);
	for (uint32_t at = object + 1; at < s->n; at = s->nodes[s->nodes[at].next].next) {
		struct str name = name_text(s, at);
		uint32_t slot = str_hash(name) & (size - 1);

		/* Clustered names cost probes, not correctness; max_values bounds them. */
		while (table[slot].p && !str_eq(table[slot], name))
			slot = (slot + 1) & (size - 1);
		if (table[slot].p)
			return fail(s, JSON_TWICE);
		table[slot] = name;
	}
	return s->fail == JSON_FINE;
}

static bool check_names(struct scan *s, uint32_t object)
{
	uint32_t count = 0;

	for (uint32_t at = object + 1; at < s->n; at = s->nodes[s->nodes[at].next].next)
		count++;
	if (count <= PAIRWISE_NAMES)
		return check_names_pairwise(s, object);
	return check_names_by_table(s, object, count);
}

/* --- the walk --- */

/* Room for as many values as so many bytes mostly hold, so that few texts look for it twice; of a
 * long one it is not known: it may be one string. */
static size_t first_nodes(size_t bytes)
{
	size_t likely = bytes / 8 + 4;

	return likely < 64 ? likely : 64;
}

static bool open_container(struct scan *s, enum json_type type)
{
	if (s->depth >= s->limits->max_depth)
		return fail(s, JSON_TOO_DEEP);
	if (!add_node(s, type))
		return false;
	s->open[s->depth++] = (uint32_t)s->n - 1;
	s->p++;
	return true;
}

static bool close_container(struct scan *s)
{
	uint32_t at = s->open[--s->depth];

	s->p++;
	close_node(s, at);
	return s->nodes[at].type != JSON_OBJECT || check_names(s, at);
}

static bool scan_string_node(struct scan *s)
{
	struct json_node *node = add_node(s, JSON_STRING);
	uint32_t at = (uint32_t)s->n - 1;
	bool escaped;

	if (!node || !scan_string(s, &escaped))
		return false;
	s->nodes[at].escaped = escaped;
	close_node(s, at);
	return true;
}

static bool scan_plain(struct scan *s, enum json_type type, const char *word)
{
	uint32_t at = (uint32_t)s->n;

	if (!add_node(s, type))
		return false;
	if (!(word ? scan_word(s, word) : scan_number(s)))
		return false;
	close_node(s, at);
	return true;
}

/* one value, or the opening of a container */
static bool scan_value(struct scan *s)
{
	switch (s->p < s->end ? *s->p : '\0') {
	case '{': return open_container(s, JSON_OBJECT);
	case '[': return open_container(s, JSON_ARRAY);
	case '"': return scan_string_node(s);
	case 't': return scan_plain(s, JSON_TRUE, "true");
	case 'f': return scan_plain(s, JSON_FALSE, "false");
	case 'n': return scan_plain(s, JSON_NULL, "null");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9': return scan_plain(s, JSON_NUMBER, NULL);
	default: return fail(s, JSON_BAD_SYNTAX);
	}
}

static bool scan_name(struct scan *s)
{
	if (s->p >= s->end || *s->p != '"')
		return fail(s, JSON_BAD_SYNTAX);
	if (!scan_string_node(s))
		return false;
	skip_blank(s);
	if (s->p >= s->end || *s->p != ':')
		return fail(s, JSON_BAD_SYNTAX);
	s->p++;
	skip_blank(s);
	return true;
}

/* Inside a container, `fresh` right after its opening: the next value, or its end. */
static bool scan_inside(struct scan *s, bool fresh)
{
	bool object = s->nodes[s->open[s->depth - 1]].type == JSON_OBJECT;
	char closer = object ? '}' : ']';

	skip_blank(s);
	if (s->p < s->end && *s->p == closer)
		return close_container(s);
	if (!fresh) {
		if (s->p >= s->end || *s->p != ',')
			return fail(s, JSON_BAD_SYNTAX);
		s->p++;
		skip_blank(s);
	}
	if (object && !scan_name(s))
		return false;
	return scan_value(s);
}

static bool scan_all(struct scan *s)
{
	size_t before;

	skip_blank(s);
	before = s->depth;
	if (!scan_value(s))
		return false;
	while (s->depth > 0) {
		bool fresh = s->depth > before;

		before = s->depth;
		if (!scan_inside(s, fresh))
			return false;
	}
	skip_blank(s);
	return s->p == s->end || fail(s, JSON_BAD_SYNTAX);
}

enum json_fail json_parse(struct json_doc *doc_r, struct arena *a, struct str text,
			  const struct json_limits *limits, size_t *at_r)
{
	struct scan s = { .p = text.p, .end = text.p + text.n, .text = text.p,
			  .a = a, .limits = limits, .cap = first_nodes(text.n) };

	*doc_r = (struct json_doc){ 0 };
	*at_r = 0;
	if (text.n > UINT32_MAX)
		return JSON_TOO_MANY;
	s.open = ARENA_ARRAY(a, uint32_t, limits->max_depth);
	s.nodes = arena_room(a, s.cap * sizeof(*s.nodes));
	if (!s.open || !s.nodes)
		return JSON_TOO_MANY;
	scan_all(&s);
	if (s.fail != JSON_FINE) {
		*at_r = (size_t)(s.p - s.text);
		return s.fail;
	}
	*doc_r = (struct json_doc){ text.p, s.nodes, (uint32_t)s.n };
	return JSON_FINE;
}

const char *json_fail_text(enum json_fail why)
{
	switch (why) {
	case JSON_FINE: return "fine";
	case JSON_BAD_SYNTAX: return "not valid JSON";
	case JSON_BAD_STRING: return "a string with a control character, a bad escape or bad UTF-8";
	case JSON_BAD_NUMBER: return "not a JSON number, or too long a one";
	case JSON_TOO_DEEP: return "nested too deeply";
	case JSON_TOO_MANY: return "too many values";
	case JSON_TWICE: return "a name stands twice in one object";
	}
	return "?";
}
