/*
 * scrub.c -- a vendor's error message without pieces of the prompt or of a key.
 *
 * Vendors quote with other white space, quotes and escapes than the client sent.
 * So both sides are sieved first: white space, quotes and backslashes fall out.
 * All windows of 12 bytes of the sieved message stand in a table; the sieved
 * prompt, however long, runs past it once and is never copied as a whole.
 */
#include "core/scrub.h"

#define LONGEST     2048 /* of a message; vendors' are a few hundred bytes */
#define WINDOW      12
#define BUCKETS     4096
#define BLOCK       4096 /* of sieved prompt looked at in one go */
#define LONGEST_RUN 384  /* of \u escapes decoded together */

#define LONGEST_NAME 64

struct scrub {
	struct str message;
	bool hide[LONGEST];
	/* the sieved message, and where each byte of it stands in the message */
	char kept[LONGEST];
	uint16_t at[LONGEST];
	size_t n;
	/* windows by hash: 1 + where they begin; 0 ends a chain */
	uint16_t first[BUCKETS], next[LONGEST];
	/* the sieved prompt, as much of it as is looked at together */
	char block[BLOCK];
	size_t filled;
	struct arena escapes;
};

static bool falls_out(char c)
{
	return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '\\' ||
	       c == '/' || c == 0x7F;
}

/* --- windows --- */

static uint32_t hash(const char *p)
{
	uint64_t a;
	uint32_t b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, p + sizeof(a), sizeof(b));
	return (uint32_t)((a * 0x9E3779B97F4A7C15u + b * 0xC2B2AE3D27D4EB4Fu) >> 52);
}

static void index_message(struct scrub *s)
{
	for (size_t i = 0; i < s->message.n; i++) {
		if (falls_out(s->message.p[i]))
			continue;
		s->kept[s->n] = s->message.p[i];
		s->at[s->n++] = (uint16_t)i;
	}
	for (size_t i = 0; i + WINDOW <= s->n; i++) {
		uint16_t *bucket = &s->first[hash(s->kept + i)];

		s->next[i] = *bucket;
		*bucket = (uint16_t)(i + 1);
	}
}

static void hide(struct scrub *s, size_t from, size_t to)
{
	memset(s->hide + from, true, to - from);
}

/* Hide what equals the window, and take it out of the table: once found is enough. */
static void look_up(struct scrub *s, const char *window)
{
	uint16_t *link = &s->first[hash(window)];

	while (*link) {
		size_t i = *link - 1u;

		if (memcmp(s->kept + i, window, WINDOW) == 0) {
			hide(s, s->at[i], s->at[i + WINDOW - 1] + 1u);
			*link = s->next[i];
		} else {
			link = &s->next[i];
		}
	}
}

/* --- the prompt --- */

static void look_at_block(struct scrub *s)
{
	size_t i = 0;

	for (; i + WINDOW <= s->filled; i++)
		look_up(s, s->block + i);
	memmove(s->block, s->block + i, s->filled - i);
	s->filled -= i;
}

static void sieve(struct scrub *s, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (falls_out(text.p[i]))
			continue;
		s->block[s->filled++] = text.p[i];
		if (s->filled == BLOCK)
			look_at_block(s);
	}
}

/* "\u4f60\u597d" to what it stands for; returns the bytes taken */
static size_t sieve_escapes(struct scrub *s, struct str raw)
{
	struct str text;
	size_t n = 0;

	while (n + 6 <= raw.n && n < LONGEST_RUN && raw.p[n] == '\\' && raw.p[n + 1] == 'u')
		n += 6;
	if (n == 0)
		return 2; /* a letter's escape: all of them fall out, but for the slash */
	if (json_unescape(str_sub(raw, 0, n), &s->escapes, &text))
		sieve(s, text);
	arena_reset(&s->escapes);
	return n;
}

static void sieve_string(struct scrub *s, struct json string)
{
	struct str rest = json_chars(string);

	while (rest.n) {
		ptrdiff_t slash = json_is_escaped(string) ? str_chr(rest, '\\') : -1;
		size_t plain = slash < 0 ? rest.n : (size_t)slash;

		sieve(s, str_sub(rest, 0, plain));
		rest = str_sub(rest, plain, rest.n);
		if (rest.n)
			rest = str_sub(rest, sieve_escapes(s, rest), rest.n);
	}
	/* two strings do not make a window together */
	look_at_block(s);
	s->filled = 0;
}

static void sieve_link(struct scrub *s, struct json media)
{
	struct json url = json_get(media, "url");

	if (!str_starts(json_chars(url), STR("data:")))
		sieve_string(s, url);
}

static void sieve_message(struct scrub *s, const struct message *m)
{
	for (uint32_t i = 0; i < m->n_parts; i++) {
		sieve_string(s, m->parts[i].text);
		sieve_link(s, m->parts[i].media);
	}
	for (uint32_t i = 0; i < m->n_calls; i++)
		sieve_string(s, m->calls[i].arguments);
	sieve_string(s, m->reasoning);
}

