/*
 * decision_log.c -- collect on the loop, write on the thread pool.
 *
 * The files are touched by the pool while `writing`, else by the loop: never by both.
 */
#include "store/decision_log.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "conf/conf.h"
#include "core/snapshot_text.h"
#include "store/decision_file.h"

#define DECISION_LOG_MAGIC 0x4465634Cu

/* room for a catalog, a snapshot, and what comes in while a batch is written */
#define BUFFER_BYTES (16 << 20)
#define KEPT_BYTES   (1 << 20)
#define FLUSH_BYTES  (256 << 10)
#define FLUSH_US     100000
#define TRY_AGAIN_US 1000000

#define REF_BYTES 128

/* names of the catalogs, or of the snapshots, that stand in the file: the newest
 * DECISION_LOG_REMEMBERED of them */
struct refs {
	char of[DECISION_LOG_REMEMBERED][REF_BYTES];
	uint32_t n;
};

struct batch {
	struct buf text;
	int64_t records;
	bool begins; /* a file */
	int64_t now_ms;
};

struct decision_log {
	uint32_t magic;
	struct loop *loop;
	char *dir, *name;
	size_t segment_bytes;
	struct decision_files files;
	struct batch fill, out; /* what is collected, what is being written */
	size_t collected;       /* bytes since the file began */
	struct refs catalogs, snapshots;
	struct timer timer;
	bool writing;
	uv_sem_t written;      /* posted when a batch has been */
	int error;             /* errno of the batch written last */
	bool ill;              /* it could not be written, and that was told */
	int64_t not_before_us; /* while ill: nothing is collected until then */
	int64_t lost;
};

/* --- what stands in the file --- */

/* the newest first: nearly always it is that */
static bool is_there(const struct refs *r, const char *ref)
{
	for (uint32_t i = r->n; i > 0 && i + DECISION_LOG_REMEMBERED > r->n; i--)
		if (strcmp(r->of[(i - 1) % DECISION_LOG_REMEMBERED], ref) == 0)
			return true;
	return false;
}

static void note(struct refs *r, const char *ref)
{
	str_copy(r->of[r->n++ % DECISION_LOG_REMEMBERED], REF_BYTES, str_of(ref));
}

static void forget_all(struct decision_log *log)
{
	log->catalogs.n = log->snapshots.n = 0;
}

/* a text of several lines as one: between the values of JSON a space does as well */
static void on_one_line(struct buf *b, size_t from)
{
	for (char *p = b->p + from; p && (p = memchr(p, '\n', b->n - (size_t)(p - b->p))); p++)
		*p = ' ';
}

static void add_catalog(struct decision_log *log, const struct catalog *c)
{
	struct buf *b = &log->fill.text;
	size_t from = b->n;

	if (is_there(&log->catalogs, c->hash))
		return;
	buf_adds(b, "{\"catalog\":");
	conf_write(c, b);
	on_one_line(b, from);
	buf_printf(b, ",\"hash\":\"%s\"}\n", c->hash);
	note(&log->catalogs, c->hash);
}

static void add_snapshot(struct decision_log *log, const struct snapshot *s)
{
	struct buf *b = &log->fill.text;
	size_t from = b->n;
	char room[REF_BYTES];
	struct text ref = TEXT_IN(room);

	text_adds(&ref, s->hash);
	text_adds(&ref, " ");
	text_adds(&ref, s->catalog->hash);
	if (is_there(&log->snapshots, room))
		return;
	buf_adds(b, "{\"snapshot\":");
	snapshot_write(s, b);
	on_one_line(b, from);
	buf_printf(b, ",\"hash\":\"%s\",\"of_catalog\":\"%s\"}\n", s->hash, s->catalog->hash);
	note(&log->snapshots, room);
}

/* --- writing --- */

/* from now on a new file; nothing stands in it */
static void begin_anew(struct decision_log *log)
{
	log->fill.begins = true;
	log->collected = 0;
	forget_all(log);
}

/* What thousands of requests that ended at once have filled is given back. */
static void empty(struct batch *b)
{
	buf_reset(&b->text);
	if (b->text.cap > KEPT_BYTES) {
		buf_release(&b->text);
		buf_init(&b->text, BUFFER_BYTES);
	}
	b->records = 0;
	b->begins = false;
}

/* on any thread */
static void write_batch(struct decision_log *log)
{
	const struct batch *b = &log->out;

	log->error = 0;
	if (b->begins)
		log->error = decision_file_begin(&log->files, b->now_ms, log->segment_bytes);
	if (!log->error)
		log->error = decision_file_append(&log->files, buf_str(&b->text));
}

