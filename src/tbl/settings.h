/*
 * Everything that can be written into smartrouter.yaml and is one value.
 *
 * SETTING(section, name, kind, fallback, least, most, when, text)
 *     of one process: member <section>_<name> of struct settings (conf/conf.h), with the
 *     unit behind it: _ms for TIME, _bytes for BYTES
 * LESS(times, smaller, larger)
 *     two such members, the first of which, so many times, must not be above the second
 * ENDPOINT_FIELD, MODEL_FIELD, PRICE_FIELD, WINDOW_FIELD, QUALITY_FIELD, POLICY_FIELD
 *         (name, kind, need, fallback, least, most, text)
 *     of the whole fleet: member <name> of the struct in conf/fleet.h; need is MUST or MAY.
 *     The prices themselves are named by tbl/usage.h.
 *
 * kind: src/conf/field.h says what each takes. fallback, least and most are written as in the
 *     file; "" as fallback is "not set". For CHOICE and FLAGS `least` lists the words, for
 *     texts least and most are lengths in bytes.
 * when: RELOAD takes effect on SIGHUP, RESTART with the next start.
 * text: the manual's, and nothing else documents it. Counts of "a worker" are per worker.
 */
/* clang-format off */
#ifdef SETTING
SETTING(gateway, listen, ADDRESS, "127.0.0.1:8080", "1", "255", RESTART,
	"Where clients connect: HOST:PORT, [V6]:PORT, or :PORT for every address. Port 0 takes a free one.")
SETTING(gateway, admin_listen, ADDRESS, "127.0.0.1:9090", "0", "255", RESTART,
	"Where the admin API and /metrics are served, apart from clients. \"none\" serves them nowhere.")
SETTING(gateway, name, NAME, "", "1", "23", RESTART,
	"What the fleet calls this gateway; unique in it. Not set: the host's name and the port.")
SETTING(gateway, workers, COUNT, "0", "0", "256", RESTART,
	"Threads that serve requests; 0 is one for each processor.")
SETTING(gateway, state_dir, PATH, "/var/lib/smartrouter", "1", "1023", RESTART,
	"Folder of the journal and of decision records. Its own for each gateway, and on a disk that survives a restart.")
SETTING(gateway, pepper, SECRET, "${SMARTROUTER_PEPPER}", "1", "1023", RESTART,
	"Secret under which API keys are hashed. The same for every gateway and for the commands that make keys; without it no stored key can be recognised.")
SETTING(gateway, drain_delay, TIME, "3s", "0s", "5m", RELOAD,
	"After SIGTERM: how long the gateway still takes connections while /readyz says 503, so that the load balancer notices before it is refused. Longer than the balancer needs for that: two checks a second apart with the shipped haproxy.cfg. 0s where there is none in front.")
SETTING(gateway, stop_timeout, TIME, "30s", "0s", "1h", RELOAD,
	"After SIGTERM and drain_delay: how long requests in flight may run on. Streams that are not complete then end with an error.")
SETTING(gateway, follow_interval, TIME, "1s", "100ms", "1m", RELOAD,
	"How often the published epoch is asked for, besides the message that announces it.")
SETTING(gateway, report_interval, TIME, "1s", "100ms", "1m", RELOAD,
	"How often the gateway tells the fleet what it saw of vendors' answers: how fast and how long they were, and which failed.")
SETTING(gateway, warm_prefixes, COUNT, "1000", "0", "5000", RELOAD,
	"Beginnings of conversations that the fleet remembers to lie in a vendor's prompt cache, of each vendor. The latest are kept; each costs 50 bytes of every snapshot.")
SETTING(gateway, max_requests, COUNT, "10000", "1", "1000000", RELOAD,
	"Requests in flight in a worker; more are refused with 503.")
SETTING(gateway, request_memory, BYTES, "16MiB", "256KiB", "1GiB", RELOAD,
	"Memory of one request besides its body.")
SETTING(gateway, request_timeout, TIME, "10m", "1s", "1h", RELOAD,
	"The longest a request may take with all its attempts. A client may ask for less with the header x-request-timeout-ms.")
SETTING(gateway, inline_body, BYTES, "128KiB", "0", "1GiB", RELOAD,
	"Larger bodies are read by another thread, so that they delay nobody else.")
