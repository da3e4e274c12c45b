/* scripts_fleet.c -- the lease of the leading coordinator, and what it publishes. */
#include "lua/fixture.h"

#define LEASE_MS 3000

struct answer {
	bool done, mine;
	struct lease lease;
};

static void on_lease(void *who, bool ok, bool mine, const struct lease *lease)
{
	struct answer *a = who;

	ck_assert(ok);
	*a = (struct answer){ .done = true, .mine = mine, .lease = *lease };
}

static struct answer take(const char *me)
{
	struct answer a = { .done = false };

	lease_take(&fix.store, str_of(me), LEASE_MS, on_lease, &a);
	fix_await(&a.done);
	return a;
}

static struct lease lead(const char *me)
{
	struct answer a = take(me);

	ck_assert(a.mine);
	return a.lease;
}

static struct answer renew(const char *me, int64_t token)
{
	struct answer a = { .done = false };

	lease_renew(&fix.store, str_of(me), token, LEASE_MS, on_lease, &a);
	fix_await(&a.done);
	return a;
}

static struct answer drop(const char *me, int64_t token)
{
	struct answer a = { .done = false };

	lease_drop(&fix.store, str_of(me), token, on_lease, &a);
	fix_await(&a.done);
	return a;
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

static struct outcome publish_one(enum published_what what, struct lease lease, const char *hash)
{
	struct outcome o = { .done = false };

	publish(&fix.store, what, &lease, str_of(hash), STR("models: {}"), on_published, &o);
	fix_await(&o.done);
	return o;
}

static struct outcome publish_catalog(struct lease lease, const char *hash)
{
	return publish_one(PUBLISHED_CATALOG, lease, hash);
}

static struct lease older(struct lease lease)
{
	lease.token--;
	return lease;
}

static void lose_the_lease(void)
{
	fix_int("DEL sr:1:{fleet}:lease");
}

/* --- the lease --- */

START_TEST(one_leads)
{
	struct lease first = lead("c1");
	struct answer second = take("c2");

	ck_assert_int_eq(first.token, T0 / 1000);
	ck_assert_int_eq(first.until_us, T0 + LEASE_MS * 1000);
	ck_assert(!second.mine);
	/* when it is worth asking again */
	ck_assert_int_gt(second.lease.until_us, T0);
	ck_assert_int_le(second.lease.until_us, T0 + LEASE_MS * 1000);
	ck_assert_int_gt(fix_int("PTTL sr:1:{fleet}:lease"), 0);
	ck_assert_int_le(fix_int("PTTL sr:1:{fleet}:lease"), LEASE_MS);
}
END_TEST

/* an answer was lost: the same again, and no new token, or the first one's work would be fenced */
START_TEST(taken_again_it_has_the_same_token)
{
	struct lease first = lead("c1"), again;

	fix.store.test_now_us += SECOND;
	again = lead("c1");
	ck_assert_int_eq(again.token, first.token);
	ck_assert_int_eq(again.until_us, first.until_us + SECOND);
}
END_TEST

START_TEST(every_leader_has_a_greater_token)
{
	int64_t token = lead("c1").token;

	lose_the_lease();
	ck_assert_int_eq(lead("c2").token, token + 1); /* within the same millisecond */
	lose_the_lease();
	fix.store.test_now_us += SECOND;
	ck_assert_int_eq(lead("c1").token, fix.store.test_now_us / 1000);
}
END_TEST

START_TEST(tokens_rise_though_a_failover_forgot_them)
{
	int64_t token = lead("c1").token;

	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	fix.store.test_now_us += 1000;
	ck_assert_int_gt(lead("c2").token, token);
}
END_TEST

/* For a moment somebody may still ask the primary of before: who leads goes on, nobody begins to. */
START_TEST(after_a_failover_nobody_begins_to_lead_at_once)
{
	struct answer second;
	int64_t token;

	fix.store.grace_us = 2 * SECOND;
	fix.store.test_history = "run1-0";
	token = lead("c1").token;
	fix.store.test_history = "run2-1";
	ck_assert(renew("c1", token).mine);
	lose_the_lease();
	second = take("c2");
	ck_assert(!second.mine);
	ck_assert_int_eq(second.lease.until_us, T0 + 2 * SECOND);
	fix.store.test_now_us += 2 * SECOND - 1;
	ck_assert(!take("c2").mine);
	fix.store.test_now_us++;
	ck_assert_int_gt(lead("c2").token, token);
	lose_the_lease();
	ck_assert(take("c1").mine); /* it is not new any more */
	lose_the_lease();
	fix.store.test_history = ""; /* nobody is there */
	ck_assert(!take("c1").mine);
}
END_TEST

START_TEST(only_the_leader_renews_and_drops)
{
	int64_t token = lead("c1").token;

	ck_assert(!renew("c2", token).mine);
	ck_assert(!renew("c1", token - 1).mine);
	ck_assert(!drop("c2", token).mine);
	ck_assert(!drop("c1", token - 1).mine);
	fix_int("PEXPIRE sr:1:{fleet}:lease 10000");
	fix.store.test_now_us += SECOND;
	ck_assert(renew("c1", token).mine);
	ck_assert_int_eq(renew("c1", token).lease.until_us, T0 + SECOND + LEASE_MS * 1000);
	ck_assert_int_le(fix_int("PTTL sr:1:{fleet}:lease"), LEASE_MS);
	ck_assert(drop("c1", token).mine);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:lease"), 0);
	ck_assert(!renew("c1", token).mine);
}
END_TEST

/* --- the catalog --- */

START_TEST(what_differs_gets_a_new_epoch)
{
	struct lease lease = lead("c1");
	struct outcome p = publish_catalog(lease, "h1");

	ck_assert_int_eq(p.end, PUBLISH_OK);
	ck_assert_int_eq(p.number, 1);
	p = publish_catalog(lease, "h1");
	ck_assert_int_eq(p.end, PUBLISH_SAME);
	ck_assert_int_eq(p.number, 1);
	ck_assert_int_eq(publish_catalog(lease, "h2").number, 2);
	ck_assert_int_eq(fix_int("GET sr:1:{fleet}:epoch"), 2);
	ck_assert_int_eq(fix_int("HGET sr:1:{fleet}:catalog epoch"), 2);
	ck_assert_str_eq(fix_text("HGET sr:1:{fleet}:catalog hash"), "h2");
	ck_assert_str_eq(fix_text("HGET sr:1:{fleet}:catalog text"), "models: {}");
}
END_TEST

START_TEST(an_old_leader_publishes_nothing)
{
	struct lease lease = lead("c1");

	lose_the_lease();
	lead("c2");
	ck_assert_int_eq(publish_catalog(lease, "h1").end, PUBLISH_FENCED);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:catalog"), 0);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{fleet}:epoch"), 0);
}
END_TEST

