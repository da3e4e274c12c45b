/* form.c -- a table of members, walked to write and walked to read. */
#include "core/form.h"

#include <math.h>

#define HEX_DIGITS 16

static const char hex_digits[HEX_DIGITS + 1] = "0123456789abcdef";

/* --- writing --- */

/* Behind each member stands a comma; the last one becomes the end. */
static void write_end(struct buf *b, char end)
{
	if (b->n > 0 && b->p[b->n - 1] == ',')
		b->p[b->n - 1] = end;
	else
		buf_addc(b, end);
}

static void write_text(struct buf *b, struct str text)
{
	if (str_absent(text))
		buf_adds(b, "null");
	else
		json_quote(b, text);
}

/* of a table, so that nothing in it must be escaped */
static void write_word(struct buf *b, const char *word)
{
	buf_addc(b, '"');
	buf_adds(b, word);
	buf_addc(b, '"');
}

static void write_hex(struct buf *b, uint64_t value)
{
	char text[] = "\"................\"";

	for (size_t i = HEX_DIGITS; i > 0; i--, value >>= 4)
		text[i] = hex_digits[value & 15];
	buf_add(b, (struct str){ text, sizeof(text) - 1 });
}

static void write_words(struct buf *b, const struct form_words *w, uint32_t bits)
{
	buf_addc(b, '[');
	for (size_t i = 0; i < w->n; i++) {
		if (!(bits & (1u << i)))
			continue;
		write_word(b, w->at[i]);
		buf_addc(b, ',');
	}
	write_end(b, ']');
}

static void write_counts(struct buf *b, const struct form_words *w, const int64_t *counts)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < w->n; i++) {
		if (counts[i] == 0)
			continue;
		write_word(b, w->at[i]);
		buf_addc(b, ':');
		buf_addi(b, counts[i]);
		buf_addc(b, ',');
	}
	write_end(b, '}');
}

static void write_list(struct buf *b, const struct form_field *f, const void *from, uint32_t n)
{
	buf_addc(b, '[');
	for (uint32_t i = 0; i < n; i++) {
		form_write(b, f->part, (const char *)from + i * f->part->size);
		buf_addc(b, ',');
	}
	write_end(b, ']');
}

static uint32_t length_of(const struct form_field *f, const void *whole)
{
	return *(const uint32_t *)((const char *)whole + f->count_at);
}

static bool all_zero(const int64_t *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (counts[i])
			return false;
	return true;
}

/* -0.0 is not 0 here: it must be read back */
static bool is_zero(double value)
{
	return value == 0 && !signbit(value);
}

/* all but parts, of which write_member() sees when they are written */
static bool left_out(const struct form_field *f, const void *whole)
{
	const void *at = (const char *)whole + f->at;

	switch (f->kind) {
	case FORM_INT: return *(const int64_t *)at == 0;
	case FORM_COUNT:
	case FORM_WORDS: return *(const uint32_t *)at == 0;
	case FORM_BYTE: return *(const uint8_t *)at == 0;
	case FORM_HEX: return *(const uint64_t *)at == 0;
	case FORM_REAL: return is_zero(*(const double *)at);
	case FORM_SAID: return isnan(*(const double *)at);
	case FORM_FLAG: return !*(const bool *)at;
	case FORM_TEXT: return str_absent(*(const struct str *)at);
	case FORM_WORD: return *(const unsigned *)at == 0;
	case FORM_COUNTS: return all_zero(at, f->words->n);
	case FORM_LIST: return length_of(f, whole) == 0;
	case FORM_PART: return false;
	}
	return false;
}

