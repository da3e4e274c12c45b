/*
 * budget_resolve.c -- end the suspense of an attempt by an operator's word.
 *
 * Who said so, and why, is written into the org's ledger before the money moves.
 */
#include "ctl/budget_resolve.h"

#include <pwd.h>
#include <unistd.h>

#include "conf/value.h"
#include "core/price.h"
#include "ctl/await.h"
#include "ctl/await_survey.h"
#include "ctl/each_org.h"
#include "ctl/out.h"

#define WHY_MAX 200

static bool read_charge(const char *text, void *member, struct fault *fault_r)
{
	if (money_parse(str_of(text), member))
		return true;
	fault_set(fault_r, ERR_VALUE, "",
		  "must be dollars such as 0.0125, with at most nine decimals");
	return false;
}

static bool read_why(const char *text, void *member, struct fault *fault_r)
{
	*(const char **)member = text;
	if (*text && strlen(text) <= WHY_MAX && value_is_printable(str_of(text)))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be a reason, at most %d bytes on one line",
		  WHY_MAX);
	return false;
}

static const struct option_row resolve_rows[] = {
	{ "charge", "USD", read_charge, offsetof(struct resolve_values, charge_nanos),
	  "what the attempt cost" },
	{ "release", NULL, NULL, offsetof(struct resolve_values, release),
	  "it cost nothing: give back what is held for it" },
	{ "why", "TEXT", read_why, offsetof(struct resolve_values, why),
	  "how this is known; kept in the ledger with your name" },
	{ "org", "ORG", option_text, offsetof(struct resolve_values, org),
	  "the org whose request it is (default: looked for in all)" },
};
const struct option_list resolve_options = { "Resolution", resolve_rows, COUNT_OF(resolve_rows) };

static int check_values(const struct resolve_values *v, struct str rid, const char *attempt_text,
			int64_t *attempt_r)
{
	if ((v->charge_nanos != RESOLVE_NO_CHARGE) == v->release)
		say_error("budget resolve: either --charge USD or --release must be given");
	else if (!v->why)
		say_error("budget resolve: --why must say how this is known");
	else if (!id_is_good(rid) || rid.n >= RID_MAX)
		say_error("\"%.*s\" is no request id", (int)(rid.n < 64 ? rid.n : 64), rid.p);
	else if (!str_i64(str_of(attempt_text), attempt_r) || *attempt_r < 1 ||
		 *attempt_r > ATTEMPTS_MAX)
		say_error("the attempt must be a number from 1 to %d", ATTEMPTS_MAX);
	else
		return EXIT_FINE;
	return EXIT_USAGE;
}

static int look_for(struct session *s, struct str org, void *who)
{
	struct reservation_item *item = who;

	if (item->found)
		return EXIT_FINE;
	item->org = org;
	return await_reservations(s, item, 1);
}

/* in one org, or in all of them; *res_r lives in the arena */
static int find_request(struct session *s, const char *org, struct str rid,
			const struct reservation **res_r)
{
	struct reservation_item *item = ARENA_NEW(&s->arena, struct reservation_item);
	int code;

	if (!item) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	item->rid = rid;
	code = each_org(s, str_of(org), look_for, item);
	*res_r = &item->res;
	if (code)
		return code;
	if (item->found) {
		s->partly = false; /* it is in none of those that were left out */
		return EXIT_FINE;
	}
	if (s->partly)
		return EXIT_STORE; /* it may be in one that was left out, which has been told */
	say_error("there is no request %.*s%s%s", STR_ARG(rid), org ? " in org " : "",
		  org ? org : "");
	return EXIT_FAILED;
}

static int check_in_suspense(const struct reservation *res, int64_t attempt)
{
	char money[32];

	switch (res->attempt[attempt - 1].state) {
	case 'X': return EXIT_FINE;
	case 'S':
		say_error("attempt %lld is charged already: %s USD", (long long)attempt,
			  money_text(money, res->attempt[attempt - 1].cost_nanos));
		return EXIT_FAILED;
	case 'O':
		say_error("attempt %lld is still open; its gateway settles it, or it goes to "
			  "suspense",
			  (long long)attempt);
		return EXIT_FAILED;
	default:
		say_error("request %s has no attempt %lld", res->held.rid, (long long)attempt);
		return EXIT_FAILED;
	}
}

/* "name@host"; the name behind sudo, if there is one */
static struct str operator_name(struct session *s)
{
	const struct passwd *user = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER"), *name = user ? user->pw_name : "unknown";
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	if (sudo && *sudo)
		name = sudo;
	return arena_printf(&s->arena, "%.32s@%s", name, host);
}

static int settle(struct session *s, const struct reservation *res, const struct ledger_note *note)
{
	struct settle_item item = {
		.held = &res->held,
		.charge = { .attempt = (int32_t)note->attempt,
			    .cost_nanos = note->cost_nanos,
			    .tokens_used = -1 },
	};
	int code = await_ledger_note(s, str_of(res->held.scope[SCOPE_org].id), note);

	if (!code)
		code = await_settle(s, &item, 1);
	if (code || item.end == SETTLE_OK)
		return code;
	say_error("somebody else settled it meanwhile; see: smartrouter budget suspense");
	return EXIT_FAILED;
}

static int tell(const struct session *s, const struct reservation *res,
		const struct ledger_note *note)
{
	int64_t held = res->attempt[note->attempt - 1].reserved_nanos;
	char charged[32], was[32];
	json_t *o;

	if (s->common->json) {
		o = json_object();
		out_text(o, "request", res->held.rid);
		out_int(o, "attempt", note->attempt);
		out_int(o, "held_nanos", held);
		out_int(o, "charged_nanos", note->cost_nanos);
		out_str(o, "operator", note->who);
		out_str(o, "why", note->why);
		return out_json(o);
	}
	if (note->cost_nanos > held)
		say_note("this is more than was reserved: budgets may be overdrawn by it");
	printf("attempt %lld of %s: %s USD charged, %s USD were held\n", (long long)note->attempt,
	       res->held.rid, money_text(charged, note->cost_nanos), money_text(was, held));
	return EXIT_FINE;
}

int budget_resolve(struct session *s, void *values, int n, char **args)
{
	const struct resolve_values *v = values;
	const struct reservation *res;
	struct ledger_note note = { .rid = str_of(args[0]), .why = str_of(v->why) };
	int code = check_values(v, note.rid, args[1], &note.attempt);

	(void)n;
	if (!code && v->org && !id_is_good(str_of(v->org))) {
		say_error("--org %.64s is no name of an org", v->org);
		code = EXIT_USAGE;
	}
	if (!code)
		code = await_org(s, v->org);
	if (!code)
		code = find_request(s, v->org, note.rid, &res);
	if (!code)
		code = check_in_suspense(res, note.attempt);
	if (code)
		return code;
	note.who = operator_name(s);
	note.cost_nanos = v->release ? 0 : v->charge_nanos;
	code = settle(s, res, &note);
	return code ? code : tell(s, res, &note);
}
