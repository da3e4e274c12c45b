# Unit tests link their layer and the ones below it, so that a wrong call fails to link.

# --- tests/recordings: the dialects behind a pipe, pure layers alone ---
check_PROGRAMS += tests/tools/dialect_pipe

tests_tools_dialect_pipe_SOURCES = \
	tests/tools/dialect_pipe.c \
	tests/tools/pipe.h \
	tests/tools/pipe_out.c \
	tests/tools/pipe_request.c \
	tests/tools/pipe_stream.c
tests_tools_dialect_pipe_LDADD = $(PURE_LAYERS)

# --- tests/suites/*-prices: what a configuration's prices make of usage ---
check_PROGRAMS += tests/tools/price_pipe

tests_tools_price_pipe_SOURCES = tests/tools/price_pipe.c
tests_tools_price_pipe_LDADD = $(CONF_LAYERS) $(CONF_LIBS)

# --- tests/io: the servers that its Python tests ask ---
check_PROGRAMS += tests/io/front_server tests/io/upstream_probe
EXTRA_DIST += tests/io/conftest.py tests/io/test_front.py tests/io/test_upstream.py

tests_io_front_server_SOURCES = tests/io/front_server.c
tests_io_front_server_LDADD = $(IO_LAYERS) $(IO_LIBS)
tests_io_upstream_probe_SOURCES = tests/io/upstream_probe.c
tests_io_upstream_probe_LDADD = $(IO_LAYERS) $(IO_LIBS)

if HAVE_CHECK

# --- tests/unit, tests/io: sockets, deadlines, HTTP ---
check_PROGRAMS += tests/unit/check_http_strict tests/unit/check_timer tests/io/check_loop \
	tests/io/check_secret

tests_unit_check_http_strict_SOURCES = tests/unit/check_http_strict.c
tests_unit_check_http_strict_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)

tests_unit_check_timer_SOURCES = tests/unit/check_timer.c
tests_unit_check_timer_LDADD = $(IO_LAYERS) $(CHECK_LIBS)

tests_io_check_loop_SOURCES = tests/io/check_loop.c
tests_io_check_loop_LDADD = $(IO_LAYERS) $(IO_LIBS) $(CHECK_LIBS)
tests_io_check_secret_SOURCES = tests/io/check_secret.c
tests_io_check_secret_LDADD = $(IO_LAYERS) $(IO_LIBS) $(CHECK_LIBS)

# --- tests/unit: the ground and the core ---
check_PROGRAMS += tests/unit/check_base tests/unit/check_core_answer tests/unit/check_core_gather \
	tests/unit/check_core_prompt tests/unit/check_core_request tests/unit/check_core_sse

tests_unit_check_base_SOURCES = tests/unit/check_base.c tests/unit/unit.h
tests_unit_check_base_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_answer_SOURCES = tests/unit/check_core_answer.c tests/unit/unit.h
tests_unit_check_core_answer_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_gather_SOURCES = tests/unit/check_core_gather.c tests/unit/unit.h
tests_unit_check_core_gather_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_prompt_SOURCES = tests/unit/check_core_prompt.c tests/unit/unit.h
tests_unit_check_core_prompt_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_request_SOURCES = tests/unit/check_core_request.c tests/unit/unit.h
tests_unit_check_core_request_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_sse_SOURCES = tests/unit/check_core_sse.c tests/unit/unit.h
tests_unit_check_core_sse_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)

# --- tests/unit: vendors' dialects ---
check_PROGRAMS += tests/unit/check_anthropic tests/unit/check_anthropic_answers \
	tests/unit/check_core_deepseek tests/unit/check_core_openai tests/unit/check_core_qwen \
	tests/unit/check_qwen_native tests/unit/check_qwen_native_answers
DIALECT_KIT = tests/unit/dialect_kit.c tests/unit/dialect_kit.h tests/unit/unit.h

tests_unit_check_anthropic_SOURCES = tests/unit/check_anthropic.c $(DIALECT_KIT)
tests_unit_check_anthropic_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_anthropic_answers_SOURCES = tests/unit/check_anthropic_answers.c $(DIALECT_KIT)
tests_unit_check_anthropic_answers_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_deepseek_SOURCES = tests/unit/check_core_deepseek.c $(DIALECT_KIT)
tests_unit_check_core_deepseek_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_openai_SOURCES = tests/unit/check_core_openai.c $(DIALECT_KIT)
tests_unit_check_core_openai_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_core_qwen_SOURCES = tests/unit/check_core_qwen.c $(DIALECT_KIT)
tests_unit_check_core_qwen_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_qwen_native_SOURCES = tests/unit/check_qwen_native.c $(DIALECT_KIT)
tests_unit_check_qwen_native_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)
tests_unit_check_qwen_native_answers_SOURCES = tests/unit/check_qwen_native_answers.c $(DIALECT_KIT)
tests_unit_check_qwen_native_answers_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)

# --- tests/unit: configuration, catalog, prices ---
check_PROGRAMS += tests/unit/check_conf tests/unit/check_conf_catalog tests/unit/check_conf_value \
	tests/unit/check_price

tests_unit_check_conf_SOURCES = tests/unit/check_conf.c tests/unit/conf_files.h tests/unit/unit.h
tests_unit_check_conf_LDADD = $(CONF_LAYERS) $(CONF_LIBS) $(CHECK_LIBS)
tests_unit_check_conf_catalog_SOURCES = tests/unit/check_conf_catalog.c tests/unit/conf_files.h \
	tests/unit/unit.h
tests_unit_check_conf_catalog_CPPFLAGS = $(AM_CPPFLAGS) -DSHIPPED_CONF='"$(abs_top_srcdir)/conf"'
tests_unit_check_conf_catalog_LDADD = $(CONF_LAYERS) $(CONF_LIBS) $(CHECK_LIBS)
tests_unit_check_conf_value_SOURCES = tests/unit/check_conf_value.c tests/unit/unit.h
tests_unit_check_conf_value_LDADD = $(CONF_LAYERS) $(CONF_LIBS) $(CHECK_LIBS)
tests_unit_check_price_SOURCES = tests/unit/check_price.c tests/unit/unit.h
tests_unit_check_price_LDADD = $(PURE_LAYERS) $(CHECK_LIBS)

endif
