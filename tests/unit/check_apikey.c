/* check_apikey.c -- keys: made, read back, and told from noise; ids; what a payer may use. */
#include <check.h>
#include <sodium.h>

#include "base/obj.h"
#include "base/rand.h"
#include "core/apikey.h"
#include "core/apikey_memo.h"
#include "unit.h"

static void fill(unsigned char random[32], uint64_t seed)
{
	struct rnd r = rnd_seed(seed);

	for (int i = 0; i < 32; i++)
		random[i] = (unsigned char)rnd_u64(&r);
}

START_TEST(a_key_is_read_as_it_was_made)
{
	static const struct {
		const char *org, *id;
	} ids[] = { { "acme", "k1" }, { "a_b-c.d", "x-y.z" }, { "o", "7" } };
	struct apikey key;

	for (uint64_t seed = 0; seed < 300; seed++) {
		unsigned char random[32];
		char text[APIKEY_MAX];
		size_t which = seed % COUNT_OF(ids);

		fill(random, seed);
		apikey_format(text, str_of(ids[which].org), str_of(ids[which].id), random);
		ck_assert_msg(apikey_parse(str_of(text), &key), "%s", text);
		ck_assert_str_eq(key.org, ids[which].org);
		ck_assert_str_eq(key.id, ids[which].id);
		ck_assert_uint_eq(key.secret.n, APIKEY_SECRET_CHARS + APIKEY_CHECK_CHARS);
		ck_assert(str_ends(str_of(text), key.secret));
	}
}
END_TEST

START_TEST(the_longest_key_fits)
{
	char id[ID_MAX], text[APIKEY_MAX];
	unsigned char random[32];
	struct apikey key;

	memset(id, 'i', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	memset(random, 0xff, sizeof(random));
	apikey_format(text, str_of(id), str_of(id), random);
	ck_assert(apikey_parse(str_of(text), &key));
	ck_assert_str_eq(key.org, id);
	ck_assert_str_eq(key.id, id);
}
END_TEST

/* 2^256 - 1 in base 62, and 0: by a calculator with long numbers */
START_TEST(the_secret_is_the_whole_number)
{
	char text[APIKEY_MAX];
	unsigned char random[32] = { 0 };

	apikey_format(text, STR("o"), STR("k"), random);
	ck_assert(str_starts(str_of(text),
			     STR("sk-sr-o_k-0000000000000000000000000000000000000000000")));
	memset(random, 0xff, sizeof(random));
	apikey_format(text, STR("o"), STR("k"), random);
	ck_assert(str_starts(str_of(text),
			     STR("sk-sr-o_k-yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1")));
}
END_TEST

START_TEST(a_changed_character_is_noticed)
{
	unsigned char random[32];
	char text[APIKEY_MAX];
	struct apikey key;
	size_t n;

	fill(random, 1);
	apikey_format(text, STR("acme"), STR("k1"), random);
	n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		char was = text[i];

		text[i] = was == 'x' ? 'y' : 'x';
		ck_assert_msg(!apikey_parse(str_of(text), &key), "%s", text);
		text[i] = was;
	}
	ck_assert(apikey_parse(str_of(text), &key));
	for (size_t i = 0; i < n; i++)
		ck_assert(!apikey_parse((struct str){ text, i }, &key));
}
END_TEST

static const char *const no_keys[] = {
	"",
	"sk-sr-",
	"sk-proj-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789",
	"sk-sr-acme-0000000000000000000000000000000000000000000000000",
	"sk-sr-_k-00000000000000000000000000000000000000000000000000",
	"sk-sr-o_-00000000000000000000000000000000000000000000000000",
	"sk-sr-o k-0000000000000000000000000000000000000000000000000",
};

START_TEST(noise_is_no_key)
{
	struct apikey key;

	ck_assert(!apikey_parse(str_of(no_keys[_i]), &key));
}
END_TEST

