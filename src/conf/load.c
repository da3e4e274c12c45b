/*
 * load.c -- files to settings and a catalog.
 *
 * The main file and those it includes become one tree each; what stands where it
 * must not is a fault of that place. A syntax error ends the reading of its file
 * only, the others are still checked.
 */
#include "conf/fleet.h"
#include "conf/guess.h"
#include "conf/settings.h"

#define INCLUDES_MAX  16
#define SCRATCH_BYTES (128u << 20)
#define CATALOG_BYTES (64u << 20)
#define FILE_NAME_MAX 1024

static const char *const fleet_sections[] = { "endpoints", "models",     "prices",  "quality",
					      "aliases",   "strategies", "policies" };

/* where a tree comes from, and so what may stand in it */
enum origin { MAIN_FILE, INCLUDED_FILE, PUBLISHED_TEXT };

struct load {
	const char *main_path;
	conf_file_f *file; /* NULL: a published text */
	void *who;
	struct arena scratch;
	struct conf_faults *faults;
	const struct node *roots[1 + INCLUDES_MAX]; /* the main file's first */
	size_t n;
	bool incomplete; /* a file could not be read */
};

/* --- what may stand at the top --- */

static bool is_fleet_section(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(fleet_sections); i++)
		if (str_is(name, fleet_sections[i]))
			return true;
	return false;
}

static void fault_section(struct load *l, const struct node *key, enum origin origin)
{
	char text[GUESS_TEXT_MAX];
	size_t n;
	const struct setting *settings = settings_table(&n);
	struct guess g;

	guess_start(&g, key->text);
	guess_offer(&g, STR("include"));
	for (size_t i = 0; i < COUNT_OF(fleet_sections); i++)
		guess_offer(&g, str_of(fleet_sections[i]));
	for (size_t i = 0; i < n && origin == MAIN_FILE; i++)
		guess_offer(&g, str_of(settings[i].section));
	fault_at(l->faults, key, "there is no section \"%.60s\"%s", key->text.p,
		 guess_text(&g, text));
}

static void check_sections(struct load *l, const struct node *root, enum origin origin)
{
	for (uint32_t i = 0; i < root->n; i++) {
		const struct node *key = root->keys[i];
		bool main_only = settings_has_section(key->text) || str_is(key->text, "include");

		if (is_fleet_section(key->text))
			continue;
		if (!main_only)
			fault_section(l, key, origin);
		else if (origin != MAIN_FILE)
			fault_at(l->faults, key, "\"%.60s\" belongs into the main file",
				 key->text.p);
	}
}

/* the tree of one more text */
static void add_root(struct load *l, const char *name, struct str text, enum origin origin)
{
	struct reader r = { &l->scratch, l->faults };
	struct node *root;

	/* a name that stands twice is a fault, too, but leaves a tree */
	if (!node_read(&l->scratch, name, text, l->faults, &root) && !root)
		l->incomplete = true;
	if (!root || !expect_map(&r, root, "the file"))
		return;
	check_sections(l, root, origin);
	l->roots[l->n++] = root;
}

/* --- files --- */

static bool fetch(struct load *l, const char *path, const struct node *where, struct buf *text)
{
	struct fault fault = { .text = "it cannot be opened" };

	if (!l->file(l->who, path, text, &fault))
		fault_in(l->faults, where ? where->file : path, where ? where->line : 0,
			 where ? where->column : 0, "cannot be read: %.200s", fault.text);
	else if (!buf_ok(text))
		fault_in(l->faults, path, 0, 0, "larger than %u bytes", CONF_TEXT_MAX);
	else
		return true;
	l->incomplete = true;
	return false;
}

/* where: the name in an include list; NULL for the main file */
static void add_file(struct load *l, const char *path, const struct node *where)
{
	const char *name = arena_cstr(&l->scratch, str_of(path));
	struct buf text;

	buf_init(&text, CONF_TEXT_MAX);
	if (name && fetch(l, path, where, &text))
		add_root(l, name, buf_str(&text), where ? INCLUDED_FILE : MAIN_FILE);
	buf_release(&text);
}

/* a file that the configuration names: relative to the main file's folder */
static bool path_beside(const struct load *l, struct str name, char path[FILE_NAME_MAX])
{
	const char *slash = strrchr(l->main_path, '/');
	int folder = slash ? (int)(slash - l->main_path) + 1 : 0;

	if (name.n && name.p[0] == '/')
		folder = 0;
	return name.n && snprintf(path, FILE_NAME_MAX, "%.*s%.*s", folder, l->main_path,
				  STR_ARG(name)) < FILE_NAME_MAX;
}

