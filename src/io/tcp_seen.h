/*
 * tcp_seen.h -- what the kernel has seen of a connection, in a file of its own
 * because the headers of Linux and of libc that define it exclude each other.
 */
#ifndef IO_TCP_SEEN_H
#define IO_TCP_SEEN_H

#include <stdint.h>

/* bytes since the connection began; 0 where the kernel does not tell */
uint64_t tcp_received(int fd);
/* by the other side */
uint64_t tcp_acked(int fd);

#endif
