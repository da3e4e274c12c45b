# One library per layer, lower layers last on each link line: see HACKING.md, "Layers".

LAYER_BASE  = src/libbase.a
LAYER_MODEL = src/libmodel.a
LAYER_CORE  = src/libcore.a
LAYER_CONF  = src/libconf.a
LAYER_IO    = src/libio.a
LAYER_STORE = src/libstore.a

# what a unit test of core/ may link: nothing that opens a socket
PURE_LAYERS = $(LAYER_CORE) $(LAYER_MODEL) $(LAYER_BASE)

# what reads or writes a configuration links: pure as well, with the libraries for YAML, SHA-256, Lua
CONF_LAYERS = $(LAYER_CONF) $(PURE_LAYERS)
CONF_LIBS   = $(YAML_LIBS) $(SODIUM_LIBS) $(LUA_LIBS)

# what a program that waits links: the shell's lower half and everything below it
IO_LAYERS = $(LAYER_IO) $(PURE_LAYERS)
IO_LIBS   = $(UV_LIBS) $(MHD_LIBS) $(CURL_LIBS) $(OPENSSL_LIBS) $(HIREDIS_LIBS) $(SODIUM_LIBS)

# what a program links that asks Redis: all of the shell
STORE_LAYERS = $(LAYER_STORE) $(LAYER_IO) $(CONF_LAYERS)
STORE_LIBS   = $(IO_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) $(LUA_LIBS)

noinst_LIBRARIES += $(LAYER_BASE) $(LAYER_MODEL) $(LAYER_CORE) $(LAYER_CONF) $(LAYER_IO) \
	$(LAYER_STORE)

src_libbase_a_SOURCES = \
	src/base/ablation.c src/base/ablation.h \
	src/base/arena.c src/base/arena.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/err.c src/base/err.h \
	src/base/commands.h \
	src/base/exits.h \
	src/base/hash.h \
	src/base/json_number.c src/base/json_read.c src/base/json_scan.c src/base/json_write.c \
	src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/obj.h \
	src/base/poison.h \
	src/base/rand.h \
	src/base/rope.c src/base/rope.h \
	src/base/str.c src/base/str.h \
	src/base/text.c src/base/text.h \
	src/tbl/ablations.h src/tbl/breaker_causes.h src/tbl/breaker_states.h \
	src/tbl/errors.h src/tbl/langs.h src/tbl/limits.h src/tbl/outcomes.h src/tbl/pace.h \
	src/tbl/prompt_caches.h src/tbl/rejections.h \
	src/tbl/size_buckets.h src/tbl/standings.h \
	src/tbl/strategies.h src/tbl/tallies.h src/tbl/text_classes.h src/tbl/tokenizers.h \
	src/tbl/usage.h src/tbl/vendor_limits.h src/tbl/vendors.h src/tbl/wishes.h \
	src/tbl/without_redis.h

src_libmodel_a_SOURCES = \
	src/model/breaker.c src/model/breaker.h \
	src/model/catalog.c src/model/catalog.h \
	src/model/chat.c src/model/chat.h \
	src/model/effort.h \
	src/model/facts.h \
	src/model/features.c src/model/features.h \
	src/model/money.h \
	src/model/payer.c src/model/payer.h \
	src/model/plan.c src/model/plan.h \
	src/model/price.h \
	src/model/snapshot.c src/model/snapshot.h \
	src/model/task.h \
	src/model/terms.h \
	src/model/tokenizer.c src/model/tokenizer.h \
	src/model/usage.c src/model/usage.h \
	src/model/verdict.h \
	src/model/wish.h

