/*
 * node_spot.c -- where a byte of a scalar stands in the file.
 *
 * What libyaml gives is unfolded, unquoted and without indentation. So the file's text is walked
 * along with it from the scalar's beginning, blanks skipped on both sides. Where the two part ways
 * (a file in UTF-16), the scalar's beginning has to do.
 */
#include "conf/node.h"

struct walk {
	struct str left; /* of the file */
	struct spot at;
	char quote; /* '"' or '\''; NUL = none */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_first_byte(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

static char ahead(const struct walk *w, size_t n)
{
	return n < w->left.n ? w->left.p[n] : '\0';
}

/* one byte on */
static void step(struct walk *w)
{
	char c = ahead(w, 0);
	bool ends_line = c == '\n' || (c == '\r' && ahead(w, 1) != '\n');

	if (w->left.n == 0)
		return;
	w->left = str_sub(w->left, 1, w->left.n);
	if (ends_line) {
		w->at.line++;
		w->at.column = 1;
	} else if (is_first_byte(ahead(w, 0))) {
		w->at.column++;
	}
}

static void steps(struct walk *w, size_t n)
{
	while (n--)
		step(w);
}

static void step_to_line_end(struct walk *w)
{
	while (w->left.n && ahead(w, 0) != '\n')
		step(w);
}

/* to the first character of the content: behind an anchor, a quote, or the line of a `|` or `>` */
static void find_content(struct walk *w)
{
	if (ahead(w, 0) == '&') {
		while (w->left.n && !is_blank(ahead(w, 0)))
			step(w);
		while (is_blank(ahead(w, 0)))
			step(w);
	}
	if (ahead(w, 0) == '|' || ahead(w, 0) == '>')
		step_to_line_end(w);
	if (ahead(w, 0) != '"' && ahead(w, 0) != '\'')
		return;
	w->quote = ahead(w, 0);
	step(w);
}

/* bytes of an escape in double quotes */
static size_t escape_length(const struct walk *w)
{
	switch (ahead(w, 1)) {
	case 'x': return 4;
	case 'u': return 6;
	case 'U': return 10;
	default: return 2;
	}
}

static bool is_escape(const struct walk *w)
{
	return w->quote == '"' && ahead(w, 0) == '\\';
}

static void skip_blanks(struct walk *w)
{
	for (;;) {
		if (is_blank(ahead(w, 0)))
			step(w);
		else if (is_escape(w) && strchr("ntr \t\n", ahead(w, 1)))
			steps(w, 2);
		else
			return;
	}
}

/* One character of the content, of `n` bytes. False: the file has another one here. */
static bool take(struct walk *w, const char *c, size_t n)
{
	if (is_escape(w)) {
		steps(w, escape_length(w));
		return true;
	}
	if (w->left.n < n || memcmp(w->left.p, c, n) != 0)
		return false;
	steps(w, w->quote == '\'' && *c == '\'' ? 2 : n);
	return true;
}

static size_t character_length(struct str text, size_t at)
{
	size_t n = 1;

	while (at + n < text.n && !is_first_byte(text.p[at + n]))
		n++;
	return n;
}

static bool find_node(struct walk *w, const struct node *n)
{
	while (w->left.n && w->at.line < n->line)
		step(w);
	while (w->left.n && w->at.line == n->line && w->at.column < n->column)
		step(w);
	return w->at.line == n->line && w->at.column == n->column;
}

struct spot node_spot(const struct node *n, size_t offset)
{
	struct walk w = { .left = n->source, .at = { 1, 1 } };
	const struct spot begin = { n->line, n->column };
	size_t at = 0;

	if (n->type != NODE_SCALAR || !find_node(&w, n))
		return begin;
	find_content(&w);
	while (at < n->text.n) {
		size_t length = character_length(n->text, at);

		if (is_blank(n->text.p[at])) {
			at++;
			continue;
		}
		skip_blanks(&w);
		if (at >= offset)
			return w.at;
		if (!take(&w, n->text.p + at, length))
			return begin;
		at += length;
	}
	return w.at;
}
