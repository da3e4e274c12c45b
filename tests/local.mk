# Tests in C: Check programs, and what tests in Python run. A program links the layer that it tests
# and the ones below, so that a call from a pure layer to a socket fails to link.
#
#   unit_tests    pure code
#   shell_tests   sockets, files, a real redis-server
#   test_tools    no tests themselves
# ./check asks for the names: print-unit-tests, print-shell-tests.

unit_tests =
shell_tests =
test_tools =

# --- tests that are not built: folders without C whole, in others each file ---

EXTRA_DIST += tests/chaos tests/check-docs tests/check-headers tests/check-layers \
	tests/check-scripts tests/check-style tests/counted tests/e2e tests/edge tests/golden \
	tests/mock tests/prices tests/recordings tests/sdk tests/strategies tests/suites tests/tokens \
	tests/load/conftest.py tests/load/disconnect tests/load/failing.py tests/load/kill \
	tests/load/killing.py tests/load/leader tests/load/leading.py tests/load/payers.py \
	tests/load/swarm.py tests/load/test_big.py tests/load/test_breakers.py \
	tests/load/test_budget.py tests/load/test_decisions.py tests/load/test_disconnect.py \
	tests/load/test_failover.py tests/load/test_kill.py tests/load/test_leader.py \
	tests/load/test_news.py tests/load/test_rolling.py tests/load/test_without_redis.py \
	tests/io/conftest.py tests/io/fake_redis.py tests/io/measure.py tests/io/test_front.py \
	tests/io/test_redis.py tests/io/test_upstream.py \
	tests/lib/accounts.py tests/lib/client.py tests/lib/extract-openai-schema \
	tests/lib/fleet.py tests/lib/haproxy.py tests/lib/link.py tests/lib/openai-schema.json \
	tests/lib/operator_cli.py tests/lib/process.py tests/lib/pytest tests/lib/recordings \
	tests/lib/redis_fleet.py tests/lib/resp.py tests/lib/tally.py \
	tests/bench/decide.yaml tests/bench/test_bench.py

# --- the tools of tests in Python ---

test_tools += tests/tools/dialect_pipe
tests_tools_dialect_pipe_SOURCES = tests/tools/dialect_pipe.c tests/tools/pipe.h \
	tests/tools/pipe_out.c tests/tools/pipe_request.c tests/tools/pipe_stream.c
tests_tools_dialect_pipe_LDADD = $(PURE_LAYERS)

catalog_file = tests/tools/catalog_file.c tests/tools/catalog_file.h

test_tools += tests/tools/token_pipe
tests_tools_token_pipe_SOURCES = tests/tools/token_pipe.c $(catalog_file)
tests_tools_token_pipe_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_tools_token_pipe_LDADD = $(CONF_LAYERS) $(CONF_LIBS)

test_tools += tests/tools/price_pipe
tests_tools_price_pipe_SOURCES = tests/tools/price_pipe.c $(catalog_file)
tests_tools_price_pipe_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_tools_price_pipe_LDADD = $(CONF_LAYERS) $(CONF_LIBS)

test_tools += tests/io/front_server
tests_io_front_server_SOURCES = tests/io/front_server.c
tests_io_front_server_LDADD = $(IO_LAYERS) $(IO_LIBS)

test_tools += tests/io/redis_probe
tests_io_redis_probe_SOURCES = tests/io/redis_probe.c tests/io/commands.c tests/io/commands.h
tests_io_redis_probe_LDADD = $(STORE_LAYERS) $(STORE_LIBS)

test_tools += tests/io/upstream_probe
tests_io_upstream_probe_SOURCES = tests/io/upstream_probe.c \
	tests/io/commands.c tests/io/commands.h
tests_io_upstream_probe_LDADD = $(IO_LAYERS) $(IO_LIBS)

sim = tests/sim/contest.c tests/sim/contest.h tests/sim/world.c tests/sim/world.h

test_tools += tests/sim/pace
tests_sim_pace_SOURCES = tests/sim/pace.c $(sim)
tests_sim_pace_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_sim_pace_LDADD = $(PURE_LAYERS)

