/*
 * redis_probe.c -- asks a Redis what a test says, and tells what comes of it.
 *
 * A line of standard input is a command, a line of standard output an event, in JSON.
 *
 *   call ID WORD...    a command for Redis
 *   sleep MS           the loop does nothing for so long, as if the machine were slow
 *
 * Options of the program: url=... [channel=NAME] [connect=MS] [command=MS] [check=MS]
 * [retry_min=MS] [retry_max=MS] [seed=N]
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "io/redis.h"

#define WORDS_MAX 8

static struct loop *l;
static struct redis *r;
static struct redis_conf conf = {
	.connect_ms = 20000,
	.command_ms = 20000,
	.check_ms = 100,
	.retry_min_ms = 10,
	.retry_max_ms = 50,
	.max_pending = 100,
};

static const struct {
	const char *name;
	int64_t *value;
} options[] = {
	{ "connect", &conf.connect_ms },     { "command", &conf.command_ms },
	{ "check", &conf.check_ms },         { "retry_min", &conf.retry_min_ms },
	{ "retry_max", &conf.retry_max_ms }, { "seed", (int64_t *)&conf.seed },
};

static const char *const ends[] = {
	[REDIS_REPLY] = "reply", [REDIS_DOWN] = "down", [REDIS_LOST] = "lost", [REDIS_FULL] = "full"
};

static void on_state(void *who, bool up, const char *why)
{
	(void)who;
	printf("{\"event\": \"%s\", \"why\": \"%s\"}\n", up ? "up" : "down", why ? why : "");
}

static void on_reply(void *who, enum redis_end end, const redisReply *reply)
{
	char *id = who;

	printf("{\"event\": \"%s\", \"id\": %s, \"bytes\": %zu}\n", ends[end], id,
	       reply ? reply->len : 0);
	free(id);
}

static void on_message(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who, (void)end;
	printf("{\"event\": \"message\", \"text\": \"%s\"}\n", reply->element[2]->str);
}

static void call(struct str words)
{
	struct str id = str_cut(&words, ' '), argv[WORDS_MAX];
	size_t argc = 0;

	while (!str_absent(words) && argc < WORDS_MAX)
		argv[argc++] = str_cut(&words, ' ');
	redis_call(r, argc, argv, on_reply, strndup(id.p, id.n));
}

static void nap(int64_t ms)
{
	puts("{\"event\": \"sleeping\"}");
	fflush(stdout);
	usleep((useconds_t)ms * 1000);
}

static void on_command(char *line)
{
	struct str words = str_of(line), verb = str_cut(&words, ' ');
	int64_t ms;

	if (str_is(verb, "call"))
		call(words);
	else if (str_is(verb, "sleep") && str_i64(words, &ms))
		nap(ms);
	else
		abort();
}

static void on_end(void)
{
	redis_free(r);
	loop_stop(l);
}

static struct str option(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++) {
		struct str value = str_of(argv[i]), key = str_cut(&value, '=');

		if (str_is(key, name))
			return value;
	}
	return STR_NONE;
}

int main(int argc, char **argv)
{
	struct str channel = option(argc, argv, "channel");
	struct fault fault;

	for (size_t i = 0; i < COUNT_OF(options); i++)
		str_i64(option(argc, argv, options[i].name), options[i].value);
	conf.url = option(argc, argv, "url").p;
	l = loop_new();
	r = redis_new(l, &conf, on_state, NULL, &fault);
	if (!r)
		return 1;
	if (!str_absent(channel))
		redis_subscribe(r, channel, on_message, NULL);
	commands_run(l, on_command, on_end);
	loop_free(l);
	return 0;
}
