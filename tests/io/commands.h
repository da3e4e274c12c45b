/*
 * commands.h -- a program under test that does what its standard input says, a line at a time, and
 * tells on its standard output what came of it.
 */
#ifndef TESTS_IO_COMMANDS_H
#define TESTS_IO_COMMANDS_H

#include "io/loop.h"

/* Runs the loop until `end` stops it. do_line: a line without its end, in the loop, where it may be
 * changed; end: there are no more. What is printed is flushed with each turn of the loop. */
void commands_run(struct loop *l, void (*do_line)(char *line), void (*end)(void));

#endif
