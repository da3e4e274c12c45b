/* redis_url.c -- read the URL of a Redis. */
#include "conf/redis_url.h"

#include <stdio.h>

#define DB_MAX        65535
#define PORT_MAX      65535
#define REDIS_PORT    6379
#define SENTINEL_PORT 26379

static enum err wrong(struct fault *f, const char *why)
{
	return fault_set(f, ERR_VALUE, "redis.url", "redis.url %s", why);
}

/* no text: database 0 */
static bool parse_db(struct str text, int64_t *db_r)
{
	*db_r = 0;
	return text.n == 0 || (str_i64(text, db_r) && *db_r >= 0 && *db_r <= DB_MAX);
}

static enum err parse_unix(struct str rest, struct redis_url *url, struct fault *f)
{
	struct str path = str_cut(&rest, '?');

	if (path.n < 2 || path.p[0] != '/')
		return wrong(f, "names no socket: unix:///path");
	if (!str_copy(url->place[0].path, sizeof(url->place[0].path), path))
		return wrong(f, "has a path too long for a socket");
	if (!str_absent(rest) && !str_starts(rest, STR("db=")))
		return wrong(f, "may end with ?db=NUMBER, nothing else");
	if (!parse_db(str_sub(rest, 3, rest.n), &url->db))
		return wrong(f, "has a database that is no number");
	url->n_places = 1;
	return ERR_OK;
}

/* "host", "host:port", "[v6]", "[v6]:port" */
static bool split_host(struct str text, struct str *host_r, struct str *port_r)
{
	ptrdiff_t end;

	if (text.n && text.p[0] == '[') {
		end = str_chr(text, ']');
		if (end < 0)
			return false;
		*host_r = str_sub(text, 1, (size_t)end);
		text = str_sub(text, (size_t)end + 1, text.n);
		if (text.n && text.p[0] != ':')
			return false;
		*port_r = str_sub(text, 1, text.n);
		return true;
	}
	*host_r = str_cut(&text, ':');
	*port_r = text;
	return true;
}

bool redis_place_set(struct redis_place *p, struct str host, int64_t port)
{
	p->path[0] = '\0';
	if (host.n == 0 || !str_copy(p->host, sizeof(p->host), host) || port < 1 || port > PORT_MAX)
		return false;
	snprintf(p->port, sizeof(p->port), "%u", (unsigned)port & PORT_MAX);
	return true;
}

bool redis_place_same(const struct redis_place *a, const struct redis_place *b)
{
	return !strcmp(a->path, b->path) && !strcmp(a->host, b->host) && !strcmp(a->port, b->port);
}

static enum err parse_place(struct str text, int64_t usual_port, struct redis_url *url,
			    struct fault *f)
{
	struct str host, port;

	if (url->n_places == REDIS_PLACES_MAX)
		return wrong(f, "names more than 16 hosts");
	if (!split_host(text, &host, &port) || host.n == 0)
		return wrong(f, "has no good host");
	if (port.n && !str_i64(port, &usual_port))
		return wrong(f, "has no good port");
	if (!redis_place_set(&url->place[url->n_places], host, usual_port))
		return wrong(f, "has no good host, or no good port");
	url->n_places++;
	return ERR_OK;
}

static enum err parse_user(struct str *places, struct redis_url *url, struct fault *f)
{
	struct str user = STR_NONE;

	if (str_chr(*places, '@') >= 0)
		user = str_cut(places, '@');
	if (str_chr(user, ':') >= 0)
		return wrong(f, "must hold no password: use redis.password");
	if (!str_copy(url->user, sizeof(url->user), user))
		return wrong(f, "has a user name too long");
	return ERR_OK;
}

static enum err parse_one(struct str rest, struct redis_url *url, struct fault *f)
{
	struct str place = str_cut(&rest, '/');
	enum err e = parse_user(&place, url, f);

	if (e == ERR_OK)
		e = parse_place(place, REDIS_PORT, url, f);
	if (e == ERR_OK && !parse_db(rest, &url->db))
		e = wrong(f, "has a database that is no number");
	return e;
}

static enum err parse_places(struct str places, int64_t usual_port, struct redis_url *url,
			     struct fault *f)
{
	enum err e = parse_user(&places, url, f);

	do {
		if (e == ERR_OK)
			e = parse_place(str_cut(&places, ','), usual_port, url, f);
	} while (e == ERR_OK && !str_absent(places));
	return e;
}

static enum err parse_sentinel(struct str rest, struct redis_url *url, struct fault *f)
{
	struct str places = str_cut(&rest, '/'), master = str_cut(&rest, '/');

	if (master.n == 0 || !str_copy(url->master, sizeof(url->master), master))
		return wrong(f, "does not say what the Sentinels call the primary: "
				"redis+sentinel://HOST:PORT,HOST:PORT/MASTER-NAME");
	if (!parse_db(rest, &url->db))
		return wrong(f, "has a database that is no number");
	return parse_places(places, SENTINEL_PORT, url, f);
}

static enum err parse_cluster(struct str rest, struct redis_url *url, struct fault *f)
{
	struct str places = str_cut(&rest, '/');

	if (rest.n)
		return wrong(f, "ends with its hosts: a Cluster has no other database than 0");
	return parse_places(places, REDIS_PORT, url, f);
}

static enum err parse_tls(struct str rest, struct redis_url *url, struct fault *f)
{
	(void)rest;
	(void)url;
	return wrong(f, "asks for TLS, which this hiredis does not have: let stunnel speak TLS, "
			"and name its own address here, with redis://");
}

static const struct scheme {
	const char *begin;
	enum redis_kind kind;
	enum err (*parse)(struct str rest, struct redis_url *url, struct fault *f);
} schemes[] = {
	{ "redis://", REDIS_ONE, parse_one },
	{ "unix://", REDIS_ONE, parse_unix },
	{ "redis+sentinel://", REDIS_SENTINEL, parse_sentinel },
	{ "redis+cluster://", REDIS_CLUSTER, parse_cluster },
	{ "rediss://", REDIS_ONE, parse_tls },
};

enum err redis_url_parse(struct str text, struct redis_url *url_r, struct fault *fault_r)
{
	*url_r = (struct redis_url){ .db = 0 };
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct str begin = str_of(schemes[i].begin);

		if (!str_starts(text, begin))
			continue;
		url_r->kind = schemes[i].kind;
		return schemes[i].parse(str_sub(text, begin.n, text.n), url_r, fault_r);
	}
	return wrong(fault_r, "begins with redis://, unix://, redis+sentinel:// or "
			      "redis+cluster://");
}
