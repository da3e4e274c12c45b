/*
 * target_decision.c -- a decision record of any bytes is read without trusting them; one that
 * is taken is the same when it is written and read again, and none makes a replay fall over.
 */
#include "core/decision_other.h"
#include "fuzz.h"

static struct decision record, again;

static void write_and_compare(struct arena *a)
{
	struct buf once, twice;
	struct fault f;

	buf_init(&once, 4 * FUZZ_ROOM);
	buf_init(&twice, 4 * FUZZ_ROOM);
	decision_write(&once, &record);
	HOLDS(buf_ok(&once), "a record longer than %d bytes", 4 * FUZZ_ROOM);
	HOLDS(str_chr(buf_str(&once), '\n') == (ptrdiff_t)once.n - 1, "more than one line");
	HOLDS(decision_read(buf_str(&once), a, &again, &f) == ERR_OK, "written, it is refused: %s",
	      f.text);
	decision_write(&twice, &again);
	HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "first:\n%.*s\nthen:\n%.*s",
	      STR_ARG(buf_str(&once)), STR_ARG(buf_str(&twice)));
	buf_release(&once);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *own = fuzz_own((struct str){ (const char *)data, n });
	struct arena a;
	struct fault f;

	arena_init(&a, 64 << 20);
	if (decision_read((struct str){ own, n }, &a, &record, &f) == ERR_OK)
		write_and_compare(&a);
	else
		HOLDS(f.text[0], "refused without a reason");
	arena_release(&a);
	free(own);
	return 0;
}
