/* scripts_record.c -- records of orgs, teams and keys: made, changed, deleted. */
#include "lua/fixture.h"
#include "store/keys.h"

#define ACME "sr:1:{o:acme}:"
#define ORGS "sr:1:{fleet}:orgs"

struct put {
	bool done;
	enum put_end end;
	int64_t ver;
};

static void on_put(void *who, enum put_end end, int64_t ver)
{
	*(struct put *)who = (struct put){ .done = true, .end = end, .ver = ver };
}

/* value NULL: the field goes */
static struct put put(enum put_mode mode, enum scope s, const char *id, struct str team,
		      const char *name, const char *value)
{
	const struct field field = { str_of(name), value ? str_of(value) : STR_NONE };
	struct put p = { .done = false };

	record_put(&fix.store, mode, STR("acme"), s, str_of(id), team, &field, 1, on_put, &p);
	fix_await(&p.done);
	return p;
}

static struct put create_key(const char *id, const char *team)
{
	return put(PUT_CREATE, SCOPE_key, id, str_of(team), "status", "active");
}

static enum put_end create_org(void)
{
	return put(PUT_CREATE, SCOPE_org, "acme", STR_NONE, "status", "active").end;
}

static enum put_end drop(enum scope s, const char *id)
{
	struct put p = { .done = false };

	record_drop(&fix.store, STR("acme"), s, str_of(id), on_put, &p);
	fix_await(&p.done);
	return p.end;
}

START_TEST(a_key_that_is_too_long_is_empty)
{
	char long_name[RKEY_MAX + 1];
	struct rkey k;

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	memset(&k, 'y', sizeof(k));
	ck_assert_uint_eq(key_vendor(&k, str_of(long_name), "health").n, 0);
	ck_assert_str_eq(k.text, "");
	ck_assert_uint_eq(key_vendor(&k, STR("openai"), "health").n, strlen(k.text));
	ck_assert_str_eq(k.text, "sr:1:{v:openai}:health");
}
END_TEST

START_TEST(a_record_is_created_once)
{
	ck_assert_int_eq(create_key("k2", "t1").end, PUT_OK);
	ck_assert_int_eq(create_key("k2", "t1").end, PUT_EXISTS);
	ck_assert_int_eq(create_key("k3", "nobody").end, PUT_NO_PARENT);
	ck_assert_int_eq(put(PUT_CHANGE, SCOPE_key, "k4", STR_NONE, "rpm", "1").end, PUT_MISSING);
	ck_assert_int_eq(fix_int("SCARD " ACME "keys"), 2);
	ck_assert_int_eq(fix_int("HGET " ACME "team:t1 children"), 2);
	ck_assert_int_eq(fix_int("EXISTS " ACME "key:k3 " ACME "key:k4"), 0);
}
END_TEST

/* the list of orgs takes nothing while it is of a wrong type */
START_TEST(an_org_that_the_list_does_not_take_is_not_made)
{
	fix_int("DEL " ACME "org " ORGS);
	fix_int("LPUSH " ORGS " x");
	ck_assert_int_eq(create_org(), PUT_LOST);
	ck_assert_int_eq(create_org(), PUT_LOST);
	ck_assert_int_eq(fix_int("EXISTS " ACME "org"), 0);
	fix_int("DEL " ORGS);
	ck_assert_int_eq(create_org(), PUT_OK);
	ck_assert_int_eq(fix_int("SISMEMBER " ORGS " acme"), 1);
}
END_TEST

START_TEST(an_org_that_is_not_listed_is_listed_by_the_next_create)
{
	fix_int("DEL " ORGS);
	ck_assert_int_eq(create_org(), PUT_EXISTS);
	ck_assert_int_eq(fix_int("SISMEMBER " ORGS " acme"), 1);
}
END_TEST

