/* check_redis.c -- URLs of Redis, slots of keys, what Redis' words mean, and what it is sent. */
#include <check.h>

#include "../unit/unit.h"
#include "conf/redis_url.h"
#include "io/redis_error.h"
#include "io/redis_info.h"
#include "io/redis_slots.h"
#include "io/resp.h"
#include "io/script.h"

/* --- URLs --- */

static const struct good_url {
	const char *text;
	enum redis_kind kind;
	size_t n;
	const char *host, *port, *user, *master; /* of the last place */
	int64_t db;
} good_urls[] = {
	{ "redis://h", REDIS_ONE, 1, "h", "6379", "", "", 0 },
	{ "redis://me@h:1/7", REDIS_ONE, 1, "h", "1", "me", "", 7 },
	{ "redis://[::1]:65535", REDIS_ONE, 1, "::1", "65535", "", "", 0 },
	{ "unix:///run/r.sock?db=2", REDIS_ONE, 1, "", "", "", "", 2 },
	{ "redis+sentinel://a,b:1/books", REDIS_SENTINEL, 2, "b", "1", "", "books", 0 },
	{ "redis+sentinel://me@a/books/3", REDIS_SENTINEL, 1, "a", "26379", "me", "books", 3 },
	{ "redis+cluster://me@a:1,[::2],c", REDIS_CLUSTER, 3, "c", "6379", "me", "", 0 },
	{ "redis+cluster://a/", REDIS_CLUSTER, 1, "a", "6379", "", "", 0 },
};

START_TEST(a_good_url_is_read)
{
	const struct good_url *g = &good_urls[_i];
	struct redis_url u;
	struct fault f;

	ck_assert_msg(redis_url_parse(str_of(g->text), &u, &f) == ERR_OK, "%s: %s", g->text,
		      f.text);
	ck_assert_int_eq(u.kind, g->kind);
	ck_assert_uint_eq(u.n_places, g->n);
	ck_assert_str_eq(u.place[g->n - 1].host, g->host);
	ck_assert_str_eq(u.place[g->n - 1].port, g->port);
	ck_assert_str_eq(u.user, g->user);
	ck_assert_str_eq(u.master, g->master);
	ck_assert_int_eq(u.db, g->db);
}
END_TEST

static const struct bad_url {
	const char *text, *says;
} bad_urls[] = {
	{ "http://h", "begins with redis://" },
	{ "redis://", "no good host" },
	{ "redis://h:0", "no good port" },
	{ "redis://h:65536", "no good port" },
	{ "redis://h:x", "no good port" },
	{ "redis://h/x", "a database that is no number" },
	{ "redis://me:secret@h", "must hold no password" },
	{ "unix://r.sock", "names no socket" },
	{ "unix:///r.sock?x=1", "?db=NUMBER" },
	{ "redis+sentinel://a,b", "what the Sentinels call the primary" },
	{ "redis+sentinel:///books", "no good host" },
	{ "redis+sentinel://a,,b/books", "no good host" },
	{ "redis+cluster://a,", "no good host" },
	{ "redis+cluster://a/1", "no other database" },
	{ "redis+cluster://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16 hosts" },
	{ "rediss://h", "stunnel" },
};

START_TEST(a_bad_url_is_refused_with_the_reason)
{
	const struct bad_url *b = &bad_urls[_i];
	struct redis_url u;
	struct fault f = { .text = "" };

	ck_assert_msg(redis_url_parse(str_of(b->text), &u, &f) != ERR_OK, "%s is good", b->text);
	ck_assert_msg(strstr(f.text, b->says) != NULL, "%s: %s", b->text, f.text);
}
END_TEST

/* --- slots --- */

