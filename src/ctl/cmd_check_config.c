/* cmd_check_config.c -- smartrouter check-config. */
#include "base/clock.h"
#include "ctl/catalog_view.h"
#include "ctl/command.h"
#include "io/config.h"

struct check_values {
	struct common common;
	bool print;
	const char *settings; /* NULL, "yaml" or "man" */
};

static json_t *fault_json(const struct conf_fault *f)
{
	json_t *o = json_object();

	out_text(o, "file", f->file);
	out_int(o, "line", f->line);
	out_int(o, "column", f->column);
	out_text(o, "kind", f->note ? "note" : "error");
	out_text(o, "text", f->text);
	return o;
}

static int print_json(const struct check_values *v, const char *path, bool fine,
		      const struct settings *settings, const struct catalog *catalog,
		      const struct conf_faults *faults)
{
	json_t *o = json_object(), *list = json_array();

	for (uint32_t i = 0; i < faults->n; i++)
		json_array_append_new(list, fault_json(&faults->items[i]));
	out_text(o, "file", path);
	out_bool(o, "valid", fine);
	out_int(o, "errors", faults->errors);
	out_int(o, "notes", faults->notes);
	out_value(o, "faults", list);
	if (v->print && fine)
		out_value(o, "catalog", catalog_json(settings, catalog, clock_wall_us() / 1000000));
	return out_json(o);
}

static void print_text(struct session *s, const struct check_values *v, const char *path, bool fine,
		       const struct settings *settings, const struct catalog *catalog,
		       const struct conf_faults *faults)
{
	struct buf text;

	buf_init(&text, CONF_TEXT_MAX);
	conf_faults_print(faults, &text);
	fputs(buf_cstr(&text), stderr);
	buf_release(&text);
	if (!fine) {
		say_error("%s: %u error%s, %u note%s", path, faults->errors, plural(faults->errors),
			  faults->notes, plural(faults->notes));
		return;
	}
	if (v->print)
		catalog_print(&s->arena, settings, catalog, clock_wall_us() / 1000000);
	printf("%s%s: good; %u model%s, %u endpoint%s, %u note%s; hash %.12s\n",
	       v->print ? "\n" : "", path, catalog->n_models, plural(catalog->n_models),
	       catalog->n_endpoints, plural(catalog->n_endpoints), faults->notes,
	       plural(faults->notes), catalog->hash);
}

static int check_file(struct session *s, const struct check_values *v, const char *path)
{
	struct conf_faults *faults = ARENA_NEW(&s->arena, struct conf_faults);
	struct settings *settings = NULL;
	struct catalog *catalog = NULL;
	int code = EXIT_FINE;
	bool fine;

	if (!faults)
		return EXIT_FINE; /* the arena is full, which the session's end tells */
	fine = conf_load(path, config_file, NULL, &settings, &catalog, faults);
	if (v->common.json)
		code = print_json(v, path, fine, settings, catalog, faults);
	else
		print_text(s, v, path, fine, settings, catalog, faults);
	if (fine) {
		settings_unref(settings);
		catalog_unref(catalog);
	}
	return fine ? code : EXIT_CONFIG;
}

static int print_settings(const char *form)
{
	struct buf out;

	buf_init(&out, CONF_TEXT_MAX);
	conf_settings_print(&out, strcmp(form, "man") == 0 ? CONF_FORM_MAN : CONF_FORM_YAML);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	return EXIT_FINE;
}

static int check(struct session *s, void *values, int n, char **args)
{
	const struct check_values *v = values;

	if (v->settings)
		return print_settings(v->settings);
	return check_file(s, v, config_path(n > 0 ? args[0] : v->common.config));
}

static bool read_form(const char *text, void *member, struct fault *fault_r)
{
	*(const char **)member = text;
	if (strcmp(text, "yaml") == 0 || strcmp(text, "man") == 0)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be yaml or man");
	return false;
}

static const struct option_row rows[] = {
	{ "print", NULL, NULL, offsetof(struct check_values, print),
	  "print what it offers: models with their prices now, endpoints and whether their "
	  "credential is there, aliases, policies" },
	{ "settings", "yaml|man", read_form, offsetof(struct check_values, settings),
	  "print every setting with its manual and default, as a file or as a manual page, and "
	  "check nothing" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_check_config(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "[FILE]", 0, 1, NEEDS_NOTHING, check,
		"check a configuration, and tell every fault in it with file, line and column",
		{ &options },
	};
	/* clang-format on */
	struct check_values values = { .print = false };

	return command_run_only("check-config", &verb, &values, argc, argv);
}
