/*
 * features.c -- which texts of a request are read, and how much of them.
 *
 * Up to 64 KiB a request is read whole, once. Of a longer one sixteen windows are read that lie
 * evenly in it, and the counts are scaled up; the questions are read at their ends besides.
 */
#include "core/features.h"

#include "core/features_parts.h"

#define WHOLE   65536 /* bytes read of a request at most */
#define WINDOWS 16
#define END     8192 /* bytes read of each end of a question in a long request */
#define SYSTEM  64   /* tokens of the system message that stand before each question */

#define EUROPEAN 20 /* one letter beyond ASCII in so many words */

/* one text of a request */
struct piece {
	struct str bytes;
	bool escaped;
	enum role role;
	uint32_t message; /* its index; pieces of tools have none */
};

struct pieces {
	struct piece *list;
	size_t n, cap;
	size_t said; /* so many of messages; then those of tools and the schema */
	uint64_t bytes;
	bool full; /* no memory */
};

#define NO_MESSAGE UINT32_MAX

/* --- the language --- */

enum lang features_lang(const int64_t *c)
{
	static const struct {
		enum text_class class;
		enum lang lang;
	} scripts[] = {
		{ TEXT_cjk, LANG_zh },      { TEXT_kana, LANG_ja },    { TEXT_hangul, LANG_ko },
		{ TEXT_cyrillic, LANG_ru }, { TEXT_semitic, LANG_ar },
	};
	int64_t most = c[TEXT_word];
	enum lang lang = most ? LANG_en : LANG_none;

	if (c[TEXT_latin] * EUROPEAN > c[TEXT_word])
		lang = LANG_eu;
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		if (c[scripts[i].class] <= most)
			continue;
		most = c[scripts[i].class];
		lang = scripts[i].lang;
	}
	if (lang == LANG_zh && c[TEXT_kana] * 10 > c[TEXT_cjk])
		return LANG_ja;
	return lang == LANG_none && c[TEXT_other] ? LANG_xx : lang;
}

/* --- what there is to read --- */

static void add_piece(struct arena *a, struct pieces *p, struct piece piece)
{
	struct piece *slot;

	if (!piece.bytes.n)
		return;
	slot = ARENA_PUSH(a, p->list, p->n, p->cap);
	if (!slot) {
		p->full = true;
		return;
	}
	*slot = piece;
	p->bytes += piece.bytes.n;
}

static void add_string(struct arena *a, struct pieces *p, struct json j, enum role role,
		       uint32_t message)
{
	add_piece(a, p, (struct piece){ json_chars(j), json_is_escaped(j), role, message });
}

static void add_message(struct arena *a, struct pieces *p, const struct chat *chat, uint32_t i)
{
	const struct message *m = &chat->messages[i];

	for (uint32_t k = 0; k < m->n_parts; k++)
		add_string(a, p, m->parts[k].text, m->role, i);
	for (uint32_t k = 0; k < m->n_calls; k++) {
		add_string(a, p, m->calls[k].name, m->role, i);
		add_string(a, p, m->calls[k].arguments, m->role, i);
	}
	if (m->n_calls) /* other thinking is not read again */
		add_string(a, p, m->reasoning, m->role, i);
}

static struct pieces pieces_of(const struct chat *chat, struct arena *a)
{
	struct pieces p = { 0 };

	for (uint32_t i = 0; i < chat->n_messages; i++)
		add_message(a, &p, chat, i);
	p.said = p.n;
	for (uint32_t i = 0; i < chat->n_tools; i++)
		add_piece(a, &p,
			  (struct piece){ json_raw(chat->tools[i].raw), true, ROLE_TOOL,
					  NO_MESSAGE });
	add_piece(a, &p, (struct piece){ json_raw(chat->schema), true, ROLE_TOOL, NO_MESSAGE });
	return p;
}

/* --- counting a long request --- */

/* reads what lies of the piece at offset `at` in the window [from, to); returns how much that is */
static uint64_t read_window(struct text_reader *r, const struct piece *piece, uint64_t at,
			    uint64_t from, uint64_t to)
{
	uint64_t first = from > at ? from - at : 0;
	uint64_t last = to > at ? to - at : 0;
	struct str part = str_sub(piece->bytes, first, last);

	if (first >= piece->bytes.n)
		return 0;
	text_read(r, part, piece->escaped);
	text_break(r);
	return part.n;
}

static void scale(const int64_t *read, double by, int64_t *counts)
{
	for (size_t k = 0; k < TEXT_CLASS_COUNT; k++)
		counts[k] = (int64_t)((double)read[k] * by);
}

