# SR_LUA -- PUC Lua 5.4 for the scripts of strategies; pkg-config's name for it differs between systems.
# (Not LuaJIT: the code it compiles does not look at the count of instructions.)
AC_DEFUN([SR_LUA], [
  PKG_CHECK_MODULES([LUA], [lua5.4], [], [
    PKG_CHECK_MODULES([LUA], [lua-5.4], [], [
      PKG_CHECK_MODULES([LUA], [lua >= 5.4 lua < 5.5])])])
])
