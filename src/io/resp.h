/*
 * resp.h -- commands in Redis' protocol (RESP), written by ourselves: hiredis takes four times as
 * long, and scripts have a hundred arguments.
 */
#ifndef IO_RESP_H
#define IO_RESP_H

#include "base/buf.h"

/* Redis takes no longer ones (proto-max-bulk-len) */
#define RESP_MAX (512u << 20)
/* bytes that a count takes at most, and a word beside its own */
#define RESP_COUNT (1 + I64_DIGITS + 2)
#define RESP_MORE  (RESP_COUNT + 2)

/* Both write to room that the caller has, and return where they ended: "*2\r\n" before two words,
 * "$3\r\nGET\r\n" for one. */
char *resp_count(char *to, char kind, size_t n);
char *resp_word(char *to, struct str word);

/* A whole command into b, which was empty; absent: it does not fit. */
struct str resp_command(struct buf *b, size_t argc, const struct str *argv);

#endif
