/* cmd_replay.c -- smartrouter replay. */
#include "conf/conf.h"
#include "core/strategy.h"
#include "core/wish.h"
#include "ctl/command.h"
#include "ctl/replay.h"
#include "io/config.h"

struct replay_values {
	struct common common;
	const char *policy, *strategy;
};

static int read_all(int n, char **args, struct catalog *other, decision_found_f *fn, void *who,
		    struct decision_sum *sum)
{
	struct fault f;

	for (int i = 0; i < n; i++) {
		if (decision_files_read(args[i], other, fn, who, sum, &f))
			continue;
		say_error("%s", f.text);
		return EXIT_FAILED;
	}
	if (sum->records || sum->damaged)
		return EXIT_FINE;
	if (sum->homeless)
		say_error(
			"no decision record stands behind the catalog and snapshot that it names");
	else
		say_error("there is no decision record in what was given");
	return EXIT_FAILED;
}

/* --- the same --- */

static void print_same(const struct replay_same *same, const struct decision_sum *sum)
{
	printf("%lld record%s: %lld equal, %lld different\n", (long long)sum->records,
	       plural(sum->records), (long long)same->equal, (long long)same->different);
	if (same->different)
		printf("first difference: %s\n", same->first);
	if (same->custom_failed)
		printf("%lld in which a custom strategy failed, so that its base decided\n",
		       (long long)same->custom_failed);
	if (sum->homeless)
		printf("%lld without the catalog or the snapshot that they name\n",
		       (long long)sum->homeless);
	if (sum->damaged + sum->torn)
		printf("%lld damaged line%s, %lld torn\n", (long long)sum->damaged,
		       plural(sum->damaged), (long long)sum->torn);
}

static void print_same_json(const struct replay_same *same, const struct decision_sum *sum)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "{\"records\":%lld,\"equal\":%lld,\"different\":%lld,\"first\":",
		   (long long)sum->records, (long long)same->equal, (long long)same->different);
	if (same->different)
		json_quote(&b, str_of(same->first));
	else
		buf_adds(&b, "null");
	buf_printf(&b,
		   ",\"custom_failed\":%lld,\"homeless\":%lld,\"damaged\":%lld,\"torn\":%lld}\n",
		   (long long)same->custom_failed, (long long)sum->homeless,
		   (long long)sum->damaged, (long long)sum->torn);
	fputs(buf_cstr(&b), stdout);
	buf_release(&b);
}

static int replay_same(const struct replay_values *v, int n, char **args)
{
	struct replay_same same = { .equal = 0 };
	struct decision_sum sum = { .records = 0 };
	int code = read_all(n, args, NULL, replay_same_take, &same, &sum);

	if (code)
		return code;
	if (v->common.json)
		print_same_json(&same, &sum);
	else
		print_same(&same, &sum);
	return same.different == 0 && sum.damaged == 0 ? EXIT_FINE : EXIT_FAILED;
}

/* --- otherwise --- */

static struct catalog *load_policy(struct session *s, const char *path)
{
	struct conf_faults *faults = ARENA_NEW(&s->arena, struct conf_faults);
	struct settings *settings = NULL;
	struct catalog *c = NULL;
	struct buf text;

	if (!faults || conf_load(path, config_file, NULL, &settings, &c, faults)) {
		settings_unref(settings);
		return c;
	}
	buf_init(&text, CONF_TEXT_MAX);
	conf_faults_print(faults, &text);
	fputs(buf_cstr(&text), stderr);
	buf_release(&text);
	return NULL;
}

static bool read_wish(const char *text, const struct catalog *c, struct wish *w)
{
	struct fault f = { .code = ERR_OK };

	wish_unsaid(w);
	if (text && wish_read(str_of(text), "--strategy", w, &f) == ERR_OK && c &&
	    !str_absent(w->strategy) && !strategy_exists(c, w->strategy))
		strategy_unknown(c, w->strategy, "--strategy", &f);
	if (f.code != ERR_OK)
		say_error("%s", f.text);
	return f.code == ERR_OK;
}

static int replay_other(struct session *s, const struct replay_values *v, int n, char **args,
			struct catalog *other)
{
	struct decision_sum sum = { .records = 0 };
	struct wish wish;
	struct custom *custom = other ? custom_new(other, NULL) : NULL;
	struct replay_other r = {
		.arena = &s->arena,
		.ask = { .wish = &wish },
		.custom = custom ? custom_runner(custom) : NULL,
		.other_catalog = other != NULL,
	};
	int code = EXIT_USAGE;

	if (read_wish(v->strategy, other, &wish))
		code = read_all(n, args, other, replay_other_take, &r, &sum);
	if (!code && r.unknown.code != ERR_OK) {
		say_error("%s", r.unknown.text);
		code = EXIT_USAGE;
	}
	if (!code && sum.homeless + sum.damaged)
		say_note("%lld records could not be read, or not be decided again",
			 (long long)(sum.homeless + sum.damaged));
	if (!code)
		replay_other_print(&r, v->common.json);
	custom_free(custom);
	return code;
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct replay_values *v = values;
	struct catalog *other = NULL;
	int code;

	if (!v->policy && !v->strategy)
		return replay_same(v, n, args);
	if (v->policy && !(other = load_policy(s, v->policy)))
		return EXIT_CONFIG;
	code = replay_other(s, v, n, args, other);
	catalog_unref(other);
	return code;
}

static const struct option_row rows[] = {
	{ "policy", "FILE", option_text, offsetof(struct replay_values, policy),
	  "decide under this configuration instead of the recorded one, and tell what would "
	  "change" },
	{ "strategy", "STRATEGY", option_text, offsetof(struct replay_values, strategy),
	  "the same with a strategy that the policies shall name, with or without parameters: "
	  "\"cost; quality_floor=0.8\"" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_replay(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "RECORDS...", 1, VERBS_ANY_NUMBER, NEEDS_NOTHING, run,
		"decide recorded requests once more: under what was recorded, to prove that the same comes "
		"out (exit status 1 when it does not), or under another policy, to see what would change. "
		"RECORDS are files of decision records, or folders of them",
		{ &options },
	};
	/* clang-format on */
	struct replay_values values = { .policy = NULL };

	return command_run_only("replay", &verb, &values, argc, argv);
}
