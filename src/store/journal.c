/*
 * journal.c -- the writing half: buffer, segments, fsync.
 *
 * Segments are deleted oldest first, each when all requests admitted in it have
 * ended. The records of a request lie in the segment of its admit and in later
 * ones, so no record goes that replay would need.
 */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/queue.h>
#include <unistd.h>
#include <uthash.h>

#include "base/ablation.h"
#include "base/log.h"
#include "store/journal_file.h"
#include "store/journal_record.h"

#define JOURNAL_MAGIC 0x6a726e6cu
/* records that wait for the end of the turn; what does not fit is refused */
#define BUFFER_BYTES (8 << 20)
/* the part of a segment that is kept for what is in flight when no next one can begin */
#define RESERVE(segment_bytes) ((segment_bytes) / 4)
#define TRY_AGAIN_US           1000000

struct segment {
	char path[JOURNAL_PATH_MAX];
	size_t unfinished; /* requests admitted in it that have not ended */
	TAILQ_ENTRY(segment) later;
};
TAILQ_HEAD(segments, segment);

struct entry {
	char rid[RID_MAX];
	struct segment *segment;
	UT_hash_handle hh;
};

/* one fsync on its way; lives until libuv calls back */
struct sync {
	uv_fs_t uv;
	struct journal *j; /* NULL: it was closed */
	int fd;            /* a duplicate, so that the segment may end meanwhile */
};

enum work { WORK_SEGMENT, WORK_WRITE, WORK_SYNC, WORK_COUNT };

struct journal {
	uint32_t magic;
	struct loop *loop;
	char *dir, *name;
	size_t segment_bytes;
	int64_t sync_us;
	int errors[WORK_COUNT]; /* errno of each kind of work when it was done last; 0: well */
	bool unsynced;
	int fd;      /* of the newest segment */
	size_t size; /* of the newest segment, whole records */
	unsigned number;
	struct segments segments; /* oldest first */
	struct entry *entries;
	struct buf out;
	struct loop_hook hook;
	struct timer timer; /* to sync; while not ok, to try again */
	struct sync *sync;  /* NULL: none on its way */
};

static struct segment *newest(struct journal *j)
{
	return TAILQ_LAST(&j->segments, segments);
}

bool journal_ok(const struct journal *j)
{
	for (int w = 0; w < WORK_COUNT; w++)
		if (j->errors[w])
			return false;
	return true;
}

/* one line for each change between well and ill */
static void set_error(struct journal *j, enum work w, int error)
{
	bool was_ok = journal_ok(j);

	j->errors[w] = error;
	if (was_ok && error)
		log_say(LOG_ERROR, "journal_failed", "%s: %s", newest(j)->path, strerror(error));
	if (!was_ok && journal_ok(j))
		log_say(LOG_INFO, "journal_works", "%s", newest(j)->path);
}

/* --- segments --- */

/* 0 or an errno; on success the new segment is the newest, with its first record in it */
static int begin_segment(struct journal *j)
{
	struct journal_record begin = { .type = RECORD_BEGIN };
	struct segment *s = calloc(1, sizeof(*s));
	struct buf first;
	int fd, error = ENOMEM;

	if (!s)
		return error;
	journal_boot(begin.boot, sizeof(begin.boot));
	buf_init(&first, RECORD_BYTES_MAX);
	journal_record_write(&first, &begin);
	fd = journal_file_create(j->dir, j->name, &j->number, j->segment_bytes, s->path);
	error = fd < 0 ? errno : journal_file_append(fd, 0, buf_str(&first));
	if (error) {
		if (fd >= 0) {
			close(fd);
			unlink(s->path);
		}
		free(s);
	} else {
		if (j->fd >= 0)
			journal_file_end(j->fd, j->size);
		j->fd = fd;
		j->size = first.n;
		TAILQ_INSERT_TAIL(&j->segments, s, later);
	}
	buf_release(&first);
	return error;
}