test_tools += tests/load/load
tests_load_load_SOURCES = tests/load/load.c

test_tools += bench/vendor
bench_vendor_SOURCES = bench/vendor.c
EXTRA_DIST += bench/README.md bench/run bench/measure.py bench/peers.py bench/plot.py \
	bench/report.py bench/targets.py bench/tls.py bench/workloads.py tests/bench/test_run.py

# every allocation of the program is counted
test_tools += tests/bench/custom
tests_bench_custom_SOURCES = tests/bench/custom.c
tests_bench_custom_LDADD = $(CONF_LAYERS) $(CONF_LIBS)

test_tools += tests/bench/decide
tests_bench_decide_SOURCES = tests/bench/decide.c tests/bench/request.c tests/bench/request.h \
	$(catalog_file)
tests_bench_decide_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_bench_decide_LDADD = $(CONF_LAYERS) $(CONF_LIBS)
tests_bench_decide_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

test_tools += tests/bench/instructions
tests_bench_instructions_SOURCES = tests/bench/instructions.c tests/bench/request.c \
	tests/bench/request.h $(catalog_file)
tests_bench_instructions_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_bench_instructions_LDADD = $(STORE_LAYERS) $(STORE_LIBS)
tests_bench_instructions_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=script_call
EXTRA_DIST += tests/bench/instructions.expected tests/bench/instructions.py \
	tests/bench/test_instructions.py

if HAVE_CHECK

# --- the ground and the core ---

pure_test_libs = $(PURE_LAYERS) $(CHECK_LIBS)

unit_tests += tests/unit/check_base
tests_unit_check_base_SOURCES = tests/unit/check_base.c tests/unit/unit.h
tests_unit_check_base_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_apikey
tests_unit_check_apikey_SOURCES = tests/unit/check_apikey.c tests/unit/unit.h
tests_unit_check_apikey_LDADD = $(pure_test_libs) $(SODIUM_LIBS) $(ZLIB_LIBS)

unit_tests += tests/unit/check_walk
tests_unit_check_walk_SOURCES = tests/unit/check_walk.c tests/unit/unit.h
tests_unit_check_walk_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_curve
tests_unit_check_curve_SOURCES = tests/unit/check_curve.c tests/unit/unit.h
tests_unit_check_curve_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_quality_model
tests_unit_check_quality_model_SOURCES = tests/unit/check_quality_model.c \
	tests/unit/small_quality_model.h tests/unit/unit.h
tests_unit_check_quality_model_LDADD = $(pure_test_libs) $(SODIUM_LIBS)

unit_tests += tests/unit/check_breaker
tests_unit_check_breaker_SOURCES = tests/unit/check_breaker.c tests/unit/unit.h
tests_unit_check_breaker_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_vendor_limit
tests_unit_check_vendor_limit_SOURCES = tests/unit/check_vendor_limit.c tests/unit/unit.h
tests_unit_check_vendor_limit_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_decide
tests_unit_check_decide_SOURCES = tests/unit/check_decide.c tests/unit/unit.h
tests_unit_check_decide_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_pace
tests_unit_check_pace_SOURCES = tests/unit/check_pace.c tests/unit/unit.h $(sim)
tests_unit_check_pace_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_unit_check_pace_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_kept
tests_unit_check_kept_SOURCES = tests/unit/check_kept.c tests/unit/unit.h
tests_unit_check_kept_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_period
tests_unit_check_period_SOURCES = tests/unit/check_period.c tests/unit/unit.h
tests_unit_check_period_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_price
tests_unit_check_price_SOURCES = tests/unit/check_price.c tests/unit/unit.h
tests_unit_check_price_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_prefix
tests_unit_check_prefix_SOURCES = tests/unit/check_prefix.c tests/unit/unit.h
tests_unit_check_prefix_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_retry
tests_unit_check_retry_SOURCES = tests/unit/check_retry.c tests/unit/unit.h
tests_unit_check_retry_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_snapshot
tests_unit_check_snapshot_SOURCES = tests/unit/check_snapshot.c tests/unit/small_catalog.h \
	tests/unit/unit.h