static void count_sample(const struct pieces *p, struct features *f)
{
	struct text_reader said = { .counts = { 0 } }, form = { .counts = { 0 } };
	uint64_t size = WHOLE / WINDOWS, at = 0, read = 0;
	size_t i = 0;
	uint32_t window = 0;

	while (window < WINDOWS && i < p->n) {
		uint64_t from = (p->bytes - size) * window / (WINDOWS - 1);

		if (at + p->list[i].bytes.n > from)
			read += read_window(i < p->said ? &said : &form, &p->list[i], at, from,
					    from + size);
		if (at + p->list[i].bytes.n < from + size)
			at += p->list[i++].bytes.n;
		else
			window++;
	}
	scale(said.counts, (double)p->bytes / (double)read, f->counts);
	scale(form.counts, (double)p->bytes / (double)read, f->form_counts);
	for (size_t k = 0; k < TEXT_CLASS_COUNT; k++)
		f->counts[k] += f->form_counts[k];
}

/* --- questions --- */

/* reads the pieces in their order; of those that ask, also the tokens */
struct asker {
	const struct pieces *pieces;
	struct text_reader reader;
	struct tokens *system;             /* NULL: no system message yet */
	struct tokens *question;           /* NULL: none goes on */
	uint64_t system_bytes;             /* of system messages so far */
	uint32_t message;                  /* the question's */
	uint64_t size;                     /* of it, whole */
	uint64_t bytes;                    /* of it so far */
	int64_t counted[TEXT_CLASS_COUNT]; /* before it */
	int64_t said[TEXT_CLASS_COUNT];    /* before tools and schema */
	struct questions *questions;
	uint32_t models; /* FOR_TASK, FOR_QUALITY */
	struct arena *arena;
};

static bool is_system(const struct piece *p)
{
	return p->role == ROLE_SYSTEM || p->role == ROLE_DEVELOPER;
}

/* the message with which the user's last QUESTIONS_MAX begin */
static uint32_t first_question(const struct pieces *p)
{
	uint32_t found = 0, message = NO_MESSAGE;

	for (size_t i = p->n; i-- > 0 && found < QUESTIONS_MAX;) {
		if (p->list[i].role != ROLE_USER || p->list[i].message == message)
			continue;
		message = p->list[i].message;
		found++;
	}
	return message;
}

const uint32_t *numbers_keep(struct arena *a, const uint32_t *numbers, uint32_t n)
{
	uint32_t *copy = ARENA_ARRAY(a, uint32_t, n + 1);

	if (copy)
		memcpy(copy, numbers, n * sizeof(*copy));
	return copy;
}

static bool finish_grams(const struct asker *k, const struct tokens *t, const int64_t *counts,
			 struct grams *g)
{
	uint32_t shape[SHAPE_NUMBERS];

	g->lang = features_lang(counts);
	g->marks = (t->code > 1 ? MARK_CODE : 0) | (t->maths > 1 ? MARK_MATHS : 0);
	if (!t->n)
		return true;
	shape_of_tokens(t, g->lang, shape);
	return (!(k->models & FOR_QUALITY) || grams_of_tokens(t, shape, k->arena, g)) &&
	       (!(k->models & FOR_TASK) || cues_of_tokens(t, shape, k->arena, g));
}

/* white space alone asks nothing */
static bool is_blank(const int64_t *counts)
{
	int64_t n = 0;

	for (size_t i = 0; i < TEXT_CLASS_COUNT; i++)
		n += counts[i];
	return n == counts[TEXT_newline_run] + counts[TEXT_space_run];
}

static bool end_question(struct asker *k)
{
	struct grams *g = &k->questions->list[k->questions->n];
	int64_t counts[TEXT_CLASS_COUNT];
	const struct tokens *t = k->question;

	k->question = NULL;
	if (!t)
		return true;
	for (size_t i = 0; i < TEXT_CLASS_COUNT; i++)
		counts[i] = k->reader.counts[i] - k->counted[i];
	if (is_blank(counts))
		return true;
	g->bytes = (int64_t)k->bytes;
	k->questions->n++;
	return finish_grams(k, t, counts, g);
}

/* bytes of the message that the piece is the first of */
static uint64_t size_of_message(const struct pieces *p, const struct piece *first)
{
	uint64_t n = 0;

	for (const struct piece *at = first; at < p->list + p->n; at++) {
		if (at->message != first->message)
			break;
		n += at->bytes.n;
	}
	return n;
}

/* what lies behind their number is not cleared */
static struct tokens *tokens_new(struct arena *a)
{
	struct tokens *t = arena_room(a, sizeof(*t));

	if (t)
		t->n = t->code = t->maths = 0;
	return t;
}

/* the tokens of the system message stand before those of the question */
static bool begin_question(struct asker *k, const struct piece *p)
{
	struct tokens *t = tokens_new(k->arena);

	if (!t)
		return false;
	if (k->system) {
		t->n = k->system->n < SYSTEM ? k->system->n : SYSTEM;
		memcpy(t->head, k->system->head, t->n * sizeof(t->head[0]));
	}
	k->question = t;
	k->message = p->message;
	k->size = size_of_message(k->pieces, p);
	k->bytes = 0;
	memcpy(k->counted, k->reader.counts, sizeof(k->counted));
	return true;
}