static void write_value(struct buf *b, const struct form_field *f, const void *whole)
{
	const void *at = (const char *)whole + f->at;

	switch (f->kind) {
	case FORM_INT: buf_addi(b, *(const int64_t *)at); break;
	case FORM_COUNT: buf_addi(b, *(const uint32_t *)at); break;
	case FORM_BYTE: buf_addi(b, *(const uint8_t *)at); break;
	case FORM_HEX: write_hex(b, *(const uint64_t *)at); break;
	case FORM_REAL:
	case FORM_SAID: json_number(b, *(const double *)at); break;
	case FORM_FLAG: buf_adds(b, *(const bool *)at ? "true" : "false"); break;
	case FORM_TEXT: write_text(b, *(const struct str *)at); break;
	case FORM_WORD: write_word(b, f->words->at[*(const unsigned *)at]); break;
	case FORM_WORDS: write_words(b, f->words, *(const uint32_t *)at); break;
	case FORM_COUNTS: write_counts(b, f->words, at); break;
	case FORM_PART: form_write(b, f->part, at); break;
	case FORM_LIST: write_list(b, f, at, length_of(f, whole)); break;
	}
}

/* A part that nothing was written of is taken back: whether it is empty shows only then. */
static bool is_empty_part(const struct buf *b, const struct form_field *f, size_t from)
{
	return f->kind == FORM_PART && b->n == from + STR("{}").n;
}

static void write_member(struct buf *b, const struct form *form, const struct form_field *f,
			 const void *whole)
{
	size_t before = b->n, from;

	if (!form->whole && left_out(f, whole))
		return;
	buf_add(b, f->key);
	from = b->n;
	write_value(b, f, whole);
	if (!form->whole && is_empty_part(b, f, from))
		b->n = before;
	else
		buf_addc(b, ',');
}

void form_write(struct buf *b, const struct form *f, const void *from)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < f->n; i++)
		write_member(b, f, &f->fields[i], from);
	write_end(b, '}');
}

/* --- reading --- */

struct reader {
	struct arena *arena;
	struct fault *fault;
};

static const char *const wanted[] = {
	[FORM_INT] = "an integer",
	[FORM_COUNT] = "an integer from 0 to 4294967295",
	[FORM_BYTE] = "an integer from 0 to 255",
	[FORM_HEX] = "16 hex digits",
	[FORM_REAL] = "a number",
	[FORM_SAID] = "a number",
	[FORM_FLAG] = "true or false",
	[FORM_TEXT] = "a text",
	[FORM_WORD] = "a word that is known",
	[FORM_WORDS] = "a list of words that are known",
	[FORM_COUNTS] = "an object of integers under names that are known",
	[FORM_PART] = "an object",
	[FORM_LIST] = "a list, and not longer than it may be",
};

static enum err wrong(struct reader *r, const struct form_field *f)
{
	return fault_set(r->fault, ERR_VALUE, f->name, "`%s` must be %s", f->name, wanted[f->kind]);
}

/* an integer from 0 to most */
static bool read_natural(struct json j, uint64_t most, uint64_t *value_r)
{
	int64_t value;

	if (!json_i64(j, &value) || value < 0 || (uint64_t)value > most)
		return false;
	*value_r = (uint64_t)value;
	return true;
}

static bool read_hex(struct json j, uint64_t *value_r)
{
	struct str text = json_chars(j);

	if (text.n != HEX_DIGITS)
		return false;
	*value_r = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *digit = memchr(hex_digits, text.p[i], HEX_DIGITS);

		if (!digit)
			return false;
		*value_r = *value_r << 4 | (uint64_t)(digit - hex_digits);
	}
	return true;
}

static bool read_word(struct json j, const struct form_words *w, size_t *at_r)
{
	for (*at_r = 0; *at_r < w->n; ++*at_r)
		if (json_is(j, w->at[*at_r]))
			return true;
	return false;
}

static bool read_words(struct json j, const struct form_words *w, uint32_t *bits_r)
{
	size_t at;

	if (json_type(j) != JSON_ARRAY)
		return false;
	JSON_EACH (it, j) {
		if (!read_word(it, w, &at))
			return false;
		*bits_r |= 1u << at;
	}
	return true;
}

static bool read_counts(struct json j, const struct form_words *w, int64_t *counts_r)
{
	size_t at;

	if (json_type(j) != JSON_OBJECT)
		return false;
	JSON_EACH (name, j)
		if (!read_word(name, w, &at) || !json_i64(json_value(name), &counts_r[at]))
			return false;
	return true;
}

