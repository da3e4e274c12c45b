/* check_journal.c -- what is written is read back, whatever happened to process and disk. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "store/journal.h"
#include "store/journal_file.h"
#include "store/journal_record.h"
#include "unit.h"

#define SEGMENT 65536

static char dir[64];
static struct loop *loop;
static struct journal *journal;
static struct journal_conf conf;

/* --- the world of a test --- */

static void setup(void)
{
	snprintf(dir, sizeof(dir), "%.32s/sr-journal-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	log_setup(LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
	conf = (struct journal_conf){
		.dir = dir, .name = "w0", .segment_bytes = SEGMENT, .sync_ms = 1
	};
	loop = loop_new();
	journal = NULL;
}

static void teardown(void)
{
	char command[96];

	journal_close(journal);
	loop_free(loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static void open_journal(void)
{
	struct fault f;

	journal = journal_open(loop, &conf, &f);
	ck_assert_msg(journal != NULL, "%s", f.text);
}

/* the end of a turn, in which what was added is written */
static void turn(void)
{
	loop_wake(loop);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

/* the process is gone: nothing more is written, and what was not written is lost */
static void crash(void)
{
	/* a crashed process leaves its journal behind and its memory to the kernel; here the child
	 * of a fork plays the process, so there is nothing to undo */
	_exit(0);
}

static struct held held_of(const char *rid)
{
	struct payer payer = { .expires_us = 0 };
	struct held h;

	str_copy(payer.scope[SCOPE_org].id, ID_MAX, STR("acme"));
	str_copy(payer.scope[SCOPE_team].id, ID_MAX, STR("t1"));
	str_copy(payer.scope[SCOPE_key].id, ID_MAX, STR("k1"));
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&payer.scope[s].limits);
	payer.scope[SCOPE_key].limits.budget_nanos[PERIOD_month] = 1000;
	books_open(&h, str_of(rid), STR("gw-1"), &payer, NULL, 4000000000000000LL, 30000);
	return h;
}

static void admit(const char *rid)
{
	struct held h = held_of(rid);

	ck_assert(journal_admit(journal, &h));
}

static void dispatch(const char *rid, int32_t attempt, int64_t worst)
{
	ck_assert(journal_dispatch(journal, rid, attempt, worst));
}

static void settle(const char *rid, int32_t attempt, int64_t cost, bool final)
{
	struct charge c = { .attempt = attempt,
			    .cost_nanos = cost,
			    .final = final,
			    .tokens_used = final ? 77 : -1 };

	ck_assert(journal_settle(journal, rid, &c));
}

/* --- what replay says --- */

struct told {
	char rid[RID_MAX];
	struct held held;
	struct charge charge;
};

static struct told told[64];
static size_t n_told;
static struct journal_replay sum;

static void on_found(void *who, const struct held *h, const struct charge *c)
{
	(void)who;
	if (n_told == COUNT_OF(told))
		return;
	str_copy(told[n_told].rid, RID_MAX, str_of(h->rid));
	told[n_told].held = *h;
	told[n_told++].charge = *c;
}

static void replay(void)
{
	struct fault f;

	n_told = 0;
	ck_assert_msg(journal_read(dir, "", on_found, NULL, &sum, &f), "%s", f.text);
}

static void expect(size_t i, const char *rid, int32_t attempt, int64_t cost, bool unknown,
		   bool final)
{
	ck_assert_uint_lt(i, n_told);
	ck_assert_str_eq(told[i].rid, rid);
	ck_assert_int_eq(told[i].charge.attempt, attempt);
	ck_assert_int_eq(told[i].charge.cost_nanos, cost);
	ck_assert_int_eq(told[i].charge.unknown, unknown);
	ck_assert_int_eq(told[i].charge.final, final);
}

static size_t n_files(void)
{
	struct fault f;
	char **names;
	size_t n;

	ck_assert(journal_files(dir, &names, &n, &f));
	journal_files_free(names);
	return n;
}

/* --- records --- */

static void fill(void *p, size_t n, struct rnd *r)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)p)[i] = (unsigned char)rnd_u64(r);
}

static void fill_id(char *dst, size_t cap, struct rnd *r)
{
	size_t n = 1 + rnd_below(r, (uint32_t)cap - 1);

	for (size_t i = 0; i < n; i++)
		dst[i] = "abcXYZ019._-"[rnd_below(r, 12)];
	memset(dst + n, 0, cap - n);
}

