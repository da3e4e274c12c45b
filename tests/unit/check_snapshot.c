/* check_snapshot.c -- a snapshot's text: what is written is read again, what is damaged is refused.
 */
#include <math.h>

#include "core/snapshot_text.h"
#include "small_catalog.h"
#include "unit.h"

static struct catalog *catalog;
static struct snapshot *known;

static void know_targets(struct snapshot *s)
{
	struct latency seen = { .n = 12.5,
				.first_p50_ms = 310,
				.first_p95_ms = 1200.25,
				.first_mean_ms = 400,
				.first_var = 1e5,
				.token_mean_ms = 14.25,
				.token_var = 3.5 };

	s->targets[1].attempts = 13;
	s->targets[1].failure = 0.0625;
	s->targets[1].latency[SIZE_1k] = seen;
	s->targets[1].latency[SIZE_more] = seen;
	s->targets[1].latency[SIZE_more].n = 0.125;
}

static void know_models(struct snapshot *s)
{
	struct model_view *big = &s->models[0], *small = &s->models[1];

	big->calibration = 1.125;
	big->calibrations[0] = 0.75;
	big->calibrations[PROMPT_KINDS - 1] = 1.5;
	big->length = (struct length){ .n = 30, .q50 = 5.5, .q90 = 7.25 };
	big->lengths = ARENA_ARRAY(&s->arena, struct length, 2);
	big->lengths[0] = (struct length){ .n = 3, .q50 = 6.5, .q90 = 7.5 };
	small->skills = ARENA_ARRAY(&s->arena, struct skill, 2);
	small->skills[1] = (struct skill){ .mean = 0.875, .mass = 40 };
	s->length = (struct length){ .n = 31, .q50 = 5.25, .q90 = 7 };
}

static void know_warm(struct snapshot *s)
{
	s->n_warm = 2;
	s->warm = ARENA_ARRAY(&s->arena, struct warm, 2);
	s->warm[0] = (struct warm){
		.prefix = 7, .target = 2, .tokens = 2048, .until_s = 1763838300
	};
	s->warm[1] = (struct warm){
		.prefix = UINT64_MAX, .target = 1, .tokens = 1100, .until_s = 1763838200
	};
}

static void setup(void)
{
	catalog = small_catalog();
	known = snapshot_new(catalog, 1 << 20);
	know_targets(known);
	know_models(known);
	know_warm(known);
}

static void teardown(void)
{
	snapshot_unref(known);
	catalog_unref(catalog);
}

static struct str text_of(const struct snapshot *s, struct buf *b)
{
	buf_init(b, SNAPSHOT_TEXT_MAX);
	snapshot_write(s, b);
	ck_assert(buf_ok(b));
	return buf_str(b);
}

static struct snapshot *read_text(struct str text)
{
	struct fault fault = { 0 };
	struct snapshot *s = snapshot_read(text, catalog, &fault);

	ck_assert_msg(s != NULL, "%s", fault.text);
	return s;
}

/* the text with `from` replaced is refused, for a reason that holds `why` */
static void refused(const char *from, const char *to, const char *why)
{
	struct fault fault = { 0 };
	struct snapshot *s;
	struct buf b, damaged;
	struct str text = text_of(known, &b);
	ptrdiff_t at = str_find(text, str_of(from));

	ck_assert_msg(at >= 0, "no %s in %.*s", from, STR_ARG(text));
	buf_init(&damaged, SNAPSHOT_TEXT_MAX);
	buf_add(&damaged, str_sub(text, 0, (size_t)at));
	buf_adds(&damaged, to);
	buf_add(&damaged, str_sub(text, (size_t)at + strlen(from), text.n));
	s = snapshot_read(buf_str(&damaged), catalog, &fault);
	ck_assert_msg(!s, "taken with %s for %s", to, from);
	ck_assert_msg(strstr(fault.text, why) != NULL, "%s for %s: %s", to, from, fault.text);
	buf_release(&b);
	buf_release(&damaged);
}

