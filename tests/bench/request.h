/*
 * request.h -- what a gateway holds when a request comes, for programs that measure what it makes
 * of one: catalog, task model, payer, and the request itself. The same on every machine.
 */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include "base/arena.h"
#include "core/choose.h"

#define FILE_MOST (16u << 20)

/* says so on standard error and ends the program */
void die(const char *what, const char *why) __attribute__((noreturn));

struct catalog *load_catalog(const char *path);
/* "-": NULL */
struct task_model *load_task_model(const char *path);

/* the JSON of a chat of about so many bytes, in the arena */
struct str write_chat(struct arena *a, size_t bytes);

/* The question of the policy "bench", which every endpoint can answer; chat and seed are the
 * caller's to set. */
struct choose_ask make_ask(struct catalog *c, const struct task_model *m, const struct payer *payer,
			   struct arena *scratch);

#endif
