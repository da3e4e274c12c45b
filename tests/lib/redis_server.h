/*
 * redis_server.h -- a redis-server of the test's own: in a folder of its own, on a
 * unix socket (and a TCP port, if wanted), gone when the test is gone.
 */
#ifndef LIB_REDIS_SERVER_H
#define LIB_REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <sys/types.h>

struct redis_server {
	pid_t pid; /* 0: not running */
	char dir[64];
	char socket[96];
	char url[128]; /* unix://... */
	int port;      /* 0: unix socket only */
};

/* extra: further arguments of redis-server, NULL at the end; or NULL. Ends the test on failure. */
void redis_server_start(struct redis_server *s, const char *const *extra);
/* the same on a TCP port of 127.0.0.1 besides */
void redis_server_start_tcp(struct redis_server *s, const char *const *extra);
/* again, in the same folder and at the same places */
void redis_server_again(struct redis_server *s, const char *const *extra);
void redis_server_kill(struct redis_server *s, int signal);
/* kills it and removes its folder */
void redis_server_end(struct redis_server *s);

/* a plain blocking connection, to look from outside */
redisContext *redis_server_connect(const struct redis_server *s);

#endif
