/* children.c -- the processes that `up` starts. */
#include "ctl/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define LONGEST_START_US 20000000

static void become(struct child *c, int out_fd, pid_t parent)
{
	int log = open(c->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died in between */
		_exit(1);
	setpgid(0, 0); /* Ctrl-C is for the parent, which ends its children in order */
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	dup2(out_fd >= 0 ? out_fd : STDERR_FILENO, STDOUT_FILENO);
	execvp(c->argv[0], (char *const *)c->argv);
	fprintf(stderr, "%s: %s\n", c->argv[0], strerror(errno));
	_exit(127);
}

#define LOOK_MS       100
#define LAST_LINE_MAX 400

/* A child has ended, or somebody wants an end: these signals are blocked. */
static bool is_called_off(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && (sigismember(&set, SIGCHLD) || sigismember(&set, SIGINT) ||
					 sigismember(&set, SIGTERM));
}

/* reads the child's output up to its first line that is a URL */
static bool wait_for_url(struct child *c, int fd)
{
	int64_t until = clock_mono_us() + LONGEST_START_US;
	char text[1024];
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left_ms = (until - clock_mono_us()) / 1000;
		struct str seen;
		ssize_t got;
		int ready;

		if (left_ms <= 0 || n == sizeof(text) || (c->needs_others && is_called_off()))
			return false;
		ready = poll(&p, 1, left_ms < LOOK_MS ? (int)left_ms : LOOK_MS);
		if (ready < 0)
			return false;
		if (ready == 0)
			continue;
		got = read(fd, text + n, sizeof(text) - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		seen = (struct str){ text, n };
		if (str_starts(seen, STR("http://")) && str_chr(seen, '\n') > 0)
			return str_copy(c->url, sizeof(c->url), str_cut(&seen, '\n'));
	}
}

static off_t size_of(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 ? file.st_size : 0;
}

/* why it did not start, in its own words; what lies before `from` was said by earlier ones */
static struct str last_line(const char *path, off_t from, char dst[LAST_LINE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct str rest;
	ssize_t n = 0;

	if (fd >= 0) {
		if (lseek(fd, -LAST_LINE_MAX, SEEK_END) < from)
			(void)lseek(fd, from, SEEK_SET);
		n = read(fd, dst, LAST_LINE_MAX);
		close(fd);
	}
	rest = str_trim((struct str){ dst, n > 0 ? (size_t)n : 0 });
	while (str_chr(rest, '\n') >= 0)
		str_cut(&rest, '\n');
	return rest.n ? rest : STR("it said nothing");
}

bool child_start(struct child *c, struct fault *fault_r)
{
	int ends[2] = { -1, -1 };
	pid_t parent = getpid();
	off_t log_size = size_of(c->log);
	char line[LAST_LINE_MAX];
	struct str words;
	bool fine = true;

	if (c->says_url && pipe2(ends, O_CLOEXEC) != 0) {
		fault_set(fault_r, ERR_INTERNAL, "", "pipe: %s", strerror(errno));
		return false;
	}
	c->began_us = clock_mono_us();
	c->pid = fork();
	if (c->pid == 0)
		become(c, ends[1], parent);
	if (c->says_url) {
		close(ends[1]);
		fine = c->pid > 0 && wait_for_url(c, ends[0]);
		close(ends[0]);
	}
	if (c->pid < 0) {
		c->pid = 0;
		fault_set(fault_r, ERR_INTERNAL, "", "fork: %s", strerror(errno));
		return false;
	}
	if (!fine) {
		child_stop(c, 1000);
		words = last_line(c->log, log_size, line);
		fault_set(fault_r, ERR_INTERNAL, "", "%s did not start (%s): %.*s", c->name, c->log,
			  STR_ARG(words));
	}
	return fine;
}

bool child_has_ended(struct child *c, int *status_r)
{
	if (c->pid == 0 || waitpid(c->pid, status_r, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	return true;
}

void child_stop(struct child *c, int64_t wait_ms)
{
	int64_t until = clock_mono_us() + wait_ms * 1000;
	int status;

	if (c->pid == 0)
		return;
	kill(c->pid, SIGTERM);
	while (clock_mono_us() < until) {
		if (child_has_ended(c, &status))
			return;
		usleep(10000);
	}
	kill(c->pid, SIGKILL);
	waitpid(c->pid, &status, 0);
	c->pid = 0;
}