static const struct slot_of {
	const char *key;
	uint16_t slot; /* as CLUSTER KEYSLOT has it */
} slots[] = {
	{ "123456789", 12739 },
	{ "", 0 },
	{ "foo", 12182 },
	{ "{foo}", 12182 },
	{ "a{foo}b{bar}", 12182 },
	{ "{}foo", 9500 },
	{ "{foo", 13308 },
	{ "a{}{foo}", 700 },
	{ "sr:1:{o:acme}:res:1", 15475 },
	{ "sr:1:{o:acme}:budget:org:acme:t", 15475 },
};

START_TEST(a_slot_is_that_of_the_hash_tag)
{
	ck_assert_msg(redis_slot(str_of(slots[_i].key)) == slots[_i].slot, "%s: %u", slots[_i].key,
		      redis_slot(str_of(slots[_i].key)));
}
END_TEST

static const struct key_of {
	size_t argc;
	const char *argv[5];
	const char *key; /* NULL: none */
} keys[] = {
	{ 2, { "GET", "k" }, "k" },
	{ 3, { "HGET", "k", "f" }, "k" },
	{ 5, { "EVALSHA", "sha", "2", "k", "l" }, "k" },
	{ 5, { "EVAL", "text", "1", "k", "arg" }, "k" },
	{ 4, { "EVAL", "text", "0", "arg" }, NULL },
	{ 3, { "EVALSHA", "sha", "1" }, NULL },
	{ 4, { "EVALSHA", "sha", "x", "k" }, NULL },
	{ 1, { "TIME" }, NULL },
	{ 2, { "INFO", "server" }, NULL },
	{ 3, { "WAIT", "1", "100" }, NULL },
	{ 1, { "GET" }, NULL },
	{ 0, { NULL }, NULL },
};

START_TEST(the_key_of_a_command)
{
	const struct key_of *k = &keys[_i];
	struct str argv[5], key;

	for (size_t i = 0; i < k->argc; i++)
		argv[i] = str_of(k->argv[i]);
	key = redis_key_of(k->argc, argv);
	ck_assert(k->key ? str_is(key, k->key) : str_absent(key));
}
END_TEST

/* --- what Redis says --- */

static redisReply error_of(const char *text)
{
	return (redisReply){ .type = REDIS_REPLY_ERROR,
			     .str = (char *)(uintptr_t)text,
			     .len = strlen(text) };
}

static const struct error_means {
	const char *text;
	enum redis_means means;
} errors[] = {
	{ "MOVED 1 h:1", MEANS_MOVED },
	{ "CLUSTERDOWN Hash slot not served", MEANS_WAIT },
	{ "READONLY You can't write against a read only replica.", MEANS_LEAVE },
	{ "LOADING Redis is loading the dataset in memory", MEANS_LEAVE },
	{ "BUSY Redis is busy running a script.", MEANS_DOWN },
	{ "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:3.",
	  MEANS_REFUSED },
	{ "NOSCRIPT No matching script.", MEANS_SCRIPT },
	/* from the middle of a script: something may have been written */
	{ "ERR Error running script: @user_script:1: OOM command not allowed", MEANS_UNKNOWN },
	{ "WRONGTYPE Operation against a key", MEANS_UNKNOWN },
	{ "OOMPH", MEANS_UNKNOWN },
	{ "", MEANS_UNKNOWN },
};

START_TEST(the_first_word_of_an_error_says_what_it_means)
{
	const redisReply reply = error_of(errors[_i].text);

	ck_assert_int_eq(redis_means(&reply), errors[_i].means);
}
END_TEST

START_TEST(no_error_means_nothing)
{
	const redisReply reply = { .type = REDIS_REPLY_STRING, .str = (char[]){ "OOM" }, .len = 3 };

	ck_assert_int_eq(redis_means(&reply), MEANS_NONE);
}
END_TEST

