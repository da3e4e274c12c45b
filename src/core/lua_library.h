/*
 * lua_library.h -- what a script can call (tbl/lua_functions.h), and nothing else.
 */
#ifndef CORE_LUA_LIBRARY_H
#define CORE_LUA_LIBRARY_H

#include <lua.h>

#include "base/str.h"

/* makes them the globals of a new state */
void lua_library_open(lua_State *l);

struct lua_function {
	const char *table; /* "" = global */
	const char *name, *text;
};

/* walk them: NULL behind the last */
const struct lua_function *lua_function_nth(size_t i);

#endif