src_libcore_a_SOURCES = \
	src/core/bucket.c src/core/bucket.h \
	src/core/demand.c src/core/demand.h \
	src/core/walk.c src/core/walk.h \
	src/core/custom.c src/core/custom.h \
	src/core/custom_field.c src/core/custom_field.h \
	src/core/expr.c src/core/expr.h \
	src/core/expr_strategy.c src/core/expr_strategy.h \
	src/core/lua_box.c src/core/lua_box.h \
	src/core/lua_library.c src/core/lua_library.h \
	src/core/lua_strategy.c src/core/lua_strategy.h \
	src/tbl/custom_fields.h src/tbl/custom_functions.h src/tbl/lua_functions.h \
	src/core/prefix.c src/core/prefix.h \
	src/core/snapshot_text.c src/core/snapshot_text.h src/core/snapshot_parts.h \
	src/core/snapshot_read.c \
	src/core/snapshot_build.c src/core/snapshot_build.h \
	src/core/tally.c src/core/tally.h \
	src/core/calibration.c src/core/calibration.h \
	src/core/calibration.c src/core/calibration.h \
	src/core/breaker.c src/core/breaker.h \
	src/core/charge.c src/core/charge.h \
	src/core/curve.c src/core/curve.h \
	src/core/quality_file.c src/core/quality_file.h \
	src/core/quality_model.c src/core/quality_model.h \
	src/core/choose.c src/core/choose.h \
	src/core/decide.c src/core/decide.h \
	src/core/task_model.c src/core/task_model.h src/core/task_model_parts.h \
	src/core/task_model_read.c \
	src/core/decision.c src/core/decision.h \
	src/core/decision_form.c src/core/decision_form.h \
	src/core/decision_other.c src/core/decision_other.h \
	src/core/form.c src/core/form.h \
	src/core/features.c src/core/features.h src/core/features_parts.h \
	src/core/features_cues.c \
	src/core/features_grams.c \
	src/core/features_read.c \
	src/core/features_shape.c \
	src/core/terms.c src/core/terms.h \
	src/core/apikey.c src/core/apikey.h \
	src/core/apikey_memo.c src/core/apikey_memo.h \
	src/core/forecast.c src/core/forecast.h \
	src/core/pace.c src/core/pace.h \
	src/core/period.c src/core/period.h \
	src/core/dialect.c src/core/dialect.h \
	src/core/dialect_util.c src/core/dialect_util.h \
	src/core/dialect/anthropic.c src/core/dialect/anthropic.h \
	src/core/dialect/anthropic_fault.c \
	src/core/dialect/anthropic_messages.c \
	src/core/dialect/anthropic_parts.c \
	src/core/dialect/anthropic_read.c \
	src/core/dialect/anthropic_schema.c \
	src/core/dialect/anthropic_terms.c \
	src/core/dialect/anthropic_thinking.c \
	src/core/dialect/anthropic_tools.c \
	src/core/dialect/deepseek.c \
	src/core/dialect/openai.c \
	src/core/dialect/openai_client.h \
	src/core/dialect/openai_like.h \
	src/core/dialect/openai_like_answer.c \
	src/core/dialect/openai_like_call.c \
	src/core/dialect/openai_like_messages.c \
	src/core/dialect/openai_read.c \
	src/core/dialect/openai_read_messages.c \
	src/core/dialect/openai_read_route.c \
	src/core/dialect/openai_read_tools.c \
	src/core/dialect/openai_write.c \
	src/core/dialect/qwen.c src/core/dialect/qwen.h \
	src/core/dialect/qwen_common.c \
	src/core/dialect/qwen_native.c src/core/dialect/qwen_native.h \
	src/core/dialect/qwen_native_messages.c \
	src/core/dialect/qwen_native_news.c \
	src/core/dialect/qwen_native_read.c \
	src/core/fault_rules.c src/core/fault_rules.h \
	src/core/feedback.c src/core/feedback.h \
	src/core/gather.c src/core/gather.h \
	src/core/guard.c src/core/guard.h \
	src/core/http_strict.c src/core/http_strict.h \
	src/core/param_rules.c src/core/param_rules.h \
	src/core/kept.c src/core/kept.h \
	src/core/length.c src/core/length.h \
	src/core/plan.c src/core/plan.h \
	src/core/price.c src/core/price.h \
	src/core/prompt_cache.c src/core/prompt_cache.h \
	src/core/payer_skills.c src/core/payer_skills.h \
	src/core/quality.c src/core/quality.h \
	src/core/refusal.c src/core/refusal.h \
	src/core/retry.c src/core/retry.h \
	src/core/scrub.c src/core/scrub.h \
	src/core/sideline.c src/core/sideline.h \
	src/core/sketch.c src/core/sketch.h \
	src/core/sse.c src/core/sse.h \
	src/core/strategies.c src/core/strategy.h \
	src/core/strategy/balanced.c \
	src/core/strategy/budget.c \
	src/core/strategy/cost.c \
	src/core/strategy/latency.c \
	src/core/strategy/order.c \
	src/core/strategy/quality.c \
	src/core/tokens.c src/core/tokens.h \
	src/core/vendor_limit.c src/core/vendor_limit.h \
	src/core/wish.c src/core/wish.h

