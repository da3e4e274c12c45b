/*
 * cmd_reconcile.c -- smartrouter reconcile: settle by the vendors' records what nobody
 * could settle.
 *
 * Idempotent: an attempt is charged once by the books themselves, so a second run
 * with the same files finds nothing left to do.
 */
#include "ctl/command.h"
#include "ctl/moment.h"
#include "ctl/out.h"
#include "ctl/reconcile_journal.h"
#include "ctl/reconcile_report.h"
#include "ctl/verbs.h"
#include "store/fleet.h"

#define FILES_MOST 64

struct reconcile_values {
	struct common common;
	struct {
		const char *items[FILES_MOST];
		size_t n;
	} records;
	const char *complete_until, *org, *journal;
	bool dry_run;
};

/* --- records --- */

/* A record that is twice in the files counts once. Where they differ the dearer one is believed,
 * because a budget must not be overspent. */
static void take_record(void *who, const struct vendor_record *record, const char *file,
			int64_t line)
{
	struct pending *index = who, *p = pending_find(index, record->attempt);

	if (!p)
		return;
	if (p->recorded && p->billed_nanos != record->billed_nanos)
		say_note("%s:%lld: %s is billed twice, and differently; the dearer record counts",
			 file, (long long)line, p->id);
	if (p->recorded && p->billed_nanos >= record->billed_nanos)
		return;
	p->recorded = true;
	p->billed_nanos = record->billed_nanos;
	p->usage = record->usage;
	str_copy(p->model, sizeof(p->model), record->model);
}

static int read_all(struct session *s, const struct reconcile_values *v, int n, char **args,
		    struct pending *index, struct records_sum *sum)
{
	struct fault f;

	for (size_t i = 0; i < v->records.n + (size_t)n; i++) {
		const char *path = i < v->records.n ? v->records.items[i] : args[i - v->records.n];

		if (records_read(path, s->catalog, take_record, index, sum, &f))
			continue;
		say_error("%s", f.text);
		return EXIT_FAILED;
	}
	return EXIT_FINE;
}

/* --- how long a call may run --- */

struct longest {
	struct session *session;
	int64_t ms;
};

static void got_gateways(void *who, bool ok, size_t n, const struct str *names,
			 const struct str *lines)
{
	struct longest *l = who;

	(void)names;
	for (size_t i = 0; i < n; i++) {
		json_t *line = json_loadb(lines[i].p, lines[i].n, JSON_REJECT_DUPLICATES, NULL);
		int64_t ms = json_integer_value(json_object_get(line, "longest_call_ms"));

		if (ms > l->ms)
			l->ms = ms;
		json_decref(line);
	}
	session_answered(l->session, ok);
}

/* Each gateway goes by its own configuration, and tells; also one that is cut off now did. Where
 * nobody can say what they told, a call may run for ever. */
static int read_longest(struct session *s, int64_t *ms_r)
{
	struct longest l = { s, longest_call_ms(s->settings) };
	int code;

	session_about(s, "what gateways tell of themselves", STR_NONE);
	session_begin(s);
	members_read(&s->store, "gateways", got_gateways, &l);
	code = session_wait(s);
	session_about(s, "", STR_NONE);
	*ms_r = code ? INT64_MAX : l.ms;
	return session_partly(s, code);
}

/* --- what is to be done --- */

/* A gateway that is cut off from Redis is overdue there, and answers its clients all the same: the
 * records get the bill, and it settles, when the call has ended. */
static bool may_run(const struct pending *p, int64_t longest_ms, int64_t at_us)
{
	return !p->over && (at_us - p->since_us) / 1000 <= longest_ms;
}

/* complete_us: records up to then are complete; 0: that is not said */
static enum pending_end wanted(const struct pending *p, int64_t longest_ms, int64_t complete_us)
{
	if (p->recorded)
		return p->estimate ? PENDING_CORRECTED : PENDING_SETTLED;
	if (p->since_us >= complete_us)
		return PENDING_LEFT;
	return may_run(p, longest_ms, complete_us) ? PENDING_RUNNING : PENDING_RELEASED;
}

static int settle(struct session *s, struct pending *index, bool dry)
{
	struct pending **list = ARENA_ARRAY(&s->arena, struct pending *, HASH_COUNT(index) + 1);
	size_t n = 0;

	for (struct pending *p = index; p && list; p = p->hh.next)
		if (!pending_stays(p))
			list[n++] = p;
	return dry ? EXIT_FINE : pending_settle(s, list, n);
}

