/* apikey_memo.c -- a table of digests, each at the place that its secret's mark names. */
#include "core/apikey_memo.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/obj.h"

#define MARK_BYTES crypto_shorthash_siphashx24_BYTES

_Static_assert(APIKEY_MEMO_KEY_BYTES == crypto_shorthash_siphashx24_KEYBYTES, "a key of SipHash");

struct kept {
	unsigned char mark[MARK_BYTES]; /* of the secret, under the process' key */
	char digest[65];                /* "": nothing is kept here */
};

struct apikey_memo {
	unsigned char key[APIKEY_MEMO_KEY_BYTES];
	uint32_t max;
	struct kept at[];
};

struct apikey_memo *apikey_memo_new(uint32_t max, const unsigned char random[APIKEY_MEMO_KEY_BYTES])
{
	struct apikey_memo *m = calloc(1, sizeof(*m) + max * sizeof(*m->at));

	if (!m)
		return NULL;
	memcpy(m->key, random, sizeof(m->key));
	m->max = max;
	return m;
}

void apikey_memo_free(struct apikey_memo *m)
{
	if (m)
		sodium_memzero(m->key, sizeof(m->key));
	free(m);
}

/* the secret's mark, and the place that it names */
static uint32_t place_of(const struct apikey_memo *m, struct str secret,
			 unsigned char mark_r[MARK_BYTES])
{
	uint32_t place;

	crypto_shorthash_siphashx24(mark_r, (const unsigned char *)secret.p, secret.n, m->key);
	memcpy(&place, mark_r, sizeof(place));
	return place % m->max;
}

bool apikey_memo_find(const struct apikey_memo *m, struct str secret, char digest_r[65])
{
	unsigned char mark[MARK_BYTES];
	const struct kept *kept = &m->at[place_of(m, secret, mark)];

	if (kept->digest[0] == '\0' || sodium_memcmp(kept->mark, mark, sizeof(mark)) != 0)
		return false;
	memcpy(digest_r, kept->digest, sizeof(kept->digest));
	return true;
}

void apikey_memo_keep(struct apikey_memo *m, struct str secret, const char digest[65])
{
	unsigned char mark[MARK_BYTES];
	struct kept *kept = &m->at[place_of(m, secret, mark)];

	memcpy(kept->mark, mark, sizeof(mark));
	memcpy(kept->digest, digest, sizeof(kept->digest));
}
