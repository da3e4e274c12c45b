/*
 * secrets.h -- the vendors' credentials of this process, by endpoint.
 *
 * Resolved from the catalog's references in the gateway's own environment, files
 * or systemd credentials; never in the catalog, in Redis or in a log.
 */
#ifndef GATE_SECRETS_H
#define GATE_SECRETS_H

#include "model/catalog.h"

struct secrets;

/* usable_r[i] says whether endpoint i has its credential; one warning for each that has none. */
struct secrets *secrets_load(const struct catalog *c, bool *usable_r);
void secrets_free(struct secrets *s);

/* Tells one credential of an endpoint from another, or from none, in Redis too: 32 bits of a hash
 * under the fleet's own secret. Never 0. */
uint32_t secrets_digest(const struct secrets *s, uint32_t endpoint, struct str pepper);
/* the whole header line: "authorization: Bearer ..."; NULL: the endpoint needs none */
const char *secrets_header(const struct secrets *s, uint32_t endpoint);
/* what stands in it for the vendor alone; absent: nothing */
struct str secrets_credential(const struct secrets *s, const struct endpoint *e);

#endif
