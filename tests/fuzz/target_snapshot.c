/*
 * target_snapshot.c -- a snapshot's text, and the tallies of which one is made: what is taken can
 * be written, and is then its own text.
 */
#include "../unit/small_catalog.h"
#include "core/snapshot_build.h"
#include "core/snapshot_text.h"
#include "fuzz.h"

#define NOW_US 1763838000000000LL

static void must_be_sound(const struct snapshot *s)
{
	for (uint32_t t = 0; t < s->catalog->n_targets; t++)
		HOLDS(s->targets[t].failure >= 0 && s->targets[t].failure <= 1, "failure %g",
		      s->targets[t].failure);
	for (uint32_t i = 0; i < s->n_warm; i++) {
		HOLDS(s->warm[i].target < s->catalog->n_targets, "target %u", s->warm[i].target);
		HOLDS(i == 0 || s->warm[i - 1].prefix <= s->warm[i].prefix, "not sorted");
	}
}

/* its text can be read, and is written again the same */
static void must_come_back(const struct snapshot *s, struct catalog *c)
{
	struct fault fault = { 0 };
	struct buf once, twice;
	struct snapshot *again;

	buf_init(&once, FUZZ_ROOM);
	buf_init(&twice, FUZZ_ROOM);
	snapshot_write(s, &once);
	again = snapshot_read(buf_str(&once), c, &fault);
	HOLDS(again != NULL, "%s in %s", fault.text, buf_cstr(&once));
	snapshot_write(again, &twice);
	HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "%s became %s", buf_cstr(&once),
	      buf_cstr(&twice));
	snapshot_unref(again);
	buf_release(&once);
	buf_release(&twice);
}

static void try_text(struct str text, struct catalog *c)
{
	struct fault fault = { 0 };
	struct snapshot *s = snapshot_read(text, c, &fault);

	if (!s) {
		HOLDS(fault.text[0] != '\0', "no reason");
		return;
	}
	must_be_sound(s);
	must_come_back(s, c);
	snapshot_unref(s);
}

/* names and texts of tallies, entries of warm prefixes, in turn */
static void try_build(struct str in, struct catalog *c)
{
	struct snapshot *s = snapshot_new(c, FUZZ_ROOM);
	struct snapshot_build b;

	if (!s || !snapshot_build_init(&b, s, NOW_US))
		abort();
	while (in.n > 0) {
		struct str name = fuzz_part(&in), text = fuzz_part(&in), warm = fuzz_part(&in);

		snapshot_build_tally(&b, STR("acme"), name, text);
		snapshot_build_warm(&b, STR("acme"), warm, NOW_US / 1000000 + 60);
	}
	HOLDS(snapshot_build_finish(&b), "more than %zu bytes", FUZZ_ROOM);
	must_be_sound(s);
	must_come_back(s, c);
	snapshot_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *own = fuzz_own((struct str){ (const char *)data, n });
	struct str in = { own, n };
	struct catalog *c = small_catalog();

	if (fuzz_choose(&in, 1))
		try_build(in, c);
	else
		try_text(in, c);
	catalog_unref(c);
	free(own);
	return 0;
}
