/*
 * conf.h -- the configuration: text to settings and a catalog, or a list of faults.
 *
 * One YAML file has two kinds of sections. `gateway`, `redis`, `escrow`,
 * `coordinator` and `log` belong to the process that reads them: struct settings, whose members are
 * tbl/settings.h. `endpoints`, `models`, `prices`, `aliases` and `policies`, with
 * the files that `include` names, belong to the fleet: struct catalog, which the
 * coordinator publishes as one text and gateways read back.
 *
 * Opens nothing by itself: files come from the caller's callback. Every fault is
 * found in one pass and says where it stands. Secrets are references, never values.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/buf.h"
#include "base/err.h"
#include "model/catalog.h"

/* --- settings of one process --- */

#define SETTING_MEMBER_ADDRESS(name) const char *name;
#define SETTING_MEMBER_BOOL(name)    bool name;
#define SETTING_MEMBER_BYTES(name)   int64_t name##_bytes;
#define SETTING_MEMBER_CHOICE(name)  int name;
#define SETTING_MEMBER_COUNT(name)   int64_t name;
#define SETTING_MEMBER_NAME(name)    const char *name;
#define SETTING_MEMBER_PATH(name)    const char *name;
#define SETTING_MEMBER_SECRET(name)  const char *name;
#define SETTING_MEMBER_TEXT(name)    const char *name;
#define SETTING_MEMBER_TIME(name)    int64_t name##_ms;
#define SETTING_MEMBER_URL(name)     const char *name;

/*
 * s->gateway_listen, s->gateway_max_body_bytes, s->redis_command_timeout_ms, ...
 * Texts are NUL-terminated; one that is not set, or is "none", is NULL. Every number is within
 * the bounds of its line. log_level is an enum log_level.
 */
struct settings {
	int refs; /* atomic */
	struct arena arena;
#define SETTING(section, name, kind, fallback, least, most, when, text) \
	SETTING_MEMBER_##kind(section##_##name)
#include "tbl/settings.h"
#undef SETTING
};

struct settings *settings_ref(struct settings *s);
/* NULL is fine */
void settings_unref(struct settings *s);

/*
 * Walk the settings that differ between two and take effect only with the next start:
 *   for (size_t i = 0; (name = settings_restart(old, new, &i)) != NULL;)
 * gives their names ("gateway.listen").
 */
const char *settings_restart(const struct settings *old, const struct settings *new, size_t *i);

/* --- faults --- */

#define CONF_FAULTS_MAX 64

struct conf_fault {
	char file[128];
	uint32_t line, column; /* from 1; 0: the file as a whole */
	bool note;             /* worth knowing, no reason to refuse the configuration */
	char text[256];        /* a sentence without a full stop; holds no secret */
};

struct conf_faults {
	struct conf_fault items[CONF_FAULTS_MAX]; /* in order of file, line, column */
	uint32_t n;
	uint32_t errors, notes; /* found; beyond CONF_FAULTS_MAX they are only counted */
};

/* "smartrouter.yaml:12:5: error: ...", a line each */
void conf_faults_print(const struct conf_faults *f, struct buf *out);

/* --- reading and writing --- */

#define CONF_TEXT_MAX (4u << 20) /* bytes of one file, and of a published text */

/* The text of a file; path is the main file's, or an include's put behind the main file's folder.
 * False: *fault_r names the file and says why it cannot be read. */
typedef bool conf_file_f(void *who, const char *path, struct buf *text_r, struct fault *fault_r);

/*
 * The configuration of a process. True: both results are there (settings_unref, catalog_unref);
 * faults_r may hold notes. False: neither is, and faults_r holds at least one error. A file
 * without endpoints gives a catalog without targets.
 */
bool conf_load(const char *path, conf_file_f *file, void *who, struct settings **settings_r,
	       struct catalog **catalog_r, struct conf_faults *faults_r) MUST_CHECK;

/* A published text (what conf_write wrote): the same catalog with the same hash. NULL: faults. */
struct catalog *conf_read(struct str text, struct conf_faults *faults_r) MUST_CHECK;

/* The fleet-wide part as JSON, in one canonical form: its SHA-256 is catalog.hash. */
void conf_write(const struct catalog *c, struct buf *out);

/* --- the manual --- */

enum conf_form {
	CONF_FORM_MAN,  /* mdoc(7) list items for smartrouter.yaml(5) */
	CONF_FORM_YAML, /* a file with every setting at its default, explained in comments */
};

void conf_settings_print(struct buf *out, enum conf_form form);

/*
 * One part of smartrouter.yaml(5), as mdoc(7) list items: "settings", the fields of an
 * "endpoint", "model", "price", "window" or "policy", the classes of a "rate", the words
 * of "can", "quirks" and "thinking", or the "kinds" of values. False: there is no such part.
 */
bool conf_manual_print(struct buf *out, struct str part) MUST_CHECK;

#endif