src_libconf_a_SOURCES = \
	src/conf/aliases.c \
	src/conf/conf.h src/conf/shipped.h \
	src/conf/endpoints.c \
	src/conf/expr_lex.c src/conf/expr_lex.h \
	src/conf/expr_parts.h \
	src/conf/expr_read.c src/conf/expr_read.h \
	src/conf/expr_steps.c \
	src/conf/expr_value.c \
	src/conf/faults.c \
	src/conf/field.c src/conf/field.h \
	src/conf/fleet.c src/conf/fleet.h \
	src/conf/guess.c src/conf/guess.h \
	src/conf/load.c \
	src/conf/manual.c \
	src/conf/models.c src/conf/models.h \
	src/conf/node.c src/conf/node.h src/conf/node_spot.c \
	src/conf/policies.c \
	src/conf/prices.c \
	src/conf/quality.c \
	src/conf/rates.c src/conf/rates.h \
	src/conf/redis_url.c src/conf/redis_url.h \
	src/conf/settings.c src/conf/settings.h \
	src/conf/strategies.c \
	src/conf/tables.c \
	src/conf/task_builtin.c src/conf/task_builtin.h \
	src/conf/value.c src/conf/value.h \
	src/conf/write.c \
	src/tbl/abilities.h src/tbl/settings.h

# the task model, inside the program
EXTRA_DIST += build-aux/task-prompts conf/task.model conf/task-prompts
CLEANFILES += src/conf/task.bin
src/conf/task.bin: conf/task.model
	$(AM_V_GEN)$(MKDIR_P) src/conf && cp $(srcdir)/conf/task.model $@
src/conf/task_builtin.$(OBJEXT): src/conf/task.bin

src_libio_a_SOURCES = \
	src/io/config.c src/io/config.h \
	src/io/front.c src/io/front.h src/io/front_parts.h \
	src/io/front_answer.c \
	src/io/front_conn.c \
	src/io/front_exchange.c \
	src/io/front_gone.c \
	src/io/front_linger.c \
	src/io/front_listen.c \
	src/io/front_refuse.c \
	src/io/front_words.c src/io/front_words.h \
	src/io/headers.c src/io/headers.h \
	src/io/inherited.c src/io/inherited.h \
	src/io/learned.c src/io/learned.h \
	src/io/loop.c src/io/loop.h \
	src/io/redis.c src/io/redis.h src/io/redis_parts.h \
	src/io/redis_calls.c src/io/redis_calls.h \
	src/io/redis_peer.c src/io/redis_peer.h \
	src/io/redis_cluster.c \
	src/io/redis_dial.c src/io/redis_dial.h \
	src/io/redis_error.c src/io/redis_error.h src/tbl/redis_errors.h \
	src/io/redis_info.c src/io/redis_info.h \
	src/io/redis_link.c src/io/redis_link.h \
	src/io/redis_map.c src/io/redis_map.h \
	src/io/redis_sentinel.c \
	src/io/redis_slots.c src/io/redis_slots.h \
	src/io/resp.c src/io/resp.h \
	src/io/script.c src/io/script.h \
	src/io/secret.c src/io/secret.h \
	src/io/signals.c src/io/signals.h \
	src/io/tcp_seen.c src/io/tcp_seen.h \
	src/io/timer.c src/io/timer.h \
	src/io/trust.c src/io/trust.h \
	src/io/upstream.c src/io/upstream.h src/io/upstream_parts.h \
	src/io/upstream_easy.c \
	src/io/upstream_memory.c \
	src/io/upstream_socket.c \
	src/tbl/scripts.h
