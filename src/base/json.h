/*
 * json.h -- read JSON without building a tree of it.
 *
 * A library parser makes an object of every value and copies every string:
 * 17 ms for each MB with jansson, on a loop that others share. A request is
 * mostly strings nobody needs to look into (prompts, base64 images), so this
 * scanner checks the text once and keeps 16 bytes per value that say where it
 * lies. Strings stay escaped in place; what is passed on is passed on as it came.
 *
 * Strict where laxness would let two parsers disagree about one body: UTF-8 is
 * checked, duplicate names are refused, depth and count are bounded.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum json_type {
	JSON_ABSENT, /* what json_get() finds when there is no such member */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

enum json_fail {
	JSON_FINE,
	JSON_BAD_SYNTAX,
	JSON_BAD_STRING, /* control byte, bad escape or bad UTF-8 */
	JSON_BAD_NUMBER, /* not a JSON number, or longer than max_number */
	JSON_TOO_DEEP,
	JSON_TOO_MANY, /* values, or memory for them */
	JSON_TWICE,    /* one name twice in an object */
};

struct json_limits {
	uint32_t max_depth;
	uint32_t max_values;
	uint32_t max_number; /* characters */
};

/* for bodies that come from outside; reliability: depth 64, 100k values, 64 characters */
extern const struct json_limits json_limits_default;

struct json_node {
	uint32_t at;   /* first byte: of a string its opening quote */
	uint32_t len;  /* bytes of the whole value */
	uint32_t next; /* the node after this value and everything inside it */
	uint8_t type;
	uint8_t escaped; /* a string with a backslash in it */
};

struct json_doc {
	const char *text; /* (not owned) must live as long as the doc */
	struct json_node *nodes;
	uint32_t n;
};

/* one value; cheap to copy. {NULL, 0} is the absent value, and every reader takes it. */
struct json {
	const struct json_doc *doc;
	uint32_t at;
};

/*
 * Scan the whole text as one JSON value (white space around it is fine).
 * On failure *at_r is the offset of the fault. At most 4 GiB. The doc's nodes live in a.
 */
enum json_fail json_parse(struct json_doc *doc_r, struct arena *a, struct str text,
			  const struct json_limits *limits, size_t *at_r) MUST_CHECK;
/* a sentence part for people: "a name stands twice in one object" */
const char *json_fail_text(enum json_fail fail);

struct json json_root(const struct json_doc *doc);
enum json_type json_type(struct json j);

static inline bool json_present(struct json j)
{
	return j.doc != NULL;
}

/* absent or null: the two ways in which clients say "not set" */
static inline bool json_unset(struct json j)
{
	return json_type(j) <= JSON_NULL;
}

/* member of an object; absent when j is no object or has none of that name */
struct json json_member(struct json j, struct str name);

/* Names are mostly known when this is compiled, and then so is how long they are. */
static inline struct json json_get(struct json j, const char *name)
{
	return json_member(j, str_of(name));
}

/* nth element of an array */
struct json json_at(struct json j, uint32_t nth);
/* elements of an array, members of an object, else 0 */
uint32_t json_count(struct json j);

/* []: how some clients say "not set" */
static inline bool json_lists_nothing(struct json j)
{
	return json_type(j) == JSON_ARRAY && json_count(j) == 0;
}

/* Walk an array's elements, or an object's names (json_value() is then what the name stands for).
 */
struct json json_first(struct json container);
struct json json_after(struct json container, struct json it);
struct json json_value(struct json name);
#define JSON_EACH(it, container)                                       \
	for (struct json it = json_first(container); json_present(it); \
	     it = json_after((container), it))

/* the value's own bytes, quotes included; absent for an absent value */
struct str json_raw(struct json j);
/* a string's bytes between the quotes, still escaped; absent when it is no string */
struct str json_chars(struct json j);
/* A string's text without escapes: in place when there are none, else in a. Absent when it is
 * no string or a is full. Lone surrogates become U+FFFD. */
struct str json_text(struct json j, struct arena *a);
/* is it this string? (escapes are seen through) */
bool json_says(struct json j, struct str text);

static inline bool json_is(struct json j, const char *text)
{
	return json_says(j, str_of(text));
}

bool json_is_escaped(struct json j);

/* an integral number within int64; "12", "12.0" and "1.2e1" are, "1.5" is not */
bool json_i64(struct json j, int64_t *value_r);
bool json_double(struct json j, double *value_r);
/* true, or fallback when it is no boolean */
bool json_bool(struct json j, bool fallback);

/* Remove the escapes of raw string content. False when a is full. */
bool json_unescape(struct str raw, struct arena *a, struct str *text_r);

/* write text as a JSON string, quotes included; bad UTF-8 becomes U+FFFD */
void json_quote(struct buf *b, struct str text);
/* the same without the quotes */
void json_escape(struct buf *b, struct str text);

/* A number that strtod() reads back as the same bits. JSON has none for what is not finite: NaN is
 * null, infinity is "inf" or "-inf". */
void json_number(struct buf *b, double value);
/* what json_number() wrote */
bool json_read_number(struct json j, double *value_r);

/* behind the bytes at p that are ASCII, and no control byte, quote or backslash */
const char *json_skip_plain(const char *p, const char *end);

/* length of the UTF-8 sequence at p (1..4), or 0 when it is none; n > 0 bytes are there */
size_t utf8_length(const unsigned char *p, size_t n);

#endif
