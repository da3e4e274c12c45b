/* redis_url.c -- read the URL of a Redis. */
#include "io/redis_url.h"

#include <stdio.h>

#define DB_MAX 65535

static enum err wrong(struct fault *f, const char *why)
{
	return fault_set(f, ERR_VALUE, "redis.url", "the URL of Redis %s", why);
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
	if (!str_copy(url->path, sizeof(url->path), path))
		return wrong(f, "has a path too long for a socket");
	if (!str_absent(rest) && !str_starts(rest, STR("db=")))
		return wrong(f, "may end with ?db=NUMBER, nothing else");
	if (!parse_db(str_sub(rest, 3, rest.n), &url->db))
		return wrong(f, "has a database that is no number");
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

static enum err parse_tcp(struct str rest, struct redis_url *url, struct fault *f)
{
	struct str place = str_cut(&rest, '/'), db = rest, user = STR_NONE, host, port;
	int64_t number = 6379;

	if (str_chr(place, '@') >= 0)
		user = str_cut(&place, '@');
	if (str_chr(user, ':') >= 0)
		return wrong(f, "must hold no password: use redis.password");
	if (!str_copy(url->user, sizeof(url->user), user))
		return wrong(f, "has a user name too long");
	if (!split_host(place, &host, &port) || host.n == 0 ||
	    !str_copy(url->host, sizeof(url->host), host))
		return wrong(f, "has no good host");
	if (port.n && (!str_i64(port, &number) || number < 1 || number > 65535))
		return wrong(f, "has no good port");
	snprintf(url->port, sizeof(url->port), "%u", (unsigned)number & 0xffff);
	if (!parse_db(db, &url->db))
		return wrong(f, "has a database that is no number");
	return ERR_OK;
}

enum err redis_url_parse(struct str text, struct redis_url *url_r, struct fault *fault_r)
{
	static const struct str tcp = { "redis://", 8 }, local = { "unix://", 7 };

	*url_r = (struct redis_url){ .db = 0 };
	if (str_starts(text, tcp))
		return parse_tcp(str_sub(text, tcp.n, text.n), url_r, fault_r);
	if (str_starts(text, local))
		return parse_unix(str_sub(text, local.n, text.n), url_r, fault_r);
	return wrong(fault_r, "begins with redis:// or unix://");
}
