/* status_print.c -- the state of a fleet as tables. */
#include "core/price.h"
#include "ctl/status.h"
#include "ctl/table.h"

#define MIB (1 << 20)

static const char *text_of(const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));

	return text ? text : "-";
}

static int64_t number_of(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

static bool is_true(const json_t *o, const char *member)
{
	return json_is_true(json_object_get(o, member));
}

static void print_facts(const json_t *status)
{
	const json_t *redis = json_object_get(status, "redis");
	const json_t *leader = json_object_get(status, "leader");
	const json_t *snapshot = json_object_get(status, "snapshot");

	printf("Redis    %s, version %s, %s, %lld MiB used%s\n", text_of(redis, "url"),
	       text_of(redis, "version"), text_of(redis, "role"),
	       (long long)number_of(redis, "used_bytes") / MIB,
	       is_true(redis, "aof") ? ", append-only file" : "");
	if (!leader)
		return; /* it is not known, which is told as a problem */
	if (json_is_object(leader))
		printf("leader   %s, lease for %lld ms\n", text_of(leader, "id"),
		       (long long)number_of(leader, "lease_ms"));
	else
		printf("leader   nobody\n");
	printf("catalog  epoch %lld, hash %.12s\n", (long long)number_of(status, "epoch"),
	       text_of(status, "hash"));
	if (json_is_object(snapshot))
		printf("snapshot version %lld, hash %s, %lld KiB, %llds old\n",
		       (long long)number_of(snapshot, "version"), text_of(snapshot, "hash"),
		       (long long)(number_of(snapshot, "bytes") + 1023) / 1024,
		       (long long)number_of(snapshot, "age_s"));
	else
		printf("snapshot none\n");
}

/* --- processes --- */

static void add_life(struct table *t, const json_t *member)
{
	char text[TIME_TEXT];

	table_adds(t, is_true(member, "stopping") ? "stopping"
		      : is_true(member, "alive")  ? "alive"
						  : "gone");
	table_printf(t, "%llds", (long long)number_of(member, "age_s"));
	table_adds(t, age_text(text, number_of(member, "up_s") * 1000000));
	table_adds(t, text_of(member, "version"));
}

static void print_gateways(struct session *s, const json_t *status)
{
	static const struct column columns[] = {
		{ "GATEWAY", ALIGN_LEFT },    { "STATE", ALIGN_LEFT },
		{ "SEEN", ALIGN_RIGHT },      { "UP", ALIGN_RIGHT },
		{ "VERSION", ALIGN_LEFT },    { "LISTEN", ALIGN_LEFT },
		{ "EPOCH", ALIGN_RIGHT },     { "CATALOG", ALIGN_LEFT },
		{ "SNAPSHOT", ALIGN_RIGHT },  { "AGE", ALIGN_RIGHT },
		{ "WORKERS", ALIGN_RIGHT },   { "IN FLIGHT", ALIGN_RIGHT },
		{ "REQUESTS", ALIGN_RIGHT },  { "ANSWERED", ALIGN_RIGHT },
		{ "FAILED", ALIGN_RIGHT },    { "USD", ALIGN_POINT },
		{ "UNSETTLED", ALIGN_RIGHT }, { "USD ASIDE", ALIGN_POINT },
	};
	const json_t *it;
	struct table t;
	size_t i;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	json_array_foreach(json_object_get(status, "gateways"), i, it)
	{
		const json_t *counters = json_object_get(it, "counters");

		table_adds(&t, text_of(it, "id"));
		add_life(&t, it);
		table_adds(&t, text_of(it, "listen"));
		table_addi(&t, number_of(it, "epoch"));
		table_printf(&t, "%.8s", text_of(it, "hash"));
		table_addi(&t, number_of(it, "snapshot"));
		table_printf(&t, "%llds", (long long)number_of(it, "snapshot_age_s"));
		table_addi(&t, number_of(it, "workers"));
		table_addi(&t, number_of(it, "in_flight"));
		table_addi(&t, number_of(counters, "requests"));
		table_addi(&t, number_of(counters, "answered"));
		table_addi(&t, number_of(counters, "failed"));
		table_money(&t, number_of(counters, "spent_nanos"));
		table_addi(&t, number_of(it, "unsettled"));
		table_money(&t, number_of(it, "escrow_nanos"));
	}
	if (table_rows(&t))
		putchar('\n');
	table_print(&t);
}

/* The lease decides, not what a coordinator last said of itself. */
static const char *role_of(const json_t *status, const json_t *coordinator)
{
	const json_t *leader = json_object_get(status, "leader");

	if (json_is_object(leader) &&
	    strcmp(text_of(leader, "id"), text_of(coordinator, "id")) == 0)
		return "leads";
	return is_true(coordinator, "alive") ? "stands by" : "-";
}

static void print_coordinators(struct session *s, const json_t *status)
{
	static const struct column columns[] = {
		{ "COORDINATOR", ALIGN_LEFT }, { "STATE", ALIGN_LEFT },   { "SEEN", ALIGN_RIGHT },
		{ "UP", ALIGN_RIGHT },         { "VERSION", ALIGN_LEFT }, { "ROLE", ALIGN_LEFT },
		{ "CATALOG", ALIGN_LEFT },
	};
	const json_t *it;
	struct table t;
	size_t i;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	json_array_foreach(json_object_get(status, "coordinators"), i, it)
	{
		table_adds(&t, text_of(it, "id"));
		add_life(&t, it);
		table_adds(&t, role_of(status, it));
		table_printf(&t, "%.8s", text_of(it, "hash"));
	}
	if (table_rows(&t))
		putchar('\n');
	table_print(&t);
}

/* --- money --- */

/* the last budget is the one of the longest period */
static const json_t *widest_budget(const json_t *org)
{
	const json_t *budgets = json_object_get(org, "budgets");
	size_t n = json_array_size(budgets);

	return n ? json_array_get(budgets, n - 1) : NULL;
}

static void add_budget(struct table *t, const json_t *budget)
{
	static const char *const amounts[] = { "limit_nanos", "spent_nanos", "reserved_nanos" };

	table_adds(t, text_of(budget, "period"));
	for (size_t i = 0; i < COUNT_OF(amounts); i++) {
		if (budget)
			table_money(t, number_of(budget, amounts[i]));
		else
			table_adds(t, "-");
	}
}

static void print_orgs(struct session *s, const json_t *status)
{
	static const struct column columns[] = {
		{ "ORG", ALIGN_LEFT },        { "STATUS", ALIGN_LEFT },
		{ "IN FLIGHT", ALIGN_RIGHT }, { "BUDGET", ALIGN_LEFT },
		{ "LIMIT USD", ALIGN_POINT }, { "SPENT", ALIGN_POINT },
		{ "RESERVED", ALIGN_POINT },  { "SUSPENSE", ALIGN_POINT },
		{ "SUSPENDED", ALIGN_RIGHT },
	};
	const json_t *it;
	struct table t;
	size_t i;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	json_array_foreach(json_object_get(status, "orgs"), i, it)
	{
		table_adds(&t, text_of(it, "id"));
		table_adds(&t, text_of(it, "status"));
		table_addi(&t, number_of(it, "in_flight"));
		add_budget(&t, widest_budget(it));
		table_money(&t, number_of(it, "suspense_nanos"));
		table_addi(&t, number_of(it, "suspended_requests"));
	}
	if (table_rows(&t))
		putchar('\n');
	table_print(&t);
}

/* of what may be spent so much is, or is spoken for */
#define NEAR_PERCENT 90

static void print_near_ends(const json_t *status)
{
	const json_t *org, *budget;
	size_t i, k;

	json_array_foreach(json_object_get(status, "orgs"), i, org)
	{
		json_array_foreach(json_object_get(org, "budgets"), k, budget)
		{
			int64_t limit = number_of(budget, "limit_nanos");
			int64_t used = limit - number_of(budget, "left_nanos");

			if (used / NEAR_PERCENT >= limit / 100)
				printf("\nNOTE     org %s: %.0f %% of the budget of this %s is "
				       "used\n",
				       text_of(org, "id"),
				       limit ? 100.0 * (double)used / (double)limit : 100.0,
				       text_of(budget, "period"));
		}
	}
}

/* --- counters --- */

static int64_t sum_of(const json_t *status, const char *counter)
{
	const json_t *gateway;
	int64_t sum = 0;
	size_t i;

	json_array_foreach(json_object_get(status, "gateways"), i,
			   gateway) if (is_true(gateway, "alive"))
		sum += number_of(json_object_get(gateway, "counters"), counter);
	return sum;
}

static void print_counters(struct session *s, const json_t *status)
{
	static const struct column columns[] = { { "COUNTER", ALIGN_LEFT },
						 { "ALL", ALIGN_RIGHT },
						 { "WHAT", ALIGN_LEFT } };
	static const struct {
		const char *name, *text;
	} counters[] = {
#define COUNTER(name, text) { #name, text },
#include "tbl/counters.h"
#undef COUNTER
	};
	struct table t;

	table_init(&t, &s->arena, columns, COUNT_OF(columns));
	for (size_t i = 0; i < COUNT_OF(counters); i++) {
		table_adds(&t, counters[i].name);
		table_addi(&t, sum_of(status, counters[i].name));
		table_adds(&t, counters[i].text);
	}
	putchar('\n');
	table_print(&t);
}

void status_print(struct session *s, const json_t *status, bool counters)
{
	print_facts(status);
	print_gateways(s, status);
	print_coordinators(s, status);
	status_print_breakers(s, status);
	print_orgs(s, status);
	print_near_ends(status);
	if (counters)
		print_counters(s, status);
}
