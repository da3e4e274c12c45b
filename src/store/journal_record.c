/* journal_record.c -- journal records to bytes and back. */
#include "store/journal_record.h"

#include <zlib.h>

#define VERSION    1
#define HEAD       8 /* length, check, CRC */
#define TEXT_MAX   255
#define VARINT_MAX 10 /* bytes */

/* --- writing --- */

static void put_le(char *p, uint32_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (char)(n >> 8 * i);
}

static void put_int(struct buf *b, int64_t value)
{
	uint64_t n = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);

	for (; n >= 0x80; n >>= 7)
		buf_addc(b, (char)(n | 0x80));
	buf_addc(b, (char)n);
}

static void put_text(struct buf *b, const char *text)
{
	size_t n = strnlen(text, TEXT_MAX);

	buf_addc(b, (char)n);
	buf_add(b, (struct str){ text, n });
}

static void put_scope(struct buf *b, const struct payer_scope *s)
{
	put_text(b, s->id);
	put_int(b, s->ver);
	put_int(b, s->blocked);
	for (int p = 0; p < PERIOD_COUNT; p++)
		put_int(b, s->limits.budget_nanos[p]);
	for (int r = 0; r < RATE_COUNT; r++)
		put_int(b, s->limits.rate[r]);
	put_int(b, s->limits.concurrency);
}

static void put_held(struct buf *b, const struct held *h)
{
	put_text(b, h->owner);
	for (int s = 0; s < SCOPE_COUNT; s++)
		put_scope(b, &h->scope[s]);
	for (int p = 0; p < PERIOD_COUNT; p++) {
		put_text(b, h->period_id[p]);
		put_int(b, h->period_start_us[p]);
		put_int(b, h->period_end_us[p]);
	}
	put_int(b, h->expires_us);
	put_int(b, h->issued_us);
	put_int(b, h->ttl_ms);
	put_int(b, h->attempts);
}

enum {
	FLAG_UNKNOWN = 1,
	FLAG_ESTIMATED = 2,
	FLAG_FINAL = 4,
	FLAG_SEEN = 8,
	FLAG_USAGE_MADE_UP = 16
};

static void put_charge(struct buf *b, const struct charge *c)
{
	const struct usage *u = &c->usage;

	put_int(b, c->attempt);
	put_int(b, c->cost_nanos);
	put_int(b, (c->unknown ? FLAG_UNKNOWN : 0) | (c->estimated ? FLAG_ESTIMATED : 0) |
			   (c->final ? FLAG_FINAL : 0) | (u->seen ? FLAG_SEEN : 0) |
			   (u->estimated ? FLAG_USAGE_MADE_UP : 0));
	put_int(b, c->tokens_used);
	put_text(b, c->model);
	put_text(b, c->endpoint);
	for (int i = 0; i < USAGE_COUNT; i++)
		put_int(b, u->tokens[i]);
	put_int(b, u->reasoning);
}

static void put_fields(struct buf *b, const struct journal_record *r)
{
	buf_addc(b, (char)r->type);
	if (r->type == RECORD_BEGIN) {
		put_int(b, VERSION);
		put_text(b, r->boot);
		return;
	}
	put_text(b, r->rid);
	switch (r->type) {
	case RECORD_SLICE:
	case RECORD_ADMIT: put_held(b, &r->held); break;
	case RECORD_ESCROW:
		put_int(b, r->attempt);
		put_text(b, r->escrow);
		break;
	case RECORD_EXTEND: put_int(b, r->attempt); break;
	case RECORD_DISPATCH:
		put_int(b, r->attempt);
		put_int(b, r->worst_nanos);
		break;
	case RECORD_SETTLE: put_charge(b, &r->charge); break;
	default: break;
	}
}

static uint32_t checksum(struct str fields)
{
	return (uint32_t)crc32(0, (const unsigned char *)fields.p, (uInt)fields.n);
}

void journal_record_write(struct buf *b, const struct journal_record *r)
{
	static const char head[HEAD];
	size_t at = b->n;
	struct str fields;

	buf_add(b, (struct str){ head, HEAD });
	put_fields(b, r);
	if (!buf_ok(b))
		return;
	fields = str_sub(buf_str(b), at + HEAD, b->n);
	put_le(b->p + at, (uint32_t)fields.n, 2);
	put_le(b->p + at + 2, ~(uint32_t)fields.n, 2);
	put_le(b->p + at + 4, checksum(fields), 4);
}

/* --- reading --- */

/* what is left of a record's fields; bad: they ended too early, or make no sense */
struct fields {
	struct str rest;
	bool bad;
};

static uint32_t get_le(const char *p, int bytes)
{
	uint32_t n = 0;

	for (int i = 0; i < bytes; i++)
		n |= (uint32_t)(unsigned char)p[i] << 8 * i;
	return n;
}

static int64_t get_int(struct fields *f)
{
	uint64_t n = 0;

	for (int i = 0; i < VARINT_MAX && f->rest.n > 0; i++) {
		unsigned char c = (unsigned char)f->rest.p[0];

		f->rest = str_sub(f->rest, 1, f->rest.n);
		n |= (uint64_t)(c & 0x7f) << 7 * i;
		if (c < 0x80)
			return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
	}
	f->bad = true;
	return 0;
}