SETTING(gateway, task_model, PATH, "", "1", "1023", RELOAD,
	"File of the task model, made by smartrouter task-model train. Not set: the one that is built in.")
SETTING(gateway, quality_model, PATH, "", "1", "1023", RELOAD,
	"File of a quality model, made by smartrouter quality-model train: how good each model's answer to a prompt will be. Not set: none.")
SETTING(gateway, ca_file, PATH, "", "1", "1023", RELOAD,
	"File of the certificates (PEM) of authorities by which vendors behind TLS are known. Not set: the system's. It is read at the start and on SIGHUP, for calls from then on; a file that cannot be read is an error then.")
SETTING(gateway, shards, COUNT, "64", "1", "256", RESTART,
	"Groups into which a worker's client connections are divided. More keep many open streams cheap.")
SETTING(gateway, max_connections, COUNT, "10000", "1", "1000000", RESTART,
	"Client connections of a worker.")
SETTING(gateway, max_connections_per_ip, COUNT, "0", "0", "1000000", RESTART,
	"Client connections of a worker from one address; 0 is no limit. Behind a load balancer leave it at 0.")
SETTING(gateway, max_header, BYTES, "8KiB", "4KiB", "1MiB", RESTART,
	"Request line and headers of a request, together. Each client connection takes so much memory, and 8 KiB.")
SETTING(gateway, max_body, BYTES, "32MiB", "1KiB", "1GiB", RESTART,
	"Body of a request; longer ones get 413 before they are read.")
SETTING(gateway, max_bodies, BYTES, "512MiB", "1KiB", "64GiB", RESTART,
	"Bodies held by a worker at one time; beyond it requests get 503.")
SETTING(gateway, header_timeout, TIME, "10s", "100ms", "10m", RESTART,
	"From the connection, or the first line of a later request, to the last header.")
SETTING(gateway, body_timeout, TIME, "60s", "100ms", "1h", RESTART,
	"For the whole body of a request.")
SETTING(gateway, body_grace, TIME, "5s", "0s", "1h", RESTART,
	"From then on a body must come at body_rate.")
SETTING(gateway, body_rate, BYTES, "1KiB", "0", "1GiB", RESTART,
	"Bytes a second below which a client's body is given up.")
SETTING(gateway, idle_timeout, TIME, "60s", "1s", "1h", RESTART,
	"How long a connection stays open between two requests; the first line of the next must be there by then.")
SETTING(gateway, stream_high, BYTES, "64KiB", "4KiB", "64MiB", RESTART,
	"Bytes waiting for a slow client above which its vendor is paused.")
SETTING(gateway, stream_low, BYTES, "32KiB", "1KiB", "64MiB", RESTART,
	"And below which the vendor goes on.")
SETTING(gateway, stream_stall, TIME, "60s", "1s", "1h", RESTART,
	"A client that takes nothing of its stream for so long is cut.")
SETTING(gateway, json_depth, COUNT, "64", "8", "512", RELOAD,
	"Nesting of a request's JSON.")
SETTING(gateway, json_values, COUNT, "100000", "100", "10000000", RELOAD,
	"Values in a request's JSON, names included.")
SETTING(gateway, json_number, COUNT, "64", "20", "1024", RELOAD,
	"Characters of a number in a request's JSON.")
SETTING(gateway, max_calls, COUNT, "10000", "1", "1000000", RESTART,
	"Calls to vendors in flight in a worker.")
SETTING(gateway, calls_per_multi, COUNT, "100", "1", "10000", RESTART,
	"Calls that share one of libcurl's handles. Fewer keep many open streams cheap.")
SETTING(gateway, call_buffer, BYTES, "4KiB", "1KiB", "512KiB", RESTART,
	"Receive buffer of a call to a vendor; of a stream no more than 2 KiB.")
SETTING(gateway, max_answer_header, BYTES, "64KiB", "4KiB", "1MiB", RESTART,
	"Headers of a vendor's answer.")
SETTING(gateway, max_answer, BYTES, "32MiB", "64KiB", "1GiB", RELOAD,
	"A vendor's answer that is not streamed to the client, whole.")
SETTING(gateway, max_event, BYTES, "4MiB", "16KiB", "256MiB", RELOAD,
	"One event of a vendor's stream.")
SETTING(gateway, drain_calls, COUNT, "64", "0", "100000", RELOAD,
	"Calls a worker reads to their end after the client has gone, to learn what they cost. Beyond it they are cut and their cost is estimated.")