nodist_src_libio_a_SOURCES = src/io/scripts.c

# the Lua scripts, embedded
LUA_FILES = \
	lua/admit.lua \
	lua/escrow_hold.lua \
	lua/breaker_probe.lua \
	lua/breaker_report.lua \
	lua/expire.lua \
	lua/extend.lua \
	lua/feedback.lua \
	lua/forget.lua \
	lua/health_merge.lua \
	lua/include/barrier.lua \
	lua/include/began.lua \
	lua/include/budgets.lua \
	lua/include/breaker.lua \
	lua/include/ending.lua \
	lua/include/fence.lua \
	lua/include/gcra.lua \
	lua/include/history.lua \
	lua/include/int.lua \
	lua/include/now.lua \
	lua/include/reservation.lua \
	lua/include/waited.lua \
	lua/include/walk.lua \
	lua/lease_drop.lua \
	lua/lease_renew.lua \
	lua/lease_take.lua \
	lua/pace.lua \
	lua/rollup.lua \
	lua/publish.lua \
	lua/reassert.lua \
	lua/record_drop.lua \
	lua/record_put.lua \
	lua/rejoin.lua \
	lua/renew.lua \
	lua/settle.lua
EXTRA_DIST += $(LUA_FILES) lua/README.md .luacheckrc build-aux/embed-lua
CLEANFILES += src/io/scripts.c

src/io/scripts.c: build-aux/embed-lua src/tbl/scripts.h $(LUA_FILES)
	$(AM_V_GEN)$(MKDIR_P) src/io && $(srcdir)/build-aux/embed-lua $(srcdir) > $@.tmp && mv $@.tmp $@

src_libstore_a_SOURCES = \
	src/store/ask.c src/store/ask.h \
	src/store/books.h \
	src/store/books_admit.c \
	src/store/books_escrow.c \
	src/store/books_read.c \
	src/store/books_reassert.c \
	src/store/books_settle.c \
	src/store/breakers.c src/store/breakers.h \
	src/store/decision_file.c src/store/decision_file.h \
	src/store/decision_log.c src/store/decision_log.h \
	src/store/feedback.c src/store/feedback.h \
	src/store/fleet.c src/store/fleet.h \
	src/store/hash_read.c src/store/hash_read.h \
	src/store/health.c src/store/health.h \
	src/store/held.c src/store/held.h \
	src/store/histories.c src/store/histories.h \
	src/store/journal.c src/store/journal.h \
	src/store/journal_file.c src/store/journal_file.h \
	src/store/journal_read.c \
	src/store/journal_record.c src/store/journal_record.h \
	src/store/keys.c src/store/keys.h \
	src/store/lease.c src/store/lease.h \
	src/store/open.c \
	src/store/pace.c src/store/pace.h \
	src/store/rollup.c src/store/rollup.h \
	src/store/published.c src/store/published.h \
	src/store/payer.c src/store/payer.h \
	src/store/record.c \
	src/store/store.c src/store/store.h \
	src/store/survey.c src/store/survey.h

# --- the story row ---

LAYER_GATE  = src/libgate.a
LAYER_COORD = src/libcoord.a

noinst_LIBRARIES += $(LAYER_GATE) $(LAYER_COORD)

