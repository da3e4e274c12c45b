# SR_SANITIZERS -- --enable-asan, --enable-tsan, --enable-fuzz.
AC_DEFUN([SR_SANITIZERS], [
  AC_ARG_ENABLE([asan],
    [AS_HELP_STRING([--enable-asan], [AddressSanitizer and UndefinedBehaviorSanitizer])],
    [], [enable_asan=no])
  AC_ARG_ENABLE([tsan], [AS_HELP_STRING([--enable-tsan], [ThreadSanitizer])],
    [], [enable_tsan=no])
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [the libFuzzer targets of tests/fuzz (clang, implies asan)])],
    [], [enable_fuzz=no])
  AS_IF([test "x$enable_fuzz" = xyes], [enable_asan=yes])
  AS_IF([test "x$enable_asan$enable_tsan" = xyesyes],
    [AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
  sr_sanitizers=none
  AS_IF([test "x$enable_asan" = xyes], [sr_sanitizers="address,undefined"])
  AS_IF([test "x$enable_tsan" = xyes], [sr_sanitizers="thread"])
  AS_IF([test "x$sr_sanitizers" != xnone], [
    SR_CFLAGS="$SR_CFLAGS -g -fno-omit-frame-pointer -fsanitize=$sr_sanitizers"
    AS_IF([test "x$enable_asan" = xyes], [SR_CFLAGS="$SR_CFLAGS -fno-sanitize-recover=undefined"])
  ])
  AS_IF([test "x$enable_fuzz" = xyes], [SR_CFLAGS="$SR_CFLAGS -fsanitize=fuzzer-no-link"])
  AM_CONDITIONAL([ENABLE_FUZZ], [test "x$enable_fuzz" = xyes])
])
