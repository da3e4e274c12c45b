# SR_ABLATION -- --enable-ablation: safety rules that the environment can switch off, for tests/chaos.
AC_DEFUN([SR_ABLATION], [
  AC_ARG_ENABLE([ablation],
    [AS_HELP_STRING([--enable-ablation], [let SMARTROUTER_ABLATE switch safety rules off (never for use)])],
    [], [enable_ablation=no])
  AS_IF([test "x$enable_ablation" = xyes],
    [AC_DEFINE([ENABLE_ABLATION], [1], [Define to let the environment switch safety rules off.])])
])