static int64_t any_int(struct rnd *r)
{
	return (int64_t)(rnd_u64(r) >> rnd_below(r, 64)) * (rnd_below(r, 2) ? 1 : -1);
}

static void random_held(struct held *h, struct rnd *r)
{
	*h = (struct held){ .expires_us = any_int(r),
			    .issued_us = any_int(r),
			    .ttl_ms = any_int(r),
			    .attempts = (int32_t)rnd_below(r, ATTEMPTS_MAX + 1) };
	fill_id(h->rid, sizeof(h->rid), r);
	fill_id(h->owner, sizeof(h->owner), r);
	for (int s = 0; s < SCOPE_COUNT; s++) {
		struct payer_scope *scope = &h->scope[s];

		fill_id(scope->id, sizeof(scope->id), r);
		scope->ver = any_int(r);
		scope->blocked = rnd_below(r, 2);
		for (int p = 0; p < PERIOD_COUNT; p++)
			scope->limits.budget_nanos[p] = any_int(r);
		for (int i = 0; i < RATE_COUNT; i++)
			scope->limits.rate[i] = any_int(r);
		scope->limits.concurrency = any_int(r);
	}
	for (int p = 0; p < PERIOD_COUNT; p++) {
		fill_id(h->period_id[p], sizeof(h->period_id[p]), r);
		h->period_start_us[p] = any_int(r);
		h->period_end_us[p] = any_int(r);
	}
}

static void random_charge(struct charge *c, struct rnd *r)
{
	*c = (struct charge){ .attempt = (int32_t)rnd_below(r, ATTEMPTS_MAX + 1),
			      .cost_nanos = llabs(any_int(r)),
			      .unknown = rnd_below(r, 2),
			      .estimated = rnd_below(r, 2),
			      .final = rnd_below(r, 2),
			      .tokens_used = any_int(r),
			      .usage = { .seen = rnd_below(r, 2),
					 .estimated = rnd_below(r, 2),
					 .reasoning = any_int(r) } };
	fill_id(c->model, sizeof(c->model), r);
	fill_id(c->endpoint, sizeof(c->endpoint), r);
	for (int i = 0; i < USAGE_COUNT; i++)
		c->usage.tokens[i] = any_int(r);
}

START_TEST(every_record_is_read_as_it_was_written)
{
	struct rnd r = rnd_seed(5);
	struct buf b;

	buf_init(&b, RECORD_BYTES_MAX);
	for (int i = 0; i < 20000; i++) {
		struct journal_record in = { .type = (enum journal_type)rnd_below(&r,
										  RECORD_TYPES) },
				      out;
		struct str rest;

		switch (in.type) {
		case RECORD_BEGIN: fill_id(in.boot, sizeof(in.boot), &r); break;
		case RECORD_SLICE:
		case RECORD_ADMIT: random_held(&in.held, &r); break;
		case RECORD_SETTLE: random_charge(&in.charge, &r); break;
		case RECORD_ESCROW: fill_id(in.escrow, sizeof(in.escrow), &r); /* fall through */
		case RECORD_EXTEND: in.attempt = 1 + (int32_t)rnd_below(&r, ATTEMPTS_MAX); break;
		case RECORD_DISPATCH:
			in.attempt = ATTEMPTS_MAX;
			in.worst_nanos = llabs(any_int(&r));
			break;
		default: break;
		}
		in.held.slice = in.type == RECORD_SLICE;
		if (in.type == RECORD_ADMIT || in.type == RECORD_SLICE)
			memcpy(in.rid, in.held.rid, sizeof(in.rid));
		else if (in.type != RECORD_BEGIN)
			fill_id(in.rid, sizeof(in.rid), &r);
		buf_reset(&b);
		journal_record_write(&b, &in);
		ck_assert(buf_ok(&b));
		rest = buf_str(&b);
		ck_assert_int_eq(journal_record_read(&rest, &out), RECORD_READ);
		ck_assert_uint_eq(rest.n, 0);
		ck_assert_int_eq(out.type, in.type);
		ck_assert_str_eq(out.rid, in.rid);
		ck_assert_str_eq(out.boot, in.boot);
		ck_assert_int_eq(out.attempt, in.attempt);
		ck_assert_int_eq(out.worst_nanos, in.worst_nanos);
		ck_assert_str_eq(out.escrow, in.escrow);
		ck_assert_mem_eq(&out.held, &in.held, sizeof(in.held));
		ck_assert_mem_eq(&out.charge, &in.charge, sizeof(in.charge));
	}
	buf_release(&b);
}
END_TEST

