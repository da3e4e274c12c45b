/*
 * apikey.h -- the API keys that clients send: sk-sr-<org>_<id>-<secret>.
 *
 * The part before the last dash is public and may be logged. It carries the org,
 * so that a key's record is found in its org's slot. The secret is 43 characters
 * of base62 (256 bits) and a check of 6 characters, so that scanners can tell a
 * key from noise. Redis keeps only HMAC-SHA256(pepper, secret).
 */
#ifndef CORE_APIKEY_H
#define CORE_APIKEY_H

#include "base/str.h"
#include "model/payer.h"

#define APIKEY_SECRET_CHARS 43
#define APIKEY_CHECK_CHARS  6
#define APIKEY_MAX          (6 + ID_MAX + 1 + ID_MAX + 1 + APIKEY_SECRET_CHARS + APIKEY_CHECK_CHARS + 1)

struct apikey {
	char org[ID_MAX];
	char id[ID_MAX];
	struct str secret; /* with its check (points into the text that was parsed) */
};

/* Ids of keys hold no '_', which is where the org ends: "a_b_c" is key c of org a_b. */
bool apikey_id_is_good(struct str id);

/* false: not one of our keys, or its check characters are wrong */
bool apikey_parse(struct str text, struct apikey *key_r);

/* 32 random bytes to a whole key; the ids are good (id_is_good, apikey_id_is_good) */
void apikey_format(char dst[APIKEY_MAX], struct str org, struct str id,
		   const unsigned char random[32]);

/* hex of HMAC-SHA256(pepper, secret with its check) */
void apikey_digest(char dst[65], struct str pepper, struct str secret);

/* Tells one pepper from another, and nothing else of it: 32 bits of a hash under it, as hex. */
#define APIKEY_PEPPER_MARK 9
void apikey_pepper_mark(char dst[APIKEY_PEPPER_MARK], struct str pepper);

/* Compares two digests in time that does not depend on where they differ. "" equals nothing. */
bool apikey_digest_eq(const char a[65], const char b[65]);

#endif