src_libgate_a_SOURCES = \
	src/gate/admin.c \
	src/gate/admit.c \
	src/gate/attempt.c \
	src/gate/call.c \
	src/gate/custom.c \
	src/gate/decided.c src/gate/decided.h \
	src/gate/denial.c src/gate/denial.h \
	src/gate/escrow.c src/gate/escrow.h src/gate/escrow_hold.c src/gate/escrow_parts.h \
	src/gate/failure.c src/gate/failure.h \
	src/gate/feedback.c src/gate/feedback.h \
	src/gate/follow.c \
	src/gate/gateway.c src/gate/gateway.h \
	src/gate/gauges.c src/gate/gauges.h \
	src/gate/identify.c \
	src/gate/in_use.c \
	src/gate/life.c \
	src/gate/listing.c src/gate/listing.h \
	src/gate/observe.c src/gate/observe.h \
	src/gate/payers.c src/gate/payers.h \
	src/gate/plan.c \
	src/gate/probe.c src/gate/probe.h \
	src/gate/probe_call.c \
	src/gate/receive.c \
	src/gate/recovery.c \
	src/gate/report.c \
	src/gate/report_breakers.c \
	src/gate/relay.c \
	src/gate/reply.c src/gate/reply.h \
	src/gate/durable.c src/gate/durable.h \
	src/gate/rejoin.c src/gate/rejoin.h \
	src/gate/request.c src/gate/request.h \
	src/gate/routes.c src/gate/routes.h \
	src/gate/secrets.c src/gate/secrets.h \
	src/gate/settlement.c src/gate/settlement.h \
	src/gate/settle.c \
	src/gate/stats.c src/gate/stats.h \
	src/gate/watch.c \
	src/gate/without_redis.c src/gate/without_redis.h \
	src/gate/worker.c src/gate/worker.h \
	src/tbl/gauges.h src/tbl/routes.h src/tbl/steps.h

src_libcoord_a_SOURCES = \
	src/coord/coordinator.c src/coord/coordinator.h \
	src/coord/job_expire.c \
	src/coord/job_snapshot.c \
	src/coord/job_pace.c \
	src/coord/job_rollup.c \
	src/coord/job_publish.c \
	src/coord/jobs.c \
	src/coord/lead.c \
	src/coord/org_round.c src/coord/org_round.h \
	src/tbl/jobs.h

LAYER_CTL = src/libctl.a

noinst_LIBRARIES += $(LAYER_CTL)