/* --- what is found, what is done: the table of doc/money.md --- */

START_TEST(an_ended_request_is_not_told)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 200);
	settle("r1", 1, 150, true);
	journal_done(journal, "r1");
	turn();
	replay();
	ck_assert_uint_eq(n_told, 0);
	ck_assert_int_eq(sum.records, 5); /* and the segment's own */
	ck_assert_int_eq(sum.requests, 1);
	ck_assert_int_eq(sum.unfinished, 0);
}
END_TEST

START_TEST(admitted_and_never_sent_is_released)
{
	open_journal();
	admit("r1");
	turn();
	replay();
	ck_assert_uint_eq(n_told, 1);
	expect(0, "r1", 1, 0, false, true);
	ck_assert_int_eq(told[0].charge.tokens_used, -1);
}
END_TEST

START_TEST(sent_and_not_settled_is_unknown)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 200);
	turn();
	replay();
	ck_assert_uint_eq(n_told, 1);
	expect(0, "r1", 1, 200, true, true);
}
END_TEST

START_TEST(settled_and_not_confirmed_is_settled_again)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 200);
	settle("r1", 1, 150, true);
	turn();
	replay();
	ck_assert_uint_eq(n_told, 1);
	expect(0, "r1", 1, 150, false, true);
	ck_assert_int_eq(told[0].charge.tokens_used, 77);
}
END_TEST

/* what a slice holds is needed until all that it pays for is settled */
START_TEST(a_slice_is_told_behind_what_it_pays_for)
{
	struct held slice = held_of("a-slice");

	slice.slice = true;
	open_journal();
	ck_assert(journal_admit(journal, &slice));
	admit("r1");
	ck_assert(journal_escrow(journal, "r1", 1, "a-slice"));
	dispatch("r1", 1, 200);
	settle("r1", 1, 150, true);
	admit("r2");
	ck_assert(journal_escrow(journal, "r2", 2, "a-slice"));
	dispatch("r2", 2, 200);
	turn();
	replay();
	ck_assert_uint_eq(n_told, 4);
	ck_assert_int_eq(sum.unfinished, 2);
	ck_assert_int_eq(sum.slices, 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(told[i].charge.escrow,
				 told[i].charge.attempt == 2 || strcmp(told[i].rid, "r1") == 0
					 ? "a-slice"
					 : "");
	expect(3, "a-slice", 1, 0, false, true);
	ck_assert(told[3].held.slice);
	ck_assert_str_eq(told[3].charge.escrow, "");
}
END_TEST

START_TEST(each_attempt_is_told_and_the_last_is_final)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 200);
	settle("r1", 1, 60, false);
	ck_assert(journal_extend(journal, "r1", 2));
	dispatch("r1", 2, 300);
	ck_assert(journal_extend(journal, "r1", 3));
	admit("r2");
	turn();
	replay();
	ck_assert_uint_eq(n_told, 4);
	expect(0, "r1", 1, 60, false, false);
	expect(1, "r1", 2, 300, true, false);
	expect(2, "r1", 3, 0, false, true);
	expect(3, "r2", 1, 0, false, true);
	ck_assert_int_eq(told[0].held.attempts, 3);
}
END_TEST

/* attempt 1 ended the request while the hedge was on its way */
START_TEST(the_final_charge_may_not_be_of_the_last_attempt)
{
	open_journal();
	admit("r1");
	ck_assert(journal_extend(journal, "r1", 2));
	dispatch("r1", 1, 200);
	dispatch("r1", 2, 300);
	settle("r1", 1, 60, true);
	turn();
	replay();
	ck_assert_uint_eq(n_told, 2);
	expect(0, "r1", 1, 60, false, false);
	expect(1, "r1", 2, 300, true, true);
	ck_assert_int_eq(told[1].charge.tokens_used, 77);
}
END_TEST

START_TEST(the_newest_charge_of_an_attempt_counts)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 200);
	settle("r1", 1, 60, false);
	settle("r1", 1, 70, true);
	turn();
	replay();
	expect(0, "r1", 1, 70, false, true);
}
END_TEST

