/* inherited.c -- was this process started with a socket? */
#include "io/inherited.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3

int inherited_find(const char *listen_pid, const char *listen_fds, pid_t me)
{
	int64_t pid, n;

	if (!listen_pid || !listen_fds || !str_i64(str_of(listen_pid), &pid) || pid != me ||
	    !str_i64(str_of(listen_fds), &n) || n < 1)
		return -1;
	return FIRST_FD;
}

int inherited_socket(void)
{
	return inherited_find(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), getpid());
}
