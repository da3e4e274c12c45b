/*
 * signals.h -- what a serving process is told by signals: SIGTERM and SIGINT to end, SIGHUP to read
 * its configuration again.
 *
 * By itself SIGHUP would end a process. Here it never does: one that comes before the loop is there
 * waits for it, one that comes when it has ended does nothing.
 */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

#include <uv.h>

struct loop;

typedef void signals_f(void *who, int number);

struct signals {
	uv_signal_t handles[3];
	signals_f *fn;
	void *who;
};

/* From now on a SIGHUP waits. Before the process has other threads, and before it reads what the
 * signal asks to be read again. */
void signals_hold(void);
/* Listen, on the loop's thread; what waited comes as well. */
void signals_begin(struct signals *s, struct loop *l, signals_f *fn, void *who);
void signals_end(struct signals *s);

#endif
