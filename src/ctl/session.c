/* session.c -- open configuration and Redis for a command, and wait for answers. */
#include "ctl/session.h"

#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include "io/config.h"

#define MEMORY_MAX (512u << 20)
#define CALLS_MOST 1024 /* more than ctl/await.h begins at one time */

static const struct option_row common_rows[] = {
	{ "config", "FILE", option_text, offsetof(struct common, config),
	  "the configuration (default: $SMARTROUTER_CONFIG, then "
	  "/etc/smartrouter/smartrouter.yaml)" },
	{ "redis", "URL", option_text, offsetof(struct common, redis),
	  "another Redis than the configuration's" },
	{ "timeout", "TIME", option_wait, offsetof(struct common, timeout_ms),
	  "how long to wait for each of Redis' answers (default: 5s)" },
	{ "json", NULL, NULL, offsetof(struct common, json), "print JSON instead of tables" },
};

const struct option_list common_options = { "Options of every command", common_rows,
					    COUNT_OF(common_rows) };

/* --- configuration --- */

/* Nobody named a file and the usual one is not there: then every setting has its default. */
static bool read_file(void *who, const char *path, struct buf *text_r, struct fault *fault_r)
{
	struct session *s = who;
	const char *named = getenv("SMARTROUTER_CONFIG");

	if (!s->common->config && !(named && *named) && str_is(str_of(path), config_path(NULL)) &&
	    access(path, F_OK) != 0 && errno == ENOENT) {
		s->no_file = true;
		return true;
	}
	return config_file(NULL, path, text_r, fault_r);
}

/* notes are for check-config: here they would hide what must be mended */
static void tell_errors(struct conf_faults *faults)
{
	struct buf text;
	uint32_t n = 0;

	for (uint32_t i = 0; i < faults->n; i++)
		if (!faults->items[i].note)
			faults->items[n++] = faults->items[i];
	faults->n = n;
	faults->notes = 0;
	buf_init(&text, CONF_TEXT_MAX);
	conf_faults_print(faults, &text);
	fputs(buf_cstr(&text), stderr);
	buf_release(&text);
}

static int load_config(struct session *s)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	bool fine;

	if (!faults) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	fine = conf_load(config_path(s->common->config), read_file, s, &s->settings, &s->catalog,
			 faults);
	if (!fine)
		tell_errors(faults);
	free(faults);
	return fine ? EXIT_FINE : EXIT_CONFIG;
}

static int resolve(struct str reference, const char *setting, struct secret **secret_r)
{
	struct fault f;

	*secret_r = secret_resolve(reference, &f);
	if (*secret_r)
		return EXIT_FINE;
	say_error("%s: %s", setting, f.text);
	return EXIT_CONFIG;
}

int session_pepper(struct session *s, struct secret **pepper_r)
{
	return resolve(str_of(s->settings->gateway_pepper),
		       "gateway.pepper, the secret that API keys are hashed under", pepper_r);
}

/* --- Redis --- */

static void redis_changed(void *who, bool up, const char *why)
{
	struct session *s = who;

	CHECK_OBJ(s, SESSION_MAGIC);
	s->up = up;
	if (!up)
		str_copy(s->why_down, sizeof(s->why_down), str_of(why));
	if (timer_is_set(&s->patience))
		loop_stop(s->loop);
}

static void out_of_patience(void *who)
{
	struct session *s = who;

	str_copy(s->why_down, sizeof(s->why_down), STR("no answer in time"));
	loop_stop(s->loop);
}

static void tell_unreachable(const struct session *s)
{
	say_error("Redis at %s: %s; is it running, and does redis.url name it?",
		  s->settings->redis_url, s->why_down);
	if (s->no_file && !s->common->redis)
		say_note("there is no %s, so this is the default address; --config FILE names "
			 "another configuration",
			 config_path(NULL));
}

static int tell_down(struct session *s)
{
	if (!s->up)
		tell_unreachable(s);
	else if (s->left_out)
		json_array_append_new(s->left_out, json_string(s->about));
	else
		say_error("Redis at %s does not answer for %s: it refused, or of a Cluster the "
			  "node that has it is away",
			  s->settings->redis_url, s->about[0] ? s->about : "this");
	return EXIT_STORE;
}

static void clock_read(void *who, bool ok)
{
	session_answered(who, ok);
}

static int connect_store(struct session *s)
{
	struct fault f;

	s->loop = loop_new();
	if (!s->loop) {
		say_error("no event loop: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (!store_open(&s->store, s->loop, s->settings,
			s->redis_password ? secret_text(s->redis_password) : NULL, redis_changed, s,
			&f)) {
		say_error("%s", f.text);
		return EXIT_CONFIG;
	}
	s->patience = (struct timer){ .fire = out_of_patience, .who = s };
	timer_set(s->loop, &s->patience, loop_now_us(s->loop) + s->common->timeout_ms * 1000);
	loop_run(s->loop);
	timer_cancel(s->loop, &s->patience);
	if (!s->up)
		return tell_down(s);
	session_begin(s);
	store_ask_clock(&s->store, clock_read, s);
	return session_wait(s);
}

int session_reach(struct session *s)
{
	int code;

	if (s->common->redis)
		s->settings->redis_url = s->common->redis;
	s->settings->redis_connect_timeout_ms = s->common->timeout_ms;
	s->settings->redis_command_timeout_ms = s->common->timeout_ms;
	s->settings->redis_max_pending = CALLS_MOST;
	if (s->settings->redis_password) {
		code = resolve(str_of(s->settings->redis_password), "redis.password",
			       &s->redis_password);
		if (code)
			return code;
	}
	return connect_store(s);
}

/* --- the session --- */

int session_open(struct session *s, const struct common *common, enum needs needs)
{
	int code = EXIT_FINE;

	*s = (struct session){ .magic = SESSION_MAGIC, .common = common };
	arena_init(&s->arena, MEMORY_MAX);
	if (needs >= NEEDS_CONFIG)
		code = load_config(s);
	if (!code && needs >= NEEDS_STORE)
		code = session_reach(s);
	return code;
}

void session_close(struct session *s)
{
	store_close(&s->store);
	if (s->loop)
		loop_free(s->loop);
	secret_free(s->redis_password);
	settings_unref(s->settings);
	catalog_unref(s->catalog);
	arena_release(&s->arena);
	s->magic = 0;
}

void session_begin(struct session *s)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	s->waiting++;
}

void session_answered(struct session *s, bool ok)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	s->lost |= !ok;
	if (--s->waiting == 0)
		loop_stop(s->loop);
}

int session_wait(struct session *s)
{
	bool lost;

	if (s->waiting)
		loop_run(s->loop);
	lost = s->lost;
	s->lost = false;
	return lost ? tell_down(s) : EXIT_FINE;
}

void session_about(struct session *s, const char *what, struct str name)
{
	snprintf(s->about, sizeof(s->about), "%s%.*s", what, STR_ARG(name));
}

int session_partly(struct session *s, int code)
{
	if (code != EXIT_STORE || !s->up)
		return code;
	s->partly = true;
	return EXIT_FINE;
}