SETTING(gateway, drain_timeout, TIME, "60s", "0s", "1h", RELOAD,
	"How long such a call is read on.")
SETTING(gateway, key_cache_entries, COUNT, "10000", "16", "10000000", RESTART,
	"API keys a worker remembers, known and unknown ones. Each admission checks that what is remembered is still so.")
SETTING(gateway, key_cache_timeout, TIME, "30s", "1s", "1h", RELOAD,
	"How long a key is remembered.")
SETTING(gateway, feedback_share, COUNT, "10", "0", "100", RELOAD,
	"What a rating of an answer counts for other orgs, in percent of what it counts for its own; 0 keeps them apart.")
SETTING(gateway, reservation_time, TIME, "2m", "10s", "1h", RELOAD,
	"A reservation that its gateway has not renewed for so long counts as an orphan, and its money goes to suspense.")
SETTING(gateway, journal_segment, BYTES, "16MiB", "64KiB", "1GiB", RESTART,
	"Size of a journal file, after which a new one begins.")
SETTING(gateway, journal_sync, TIME, "100ms", "0s", "1m", RESTART,
	"How often the journal is forced to disk; 0 leaves it to the system. A crash of the gateway loses nothing either way, a loss of power what came since.")

SETTING(breakers, keep, BOOL, "true", "", "", RELOAD,
	"Whether the fleet keeps away from endpoints that fail, are slow, or asked to be left alone. The settings of this section should be the same on every gateway.")
SETTING(breakers, report_interval, TIME, "200ms", "20ms", "10s", RELOAD,
	"How soon the fleet is told of failures; of calls that went well it is told every gateway.report_interval.")
SETTING(breakers, failures, COUNT, "7", "2", "1000", RELOAD,
	"So many failures in a row, of the whole fleet, open a breaker. With good calls between it takes more: a share of 30 % some 40 calls, and one below 15 % opens none.")
SETTING(breakers, open_min, TIME, "1s", "100ms", "10m", RELOAD,
	"How long a breaker stays open before it is probed. It doubles with each time that it opens again soon.")
SETTING(breakers, open_max, TIME, "10s", "100ms", "1h", RELOAD,
	"But no longer than this.")
SETTING(breakers, probes, COUNT, "3", "1", "100", RELOAD,
	"So many probes, one after the other, must go well before requests come back; twice and then three times as many where it opened again soon.")
SETTING(breakers, probe_timeout, TIME, "10s", "100ms", "10m", RELOAD,
	"The time of a probe. One of our own making that has no content by then has failed; a client's request goes on, and shows nothing any more.")
SETTING(breakers, active_probes, BOOL, "true", "", "", RELOAD,
	"Whether a gateway makes up a request of one token when no client's request is there to be the probe. It is not charged to anybody; the counter probe_nanos tells what they cost.")
SETTING(breakers, slow_start, TIME, "10s", "0s", "10m", RELOAD,
	"How long the share of requests grows, from a tenth to all, after the probes.")
SETTING(breakers, slow_factor, COUNT, "4", "2", "1000", RELOAD,
	"An answer is slow, which counts as a failure, when its first content takes so many times what 95 % of that size took lately; one that is not streamed, its whole time.")
SETTING(breakers, slow_floor, TIME, "300ms", "10ms", "10m", RELOAD,
	"No answer that comes within this time is slow.")
SETTING(breakers, credential_retry, TIME, "1m", "100ms", "1h", RELOAD,
	"How often a credential is probed that the vendor refused, or whose account it did. Gateways that have another credential are not concerned.")
SETTING(breakers, block_max, TIME, "10m", "0s", "1h", RELOAD,
	"The longest time for which a vendor may ask to be left alone, by Retry-After or by the headers of its rate limits.")

SETTING(decisions, keep, BOOL, "true", "", "", RELOAD,
	"Whether a record of every decision is written to gateway.state_dir/decisions, for smartrouter replay.")
SETTING(decisions, max_size, BYTES, "256MiB", "1MiB", "1TiB", RESTART,
	"All records of a gateway, together; the oldest files go. What its workers are writing to at the moment comes on top.")
SETTING(decisions, segment, BYTES, "16MiB", "64KiB", "1GiB", RESTART,
	"Size of a file of records, about, after which a new one begins.")
