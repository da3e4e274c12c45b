/* commands.c -- a thread reads lines, the loop works them off. */
#include "commands.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	struct loop *l;
	void (*do_line)(char *line);
	void (*end)(void);
} commands;

static void on_line(void *line)
{
	commands.do_line(line);
	free(line);
}

static void on_end(void *unused)
{
	(void)unused;
	commands.end();
}

static void *read_lines(void *unused)
{
	char line[512];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		loop_post(commands.l, on_line, strdup(line));
	}
	loop_post(commands.l, on_end, NULL);
	return NULL;
}

static bool flush(void *unused)
{
	(void)unused;
	fflush(stdout);
	return false;
}

void commands_run(struct loop *l, void (*do_line)(char *line), void (*end)(void))
{
	struct loop_hook hook = { .run = flush };
	pthread_t reader;

	commands.l = l;
	commands.do_line = do_line;
	commands.end = end;
	loop_add_hook(l, PHASE_FRONT, &hook);
	pthread_create(&reader, NULL, read_lines, NULL);
	loop_run(l);
	pthread_join(reader, NULL);
}