static bool read_text(struct reader *r, struct json j, struct str *text_r)
{
	*text_r = json_text(j, r->arena);
	return !str_absent(*text_r);
}

static bool read_flag(struct json j, bool *flag_r)
{
	*flag_r = json_bool(j, false);
	return json_type(j) == JSON_TRUE || json_type(j) == JSON_FALSE;
}

static bool read_number(struct json j, const struct form_field *f, void *at)
{
	uint64_t n = 0;

	if (!read_natural(j, f->kind == FORM_BYTE ? UINT8_MAX : UINT32_MAX, &n))
		return false;
	if (f->kind == FORM_BYTE)
		*(uint8_t *)at = (uint8_t)n;
	else
		*(uint32_t *)at = (uint32_t)n;
	return true;
}

static bool read_enum(struct json j, const struct form_words *w, unsigned *value_r)
{
	size_t at;

	if (!read_word(j, w, &at))
		return false;
	*value_r = (unsigned)at;
	return true;
}

/* all but parts and lists */
static bool read_value(struct reader *r, struct json j, const struct form_field *f, void *at)
{
	switch (f->kind) {
	case FORM_INT: return json_i64(j, at);
	case FORM_COUNT:
	case FORM_BYTE: return read_number(j, f, at);
	case FORM_HEX: return read_hex(j, at);
	case FORM_REAL:
	case FORM_SAID: return json_read_number(j, at);
	case FORM_FLAG: return read_flag(j, at);
	case FORM_TEXT: return read_text(r, j, at);
	case FORM_WORD: return read_enum(j, f->words, at);
	case FORM_WORDS: return read_words(j, f->words, at);
	case FORM_COUNTS: return read_counts(j, f->words, at);
	default: return false;
	}
}

static enum err read_list(struct reader *r, struct json j, const struct form_field *f, void *whole)
{
	char *to = (char *)whole + f->at;
	uint32_t *n = (uint32_t *)((char *)whole + f->count_at);

	if (json_type(j) != JSON_ARRAY || json_count(j) > f->most)
		return wrong(r, f);
	JSON_EACH (it, j) {
		enum err e = form_read(it, f->part, r->arena, to + *n * f->part->size, r->fault);

		if (e != ERR_OK)
			return e;
		++*n;
	}
	return ERR_OK;
}

static enum err read_field(struct reader *r, struct json j, const struct form_field *f, void *whole)
{
	char *at = (char *)whole + f->at;

	if (f->kind == FORM_LIST)
		return read_list(r, j, f, whole);
	if (f->kind == FORM_PART && json_type(j) == JSON_OBJECT)
		return form_read(j, f->part, r->arena, at, r->fault);
	return read_value(r, j, f, at) ? ERR_OK : wrong(r, f);
}

static const struct form_field *field_of(const struct form *f, struct json name)
{
	for (size_t i = 0; i < f->n; i++)
		if (json_is(name, f->fields[i].name))
			return &f->fields[i];
	return NULL;
}

/* in a struct that is all zero */
static void set_unsaid(const struct form *f, void *to)
{
	for (size_t i = 0; i < f->n; i++) {
		void *at = (char *)to + f->fields[i].at;

		if (f->fields[i].kind == FORM_SAID)
			*(double *)at = NAN;
		else if (f->fields[i].kind == FORM_PART)
			set_unsaid(f->fields[i].part, at);
	}
}

enum err form_read(struct json j, const struct form *f, struct arena *a, void *to,
		   struct fault *fault_r)
{
	struct reader r = { a, fault_r };
	enum err e = ERR_OK;

	memset(to, 0, f->size);
	set_unsaid(f, to);
	if (json_type(j) != JSON_OBJECT)
		return fault_set(fault_r, ERR_VALUE, "", "an object is wanted");
	JSON_EACH (name, j) {
		const struct form_field *field = field_of(f, name);
		struct str plain = str_sub(json_chars(name), 0, 40);

		if (!field)
			return fault_set(fault_r, ERR_VALUE, "", "`%.*s` is not known",
					 STR_ARG(plain));
		if ((e = read_field(&r, json_value(name), field, to)) != ERR_OK)
			return e;
	}
	return e;
}