START_TEST(what_is_told_holds_the_request)
{
	struct held h = held_of("r1");

	open_journal();
	ck_assert(journal_admit(journal, &h));
	turn();
	replay();
	h.attempts = 1;
	ck_assert_mem_eq(&told[0].held, &h, sizeof(h));
}
END_TEST

/* the same request in a new period: the counters are the newer ones */
START_TEST(a_repeated_admit_replaces_the_first)
{
	struct held h = held_of("r1");

	open_journal();
	ck_assert(journal_admit(journal, &h));
	h.issued_us += 1;
	ck_assert(journal_admit(journal, &h));
	turn();
	replay();
	ck_assert_uint_eq(n_told, 1);
	ck_assert_int_eq(told[0].held.issued_us, h.issued_us);
	journal_done(journal, "r1");
	turn();
	replay();
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

START_TEST(nothing_is_written_before_the_end_of_the_turn)
{
	open_journal();
	turn();
	admit("r1");
	replay();
	ck_assert_uint_eq(n_told, 0);
	turn();
	replay();
	ck_assert_uint_eq(n_told, 1);
}
END_TEST

/* --- segments --- */

START_TEST(segments_go_when_all_in_them_have_ended)
{
	char rid[16];

	open_journal();
	for (int i = 0; i < 2000; i++) {
		snprintf(rid, sizeof(rid), "r%d", i);
		admit(rid);
		dispatch(rid, 1, 10);
		if (i != 700) {
			settle(rid, 1, 10, true);
			journal_done(journal, rid);
		}
		turn();
	}
	/* r700's segment and all that follow are kept */
	ck_assert_uint_gt(n_files(), 2);
	replay();
	ck_assert_uint_eq(n_told, 1);
	expect(0, "r700", 1, 10, true, true);
	journal_done(journal, "r700");
	turn();
	ck_assert_uint_eq(n_files(), 1);
	journal_close(journal);
	journal = NULL;
	ck_assert_uint_eq(n_files(), 0);
}
END_TEST

START_TEST(a_request_may_lie_across_segments)
{
	char rid[16];

	conf.segment_bytes = 2048;
	open_journal();
	for (int i = 0; i < 20; i++) {
		snprintf(rid, sizeof(rid), "r%d", i);
		admit(rid);
		turn();
	}
	for (int i = 0; i < 20; i++) {
		snprintf(rid, sizeof(rid), "r%d", i);
		dispatch(rid, 1, i);
		turn();
	}
	ck_assert_uint_gt(n_files(), 2);
	replay();
	ck_assert_uint_eq(n_told, 20);
	for (int i = 0; i < 20; i++) {
		snprintf(rid, sizeof(rid), "r%d", i);
		expect((size_t)i, rid, 1, i, true, true);
	}
}
END_TEST

START_TEST(several_workers_and_lives_share_a_directory)
{
	struct journal_conf other = { .dir = dir, .name = "w1", .segment_bytes = SEGMENT };
	struct fault f;
	struct journal *second = journal_open(loop, &other, &f);
	struct held h = held_of("r2");

	open_journal();
	admit("r1");
	ck_assert(journal_admit(second, &h));
	turn();
	journal_close(second);
	replay();
	ck_assert_uint_eq(n_told, 2);
	journal_forget(dir, "w0");
	replay();
	ck_assert_uint_eq(n_told, 1);
	expect(0, "r1", 1, 0, false, true);
}
END_TEST

START_TEST(a_name_that_exists_is_not_overwritten)
{
	open_journal();
	admit("r1");
	journal_close(journal);
	open_journal();
	admit("r2");
	turn();
	replay();
	ck_assert_uint_eq(n_told, 2);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_told)
{
	struct fault f;

	conf.dir = "/nonexistent/journal";
	ck_assert_ptr_null(journal_open(loop, &conf, &f));
	ck_assert(str_has(str_of(f.text), "/nonexistent/journal"));
	ck_assert(!journal_read(conf.dir, "", on_found, NULL, &sum, &f));
}
END_TEST

/* --- damage --- */

static char image[16384];
static size_t image_n;

static void path_of_only(char *path, size_t cap)
{
	struct fault f;
	char **names;
	size_t n;

	ck_assert(journal_files(dir, &names, &n, &f));
	ck_assert_uint_eq(n, 1);
	snprintf(path, cap, "%s/%s", dir, names[0]);
	journal_files_free(names);
}

static void save_image(void)
{
	char path[128];
	int fd;

	path_of_only(path, sizeof(path));
	fd = open(path, O_RDONLY);
	image_n = (size_t)read(fd, image, sizeof(image));
	close(fd);
	ck_assert_uint_lt(image_n, sizeof(image));
}

static void write_image(const char *p, size_t n)
{
	char path[128];
	int fd;

	path_of_only(path, sizeof(path));
	fd = open(path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, p, n), n);
	close(fd);
}

