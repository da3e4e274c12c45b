/* tcp_seen.c -- what the kernel has seen of a connection. */
#include "io/tcp_seen.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct tcp_info ask(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return (struct tcp_info){ 0 };
	return info;
}

uint64_t tcp_received(int fd)
{
	return ask(fd).tcpi_bytes_received;
}

uint64_t tcp_acked(int fd)
{
	return ask(fd).tcpi_bytes_acked;
}
