/* decision_files.c -- a line at a time: a catalog, a snapshot or a decision. */
#include "ctl/decision_files.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "conf/conf.h"
#include "core/snapshot_text.h"
#include "ctl/say.h"
#include "store/decision_file.h"
#include "store/decision_log.h"

/* a catalog or a snapshot is the longest */
#define LINE_MAX_BYTES (CONF_TEXT_MAX + SNAPSHOT_TEXT_MAX)
#define FAULTS_TOLD    10

/* a catalog's text is not a client's request */
static const struct json_limits line_limits = { .max_depth = 64,
						.max_values = 8u << 20,
						.max_number = 64 };

struct known_catalog {
	struct catalog *catalog;
	struct custom *custom;
};

struct known_snapshot {
	char hash[17];
	struct snapshot *snapshot; /* of its catalog */
	struct snapshot *other;    /* of the other one; NULL: none was asked for */
};

struct reading {
	const char *path;
	bool in_folder; /* the path was not named, it was found */
	int64_t line;
	struct arena arena; /* of one line */
	struct catalog *other;
	struct known_catalog catalogs[DECISION_LOG_REMEMBERED];
	struct known_snapshot snapshots[DECISION_LOG_REMEMBERED];
	uint32_t n_catalogs, n_snapshots; /* ever seen in this file */
	struct decision decision;
	decision_found_f *fn;
	void *who;
	struct decision_sum *sum;
};

static void tell_fault(struct reading *r, const char *why)
{
	if (++r->sum->damaged <= FAULTS_TOLD)
		say_error("%s:%lld: %s", r->path, (long long)r->line, why);
	else if (r->sum->damaged == FAULTS_TOLD + 1)
		say_error("%s:%lld: more of that is not told", r->path, (long long)r->line);
}

/* --- what the records were decided under --- */

static void forget_catalog(struct known_catalog *k)
{
	custom_free(k->custom);
	catalog_unref(k->catalog);
	*k = (struct known_catalog){ .catalog = NULL };
}

static void forget_snapshot(struct known_snapshot *k)
{
	snapshot_unref(k->snapshot);
	snapshot_unref(k->other);
	*k = (struct known_snapshot){ .snapshot = NULL };
}

static struct known_catalog *find_catalog(struct reading *r, struct str hash)
{
	for (uint32_t i = 0; i < DECISION_LOG_REMEMBERED; i++)
		if (r->catalogs[i].catalog && str_is(hash, r->catalogs[i].catalog->hash))
			return &r->catalogs[i];
	return NULL;
}

static struct known_snapshot *find_snapshot(struct reading *r, const struct versions *v)
{
	for (uint32_t i = 0; i < DECISION_LOG_REMEMBERED; i++) {
		struct known_snapshot *k = &r->snapshots[i];

		if (k->snapshot && str_is(v->snapshot, k->hash) &&
		    str_is(v->catalog, k->snapshot->catalog->hash))
			return k;
	}
	return NULL;
}

static void take_catalog(struct reading *r, struct json line)
{
	struct known_catalog *k = &r->catalogs[r->n_catalogs++ % DECISION_LOG_REMEMBERED];
	struct conf_faults *faults = calloc(1, sizeof(*faults));

	forget_catalog(k);
	if (faults)
		k->catalog = conf_read(json_raw(json_get(line, "catalog")), faults);
	if (k->catalog) {
		/* under the name that the records know it by: written by this program it may have
		 * another text, with what that one did not know */
		str_copy(k->catalog->hash, sizeof(k->catalog->hash),
			 json_text(json_get(line, "hash"), &r->arena));
		k->custom = custom_new(k->catalog, NULL);
	}
	if (!k->custom)
		tell_fault(r,
			   faults && faults->n ? faults->items[0].text : "no memory for a catalog");
	free(faults);
}

static struct snapshot *read_snapshot(struct reading *r, struct json line, struct catalog *c)
{
	struct fault f;
	struct snapshot *s = snapshot_read(json_raw(json_get(line, "snapshot")), c, &f);

	if (!s)
		tell_fault(r, f.text);
	return s;
}

static void take_snapshot(struct reading *r, struct json line)
{
	struct known_snapshot *k = &r->snapshots[r->n_snapshots++ % DECISION_LOG_REMEMBERED];
	struct known_catalog *of = find_catalog(r,
						json_text(json_get(line, "of_catalog"), &r->arena));

	forget_snapshot(k);
	if (!of) {
		tell_fault(r, "a snapshot of a catalog that stands nowhere before it");
		return;
	}
	str_copy(k->hash, sizeof(k->hash), json_text(json_get(line, "hash"), &r->arena));
	k->snapshot = read_snapshot(r, line, of->catalog);
	if (k->snapshot && r->other)
		k->other = read_snapshot(r, line, r->other);
}