/* --- what is written is read again --- */

START_TEST(a_text_written_and_read_is_the_same)
{
	struct buf first, second;
	struct str text = text_of(known, &first);
	struct snapshot *s = read_text(text);

	ck_assert(str_eq(text_of(s, &second), text));
	ck_assert_double_eq(s->targets[1].latency[SIZE_1k].first_p95_ms, 1200);
	ck_assert_double_eq(s->targets[1].latency[SIZE_more].n, 0.125);
	ck_assert_double_eq(s->targets[1].failure, 0.0625);
	ck_assert_double_eq(s->targets[0].attempts, 0);
	ck_assert_double_eq(s->models[0].calibration, 1.125);
	ck_assert_double_eq(s->models[0].calibrations[0], 0.75);
	ck_assert_double_eq(s->models[0].calibrations[1], 0);
	ck_assert_double_eq(s->models[0].calibrations[PROMPT_KINDS - 1], 1.5);
	ck_assert_double_eq(s->models[0].lengths[0].q90, 7.5);
	ck_assert_double_eq(s->models[0].lengths[1].n, 0);
	ck_assert_double_eq(s->models[1].skills[1].mean, 0.875);
	ck_assert_ptr_null(s->models[1].lengths);
	ck_assert_double_eq(s->length.q90, 7);
	ck_assert_uint_eq(s->n_warm, 2);
	ck_assert_uint_eq(s->warm[0].target, 2);
	ck_assert_uint_eq(s->warm[1].prefix, UINT64_MAX);
	ck_assert_int_eq(s->warm[1].until_s, 1763838200);
	snapshot_unref(s);
	buf_release(&first);
	buf_release(&second);
}
END_TEST

START_TEST(one_that_knows_nothing_has_a_text_too)
{
	struct snapshot *nothing = snapshot_new(catalog, 1 << 20), *s;
	struct buf b;

	s = read_text(text_of(nothing, &b));
	assert_str(buf_str(&b), "{\"targets\":[],\n\"models\":[],\n\"warm\":[]}\n");
	ck_assert_uint_eq(s->n_warm, 0);
	snapshot_unref(s);
	snapshot_unref(nothing);
	buf_release(&b);
}
END_TEST

START_TEST(lists_that_hold_nothing_are_not_written)
{
	struct buf b;

	known->models[1].skills[1].mass = 0;
	ck_assert(!str_has(text_of(known, &b), "org/small\",\"skills"));
	ck_assert(!str_has(buf_str(&b), "skills"));
	buf_release(&b);
}
END_TEST

START_TEST(equal_texts_have_equal_hashes)
{
	struct buf b;
	struct str text = text_of(known, &b);
	struct snapshot *one = read_text(text), *two = read_text(text), *other;

	ck_assert_str_eq(one->hash, two->hash);
	ck_assert_uint_eq(strlen(one->hash), 16);
	buf_adds(&b, " ");
	other = read_text(buf_str(&b));
	ck_assert_str_ne(one->hash, other->hash);
	snapshot_unref(one);
	snapshot_unref(two);
	snapshot_unref(other);
	buf_release(&b);
}
END_TEST

/* --- another catalog --- */

START_TEST(what_a_catalog_does_not_have_is_passed_over)
{
	struct buf b;
	struct str text = text_of(known, &b);
	struct snapshot *s;

	catalog->endpoints[1].name = STR("north");
	catalog->models[1].id = STR("tiny");
	catalog->tasks[0] = STR("prose");
	s = read_text(text);
	ck_assert_double_eq(s->targets[1].attempts, 0);
	ck_assert_ptr_null(s->models[1].skills);
	ck_assert_double_eq(s->models[0].lengths[0].n, 0);
	ck_assert_double_eq(s->models[0].calibration, 1.125);
	ck_assert_uint_eq(s->n_warm, 0);
	snapshot_unref(s);
	buf_release(&b);
}
END_TEST