START_TEST(random_noise_is_no_key)
{
	struct rnd r = rnd_seed(3);
	char text[APIKEY_MAX + 20];
	struct apikey key;

	for (int i = 0; i < 20000; i++) {
		size_t n = rnd_below(&r, sizeof(text));

		for (size_t c = 0; c < n; c++)
			text[c] = "sk-_rA0z{}\0\xff"[rnd_below(&r, 12)];
		memcpy(text, "sk-sr-o_k-", n < 10 ? n : 10);
		ck_assert(!apikey_parse((struct str){ text, n }, &key));
	}
}
END_TEST

/* RFC 4231, test case 2 */
START_TEST(the_digest_is_hmac_sha256)
{
	char hex[65];

	apikey_digest(hex, STR("Jefe"), STR("what do ya want for nothing?"));
	ck_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

/* a key under which the table was made, and a digest that tells whose it is */
static const unsigned char memo_key[APIKEY_MEMO_KEY_BYTES] = "no chance at all";

static void digest_of(char digest[65], int number)
{
	snprintf(digest, 65, "%064d", number);
}

/* into room that was used before, as a stack's is */
static bool find(const struct apikey_memo *m, struct str secret, char digest[65])
{
	memset(digest, 'x', 65);
	return apikey_memo_find(m, secret, digest);
}

/* A table of 16 places that was told so many secrets, each with its number for a digest; of
 * each whether it is kept still, and how many are. */
static int keep_many(const unsigned char key[APIKEY_MEMO_KEY_BYTES], int n, bool kept_r[])
{
	struct apikey_memo *m = apikey_memo_new(16, key);
	char secret[8], kept[65], found[65];
	int known = 0;

	ck_assert(!find(m, STR("0"), found));
	for (int i = 0; i < n; i++) {
		struct str s = { secret, (size_t)snprintf(secret, sizeof(secret), "%d", i) };

		digest_of(kept, i);
		apikey_memo_keep(m, s, kept);
		ck_assert(find(m, s, found));
		ck_assert_str_eq(found, kept);
	}
	for (int i = 0; i < n; i++) {
		struct str s = { secret, (size_t)snprintf(secret, sizeof(secret), "%d", i) };

		digest_of(kept, i);
		kept_r[i] = find(m, s, found);
		ck_assert(!kept_r[i] || strcmp(found, kept) == 0);
		known += kept_r[i];
	}
	apikey_memo_free(m);
	return known;
}

START_TEST(a_digest_that_was_kept_is_the_secrets_own)
{
	bool kept[200];
	int known = keep_many(memo_key, 200, kept);

	ck_assert_int_gt(known, 8); /* of 16 places nearly all, each with one of them */
	ck_assert_int_le(known, 16);
}
END_TEST

START_TEST(which_secrets_meet_goes_by_the_key)
{
	static const unsigned char other_key[APIKEY_MEMO_KEY_BYTES] = "no chance at two";
	bool kept[200], kept_by_other[200];

	keep_many(memo_key, 200, kept);
	keep_many(other_key, 200, kept_by_other);
	ck_assert_mem_ne(kept, kept_by_other, sizeof(kept));
}
END_TEST

/* Two were looked for until they met: the first 32 of their marks' 128 bits are the same. */
START_TEST(a_secret_is_known_by_its_whole_mark)
{
	struct apikey_memo *m = apikey_memo_new(16, memo_key);
	char digest[65], found[65];

	digest_of(digest, 1);
	apikey_memo_keep(m, STR("16425"), digest);
	ck_assert(find(m, STR("16425"), found));
	ck_assert(!find(m, STR("17472"), found));
	apikey_memo_keep(m, STR("17472"), digest);
	ck_assert(!find(m, STR("16425"), found)); /* there is one place for both */
	apikey_memo_free(m);
}
END_TEST

START_TEST(digests_compare)
{
	char a[65], b[65], none[65] = "";

	apikey_digest(a, STR("pepper"), STR("one"));
	apikey_digest(b, STR("pepper"), STR("one"));
	ck_assert(apikey_digest_eq(a, b));
	b[63] ^= 1;
	ck_assert(!apikey_digest_eq(a, b));
	apikey_digest(b, STR("salt"), STR("one"));
	ck_assert(!apikey_digest_eq(a, b));
	ck_assert(!apikey_digest_eq(a, none));
	ck_assert(!apikey_digest_eq(none, none));
}
END_TEST

START_TEST(ids_cannot_break_out_of_their_place)
{
	static const char *const good[] = { "a", "Team-7", "x.y_z", "0" };
	static const char *const bad[] = {
		"", "a b", "a:b", "a{b", "a}b", "a/b", "\xc3\xa9", "a\n"
	};
	char longest[ID_MAX + 1];

	for (size_t i = 0; i < COUNT_OF(good); i++)
		ck_assert(id_is_good(str_of(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert(!id_is_good(str_of(bad[i])));
	ck_assert(!id_is_good((struct str){ "a\0b", 3 }));
	memset(longest, 'a', sizeof(longest));
	ck_assert(id_is_good((struct str){ longest, ID_MAX - 1 }));
	ck_assert(!id_is_good((struct str){ longest, ID_MAX }));
}
END_TEST

START_TEST(a_payer_may_use_what_is_listed)
{
	struct payer p = { .models = "gpt-4o, anthropic/claude-x,fast" };

	ck_assert(payer_may_use(&p, STR("gpt-4o"), STR("gpt-4o"), STR("openai")));
	ck_assert(payer_may_use(&p, STR("openai/gpt-4o"), STR("gpt-4o"), STR("openai")));
	ck_assert(payer_may_use(&p, STR("claude-x"), STR("claude-x"), STR("anthropic")));
	ck_assert(payer_may_use(&p, STR("fast"), STR("any"), STR("qwen")));
	ck_assert(!payer_may_use(&p, STR("claude-x"), STR("claude-x"), STR("other")));
	ck_assert(!payer_may_use(&p, STR("gpt-4"), STR("gpt-4"), STR("openai")));
	ck_assert(!payer_may_use(&p, STR("gpt-4o,"), STR("gpt-4o-mini"), STR("openai")));
	p.models[0] = '\0';
	ck_assert(payer_may_use(&p, STR("gpt-4"), STR("gpt-4"), STR("openai")));
}
END_TEST

START_TEST(names_of_limits_are_found)
{
	struct payer p = { .expires_us = 0 };
	enum scope scope;
	enum period period;

	ck_assert(scope_of(STR("team"), &scope) && scope == SCOPE_team);
	ck_assert(!scope_of(STR("tea"), &scope));
	ck_assert(period_of(STR("week"), &period) && period == PERIOD_week);
	ck_assert(!period_of(STR("year"), &period));
	ck_assert(rate_counts_tokens(RATE_tpm) && !rate_counts_tokens(RATE_rpm));
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&p.scope[s].limits);
	ck_assert(!payer_has_budget(&p));
	p.scope[SCOPE_org].limits.budget_nanos[PERIOD_total] = 0;
	ck_assert(payer_has_budget(&p));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apikey");
	TCase *t = tcase_create("keys");

	tcase_add_test(t, a_key_is_read_as_it_was_made);
	tcase_add_test(t, the_longest_key_fits);
	tcase_add_test(t, the_secret_is_the_whole_number);
	tcase_add_test(t, a_changed_character_is_noticed);
	tcase_add_loop_test(t, noise_is_no_key, 0, (int)COUNT_OF(no_keys));
	tcase_add_test(t, random_noise_is_no_key);
	tcase_add_test(t, the_digest_is_hmac_sha256);
	tcase_add_test(t, a_digest_that_was_kept_is_the_secrets_own);
	tcase_add_test(t, which_secrets_meet_goes_by_the_key);
	tcase_add_test(t, a_secret_is_known_by_its_whole_mark);
	tcase_add_test(t, digests_compare);
	tcase_add_test(t, ids_cannot_break_out_of_their_place);
	tcase_add_test(t, a_payer_may_use_what_is_listed);
	tcase_add_test(t, names_of_limits_are_found);
	suite_add_tcase(s, t);
	return unit_run(s);
}
