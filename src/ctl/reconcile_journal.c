/*
 * reconcile_journal.c -- replay, from wherever the folder was brought to.
 *
 * The same as a gateway does at its start: the books themselves see to it that
 * nothing is charged twice. On another machine nobody knows whether the last
 * records reached the disk, so what was only admitted goes to suspense.
 */
#include "ctl/reconcile_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "ctl/await.h"
#include "ctl/say.h"
#include "store/journal.h"

struct found {
	struct settle_item *items; /* slices of escrow behind what they paid for */
	struct held *held;
	size_t n, room;
	bool no_memory;
	struct journal_replay sum;
};

static bool grow(struct found *f)
{
	size_t room = f->room ? f->room * 2 : 1024;
	struct settle_item *items = reallocarray(f->items, room, sizeof(*items));
	struct held *held;

	if (items)
		f->items = items;
	held = items ? reallocarray(f->held, room, sizeof(*held)) : NULL;
	if (!held)
		return false;
	f->held = held;
	f->room = room;
	return true;
}

static void take(void *who, const struct held *h, const struct charge *c)
{
	struct found *f = who;

	if (f->n == f->room && !grow(f)) {
		f->no_memory = true;
		return;
	}
	f->held[f->n] = *h;
	f->items[f->n++] = (struct settle_item){ .charge = *c };
}

/* -1: *fault_r says why */
static int lock(const char *dir, struct fault *fault_r)
{
	char path[1100];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		fault_set(fault_r, ERR_VALUE, "", "%s is no gateway.state_dir: %s", dir,
			  strerror(errno));
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	fault_set(fault_r, ERR_VALUE, "",
		  "%s is in use; a gateway that runs settles its journals itself", dir);
	close(fd);
	return -1;
}

/* all that is, or is not, a slice */
static int settle(struct session *s, struct found *f, bool slices, int64_t ends[SETTLE_LOST])
{
	struct settle_item some[AWAIT_AT_ONCE];
	int code = EXIT_FINE;

	for (size_t i = 0; i < f->n && !code;) {
		size_t n = 0;

		for (; i < f->n && n < AWAIT_AT_ONCE; i++) {
			if (f->held[i].slice != slices)
				continue;
			some[n] = f->items[i];
			some[n++].held = &f->held[i];
		}
		code = await_settle(s, some, n);
		for (size_t k = 0; k < n && !code; k++)
			ends[some[k].end]++;
	}
	return code;
}

static int64_t unknown(const struct found *f)
{
	int64_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->items[i].charge.unknown;
	return n;
}

static int work(struct session *s, const char *dir, struct found *f, bool dry)
{
	int64_t ends[SETTLE_LOST] = { 0 };
	int code = EXIT_FINE;

	if (!dry)
		code = settle(s, f, false, ends);
	if (!dry && !code)
		code = settle(s, f, true, ends);
	if (code)
		return code;
	say_note("%s: %lld records, %lld requests without an end; %lld attempts, %lld of them of "
		 "unknown "
		 "cost",
		 dir, (long long)f->sum.records, (long long)f->sum.unfinished, (long long)f->n,
		 (long long)unknown(f));
	if (dry)
		return EXIT_FINE;
	say_note("settled: %lld; settled before: %lld; too old, see the ledger: %lld",
		 (long long)ends[SETTLE_OK], (long long)ends[SETTLE_AGAIN],
		 (long long)ends[SETTLE_OLD]);
	journal_set_aside(dir);
	return EXIT_FINE;
}

int reconcile_journal(struct session *s, const char *dir, bool dry)
{
	struct found f = { .n = 0 };
	struct fault fault;
	int code = EXIT_FAILED, fd = lock(dir, &fault);

	if (fd < 0) {
		say_error("%s", fault.text);
		return code;
	}
	if (!journal_read(dir, "", take, &f, &f.sum, &fault))
		say_error("%s", fault.text);
	else if (f.no_memory)
		say_error("no memory for the journals in %s", dir);
	else
		code = work(s, dir, &f, dry);
	free(f.items);
	free(f.held);
	close(fd);
	return code;
}
