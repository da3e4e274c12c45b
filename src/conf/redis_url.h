/*
 * redis_url.h -- where Redis is:
 *
 *     redis://[user@]host[:port][/db]      unix:///path[?db=n]
 *     redis+sentinel://[user@]host[:port],.../master-name[/db]
 *     redis+cluster://[user@]host[:port],...
 *
 * No password: an URL is shown in logs and in status.
 */
#ifndef CONF_REDIS_URL_H
#define CONF_REDIS_URL_H

#include "base/err.h"

#define REDIS_PLACES_MAX 16

struct redis_place {
	char path[108]; /* of the unix socket; "" = TCP */
	char host[256];
	char port[6];
};

enum redis_kind { REDIS_ONE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_url {
	enum redis_kind kind;
	char user[64];   /* "" = none */
	char master[64]; /* what the Sentinels call the primary; "" without Sentinels */
	int64_t db;
	size_t n_places; /* at least one */
	struct redis_place place[REDIS_PLACES_MAX];
};

enum err redis_url_parse(struct str text, struct redis_url *url_r,
			 struct fault *fault_r) MUST_CHECK;

/* host is a name or an address; false: one of them is not good */
bool redis_place_set(struct redis_place *p, struct str host, int64_t port) MUST_CHECK;
bool redis_place_same(const struct redis_place *a, const struct redis_place *b);

#endif