START_TEST(another_vendors_model_of_that_name_is_another)
{
	struct buf b;
	struct str text = text_of(known, &b);
	struct snapshot *s;

	catalog->models[0].vendor = STR("rival");
	s = read_text(text);
	ck_assert_double_eq(s->models[0].calibration, 0);
	ck_assert_double_eq(s->targets[1].attempts, 0);
	snapshot_unref(s);
	catalog->models[0].id = STR("acme/big");
	s = read_text(text);
	ck_assert_double_eq(s->models[0].calibration, 0);
	snapshot_unref(s);
	buf_release(&b);
}
END_TEST

START_TEST(warm_prefixes_are_sorted_by_whoever_reads_them)
{
	const char *text =
		"{\"targets\":[{\"model\":\"acme/org/small\",\"endpoint\":\"east\"},"
		"{\"model\":\"acme/big\",\"endpoint\":\"east\"}],\"models\":[],\"warm\":["
		"[\"00000000000000ff\",0,1,1],[\"00000000000000ff\",1,1,1],"
		"[\"0000000000000001\",0,1,1]]}";
	struct snapshot *s = read_text(str_of(text));

	ck_assert_uint_eq(s->warm[0].prefix, 1);
	ck_assert_uint_eq(s->warm[1].target, 0);
	ck_assert_uint_eq(s->warm[2].target, 2);
	snapshot_unref(s);
}
END_TEST

/* --- damage --- */

START_TEST(damaged_texts_are_refused_with_a_reason)
{
	refused("\"targets\":[", "\"targets\":{}, \"x\":[", "targets: missing, or no list");
	refused("\"models\":", "\"model\":", "models: missing");
	refused("\"warm\":", "\"cold\":", "warm: missing");
	refused("}\n", "", "byte");
	refused("\"endpoint\":\"west\"", "\"endpoint\":5", "a target: no model or no endpoint");
	refused("\"attempts\":13", "\"attempts\":-1", "attempts: ");
	refused("\"attempts\":13", "\"attempts\":1e999", "attempts: ");
	refused("\"failure\":0.0625", "\"failure\":1.5", "failure: ");
	refused("\"failure\":0.0625", "\"fail\":0.5", "failure: ");
	refused("\"first_p50_ms\":310", "\"first_p50_ms\":\"310\"", "first_p50_ms: ");
	refused("\"latency\":{", "\"latency\":5,\"x\":{", "latency: no object");
	refused("\"calibration\":1.125", "\"calibration\":null", "calibration: ");
	refused("{\"0\":0.75", "{\"64\":0.75", "calibrations: ");
	refused("\"length\":{\"n\":30,", "\"length\":{", "n: missing");
	refused("\"lengths\":{", "\"lengths\":[],\"x\":{", "a list by task: no object");
	refused("\"mean\":0.875", "\"mean\":1.01", "mean: ");
	refused("\"ffffffffffffffff\"", "\"fffffffffffffff\"", "not 16 digits of hex");
	refused("\"ffffffffffffffff\"", "\"fffffffffffffffG\"", "not 16 digits of hex");
	refused("\"ffffffffffffffff\",0", "\"ffffffffffffffff\",2", "target: ");
	refused("\"ffffffffffffffff\",0,1100,", "\"ffffffffffffffff\",0,", "no list of four");
	refused("1763838200", "1.5", "until: ");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("snapshot");
	TCase *t = tcase_create("text");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_text_written_and_read_is_the_same);
	tcase_add_test(t, one_that_knows_nothing_has_a_text_too);
	tcase_add_test(t, lists_that_hold_nothing_are_not_written);
	tcase_add_test(t, equal_texts_have_equal_hashes);
	tcase_add_test(t, what_a_catalog_does_not_have_is_passed_over);
	tcase_add_test(t, another_vendors_model_of_that_name_is_another);
	tcase_add_test(t, warm_prefixes_are_sorted_by_whoever_reads_them);
	tcase_add_test(t, damaged_texts_are_refused_with_a_reason);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
