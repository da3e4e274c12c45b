/*
 * target_journal.c -- a journal of any bytes is read without trusting them: records that
 * are well formed are the same when written again, and a replay tells of each unfinished
 * request's attempts in order, the last of them final.
 *
 * The input is a list of records; each gets a length and a CRC that fit, unless a bit of
 * its first byte says that it shall be spoiled.
 */
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "fuzz.h"
#include "store/journal.h"
#include "store/journal_file.h"
#include "store/journal_record.h"

#define HEAD 8

enum { SPOIL_LENGTH = 1, SPOIL_CRC = 2, CUT = 4, OWN_BOOT = 8 };

static void add_number(struct buf *b, uint32_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_addc(b, (char)(n >> 8 * i));
}

/* a record around these fields, as the writer would frame them */
static void add_framed(struct buf *b, struct str fields, uint64_t spoil)
{
	uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)fields.p, (uInt)fields.n);

	add_number(b, (uint32_t)fields.n, 2);
	add_number(b, ~(uint32_t)fields.n ^ (spoil & SPOIL_LENGTH ? 1 : 0), 2);
	add_number(b, crc ^ (spoil & SPOIL_CRC ? 1 : 0), 4);
	buf_add(b, spoil & CUT ? str_sub(fields, 0, fields.n / 2) : fields);
}

static void add_boot(struct buf *b)
{
	struct journal_record begin = { .type = RECORD_BEGIN };

	journal_boot(begin.boot, sizeof(begin.boot));
	journal_record_write(b, &begin);
}

static void write_journal(struct buf *b, struct str in)
{
	while (in.n) {
		uint64_t spoil = fuzz_choose(&in, 15);
		size_t n = (size_t)fuzz_choose(&in, 1023);

		if (spoil == OWN_BOOT)
			add_boot(b);
		else
			add_framed(b, str_sub(in, 0, n), spoil);
		in = str_sub(in, n, in.n);
	}
}

/* --- record by record --- */

static void must_be_same_again(const struct journal_record *r)
{
	struct journal_record again;
	struct buf once, twice;
	struct str rest;

	buf_init(&once, FUZZ_ROOM);
	buf_init(&twice, FUZZ_ROOM);
	journal_record_write(&once, r);
	rest = buf_str(&once);
	HOLDS(journal_record_read(&rest, &again) == RECORD_READ && rest.n == 0,
	      "a record that was read cannot be read again");
	journal_record_write(&twice, &again);
	HOLDS(str_eq(buf_str(&once), buf_str(&twice)), "a record changes when it is read");
	buf_release(&once);
	buf_release(&twice);
}

static int64_t read_records(struct str bytes)
{
	struct journal_record r;
	enum journal_end end;
	int64_t n = 0;
	size_t left = bytes.n;

	while ((end = journal_record_read(&bytes, &r)) == RECORD_READ) {
		HOLDS(bytes.n < left, "a record of no bytes");
		left = bytes.n;
		must_be_same_again(&r);
		n++;
	}
	HOLDS(end != RECORD_END || bytes.n == 0, "an end before the end");
	return n;
}

/* --- the replay --- */

struct told {
	int64_t finals;
	char rid[RID_MAX]; /* of the request whose attempts are being told; "" = none */
	int32_t attempt;
};

static void on_found(void *who, const struct held *h, const struct charge *c)
{
	struct told *t = who;

	HOLDS(id_is_good(str_of(h->rid)), "request id \"%s\"", h->rid);
	HOLDS(!t->rid[0] || strcmp(t->rid, h->rid) == 0, "a request without an end: %s", t->rid);
	HOLDS(c->attempt >= 1 && c->attempt <= ATTEMPTS_MAX, "attempt %d", c->attempt);
	HOLDS(!t->rid[0] || c->attempt > t->attempt, "attempts in disorder");
	HOLDS(c->cost_nanos >= 0, "a cost of %lld", (long long)c->cost_nanos);
	str_copy(t->rid, sizeof(t->rid), str_of(c->final ? "" : h->rid));
	t->attempt = c->attempt;
	t->finals += c->final;
}

static char folder[256];

static void remove_folder(void)
{
	rmdir(folder);
}

/* a folder of this process' own, for one segment */
static void make_folder(void)
{
	const char *top = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%.200s/fuzz-journal-XXXXXX", top ? top : "/tmp");
	if (!mkdtemp(folder))
		abort();
	atexit(remove_folder);
}

static void replay(struct str bytes, int64_t records)
{
	struct journal_replay sum;
	struct told told = { .finals = 0 };
	struct fault fault;
	char path[JOURNAL_PATH_MAX];
	int fd;

	if (!folder[0])
		make_folder();
	snprintf(path, sizeof(path), "%s/w0.000001" JOURNAL_SUFFIX, folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n || close(fd) != 0)
		abort();
	HOLDS(journal_read(folder, "", on_found, &told, &sum, &fault), "%s", fault.text);
	HOLDS(sum.records == records, "%lld records of %lld", (long long)sum.records,
	      (long long)records);
	HOLDS(sum.torn + sum.corrupt <= 1, "two ends of one segment");
	HOLDS(told.finals == sum.unfinished && !told.rid[0], "%lld ends of %lld requests",
	      (long long)told.finals, (long long)sum.unfinished);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf journal;

	buf_init(&journal, FUZZ_ROOM);
	write_journal(&journal, (struct str){ (const char *)data, n });
	replay(buf_str(&journal), read_records(buf_str(&journal)));
	buf_release(&journal);
	return 0;
}
