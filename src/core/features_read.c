/*
 * features_read.c -- one pass over the bytes of a text: what it is made of, and its tokens.
 *
 * Escapes are removed while reading, so that a prompt in a request's body is
 * never copied. Bad UTF-8 counts as `other`, it stops nothing.
 */
#include "core/features_parts.h"

#include "base/json.h"

#define STEM       5
#define BLOCK      0x110000u /* beyond all characters: of symbols only the block is told */
#define WORD_SHORT 6         /* longer words are likely several tokens to a tokenizer */

struct range {
	uint32_t last; /* up to here, from behind the range before */
	enum glyph glyph;
};

/* beyond ASCII. Typographic marks count as marks, those of Chinese text as Chinese characters. */
static const struct range ranges[] = {
	{ 0xBF, GLYPH_MARK },        { 0xD6, GLYPH_LATIN },        { 0xD7, GLYPH_MARK },
	{ 0xF6, GLYPH_LATIN },       { 0xF7, GLYPH_MARK },         { 0x36F, GLYPH_LATIN },
	{ 0x52F, GLYPH_CYRILLIC },   { 0x58F, GLYPH_WORD },        { 0x6FF, GLYPH_SEMITIC },
	{ 0x74F, GLYPH_WORD },       { 0x77F, GLYPH_SEMITIC },     { 0x10FF, GLYPH_WORD },
	{ 0x11FF, GLYPH_HANGUL },    { 0x1DFF, GLYPH_WORD },       { 0x1EFF, GLYPH_LATIN },
	{ 0x1FFF, GLYPH_CYRILLIC },  { 0x200D, GLYPH_OTHER },      { 0x206F, GLYPH_MARK },
	{ 0x2E7F, GLYPH_OTHER },     { 0x303F, GLYPH_IDEOGRAPH },  { 0x30FF, GLYPH_KANA },
	{ 0x312F, GLYPH_IDEOGRAPH }, { 0x318F, GLYPH_HANGUL },     { 0x31EF, GLYPH_IDEOGRAPH },
	{ 0x31FF, GLYPH_KANA },      { 0x9FFF, GLYPH_IDEOGRAPH },  { 0xABFF, GLYPH_WORD },
	{ 0xD7FF, GLYPH_HANGUL },    { 0xF8FF, GLYPH_OTHER },      { 0xFAFF, GLYPH_IDEOGRAPH },
	{ 0xFEFE, GLYPH_SEMITIC },   { 0xFF65, GLYPH_IDEOGRAPH },  { 0xFF9F, GLYPH_KANA },
	{ 0x1FFFF, GLYPH_OTHER },    { 0x3FFFF, GLYPH_IDEOGRAPH },
};

#define O GLYPH_OTHER
#define S GLYPH_SPACE
#define L GLYPH_LINE
#define D GLYPH_DIGIT
#define M GLYPH_MARK
#define A GLYPH_ASCII
static const uint8_t ascii[128] = {
	O, O, O, O, O, O, O, O, O, S, L, O, O, L, O, O, O, O, O, O, O, O, O, O, O, O,
	O, O, O, O, O, O, S, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, D, D, D, D,
	D, D, D, D, D, D, M, M, M, M, M, M, M, A, A, A, A, A, A, A, A, A, A, A, A, A,
	A, A, A, A, A, A, A, A, A, A, A, A, A, M, M, M, M, M, M, A, A, A, A, A, A, A,
	A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, M, M, M, M, O,
};
#undef O
#undef S
#undef L
#undef D
#undef M
#undef A

#define NONE TEXT_CLASS_COUNT
/* which count a glyph adds one to, and which one a run of it does */
static const struct {
	uint8_t one, run; /* enum text_class */
} class_of[] = {
	[GLYPH_OTHER] = { TEXT_other, NONE },
	[GLYPH_SPACE] = { NONE, NONE },
	[GLYPH_LINE] = { NONE, TEXT_newline_run },
	[GLYPH_DIGIT] = { TEXT_digit, TEXT_digit_run },
	[GLYPH_MARK] = { TEXT_punct, TEXT_punct_run },
	[GLYPH_IDEOGRAPH] = { TEXT_cjk, NONE },
	[GLYPH_KANA] = { TEXT_kana, NONE },
	[GLYPH_HANGUL] = { TEXT_hangul, NONE },
	[GLYPH_ASCII] = { NONE, TEXT_word },
	[GLYPH_LATIN] = { TEXT_latin, NONE },
	[GLYPH_CYRILLIC] = { TEXT_cyrillic, NONE },
	[GLYPH_SEMITIC] = { TEXT_semitic, NONE },
	[GLYPH_WORD] = { TEXT_other, NONE },
};
#undef NONE

static enum glyph glyph_of(uint32_t c)
{
	if (c < 0x80)
		return (enum glyph)ascii[c];
	if (c >= 0x4E00 && c <= 0x9FFF)
		return GLYPH_IDEOGRAPH;
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (c <= ranges[i].last)
			return ranges[i].glyph;
	return GLYPH_OTHER;
}

