/*
 * journal_read.c -- replay: what the segments say about requests that did not end.
 *
 * An attempt of which only the intent is found was never sent to a vendor and
 * costs nothing, for its dispatch would have been written first. (A torn record at
 * the end changes nothing: what it announces was not yet done.) That holds when
 * every record written can be read: not when a segment is damaged, and not when
 * the machine was started anew, for the last 100 ms may then not have reached the
 * disk. In those cases nobody knows, and the money goes to suspense.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "store/journal.h"
#include "store/journal_file.h"
#include "store/journal_record.h"

/* of an attempt, by what was recorded last */
enum step { STEP_NONE, STEP_INTENT, STEP_DISPATCHED, STEP_SETTLED };

struct request {
	struct held held;
	struct {
		enum step step;
		int64_t worst_nanos;
		char escrow[RID_MAX];
		struct charge charge;
	} attempt[ATTEMPTS_MAX + 1]; /* [0]: an end without an attempt */
	int64_t tokens_used;         /* of the final settle; -1 = not known */
	UT_hash_handle hh;
};

struct replay {
	struct request *requests;
	struct journal_replay sum;
	bool trusted; /* all that was written is there to be read */
	bool no_memory;
	char boot[40];
};

/* --- records --- */

static struct request *find(struct replay *p, const char *rid)
{
	struct request *q;

	HASH_FIND_STR(p->requests, rid, q);
	return q;
}

static void on_admit(struct replay *p, const struct journal_record *r)
{
	struct request *q = find(p, r->rid);

	if (!q) {
		q = calloc(1, sizeof(*q));
		if (!q) {
			p->no_memory = true;
			return;
		}
		memcpy(q->held.rid, r->rid, sizeof(q->held.rid));
		q->tokens_used = -1;
		HASH_ADD_STR(p->requests, held.rid, q);
		p->sum.requests += !r->held.slice;
	}
	q->held = r->held;
	if (q->attempt[1].step == STEP_NONE)
		q->attempt[1].step = STEP_INTENT;
}

static void on_settle(struct request *q, const struct charge *c)
{
	q->attempt[c->attempt].step = STEP_SETTLED;
	q->attempt[c->attempt].charge = *c;
	if (c->final)
		q->tokens_used = c->tokens_used;
}

/* q: NULL when its admit is not there: it ended long ago, or was in a damaged segment */
static void on_record(struct replay *p, struct request *q, const struct journal_record *r)
{
	switch (r->type) {
	case RECORD_EXTEND:
		if (q && q->attempt[r->attempt].step == STEP_NONE)
			q->attempt[r->attempt].step = STEP_INTENT;
		break;
	case RECORD_ESCROW:
		if (q && q->attempt[r->attempt].step == STEP_NONE)
			q->attempt[r->attempt].step = STEP_INTENT;
		if (q)
			memcpy(q->attempt[r->attempt].escrow, r->escrow, RID_MAX);
		break;
	case RECORD_DISPATCH:
		if (q && q->attempt[r->attempt].step != STEP_SETTLED) {
			q->attempt[r->attempt].step = STEP_DISPATCHED;
			q->attempt[r->attempt].worst_nanos = r->worst_nanos;
		}
		break;
	case RECORD_SETTLE:
		if (q)
			on_settle(q, &r->charge);
		break;
	case RECORD_DONE:
		if (q) {
			HASH_DEL(p->requests, q);
			free(q);
		}
		break;
	case RECORD_BEGIN: p->trusted &= strcmp(r->boot, p->boot) == 0; break;
	default: break;
	}
}

static void read_segment(struct replay *p, struct str bytes)
{
	struct journal_record r;
	enum journal_end end;

	while ((end = journal_record_read(&bytes, &r)) == RECORD_READ) {
		p->sum.records++;
		if (r.type == RECORD_ADMIT || r.type == RECORD_SLICE)
			on_admit(p, &r);
		else
			on_record(p, find(p, r.rid), &r);
	}
	p->sum.torn += end == RECORD_TORN;
	if (end == RECORD_DAMAGED) {
		p->sum.corrupt++;
		p->trusted = false;
	}
}

/* --- files --- */

