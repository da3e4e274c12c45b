/* mock.c -- smartrouter mock-vendor: options, start, end. */
#include "mock/mock.h"

#include <getopt.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/commands.h"
#include "base/exits.h"
#include "conf/shipped.h"
#include "mock/mock_yaml.h"

#define MAX_FILE_BYTES (8u << 20)

static const char usage[] =
	"usage: smartrouter mock-vendor [--listen ADDRESS] [--ledger FILE] [--rules FILE] ...\n\n"
	"Plays OpenAI, Anthropic, DeepSeek and Qwen for tests: takes what they take, refuses what\n"
	"they refuse, answers in their bytes, breaks as it is told to, and writes down what it "
	"would\n"
	"have billed. Prints http://HOST:PORT once it serves. The base URLs are then\n"
	"  http://HOST:PORT/openai/v1, /anthropic/v1, /deepseek, /qwen/compatible-mode/v1, "
	"/qwen/api/v1\n\n"
	"Addresses\n"
	"  --listen HOST:PORT         all vendors by prefix (default 127.0.0.1:0; port 0 takes a "
	"free one)\n"
	"  --listen VENDOR=HOST:PORT  one vendor without its prefix; may be given several times\n"
	"  --ready-fd N               also write the addresses to this file descriptor, and close "
	"it\n"
	"Files\n"
	"  --ledger FILE              append a line of JSON for every request: what it is billed\n"
	"  --requests FILE            append a line of JSON for every request: as it came\n"
	"  --rules FILE               what to answer and to break, for which requests (YAML or "
	"JSON);\n"
	"                             POST /_mock/rules replaces them\n"
	"  --prices FILE              a price list (YAML or JSON; default: the shipped one)\n"
	"Answers\n"
	"  --tokens N                 tokens of an answer (default 16)\n"
	"  --reasoning-tokens N       tokens of thinking before it (default 8)\n"
	"  --echo                     answer with the last message of the user\n"
	"  --cache                    read every repeated beginning of a prompt from a cache\n"
	"  --model VENDOR=NAME        sell one more model; may be given several times\n"
	"  --key VENDOR=KEY           take this credential only (default: any)\n"
	"Time\n"
	"  --headers-ms N             from the request to the headers (default 0)\n"
	"  --ttft-ms N                from the headers to the first content (default 0)\n"
	"  --chunk-ms N               between two pieces of content (default 0)\n"
	"  --chunks N                 pieces that an answer is cut in (default: one for each "
	"token)\n"
	"  --help                     this text\n\n"
	"The manual is doc/mock-vendor.md.\n";

struct options {
	const char *ledger, *requests, *rules, *prices;
	int64_t ready_fd;
};

/* --- options --- */

/* "VENDOR=VALUE"; false: it is not of that form */
static bool split(const char *text, enum mock_vendor *vendor_r, const char **value_r)
{
	struct str rest = str_of(text);
	struct str name = str_cut(&rest, '=');

	*value_r = rest.p;
	return !str_absent(rest) && rest.n > 0 && mock_vendor_of(name, vendor_r);
}

static bool add_door(struct mock *m, const char *text)
{
	struct mock_door *door;

	if (m->n_doors == MOCK_MAX_DOORS)
		return false;
	door = &m->doors[m->n_doors++];
	*door = (struct mock_door){ .mock = m, .address = text };
	if (!strchr(text, '='))
		return true;
	door->single = true;
	return split(text, &door->vendor, &door->address);
}

static bool set_key(struct mock *m, const char *text)
{
	enum mock_vendor vendor;
	const char *key;

	if (!split(text, &vendor, &key))
		return false;
	m->keys[vendor] = key;
	return true;
}

static bool set_model(struct mock *m, const char *text)
{
	enum mock_vendor vendor;
	const char *name;

	return split(text, &vendor, &name) && mock_models_add(&m->models, vendor, name);
}

static bool set_number(int64_t *number, const char *text)
{
	return str_i64(str_of(text), number) && *number >= 0;
}