tests_unit_check_snapshot_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_features
tests_unit_check_features_SOURCES = tests/unit/check_features.c tests/unit/unit.h
tests_unit_check_features_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_task_model
tests_unit_check_task_model_SOURCES = tests/unit/check_task_model.c tests/unit/unit.h
tests_unit_check_task_model_LDADD = $(CONF_LAYERS) $(CHECK_LIBS) $(SODIUM_LIBS)

unit_tests += tests/unit/check_quality
tests_unit_check_quality_SOURCES = tests/unit/check_quality.c tests/unit/unit.h
tests_unit_check_quality_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_tally
tests_unit_check_tally_SOURCES = tests/unit/check_tally.c tests/unit/small_catalog.h \
	tests/unit/unit.h
tests_unit_check_tally_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_feedback
tests_unit_check_feedback_SOURCES = tests/unit/check_feedback.c tests/unit/unit.h
tests_unit_check_feedback_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_payer_skills
tests_unit_check_payer_skills_SOURCES = tests/unit/check_payer_skills.c tests/unit/unit.h
tests_unit_check_payer_skills_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_decision
tests_unit_check_decision_SOURCES = tests/unit/check_decision.c tests/unit/unit.h
tests_unit_check_decision_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_decision_again
tests_unit_check_decision_again_SOURCES = tests/unit/check_decision_again.c \
	tests/unit/small_catalog.h tests/unit/unit.h
tests_unit_check_decision_again_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_charge
tests_unit_check_charge_SOURCES = tests/unit/check_charge.c tests/unit/unit.h
tests_unit_check_charge_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_sketch
tests_unit_check_sketch_SOURCES = tests/unit/check_sketch.c tests/unit/unit.h
tests_unit_check_sketch_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_terms
tests_unit_check_terms_SOURCES = tests/unit/check_terms.c tests/unit/terms_world.h tests/unit/unit.h
tests_unit_check_terms_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_latency
tests_unit_check_latency_SOURCES = tests/unit/check_latency.c tests/unit/terms_world.h \
	tests/unit/unit.h
tests_unit_check_latency_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_tokens
tests_unit_check_tokens_SOURCES = tests/unit/check_tokens.c tests/unit/unit.h
tests_unit_check_tokens_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_http_strict
tests_unit_check_http_strict_SOURCES = tests/unit/check_http_strict.c tests/unit/unit.h
tests_unit_check_http_strict_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_answer
tests_unit_check_core_answer_SOURCES = tests/unit/check_core_answer.c tests/unit/unit.h
tests_unit_check_core_answer_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_gather
tests_unit_check_core_gather_SOURCES = tests/unit/check_core_gather.c tests/unit/unit.h
tests_unit_check_core_gather_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_prompt
tests_unit_check_core_prompt_SOURCES = tests/unit/check_core_prompt.c tests/unit/unit.h
tests_unit_check_core_prompt_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_request
tests_unit_check_core_request_SOURCES = tests/unit/check_core_request.c tests/unit/unit.h
tests_unit_check_core_request_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_sse
tests_unit_check_core_sse_SOURCES = tests/unit/check_core_sse.c tests/unit/unit.h
tests_unit_check_core_sse_LDADD = $(pure_test_libs)

# --- vendors' dialects ---

dialect_kit = tests/unit/dialect_kit.c tests/unit/dialect_kit.h tests/unit/unit.h

unit_tests += tests/unit/check_core_openai
tests_unit_check_core_openai_SOURCES = tests/unit/check_core_openai.c $(dialect_kit)
tests_unit_check_core_openai_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_deepseek
tests_unit_check_core_deepseek_SOURCES = tests/unit/check_core_deepseek.c $(dialect_kit)
tests_unit_check_core_deepseek_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_core_qwen
tests_unit_check_core_qwen_SOURCES = tests/unit/check_core_qwen.c $(dialect_kit)
tests_unit_check_core_qwen_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_qwen_native
tests_unit_check_qwen_native_SOURCES = tests/unit/check_qwen_native.c $(dialect_kit)
tests_unit_check_qwen_native_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_qwen_native_answers
tests_unit_check_qwen_native_answers_SOURCES = tests/unit/check_qwen_native_answers.c $(dialect_kit)
tests_unit_check_qwen_native_answers_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_anthropic
tests_unit_check_anthropic_SOURCES = tests/unit/check_anthropic.c $(dialect_kit)
tests_unit_check_anthropic_LDADD = $(pure_test_libs)

