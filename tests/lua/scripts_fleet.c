/* scripts_fleet.c -- the lease of the leading coordinator, and what it publishes. */
#include "lua/fixture.h"

#define LEASE_MS 3000

struct lease {
	bool done, mine;
	int64_t token;
};

static void on_lease(void *who, bool ok, bool mine, int64_t token)
{
	struct lease *l = who;

	ck_assert(ok);
	*l = (struct lease){ .done = true, .mine = mine, .token = token };
}

static struct lease take(const char *me)
{
	struct lease l = { .done = false };

	lease_take(&fix.store, str_of(me), LEASE_MS, on_lease, &l);
	fix_await(&l.done);
	return l;
}

static struct lease renew(const char *me, int64_t token)
{
	struct lease l = { .done = false };

	lease_renew(&fix.store, str_of(me), token, LEASE_MS, on_lease, &l);
	fix_await(&l.done);
	return l;
}

static struct lease drop(const char *me, int64_t token)
{
	struct lease l = { .done = false };

	lease_drop(&fix.store, str_of(me), token, on_lease, &l);
	fix_await(&l.done);
	return l;
}

struct outcome {
	bool done;
	enum publish_end end;
	int64_t number;
};

static void on_published(void *who, enum publish_end end, int64_t number)
{
	*(struct outcome *)who = (struct outcome){ .done = true, .end = end, .number = number };
}

static struct outcome publish_one(enum published_what what, int64_t token, const char *hash)
{
	struct outcome o = { .done = false };

	publish(&fix.store, what, token, str_of(hash), STR("models: {}"), on_published, &o);
	fix_await(&o.done);
	return o;
}

static struct outcome publish_catalog(int64_t token, const char *hash)
{
	return publish_one(PUBLISHED_CATALOG, token, hash);
}

static void lose_the_lease(void)
{
	fix_int("DEL sr:1:{fleet}:lease");
}

/* --- the lease --- */

START_TEST(one_leads)
{
	struct lease first = take("c1");

	ck_assert(first.mine);
	ck_assert_int_eq(first.token, T0 / 1000);
	ck_assert(!take("c2").mine);
	ck_assert_int_gt(fix_int("PTTL sr:1:{fleet}:lease"), 0);
	ck_assert_int_le(fix_int("PTTL sr:1:{fleet}:lease"), LEASE_MS);
}
END_TEST

/* an answer was lost: the same again, and no new token, or the first one's work would be fenced */
START_TEST(taken_again_it_has_the_same_token)
{
	struct lease first = take("c1"), again;

	fix.store.test_now_us += SECOND;
	again = take("c1");
	ck_assert(again.mine);
	ck_assert_int_eq(again.token, first.token);
}
END_TEST

START_TEST(every_leader_has_a_greater_token)
{
	int64_t token = take("c1").token;

	lose_the_lease();
	ck_assert_int_eq(take("c2").token, token + 1); /* within the same millisecond */
	lose_the_lease();
	fix.store.test_now_us += SECOND;
	ck_assert_int_eq(take("c1").token, fix.store.test_now_us / 1000);
}
END_TEST

START_TEST(tokens_rise_though_a_failover_forgot_them)
{
	int64_t token = take("c1").token;

	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	fix.store.test_now_us += 1000;
	ck_assert_int_gt(take("c2").token, token);
}
END_TEST

START_TEST(only_the_leader_renews_and_drops)
{
	int64_t token = take("c1").token;

	ck_assert(!renew("c2", token).mine);
	ck_assert(!renew("c1", token - 1).mine);
	ck_assert(!drop("c2", token).mine);
	ck_assert(!drop("c1", token - 1).mine);
	fix_int("PEXPIRE sr:1:{fleet}:lease 10000");
	ck_assert(renew("c1", token).mine);
	ck_assert_int_le(fix_int("PTTL sr:1:{fleet}:lease"), LEASE_MS);
	ck_assert(drop("c1", token).mine);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:lease"), 0);
	ck_assert(!renew("c1", token).mine);
}
END_TEST

/* --- the catalog --- */

START_TEST(what_differs_gets_a_new_epoch)
{
	int64_t token = take("c1").token;
	struct outcome p = publish_catalog(token, "h1");

	ck_assert_int_eq(p.end, PUBLISH_OK);
	ck_assert_int_eq(p.number, 1);
	p = publish_catalog(token, "h1");
	ck_assert_int_eq(p.end, PUBLISH_SAME);
	ck_assert_int_eq(p.number, 1);
	ck_assert_int_eq(publish_catalog(token, "h2").number, 2);
	ck_assert_int_eq(fix_int("GET sr:1:{fleet}:epoch"), 2);
	ck_assert_int_eq(fix_int("HGET sr:1:{fleet}:catalog epoch"), 2);
	ck_assert_str_eq(fix_text("HGET sr:1:{fleet}:catalog hash"), "h2");
	ck_assert_str_eq(fix_text("HGET sr:1:{fleet}:catalog text"), "models: {}");
}
END_TEST

