/*
 * LUA_FUNCTION(table, name, text)
 *
 * All that a script of a strategy can call: in the global table ("") or one of its own. Those of
 * `string` and tostring are ours (core/lua_library.c), the others Lua's. What is not here, scripts do
 * not have: nothing that reads or writes anything, that runs text, that gives another answer to the
 * same request, or that can work for long inside one call, as patterns can.
 */
/* clang-format off */
LUA_FUNCTION("",     ipairs,   "walk a list")
LUA_FUNCTION("",     type,     "the type of a value, as a text")
LUA_FUNCTION("",     tonumber, "a text as a number; nil when it is none")
LUA_FUNCTION("",     tostring, "a number, a text, a boolean or nil as a text")
LUA_FUNCTION("",     select,   "some of several values, or their count")
LUA_FUNCTION("",     assert,   "fail unless a value is true")
LUA_FUNCTION("",     error,    "fail: the strategy's base decides")
LUA_FUNCTION("math", abs,      "a number without its sign")
LUA_FUNCTION("math", ceil,     "the next whole number above")
LUA_FUNCTION("math", floor,    "the next whole number below")
LUA_FUNCTION("math", tointeger, "a number as an integer; nil when it is none")
LUA_FUNCTION("math", max,      "the largest of some numbers")
LUA_FUNCTION("math", min,      "the smallest of some numbers")
LUA_FUNCTION("math", sqrt,     "the square root")
LUA_FUNCTION("math", exp,      "e raised to a number")
LUA_FUNCTION("math", log,      "the logarithm, natural or to a base")
LUA_FUNCTION("math", huge,     "a number larger than all others")
LUA_FUNCTION("math", pi,       "3.14159...")
LUA_FUNCTION("string", len,    "bytes of a text")
LUA_FUNCTION("string", lower,  "a text with its ASCII letters small")
LUA_FUNCTION("string", upper,  "a text with its ASCII letters large")
LUA_FUNCTION("string", sub,    "bytes i to j of a text; negative ones count from its end")
LUA_FUNCTION("string", contains,    "whether the second text stands in the first, letter by letter")
LUA_FUNCTION("string", starts_with, "whether the first text begins with the second")
LUA_FUNCTION("string", ends_with,   "whether the first text ends with the second")
