/*
 * inherited.h -- a listening socket that systemd opened for us (sd_listen_fds(3)).
 *
 * Such a socket outlives the process: who connects while there is none waits for the next one, and
 * nobody is refused.
 */
#ifndef IO_INHERITED_H
#define IO_INHERITED_H

#include <sys/types.h>

/* The first descriptor that was handed to `me`, by what the environment says in LISTEN_PID and
 * LISTEN_FDS (NULL: not set). -1: there is none. */
int inherited_find(const char *listen_pid, const char *listen_fds, pid_t me);
/* the same of this process */
int inherited_socket(void);

#endif