/* What else of a request may hold a person's words or names: strings, and objects and lists of
 * them, as deep as JSON may be nested. */
static const char *const private_members[] = { "user", "safety_identifier", "metadata",
					       "prediction" };

static void sieve_value(struct scrub *s, struct json value)
{
	bool named = json_type(value) == JSON_OBJECT;

	if (json_type(value) == JSON_STRING)
		sieve_string(s, value);
	if (!named && json_type(value) != JSON_ARRAY)
		return;
	JSON_EACH (it, value)
		sieve_value(s, named ? json_value(it) : it);
}

/* --- keys --- */

/* One that is shorter than a window is looked for as a whole; one that is shorter than this is
 * made up, for a server that wants any. */
#define SHORTEST_CREDENTIAL 6

static void hide_credential(struct scrub *s, struct str credential)
{
	size_t n;

	sieve(s, credential);
	n = s->filled;
	look_at_block(s);
	s->filled = 0;
	if (n < SHORTEST_CREDENTIAL || n >= WINDOW)
		return;
	for (size_t i = 0; i + n <= s->n; i++)
		if (memcmp(s->kept + i, s->block, n) == 0)
			hide(s, s->at[i], s->at[i + n - 1] + 1u);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_of_token(char c)
{
	return is_letter(c) || is_digit(c) || (c && strchr("-_*.+/=", c));
}

/* Twenty letters and digits in a row, of both kinds: no word, no date, no model's name. */
static bool has_random_piece(struct str token)
{
	size_t letters = 0, digits = 0;

	for (size_t i = 0; i < token.n; i++) {
		bool letter = is_letter(token.p[i]), digit = is_digit(token.p[i]);

		letters = letter || digit ? letters + letter : 0;
		digits = letter || digit ? digits + digit : 0;
		if (letters && digits && letters + digits >= 20)
			return true;
	}
	return false;
}

static bool looks_like_key(struct str token)
{
	static const char *const beginnings[] = { "sk-", "sk_", "pk-", "rk-", "AKIA", "eyJ" };

	for (size_t i = 0; i < COUNT_OF(beginnings); i++)
		if (token.n >= 8 && str_starts(token, str_of(beginnings[i])))
			return true;
	return str_has(token, "***") || has_random_piece(token);
}

bool scrub_may_tell(struct str name)
{
	struct str rest = name;

	if (name.n == 0 || name.n > LONGEST_NAME)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_of_token(name.p[i]) && name.p[i] != ':')
			return false;
	while (rest.n)
		if (looks_like_key(str_cut(&rest, '/')))
			return false;
	return true;
}

static void hide_keys(struct scrub *s)
{
	size_t from = 0;

	while (from < s->message.n) {
		size_t to = from;

		while (to < s->message.n && is_of_token(s->message.p[to]))
			to++;
		if (looks_like_key(str_sub(s->message, from, to)))
			hide(s, from, to);
		from = to + 1;
	}
}

/* --- what is left --- */

static bool is_hidden(const struct scrub *s, size_t from, size_t n)
{
	return memchr(s->hide + from, true, n) != NULL;
}

static struct str write_rest(const struct scrub *s, struct arena *a, size_t max)
{
	const unsigned char *p = (const unsigned char *)s->message.p;
	bool hidden = false;
	struct buf b;
	struct str text;

	buf_init(&b, max);
	for (size_t i = 0, n; i < s->message.n && buf_ok(&b); i += n) {
		bool was = hidden;

		n = utf8_length(p + i, s->message.n - i);
		hidden = is_hidden(s, i, n ? n : 1);
		if (hidden)
			buf_adds(&b, was ? "" : "[...]");
		else if (n == 0 || p[i] < ' ' || p[i] == 0x7F)
			buf_addc(&b, n ? ' ' : '?');
		else
			buf_add(&b, str_sub(s->message, i, i + n));
		n = n ? n : 1;
	}
	text = arena_str(a, buf_str(&b));
	buf_release(&b);
	return text;
}

struct str scrub_message(struct arena *a, struct str message, const struct chat *chat,
			 struct str credential, size_t max)
{
	struct scrub *s = ARENA_NEW(a, struct scrub);

	if (!s)
		return STR_NONE;
	s->message = str_sub(message, 0, LONGEST);
	arena_init(&s->escapes, 4096 + LONGEST_RUN);
	index_message(s);
	for (uint32_t i = 0; i < chat->n_messages; i++)
		sieve_message(s, &chat->messages[i]);
	for (uint32_t i = 0; i < chat->n_tools; i++)
		sieve_string(s, chat->tools[i].description);
	for (size_t i = 0; i < COUNT_OF(private_members); i++)
		sieve_value(s, json_get(chat->root, private_members[i]));
	JSON_EACH (name, chat->root)
		if (!scrub_may_tell(json_chars(name)))
			sieve_string(s, name);
	arena_release(&s->escapes);
	hide_credential(s, credential);
	hide_keys(s);
	return write_rest(s, a, max);
}