/* malloc'ed; absent when it cannot be read */
static struct str slurp(int fd)
{
	struct stat st;
	struct str bytes = STR_NONE;
	size_t n = 0;
	ssize_t got = 1;
	char *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		return bytes;
	p = malloc((size_t)st.st_size + 1);
	while (p && n < (size_t)st.st_size && got > 0) {
		got = read(fd, p + n, (size_t)st.st_size - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (p && got < 0) {
		free(p);
		p = NULL;
	}
	if (p)
		bytes = (struct str){ p, n };
	return bytes;
}

static bool read_file(struct replay *p, const char *dir, const char *name, struct fault *fault_r)
{
	char path[JOURNAL_PATH_MAX];
	struct str bytes;
	int fd;

	/* a path that was cut names no file, which is told below */
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	bytes = slurp(fd);
	if (str_absent(bytes)) {
		fault_set(fault_r, ERR_INTERNAL, "", "cannot read %s/%s: %s", dir, name,
			  strerror(errno));
	} else {
		read_segment(p, bytes);
		free((void *)(uintptr_t)bytes.p);
	}
	if (fd >= 0)
		close(fd);
	return !str_absent(bytes);
}

/* --- what is to be settled --- */

static struct charge charge_for(const struct replay *p, const struct request *q, int32_t attempt)
{
	struct charge c = { .attempt = attempt, .tokens_used = -1 };

	switch (q->attempt[attempt].step) {
	case STEP_SETTLED:
		c = q->attempt[attempt].charge;
		c.final = false;
		break;
	case STEP_DISPATCHED:
		c.unknown = true;
		c.cost_nanos = q->attempt[attempt].worst_nanos;
		break;
	default: c.unknown = !p->trusted; break;
	}
	memcpy(c.escrow, q->attempt[attempt].escrow, RID_MAX);
	return c;
}

/* the newest attempt comes last and ends the request */
static void tell(const struct replay *p, struct request *q, journal_found_f *fn, void *who)
{
	int32_t last = ATTEMPTS_MAX;

	while (last > 1 && q->attempt[last].step == STEP_NONE)
		last--;
	q->held.attempts = last;
	for (int32_t i = 1; i <= last; i++) {
		struct charge c = charge_for(p, q, i);

		if (q->attempt[i].step == STEP_NONE)
			continue;
		c.final = i == last;
		if (c.final)
			c.tokens_used = q->tokens_used;
		fn(who, &q->held, &c);
	}
}

static void tell_those(struct replay *p, bool slices, journal_found_f *fn, void *who)
{
	struct request *q, *more;

	HASH_ITER (hh, p->requests, q, more) {
		if (q->held.slice != slices)
			continue;
		if (slices)
			p->sum.slices++;
		else
			p->sum.unfinished++;
		if (fn)
			tell(p, q, fn, who);
		HASH_DEL(p->requests, q);
		free(q);
	}
}

bool journal_read(const char *dir, const char *own_name, journal_found_f *fn, void *who,
		  struct journal_replay *sum_r, struct fault *fault_r)
{
	struct replay p = { .trusted = true };
	char **names;
	size_t n;
	bool ok = journal_files(dir, &names, &n, fault_r);

	journal_boot(p.boot, sizeof(p.boot));
	for (size_t i = 0; ok && i < n; i++)
		ok = (own_name[0] && str_starts(str_of(names[i]), str_of(own_name))) ||
		     read_file(&p, dir, names[i], fault_r);
	if (ok && p.no_memory) {
		ok = false;
		fault_set(fault_r, ERR_INTERNAL, "", "no memory to read the journals in %s", dir);
	}
	/* when some of it could not be read, nothing is told: half of a story would settle wrongly
	 */
	tell_those(&p, false, ok ? fn : NULL, who);
	tell_those(&p, true, ok ? fn : NULL, who);
	*sum_r = p.sum;
	journal_files_free(names);
	return ok;
}

void journal_forget(const char *dir, const char *own_name)
{
	char path[JOURNAL_PATH_MAX];
	struct fault unused;
	char **names;
	size_t n;

	if (journal_files(dir, &names, &n, &unused))
		for (size_t i = 0; i < n; i++)
			if (!str_starts(str_of(names[i]), str_of(own_name)) &&
			    snprintf(path, sizeof(path), "%s/%s", dir, names[i]) <
				    (int)sizeof(path))
				unlink(path);
	journal_files_free(names);
}

void journal_set_aside(const char *dir)
{
	char from[JOURNAL_PATH_MAX], to[JOURNAL_PATH_MAX];
	struct fault unused;
	char **names;
	size_t n;

	if (journal_files(dir, &names, &n, &unused))
		for (size_t i = 0; i < n; i++)
			if (snprintf(from, sizeof(from), "%s/%s", dir, names[i]) <
				    (int)sizeof(from) &&
			    snprintf(to, sizeof(to), "%s/%s.settled", dir, names[i]) <
				    (int)sizeof(to))
				rename(from, to);
	journal_files_free(names);
}