enum {
	OPTION_LISTEN = 256,
	OPTION_READY_FD,
	OPTION_LEDGER,
	OPTION_REQUESTS,
	OPTION_RULES,
	OPTION_PRICES,
	OPTION_TOKENS,
	OPTION_REASONING_TOKENS,
	OPTION_ECHO,
	OPTION_CACHE,
	OPTION_MODEL,
	OPTION_KEY,
	OPTION_HEADERS_MS,
	OPTION_TTFT_MS,
	OPTION_CHUNK_MS,
	OPTION_CHUNKS,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "ready-fd", required_argument, NULL, OPTION_READY_FD },
	{ "ledger", required_argument, NULL, OPTION_LEDGER },
	{ "requests", required_argument, NULL, OPTION_REQUESTS },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "prices", required_argument, NULL, OPTION_PRICES },
	{ "tokens", required_argument, NULL, OPTION_TOKENS },
	{ "reasoning-tokens", required_argument, NULL, OPTION_REASONING_TOKENS },
	{ "echo", no_argument, NULL, OPTION_ECHO },
	{ "cache", no_argument, NULL, OPTION_CACHE },
	{ "model", required_argument, NULL, OPTION_MODEL },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "headers-ms", required_argument, NULL, OPTION_HEADERS_MS },
	{ "ttft-ms", required_argument, NULL, OPTION_TTFT_MS },
	{ "chunk-ms", required_argument, NULL, OPTION_CHUNK_MS },
	{ "chunks", required_argument, NULL, OPTION_CHUNKS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

static bool take_option(struct mock *m, struct options *o, int option)
{
	struct mock_rule *d = &m->defaults;

	switch (option) {
	case OPTION_LISTEN: return add_door(m, optarg);
	case OPTION_READY_FD: return set_number(&o->ready_fd, optarg);
	case OPTION_LEDGER: o->ledger = optarg; return true;
	case OPTION_REQUESTS: o->requests = optarg; return true;
	case OPTION_RULES: o->rules = optarg; return true;
	case OPTION_PRICES: o->prices = optarg; return true;
	case OPTION_TOKENS: return set_number(&d->tokens, optarg);
	case OPTION_REASONING_TOKENS: return set_number(&d->reasoning_tokens, optarg);
	case OPTION_ECHO: d->echo = 1; return true;
	case OPTION_CACHE: d->cache = CACHE_PREFIX; return true;
	case OPTION_MODEL: return set_model(m, optarg);
	case OPTION_KEY: return set_key(m, optarg);
	case OPTION_HEADERS_MS: return set_number(&d->headers_ms, optarg);
	case OPTION_TTFT_MS: return set_number(&d->ttft_ms, optarg);
	case OPTION_CHUNK_MS: return set_number(&d->chunk_ms, optarg);
	case OPTION_CHUNKS: return set_number(&d->chunks, optarg);
	default: return false;
	}
}

/* --- files --- */

static const char *shipped_text(const char *name)
{
	for (size_t i = 0; i < shipped_count; i++) {
		if (strcmp(shipped[i].name, name) == 0)
			return shipped[i].text;
	}
	return "";
}

static bool read_prices(struct mock *m, const char *path, struct fault *fault_r)
{
	struct buf text;
	bool fine;

	if (!path)
		return mock_prices_read(&m->prices, "prices.yaml",
					str_of(shipped_text("prices.yaml")), fault_r);
	buf_init(&text, MAX_FILE_BYTES);
	fine = mock_read_file(path, &text, fault_r) &&
	       mock_prices_read(&m->prices, path, buf_str(&text), fault_r);
	buf_release(&text);
	return fine;
}

static bool read_rules(struct mock *m, const char *path, struct fault *fault_r)
{
	struct buf text;
	bool fine;

	if (!path)
		return true;
	buf_init(&text, MAX_FILE_BYTES);
	fine = mock_read_file(path, &text, fault_r) &&
	       mock_rules_read(&m->rules, buf_str(&text), fault_r);
	buf_release(&text);
	return fine;
}

static bool open_files(struct mock *m, const struct options *o, struct fault *fault_r)
{
	return read_prices(m, o->prices, fault_r) && read_rules(m, o->rules, fault_r) &&
	       mock_ledger_open(o->ledger, &m->ledger.fd, fault_r) &&
	       mock_ledger_open(o->requests, &m->ledger.requests_fd, fault_r);
}

/* --- serving --- */

/* as many connections as the system lets us have */
static uint32_t raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return 1000;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur > 1000000 ? 1000000 : (uint32_t)files.rlim_cur;
}