SETTING(decisions, explain, BOOL, "true", "", "", RELOAD,
	"Whether a request with the header x-smartrouter-explain: 1 gets the record in its answer.")

SETTING(redis, url, URL, "redis://127.0.0.1:6379", "1", "1023", RESTART,
	"One server: redis://[USER@]HOST[:PORT][/DB] or unix:///PATH[?db=N]. A primary that Sentinels watch: redis+sentinel://[USER@]SENTINEL[:PORT],SENTINEL[:PORT].../NAME[/DB], with the NAME that the Sentinels have for it; they are asked without a password. A Cluster: redis+cluster://[USER@]HOST[:PORT],HOST[:PORT]..., some of its nodes. At most 16 hosts. rediss:// (TLS) is refused, because this hiredis has none: let stunnel or the like speak TLS, and name its own address.")
SETTING(redis, user, TEXT, "", "1", "255", RESTART,
	"Name to sign in with. Not set: the one in the URL, else Redis' default user.")
SETTING(redis, password, SECRET, "", "1", "1023", RESTART,
	"Its password. Not set: Redis asks for none.")
SETTING(redis, connect_timeout, TIME, "1s", "10ms", "1m", RESTART,
	"For connecting and signing in. Requests do not wait for it.")
SETTING(redis, command_timeout, TIME, "100ms", "5ms", "1m", RESTART,
	"For each command. Then the connection is given up and opened anew.")
SETTING(redis, check_interval, TIME, "1s", "10ms", "1m", RESTART,
	"How often an idle connection is tried, or one that listens for news, so that a Redis that has died or has become a replica is noticed before somebody needs it.")
SETTING(redis, retry_min, TIME, "50ms", "1ms", "1m", RESTART,
	"Wait before the first try to connect again; it doubles up to retry_max.")
SETTING(redis, retry_max, TIME, "250ms", "1ms", "10m", RESTART,
	"The longest wait between two tries.")
SETTING(redis, max_pending, COUNT, "20000", "16", "1000000", RESTART,
	"Commands of a worker that wait for their answer; more fail at once.")
SETTING(redis, admit_window, TIME, "1s", "10ms", "1m", RESTART,
	"An admission that Redis gets to see later than this is refused there, because its gateway has given up on it.")
SETTING(redis, tombstone, TIME, "15m", "1m", "7d", RESTART,
	"How long a finished request is remembered, so that what arrives twice is charged once. At least ten times redis.loss_window.")
SETTING(redis, estimate_time, TIME, "40d", "1m", "400d", RESTART,
	"How long a finished request is remembered whose charge may have to be corrected: an estimate, until reconcile has the vendor's figure, and what was paid while Redis was away. At least as long as vendors take to bill, and as a journal may take to be found.")
SETTING(redis, loss_window, TIME, "60s", "1s", "15m", RESTART,
	"A failover of Redis loses nothing that was written longer ago; with Sentinel at least 20s. So long a gateway keeps settles that Redis confirmed and that its replicas do not have yet, and after a failover sends them again.")
SETTING(redis, kept_settles, COUNT, "50000", "100", "10000000", RESTART,
	"Most of them that a worker keeps, some 1.5 KB each; more than that many settles in loss_window are not all safe from a failover.")
SETTING(redis, waiting_settles, COUNT, "50000", "100", "10000000", RESTART,
	"Most settles of a worker that wait for Redis to confirm them, as while it is away, some 1.5 KB each; with so many no further request is admitted.")
SETTING(redis, failover_grace, TIME, "2s", "100ms", "1m", RESTART,
	"After a failover no request is admitted for so long, or until every gateway that admitted some lately has told what it holds, but for a quarter of it.")
SETTING(redis, failover_wait, TIME, "5s", "0s", "1m", RELOAD,
	"How long a request waits for that at most, before it is answered with status 503.")
SETTING(redis, feedback_time, TIME, "7d", "0s", "90d", RESTART,
	"How long an answer can be rated (POST /v1/feedback). Each takes some 200 bytes of Redis until then; 0 takes no ratings.")
SETTING(redis, ledger_entries, COUNT, "1000000", "1000", "1000000000", RESTART,
	"Charges kept in an org's ledger; older ones are dropped.")