src_libctl_a_SOURCES = \
	src/ctl/await.c src/ctl/await.h \
	src/ctl/await_survey.c src/ctl/await_survey.h \
	src/ctl/breaker_list.c src/ctl/breaker_list.h \
	src/ctl/budget_resolve.c src/ctl/budget_resolve.h \
	src/ctl/budget_suspense.c src/ctl/budget_suspense.h \
	src/ctl/budgets.c src/ctl/budgets.h \
	src/ctl/catalog_view.c src/ctl/catalog_view.h \
	src/ctl/changes.c src/ctl/changes.h \
	src/ctl/cmd_budget.c \
	src/ctl/cmd_check_config.c \
	src/ctl/cmd_evaluate.c \
	src/ctl/cmd_quality_model.c \
	src/ctl/cmd_task_model.c \
	src/ctl/evaluate.h src/ctl/evaluate_measure.c src/ctl/evaluate_plot.c \
	src/ctl/evaluate_learn.c src/ctl/evaluate_learn.h \
	src/ctl/evaluate_pool.c src/ctl/evaluate_route.c \
	src/ctl/evaluate_report.c src/ctl/evaluate_report.h \
	src/ctl/quality_learn.c src/ctl/quality_learn.h \
	src/ctl/quality_table.c src/ctl/quality_table.h \
	src/ctl/quality_train.c src/ctl/quality_train.h src/ctl/quality_trainer.h \
	src/ctl/quality_train_folds.c src/ctl/quality_train_names.c src/ctl/quality_train_weigh.c \
	src/ctl/cmd_explain.c \
	src/ctl/cmd_key.c \
	src/ctl/cmd_org.c \
	src/ctl/cmd_quality.c \
	src/ctl/cmd_reconcile.c \
	src/ctl/cmd_replay.c \
	src/ctl/cmd_status.c \
	src/ctl/cmd_usage.c \
	src/ctl/usage_sum.c src/ctl/usage_sum.h \
	src/ctl/cmd_team.c \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/decision_files.c src/ctl/decision_files.h \
	src/ctl/each_org.c src/ctl/each_org.h \
	src/ctl/entity.c src/ctl/entity.h \
	src/ctl/explain.h src/ctl/explain_breakers.c src/ctl/explain_fleet.c src/ctl/explain_payer.c src/ctl/explain_print.c \
	src/ctl/listing.c src/ctl/listing.h \
	src/ctl/moment.c src/ctl/moment.h \
	src/ctl/options.c src/ctl/options.h \
	src/ctl/out.c src/ctl/out.h \
	src/ctl/pending.c src/ctl/pending.h \
	src/ctl/reconcile_journal.c src/ctl/reconcile_journal.h \
	src/ctl/reconcile_report.c src/ctl/reconcile_report.h \
	src/ctl/replay.h src/ctl/replay_other.c src/ctl/replay_print.c src/ctl/replay_same.c \
	src/ctl/record.c src/ctl/record.h \
	src/ctl/records.c src/ctl/records.h \
	src/ctl/say.c src/ctl/say.h \
	src/ctl/session.c src/ctl/session.h \
	src/ctl/status.h \
	src/ctl/status_breakers.c \
	src/ctl/status_collect.c \
	src/ctl/status_print.c \
	src/ctl/status_problems.c \
	src/ctl/suspense.c src/ctl/suspense.h \
	src/ctl/table.c src/ctl/table.h \
	src/ctl/task_card.c src/ctl/task_card.h \
	src/ctl/task_fit.c src/ctl/task_fit.h \
	src/ctl/task_folds.c src/ctl/task_folds.h \
	src/ctl/task_report.c src/ctl/task_report.h \
	src/ctl/json_lines.c src/ctl/json_lines.h \
	src/ctl/task_rows.c src/ctl/task_rows.h \
	src/ctl/task_time.c src/ctl/task_time.h \
	src/ctl/task_words.c \
	src/ctl/task_write.c \
	src/ctl/verbs.c src/ctl/verbs.h \
	src/ctl/view.c src/ctl/view.h \
	src/tbl/commands.h src/tbl/counters.h src/tbl/exits.h src/tbl/figures.h

LAYER_MOCK = src/libmock.a

noinst_LIBRARIES += $(LAYER_MOCK)

src_libmock_a_SOURCES = \
	src/mock/mock.c src/mock/mock.h \
	src/mock/mock_admin.c \
	src/mock/mock_answer.c src/mock/mock_answer.h \
	src/mock/mock_anthropic.c \
	src/mock/mock_ask.c src/mock/mock_ask.h \
	src/mock/mock_auth.c src/mock/mock_auth.h \
	src/mock/mock_cache.c src/mock/mock_cache.h \
	src/mock/mock_check.c src/mock/mock_check.h \
	src/mock/mock_check_anthropic.c src/mock/mock_check_anthropic.h \
	src/mock/mock_check_blocks.c \
	src/mock/mock_check_deepseek.c \
	src/mock/mock_check_history.c \
	src/mock/mock_check_native.c \
	src/mock/mock_check_openai.c src/mock/mock_check_openai.h \
	src/mock/mock_check_qwen.c \
	src/mock/mock_check_tools.c \
	src/mock/mock_dialect.h \
	src/mock/mock_error.c src/mock/mock_error.h \
	src/mock/mock_fault.c \
	src/mock/mock_heads.c src/mock/mock_heads.h \
	src/mock/mock_ledger.c src/mock/mock_ledger.h \
	src/mock/mock_logprobs.c src/mock/mock_logprobs.h \
	src/mock/mock_model.c src/mock/mock_model.h \
	src/mock/mock_native.c \
	src/mock/mock_openai.c \
	src/mock/mock_play.c src/mock/mock_play.h \
	src/mock/mock_price.c src/mock/mock_price.h \
	src/mock/mock_rule_read.c \
	src/mock/mock_rules.c src/mock/mock_rules.h \
	src/mock/mock_schema.c \
	src/mock/mock_serve.c \
	src/mock/mock_settle.c \
	src/mock/mock_template.c src/mock/mock_template.h \
	src/mock/mock_walk.c src/mock/mock_walk.h \
	src/mock/mock_yaml.c src/mock/mock_yaml.h