START_TEST(a_pointer_is_read_with_care)
{
	static const char *const bad[] = { "MOVED",        "MOVED 1",         "MOVED x h:1",
					   "MOVED -1 h:1", "MOVED 16384 h:1", "MOVED 1 h",
					   "MOVED 1 h:",   "MOVED 1 h:x" };
	redisReply reply = error_of("ASK 16383 fe80::1:6381");
	struct str host;
	uint16_t slot;
	int64_t port;

	ck_assert(redis_pointer(&reply, &slot, &host, &port));
	ck_assert_uint_eq(slot, 16383);
	ck_assert(str_is(host, "fe80::1"));
	ck_assert_int_eq(port, 6381);
	reply = error_of("MOVED 0 :7");
	ck_assert(redis_pointer(&reply, &slot, &host, &port) && str_absent(host) && port == 7);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		reply = error_of(bad[i]);
		ck_assert_msg(!redis_pointer(&reply, &slot, &host, &port), "%s", bad[i]);
	}
}
END_TEST

/* text is Redis' protocol */
static redisReply *reply_of(redisReader *reader, const char *text)
{
	void *reply = NULL;

	redisReaderFeed(reader, text, strlen(text));
	ck_assert_int_eq(redisReaderGetReply(reader, &reply), REDIS_OK);
	ck_assert_ptr_nonnull(reply);
	return reply;
}

#define PLACE "*2\r\n$1\r\nh\r\n:7\r\n"

static const struct range_of {
	const char *text;
	bool good;
} ranges[] = {
	{ "*3\r\n:0\r\n:16383\r\n" PLACE, true },
	{ "*4\r\n:5\r\n:5\r\n" PLACE PLACE, true },
	{ "*3\r\n:0\r\n:16384\r\n" PLACE, false },
	{ "*3\r\n:-1\r\n:1\r\n" PLACE, false },
	{ "*3\r\n:2\r\n:1\r\n" PLACE, false },
	{ "*2\r\n:0\r\n:1\r\n", false },
	{ "*3\r\n:0\r\n:1\r\n*1\r\n$1\r\nh\r\n", false },
	{ "*3\r\n:0\r\n:1\r\n*2\r\n$1\r\nh\r\n$1\r\n7\r\n", false },
	{ "*3\r\n$1\r\n0\r\n:1\r\n" PLACE, false },
	{ ":1\r\n", false },
};

START_TEST(a_range_of_slots_is_read_with_care)
{
	redisReader *reader = redisReaderCreate();
	redisReply *reply = reply_of(reader, ranges[_i].text);
	struct redis_range range;

	ck_assert_int_eq(redis_range_read(reply, &range), ranges[_i].good);
	if (ranges[_i].good)
		ck_assert(range.first <= range.last && str_is(range.host, "h") && range.port == 7);
	freeReplyObject(reply);
	redisReaderFree(reader);
}
END_TEST

START_TEST(a_range_may_lie_where_it_was_asked)
{
	redisReader *reader = redisReaderCreate();
	redisReply *reply = reply_of(reader, "*3\r\n:0\r\n:1\r\n*2\r\n$-1\r\n:7\r\n");
	struct redis_range range;

	ck_assert(redis_range_read(reply, &range) && str_absent(range.host));
	freeReplyObject(reply);
	redisReaderFree(reader);
}
END_TEST

#define INFO(run, role, before)                                                   \
	"# Server\r\nrun_id:" run "\r\ntcp_port:1\r\n# Replication\r\nrole:" role \
	"\r\nmaster_replid:9999999999999999999999\r\nmaster_replid2:" before "\r\nhz:10\r\n"

START_TEST(a_history_is_the_run_and_the_primary_before)
{
	struct redis_info a, b;

	ck_assert(redis_info_read(
		STR(INFO("0123456789abcdef0123", "master", "00000000000000000000")), &a));
	ck_assert(a.is_primary);
	ck_assert_str_eq(a.history, "0123456789abcdef-0000000000000000");
	ck_assert(redis_info_read(
		STR(INFO("0123456789abcdef0123", "slave", "fedcba98765432100000")), &b));
	ck_assert(!b.is_primary);
	ck_assert_str_ne(a.history, b.history);
	ck_assert(!redis_info_read(STR(INFO("0123", "master", "00000000000000000000")), &a));
	ck_assert(!redis_info_read(STR("run_id:0123456789abcdef0123\r\n"), &a));
	ck_assert(!redis_info_read(STR(""), &a));
}
END_TEST

