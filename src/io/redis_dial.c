/* redis_dial.c -- look a name up, begin to connect. */
#include "io/redis_dial.h"

#include <netdb.h>
#include <netinet/in.h>

struct dial {
	uv_getaddrinfo_t uv;
	dial_f *fn; /* NULL: cancelled */
	void *who;
	unsigned nth;
	int port;
};

/* each try takes the next one */
static const struct addrinfo *nth_address(const struct addrinfo *first, unsigned nth)
{
	unsigned n = 0;

	for (const struct addrinfo *a = first; a; a = a->ai_next)
		n++;
	for (nth %= n; nth > 0; nth--)
		first = first->ai_next;
	return first;
}

static void connect_to(const struct dial *d, const struct addrinfo *a)
{
	char ip[INET6_ADDRSTRLEN + 16]; /* with a scope: "fe80::1%eth0" */
	int rc = getnameinfo(a->ai_addr, a->ai_addrlen, ip, sizeof(ip), NULL, 0, NI_NUMERICHOST);

	if (rc == 0)
		d->fn(d->who, redisAsyncConnect(ip, d->port), "out of memory");
	else
		d->fn(d->who, NULL, gai_strerror(rc));
}

static void on_lookup(uv_getaddrinfo_t *uv, int status, struct addrinfo *found)
{
	struct dial *d = CONTAINER_OF(uv, struct dial, uv);

	if (d->fn && status == 0)
		connect_to(d, nth_address(found, d->nth));
	else if (d->fn)
		d->fn(d->who, NULL, uv_strerror(status));
	free(d);
	uv_freeaddrinfo(found);
}

static struct dial *look_up(struct loop *l, const struct redis_place *place, unsigned nth,
			    dial_f *fn, void *who)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct dial *d = calloc(1, sizeof(*d));
	int64_t port = 0;
	int rc = UV_ENOMEM;

	if (d && str_i64(str_of(place->port), &port))
		rc = uv_getaddrinfo(loop_uv(l), &d->uv, on_lookup, place->host, place->port,
				    &hints);
	if (rc < 0) {
		free(d);
		fn(who, NULL, uv_strerror(rc));
		return NULL;
	}
	d->fn = fn;
	d->who = who;
	d->nth = nth;
	d->port = (int)port;
	return d;
}

struct dial *dial_begin(struct loop *l, const struct redis_place *place, unsigned nth, dial_f *fn,
			void *who)
{
	if (!place->path[0])
		return look_up(l, place, nth, fn, who);
	fn(who, redisAsyncConnectUnix(place->path), "out of memory");
	return NULL;
}

void dial_cancel(struct dial *d)
{
	if (!d)
		return;
	d->fn = NULL;
	/* one that still waits for a thread would wait there behind all that were given up before
	 */
	uv_cancel((uv_req_t *)&d->uv);
}
