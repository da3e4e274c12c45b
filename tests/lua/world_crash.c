/* world_crash.c -- kill -9 of a gateway, and the replay of its journal. */
#include "lua/world.h"

#include <fcntl.h>
#include <unistd.h>

#include "store/journal_file.h"

#define COPY_BYTES (1 << 20)
#define MOST_FOUND (WORLD_REQUESTS * (ATTEMPTS_MAX + 1))

struct found {
	struct held held;
	struct charge charge;
};

static struct found found[MOST_FOUND];
static size_t n_found;

static void on_found(void *who, const struct held *h, const struct charge *c)
{
	(void)who;
	if (n_found < MOST_FOUND)
		found[n_found++] = (struct found){ *h, *c };
	else
		world_trouble("the journal tells of more than there was");
}

static void copy_file(const char *from_dir, const char *to_dir, const char *name)
{
	char from[JOURNAL_PATH_MAX], to[JOURNAL_PATH_MAX];
	ssize_t n = -1;
	int in, out;

	snprintf(from, sizeof(from), "%s/%s", from_dir, name);
	snprintf(to, sizeof(to), "%s/%s", to_dir, name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (in >= 0 && out >= 0)
		do {
			n = copy_file_range(in, NULL, out, NULL, COPY_BYTES, 0);
		} while (n > 0);
	if (n < 0)
		world_trouble("cannot copy %s to %s", from, to);
	close(in);
	close(out);
}

/* What is on disk now stays, in the folder of the next life; what lies in the process, its
 * journal's buffer too, is gone. */
static void die(struct gateway *g)
{
	char old[sizeof(g->dir)];
	char **names = NULL;
	struct fault f;
	size_t n;

	memcpy(old, g->dir, sizeof(old));
	gateway_begin_life(g);
	if (!journal_files(old, &names, &n, &f))
		world_trouble("%s", f.text);
	for (size_t i = 0; world_ok() && i < n; i++)
		copy_file(old, g->dir, names[i]);
	journal_files_free(names);
	journal_close(g->journal);
	g->journal = NULL;
	memset(g->request, 0, sizeof(g->request));
	memset(g->known, 0, sizeof(g->known));
}

static void shuffle(void)
{
	for (size_t i = n_found; i > 1; i--) {
		size_t other = world_pick((uint32_t)i);
		struct found f = found[i - 1];

		found[i - 1] = found[other];
		found[other] = f;
	}
}

/* False: it died again in the middle. Replay is repeated until all of it is confirmed. */
static bool replay(const struct gateway *g)
{
	struct journal_replay sum;
	struct fault f;

	n_found = 0;
	if (!journal_read(g->dir, "", on_found, NULL, &sum, &f))
		world_trouble("%s", f.text);
	if (sum.corrupt || sum.torn)
		world_trouble("a journal is damaged");
	if (world_chance(30))
		shuffle();
	for (size_t i = 0; i < n_found && world_ok();) {
		enum settle_end end;

		if (world.faults && world_chance(1))
			return false;
		/* a lost answer: the same again */
		if (command_settle(&found[i].held, &found[i].charge, &end))
			i++;
	}
	world.figures[FIGURE_REPLAYED] += (int64_t)n_found;
	return true;
}

void gateway_crash(struct gateway *g)
{
	world.figures[FIGURE_CRASHES]++;
	die(g);
	if (world_chance(30))
		world_advance((int64_t)world_pick(60000000)); /* it stays down for a while */
	while (world_ok() && !replay(g))
		;
	gateway_open_journal(g);
	journal_forget(g->dir, g->name);
}