/* where the piece's tokens go: NULL in *tokens_r when nobody wants them */
static bool find_tokens(struct asker *k, const struct piece *p, uint32_t first,
			struct tokens **tokens_r)
{
	*tokens_r = NULL;
	if (k->question && p->message != k->message && !end_question(k))
		return false;
	if (is_system(p)) {
		if (!k->system)
			k->system = tokens_new(k->arena);
		*tokens_r = k->system;
		return k->system != NULL;
	}
	if (p->role != ROLE_USER || p->message < first)
		return true;
	if (!k->question && !begin_question(k, p))
		return false;
	*tokens_r = k->question;
	return true;
}

/* of a text of `size` bytes, in which the piece lies at `at`, what is near its ends */
static void read_ends(struct text_reader *r, const struct piece *p, uint64_t at, uint64_t size)
{
	if (size > 2 * END) {
		read_window(r, p, at, 0, END);
		read_window(r, p, at, size - END, size);
	} else {
		read_window(r, p, at, 0, size);
	}
}

/* In a long request what asks is read at its ends. Of what a system message says the beginning is
 * enough, because nothing else is kept. */
static void read_asking(struct asker *k, const struct piece *p)
{
	if (!k->reader.tokens)
		return;
	if (is_system(p))
		read_window(&k->reader, p, k->system_bytes, 0, END);
	else
		read_ends(&k->reader, p, k->bytes, k->size);
}

static void count_bytes(struct asker *k, const struct piece *p)
{
	if (is_system(p))
		k->system_bytes += p->bytes.n;
	else
		k->bytes += p->bytes.n;
}

static bool read_pieces(struct asker *k, const struct pieces *p, bool sampled)
{
	uint32_t first = first_question(p);

	for (size_t i = 0; i < p->n; i++) {
		const struct piece *piece = &p->list[i];

		if (i == p->said)
			memcpy(k->said, k->reader.counts, sizeof(k->said));
		if (!find_tokens(k, piece, first, &k->reader.tokens))
			return false;
		if (!sampled) {
			text_read(&k->reader, piece->bytes, piece->escaped);
			text_break(&k->reader);
		} else {
			read_asking(k, piece);
		}
		count_bytes(k, piece);
	}
	return end_question(k);
}

/* --- all --- */

static bool features_of_pieces(const struct pieces *p, uint32_t models, struct arena *a,
			       struct features *f, struct questions *questions)
{
	struct asker k = { .pieces = p, .questions = questions, .models = models, .arena = a };
	bool sampled = p->bytes > WHOLE;

	if (p->full || !read_pieces(&k, p, sampled))
		return false;
	memcpy(f->counts, k.reader.counts, sizeof(f->counts));
	for (size_t i = 0; p->said < p->n && i < TEXT_CLASS_COUNT; i++)
		f->form_counts[i] = f->counts[i] - k.said[i];
	if (sampled) {
		f->marks |= MARK_SAMPLED;
		count_sample(p, f);
	}
	f->lang = features_lang(f->counts);
	for (uint32_t i = 0; i < questions->n; i++)
		f->marks |= questions->list[i].marks;
	if (questions->n)
		f->lang = questions->list[questions->n - 1].lang;
	return true;
}

static uint32_t marks_of(const struct chat *chat)
{
	return (chat->n_tools ? MARK_TOOLS : 0) | (chat->format != FORMAT_TEXT ? MARK_SCHEMA : 0) |
	       (chat->n_images ? MARK_IMAGES : 0) | (chat->has_unbounded_parts ? MARK_MEDIA : 0) |
	       (chat->n_tools && chat->tool_choice == CHOICE_NONE ? MARK_TOOLS_OFF : 0);
}

bool features_of_chat(const struct chat *chat, uint32_t models, struct arena *a,
		      struct features *features_r, struct questions *questions_r)
{
	struct pieces p = pieces_of(chat, a);

	*questions_r = (struct questions){ .n = 0 };
	*features_r = (struct features){
		.text_bytes = chat->text_bytes,
		.messages = chat->n_messages,
		.tools = chat->n_tools,
		.images = chat->n_images,
		.marks = marks_of(chat),
	};
	for (uint32_t i = 0; i < chat->n_messages; i++) {
		features_r->turns += chat->messages[i].role == ROLE_USER;
		features_r->answers += chat->messages[i].role == ROLE_ASSISTANT;
		features_r->calls += chat->messages[i].n_calls;
	}
	if (features_of_pieces(&p, models, a, features_r, questions_r))
		return true;
	*questions_r = (struct questions){ .n = 0 };
	*features_r = (struct features){ .text_bytes = chat->text_bytes };
	return false;
}

bool features_of_text(struct str text, struct arena *a, struct features *features_r,
		      struct questions *questions_r)
{
	struct piece piece = { text, false, ROLE_USER, 0 };
	struct pieces p = { .list = &piece, .n = text.n > 0, .cap = 1, .said = 1, .bytes = text.n };

	*questions_r = (struct questions){ .n = 0 };
	*features_r = (struct features){ .text_bytes = (int64_t)text.n, .messages = 1, .turns = 1 };
	if (features_of_pieces(&p, FOR_ALL, a, features_r, questions_r))
		return true;
	*questions_r = (struct questions){ .n = 0 };
	return false;
}
