/*
 * redirect.c -- for LD_PRELOAD: connections to addresses of one network go to the same
 * addresses of another one. So a proxy comes between one process and servers that tell it
 * where the others are, as Sentinels and Clusters do.
 *
 *   REDIRECT_FROM=127.1.2.0 REDIRECT_TO=127.3.4.0    the first three numbers are exchanged
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NETWORK 0xffffff00u

typedef int connect_f(int fd, const struct sockaddr *to, socklen_t n);

/* 0: it is not set */
static in_addr_t network(const char *variable)
{
	const char *text = getenv(variable);

	return text ? ntohl(inet_addr(text)) & NETWORK : 0;
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
	connect_f *next = (connect_f *)dlsym(RTLD_NEXT, "connect");
	in_addr_t from = network("REDIRECT_FROM"), into = network("REDIRECT_TO");
	struct sockaddr_in there;
	in_addr_t host;

	if (to->sa_family != AF_INET || n != sizeof(there) || !from || !into)
		return next(fd, to, n);
	memcpy(&there, to, sizeof(there));
	host = ntohl(there.sin_addr.s_addr);
	if ((host & NETWORK) == from)
		there.sin_addr.s_addr = htonl(into | (host & ~NETWORK));
	return next(fd, (const struct sockaddr *)&there, sizeof(there));
}