/* --- records --- */

static void take_decision(struct reading *r, struct json line)
{
	struct decision *d = &r->decision;
	struct fault f;
	struct known_catalog *c;
	struct known_snapshot *s;

	if (decision_read_json(json_get(line, "decision"), &r->arena, d, &f) != ERR_OK) {
		tell_fault(r, f.text);
		return;
	}
	c = find_catalog(r, d->versions.catalog);
	s = find_snapshot(r, &d->versions);
	if (!c || !s || !decision_bind(d, c->catalog)) {
		r->sum->homeless++;
		return;
	}
	r->sum->records++;
	r->fn(r->who, &(struct decision_found){ .decision = d,
						.snapshot = s->snapshot,
						.custom = custom_runner(c->custom),
						.other = s->other,
						.file = r->path,
						.line = r->line });
}

static const struct {
	const char *member;
	void (*take)(struct reading *r, struct json line);
} kinds[] = {
	{ "decision", take_decision },
	{ "snapshot", take_snapshot },
	{ "catalog", take_catalog },
};

static void take_line(struct reading *r, struct str text)
{
	struct json_doc doc;
	size_t at;
	enum json_fail fail;

	arena_reset(&r->arena);
	fail = json_parse(&doc, &r->arena, text, &line_limits, &at);
	if (fail != JSON_FINE) {
		tell_fault(r, json_fail_text(fail));
		return;
	}
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!json_present(json_get(json_root(&doc), kinds[i].member)))
			continue;
		kinds[i].take(r, json_root(&doc));
		return;
	}
	tell_fault(r, "neither a decision, nor a snapshot, nor a catalog");
}

/* --- files --- */

/* the byte behind the line: '\n' or EOF */
static int next_line(FILE *f, struct buf *line)
{
	int c;

	buf_reset(line);
	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		buf_addc(line, (char)c);
	return c;
}

static void take_lines(struct reading *r, FILE *f)
{
	struct buf line;
	int behind;

	buf_init(&line, LINE_MAX_BYTES);
	do {
		behind = next_line(f, &line);
		r->line++;
		if (behind == EOF)
			r->sum->torn += line.n > 0;
		else if (buf_ok(&line))
			take_line(r, buf_str(&line));
		else
			tell_fault(r, "the line is too long");
	} while (behind != EOF);
	buf_release(&line);
}

static bool read_one(struct reading *r, const char *path, struct fault *f)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	bool fine;

	if (!file && r->in_folder && errno == ENOENT)
		return true; /* its gateway made room meanwhile */
	if (!file) {
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	r->path = path;
	r->line = 0;
	take_lines(r, file);
	fine = !ferror(file);
	if (!fine)
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	if (!is_stdin)
		fclose(file);
	/* each file stands for itself */
	for (uint32_t i = 0; i < DECISION_LOG_REMEMBERED; i++) {
		forget_snapshot(&r->snapshots[i]);
		forget_catalog(&r->catalogs[i]);
	}
	return fine;
}

static int is_segment(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), STR(DECISION_SUFFIX));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_folder(struct reading *r, const char *path, struct fault *f)
{
	struct dirent **found = NULL;
	int n = scandir(path, &found, is_segment, by_name);
	bool fine = n >= 0;
	char file[4096];

	if (!fine)
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	r->in_folder = true;
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, found[i]->d_name);
		fine = fine && read_one(r, file, f);
		free(found[i]);
	}
	free(found);
	return fine;
}

bool decision_files_read(const char *path, struct catalog *other, decision_found_f *fn, void *who,
			 struct decision_sum *sum, struct fault *fault_r)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct stat st;
	bool fine;

	if (!r) {
		fault_set(fault_r, ERR_INTERNAL, "", "out of memory");
		return false;
	}
	*r = (struct reading){ .other = other, .fn = fn, .who = who, .sum = sum };
	/* the scanner needs 16 bytes for each value, and each takes two characters at least */
	arena_init(&r->arena, 10 * (size_t)LINE_MAX_BYTES);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		fine = read_folder(r, path, fault_r);
	else
		fine = read_one(r, path, fault_r);
	arena_release(&r->arena);
	free(r);
	return fine;
}
