/* qwen_native_news.c -- a stream that repeats itself, or not: only what is new is passed on. */
#include "core/dialect/qwen_native.h"

/* that two pieces begin alike by chance for so long does not happen */
#define NO_CHANCE 16

static struct str behind(struct str text, size_t n)
{
	return n < text.n ? str_sub(text, n, text.n) : STR_NONE;
}

static void remember(struct native_said *said, struct str whole)
{
	said->length = (uint32_t)whole.n;
	said->hash = str_hash(whole);
}

static bool repeats(const struct native_said *said, struct str text)
{
	return text.n >= said->length && str_hash(str_sub(text, 0, said->length)) == said->hash;
}

static struct str whole_so_far(struct native_said *said, struct str text)
{
	struct str news = behind(text, said->length);

	said->habit = HABIT_WHOLE;
	remember(said, text);
	return news;
}

/* The second text. Equal ones say little: tokens come twice, and a last event repeats. */
static struct str second(struct native_said *said, struct native_held *held, struct str text,
			 bool over)
{
	bool equal = text.n == said->length;

	if (!repeats(said, text) || (equal && held && !over)) {
		said->habit = HABIT_PIECES;
		return text;
	}
	if (!held || over || said->length >= NO_CHANCE || text.n > sizeof(held->bytes))
		return whole_so_far(said, text);
	said->habit = HABIT_HELD;
	memcpy(held->bytes, text.p, text.n);
	held->n = (uint32_t)text.n;
	return STR_NONE;
}

/* The one after a text that was held back tells. */
static struct str third(struct native_said *said, const struct native_held *held, struct arena *a,
			struct str text)
{
	struct str before = { held->bytes, held->n };

	if (text.n && str_starts(text, before))
		return whole_so_far(said, text);
	said->habit = HABIT_PIECES;
	return arena_printf(a, "%.*s%.*s", STR_ARG(before), STR_ARG(text));
}

struct str native_news(struct native_said *said, struct native_held *held, struct arena *a,
		       struct str text, bool over)
{
	bool waits = said->habit == HABIT_HELD && over;

	if (text.n == 0 && !waits)
		return STR_NONE;
	switch (said->habit) {
	case HABIT_UNKNOWN:
		if (said->length)
			return second(said, held, text, over);
		remember(said, text);
		return text;
	case HABIT_HELD: return third(said, held, a, text);
	case HABIT_PIECES: return text;
	case HABIT_WHOLE: break;
	}
	if (repeats(said, text))
		return whole_so_far(said, text);
	return text.n < said->length ? STR_NONE : text;
}
