# Unit tests link their layer and the ones below it, so that a wrong call fails to link.

if HAVE_CHECK

# --- tests/unit, tests/io: sockets, deadlines, HTTP ---
check_PROGRAMS += tests/unit/check_timer tests/io/check_loop

tests_unit_check_timer_SOURCES = tests/unit/check_timer.c
tests_unit_check_timer_LDADD = $(IO_LAYERS) $(CHECK_LIBS)

tests_io_check_loop_SOURCES = tests/io/check_loop.c
tests_io_check_loop_LDADD = $(IO_LAYERS) $(IO_LIBS) $(CHECK_LIBS)

endif
