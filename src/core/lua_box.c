/*
 * lua_box.c -- a Lua state that is left at its limits, and put back to what it was.
 *
 * The jump out of the allocator or the hook leaves Lua in the middle of anything. That is fine,
 * because all it has is in the block, and the block is put back; Lua holds nothing outside of it,
 * for no function that a script can call opens or locks anything.
 */
#include "core/lua_box.h"

#include <setjmp.h>

#define HOOK_EVERY 100 /* instructions */
#define ALIGNMENT  16

struct lua_box {
	lua_State *state;
	struct lua_limits limits;
	char *block;
	size_t size, used, most; /* bytes: of the block, handed out, and that may be */
	char *image;
	size_t n_image;
	uint32_t left;       /* instructions */
	int64_t begun_us;    /* of work_us(); -1: not looked at yet */
	const char *stopped; /* by which limit; NULL = by none */
	jmp_buf out;
};

/* --- limits --- */

_Noreturn static void leave(struct lua_box *b, const char *limit)
{
	b->stopped = limit;
	longjmp(b->out, 1);
}

/* Lua tells the type of a new object in the place of its old size. */
static void *allocate(void *who, void *old, size_t old_size, size_t size)
{
	struct lua_box *b = who;
	size_t taken = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	void *new;

	if (size == 0)
		return NULL;
	if (old && size <= old_size)
		return old;
	if (!old && old_size == LUA_TSTRING && size > LUA_BOX_TEXT_MAX)
		leave(b, "a text longer than a script may have");
	if (size > LUA_BOX_PIECE_MAX && b->image)
		leave(b, "a table, or calls behind each other, larger than a script may have");
	if (taken > b->most - b->used)
		leave(b, "the limit of memory");
	new = b->block + b->used;
	b->used += taken;
	if (old)
		memcpy(new, old, old_size);
	return new;
}

static bool is_late(struct lua_box *b)
{
	int64_t now_us;

	if (!b->limits.work_us)
		return false;
	now_us = b->limits.work_us();
	if (b->begun_us < 0)
		b->begun_us = now_us;
	return now_us - b->begun_us > LUA_BOX_TIME_US(b->limits.instructions);
}

static void on_count(lua_State *l, lua_Debug *where)
{
	struct lua_box *b = *(struct lua_box **)lua_getextraspace(l);

	(void)where;
	if (b->left <= HOOK_EVERY)
		leave(b, "the limit of instructions");
	b->left -= HOOK_EVERY;
	if (is_late(b))
		leave(b, "the limit of time");
}

/* --- runs --- */

/* what the script said goes into logs and records */
static void copy_error(lua_State *l, char *error_r, size_t cap)
{
	struct str text = STR("an error that is no text");
	size_t n;

	if (lua_type(l, -1) == LUA_TSTRING)
		text.p = lua_tolstring(l, -1, &text.n);
	if (text.n == 0)
		text = STR("an error that says nothing");
	n = text.n < cap ? text.n : cap - 1;
	for (size_t i = 0; i < n; i++)
		error_r[i] = text.p[i] < ' ' || text.p[i] > '~' ? '?' : text.p[i];
	error_r[n] = '\0';
}

/* the function and its arguments are on the stack */
static bool call(struct lua_box *b, int arguments, int results, char *error_r, size_t cap)
{
	lua_sethook(b->state, on_count, LUA_MASKCOUNT, HOOK_EVERY);
	b->left = b->limits.instructions;
	b->begun_us = -1;
	if (lua_pcall(b->state, arguments, results, 0) == LUA_OK)
		return true;
	copy_error(b->state, error_r, cap);
	return false;
}

static bool left_at_limit(const struct lua_box *b, char *error_r, size_t cap)
{
	snprintf(error_r, cap, "stopped at %s", b->stopped);
	return false;
}

bool lua_box_run(struct lua_box *b, lua_CFunction run, void *who, char *error_r, size_t cap)
{
	bool fine;

	if (setjmp(b->out)) {
		fine = left_at_limit(b, error_r, cap);
	} else {
		lua_pushcfunction(b->state, run);
		lua_insert(b->state, 1);
		lua_pushlightuserdata(b->state, who);
		lua_insert(b->state, 2);
		fine = call(b, lua_gettop(b->state) - 1, 0, error_r, cap);
	}
	memcpy(b->block, b->image, b->n_image);
	b->used = b->n_image;
	return fine;
}

/* --- building --- */

static bool build_state(struct lua_box *b, lua_CFunction build, void *who, char *error_r,
			size_t cap)
{
	if (setjmp(b->out))
		return left_at_limit(b, error_r, cap);
	b->state = lua_newstate(allocate, b);
	*(struct lua_box **)lua_getextraspace(b->state) = b;
	/* nothing is collected: that would be work which no limit sees */
	lua_gc(b->state, LUA_GCSTOP);
	lua_pushcfunction(b->state, build);
	lua_pushlightuserdata(b->state, who);
	return call(b, 1, LUA_MULTRET, error_r, cap);
}

static bool take_image(struct lua_box *b)
{
	b->n_image = b->used;
	b->most = b->used + b->limits.memory_bytes;
	b->image = malloc(b->n_image);
	if (b->image)
		memcpy(b->image, b->block, b->n_image);
	return b->image != NULL;
}

struct lua_box *lua_box_new(const struct lua_limits *limits, lua_CFunction build, void *who,
			    char *error_r, size_t cap)
{
	struct lua_box *b = calloc(1, sizeof(*b));

	snprintf(error_r, cap, "out of memory");
	if (!b)
		return NULL;
	b->limits = *limits;
	b->most = LUA_BOX_IMAGE_MAX;
	b->size = LUA_BOX_IMAGE_MAX + limits->memory_bytes;
	b->block = malloc(b->size);
	if (b->block && build_state(b, build, who, error_r, cap) && take_image(b))
		return b;
	lua_box_free(b);
	return NULL;
}

void lua_box_free(struct lua_box *b)
{
	if (!b)
		return;
	free(b->image);
	free(b->block);
	free(b);
}

size_t lua_box_image(const struct lua_box *b)
{
	return b->n_image;
}
