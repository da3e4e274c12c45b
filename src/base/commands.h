/* commands.h -- the subcommands as functions: tbl/commands.h declared. */
#ifndef BASE_COMMANDS_H
#define BASE_COMMANDS_H

#define COMMAND(name, fn, text) int fn(int argc, char **argv);
#include "tbl/commands.h"
#undef COMMAND

#endif