SETTING(escrow, without_redis, CHOICE, "degraded", "closed|degraded|open", "", RELOAD,
	"What becomes of requests while Redis is away, where neither key nor team nor org says it: closed, they are refused; degraded, they are served as long as the money lasts that was set aside for their key; open, they are served and charged later, which can overspend every budget.")
SETTING(escrow, share, COUNT, "5", "0", "50", RELOAD,
	"How much of what a key may still spend all gateways together set aside for it, at most, in percent; 0 sets nothing aside.")
SETTING(escrow, span, TIME, "1m", "1s", "1h", RELOAD,
	"For how long the money set aside should last, at the rate at which the key spends.")
SETTING(escrow, interval, TIME, "1s", "100ms", "1m", RELOAD,
	"How often it is made what it should be.")
SETTING(escrow, idle, TIME, "10s", "100ms", "1h", RELOAD,
	"What is set aside for a key that had no request for so long is given back.")
SETTING(escrow, time, TIME, "10m", "10s", "1d", RELOAD,
	"For how long keys are served while Redis is away. What is set aside goes to suspense when its gateway has not renewed it for so long.")
SETTING(escrow, keys, COUNT, "10000", "1", "1000000", RESTART,
	"For how many keys at most a gateway sets money aside.")

SETTING(coordinator, name, NAME, "", "1", "23", RESTART,
	"What the fleet calls this coordinator; unique in it. Not set: the host's name and the process id.")
SETTING(coordinator, lease, TIME, "3s", "500ms", "1m", RESTART,
	"How long a leader leads without renewing. A dead one is replaced when it is over.")
SETTING(coordinator, standby_interval, TIME, "250ms", "50ms", "10s", RESTART,
	"How often a standby tries to lead.")
SETTING(coordinator, expire_interval, TIME, "250ms", "50ms", "1m", RELOAD,
	"How often the leader looks for reservations that nobody settled.")
SETTING(coordinator, expire_batch, COUNT, "100", "1", "10000", RELOAD,
	"How many of an org it moves to suspense at a time.")
SETTING(coordinator, snapshot_interval, TIME, "1s", "100ms", "1m", RELOAD,
	"How often the leader publishes what all gateways saw as one snapshot, if it has changed.")
SETTING(coordinator, pace_interval, TIME, "1s", "100ms", "1m", RELOAD,
	"How often the leader works out the pace of budgets: what a dollar is worth to each, so that its money lasts the period.")
SETTING(coordinator, pace_batch, COUNT, "100", "1", "10000", RELOAD,
	"How many budgets of an org it looks up at a time.")
SETTING(coordinator, rollup_interval, TIME, "5s", "100ms", "1h", RELOAD,
	"How often the leader counts what is new in the ledgers into usage by hour and day.")
SETTING(coordinator, rollup_batch, COUNT, "200", "1", "2000", RELOAD,
	"How many entries of a ledger it counts at a time.")
SETTING(coordinator, rollup_rows, COUNT, "10000", "1", "1000000", RELOAD,
	"Rows of an hour or a day of an org at most, one for each key and model; what comes beyond them is one row.")
SETTING(coordinator, rollup_hours, TIME, "8d", "1h", "100d", RELOAD,
	"How long the usage of an hour is kept.")
SETTING(coordinator, rollup_days, TIME, "400d", "1d", "4000d", RELOAD,
	"How long the usage of a day is kept.")
SETTING(coordinator, publish_interval, TIME, "5s", "500ms", "1h", RELOAD,
	"How often the leader makes sure that what it has is what is published. A reload publishes at once.")

SETTING(log, level, CHOICE, "info", "debug|info|warn|error", "", RELOAD,
	"The least that is written.")
SETTING(log, requests, BOOL, "true", "", "", RELOAD,
	"One line for each request at its end.")
#endif
#ifdef LESS
LESS(1, gateway_max_body_bytes, gateway_max_bodies_bytes)
LESS(1, gateway_stream_low_bytes, gateway_stream_high_bytes)
LESS(1, decisions_segment_bytes, decisions_max_size_bytes)
LESS(1, breakers_open_min_ms, breakers_open_max_ms)
LESS(1, redis_command_timeout_ms, redis_admit_window_ms)
LESS(1, redis_tombstone_ms, redis_estimate_time_ms)
LESS(KEPT_WINDOWS_MOST, redis_loss_window_ms, redis_tombstone_ms)
LESS(1, redis_retry_min_ms, redis_retry_max_ms)
LESS(1, escrow_interval_ms, escrow_idle_ms)
LESS(1, coordinator_standby_interval_ms, coordinator_lease_ms)
#endif
#ifdef ENDPOINT_FIELD
ENDPOINT_FIELD(vendor, NAME, MAY, "", "1", "63",
	"Whose models it serves. Not set: the endpoint's own name.")