static bool open_doors(struct mock *m, struct fault *fault_r)
{
	const struct front_limits limits = {
		.shards = 16,
		.max_connections = raise_limits(),
		.header_bytes = 32768,
		.body_bytes = 64u << 20,
		.bodies_bytes = 1u << 30,
		.header_ms = 60000,
		.body_ms = 300000,
		.body_grace_ms = 60000,
		.idle_ms = 300000,
		.stream_high_bytes = 256u << 10,
		.stream_low_bytes = 64u << 10,
		.stream_stall_ms = 300000,
	};

	for (size_t i = 0; i < m->n_doors; i++) {
		struct mock_door *door = &m->doors[i];

		door->front = front_new(m->loop, door->address, false, &limits, &mock_handler, door,
					fault_r);
		if (!door->front)
			return false;
	}
	return true;
}

static void write_addresses(const struct mock *m, FILE *out)
{
	for (size_t i = 0; i < m->n_doors; i++) {
		const struct mock_door *door = &m->doors[i];
		const char *colon = strrchr(door->address, ':');
		int host = colon ? (int)(colon - door->address) : 0;

		if (door->single)
			fprintf(out, "%s ", mock_vendor_name(door->vendor));
		fprintf(out, "http://%.*s:%u\n", host ? host : 9,
			host ? door->address : "127.0.0.1", front_port(door->front));
	}
	fflush(out);
}

static void announce(const struct mock *m, int64_t ready_fd)
{
	FILE *ready = ready_fd >= 0 ? fdopen((int)ready_fd, "w") : NULL;

	write_addresses(m, stdout);
	if (ready) {
		write_addresses(m, ready);
		fclose(ready);
	}
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	loop_stop(handle->data);
}

static void shut(struct mock *m)
{
	m->stopping = true;
	for (size_t i = 0; i < m->n_doors; i++)
		front_free(m->doors[i].front);
	loop_free(m->loop);
}

static void run(struct mock *m)
{
	static const int numbers[] = { SIGINT, SIGTERM };
	uv_signal_t handles[COUNT_OF(numbers)];

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		uv_signal_init(loop_uv(m->loop), &handles[i]);
		handles[i].data = m->loop;
		uv_signal_start(&handles[i], on_signal, numbers[i]);
	}
	loop_run(m->loop);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		uv_close((uv_handle_t *)&handles[i], NULL);
	shut(m);
}

static int serve(struct mock *m, const struct options *o)
{
	struct fault fault;

	m->loop = loop_new();
	if (!m->loop || !mock_cache_init(&m->cache)) {
		fputs("mock-vendor: no memory\n", stderr);
		shut(m);
		return EXIT_FAILED;
	}
	if (!open_files(m, o, &fault) || !open_doors(m, &fault)) {
		fprintf(stderr, "mock-vendor: %s\n", fault.text);
		shut(m);
		return EXIT_FAILED;
	}
	announce(m, o->ready_fd);
	run(m);
	return EXIT_FINE;
}

static struct mock *mock_new(void)
{
	struct mock *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	mock_rule_default(&m->defaults);
	mock_rules_init(&m->rules);
	mock_prices_init(&m->prices);
	m->ledger = (struct mock_ledger){ -1, -1 };
	return m;
}

static void mock_free(struct mock *m)
{
	mock_rules_release(&m->rules);
	mock_prices_release(&m->prices);
	mock_cache_release(&m->cache);
	mock_ledger_close(&m->ledger);
	free(m);
}

int cmd_mock_vendor(int argc, char **argv)
{
	struct options options = { .ready_fd = -1 };
	struct mock *m = mock_new();
	int status = EXIT_USAGE, option;
	bool fine = m != NULL;

	while (fine && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			mock_free(m);
			return EXIT_FINE;
		}
		fine = take_option(m, &options, option);
	}
	if (fine && optind == argc) {
		if (m->n_doors == 0)
			(void)add_door(m, "127.0.0.1:0");
		status = serve(m, &options);
	} else {
		fputs(usage, stderr);
	}
	if (m)
		mock_free(m);
	return status;
}