/* --- tokens --- */

static void put_token(struct text_reader *r, enum token_kind kind, uint32_t hash, uint32_t stem)
{
	struct tokens *t = r->tokens;
	struct token *slot;

	if (!t)
		return;
	slot = t->n < TOKENS_END ? &t->head[t->n] : &t->tail[t->n % TOKENS_END];
	*slot = (struct token){ hash, stem, (uint8_t)kind };
	t->n++;
}

static void end_word(struct text_reader *r)
{
	if (!r->letters)
		return;
	put_token(r, TOKEN_WORD, r->hash, r->letters < STEM ? r->hash : r->stem);
	r->letters = 0;
}

static void end_mark(struct text_reader *r)
{
	uint32_t hash = hash_of_mark(r->mark, r->marks);

	if (r->marks)
		put_token(r, TOKEN_MARK, hash, hash);
	r->marks = 0;
}

/* the run of one kind of glyph is over */
static void end_run(struct text_reader *r)
{
	uint32_t size = r->run_n > 4 ? 4 : r->run_n;

	switch (r->run) {
	case GLYPH_SPACE: r->counts[TEXT_space_run] += r->run_n > 1; break;
	case GLYPH_LINE:
		size = r->run_n > 1 ? 2 : 1;
		put_token(r, TOKEN_LINE, hash_of('\n', size), hash_of('\n', size));
		break;
	case GLYPH_DIGIT: put_token(r, TOKEN_NUMBER, hash_of('0', size), hash_of('0', 0)); break;
	case GLYPH_MARK: end_mark(r); break;
	default: break;
	}
	r->run_n = 0;
}

/* --- signs of code and maths --- */

/* Does the pair of marks stand in programs rather than in prose? */
static bool is_code_pair(uint32_t a, uint32_t b)
{
	static const char pairs[] = "()[]{}=>->==!=::+=</&&||();){";

	for (size_t i = 0; i + 1 < sizeof(pairs); i += 2)
		if ((uint32_t)pairs[i] == a && (uint32_t)pairs[i + 1] == b)
			return true;
	return false;
}

static bool is_operator(uint32_t c)
{
	return c == '+' || c == '*' || c == '=' || c == '^' || c == 0xD7 || c == 0xF7;
}

/* A mark follows `before`, the glyph before it without spaces. */
static void note_mark(struct text_reader *r, uint32_t c)
{
	struct tokens *t = r->tokens;

	if (r->run_n > 1 && is_code_pair(r->before, c))
		t->code++;
	if (c == '`' && r->marks >= 2)
		t->code += 2;
	if (is_operator(c) && r->before >= '0' && r->before <= '9')
		t->maths++;
}

/* what stood last is followed by a line end or a letter */
static void note_after(struct text_reader *r, enum glyph g)
{
	struct tokens *t = r->tokens;
	uint32_t b = r->before;

	if (g == GLYPH_LINE && r->run != GLYPH_LINE && (b == '{' || b == '}' || b == ';'))
		t->code++;
	if (g == GLYPH_ASCII && r->run == GLYPH_MARK && b == '\\')
		t->maths++;
}

/* --- glyphs --- */

/* full-width forms and Chinese marks as their ASCII brothers, so that `？` says what `?` says */
static uint32_t narrow(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFEE0;
	switch (c) {
	case 0x3000: return ' ';
	case 0x3001: return ',';
	case 0x3002: return '.';
	case 0x2018:
	case 0x2019: return '\'';
	case 0x201C:
	case 0x201D:
	case 0x300C:
	case 0x300D: return '"';
	default: return c;
	}
}

static uint32_t lower(uint32_t c)
{
	bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE) ||
		     (c >= 0x410 && c <= 0x42F);

	return upper ? c + 0x20 : c;
}

static void take_letter(struct text_reader *r, uint32_t c)
{
	if (!r->letters)
		r->hash = HASH_START;
	r->hash = hash_step(r->hash, lower(c));
	if (++r->letters == STEM)
		r->stem = hash_step(r->hash, '*');
}

static void take_mark(struct text_reader *r, uint32_t c)
{
	if (r->tokens)
		note_mark(r, c);
	if (r->marks && r->mark != c)
		end_mark(r);
	r->mark = c;
	r->marks++;
}

/* a character of a script without spaces, or its marks */
static void take_char(struct text_reader *r, uint32_t c)
{
	uint32_t plain = narrow(c);

	if (plain < 0x80 && ascii[plain] == GLYPH_MARK)
		put_token(r, TOKEN_MARK, hash_of_mark(plain, 1), hash_of_mark(plain, 1));
	else
		put_token(r, TOKEN_CHAR, hash_of('c', plain), hash_of('c', plain));
}

static void begin_run(struct text_reader *r, enum glyph g)
{
	if (r->tokens)
		note_after(r, g);
	if (g < GLYPH_ASCII)
		end_word(r);
	end_run(r);
	r->run = g;
	if (class_of[g].run < TEXT_CLASS_COUNT)
		r->counts[class_of[g].run]++;
}

