/* cmd_explain.c -- smartrouter explain. */
#include <errno.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "core/custom.h"
#include "core/dialect.h"
#include "core/snapshot_text.h"
#include "ctl/command.h"
#include "ctl/explain.h"
#include "ctl/moment.h"
#include "io/config.h"

#define REQUEST_MOST (32u << 20)
#define RECORD_MOST  (1u << 20)

struct explain_values {
	struct common common;
	bool fleet;
	const char *snapshot, *key, *policy, *strategy, *at;
};

/* --- what it is decided under --- */

static void be_nobody(struct payer *p)
{
	*p = (struct payer){ .models = "" };
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&p->scope[s].limits);
}

static struct snapshot *snapshot_of_file(const char *path, struct catalog *c)
{
	struct snapshot *s = NULL;
	struct fault f;
	struct buf text;

	if (!path)
		return snapshot_new(c, SNAPSHOT_MEMORY_MAX);
	buf_init(&text, SNAPSHOT_TEXT_MAX);
	if (!config_file(NULL, path, &text, &f))
		say_error("%s", f.text);
	else if (!(s = snapshot_read(buf_str(&text), c, &f)))
		say_error("%s: %s", path, f.text);
	buf_release(&text);
	return s;
}

int world_of_files(struct session *s, const char *path, struct world *w)
{
	w->catalog = catalog_ref(s->catalog);
	w->snapshot = snapshot_of_file(path, w->catalog);
	return w->snapshot ? EXIT_FINE : EXIT_FAILED;
}

void world_release(struct world *w)
{
	learned_unref(w->learned);
	snapshot_unref(w->snapshot);
	breakers_unref(w->breakers);
	catalog_unref(w->catalog);
}

static int open_world(struct session *s, const struct explain_values *v, struct entity *key,
		      struct world *w)
{
	char text[ENTITY_TEXT];
	struct fault f;
	int code;

	be_nobody(&w->payer);
	if (!(w->learned = learned_load(s->settings, &f))) {
		say_error("%s", f.text);
		return EXIT_CONFIG;
	}
	if (!v->fleet && s->no_file) {
		say_error("there is no %s; --config FILE names the configuration to decide under",
			  config_path(NULL));
		return EXIT_CONFIG;
	}
	if (!v->fleet)
		return world_of_files(s, v->snapshot, w);
	str_copy(text, sizeof(text), str_of(v->key ? v->key : ""));
	if (v->key && !entity_read(key, SCOPE_key, text, &f)) {
		say_error("--key: %s", f.text);
		return EXIT_USAGE;
	}
	code = session_reach(s);
	w->key = v->key ? key : NULL;
	return code ? code : world_of_fleet(s, w->key, w);
}

/* --- the request --- */

static bool read_all(FILE *file, struct buf *text)
{
	char piece[65536];
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text, (struct str){ piece, n });
	return !ferror(file) && buf_ok(text);
}

static bool read_body(const char *path, struct buf *text)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	bool fine = file && read_all(file, text);

	if (!fine)
		say_error("%s: %s", path,
			  buf_ok(text) ? strerror(errno) : "larger than any request may be");
	if (file && !is_stdin)
		fclose(file);
	return fine;
}

static bool read_chat(struct session *s, const char *path, struct buf *text, struct chat *chat_r)
{
	struct fault f;

	if (!read_body(path, text))
		return false;
	if (dialect_openai.client->read_request(&s->arena, buf_str(text), &json_limits_default,
						chat_r, &f) == ERR_OK)
		return true;
	say_error("%s: %s", path, f.text);
	return false;
}

/* --- the decision --- */

static bool *all_usable(struct session *s, const struct catalog *c)
{
	bool *usable = ARENA_ARRAY(&s->arena, bool, c->n_endpoints + 1);

	for (uint32_t i = 0; usable && i < c->n_endpoints; i++)
		usable[i] = true;
	return usable;
}

static int tell(struct session *s, const struct explain_values *v, const struct world *w,
		const struct decision *d)
{
	bool refused = !explain_may_ask(&w->payer, d->at_us);
	struct buf b;

	if (!v->common.json) {
		explain_print(s, d, refused);
		return refused ? EXIT_FAILED : explain_budgets(s, w, d);
	}
	buf_init(&b, RECORD_MOST);
	decision_write_object(&b, d);
	printf("%s\n", buf_cstr(&b));
	buf_release(&b);
	return refused ? EXIT_FAILED : EXIT_FINE;
}

/* NULL: there is none of the name that was given, and that was told */
static const struct policy *policy_of(const struct explain_values *v, const struct world *w)
{
	struct str name = str_of(v->policy ? v->policy : w->payer.policy);
	const struct policy *policy = catalog_policy(w->catalog, name);

	if (!v->policy || str_eq(policy->name, name))
		return policy;
	say_error("--policy %.64s: there is none of that name", v->policy);
	return NULL;
}

