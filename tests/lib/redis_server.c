/* redis_server.c -- start and stop a redis-server for a test. */
#include "lib/redis_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 48

static void fail(const char *what)
{
	fprintf(stderr, "redis-server: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* a port that was free a moment ago */
static int free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		fail("no port");
	close(fd);
	return ntohs(at.sin_port);
}

static void run(const struct redis_server *s, const char *const *extra)
{
	char port[12];
	const char *argv[ARGS_MAX] = { "redis-server", "--port",  port,
				       "--unixsocket", s->socket, "--dir",
				       s->dir,         "--save",  "",
				       "--loglevel",   "warning", "--bind",
				       "127.0.0.1" };
	int argc = 13, log;
	char path[96];

	snprintf(port, sizeof(port), "%d", s->port);
	for (; extra && *extra && argc < ARGS_MAX - 1; extra++)
		argv[argc++] = *extra;
	/* whatever ends the test ends the server */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/log", s->dir);
	log = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
	dup2(log, 1);
	dup2(log, 2);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static bool answers(const struct redis_server *s)
{
	redisContext *c = redisConnectUnix(s->socket);
	redisReply *reply = c && !c->err ? redisCommand(c, "PING") : NULL;
	bool ok = reply && reply->type == REDIS_REPLY_STATUS;

	freeReplyObject(reply);
	if (c)
		redisFree(c);
	return ok;
}

void redis_server_again(struct redis_server *s, const char *const *extra)
{
	s->pid = fork();
	if (s->pid < 0)
		fail("fork");
	if (s->pid == 0)
		run(s, extra);
	for (int ms = 0; ms < 10000; ms += 5) {
		if (answers(s))
			return;
		if (waitpid(s->pid, NULL, WNOHANG) != 0)
			fail("ended at once");
		usleep(5000);
	}
	fail("does not answer");
}

static void prepare(struct redis_server *s, int port)
{
	*s = (struct redis_server){ .port = port };
	snprintf(s->dir, sizeof(s->dir), "%.32s/sr-redis-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(s->dir))
		fail("mkdtemp");
	snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->dir);
	snprintf(s->url, sizeof(s->url), "unix://%s", s->socket);
}

void redis_server_start(struct redis_server *s, const char *const *extra)
{
	prepare(s, 0);
	redis_server_again(s, extra);
}

void redis_server_start_tcp(struct redis_server *s, const char *const *extra)
{
	prepare(s, free_port());
	redis_server_again(s, extra);
}

void redis_server_kill(struct redis_server *s, int signal)
{
	if (s->pid == 0)
		return;
	kill(s->pid, signal);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void redis_server_end(struct redis_server *s)
{
	char command[96];

	redis_server_kill(s, SIGKILL);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	if (system(command) != 0)
		fail("rm");
}

redisContext *redis_server_connect(const struct redis_server *s)
{
	redisContext *c = redisConnectUnix(s->socket);

	if (!c || c->err)
		fail("connect");
	return c;
}