unit_tests += tests/unit/check_anthropic_answers
tests_unit_check_anthropic_answers_SOURCES = tests/unit/check_anthropic_answers.c $(dialect_kit)
tests_unit_check_anthropic_answers_LDADD = $(pure_test_libs)

# --- configuration, catalog, prices ---

conf_test_libs = $(CONF_LAYERS) $(CONF_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/check_conf
tests_unit_check_conf_SOURCES = tests/unit/check_conf.c tests/unit/conf_files.h tests/unit/unit.h
tests_unit_check_conf_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_conf_value
tests_unit_check_conf_value_SOURCES = tests/unit/check_conf_value.c tests/unit/unit.h
tests_unit_check_conf_value_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_expr
tests_unit_check_expr_SOURCES = tests/unit/check_expr.c tests/unit/custom_kit.h tests/unit/unit.h
tests_unit_check_expr_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_conf_strategies
tests_unit_check_conf_strategies_SOURCES = tests/unit/check_conf_strategies.c \
	tests/unit/conf_files.h tests/unit/unit.h
tests_unit_check_conf_strategies_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_custom
tests_unit_check_custom_SOURCES = tests/unit/check_custom.c tests/unit/conf_files.h \
	tests/unit/custom_kit.h tests/unit/unit.h
tests_unit_check_custom_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_lua_strategy
tests_unit_check_lua_strategy_SOURCES = tests/unit/check_lua_strategy.c tests/unit/custom_kit.h \
	tests/unit/unit.h
tests_unit_check_lua_strategy_CPPFLAGS = $(AM_CPPFLAGS) \
	-DHOSTILE='"$(abs_top_srcdir)/tests/strategies/hostile"'
tests_unit_check_lua_strategy_LDADD = $(pure_test_libs) $(LUA_LIBS)

unit_tests += tests/unit/check_conf_catalog
tests_unit_check_conf_catalog_SOURCES = tests/unit/check_conf_catalog.c tests/unit/conf_files.h \
	tests/unit/unit.h $(catalog_file)
tests_unit_check_conf_catalog_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests \
	-DSHIPPED_CONF='"$(abs_top_srcdir)/conf"'
tests_unit_check_conf_catalog_LDADD = $(conf_test_libs)

unit_tests += tests/unit/check_conf_quality
tests_unit_check_conf_quality_SOURCES = tests/unit/check_conf_quality.c tests/unit/conf_files.h \
	tests/unit/unit.h
tests_unit_check_conf_quality_LDADD = $(conf_test_libs)

# --- time, sockets, files ---

io_test_libs = $(IO_LAYERS) $(IO_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/check_timer
tests_unit_check_timer_SOURCES = tests/unit/check_timer.c tests/unit/unit.h
tests_unit_check_timer_LDADD = $(IO_LAYERS) $(CHECK_LIBS)

shell_tests += tests/io/check_loop
tests_io_check_loop_SOURCES = tests/io/check_loop.c tests/unit/unit.h
tests_io_check_loop_LDADD = $(io_test_libs)

shell_tests += tests/io/check_inherited
tests_io_check_inherited_SOURCES = tests/io/check_inherited.c tests/unit/unit.h
tests_io_check_inherited_LDADD = $(io_test_libs)

shell_tests += tests/io/check_redis
tests_io_check_redis_SOURCES = tests/io/check_redis.c tests/unit/unit.h
tests_io_check_redis_LDADD = $(CONF_LAYERS) $(io_test_libs) $(CONF_LIBS)

unit_tests += tests/io/check_front_words
tests_io_check_front_words_SOURCES = tests/io/check_front_words.c tests/unit/unit.h
tests_io_check_front_words_LDADD = $(io_test_libs)

shell_tests += tests/io/check_dial
tests_io_check_dial_SOURCES = tests/io/check_dial.c tests/unit/unit.h
tests_io_check_dial_LDADD = $(io_test_libs)

shell_tests += tests/io/check_secret
tests_io_check_secret_SOURCES = tests/io/check_secret.c tests/unit/unit.h
tests_io_check_secret_LDADD = $(io_test_libs)

store_test_libs = $(STORE_LAYERS) $(STORE_LIBS) $(CHECK_LIBS)

shell_tests += tests/unit/check_lead
tests_unit_check_lead_SOURCES = tests/unit/check_lead.c tests/unit/unit.h
tests_unit_check_lead_LDADD = src/libcoord.a $(store_test_libs)

shell_tests += tests/unit/check_children
tests_unit_check_children_SOURCES = tests/unit/check_children.c tests/unit/unit.h \
	src/ctl/children.c src/ctl/children.h
tests_unit_check_children_LDADD = $(store_test_libs)

shell_tests += tests/unit/check_journal
tests_unit_check_journal_SOURCES = tests/unit/check_journal.c tests/unit/unit.h
tests_unit_check_journal_LDADD = $(store_test_libs)

# --- Lua scripts on a real redis-server ---

redis_server = tests/lib/redis_server.c tests/lib/redis_server.h
lua_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests

shell_tests += tests/lua/check_scripts
tests_lua_check_scripts_SOURCES = tests/lua/check_scripts.c tests/lua/fixture.c tests/lua/fixture.h \
	tests/lua/scripts_admit.c tests/lua/scripts_breakers.c \
	tests/lua/scripts_expire.c tests/lua/scripts_extend.c tests/lua/scripts_failover.c \
	tests/lua/scripts_feedback.c tests/lua/scripts_fleet.c tests/lua/scripts_health.c \
	tests/lua/scripts_ledger.c tests/lua/scripts_rollup.c tests/lua/scripts_pace.c \
	tests/lua/scripts_escrow.c tests/lua/scripts_rates.c tests/lua/scripts_record.c \
	tests/lua/scripts_settle.c $(redis_server)
tests_lua_check_scripts_CPPFLAGS = $(lua_test_cppflags)
tests_lua_check_scripts_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=script_call
tests_lua_check_scripts_LDADD = $(store_test_libs)

shell_tests += tests/lua/check_books
tests_lua_check_books_SOURCES = tests/lua/check_books.c tests/lua/oracle.c tests/lua/oracle.h \
	tests/lua/oracle_admit.c tests/lua/oracle_settle.c tests/lua/world.c \
	tests/lua/world.h tests/lua/world_command.c tests/lua/world_crash.c \
	tests/lua/world_gateway.c tests/lua/world_steps.c tests/lua/world_truth.c $(redis_server)
tests_lua_check_books_CPPFLAGS = $(lua_test_cppflags)
tests_lua_check_books_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=script_call
tests_lua_check_books_LDADD = $(store_test_libs)

test_tools += tests/lua/measure_scripts
tests_lua_measure_scripts_SOURCES = tests/lua/measure_scripts.c tests/lua/fixture.c \
	tests/lua/fixture.h $(redis_server)
tests_lua_measure_scripts_CPPFLAGS = $(lua_test_cppflags)
tests_lua_measure_scripts_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=script_call
tests_lua_measure_scripts_LDADD = $(store_test_libs)

endif

TESTS = $(unit_tests) $(shell_tests)
# a machine with other work may take its time; one with much may be given more
AM_TESTS_ENVIRONMENT = : $${CK_TIMEOUT_MULTIPLIER:=3}; export CK_TIMEOUT_MULTIPLIER;
check_PROGRAMS += $(unit_tests) $(shell_tests) $(test_tools)

# ./check runs them in a build that is not for tests
measures: bench/vendor tests/bench/decide tests/bench/instructions tests/load/load

.PHONY: measures print-unit-tests print-shell-tests
print-unit-tests:
	@echo $(unit_tests)
print-shell-tests:
	@echo $(shell_tests)
