/* check_core_sse.c -- event streams: what is an event, however the bytes are cut. */
#include "core/sse.h"
#include "unit.h"

#define MOST 1000

static struct buf seen; /* events one a line: name|data|comment, "-" for absent */
static struct sse sse;

static void setup(void)
{
	buf_init(&seen, 1 << 20);
	sse_init(&sse, MOST);
}

static void teardown(void)
{
	buf_release(&seen);
	sse_release(&sse);
}

static void note(enum sse_result result, const struct sse_event *e)
{
	buf_adds(&seen, result == SSE_COMMENT ? "(comment)" : "");
	buf_add(&seen, e->name);
	buf_adds(&seen, "|");
	buf_add(&seen, str_absent(e->data) ? STR("-") : e->data);
	buf_adds(&seen, "|");
	buf_add(&seen, str_absent(e->comment) ? STR("-") : e->comment);
	buf_adds(&seen, "\n");
}

static void feed(struct str in)
{
	struct sse_event e;
	enum sse_result result;

	while ((result = sse_feed(&sse, &in, &e)) != SSE_MORE) {
		if (result == SSE_TOO_LARGE) {
			buf_adds(&seen, "too large\n");
			return;
		}
		note(result, &e);
	}
	ck_assert_uint_eq(in.n, 0);
}

static void finish(void)
{
	struct sse_event e;
	enum sse_result result = sse_finish(&sse, &e);

	if (result != SSE_MORE)
		note(result, &e);
}

static const struct {
	const char *what, *stream, *events;
} streams[] = {
	{ "line ends of all kinds", "data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\ndata: e\n\n",
	  "|a|-\n|b|-\n|c|-\n|d|-\n|e|-\n" },
	{ "a space after the colon is not needed", "data:a\n\ndata:  b\n\n", "|a|-\n| b|-\n" },
	{ "lines of data are joined", "data: a\ndata\ndata: b\n\n", "|a\n\nb|-\n" },
	{ "names", "event: x\ndata: a\n\ndata: b\n\n", "x|a|-\n|b|-\n" },
	{ "a name alone", "event: ping\n\n", "ping|-|-\n" },
	{ "unknown fields", "id: 1\nretry: 5\nfoo\ndata: a\n\nid: 2\n\n", "|a|-\n" },
	{ "keep-alive comments", ": keep-alive\n\ndata: a\n\n", "(comment)|-| keep-alive\n|a|-\n" },
	{ "a status in a comment", "id:1\nevent:result\n:HTTP_STATUS/400\ndata:{}\n\n",
	  "result|{}|HTTP_STATUS/400\n" },
	{ "blank lines", "\n\n\n\ndata: a\n\n\n\n", "|a|-\n" },
	{ "the last blank line is missing", "data: a\n\ndata: b\n", "|a|-\n|b|-\n" },
	{ "the last line end is missing", "data: a\n\ndata: b", "|a|-\n|b|-\n" },
	{ "a byte order mark",
	  "\xEF\xBB\xBF"
	  "data: a\n\n",
	  "|a|-\n" },
	{ "a mark in the middle is none",
	  "data: a\n\n\xEF\xBB\xBF"
	  "data: b\n\n",
	  "|a|-\n" },
	{ "UTF-8", "data: \xE4\xBD\xA0\xE5\xA5\xBD\n\n", "|\xE4\xBD\xA0\xE5\xA5\xBD|-\n" },
	{ "colons in data", "data: {\"a\":1}\n\n", "|{\"a\":1}|-\n" },
	{ "empty data", "data:\n\ndata: \n\n", "||-\n||-\n" },
};

START_TEST(streams_are_read)
{
	feed(str_of(streams[_i].stream));
	finish();
	ck_assert_msg(str_is(buf_str(&seen), streams[_i].events), "%s: %.*s", streams[_i].what,
		      STR_ARG(buf_str(&seen)));
}
END_TEST

START_TEST(any_split_gives_the_same_events)
{
	struct str all = str_of(streams[_i].stream);

	for (size_t first = 0; first <= all.n; first++) {
		for (size_t second = first; second <= all.n; second++) {
			feed(str_sub(all, 0, first));
			feed(str_sub(all, first, second));
			feed(str_sub(all, second, all.n));
			finish();
			ck_assert_msg(str_is(buf_str(&seen), streams[_i].events),
				      "%s, cut at %zu and %zu: %.*s", streams[_i].what, first,
				      second, STR_ARG(buf_str(&seen)));
			teardown();
			setup();
		}
	}
}
END_TEST

static void feed_repeated(const char *piece, int times)
{
	while (times-- > 0)
		feed(str_of(piece));
}

START_TEST(an_event_is_bounded)
{
	feed_repeated("data: 0123456789\n", 200);
	ck_assert(str_ends(buf_str(&seen), STR("too large\n")));
}
END_TEST

START_TEST(an_event_may_fill_the_bound_also_in_pieces)
{
	char stream[MOST + 2];

	memset(stream, 'x', sizeof(stream));
	memcpy(stream, "data: ", 6);
	memcpy(stream + MOST, "\n\n", 2);
	feed((struct str){ stream, MOST / 2 });
	feed((struct str){ stream + MOST / 2, sizeof(stream) - MOST / 2 });
	ck_assert_uint_eq(seen.n, 1 + (MOST - 6) + 3); /* |xxx|- and a line end */
}
END_TEST

START_TEST(a_line_is_bounded_also_in_one_piece)
{
	static const char *const lines[] = { "no field", "data: " };

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		char stream[MOST + 3];

		memset(stream, 'x', sizeof(stream));
		memcpy(stream, lines[i], strlen(lines[i]));
		memcpy(stream + MOST + 1, "\n\n", 2);
		feed((struct str){ stream, sizeof(stream) });
		ck_assert(str_is(buf_str(&seen), "too large\n"));
		teardown();
		setup();
	}
}
END_TEST

START_TEST(a_line_is_bounded)
{
	feed_repeated("0123456789", 200);
	ck_assert(str_ends(buf_str(&seen), STR("too large\n")));
}
END_TEST

START_TEST(a_stream_is_not)
{
	feed_repeated("data: 0123456789\n\n: ok\n\n", 10000);
	ck_assert(!str_has(buf_str(&seen), "too large"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("core/sse");
	TCase *t = tcase_create("sse");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, streams_are_read, 0, (int)COUNT_OF(streams));
	tcase_add_loop_test(t, any_split_gives_the_same_events, 0, (int)COUNT_OF(streams));
	tcase_add_test(t, an_event_is_bounded);
	tcase_add_test(t, an_event_may_fill_the_bound_also_in_pieces);
	tcase_add_test(t, a_line_is_bounded_also_in_one_piece);
	tcase_add_test(t, a_line_is_bounded);
	tcase_add_test(t, a_stream_is_not);
	suite_add_tcase(s, t);
	return unit_run(s);
}
