# SR_FUZZ -- --enable-fuzz. Comes before AC_PROG_CC: libFuzzer is a part of clang.
AC_DEFUN([SR_FUZZ], [
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [the libFuzzer targets of tests/fuzz (clang, implies asan)])],
    [], [enable_fuzz=no])
  AS_IF([test "x$enable_fuzz" = xyes], [
    AS_IF([test -z "$CC"], [AC_CHECK_PROGS([CC], [clang clang-14])])
    AS_IF([test -z "$CC"], [AC_MSG_ERROR([--enable-fuzz needs clang])])
  ])
  AM_CONDITIONAL([ENABLE_FUZZ], [test "x$enable_fuzz" = xyes])
])