static int work(struct session *s, const struct reconcile_values *v, int n, char **args,
		int64_t complete_us, struct pending *index, const struct pending_slices *slices)
{
	struct records_sum records = { 0 };
	struct reconcile_sum sum;
	int64_t longest_ms = 0;
	int code = read_all(s, v, n, args, index, &records);

	if (!code && complete_us)
		code = read_longest(s, &longest_ms);
	if (code)
		return code;
	if (complete_us && records.faulty) {
		say_error("what was not understood (%lld) may be any call, so the records are not "
			  "complete; nothing is settled for want of one",
			  (long long)records.faulty);
		complete_us = 0;
	}
	for (struct pending *p = index; p; p = p->hh.next)
		p->end = wanted(p, longest_ms, complete_us);
	code = settle(s, index, v->dry_run);
	if (code)
		return code;
	sum = reconcile_sum(index, slices);
	code = reconcile_report(s, index, &sum, &records, v->dry_run);
	/* what was left out is told by the exit status, whatever else is left */
	return code || s->partly || sum.left == 0 ? code : EXIT_FAILED;
}

/* --- the command --- */

static int check_values(struct session *s, const struct reconcile_values *v, int n,
			int64_t *complete_us_r)
{
	int64_t now_us = store_now_us(&s->store);

	*complete_us_r = 0;
	if (v->records.n + (size_t)n == 0 && !v->journal)
		say_error("reconcile: --records FILE or --journal DIR is missing");
	else if (v->org && !id_is_good(str_of(v->org)))
		say_error("--org %.64s is no name of an org", v->org);
	else if (v->complete_until &&
		 !moment_read(str_of(v->complete_until), now_us, -1, complete_us_r))
		say_error("--complete-until %.64s: must be now, a duration ago such as 2h, a date "
			  "such as 2030-12-31, or a time such as 2030-12-31T18:00:00Z",
			  v->complete_until);
	else if (*complete_us_r > now_us)
		say_error("--complete-until %s lies in the future", v->complete_until);
	else
		return EXIT_FINE;
	return EXIT_USAGE;
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct reconcile_values *v = values;
	struct pending_slices slices;
	struct pending *index = NULL;
	int64_t complete_us;
	int code = check_values(s, v, n, &complete_us);

	if (!code)
		code = await_org(s, v->org);
	if (!code && v->journal)
		code = reconcile_journal(s, v->journal, v->dry_run);
	if (code || v->records.n + (size_t)n == 0)
		return code;
	code = pending_read(s, v->org ? str_of(v->org) : STR_NONE, &index, &slices);
	if (!code)
		code = work(s, v, n, args, complete_us, index, &slices);
	pending_forget(&index);
	return code;
}

static bool read_file_name(const char *text, void *member, struct fault *fault_r)
{
	struct reconcile_values *v = CONTAINER_OF(member, struct reconcile_values, records);

	if (v->records.n < FILES_MOST) {
		v->records.items[v->records.n++] = text;
		return true;
	}
	fault_set(fault_r, ERR_VALUE, "", "at most %d files at a time", FILES_MOST);
	return false;
}

static const struct option_row rows[] = {
	{ "records", "FILE", read_file_name, offsetof(struct reconcile_values, records),
	  "a vendor's records, as JSON lines; - is standard input; may be given several times, and "
	  "arguments are further files" },
	{ "complete-until", "TIME", option_text, offsetof(struct reconcile_values, complete_until),
	  "the records hold every call made before that time: an attempt that went to suspense "
	  "before it and is not among them cost nothing, unless it may still run. now, a duration "
	  "ago (2h), a date or a time" },
	{ "org", "ORG", option_text, offsetof(struct reconcile_values, org),
	  "only requests of this org" },
	{ "journal", "DIR", option_text, offsetof(struct reconcile_values, journal),
	  "first settle what the journals of a gateway that will not come back say: DIR is its "
	  "state_dir, wherever it is now. Its journals are renamed, so that it is done once" },
	{ "dry-run", NULL, NULL, offsetof(struct reconcile_values, dry_run),
	  "tell what would be done, and do nothing" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_reconcile(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "--records FILE [FILE...] | --journal DIR", 0, FILES_MOST, NEEDS_STORE, run,
		"settle what is in suspense by the vendors' own records, and correct charges that "
		"were estimates; exit status 1 when an attempt is left in suspense",
		{ &options },
	};
	/* clang-format on */
	struct reconcile_values values = { .dry_run = false };

	return command_run_only("reconcile", &verb, &values, argc, argv);
}