ENDPOINT_FIELD(dialect, CHOICE, MAY, "", DIALECT_WORDS, "",
	"The API it speaks. Not set: its vendor's own, else openai.")
ENDPOINT_FIELD(base_url, URL, MAY, "", "1", "255",
	"Where it is, with the part of the path that its API begins with. Not set: its dialect's own.")
ENDPOINT_FIELD(api_key, SECRET, MAY, "", "0", "1023",
	"Where its credential is; \"none\" sends none. Not set: the variable its vendor's own tools read. A gateway that finds no credential there does not use the endpoint.")
ENDPOINT_FIELD(headers, NODE, MAY, "", "", "",
	"A map of headers sent along, such as OpenAI-Project.")
ENDPOINT_FIELD(models, NODE, MAY, "", "", "",
	"The ids it serves. Not set: every model of its vendor.")
#endif
#ifdef MODEL_FIELD
MODEL_FIELD(context, COUNT, MUST, "", "1", "100000000",
	"Tokens of prompt and answer together.")
MODEL_FIELD(max_output, COUNT, MUST, "", "1", "100000000",
	"Tokens of the longest answer, thinking included.")
MODEL_FIELD(upstream, ID, MAY, "", "1", "255",
	"Its name at the vendor. Not set: the id.")
MODEL_FIELD(can, FLAGS, MAY, "", FEATURE_WORDS, "",
	"What it can do; requests that need more go elsewhere.")
MODEL_FIELD(thinking, CHOICE, MAY, "none", THINKING_WORDS, "",
	"What thinking before the answer is for it.")
MODEL_FIELD(quirks, FLAGS, MAY, "", QUIRK_WORDS, "",
	"Rules of its own that its dialect must keep.")
MODEL_FIELD(image_tokens, COUNT, MAY, "0", "0", "1000000",
	"The most tokens one image can count.")
MODEL_FIELD(tokenizer, CHOICE, MAY, "", TOKENIZER_WORDS, "",
	"How its tokens are estimated (weights in tbl/tokenizers.h; reported usage corrects them). Not set: its vendor's usual way.")
MODEL_FIELD(created, DATE, MAY, "", "10", "10",
	"Its day of release, shown by /v1/models.")
MODEL_FIELD(snapshots, NODE, MAY, "", "", "",
	"Other ids, usually dated, that the vendor serves on the same terms. Each is a model of its own.")
MODEL_FIELD(price, ID, MAY, "", "1", "63",
	"The model of the same vendor whose price it has. Not set: its own.")
MODEL_FIELD(quality, ID, MAY, "", "1", "63",
	"The model of the same vendor whose figures of quality it has. Not set: its own.")
#endif
#ifdef QUALITY_FIELD
QUALITY_FIELD(source, TEXT, MUST, "", "1", "255",
	"Where the figures come from, or what they were assumed from.")
QUALITY_FIELD(date, DATE, MUST, "", "10", "10",
	"When they were read.")
QUALITY_FIELD(mass, COUNT, MAY, "10", "1", "100000",
	"How many judged answers each of them is worth: feedback weighs as much as they do when there is as much of it.")
QUALITY_FIELD(tasks, NODE, MUST, "", "", "",
	"A map from tasks to quality, from 0 to 1: the share of answers that somebody who knows the task would call good.")
#endif
#ifdef PRICE_FIELD
PRICE_FIELD(source, TEXT, MUST, "", "1", "255",
	"Where the figures were read.")
PRICE_FIELD(date, DATE, MUST, "", "10", "10",
	"When they were read.")
PRICE_FIELD(above, NODE, MAY, "", "", "",
	"A map from a number of input tokens to the prices of requests with more input than that. The whole request has these prices.")
PRICE_FIELD(windows, NODE, MAY, "", "", "",
	"A list of times of the week at which other prices hold.")
PRICE_FIELD(service_tiers, NODE, MAY, "", "", "",
	"A map from service tiers to factors of the price, such as flex: 0.5. A tier that is not listed has no price.")
