/*
 * str.h -- a slice: bytes somebody else owns, and how many.
 *
 * A slice never owns and is not NUL-terminated. {NULL, 0} means "absent" and
 * differs from the empty string only for those who ask with str_absent().
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* for printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })

static inline struct str str_of(const char *cstr)
{
	return (struct str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline bool str_absent(struct str s)
{
	return s.p == NULL;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str s, const char *cstr)
{
	return str_eq(s, str_of(cstr));
}

/* bytes [from, to) of s; both are cut to what there is */
struct str str_sub(struct str s, size_t from, size_t to);

/* ASCII letters compare alike in either case */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* offset of the first c, or of the first needle; -1 when there is none */
ptrdiff_t str_chr(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);
bool str_has(struct str s, const char *needle);
/* as str_has, but ASCII letters compare alike in either case */
bool str_ihas(struct str s, const char *needle);

/* without leading and trailing spaces, tabs, CR and LF */
struct str str_trim(struct str s);

/* Cut s at the first sep: the part before is returned, *s keeps what follows.
 * Without sep all of s is returned and *s becomes absent. */
struct str str_cut(struct str *s, char sep);

/* A whole decimal number, optional '-', nothing else. False on anything else and on overflow. */
bool str_i64(struct str s, int64_t *value_r);

/* the other way: into dst, without a NUL; how many bytes */
#define I64_DIGITS 20
size_t i64_digits(char dst[I64_DIGITS], int64_t value);
/* the last n digits of value, with zeros in front of them where it has fewer */
void last_digits(char *dst, size_t n, uint64_t value);

/* order of bytes, as strcmp; for sorting and bsearch */
int str_cmp(struct str a, struct str b);

/* FNV-1a; for tables, not for secrets */
uint32_t str_hash(struct str s);

/* s into dst, NUL-terminated, cut to cap - 1 bytes; true when all of it fitted */
bool str_copy(char *dst, size_t cap, struct str s);

#endif