/* r1 ended, r2 settled, r3 sent, r4 admitted */
static void write_a_story(void)
{
	open_journal();
	admit("r1");
	dispatch("r1", 1, 100);
	settle("r1", 1, 90, true);
	journal_done(journal, "r1");
	admit("r2");
	dispatch("r2", 1, 200);
	settle("r2", 1, 190, true);
	admit("r3");
	dispatch("r3", 1, 300);
	admit("r4");
	turn();
	journal_close(journal);
	journal = NULL;
	save_image();
}

/* Whatever is cut off: nothing that may have cost money is told to have cost nothing. */
static void expect_no_lie(void)
{
	for (size_t i = 0; i < n_told; i++) {
		const struct charge *c = &told[i].charge;
		int64_t truth = told[i].rid[1] * 100 - '0' * 100 - 10;

		ck_assert(c->unknown || c->cost_nanos == truth ||
			  (told[i].rid[1] == '4' && c->cost_nanos == 0));
	}
}

START_TEST(a_torn_tail_ends_the_reading)
{
	int64_t before = 0;

	write_a_story();
	for (size_t n = 0; n <= image_n; n++) {
		write_image(image, n);
		replay();
		ck_assert_int_ge(sum.records, before);
		ck_assert_int_le(sum.records, before + 1);
		ck_assert_int_eq(sum.corrupt, 0);
		ck_assert_int_eq(sum.torn, n > 0 && sum.records == before);
		before = sum.records;
	}
	ck_assert_int_eq(before, 11);
}
END_TEST

START_TEST(a_flipped_bit_ends_the_reading)
{
	int64_t damaged = 0;

	write_a_story();
	for (size_t bit = 0; bit < image_n * 8; bit++) {
		image[bit / 8] ^= (char)(1 << bit % 8);
		write_image(image, image_n);
		image[bit / 8] ^= (char)(1 << bit % 8);
		replay();
		ck_assert_int_eq(sum.corrupt, 1);
		ck_assert_int_lt(sum.records, 11);
		expect_no_lie();
		damaged++;
	}
	ck_assert_int_gt(damaged, 5000);
}
END_TEST

START_TEST(noise_is_read_without_harm)
{
	struct rnd r = rnd_seed(9);
	struct journal_record rec;
	char noise[4096];

	write_a_story();
	for (int i = 0; i < 3000; i++) {
		struct str rest = { noise, rnd_below(&r, sizeof(noise)) };

		fill(noise, rest.n, &r);
		/* a good record first, so that what follows is reached */
		if (i % 2 && rest.n > image_n)
			memcpy(noise, image, image_n);
		while (journal_record_read(&rest, &rec) == RECORD_READ)
			;
	}
}
END_TEST

START_TEST(after_another_boot_intent_is_not_enough)
{
	struct journal_record begin = { .type = RECORD_BEGIN, .boot = "another-boot" };
	struct str rest;
	struct journal_record first;
	struct buf b;

	write_a_story();
	buf_init(&b, sizeof(image));
	journal_record_write(&b, &begin);
	rest = (struct str){ image, image_n };
	ck_assert_int_eq(journal_record_read(&rest, &first), RECORD_READ);
	buf_add(&b, rest);
	write_image(b.p, b.n);
	buf_release(&b);
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	ck_assert_uint_eq(n_told, 3);
	expect(0, "r2", 1, 190, false, true);
	expect(1, "r3", 1, 300, true, true);
	expect(2, "r4", 1, 0, true, true);
}
END_TEST

/* --- the disk --- */

