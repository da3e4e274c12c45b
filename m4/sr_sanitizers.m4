# SR_SANITIZERS -- --enable-asan, --enable-tsan; comes after SR_FUZZ.
AC_DEFUN([SR_SANITIZERS], [
  AC_ARG_ENABLE([asan],
    [AS_HELP_STRING([--enable-asan], [AddressSanitizer and UndefinedBehaviorSanitizer])],
    [], [enable_asan=$enable_fuzz])
  AC_ARG_ENABLE([tsan], [AS_HELP_STRING([--enable-tsan], [ThreadSanitizer])],
    [], [enable_tsan=no])
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
])