START_TEST(an_old_leader_publishes_nothing)
{
	int64_t token = take("c1").token;

	lose_the_lease();
	ck_assert(take("c2").mine);
	ck_assert_int_eq(publish_catalog(token, "h1").end, PUBLISH_FENCED);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:catalog"), 0);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:epoch"), 0);
}
END_TEST

START_TEST(a_token_that_a_failover_forgot_fences_again)
{
	int64_t token = take("c1").token;

	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	ck_assert_int_eq(publish_catalog(token, "h1").end, PUBLISH_OK);
	ck_assert_int_eq(fix_int("GET sr:1:{fleet}:token"), token);
	ck_assert_int_eq(publish_catalog(token - 1, "h2").end, PUBLISH_FENCED);
}
END_TEST

/* --- the snapshot --- */

struct found {
	bool done;
	struct published p;
	char text[32], hash[32];
};

static void on_read(void *who, bool ok, const struct published *p)
{
	struct found *f = who;

	ck_assert(ok);
	f->done = true;
	f->p = *p;
	str_copy(f->text, sizeof(f->text), p->text);
	str_copy(f->hash, sizeof(f->hash), p->hash);
}

static struct found find(enum published_what what)
{
	struct found f = { .done = false };

	published_read(&fix.store, what, on_read, &f);
	fix_await(&f.done);
	return f;
}

START_TEST(the_snapshot_has_a_number_of_its_own)
{
	int64_t token = take("c1").token;

	ck_assert_int_eq(publish_catalog(token, "h1").number, 1);
	ck_assert_int_eq(publish_catalog(token, "h2").number, 2);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, token, "s1").number, 1);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, token, "s1").end, PUBLISH_SAME);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, token - 1, "s2").end, PUBLISH_FENCED);
	ck_assert_int_eq(find(PUBLISHED_CATALOG).p.number, 2);
}
END_TEST

START_TEST(what_is_published_is_read)
{
	int64_t token = take("c1").token;
	struct found f = find(PUBLISHED_SNAPSHOT);

	ck_assert_int_eq(f.p.number, 0);
	ck_assert(str_absent(f.p.text));
	publish_one(PUBLISHED_SNAPSHOT, token, "s1");
	f = find(PUBLISHED_SNAPSHOT);
	ck_assert_int_eq(f.p.number, 1);
	ck_assert_int_eq(f.p.at_us, T0);
	ck_assert_str_eq(f.hash, "s1");
	ck_assert_str_eq(f.text, "models: {}");
}
END_TEST

START_TEST(messages_name_what_is_new)
{
	enum published_what what;
	int64_t number;

	ck_assert(published_news(STR("epoch 7"), &what, &number));
	ck_assert_int_eq(what, PUBLISHED_CATALOG);
	ck_assert_int_eq(number, 7);
	ck_assert(published_news(STR("version 8"), &what, &number));
	ck_assert_int_eq(what, PUBLISHED_SNAPSHOT);
	ck_assert(!published_news(STR("weather 8"), &what, &number));
	ck_assert(!published_news(STR("epoch"), &what, &number));
	ck_assert(!published_news(STR("epoch x"), &what, &number));
}
END_TEST

Suite *suite_fleet(void)
{
	Suite *s = suite_create("fleet");
	TCase *t = tcase_create("fleet");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, one_leads);
	tcase_add_test(t, taken_again_it_has_the_same_token);
	tcase_add_test(t, every_leader_has_a_greater_token);
	tcase_add_test(t, tokens_rise_though_a_failover_forgot_them);
	tcase_add_test(t, only_the_leader_renews_and_drops);
	tcase_add_test(t, what_differs_gets_a_new_epoch);
	tcase_add_test(t, an_old_leader_publishes_nothing);
	tcase_add_test(t, a_token_that_a_failover_forgot_fences_again);
	tcase_add_test(t, the_snapshot_has_a_number_of_its_own);
	tcase_add_test(t, what_is_published_is_read);
	tcase_add_test(t, messages_name_what_is_new);
	suite_add_tcase(s, t);
	return s;
}