#endif
#ifdef WINDOW_FIELD
WINDOW_FIELD(days, NODE, MAY, "", "", "",
	"A day, a span such as mon-fri, or a list of them. Not set: every day.")
WINDOW_FIELD(hours, NODE, MAY, "", "", "",
	"A span of UTC such as 01:00-04:00, or a list of them. Not set: the whole day.")
WINDOW_FIELD(above, NODE, MAY, "", "", "",
	"As outside the window.")
#endif
#ifdef POLICY_FIELD
POLICY_FIELD(order, NODE, MAY, "", "", "",
	"What the model \"auto\" stands for: models and aliases among which the strategy chooses. The first is the default: the guard keeps it unless the evidence for another is real.")
POLICY_FIELD(strategy, NAME, MAY, "order", "1", "63",
	"What chooses among them: a built-in strategy of \"Strategies\" below, or one of `strategies`.")
POLICY_FIELD(fallbacks, NODE, MAY, "", "", "",
	"Models and aliases to try after the ones that were asked for.")
POLICY_FIELD(unsupported, CHOICE, MAY, "adapt", "adapt|refuse", "",
	"What happens to a parameter that the vendor lacks. \"adapt\": it is dropped or changed, and a header of the answer says so. \"refuse\": the next candidate is tried.")
POLICY_FIELD(default_max_tokens, COUNT, MAY, "4096", "1", "10000000",
	"Longest answer when the client asks for no limit; the model's max_output at most. Money is held for so much.")
POLICY_FIELD(min_max_tokens, COUNT, MAY, "0", "0", "10000000",
	"When a budget has not enough left for the answer asked for, its limit may be lowered down to this; 0 never lowers it.")
POLICY_FIELD(max_attempts, COUNT, MAY, "4", "1", "8",
	"Calls to vendors for one request.")
POLICY_FIELD(max_attempts_per_target, COUNT, MAY, "2", "1", "8",
	"Of them to the same model at the same endpoint.")
POLICY_FIELD(connect_timeout, TIME, MAY, "5s", "10ms", "1m",
	"For connecting to a vendor.")
POLICY_FIELD(first_byte_timeout, TIME, MAY, "5m", "10ms", "1h",
	"Until the first content of an answer; signs of life do not count. An answer that is not streamed comes as a whole, and has as long for it.")
POLICY_FIELD(idle_timeout, TIME, MAY, "60s", "10ms", "1h",
	"Between two pieces of a stream.")
POLICY_FIELD(timeout, TIME, MAY, "10m", "10ms", "1h",
	"For a whole attempt.")
#endif
#ifdef STRATEGY_FIELD
STRATEGY_FIELD(base, NAME, MAY, "balanced", "1", "63",
	"The built-in strategy that scores where this one does not, and that decides when it fails.")
STRATEGY_FIELD(rules, NODE, MAY, "", "", "",
	"A list of rules, asked before candidates are looked at; the first that holds counts.")
STRATEGY_FIELD(filter, NODE, MAY, "", "", "",
	"An expression that is true for candidates that may stay.")
STRATEGY_FIELD(score, NODE, MAY, "", "", "",
	"An expression that is a number; the candidate with the highest is taken.")
STRATEGY_FIELD(lua, PATH, MAY, "", "1", "255",
	"In place of filter and score: a file with a script in Lua, relative to the folder of the main file. It is read when the configuration is, and published with it.")
STRATEGY_FIELD(script, NODE, MAY, "", "", "",
	"The same, written out here.")
STRATEGY_FIELD(instructions, COUNT, MAY, "20000", "1000", "200000",
	"Instructions that the script may take for one decision, counted in hundreds. It may take 1 ms, too, or 50 ns for each of them where that is more.")
STRATEGY_FIELD(memory, BYTES, MAY, "1MiB", "64KiB", "64MiB",
	"Memory that the script may take for one decision; what it gives back stays taken.")
#endif
#ifdef RULE_FIELD
RULE_FIELD(when, NODE, MUST, "", "", "",
	"An expression about the request that is true or false.")
RULE_FIELD(use, NAME, MAY, "", "1", "63",
	"The built-in strategy that decides then.")
RULE_FIELD(set, NODE, MAY, "", "", "",
	"A map of the strategies' parameters to what they are then. Limits can be made stricter, never looser.")
#endif