static int32_t get_attempt(struct fields *f, int32_t least)
{
	int64_t n = get_int(f);

	if (n < least || n > ATTEMPTS_MAX)
		f->bad = true;
	return f->bad ? least : (int32_t)n;
}

static void get_text(struct fields *f, char *dst, size_t cap)
{
	size_t n = f->rest.n ? (unsigned char)f->rest.p[0] : 0;

	if (f->rest.n < 1 + n || n >= cap) {
		f->bad = true;
		return;
	}
	str_copy(dst, cap, str_sub(f->rest, 1, 1 + n));
	f->rest = str_sub(f->rest, 1 + n, f->rest.n);
}

/* ids become parts of keys */
static void get_id(struct fields *f, char *dst, size_t cap)
{
	get_text(f, dst, cap);
	if (!id_is_good(str_of(dst)))
		f->bad = true;
}

static void get_scope(struct fields *f, struct payer_scope *s)
{
	get_id(f, s->id, sizeof(s->id));
	s->ver = get_int(f);
	s->blocked = get_int(f) != 0;
	for (int p = 0; p < PERIOD_COUNT; p++)
		s->limits.budget_nanos[p] = get_int(f);
	for (int r = 0; r < RATE_COUNT; r++)
		s->limits.rate[r] = get_int(f);
	s->limits.concurrency = get_int(f);
}

static void get_held(struct fields *f, struct held *h)
{
	get_text(f, h->owner, sizeof(h->owner));
	for (int s = 0; s < SCOPE_COUNT; s++)
		get_scope(f, &h->scope[s]);
	for (int p = 0; p < PERIOD_COUNT; p++) {
		get_id(f, h->period_id[p], sizeof(h->period_id[p]));
		h->period_start_us[p] = get_int(f);
		h->period_end_us[p] = get_int(f);
	}
	h->expires_us = get_int(f);
	h->issued_us = get_int(f);
	h->ttl_ms = get_int(f);
	h->attempts = get_attempt(f, 0);
}

static void get_charge(struct fields *f, struct charge *c)
{
	struct usage *u = &c->usage;
	int64_t flags;

	c->attempt = get_attempt(f, 0);
	c->cost_nanos = get_int(f);
	flags = get_int(f);
	c->unknown = flags & FLAG_UNKNOWN;
	c->estimated = flags & FLAG_ESTIMATED;
	c->final = flags & FLAG_FINAL;
	u->seen = flags & FLAG_SEEN;
	u->estimated = flags & FLAG_USAGE_MADE_UP;
	c->tokens_used = get_int(f);
	get_text(f, c->model, sizeof(c->model));
	get_text(f, c->endpoint, sizeof(c->endpoint));
	for (int i = 0; i < USAGE_COUNT; i++)
		u->tokens[i] = get_int(f);
	u->reasoning = get_int(f);
	if (c->cost_nanos < 0)
		f->bad = true;
}

static void get_fields(struct fields *f, struct journal_record *r)
{
	switch (r->type) {
	case RECORD_BEGIN:
		f->bad = get_int(f) != VERSION;
		get_text(f, r->boot, sizeof(r->boot));
		return;
	case RECORD_SLICE:
	case RECORD_ADMIT: get_held(f, &r->held); return;
	case RECORD_ESCROW:
		r->attempt = get_attempt(f, 1);
		get_id(f, r->escrow, sizeof(r->escrow));
		return;
	case RECORD_EXTEND: r->attempt = get_attempt(f, 1); return;
	case RECORD_DISPATCH:
		r->attempt = get_attempt(f, 1);
		r->worst_nanos = get_int(f);
		f->bad |= r->worst_nanos < 0;
		return;
	case RECORD_SETTLE: get_charge(f, &r->charge); return;
	default: return;
	}
}

static bool parse(struct str bytes, struct journal_record *r)
{
	struct fields f = { .rest = str_sub(bytes, 1, bytes.n) };

	*r = (struct journal_record){ .type = (enum journal_type)(unsigned char)bytes.p[0] };
	if (r->type >= RECORD_TYPES)
		return false;
	if (r->type != RECORD_BEGIN)
		get_id(&f, r->rid, sizeof(r->rid));
	get_fields(&f, r);
	r->held.slice = r->type == RECORD_SLICE;
	if (r->type == RECORD_ADMIT || r->type == RECORD_SLICE)
		memcpy(r->held.rid, r->rid, sizeof(r->held.rid));
	return !f.bad && f.rest.n == 0;
}

enum journal_end journal_record_read(struct str *rest, struct journal_record *r_r)
{
	struct str fields;
	uint32_t n;

	if (rest->n == 0)
		return RECORD_END;
	if (rest->n < HEAD)
		return RECORD_TORN;
	n = get_le(rest->p, 2);
	if ((n ^ get_le(rest->p + 2, 2)) != 0xffff || n == 0 || n > RECORD_BYTES_MAX)
		return RECORD_DAMAGED;
	if (n > rest->n - HEAD)
		return RECORD_TORN;
	fields = str_sub(*rest, HEAD, HEAD + n);
	if (checksum(fields) != get_le(rest->p + 4, 4) || !parse(fields, r_r))
		return RECORD_DAMAGED;
	*rest = str_sub(*rest, HEAD + n, rest->n);
	return RECORD_READ;
}