static void limit_files_to(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_stops_admissions_and_loses_nothing)
{
	char rid[16];
	int n = 0;
	struct held h;

	signal(SIGXFSZ, SIG_IGN);
	open_journal();
	limit_files_to(10000);
	for (; journal_ok(journal); n++) {
		ck_assert_int_lt(n, 1000);
		snprintf(rid, sizeof(rid), "r%d", n);
		admit(rid);
		turn();
	}
	h = held_of("late");
	ck_assert(!journal_admit(journal, &h));
	ck_assert(!journal_dispatch(journal, "r0", 1, 5));
	/* what failed is not half there, and a settle is kept until there is room */
	settle("r0", 1, 5, true);
	turn();
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	ck_assert_int_eq(sum.requests, n - 1);
	limit_files_to(RLIM_INFINITY);
	for (int i = 0; i < 200 && !journal_ok(journal); i++) {
		usleep(10000);
		turn();
	}
	ck_assert(journal_ok(journal));
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	ck_assert_int_eq(sum.requests, n);
	expect(0, "r0", 1, 5, false, true);
}
END_TEST

/* the next segment cannot begin: what is in flight still has the reserve of this one */
START_TEST(when_no_segment_can_begin_the_reserve_is_left)
{
	char away[80], rid[16];
	int n = 0, settled = 0;

	open_journal();
	turn();
	snprintf(away, sizeof(away), "%s-away", dir);
	ck_assert_int_eq(rename(dir, away), 0);
	for (; journal_ok(journal); n++) {
		ck_assert_int_lt(n, 10000);
		snprintf(rid, sizeof(rid), "r%d", n);
		admit(rid);
		turn();
	}
	for (; settled < n; settled++) {
		snprintf(rid, sizeof(rid), "r%d", settled);
		settle(rid, 1, 7, true);
		turn();
	}
	ck_assert(!journal_ok(journal));
	ck_assert_int_eq(rename(away, dir), 0);
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	ck_assert_int_eq(sum.unfinished, n);
	expect(0, "r0", 1, 7, false, true);
	for (int i = 0; i < 200 && !journal_ok(journal); i++) {
		usleep(10000);
		turn();
	}
	ck_assert(journal_ok(journal));
	ck_assert_uint_eq(n_files(), 2);
}
END_TEST

START_TEST(a_full_buffer_refuses)
{
	struct held h = held_of("r");
	int n = 0;

	open_journal();
	while (journal_admit(journal, &h)) /* without an end of the turn */
		ck_assert_int_lt(n++, 1000000);
	ck_assert_int_gt(n, 1000);
	turn();
	ck_assert(journal_admit(journal, &h));
}
END_TEST

/* --- kill -9 --- */

/* the life of a request, a step a turn */
static void step(int i)
{
	switch (i) {
	case 0: admit("r1"); break;
	case 1: dispatch("r1", 1, 200); break;
	case 2: settle("r1", 1, 60, false); break;
	case 3: ck_assert(journal_extend(journal, "r1", 2)); break;
	case 4: dispatch("r1", 2, 300); break;
	case 5: settle("r1", 2, 250, true); break;
	case 6: journal_done(journal, "r1"); break;
	}
}

/* what is to be told after so many steps were written: cost, -1 unknown, -2 nothing */
static const int64_t after[8][2] = { { -2, -2 }, { 0, -2 },  { -1, -2 },  { 60, -2 },
				     { 60, 0 },  { 60, -1 }, { 60, 250 }, { -2, -2 } };

/* _i: after which step it is killed, before or after the step was written */
START_TEST(a_kill_between_any_two_steps)
{
	int steps = _i / 2, written = steps + _i % 2, status;
	size_t expected = 0;
	pid_t child = fork();

	if (child == 0) {
		open_journal();
		for (int i = 0; i < steps; i++) {
			step(i);
			turn();
		}
		step(steps);
		if (_i % 2)
			turn();
		kill(getpid(), SIGKILL);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	for (int a = 0; a < 2; a++) {
		int64_t cost = after[written][a];

		if (cost == -2)
			continue;
		expect(expected, "r1", a + 1, cost < 0 ? (a ? 300 : 200) : cost, cost < 0,
		       after[written][1] == -2 || a == 1);
		expected++;
	}
	ck_assert_uint_eq(n_told, expected);
}
END_TEST

/* A child writes as fast as it can and says on a pipe what is on disk; it is killed anywhere. */
START_TEST(a_kill_at_any_moment)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	int pipes[2], status;
	int64_t last = -1, n;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		open_journal();
		for (n = 0; n < 1000000; n++) {
			char rid[24];

			snprintf(rid, sizeof(rid), "r%lld", (long long)n);
			admit(rid);
			turn();
			if (write(pipes[1], &n, sizeof(n)) != sizeof(n))
				crash();
		}
		crash();
	}
	close(pipes[1]);
	usleep(2000 + rnd_below(&r, 30000));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	while (read(pipes[0], &n, sizeof(n)) == sizeof(n))
		last = n;
	close(pipes[0]);
	replay();
	ck_assert_int_eq(sum.corrupt, 0);
	ck_assert_int_ge(sum.unfinished, last + 1);
}
END_TEST