static void drop_ended(struct journal *j)
{
	struct segment *s;

	while ((s = TAILQ_FIRST(&j->segments)) != newest(j) && s->unfinished == 0) {
		TAILQ_REMOVE(&j->segments, s, later);
		unlink(s->path);
		free(s);
	}
}

/* --- writing --- */

/* again: it is time to try once more what failed */
static void write_out(struct journal *j, bool again)
{
	size_t limit = j->segment_bytes - RESERVE(j->segment_bytes);
	int error;

	if (j->size + j->out.n > limit && (again || !j->errors[WORK_SEGMENT]))
		set_error(j, WORK_SEGMENT, begin_segment(j));
	if (j->out.n == 0)
		return;
	error = journal_file_append(j->fd, j->size, buf_str(&j->out));
	if (!error) {
		j->size += j->out.n;
		j->unsynced = true;
		buf_reset(&j->out);
	}
	set_error(j, WORK_WRITE, error);
}

static bool on_phase(void *who)
{
	struct journal *j = who;

	write_out(j, false);
	drop_ended(j);
	if (!timer_is_set(&j->timer) && !journal_ok(j))
		timer_set(j->loop, &j->timer, loop_now_us(j->loop) + TRY_AGAIN_US);
	if (!timer_is_set(&j->timer) && j->unsynced && j->sync_us)
		timer_set(j->loop, &j->timer, loop_now_us(j->loop) + j->sync_us);
	return false;
}

/* --- fsync --- */

static void on_synced(uv_fs_t *uv)
{
	struct sync *s = CONTAINER_OF(uv, struct sync, uv);

	if (s->j) {
		s->j->sync = NULL;
		s->j->unsynced |= uv->result < 0;
		set_error(s->j, WORK_SYNC, uv->result < 0 ? (int)-uv->result : 0);
	}
	uv_fs_req_cleanup(uv);
	close(s->fd);
	free(s);
}

static void start_sync(struct journal *j)
{
	struct sync *s = calloc(1, sizeof(*s));

	if (!s)
		return; /* the next turn with records sets the timer again */
	s->fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0 || uv_fs_fdatasync(loop_uv(j->loop), &s->uv, s->fd, on_synced) != 0) {
		if (s->fd >= 0)
			close(s->fd);
		free(s);
		return;
	}
	s->j = j;
	j->sync = s;
	j->unsynced = false;
}

static void on_timer(void *who)
{
	struct journal *j = who;

	if (!journal_ok(j))
		write_out(j, true);
	if (j->unsynced && j->sync_us && !j->sync)
		start_sync(j);
}

/* --- records --- */

static bool add(struct journal *j, const struct journal_record *r)
{
	CHECK_OBJ(j, JOURNAL_MAGIC);
	if (ablated(ABLATE_journal))
		return true;
	if (j->out.max - j->out.n < RECORD_BYTES_MAX)
		return false;
	journal_record_write(&j->out, r);
	loop_wake(j->loop);
	return buf_ok(&j->out);
}

static struct entry *find(struct journal *j, const char *rid)
{
	struct entry *e;

	HASH_FIND_STR(j->entries, rid, e);
	return e;
}

static bool remember(struct journal *j, const char *rid)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return false;
	str_copy(e->rid, sizeof(e->rid), str_of(rid));
	e->segment = newest(j);
	e->segment->unfinished++;
	HASH_ADD_STR(j->entries, rid, e);
	return true;
}

static struct journal_record record_of(enum journal_type type, const char *rid)
{
	struct journal_record r = { .type = type };

	str_copy(r.rid, sizeof(r.rid), str_of(rid));
	return r;
}

bool journal_admit(struct journal *j, const struct held *h)
{
	struct journal_record r = record_of(h->slice ? RECORD_SLICE : RECORD_ADMIT, h->rid);

	r.held = *h;
	if (!journal_ok(j) || !add(j, &r))
		return false;
	return find(j, h->rid) || remember(j, h->rid);
}