# --- the shipped configuration, and smartrouter.yaml(5), whose lists are made from the tables ---

srconfdir = $(sysconfdir)/smartrouter
SRCONF = endpoints.yaml models.yaml prices.yaml quality.yaml routing.yaml smartrouter.yaml
EXTRA_DIST += $(SRCONF:%=conf/%)

# What is there may have been edited: it stays. So does an edited one when all else is removed.
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(srconfdir)"
	for f in $(SRCONF); do \
		to="$(DESTDIR)$(srconfdir)/$$f"; \
		test -e "$$to" || $(INSTALL_DATA) $(srcdir)/conf/$$f "$$to" || exit 1; \
		cmp -s $(srcdir)/conf/$$f "$$to" || echo "$$to is kept; shipped is $(srcdir)/conf/$$f"; \
	done

uninstall-local:
	for f in $(SRCONF); do \
		to="$(DESTDIR)$(srconfdir)/$$f"; \
		if cmp -s $(srcdir)/conf/$$f "$$to"; then rm -f "$$to" || exit 1; fi; \
	done

strategiesdir = $(srconfdir)/strategies
dist_strategies_DATA = lua/strategies/good_enough.lua

systemdunitdir = $(prefix)/lib/systemd/system
dist_systemdunit_DATA = conf/systemd/smartrouter-coordinator.service \
	conf/systemd/smartrouter-gateway.service conf/systemd/smartrouter-gateway.socket

EXTRA_DIST += build-aux/runtime-packages docker/Dockerfile docker/Dockerfile.dockerignore \
	docker/compose.yaml docker/haproxy.cfg docker/haproxy-strict.lua docker/smartrouter.yaml \
	docker/coordinator.yaml docker/operator.yaml docker/redis/start docker/redis/redis.conf \
	docker/redis/sentinel.conf conf/redis/users.acl

noinst_PROGRAMS += build-aux/manual

build_aux_manual_SOURCES = build-aux/manual.c
build_aux_manual_LDADD = $(CONF_LAYERS) $(CONF_LIBS)

dist_man1_MANS = man/smartrouter.1
man5_MANS = man/smartrouter.yaml.5
CLEANFILES += man/smartrouter.yaml.5
EXTRA_DIST += man/smartrouter.yaml.5.in

man/smartrouter.yaml.5: $(srcdir)/man/smartrouter.yaml.5.in build-aux/manual$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && build-aux/manual $(srcdir)/man/smartrouter.yaml.5.in > $@.tmp && mv $@.tmp $@

# --- the configuration inside the program, for `smartrouter up` ---

UP_FILES = models.yaml prices.yaml quality.yaml routing.yaml endpoints.yaml

EXTRA_DIST += build-aux/embed-conf
BUILT_SOURCES += src/ctl/shipped.c
CLEANFILES += src/ctl/shipped.c
src/ctl/shipped.c: build-aux/embed-conf $(UP_FILES:%=conf/%)
	$(AM_V_GEN)$(MKDIR_P) src/ctl && $(srcdir)/build-aux/embed-conf \
		$(foreach f,$(UP_FILES),$(f)=$(srcdir)/conf/$(f)) > $@.tmp && mv $@.tmp $@

# --- the program ---

bin_PROGRAMS += src/smartrouter
src_smartrouter_SOURCES = src/smartrouter.c src/ctl/cmd_up.c src/ctl/children.c src/ctl/children.h \
	src/ctl/kept_file.c src/ctl/kept_file.h src/ctl/up_files.c src/ctl/up_files.h
nodist_src_smartrouter_SOURCES = src/ctl/shipped.c
src_smartrouter_LDADD = $(LAYER_GATE) $(LAYER_COORD) $(LAYER_CTL) $(LAYER_MOCK) $(STORE_LAYERS) \
	$(STORE_LIBS) $(JANSSON_LIBS) $(LINEAR_LIBS)