static inline void take(struct text_reader *r, uint32_t c)
{
	enum glyph g = glyph_of(c);

	if (g != r->run)
		begin_run(r, g);
	r->run_n++;
	if (class_of[g].one < TEXT_CLASS_COUNT)
		r->counts[class_of[g].one]++;
	if (g >= GLYPH_ASCII)
		take_letter(r, c);
	else if (g == GLYPH_MARK)
		take_mark(r, narrow(c));
	else if (g >= GLYPH_IDEOGRAPH || g == GLYPH_OTHER)
		take_char(r, g == GLYPH_OTHER ? BLOCK + (c >> 8) : c);
	if (g == GLYPH_ASCII && r->run_n > WORD_SHORT)
		r->counts[TEXT_long_letter]++;
	if (g != GLYPH_SPACE)
		r->before = c;
}

/* --- bytes --- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* four hex digits at p; -1: they are not there */
static int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* p stands behind a backslash; returns behind the escape */
static const char *take_escape(struct text_reader *r, const char *p, const char *end)
{
	int32_t c, low;

	if (p == end)
		return p;
	if (*p != 'u') {
		take(r, *p == 'n' || *p == 'r' ? '\n'
			: *p == 't'            ? '\t'
					       : (unsigned char)*p & 0x7F);
		return p + 1;
	}
	c = hex4(p + 1, end);
	if (c < 0)
		return p + 1;
	p += 5;
	if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		low = hex4(p + 2, end);
		if (low >= 0xDC00 && low <= 0xDFFF) {
			take(r,
			     0x10000u + ((uint32_t)(c - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
			return p + 6;
		}
	}
	take(r, (uint32_t)c);
	return p;
}

/* a character beyond ASCII; returns behind it */
static const char *take_utf8(struct text_reader *r, const char *p, const char *end)
{
	size_t n = utf8_length((const unsigned char *)p, (size_t)(end - p));
	uint32_t c;

	if (n < 2) {
		r->counts[TEXT_other]++;
		return p + 1;
	}
	c = (unsigned char)*p & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3F);
	take(r, c);
	return p + n;
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* the letters at p; returns behind them */
static inline const char *hash_letters(uint32_t *hash, const char *p, const char *end)
{
	uint32_t h = *hash;

	for (; p < end && is_letter((unsigned char)*p); p++)
		h = hash_step(h, (unsigned char)*p | 0x20);
	*hash = h;
	return p;
}

/* The same for the word that goes on. Most texts are made of them, so what is told of each is told
 * of all at once. */
static inline const char *take_letters(struct text_reader *r, const char *p, const char *end)
{
	uint32_t to_stem = r->letters < STEM ? STEM - r->letters : 0, n = r->run_n;
	uint32_t over = n > WORD_SHORT ? n : WORD_SHORT;
	const char *from = p;

	if (to_stem) {
		p = hash_letters(&r->hash, p, end - p > to_stem ? p + to_stem : end);
		if (p == from + to_stem)
			r->stem = hash_step(r->hash, '*');
	}
	p = hash_letters(&r->hash, p, end);
	n += (uint32_t)(p - from);
	r->letters += (uint32_t)(p - from);
	r->counts[TEXT_long_letter] += n > over ? n - over : 0;
	r->run_n = n;
	return p;
}

/* Most of a text is words of ASCII letters with one space between: what is done at the borders of
 * other runs is left out there. p is at the first letter behind spaces; the last word goes on. */
static const char *take_words(struct text_reader *r, const char *p, const char *end)
{
	r->counts[TEXT_space_run] += r->run_n > 1;
	for (;;) {
		r->counts[TEXT_word]++;
		r->run = GLYPH_ASCII;
		r->run_n = r->letters = 0;
		r->hash = HASH_START;
		r->before = (unsigned char)*p;
		p = take_letters(r, p, end);
		if (end - p < 2 || p[0] != ' ' || !is_letter((unsigned char)p[1]))
			return p;
		end_word(r);
		p++;
	}
}

static const char *take_ascii(struct text_reader *r, const char *p, const char *end)
{
	enum glyph g = (enum glyph)ascii[(unsigned char)*p];

	if (g == GLYPH_ASCII && r->run == GLYPH_SPACE)
		return take_words(r, p, end);
	take(r, (unsigned char)*p++);
	return r->run == GLYPH_ASCII ? take_letters(r, p, end) : p;
}

void text_read(struct text_reader *r, struct str bytes, bool escaped)
{
	const char *p = bytes.p, *end = bytes.p + bytes.n;

	while (p < end) {
		if ((unsigned char)*p >= 0x80)
			p = take_utf8(r, p, end);
		else if (*p == '\\' && escaped)
			p = take_escape(r, p + 1, end);
		else
			p = take_ascii(r, p, end);
	}
}

void text_break(struct text_reader *r)
{
	end_word(r);
	end_run(r);
	r->run = GLYPH_SPACE;
	r->before = 0;
}
