/*
 * prefix.c -- beginnings of a conversation.
 *
 * A later request of a conversation holds the prompt of an earlier one, then the answer
 * to it: so earlier prompts end right before the assistant's messages.
 */
#include "core/prefix.h"

#include "base/hash.h"
#include "core/tokens.h"

#define SEED 0x50524546u /* "PREF" */

/* Of a longer piece its length and both ends tell enough: a log of 30 MB or an image in base64 must
 * not hold up the loop. */
#define PIECE_BYTES 65536

/* Nor must ten thousand short pieces: behind so many bytes less of each is looked at. What is
 * looked at follows from what stands before, so that beginnings stay the same. */
#define WHOLE_BYTES (256 << 10)
#define LATER_BYTES 64

/* media are long in bytes, and short in tokens */
#define LIKELY_MEDIA_BYTES 2048

struct walk {
	uint64_t hash;
	int64_t bytes; /* of what counts tokens */
	size_t read;
	struct prefix *found;
	uint32_t n;
	uint32_t kept; /* of the first ones: not given up for later ones */
};

static void take_counted(struct walk *w, struct str s, size_t counts)
{
	size_t most = w->read < WHOLE_BYTES ? PIECE_BYTES : LATER_BYTES;

	w->bytes += (int64_t)counts;
	w->read += s.n < most ? s.n : most;
	if (s.n > most) {
		w->hash = hash_word(w->hash, s.n);
		w->hash = hash_bytes(w->hash, str_sub(s, 0, most / 2));
		s = str_sub(s, s.n - most / 2, s.n);
	}
	w->hash = hash_bytes(w->hash, s);
}

static void take(struct walk *w, struct str s)
{
	take_counted(w, s, s.n);
}

static void take_media(struct walk *w, struct str s)
{
	take_counted(w, s, s.n < LIKELY_MEDIA_BYTES ? s.n : LIKELY_MEDIA_BYTES);
}

/* A boundary that may be found again. Where there is no room, the oldest that is not kept goes. */
static void mark(struct walk *w)
{
	int64_t tokens = tokens_likely(w->bytes);

	if (tokens < PREFIX_TOKENS_MIN || (w->n > 0 && w->found[w->n - 1].hash == w->hash))
		return;
	if (w->n == PREFIXES_MAX) {
		w->n--;
		memmove(&w->found[w->kept], &w->found[w->kept + 1],
			(w->n - w->kept) * sizeof(*w->found));
	}
	w->found[w->n++] = (struct prefix){ w->hash, tokens };
}

static void walk_tools(struct walk *w, const struct chat *chat)
{
	for (uint32_t i = 0; i < chat->n_tools; i++)
		take(w, json_raw(chat->tools[i].raw));
	take(w, json_raw(chat->schema));
}

static void walk_message(struct walk *w, const struct message *m)
{
	w->hash = hash_word(w->hash, (uint64_t)m->role + 1);
	for (uint32_t i = 0; i < m->n_parts; i++) {
		const struct part *p = &m->parts[i];

		w->hash = hash_word(w->hash, (uint64_t)p->kind + 1);
		if (json_present(p->text))
			take(w, json_chars(p->text));
		else
			take_media(w, json_raw(p->media));
	}
	take(w, json_chars(m->reasoning));
	for (uint32_t i = 0; i < m->n_calls; i++) {
		take(w, json_chars(m->calls[i].name));
		take(w, json_chars(m->calls[i].arguments));
	}
}

static bool is_instruction(const struct message *m)
{
	return m->role == ROLE_SYSTEM || m->role == ROLE_DEVELOPER;
}

uint32_t prefixes_of_chat(const struct chat *chat, struct prefix prefixes_r[PREFIXES_MAX])
{
	struct walk w = { .hash = SEED, .found = prefixes_r };
	bool opening = true;

	/* most requests are short, and none of their beginnings counts */
	if (tokens_likely((int64_t)chat->body.n) < PREFIX_TOKENS_MIN)
		return 0;
	walk_tools(&w, chat);
	for (uint32_t i = 0; i < chat->n_messages; i++) {
		const struct message *m = &chat->messages[i];

		if (opening && !is_instruction(m)) {
			mark(&w);
			w.kept = w.n;
			opening = false;
		}
		if (m->role == ROLE_ASSISTANT)
			mark(&w);
		walk_message(&w, m);
	}
	mark(&w);
	return w.n;
}

uint64_t instructions_hash(const struct chat *chat)
{
	struct walk w = { .hash = SEED };

	walk_tools(&w, chat);
	for (uint32_t i = 0; i < chat->n_messages && is_instruction(&chat->messages[i]); i++)
		walk_message(&w, &chat->messages[i]);
	return w.hash;
}