static struct versions versions_of(const struct world *w)
{
	return (struct versions){
		.program = STR(PACKAGE_VERSION),
		.catalog = str_of(w->catalog->hash),
		.epoch = w->catalog->epoch,
		.snapshot = str_of(w->snapshot->hash),
		.snapshot_version = (int64_t)w->snapshot->version,
		.task_model = str_of(learned_task_hash(w->learned)),
		.quality_model = w->learned->quality ? str_of(learned_quality_hash(w->learned))
						     : STR_NONE,
	};
}

static int decide_and_tell(struct session *s, const struct explain_values *v, struct world *w,
			   const struct chat *chat, int64_t at_s)
{
	struct decision *d = ARENA_NEW(&s->arena, struct decision);
	struct plan *plan = ARENA_NEW(&s->arena, struct plan);
	struct custom *custom = custom_new(w->catalog, NULL);
	const struct standing_ask standing = { .breakers = w->breakers, .now_us = at_s * 1000000 };
	const struct choose_ask ask = {
		.catalog = w->catalog,
		.policy = policy_of(v, w),
		.payer = &w->payer,
		.skills = &w->skills,
		.chat = chat,
		.usable = all_usable(s, w->catalog),
		.snapshot = w->snapshot,
		.task_model = w->learned->task,
		.quality_model = w->learned->quality,
		.custom = custom ? custom_runner(custom) : NULL,
		.wanted = v->strategy ? str_of(v->strategy) : STR_NONE,
		.wanted_by = "--strategy",
		.standing = &standing,
		.seed = choose_seed(chat->body),
		.now_s = at_s,
		.scratch = &s->arena,
	};
	struct fault f;
	int code = EXIT_FAILED;
	enum err e;

	if (!ask.policy || !d || !plan || !ask.usable || !custom) {
		custom_free(custom);
		return EXIT_FAILED;
	}
	e = choose(&ask, &s->arena, &d->facts, plan, &f);
	d->asked = decision_asked(chat, &s->arena);
	d->policy = ask.policy->name;
	d->at_us = at_s * 1000000;
	d->versions = versions_of(w);
	decision_of_plan(d, plan);
	if (e == ERR_OK || plan->n_rejected)
		code = tell(s, v, w, d);
	if (e != ERR_OK)
		say_error("%s", f.text);
	custom_free(custom);
	return e == ERR_OK ? code : EXIT_FAILED;
}

/* --- the command --- */

static int check_values(const struct explain_values *v, int64_t *at_s_r)
{
	int64_t now_us = clock_wall_us(), at_us = now_us;

	if (v->key && !v->fleet)
		say_error("--key needs --fleet: keys are in Redis");
	else if (v->snapshot && v->fleet)
		say_error("--snapshot and --fleet exclude each other");
	else if (v->at && !moment_read(str_of(v->at), now_us, 1, &at_us))
		say_error("--at %.64s: must be a time such as 2030-12-31T18:00:00Z", v->at);
	else {
		*at_s_r = at_us / 1000000;
		return EXIT_FINE;
	}
	return EXIT_USAGE;
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct explain_values *v = values;
	struct world world = { .catalog = NULL };
	struct chat *chat = ARENA_NEW(&s->arena, struct chat);
	struct entity key;
	struct buf body;
	int64_t at_s = 0;
	int code = check_values(v, &at_s);

	(void)n;
	buf_init(&body, REQUEST_MOST);
	if (!code)
		code = open_world(s, v, &key, &world);
	if (!code && !(chat && read_chat(s, args[0], &body, chat)))
		code = EXIT_FAILED;
	if (!code)
		code = decide_and_tell(s, v, &world, chat, at_s);
	world_release(&world);
	buf_release(&body);
	return code;
}

static const struct option_row rows[] = {
	{ "fleet", NULL, NULL, offsetof(struct explain_values, fleet),
	  "decide as the running fleet does: under the catalog, the snapshot and the "
	  "breakers that are in Redis" },
	{ "key", "ORG_ID", option_text, offsetof(struct explain_values, key),
	  "with --fleet: as a request of this key, with its policy, models and feedback" },
	{ "snapshot", "FILE", option_text, offsetof(struct explain_values, snapshot),
	  "the text of a snapshot; without it nothing is known of latency, failures and feedback" },
	{ "policy", "NAME", option_text, offsetof(struct explain_values, policy),
	  "this policy instead of the key's, or the default" },
	{ "strategy", "STRATEGY", option_text, offsetof(struct explain_values, strategy),
	  "as if the request had the header x-smartrouter-strategy with these words" },
	{ "at", "TIME", option_text, offsetof(struct explain_values, at),
	  "at this time instead of now: prices may have times of day" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_explain(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "REQUEST.json|-", 1, 1, NEEDS_CONFIG, run,
		"tell which model would get a request, and why: its task, every candidate with quality, cost, "
		"latency and score, who is left out for which reason. REQUEST.json is the body of a request. "
		"Sends nothing to any vendor; every endpoint counts as usable",
		{ &options },
	};
	/* clang-format on */
	struct explain_values values = { .fleet = false };

	return command_run_only("explain", &verb, &values, argc, argv);
}