/* nobody has taken its place yet, and still: a write that is late may be later than that, too */
START_TEST(what_comes_after_the_lease_does_nothing)
{
	struct lease lease = lead("c1");

	fix.store.test_now_us = lease.until_us - 1;
	ck_assert_int_eq(publish_catalog(lease, "h1").end, PUBLISH_OK);
	fix.store.test_now_us = lease.until_us;
	ck_assert_int_eq(publish_catalog(lease, "h2").end, PUBLISH_FENCED);
	ck_assert_str_eq(fix_text("HGET sr:1:{fleet}:catalog hash"), "h1");
}
END_TEST

START_TEST(a_token_that_a_failover_forgot_fences_again)
{
	struct lease lease = lead("c1");

	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	ck_assert_int_eq(publish_catalog(lease, "h1").end, PUBLISH_OK);
	ck_assert_int_eq(fix_int("GET sr:1:{fleet}:token"), lease.token);
	ck_assert_int_eq(publish_catalog(older(lease), "h2").end, PUBLISH_FENCED);
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
	struct lease lease = lead("c1");

	ck_assert_int_eq(publish_catalog(lease, "h1").number, 1);
	ck_assert_int_eq(publish_catalog(lease, "h2").number, 2);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, lease, "s1").number, 1);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, lease, "s1").end, PUBLISH_SAME);
	ck_assert_int_eq(publish_one(PUBLISHED_SNAPSHOT, older(lease), "s2").end, PUBLISH_FENCED);
	ck_assert_int_eq(find(PUBLISHED_CATALOG).p.number, 2);
}
END_TEST

START_TEST(what_is_published_is_read)
{
	struct lease lease = lead("c1");
	struct found f = find(PUBLISHED_SNAPSHOT);

	ck_assert_int_eq(f.p.number, 0);
	ck_assert(str_absent(f.p.text));
	publish_one(PUBLISHED_SNAPSHOT, lease, "s1");
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

START_TEST(who_leaves_is_in_the_news)
{
	ck_assert(lease_news(STR("leaderless 7")));
	ck_assert(!lease_news(STR("epoch 7")));
	ck_assert(!lease_news(STR("")));
}
END_TEST

/* --- what nobody needs any more --- */

static void forget(struct lease lease, enum lease_forget what, const char *key, const char *name)
{
	struct str one = str_of(name);

	lease_forget(&fix.store, &lease, STR("sr:1:{v:x}:fence"), str_of(key), what, 1, &one);
	renew("c1", 0); /* answers come in the order of asking */
}

START_TEST(only_the_leader_forgets)
{
	struct lease lease = { .token = 7, .until_us = T0 + SECOND };

	fix_int("HSET sr:1:{v:x}:health a 1 b 1 c 1");
	fix_int("ZADD sr:1:{v:x}:warm 1 a 1 b");
	forget(lease, FORGET_FIELDS, "sr:1:{v:x}:health", "a");
	forget(lease, FORGET_MEMBERS, "sr:1:{v:x}:warm", "a");
	ck_assert_int_eq(fix_int("HLEN sr:1:{v:x}:health"), 2);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{v:x}:warm"), 1);
	forget(older(lease), FORGET_FIELDS, "sr:1:{v:x}:health", "b");
	fix.store.test_now_us = lease.until_us;
	forget(lease, FORGET_FIELDS, "sr:1:{v:x}:health", "c");
	ck_assert_int_eq(fix_int("HLEN sr:1:{v:x}:health"), 2);
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
	tcase_add_test(t, after_a_failover_nobody_begins_to_lead_at_once);
	tcase_add_test(t, only_the_leader_renews_and_drops);
	tcase_add_test(t, what_differs_gets_a_new_epoch);
	tcase_add_test(t, an_old_leader_publishes_nothing);
	tcase_add_test(t, what_comes_after_the_lease_does_nothing);
	tcase_add_test(t, a_token_that_a_failover_forgot_fences_again);
	tcase_add_test(t, the_snapshot_has_a_number_of_its_own);
	tcase_add_test(t, what_is_published_is_read);
	tcase_add_test(t, messages_name_what_is_new);
	tcase_add_test(t, who_leaves_is_in_the_news);
	tcase_add_test(t, only_the_leader_forgets);
	suite_add_tcase(s, t);
	return s;
}
