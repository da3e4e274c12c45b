/*
 * field.h -- read a map into a struct by a table of its fields.
 *
 * The tables come from tbl/settings.h (and tbl/usage.h for prices). Whatever is
 * not in the table is a fault, so no key is ever ignored silently.
 *
 *   kind      in the file                              member
 *   ADDRESS   HOST:PORT                                const char *
 *   BOOL      true or false                            bool
 *   BYTES     4096, 16KiB, 10MiB, 1GiB                 int64_t, bytes
 *   CHOICE    one of the words of `least`              int: its position
 *   COUNT     a whole number                           int64_t
 *   DATE      2026-11-22                               const char *
 *   FLAGS     words of `least`, one or a list          uint32_t: 1 << position
 *   ID        of a model: a name, also with / : @ +    const char *
 *   NAME      letters, digits, '.', '_', '-'           const char *
 *   NODE      anything, for the caller to read         const struct node *
 *   NUMBER    0.85, with at most six decimals           int64_t, millionths
 *   PATH      a file name                              const char *
 *   PRICE     dollars for a million tokens, 0.1875     int64_t, pico-dollars a token
 *   SECRET    ${NAME}, file:/PATH or credential:NAME   const char *: the reference
 *   TEXT      printable text                           const char *
 *   TIME      500ms, 30s, 15m, 2h, 7d or 0             int64_t, milliseconds
 *   URL       SCHEME://..., without a password         const char *
 *
 * Texts are NUL-terminated. What is not set is NULL, no flags, and -1 for numbers
 * and CHOICE. A text field whose `least` is 0 may be switched off by the word "none".
 */
#ifndef CONF_FIELD_H
#define CONF_FIELD_H

#include "conf/node.h"

enum kind {
	KIND_ADDRESS,
	KIND_BOOL,
	KIND_BYTES,
	KIND_CHOICE,
	KIND_COUNT,
	KIND_DATE,
	KIND_FLAGS,
	KIND_ID,
	KIND_NAME,
	KIND_NODE,
	KIND_NUMBER,
	KIND_PATH,
	KIND_PRICE,
	KIND_SECRET,
	KIND_TEXT,
	KIND_TIME,
	KIND_URL,
	KIND_COUNT_OF,
};

/* where something stands, for sentences: "prices.openai.gpt-4o.above.272000.cache_write_long" */
#define FIELD_PATH_MAX 240
void path_write(char dst[FIELD_PATH_MAX], const char *fmt, ...) PRINTF_LIKE(2, 3);

enum need { MAY, MUST };

struct field {
	const char *name;
	enum kind kind;
	enum need need;
	size_t offset; /* of the member */
	const char *fallback, *least, *most;
	const char *text; /* for the manual */
};

/* what reading needs at every depth */
struct reader {
	struct arena *a; /* where texts go; they outlive the tree */
	struct conf_faults *faults;
};

/* every member as the table says it is when the file says nothing */
void fields_default(const struct field *fields, size_t n, void *base);

/* What the map says into the struct at base; path names it in faults ("endpoints.openai").
 * A name with nothing behind it is an empty map. */
void fields_read(struct reader *r, const struct node *map, const struct field *fields, size_t n,
		 const char *path, void *base);

/* for people: "time", and "a time such as 500ms, 30s, 15m, 2h or 7d" */
const char *kind_word(enum kind k);
const char *kind_text(enum kind k);

/* Is it a map? Else a fault. Paths name things as in "models.openai". */
bool expect_map(struct reader *r, const struct node *node, const char *path) MUST_CHECK;
/* A single value that is not empty, else a fault. */
bool expect_scalar(struct reader *r, const struct node *node, const char *path) MUST_CHECK;

#endif
