# SR_HARDENING -- compiler and linker flags that make a defect a crash instead of a hole.
# On by default; --disable-hardening for compilers that lack them. Each flag is tried first.
AC_DEFUN([SR_TRY_CFLAG], [
  AS_VAR_PUSHDEF([cache], [sr_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [cache], [
    sr_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    CFLAGS=$sr_saved_CFLAGS])
  AS_VAR_IF([cache], [yes], [SR_CFLAGS="$SR_CFLAGS $1"])
  AS_VAR_POPDEF([cache])
])

AC_DEFUN([SR_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [build without hardening flags])],
    [], [enable_hardening=yes])
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
    [], [enable_werror=no])
  for flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
              -Wformat=2 -Wpointer-arith -Wwrite-strings; do
    SR_CFLAGS="$SR_CFLAGS $flag"
  done
  AS_IF([test "x$enable_werror" = xyes], [SR_CFLAGS="$SR_CFLAGS -Werror"])
  AS_IF([test "x$enable_hardening" = xyes], [
    SR_TRY_CFLAG([-fstack-protector-strong])
    SR_TRY_CFLAG([-fstack-clash-protection])
    SR_TRY_CFLAG([-fcf-protection])
    SR_TRY_CFLAG([-ftrivial-auto-var-init=zero])
    SR_TRY_CFLAG([-fPIE])
    dnl the sanitizers bring their own checks of these functions
    AS_IF([test "x$sr_sanitizers" = xnone], [SR_CPPFLAGS="$SR_CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
      SR_TRY_CFLAG([-Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3])])
    SR_LDFLAGS="$SR_LDFLAGS -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack"
  ])
  AC_SUBST([SR_CFLAGS])
  AC_SUBST([SR_CPPFLAGS])
  AC_SUBST([SR_LDFLAGS])
])
