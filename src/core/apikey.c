/* apikey.c -- make, read and check API keys. */
#include "core/apikey.h"

#include <sodium.h>
#include <stdio.h>
#include <zlib.h>

#define PREFIX     "sk-sr-"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define TAIL_CHARS (APIKEY_SECRET_CHARS + APIKEY_CHECK_CHARS)
#define BASE       62

static const char digits[BASE + 1] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* the check over everything before it: it tells a key from noise, it does not protect one */
static void write_check(char dst[APIKEY_CHECK_CHARS], const char *text, size_t n)
{
	uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)text, (uInt)n);

	for (int i = APIKEY_CHECK_CHARS - 1; i >= 0; i--) {
		dst[i] = digits[crc % BASE];
		crc /= BASE;
	}
}

/* the 256 bits as one number in base 62; divides the whole number once for each digit */
static void write_secret(char dst[APIKEY_SECRET_CHARS], const unsigned char random[32])
{
	unsigned char number[32];

	memcpy(number, random, sizeof(number));
	for (int i = APIKEY_SECRET_CHARS - 1; i >= 0; i--) {
		unsigned rest = 0;

		for (size_t b = 0; b < sizeof(number); b++) {
			rest = rest << 8 | number[b];
			number[b] = (unsigned char)(rest / BASE);
			rest %= BASE;
		}
		dst[i] = digits[rest];
	}
	sodium_memzero(number, sizeof(number));
}

static bool is_base62(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(digits, s.p[i], BASE))
			return false;
	return true;
}

bool apikey_id_is_good(struct str id)
{
	return id_is_good(id) && str_chr(id, '_') < 0;
}

bool apikey_parse(struct str text, struct apikey *key_r)
{
	struct str public, org;
	char check[APIKEY_CHECK_CHARS];
	size_t tail = text.n - TAIL_CHARS, cut;

	if (text.n >= APIKEY_MAX || text.n <= PREFIX_LEN + 1 + TAIL_CHARS ||
	    !str_starts(text, STR(PREFIX)) || text.p[tail - 1] != '-')
		return false;
	public = str_sub(text, PREFIX_LEN, tail - 1);
	/* an org's id may hold the separator, a key's cannot: the last one separates */
	for (cut = public.n; cut > 0 && public.p[cut - 1] != '_'; cut--)
		;
	if (cut == 0)
		return false;
	org = str_sub(public, 0, cut - 1);
	public = str_sub(public, cut, public.n);
	if (!id_is_good(org) || !apikey_id_is_good(public))
		return false;
	key_r->secret = str_sub(text, tail, text.n);
	write_check(check, text.p, text.n - APIKEY_CHECK_CHARS);
	return is_base62(key_r->secret) &&
	       memcmp(check, text.p + text.n - APIKEY_CHECK_CHARS, sizeof(check)) == 0 &&
	       str_copy(key_r->org, sizeof(key_r->org), org) &&
	       str_copy(key_r->id, sizeof(key_r->id), public);
}

void apikey_format(char dst[APIKEY_MAX], struct str org, struct str id,
		   const unsigned char random[32])
{
	int n = snprintf(dst, APIKEY_MAX, PREFIX "%.*s_%.*s-", STR_ARG(org), STR_ARG(id));
	char *secret = dst + n;

	write_secret(secret, random);
	write_check(secret + APIKEY_SECRET_CHARS, dst, (size_t)n + APIKEY_SECRET_CHARS);
	secret[TAIL_CHARS] = '\0';
}

void apikey_digest(char dst[65], struct str pepper, struct str secret)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)pepper.p, pepper.n);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)secret.p, secret.n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(dst, 65, mac, sizeof(mac));
}

void apikey_pepper_mark(char dst[APIKEY_PEPPER_MARK], struct str pepper)
{
	char digest[65];

	apikey_digest(digest, pepper, STR("which pepper"));
	str_copy(dst, APIKEY_PEPPER_MARK, str_of(digest));
}

bool apikey_digest_eq(const char a[65], const char b[65])
{
	/* a digest that is not there equals nothing, not even another one */
	return a[0] != '\0' && sodium_memcmp(a, b, 64) == 0;
}
