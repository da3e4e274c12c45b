/*
 * target_conf.c -- any text is a list of faults or a configuration; a catalog that was
 * loaded is published as JSON, and read back it is the same catalog.
 *
 * The input is the main file, a NUL, what an include of "more.yaml" finds, a NUL, and a
 * text as it might be found published.
 */
#include "conf/conf.h"
#include "fuzz_json.h"

struct files {
	struct str main, more;
};

static bool read_file(void *who, const char *path, struct buf *text_r, struct fault *fault_r)
{
	const struct files *f = who;

	if (strcmp(path, "main.yaml") && strcmp(path, "more.yaml")) {
		fault_set(fault_r, ERR_INTERNAL, "", "no such file");
		return false;
	}
	buf_add(text_r, path[1] == 'a' ? f->main : f->more);
	return true;
}

static void faults_must_be_good(const struct conf_faults *f, bool loaded)
{
	struct buf said;

	HOLDS(loaded == (f->errors == 0), loaded ? "loaded, with errors" : "refused, without one");
	HOLDS(f->n <= CONF_FAULTS_MAX && f->n <= f->errors + f->notes, "%u faults", f->n);
	buf_init(&said, FUZZ_ROOM);
	conf_faults_print(f, &said);
	HOLDS((f->n > 0) == (said.n > 0), "faults that are not told");
	for (uint32_t i = 0; i < f->n; i++)
		for (const char *c = f->items[i].text; *c; c++)
			HOLDS((unsigned char)*c >= ' ' && *c != 0x7F, "a fault of several lines");
	buf_release(&said);
}

static void must_survive_publishing(const struct catalog *c)
{
	static struct conf_faults faults;
	struct catalog *again;
	struct buf text, twice;

	buf_init(&text, FUZZ_ROOM);
	buf_init(&twice, FUZZ_ROOM);
	conf_write(c, &text);
	json_must_be_good(buf_str(&text), "a published catalog");
	faults = (struct conf_faults){ .n = 0 };
	again = conf_read(buf_str(&text), &faults);
	if (!again)
		conf_faults_print(&faults, &twice);
	HOLDS(again, "a published catalog cannot be read: %s", buf_cstr(&twice));
	HOLDS(strcmp(again->hash, c->hash) == 0, "read back, it has another hash");
	conf_write(again, &twice);
	HOLDS(str_eq(buf_str(&text), buf_str(&twice)), "read back, it is\n%.*s\nand was\n%.*s",
	      STR_ARG(buf_str(&twice)), STR_ARG(buf_str(&text)));
	catalog_unref(again);
	buf_release(&text);
	buf_release(&twice);
}

static void load(struct files *files)
{
	static struct conf_faults faults;
	struct settings *settings = NULL;
	struct catalog *catalog = NULL;
	bool loaded;

	faults = (struct conf_faults){ .n = 0 };
	loaded = conf_load("main.yaml", read_file, files, &settings, &catalog, &faults);
	faults_must_be_good(&faults, loaded);
	if (loaded)
		must_survive_publishing(catalog);
	settings_unref(settings);
	catalog_unref(catalog);
}

static void read_published(struct str text)
{
	static struct conf_faults faults;
	struct catalog *c;

	faults = (struct conf_faults){ .n = 0 };
	c = conf_read(text, &faults);
	faults_must_be_good(&faults, c != NULL);
	if (c)
		must_survive_publishing(c);
	catalog_unref(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct files files;

	files.main = fuzz_part(&in);
	files.more = fuzz_part(&in);
	load(&files);
	if (!str_absent(in))
		read_published(in);
	return 0;
}
