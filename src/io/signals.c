/* signals.c -- SIGTERM, SIGINT and SIGHUP, from the first line of main to the last. */
#include "io/signals.h"

#include <pthread.h>
#include <signal.h>

#include "base/str.h"
#include "io/loop.h"

static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

static void mask_hup(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(how, &set, NULL);
}

void signals_hold(void)
{
	mask_hup(SIG_BLOCK);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct signals *s = handle->data;

	s->fn(s->who, number);
}

void signals_begin(struct signals *s, struct loop *l, signals_f *fn, void *who)
{
	s->fn = fn;
	s->who = who;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		uv_signal_init(loop_uv(l), &s->handles[i]);
		s->handles[i].data = s;
		uv_signal_start(&s->handles[i], on_signal, numbers[i]);
	}
	mask_hup(SIG_UNBLOCK);
}

void signals_end(struct signals *s)
{
	mask_hup(SIG_BLOCK); /* libuv gives the signal back its old meaning for a moment */
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		uv_close((uv_handle_t *)&s->handles[i], NULL);
	signal(SIGHUP, SIG_IGN);
}