START_TEST(every_change_has_a_greater_version)
{
	int64_t ver = create_key("k2", "t1").ver;

	ck_assert_int_eq(ver, T0);
	ck_assert_int_eq(put(PUT_CHANGE, SCOPE_key, "k2", STR_NONE, "rpm", "5").ver, T0 + 1);
	ck_assert_int_eq(fix_int("HGET " ACME "key:k2 rpm"), 5);
	fix.store.test_now_us += SECOND;
	ck_assert_int_eq(put(PUT_CHANGE, SCOPE_key, "k2", STR_NONE, "rpm", NULL).ver, T0 + SECOND);
	ck_assert_int_eq(fix_int("HEXISTS " ACME "key:k2 rpm"), 0);
}
END_TEST

START_TEST(what_has_children_is_not_deleted)
{
	ck_assert_int_eq(drop(SCOPE_org, "acme"), PUT_EXISTS);
	ck_assert_int_eq(drop(SCOPE_team, "t1"), PUT_EXISTS);
	ck_assert_int_eq(drop(SCOPE_key, "k1"), PUT_OK);
	ck_assert_int_eq(drop(SCOPE_key, "k1"), PUT_MISSING);
	ck_assert_int_eq(drop(SCOPE_team, "t1"), PUT_OK);
	ck_assert_int_eq(drop(SCOPE_org, "acme"), PUT_OK);
	ck_assert_int_eq(fix_int("DBSIZE"), 0);
}
END_TEST

/* money of it is held: first reserved, then in suspense */
START_TEST(an_org_with_money_held_is_not_deleted)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct held h = fix_open("r1");
	struct charge unknown = { .attempt = 1, .unknown = true, .final = true, .tokens_used = -1 };

	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	ck_assert_int_eq(drop(SCOPE_key, "k1"), PUT_OK);
	ck_assert_int_eq(drop(SCOPE_team, "t1"), PUT_OK);
	ck_assert_int_eq(drop(SCOPE_org, "acme"), PUT_EXISTS);
	fix_settle(&h, unknown);
	ck_assert_int_eq(drop(SCOPE_org, "acme"), PUT_EXISTS);
	fix_charge(&h, 1, 50);
	ck_assert_int_eq(drop(SCOPE_org, "acme"), PUT_OK);
}
END_TEST

/* who deletes a key and makes it anew neither frees its concurrency nor wakes old copies of it */
START_TEST(a_record_made_anew_knows_what_is_in_flight)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct held h = fix_open("r1"), old;

	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	old = fix_open("r2");
	ck_assert_int_eq(drop(SCOPE_key, "k1"), PUT_OK);
	ck_assert_int_gt(fix_int("TTL " ACME "key:k1"), 0);
	ck_assert_int_eq(fix_admit(&old, &plan).kind, VERDICT_STALE);
	fix.store.test_now_us++;
	ck_assert_int_eq(create_key("k1", "t1").end, PUT_OK);
	ck_assert_int_eq(fix_int("TTL " ACME "key:k1"), -1);
	ck_assert_int_eq(fix_int("HGET " ACME "key:k1 live"), 1);
	ck_assert_int_eq(fix_admit(&old, &plan).kind, VERDICT_STALE);
	fix_charge(&h, 1, 50);
	fix_expect_live(0);
}
END_TEST

START_TEST(an_index_of_a_wrong_type_changes_nothing)
{
	char dump[64];

	fix_int("DEL " ACME "keys");
	fix_int("LPUSH " ACME "keys x");
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(create_key("k2", "t1").end, PUT_LOST);
	ck_assert_int_eq(drop(SCOPE_key, "k1"), PUT_LOST);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

Suite *suite_record(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, a_key_that_is_too_long_is_empty);
	tcase_add_test(t, a_record_is_created_once);
	tcase_add_test(t, an_org_that_the_list_does_not_take_is_not_made);
	tcase_add_test(t, an_org_that_is_not_listed_is_listed_by_the_next_create);
	tcase_add_test(t, every_change_has_a_greater_version);
	tcase_add_test(t, what_has_children_is_not_deleted);
	tcase_add_test(t, an_org_with_money_held_is_not_deleted);
	tcase_add_test(t, a_record_made_anew_knows_what_is_in_flight);
	tcase_add_test(t, an_index_of_a_wrong_type_changes_nothing);
	suite_add_tcase(s, t);
	return s;
}
