/* check_dial.c -- looking names up, with a resolver that hangs as long as the test says. */
#include <check.h>
#include <netdb.h>
#include <pthread.h>

#include "../unit/unit.h"
#include "io/redis_dial.h"

#define DIALS 50

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int asked, answered; /* of the resolver, of us */

/* in the place of the C library's, for libuv's threads too */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	(void)node, (void)service, (void)hints, (void)res;
	__atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return EAI_AGAIN;
}

static void on_dialled(void *who, redisAsyncContext *ac, const char *why)
{
	(void)ac, (void)why;
	answered++;
	loop_stop(who);
}

START_TEST(a_look_up_that_was_given_up_is_not_made)
{
	const struct redis_place place = { .host = "books.example", .port = "6379" };
	struct loop *l = loop_new();

	pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < DIALS; i++)
		dial_cancel(dial_begin(l, &place, i, on_dialled, l));
	ck_assert_ptr_nonnull(dial_begin(l, &place, 0, on_dialled, l));
	pthread_mutex_unlock(&gate);
	loop_run(l);
	ck_assert_int_eq(answered, 1);
	/* those that a thread had begun cannot be stopped */
	ck_assert_int_lt(__atomic_load_n(&asked, __ATOMIC_SEQ_CST), DIALS / 2);
	loop_free(l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dial");
	TCase *tc = tcase_create("look-ups");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_look_up_that_was_given_up_is_not_made);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