static void write_on_pool(void *who)
{
	struct decision_log *log = who;

	write_batch(log);
	uv_sem_post(&log->written);
}

static void swap_batches(struct decision_log *log)
{
	struct batch fill = log->fill;

	log->fill = log->out;
	log->out = fill;
	log->out.now_ms = clock_wall_us() / 1000;
	empty(&log->fill);
}

/* one line for each change between well and ill */
static void set_ill(struct decision_log *log, bool ill)
{
	if (ill && !log->ill)
		log_say(LOG_ERROR, "decisions_failed", "%s: %s", log->dir, strerror(log->error));
	if (!ill && log->ill)
		log_say(LOG_INFO, "decisions_work", "%s", log->dir);
	log->ill = ill;
}

static void lose(struct decision_log *log, struct batch *b)
{
	log->lost += b->records;
	empty(b);
	begin_anew(log);
}

static void flush(void *who);

static void on_written(void *who)
{
	struct decision_log *log = who;

	CHECK_OBJ(log, DECISION_LOG_MAGIC);
	uv_sem_wait(&log->written);
	log->writing = false;
	set_ill(log, log->error != 0);
	if (log->error) {
		lose(log, &log->fill); /* it counts on what stood in the file */
		lose(log, &log->out);
		log->not_before_us = loop_now_us(log->loop) + TRY_AGAIN_US;
	}
	empty(&log->out);
	if (log->fill.records)
		timer_set(log->loop, &log->timer, loop_now_us(log->loop) + FLUSH_US);
}

static void flush(void *who)
{
	struct decision_log *log = who;

	if (log->writing || !log->fill.records)
		return;
	timer_cancel(log->loop, &log->timer);
	swap_batches(log);
	log->writing = loop_work(log->loop, write_on_pool, on_written, log);
	if (!log->writing)
		lose(log, &log->out);
}

/* --- records --- */

void decision_log_add(struct decision_log *log, const struct decision *d,
		      const struct snapshot *snapshot)
{
	struct buf *b = &log->fill.text;
	size_t from = b->n;

	CHECK_OBJ(log, DECISION_LOG_MAGIC);
	if (loop_now_us(log->loop) < log->not_before_us) {
		log->lost++;
		return;
	}
	if (log->fill.records == 0 && log->collected >= log->segment_bytes)
		begin_anew(log);
	add_catalog(log, snapshot->catalog);
	add_snapshot(log, snapshot);
	decision_write(b, d);
	if (!buf_ok(b)) { /* what was noted as written before it may be what did not fit */
		b->n = from;
		b->overflow = false;
		forget_all(log);
		log->lost++;
		return;
	}
	log->collected += b->n - from;
	log->fill.records++;
	if (b->n >= FLUSH_BYTES)
		flush(log);
	else if (!timer_is_set(&log->timer) && !log->writing)
		timer_set(log->loop, &log->timer, loop_now_us(log->loop) + FLUSH_US);
}

int64_t decision_log_lost(struct decision_log *log)
{
	int64_t lost = log->lost;

	log->lost = 0;
	return lost;
}

/* --- its life --- */

static void release(struct decision_log *log)
{
	decision_file_end(&log->files);
	uv_sem_destroy(&log->written);
	buf_release(&log->fill.text);
	buf_release(&log->out.text);
	free(log->dir);
	free(log->name);
	log->magic = 0;
	free(log);
}

struct decision_log *decision_log_open(struct loop *l, const struct decision_log_conf *conf)
{
	struct decision_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	if (uv_sem_init(&log->written, 0) != 0) {
		free(log);
		return NULL;
	}
	log->magic = DECISION_LOG_MAGIC;
	log->loop = l;
	log->segment_bytes = conf->segment_bytes;
	log->dir = strdup(conf->dir);
	log->name = strdup(conf->name);
	log->files = (struct decision_files){
		.dir = log->dir, .name = log->name, .most_bytes = conf->most_bytes, .fd = -1
	};
	log->timer = (struct timer){ .fire = flush, .who = log };
	buf_init(&log->fill.text, BUFFER_BYTES);
	buf_init(&log->out.text, BUFFER_BYTES);
	begin_anew(log);
	if (log->dir && log->name)
		return log;
	release(log);
	return NULL;
}

void decision_log_close(struct decision_log *log)
{
	if (!log)
		return;
	CHECK_OBJ(log, DECISION_LOG_MAGIC);
	timer_cancel(log->loop, &log->timer);
	if (log->writing)
		uv_sem_wait(&log->written);
	if (log->fill.records && !log->error) {
		swap_batches(log);
		write_batch(log);
	}
	release(log);
}
