/*
 * conf_files.h -- configurations that are only texts: what tests of conf/ load.
 */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include "conf/conf.h"
#include "unit.h"

struct conf_files {
	const char *main;      /* "main.yaml" */
	const char *more;      /* "more.yaml"; NULL: there is none */
	const char *even_more; /* "sub/even.yaml" */
};

struct loaded {
	bool ok;
	struct settings *settings;
	struct catalog *catalog;
	struct conf_faults faults;
	struct buf said; /* the faults as text */
};

static inline bool conf_files_read(void *who, const char *path, struct buf *text_r,
				   struct fault *fault_r)
{
	const struct conf_files *f = who;
	struct str name = str_of(path);
	const char *text = str_is(name, "main.yaml")       ? f->main
			   : str_is(name, "more.yaml")     ? f->more
			   : str_is(name, "sub/even.yaml") ? f->even_more
							   : NULL;

	if (!text) {
		fault_set(fault_r, ERR_INTERNAL, "", "%s: no such file", path);
		return false;
	}
	buf_adds(text_r, text);
	return true;
}

static inline struct loaded conf_files_load(const struct conf_files *files)
{
	struct loaded l = { 0 };

	l.ok = conf_load("main.yaml", conf_files_read, (void *)files, &l.settings, &l.catalog,
			 &l.faults);
	buf_init(&l.said, 1 << 16);
	conf_faults_print(&l.faults, &l.said);
	ck_assert(buf_ok(&l.said));
	return l;
}

static inline struct loaded conf_text_load(const char *text)
{
	return conf_files_load(&(struct conf_files){ .main = text });
}

static inline void loaded_release(struct loaded *l)
{
	settings_unref(l->settings);
	catalog_unref(l->catalog);
	buf_release(&l->said);
}

/* everything is fine, but for notes */
#define assert_loads(l) ck_assert_msg((l).ok, "%s", buf_cstr(&(l).said))

/* what was said has this in it */
#define assert_says(l, words)                                                                \
	ck_assert_msg(str_has(buf_str(&(l).said), (words)), "\"%s\" is not in\n%s", (words), \
		      buf_cstr(&(l).said))

#endif