bool journal_extend(struct journal *j, const char *rid, int32_t attempt)
{
	struct journal_record r = record_of(RECORD_EXTEND, rid);

	r.attempt = attempt;
	return journal_ok(j) && add(j, &r);
}

bool journal_escrow(struct journal *j, const char *rid, int32_t attempt, const char *escrow)
{
	struct journal_record r = record_of(RECORD_ESCROW, rid);

	r.attempt = attempt;
	str_copy(r.escrow, sizeof(r.escrow), str_of(escrow));
	return journal_ok(j) && add(j, &r);
}

bool journal_dispatch(struct journal *j, const char *rid, int32_t attempt, int64_t worst_nanos)
{
	struct journal_record r = record_of(RECORD_DISPATCH, rid);

	r.attempt = attempt;
	r.worst_nanos = worst_nanos;
	return journal_ok(j) && add(j, &r);
}

bool journal_settle(struct journal *j, const char *rid, const struct charge *c)
{
	struct journal_record r = record_of(RECORD_SETTLE, rid);

	r.charge = *c;
	return add(j, &r);
}

void journal_done(struct journal *j, const char *rid)
{
	struct journal_record r = record_of(RECORD_DONE, rid);
	struct entry *e = find(j, rid);

	if (!e)
		return;
	/* if it does not fit, replay settles once more what was settled */
	add(j, &r);
	e->segment->unfinished--;
	HASH_DEL(j->entries, e);
	free(e);
}

/* --- its life --- */

static void release(struct journal *j)
{
	struct segment *s;
	struct entry *e, *more;

	while ((s = TAILQ_FIRST(&j->segments))) {
		TAILQ_REMOVE(&j->segments, s, later);
		free(s);
	}
	HASH_ITER (hh, j->entries, e, more) {
		HASH_DEL(j->entries, e);
		free(e);
	}
	buf_release(&j->out);
	free(j->dir);
	free(j->name);
	j->magic = 0;
	free(j);
}

struct journal *journal_open(struct loop *l, const struct journal_conf *conf, struct fault *fault_r)
{
	struct journal *j = calloc(1, sizeof(*j));
	int error = ENOMEM;

	if (j) {
		*j = (struct journal){ .magic = JOURNAL_MAGIC,
				       .loop = l,
				       .fd = -1,
				       .segment_bytes = conf->segment_bytes,
				       .sync_us = conf->sync_ms * 1000 };
		TAILQ_INIT(&j->segments);
		buf_init(&j->out, BUFFER_BYTES);
		j->dir = strdup(conf->dir);
		j->name = strdup(conf->name);
		if (j->dir && j->name)
			error = begin_segment(j);
	}
	if (error) {
		fault_set(fault_r, ERR_INTERNAL, "", "cannot begin a journal in %s: %s", conf->dir,
			  strerror(error));
		if (j)
			release(j);
		return NULL;
	}
	j->hook = (struct loop_hook){ .run = on_phase, .who = j };
	j->timer = (struct timer){ .fire = on_timer, .who = j };
	loop_add_hook(l, PHASE_JOURNAL, &j->hook);
	return j;
}

void journal_close(struct journal *j)
{
	struct segment *last;

	if (!j)
		return;
	CHECK_OBJ(j, JOURNAL_MAGIC);
	write_out(j, true);
	loop_drop_hook(j->loop, PHASE_JOURNAL, &j->hook);
	timer_cancel(j->loop, &j->timer);
	if (j->sync)
		j->sync->j = NULL;
	if (j->sync_us && fdatasync(j->fd) != 0)
		set_error(j, WORK_SYNC, errno);
	journal_file_end(j->fd, j->size);
	drop_ended(j);
	last = newest(j);
	if (TAILQ_FIRST(&j->segments) == last && last->unfinished == 0)
		unlink(last->path);
	release(j);
}
