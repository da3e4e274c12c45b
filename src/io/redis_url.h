/*
 * redis_url.h -- where Redis is: redis://[user@]host[:port][/db], unix:///path[?db=n].
 *
 * No password: an URL is shown in logs and in status.
 */
#ifndef IO_REDIS_URL_H
#define IO_REDIS_URL_H

#include "base/err.h"

struct redis_url {
	char path[108]; /* of the unix socket; "" = TCP */
	char host[256];
	char port[6];
	char user[64]; /* "" = none */
	int64_t db;
};

enum err redis_url_parse(struct str text, struct redis_url *url_r,
			 struct fault *fault_r) MUST_CHECK;

#endif
