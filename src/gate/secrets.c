/* secrets.c -- the vendors' credentials of this process, as whole header lines. */
#include "gate/secrets.h"

#include <sodium.h>

#include "base/log.h"
#include "core/dialect.h"
#include "io/secret.h"

struct secrets {
	uint32_t n;
	struct secret *header[]; /* by endpoint index; NULL: none */
};

static const char *beginning_of(const struct endpoint *e)
{
	return dialect_of(e->dialect)->auth == AUTH_X_API_KEY ? "x-api-key: "
							      : "authorization: Bearer ";
}

static struct secret *header_of(const struct endpoint *e, const struct secret *credential)
{
	char line[SECRET_MAX + 64];
	struct secret *s;

	snprintf(line, sizeof(line), "%s%s", beginning_of(e), secret_text(credential));
	s = secret_of(str_of(line));
	sodium_memzero(line, sizeof(line));
	return s;
}

static bool load_one(const struct endpoint *e, struct secret **header_r)
{
	struct secret *credential;
	struct fault f;

	if (e->secret.n == 0)
		return true; /* an endpoint that asks for none */
	credential = secret_resolve(e->secret, &f);
	if (!credential) {
		log_say(LOG_WARN, "no_credential", "endpoint %.*s is not used: %s",
			STR_ARG(e->name), f.text);
		return false;
	}
	*header_r = header_of(e, credential);
	secret_free(credential);
	return *header_r != NULL;
}

struct secrets *secrets_load(const struct catalog *c, bool *usable_r)
{
	struct secrets *s = calloc(1, sizeof(*s) + c->n_endpoints * sizeof(s->header[0]));

	if (!s)
		return NULL;
	s->n = c->n_endpoints;
	for (uint32_t i = 0; i < s->n; i++)
		usable_r[i] = load_one(&c->endpoints[i], &s->header[i]);
	return s;
}

void secrets_free(struct secrets *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		secret_free(s->header[i]);
	free(s);
}

const char *secrets_header(const struct secrets *s, uint32_t endpoint)
{
	return s->header[endpoint] ? secret_text(s->header[endpoint]) : NULL;
}

struct str secrets_credential(const struct secrets *s, const struct endpoint *e)
{
	const char *header = secrets_header(s, e->index);

	return header ? str_of(header + strlen(beginning_of(e))) : STR_NONE;
}

uint32_t secrets_digest(const struct secrets *s, uint32_t endpoint, struct str pepper)
{
	const char *header = secrets_header(s, endpoint);
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	uint32_t digest;

	if (!header)
		header = "";
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)pepper.p, pepper.n);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)header, strlen(header));
	crypto_auth_hmacsha256_final(&state, mac);
	memcpy(&digest, mac, sizeof(digest));
	return digest | 1; /* 0 stands for everybody */
}