/* --- speed --- */

static int64_t n_found;

static void count(void *who, const struct held *h, const struct charge *c)
{
	(void)who, (void)h, (void)c;
	n_found++;
}

START_TEST(replay_is_fast)
{
	struct fault f;
	int64_t began_us, work_began_us;
	double seconds, work_s;
	char rid[40];

	conf.segment_bytes = 16 << 20;
	open_journal();
	for (int i = 0; i < 50000; i++) {
		snprintf(rid, sizeof(rid), "0123456789abcdef-0-%d", i);
		admit(rid);
		dispatch(rid, 1, 200);
		settle(rid, 1, 150, true);
		if (i % 2)
			journal_done(journal, rid);
		if (i % 100 == 0)
			turn();
	}
	turn();
	n_found = 0;
	began_us = clock_mono_us();
	work_began_us = clock_work_us();
	ck_assert(journal_read(dir, "", count, NULL, &sum, &f));
	work_s = (double)(clock_work_us() - work_began_us) / 1e6;
	seconds = (double)(clock_mono_us() - began_us) / 1e6;
	printf("replay: %lld records in %.3f s of work: %.0f a second\n", (long long)sum.records,
	       work_s, (double)sum.records / work_s);
	ck_assert_int_eq(n_found, 25000);
	ck_assert_double_gt((double)sum.records / work_s, 50000);
	/* and it does not wait, which is no work; a busy machine may let it wait */
	ck_assert_double_gt((double)sum.records / seconds, 5000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_record_is_read_as_it_was_written);
	tcase_add_test(t, an_ended_request_is_not_told);
	tcase_add_test(t, admitted_and_never_sent_is_released);
	tcase_add_test(t, sent_and_not_settled_is_unknown);
	tcase_add_test(t, a_slice_is_told_behind_what_it_pays_for);
	tcase_add_test(t, settled_and_not_confirmed_is_settled_again);
	tcase_add_test(t, each_attempt_is_told_and_the_last_is_final);
	tcase_add_test(t, the_final_charge_may_not_be_of_the_last_attempt);
	tcase_add_test(t, the_newest_charge_of_an_attempt_counts);
	tcase_add_test(t, what_is_told_holds_the_request);
	tcase_add_test(t, a_repeated_admit_replaces_the_first);
	tcase_add_test(t, nothing_is_written_before_the_end_of_the_turn);
	tcase_add_test(t, segments_go_when_all_in_them_have_ended);
	tcase_add_test(t, a_request_may_lie_across_segments);
	tcase_add_test(t, several_workers_and_lives_share_a_directory);
	tcase_add_test(t, a_name_that_exists_is_not_overwritten);
	tcase_add_test(t, a_directory_that_is_not_there_is_told);
	tcase_add_test(t, a_torn_tail_ends_the_reading);
	tcase_add_test(t, a_flipped_bit_ends_the_reading);
	tcase_add_test(t, noise_is_read_without_harm);
	tcase_add_test(t, after_another_boot_intent_is_not_enough);
	tcase_add_test(t, a_full_disk_stops_admissions_and_loses_nothing);
	tcase_add_test(t, when_no_segment_can_begin_the_reserve_is_left);
	tcase_add_test(t, a_full_buffer_refuses);
	tcase_add_loop_test(t, a_kill_between_any_two_steps, 0, 14);
	tcase_add_loop_test(t, a_kill_at_any_moment, 0, 20);
	tcase_add_test(t, replay_is_fast);
	suite_add_tcase(s, t);
	return unit_run(s);
}
