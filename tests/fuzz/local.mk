# tests/fuzz/run builds and runs these: `make fuzz` in a build with --enable-fuzz.

EXTRA_DIST += tests/fuzz/run tests/fuzz/seeds.py tests/suites/70-fuzz

if ENABLE_FUZZ

FUZZ_TARGETS = \
	tests/fuzz/target_answer \
	tests/fuzz/target_conf \
	tests/fuzz/target_custom \
	tests/fuzz/target_decision \
	tests/fuzz/target_http \
	tests/fuzz/target_journal \
	tests/fuzz/target_json \
	tests/fuzz/target_quality \
	tests/fuzz/target_redis \
	tests/fuzz/target_request \
	tests/fuzz/target_scrub \
	tests/fuzz/target_snapshot \
	tests/fuzz/target_sse \
	tests/fuzz/target_stream \
	tests/fuzz/target_task \
	tests/fuzz/target_text

EXTRA_PROGRAMS = $(FUZZ_TARGETS)

fuzz: $(FUZZ_TARGETS)

FUZZ_KIT = tests/fuzz/fuzz.c tests/fuzz/fuzz.h
FUZZ_JSON = $(FUZZ_KIT) tests/fuzz/fuzz_jansson.c tests/fuzz/fuzz_json.c tests/fuzz/fuzz_json.h
FUZZ_VENDOR = $(FUZZ_JSON) tests/fuzz/fuzz_shape.c tests/fuzz/fuzz_shape.h \
	tests/fuzz/fuzz_vendor.c tests/fuzz/fuzz_vendor.h
FUZZ_FLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_target_answer_SOURCES = tests/fuzz/target_answer.c $(FUZZ_VENDOR)
tests_fuzz_target_answer_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_answer_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) $(JANSSON_LIBS) -lm

tests_fuzz_target_conf_SOURCES = tests/fuzz/target_conf.c $(FUZZ_JSON)
tests_fuzz_target_conf_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_conf_LDADD = $(CONF_LAYERS) $(CONF_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) -lm

tests_fuzz_target_decision_SOURCES = tests/fuzz/target_decision.c $(FUZZ_KIT)
tests_fuzz_target_decision_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_decision_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) -lm

tests_fuzz_target_custom_SOURCES = tests/fuzz/target_custom.c $(FUZZ_KIT)
tests_fuzz_target_custom_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_custom_LDADD = $(CONF_LAYERS) $(CONF_LIBS) $(ZLIB_LIBS) -lm

tests_fuzz_target_http_SOURCES = tests/fuzz/target_http.c $(FUZZ_KIT)
tests_fuzz_target_http_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_http_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS)

tests_fuzz_target_journal_SOURCES = tests/fuzz/target_journal.c $(FUZZ_KIT)
tests_fuzz_target_journal_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_journal_LDADD = $(STORE_LAYERS) $(STORE_LIBS)

tests_fuzz_target_json_SOURCES = tests/fuzz/target_json.c $(FUZZ_JSON)
tests_fuzz_target_json_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_json_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) $(JANSSON_LIBS) -lm

tests_fuzz_target_quality_SOURCES = tests/fuzz/target_quality.c $(FUZZ_KIT)
tests_fuzz_target_quality_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_quality_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) $(SODIUM_LIBS) -lm

tests_fuzz_target_redis_SOURCES = tests/fuzz/target_redis.c $(FUZZ_KIT)
tests_fuzz_target_redis_LDFLAGS = $(FUZZ_FLAGS) -Wl,--wrap=redis_call,--wrap=redis_call_written
tests_fuzz_target_redis_LDADD = $(STORE_LAYERS) $(STORE_LIBS)

tests_fuzz_target_request_SOURCES = tests/fuzz/target_request.c $(FUZZ_VENDOR)
tests_fuzz_target_request_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_request_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) $(JANSSON_LIBS) -lm

tests_fuzz_target_scrub_SOURCES = tests/fuzz/target_scrub.c $(FUZZ_KIT)
tests_fuzz_target_scrub_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_scrub_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS)

tests_fuzz_target_snapshot_SOURCES = tests/fuzz/target_snapshot.c tests/unit/small_catalog.h \
	$(FUZZ_KIT)
tests_fuzz_target_snapshot_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_snapshot_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) -lm

tests_fuzz_target_sse_SOURCES = tests/fuzz/target_sse.c $(FUZZ_KIT)
tests_fuzz_target_sse_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_sse_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS)

tests_fuzz_target_stream_SOURCES = tests/fuzz/target_stream.c $(FUZZ_VENDOR)
tests_fuzz_target_stream_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_stream_LDADD = $(PURE_LAYERS) $(ZLIB_LIBS) $(JANSSON_LIBS) -lm

tests_fuzz_target_task_SOURCES = tests/fuzz/target_task.c $(FUZZ_KIT)
tests_fuzz_target_task_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_task_LDADD = $(PURE_LAYERS) $(SODIUM_LIBS) $(ZLIB_LIBS) -lm

tests_fuzz_target_text_SOURCES = tests/fuzz/target_text.c $(FUZZ_KIT)
tests_fuzz_target_text_LDFLAGS = $(FUZZ_FLAGS)
tests_fuzz_target_text_LDADD = $(LAYER_IO) $(CONF_LAYERS) $(IO_LIBS) $(YAML_LIBS) $(ZLIB_LIBS)

endif
