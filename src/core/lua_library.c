/* lua_library.c -- what a script can call: some of Lua's functions, and texts without patterns. */
#include "core/lua_library.h"

#include <lauxlib.h>
#include <lualib.h>

#include "base/obj.h"
#include "core/lua_box.h"

static const struct lua_function functions[] = {
#define LUA_FUNCTION(table, name, text) { table, #name, text },
#include "tbl/lua_functions.h"
#undef LUA_FUNCTION
};

const struct lua_function *lua_function_nth(size_t i)
{
	return i < COUNT_OF(functions) ? &functions[i] : NULL;
}

/* --- texts --- */

static struct str text_at(lua_State *l, int argument)
{
	struct str s;

	s.p = luaL_checklstring(l, argument, &s.n);
	return s;
}

static int answer(lua_State *l, bool truth)
{
	lua_pushboolean(l, truth);
	return 1;
}

static int text_len(lua_State *l)
{
	lua_pushinteger(l, (lua_Integer)text_at(l, 1).n);
	return 1;
}

/* letters from `first` on, 26 of them, become those from `to` on */
static int change_case(lua_State *l, char first, char to)
{
	struct str s = text_at(l, 1);
	char changed[LUA_BOX_TEXT_MAX];

	for (size_t i = 0; i < s.n; i++) {
		bool letter = s.p[i] >= first && s.p[i] < first + 26;

		changed[i] = letter ? (char)(s.p[i] - first + to) : s.p[i];
	}
	lua_pushlstring(l, changed, s.n);
	return 1;
}

static int text_lower(lua_State *l)
{
	return change_case(l, 'A', 'a');
}

static int text_upper(lua_State *l)
{
	return change_case(l, 'a', 'A');
}

/* the offset that a position of a script means: 1 is the first byte, -1 the last */
static lua_Integer offset_of(lua_Integer position, size_t n)
{
	lua_Integer offset = position < 0 ? (lua_Integer)n + position : position - 1;

	return offset < 0 ? 0 : offset;
}

static int text_sub(lua_State *l)
{
	struct str s = text_at(l, 1);
	lua_Integer last = luaL_optinteger(l, 3, -1);
	size_t from = (size_t)offset_of(luaL_checkinteger(l, 2), s.n);
	bool nothing = last == 0 || last < -(lua_Integer)s.n;

	s = nothing ? STR("") : str_sub(s, from, (size_t)offset_of(last, s.n) + 1);
	lua_pushlstring(l, s.p, s.n);
	return 1;
}

static int text_contains(lua_State *l)
{
	struct str s = text_at(l, 1), wanted = text_at(l, 2);

	/* takes time in proportion to both, whatever is in them */
	return answer(l, memmem(s.p, s.n, wanted.p, wanted.n) != NULL);
}

static int text_starts_with(lua_State *l)
{
	return answer(l, str_starts(text_at(l, 1), text_at(l, 2)));
}

static int text_ends_with(lua_State *l)
{
	return answer(l, str_ends(text_at(l, 1), text_at(l, 2)));
}

static const luaL_Reg texts[] = {
	{ "len", text_len },
	{ "lower", text_lower },
	{ "upper", text_upper },
	{ "sub", text_sub },
	{ "contains", text_contains },
	{ "starts_with", text_starts_with },
	{ "ends_with", text_ends_with },
	{ NULL, NULL },
};

/* Lua's own shows addresses of tables, which differ between gateways. */
static int own_tostring(lua_State *l)
{
	switch (lua_type(l, 1)) {
	case LUA_TNUMBER:
	case LUA_TSTRING:
	case LUA_TBOOLEAN:
	case LUA_TNIL: luaL_tolstring(l, 1, NULL); return 1;
	default: return luaL_error(l, "a %s has no text", luaL_typename(l, 1));
	}
}

/* --- the globals --- */

/* a table with Lua's functions and ours, of which the list picks; left on the stack */
static void push_source(lua_State *l, const char *table)
{
	if (str_is(str_of(table), "math")) {
		lua_pushcfunction(l, luaopen_math);
		lua_call(l, 0, 1);
	} else if (str_is(str_of(table), "string")) {
		luaL_newlib(l, texts);
	} else {
		lua_pushcfunction(l, luaopen_base);
		lua_call(l, 0, 1);
		lua_pushcfunction(l, own_tostring);
		lua_setfield(l, -2, "tostring");
	}
}

/* from the source, at the top, to the table below it */
static void pick(lua_State *l, const char *table)
{
	for (size_t i = 0; i < COUNT_OF(functions); i++) {
		if (!str_is(str_of(functions[i].table), table))
			continue;
		lua_getfield(l, -1, functions[i].name);
		lua_setfield(l, -3, functions[i].name);
	}
	lua_pop(l, 1);
}

static void add_table(lua_State *l, const char *name)
{
	lua_newtable(l);
	push_source(l, name);
	pick(l, name);
	lua_setfield(l, -2, name);
}

/* so that one can write c.model:lower() */
static void give_texts_methods(lua_State *l)
{
	lua_pushliteral(l, "");
	lua_newtable(l);
	lua_getfield(l, -3, "string");
	lua_setfield(l, -2, "__index");
	lua_setmetatable(l, -2);
	lua_pop(l, 1);
}

void lua_library_open(lua_State *l)
{
	lua_newtable(l);
	push_source(l, "");
	pick(l, "");
	add_table(l, "math");
	add_table(l, "string");
	give_texts_methods(l);
	lua_rawseti(l, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
