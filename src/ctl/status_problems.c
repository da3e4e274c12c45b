/*
 * status_problems.c -- what is wrong with a fleet, by its state alone.
 *
 * A problem is what an operator should look at now, not everything that could be
 * better: this decides the exit code that monitoring sees.
 */
#include "ctl/status.h"

#include "ctl/say.h"

#define OLD_SUSPENSE_S 3600

static void add(json_t *problems, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add(json_t *problems, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(problems, json_vsprintf(fmt, ap));
	va_end(ap);
}

static const char *text_of(const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));

	return text ? text : "";
}

static int64_t number_of(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

static bool is_alive(const json_t *member)
{
	return json_is_true(json_object_get(member, "alive"));
}

/* --- Redis --- */

static void check_redis(json_t *problems, const json_t *redis)
{
	int64_t used = number_of(redis, "used_bytes"), max = number_of(redis, "max_bytes");

	if (strcmp(text_of(redis, "role"), "master") != 0)
		add(problems, "Redis at %s is no master but a %s: nothing can be written",
		    text_of(redis, "url"), text_of(redis, "role"));
	if (max > 0 && strcmp(text_of(redis, "eviction"), "noeviction") != 0)
		add(problems,
		    "Redis drops keys when memory is short (maxmemory-policy %s): books "
		    "can be lost; set it to noeviction",
		    text_of(redis, "eviction"));
	if (max > 0 && used / 9 > max / 10)
		add(problems,
		    "Redis uses %lld of %lld bytes; when they are used up no request is "
		    "admitted",
		    (long long)used, (long long)max);
}

/* False: what the fleet tells of itself is not known. */
static bool check_unknown(json_t *problems, const json_t *status)
{
	bool fleet = true;
	const json_t *it;
	size_t i;

	json_array_foreach(json_object_get(status, "unknown"), i, it)
	{
		const char *what = json_string_value(it);

		fleet = fleet && strcmp(what, STATUS_FLEET) != 0;
		add(problems,
		    "Redis does not answer for %s: it refused, or of a Cluster the node that has "
		    "it is away",
		    what);
	}
	return fleet;
}

/* --- the fleet --- */

static void check_leader(json_t *problems, const json_t *status)
{
	if (!json_is_object(json_object_get(status, "leader")))
		add(problems, "no coordinator leads: nothing is published, and overdue "
			      "reservations stay open; start smartrouter coordinator");
	if (number_of(status, "epoch") == 0)
		add(problems, "no catalog was ever published");
}

/* Whoever can call no vendor answers every request with an error. */
static void check_credentials(json_t *problems, const json_t *gateway)
{
	if (json_is_integer(json_object_get(gateway, "endpoints_usable")) &&
	    number_of(gateway, "endpoints_usable") == 0)
		add(problems,
		    "gateway %s has no usable credential of any vendor: %lld are not there, %lld "
		    "are refused by their vendors; put good ones where api_key of the endpoints "
		    "says, and restart it",
		    text_of(gateway, "id"), (long long)number_of(gateway, "credentials_missing"),
		    (long long)number_of(gateway, "credentials_refused"));
}

/* A gateway has a new snapshot within a second, and tells so in the next. */
#define SNAPSHOT_LATE_S 5

/* counters that are 0 in a fleet that is well */
static const struct {
	const char *name, *text;
} must_be_zero[] = {
	{ "bound_violations", "charges above what was reserved" },
	{ "journal_errors", "writes of the journal that failed" },
};

static void check_gateway(json_t *problems, const json_t *status, const json_t *gateway)
{
	int64_t epoch = number_of(status, "epoch"), its = number_of(gateway, "epoch");
	const json_t *counters = json_object_get(gateway, "counters");
	const json_t *snapshot = json_object_get(status, "snapshot");
	const char *name = text_of(gateway, "id");

	check_credentials(problems, gateway);
	if (epoch > 0 && its != epoch)
		add(problems, "gateway %s serves epoch %lld, published is %lld; its log says why",
		    name, (long long)its, (long long)epoch);
	if (number_of(snapshot, "age_s") > SNAPSHOT_LATE_S &&
	    number_of(snapshot, "version") != number_of(gateway, "snapshot"))
		add(problems, "gateway %s decides by an old snapshot; its log says why", name);
	if (json_is_integer(json_object_get(gateway, "redis_up")) &&
	    number_of(gateway, "redis_up") == 0)
		add(problems, "gateway %s: a worker does not reach Redis; its log says why", name);
	for (size_t i = 0; i < COUNT_OF(must_be_zero); i++) {
		int64_t n = number_of(counters, must_be_zero[i].name);

		if (n > 0)
			add(problems, "gateway %s: %lld %s; its log tells which", name,
			    (long long)n, must_be_zero[i].text);
	}
}

/* What it knows of them it can tell when it is back, and its journal without it. */
static void check_gone(json_t *problems, const json_t *gateway)
{
	int64_t in_flight = number_of(gateway, "in_flight");
	int64_t unsettled = number_of(gateway, "unsettled");
	char age[TIME_TEXT];

	if (in_flight > 0 || unsettled > 0)
		add(problems,
		    "gateway %s is gone, for %s now, with %lld request%s in flight and %lld "
		    "charge%s "
		    "not told; start it again, or settle them from its journal: smartrouter "
		    "reconcile --journal DIR, its gateway.state_dir",
		    text_of(gateway, "id"), age_text(age, number_of(gateway, "age_s") * 1000000),
		    (long long)in_flight, plural(in_flight), (long long)unsettled,
		    plural(unsettled));
}

/* A key is known by its hash under the pepper: who has another one refuses it. */
static void check_peppers(json_t *problems, const json_t *status)
{
	const char *first = text_of(status, "pepper"), *whose = "";
	const json_t *it;
	size_t i;

	json_array_foreach(json_object_get(status, "gateways"), i, it)
	{
		const char *its = text_of(it, "pepper");

		if (!is_alive(it) || !*its)
			continue;
		if (!*first) {
			first = its;
			whose = text_of(it, "id");
		}
		if (strcmp(its, first) != 0)
			add(problems,
			    "gateway %s has another gateway.pepper than %s%s: API keys of the one "
			    "are refused by the other; give both the same secret, and restart it",
			    text_of(it, "id"), *whose ? "gateway " : "the configuration here",
			    whose);
	}
}

static void check_gateways(json_t *problems, const json_t *status)
{
	const json_t *gateway;
	size_t i, alive = 0;

	json_array_foreach(json_object_get(status, "gateways"), i, gateway)
	{
		if (!is_alive(gateway)) {
			check_gone(problems, gateway);
			continue;
		}
		alive++;
		check_gateway(problems, status, gateway);
	}
	if (alive == 0)
		add(problems, "no gateway is there: clients are not served");
}

/* Whoever leads next publishes what it has: it should be what is published. */
static void check_coordinators(json_t *problems, const json_t *status)
{
	const char *published = text_of(status, "hash");
	const json_t *it;
	size_t i;

	json_array_foreach(json_object_get(status, "coordinators"), i, it)
	{
		if (is_alive(it) && strcmp(text_of(it, "hash"), published) != 0)
			add(problems,
			    "coordinator %s has another catalog than what is published: when it "
			    "leads it publishes that one; give all the same files, and SIGHUP",
			    text_of(it, "id"));
	}
}

/* --- money --- */

static void check_orgs(json_t *problems, const json_t *status)
{
	char age[TIME_TEXT];
	const json_t *org;
	size_t i;

	json_array_foreach(json_object_get(status, "orgs"), i, org)
	{
		int64_t oldest_s = number_of(org, "oldest_suspense_s");

		if (oldest_s > OLD_SUSPENSE_S)
			add(problems,
			    "org %s: money of %lld requests is in suspense, the oldest for %s; "
			    "smartrouter reconcile settles it by the vendors' records",
			    text_of(org, "id"), (long long)number_of(org, "suspended_requests"),
			    age_text(age, oldest_s * 1000000));
	}
}

json_t *status_problems(const json_t *status)
{
	json_t *problems = json_array();

	check_redis(problems, json_object_get(status, "redis"));
	if (check_unknown(problems, status)) {
		check_leader(problems, status);
		check_gateways(problems, status);
		check_peppers(problems, status);
		check_coordinators(problems, status);
	}
	check_orgs(problems, status);
	return problems;
}
