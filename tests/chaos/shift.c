/*
 * shift.c -- for LD_PRELOAD: the time of day is some seconds off, what is monotonic is not.
 *
 *   SHIFT_S=-2
 *
 * libfaketime does the same, but on a busy machine Redis' allocator, which asks for the time before
 * it can give memory, makes it wait for itself. This asks nobody but the kernel.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift(void)
{
	const char *text = getenv("SHIFT_S");

	return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now_r)
{
	int failed = (int)syscall(SYS_clock_gettime, clock, now_r);

	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now_r->tv_sec += shift();
	return failed;
}

int gettimeofday(struct timeval *restrict now_r, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	*now_r = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *now_r)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (now_r)
		*now_r = now.tv_sec;
	return now.tv_sec;
}