/* --- what is sent --- */

#define MOST_WORDS 2000

static void add_word(struct buf *b, struct str word)
{
	buf_addc(b, '$');
	buf_addi(b, (int64_t)word.n);
	buf_adds(b, "\r\n");
	buf_add(b, word);
	buf_adds(b, "\r\n");
}

/* of all lengths near each other, so that one ends wherever the room for them does */
static struct str word_of(int i, char text[64])
{
	size_t n = (size_t)(i % 64);

	memset(text, 'a' + i % 26, 64);
	return n ? (struct str){ text, n } : STR_NONE;
}

START_TEST(a_command_is_its_words_with_their_lengths)
{
	static char texts[MOST_WORDS][64];
	static struct str words[MOST_WORDS];
	struct buf b, want;

	for (size_t n = 0; n <= MOST_WORDS; n = n * 2 + 1) {
		buf_init(&b, RESP_MAX);
		buf_init(&want, RESP_MAX);
		buf_addc(&want, '*');
		buf_addi(&want, (int64_t)n);
		buf_adds(&want, "\r\n");
		for (size_t i = 0; i < n; i++) {
			words[i] = word_of((int)i, texts[i]);
			add_word(&want, words[i]);
		}
		ck_assert(str_eq(resp_command(&b, n, words), buf_str(&want)));
		buf_release(&b);
		buf_release(&want);
	}
}
END_TEST

START_TEST(what_a_script_is_called_with_is_written_as_it_is_sent)
{
	struct script_words w;
	struct buf want;
	char text[64];

	script_words_init(&w);
	buf_init(&want, RESP_MAX);
	script_key(&w, STR("first:key"));
	script_key(&w, STR("second"));
	add_word(&want, STR("first:key"));
	add_word(&want, STR("second"));
	for (int i = _i; i < MOST_WORDS; i++) {
		script_arg(&w, word_of(i, text));
		add_word(&want, word_of(i, text));
	}
	ck_assert(str_eq(script_words_str(&w), buf_str(&want)));
	ck_assert_uint_eq(w.n_keys, 2);
	ck_assert_uint_eq(w.n_args, (size_t)(MOST_WORDS - _i));
	assert_str(str_sub(buf_str(&w.bytes), w.key_at, w.key_at + w.key_bytes), "first:key");
	buf_release(&w.bytes);
	buf_release(&want);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("redis");
	TCase *tc = tcase_create("words");

	tcase_add_loop_test(tc, a_good_url_is_read, 0, COUNT_OF(good_urls));
	tcase_add_loop_test(tc, a_bad_url_is_refused_with_the_reason, 0, COUNT_OF(bad_urls));
	tcase_add_loop_test(tc, a_slot_is_that_of_the_hash_tag, 0, COUNT_OF(slots));
	tcase_add_loop_test(tc, the_key_of_a_command, 0, COUNT_OF(keys));
	tcase_add_loop_test(tc, the_first_word_of_an_error_says_what_it_means, 0, COUNT_OF(errors));
	tcase_add_test(tc, no_error_means_nothing);
	tcase_add_test(tc, a_pointer_is_read_with_care);
	tcase_add_loop_test(tc, a_range_of_slots_is_read_with_care, 0, COUNT_OF(ranges));
	tcase_add_test(tc, a_range_may_lie_where_it_was_asked);
	tcase_add_test(tc, a_history_is_the_run_and_the_primary_before);
	tcase_add_test(tc, a_command_is_its_words_with_their_lengths);
	tcase_add_loop_test(tc, what_a_script_is_called_with_is_written_as_it_is_sent, 0, 64);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