static void add_include(struct load *l, const struct node *name)
{
	struct reader r = { &l->scratch, l->faults };
	char path[FILE_NAME_MAX];

	if (!expect_scalar(&r, name, "include"))
		return;
	if (path_beside(l, name->text, path))
		add_file(l, path, name);
	else
		fault_at(l->faults, name, "include: this is no name of a file");
}

/* a file that is no part of the tree */
static bool fetch_beside(void *who, const struct node *name, const char **path_r,
			 struct buf *text_r)
{
	struct load *l = who;
	char path[FILE_NAME_MAX];

	if (!path_beside(l, name->text, path)) {
		fault_at(l->faults, name, "this is no name of a file");
		return false;
	}
	*path_r = arena_cstr(&l->scratch, str_of(path));
	return *path_r && fetch(l, path, name, text_r);
}

static void add_includes(struct load *l, const struct node *names)
{
	if (names->type == NODE_SCALAR) {
		add_include(l, names);
		return;
	}
	if (names->type != NODE_LIST || names->n > INCLUDES_MAX) {
		fault_at(l->faults, names, "include must be a list of at most %d files",
			 INCLUDES_MAX);
		return;
	}
	for (uint32_t i = 0; i < names->n; i++)
		add_include(l, names->items[i]);
}

/* --- results --- */

static struct catalog *build_catalog(struct load *l)
{
	struct catalog *c = catalog_new(CATALOG_BYTES);
	struct fleet f = { .c = c,
			   .file = l->file ? fetch_beside : NULL,
			   .who = l,
			   .reader = { c ? &c->arena : NULL, l->faults },
			   .scratch = &l->scratch,
			   .roots = l->roots,
			   .n_roots = l->n,
			   .incomplete = l->incomplete };

	if (c && fleet_build(&f) && fleet_hash(c))
		return c;
	if (l->faults->errors == 0)
		fault_at(l->faults, NULL, "no memory for the catalog");
	catalog_unref(c);
	return NULL;
}

static struct settings *build_settings(struct load *l)
{
	struct settings *s = settings_new();

	if (!s)
		fault_at(l->faults, NULL, "no memory for the settings");
	else
		settings_read(s, l->roots[0], l->faults);
	return s;
}

static void note_gaps(struct load *l, const struct catalog *c)
{
	if (c->n_endpoints == 0)
		note_at(l->faults, NULL,
			"there is no endpoint: a gateway serves what is published");
	else if (c->policies[0].n_order == 0)
		note_at(l->faults, NULL,
			"policies.default has no order: clients cannot ask for the model \"auto\"");
}

bool conf_load(const char *path, conf_file_f *file, void *who, struct settings **settings_r,
	       struct catalog **catalog_r, struct conf_faults *faults_r)
{
	/* what an empty main file says */
	static const struct node nothing = { .plain = true, .text = { "", 0 } };
	struct load l = { .main_path = path, .file = file, .who = who, .faults = faults_r };
	const struct node *names;

	*faults_r = (struct conf_faults){ 0 };
	arena_init(&l.scratch, SCRATCH_BYTES);
	add_file(&l, path, NULL);
	if (l.n == 0)
		l.roots[l.n++] = &nothing;
	names = node_get(l.roots[0], "include");
	if (names)
		add_includes(&l, names);
	*settings_r = build_settings(&l);
	*catalog_r = build_catalog(&l);
	if (*settings_r && *catalog_r && faults_r->errors == 0) {
		note_gaps(&l, *catalog_r);
	} else {
		settings_unref(*settings_r);
		catalog_unref(*catalog_r);
		*settings_r = NULL;
		*catalog_r = NULL;
	}
	faults_sort(faults_r);
	arena_release(&l.scratch);
	return *catalog_r != NULL;
}

struct catalog *conf_read(struct str text, struct conf_faults *faults_r)
{
	struct load l = { .faults = faults_r };
	struct catalog *c;

	*faults_r = (struct conf_faults){ 0 };
	arena_init(&l.scratch, SCRATCH_BYTES);
	add_root(&l, "published catalog", text, PUBLISHED_TEXT);
	c = build_catalog(&l);
	faults_sort(faults_r);
	arena_release(&l.scratch);
	return c;
}
