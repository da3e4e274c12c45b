/*
 * apikey_memo.h -- digests of the secrets that were right lately, so that a key in use costs no
 * HMAC a request.
 *
 * Only the digest is remembered: who compares it with the key's record does so as ever, and a key
 * that was blocked or renewed is known at once. Neither the secret nor a plain hash of it is kept,
 * but SipHash-2-4-128 under a key that the process drew: nobody else can tell which two secrets
 * would meet, 128 bits are too many to try, and the memory tells nothing of the secret.
 */
#ifndef CORE_APIKEY_MEMO_H
#define CORE_APIKEY_MEMO_H

#include "base/str.h"

#define APIKEY_MEMO_KEY_BYTES 16

struct apikey_memo;

/* Room for so many, at least 1; random is the key. NULL: no memory. */
struct apikey_memo *apikey_memo_new(uint32_t max,
				    const unsigned char random[APIKEY_MEMO_KEY_BYTES]);
void apikey_memo_free(struct apikey_memo *m);

/* what apikey_digest() makes of this secret, if that was kept */
bool apikey_memo_find(const struct apikey_memo *m, struct str secret, char digest_r[65]);
/* Of a secret that is right: wrong ones would only push others out. */
void apikey_memo_keep(struct apikey_memo *m, struct str secret, const char digest[65]);

#endif
