/*
 * lua_box.h -- a Lua state in a box: it can neither get out nor go on, and it forgets.
 *
 * Its memory is one block, handed out from the front and never taken back. An image of the block is
 * kept from when the state was complete; after each run the block is put back to it, byte for byte.
 * So nothing that a run does is left for the next one, wherever it hides it, and a run may be left
 * at any moment: at its limit control jumps out of Lua, past whatever the script would catch it
 * with.
 *
 * Limits of one run: instructions; memory, of which what is given back stays taken; and, where the
 * caller has a clock, the time of the thread, for what is slow without being many instructions. The
 * first two make a run end alike everywhere.
 */
#ifndef CORE_LUA_BOX_H
#define CORE_LUA_BOX_H

#include <lua.h>

#include "base/obj.h"
#include "base/str.h"

#define LUA_BOX_IMAGE_MAX (1u << 20) /* bytes of a complete state */
#define LUA_BOX_PIECE_MAX \
	(64u << 10) /* bytes of one table, or of the stack: what one instruction can copy */
#define LUA_BOX_TEXT_MAX 1024 /* bytes of one text */

struct lua_limits {
	uint32_t instructions; /* counted in hundreds */
	size_t memory_bytes;
	int64_t (*work_us)(void); /* what this thread has worked; NULL: time has no limit */
};

/* microseconds that so many instructions may take, and then some */
#define LUA_BOX_TIME_US(instructions) ((instructions) < 20000 ? 1000 : (int64_t)(instructions) / 20)

struct lua_box;

/* Builds a state: `build` is called in it, with who as light userdata at 1; what it leaves on the
 * stack is there at the beginning of each run. NULL: error_r, NUL-terminated, says why. */
struct lua_box *lua_box_new(const struct lua_limits *limits, lua_CFunction build, void *who,
			    char *error_r, size_t cap) MUST_CHECK;
void lua_box_free(struct lua_box *b); /* NULL is fine */

/* Calls `run` in the state, with who and then what `build` left as its arguments; afterwards
 * everything is as it was. False: it failed or reached a limit; error_r says which. */
bool lua_box_run(struct lua_box *b, lua_CFunction run, void *who, char *error_r,
		 size_t cap) MUST_CHECK;

/* bytes of the image */
size_t lua_box_image(const struct lua_box *b);

#endif
