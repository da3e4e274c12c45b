/* cmd_key.c -- smartrouter key. */
#include <sodium.h>

#include "core/apikey.h"
#include "ctl/verbs.h"
#include "ctl/view.h"

#define ID_CHARS 10
#define ID_TRIES 5
#define DAY_MS   86400000LL

/* --- a new secret --- */

/* A whole key; wiped by forget(). */
struct new_key {
	char text[APIKEY_MAX];
	char digest[65];
};

static void forget(struct new_key *k)
{
	sodium_memzero(k, sizeof(*k));
}

static void make_secret(const struct entity *e, const struct secret *pepper, struct new_key *key_r)
{
	unsigned char random[32];
	struct apikey parts;

	randombytes_buf(random, sizeof(random));
	apikey_format(key_r->text, str_of(e->org), str_of(e->id), random);
	sodium_memzero(random, sizeof(random));
	if (apikey_parse(str_of(key_r->text), &parts))
		apikey_digest(key_r->digest, str_of(secret_text(pepper)), parts.secret);
}

/* The key alone goes to standard output, so that a script can take it. */
static int print_key(struct session *s, const struct entity *e, const struct new_key *key)
{
	char name[ENTITY_TEXT];
	struct record r;
	json_t *o;
	int code;

	if (!s->common->json) {
		printf("%s\n", key->text);
		say_note("this is key %s; its secret is shown this once, only a hash of it is kept",
			 entity_text(name, e));
		return EXIT_FINE;
	}
	code = await_record(s, e, &r);
	if (code)
		return code;
	o = view_json(s, &r);
	out_text(o, "key", key->text);
	return out_json(o);
}

/* --- create --- */

/* *end_r: what became of it; an org that is missing is left to the caller */
static int make_parent(struct session *s, const struct entity *e, enum put_end *end_r)
{
	struct fields fields = { .n = 0 };
	char name[ENTITY_TEXT];
	int code;

	verb_new_fields(s, &fields);
	code = await_put(s, PUT_CREATE, e, STR_NONE, fields.items, fields.n, end_r);
	if (code || *end_r == PUT_EXISTS || *end_r == PUT_NO_PARENT)
		return code;
	code = verb_put_code(e, *end_r);
	if (!code)
		say_note("created %s %s", scope_name(e->scope), entity_text(name, e));
	return code;
}

/* The org only where it is missing: of a Cluster the list of orgs may be away, which nobody needs
 * for a key of one that is there. */
static int make_parents(struct session *s, const struct entity *org, const struct entity *team)
{
	enum put_end end;
	int code = make_parent(s, team, &end);

	if (code || end != PUT_NO_PARENT)
		return code;
	code = make_parent(s, org, &end);
	return code ? code : make_parent(s, team, &end);
}

/* short, in lower case, nothing that is read as something else */
static void random_id(char dst[ID_CHARS + 1])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

	for (int i = 0; i < ID_CHARS; i++)
		dst[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	dst[ID_CHARS] = '\0';
}

/* what create makes a key of */
struct creation {
	struct entity org, team;
	const char *id; /* NULL: to be made up */
	struct fields changes;
	struct secret *pepper;
};

/* One try: *end_r is PUT_EXISTS when there is such a key already. */
static int put_key(struct session *s, const struct creation *c, const struct entity *e,
		   enum put_end *end_r)
{
	struct fields fields = c->changes;
	struct new_key key;
	int code;

	make_secret(e, c->pepper, &key);
	verb_new_fields(s, &fields);
	fields_add(&fields, "digest", str_of(key.digest));
	code = await_put(s, PUT_CREATE, e, str_of(c->team.id), fields.items, fields.n, end_r);
	if (!code && *end_r == PUT_OK)
		code = print_key(s, e, &key);
	forget(&key);
	return code;
}

static int put_new_key(struct session *s, const struct creation *c)
{
	enum put_end end = PUT_EXISTS;
	char id[ID_CHARS + 1];
	struct entity e;
	int code = EXIT_FINE;

	for (int i = 0; i < (c->id ? 1 : ID_TRIES) && !code && end == PUT_EXISTS; i++) {
		random_id(id);
		entity_set(&e, SCOPE_key, str_of(c->org.id), str_of(c->id ? c->id : id));
		code = put_key(s, c, &e, &end);
	}
	return code ? code : verb_put_code(&e, end);
}

static int read_creation(const struct verb_values *v, const char *place, struct creation *c)
{
	struct fault f;

	*c = (struct creation){ .id = v->id };
	if (!place_read(&c->org, &c->team, place, &f)) {
		say_error("%s", f.text);
		return EXIT_USAGE;
	}
	if (!c->team.id[0])
		entity_set(&c->team, SCOPE_team, str_of(c->org.id), STR("default"));
	if (v->id && !apikey_id_is_good(str_of(v->id))) {
		say_error("--id %.64s: must be 1 to %d of A-Z a-z 0-9 . -", v->id, ID_MAX - 1);
		return EXIT_USAGE;
	}
	return EXIT_FINE;
}

static int create(struct session *s, void *values, int n, char **args)
{
	const struct verb_values *v = values;
	struct creation c;
	int code = read_creation(v, n > 0 ? args[0] : "default/default", &c);

	if (!code)
		code = changes_fields(s, &v->changing.changes, &c.changes);
	if (!code)
		code = session_pepper(s, &c.pepper);
	if (!code)
		code = make_parents(s, &c.org, &c.team);
	if (!code)
		code = put_new_key(s, &c);
	secret_free(c.pepper);
	return code;
}

/* --- rotate --- */

/* The old secret goes on working for a while, so that clients can be changed one by one. */
static void keep_old(struct session *s, const struct record *r, int64_t grace_ms, struct fields *f)
{
	bool keep = grace_ms > 0 && !str_absent(r->digest);

	fields_add(f, "old_digest", keep ? r->digest : STR_NONE);
	if (keep)
		fields_addi(f, &s->arena, "old_until", store_now_us(&s->store) + grace_ms * 1000);
	else
		fields_add(f, "old_until", STR_NONE);
}

static int rotate(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	struct fields fields = { .n = 0 };
	struct secret *pepper;
	struct new_key key;
	struct record r;
	struct entity e;
	enum put_end end;
	int code = verb_entity(SCOPE_key, args[0], &e);

	(void)n;
	if (!code)
		code = await_record(s, &e, &r);
	if (!code)
		code = session_pepper(s, &pepper);
	if (code)
		return code;
	make_secret(&e, pepper, &key);
	secret_free(pepper);
	fields_add(&fields, "digest", str_of(key.digest));
	keep_old(s, &r, v->grace_ms, &fields);
	code = await_put(s, PUT_CHANGE, &e, STR_NONE, fields.items, fields.n, &end);
	if (!code)
		code = verb_put_code(&e, end);
	if (!code)
		code = print_key(s, &e, &key);
	forget(&key);
	return code;
}

/* --- the command --- */

static const struct option_row create_rows[] = {
	{ "id", "ID", option_text, offsetof(struct verb_values, id),
	  "its public id, without the org (default: made up)" },
};
static const struct option_list create_options = { "Identity", create_rows, COUNT_OF(create_rows) };

static const struct option_row rotate_rows[] = {
	{ "grace", "TIME", option_time, offsetof(struct verb_values, grace_ms),
	  "how long the old secret still works (default: 24h; 0: not at all)" },
};
static const struct option_list rotate_options = { "Rotation", rotate_rows, COUNT_OF(rotate_rows) };

/* clang-format off */
static const struct verb verbs[] = {
	{ "create", "[ORG/TEAM]", 0, 1, NEEDS_STORE, create,
	  "make a key, and print it this once; without ORG/TEAM it is of default/default, and what "
	  "is missing of org and team is made",
	  { &create_options, &limit_options, &key_options } },
	{ "list", "[ORG[/TEAM]]", 0, 1, NEEDS_STORE, verb_list, "all keys, or an org's or a team's",
	  { NULL } },
	{ "show", "KEY", 1, 1, NEEDS_STORE, verb_show, "one key, and what is spent of its budgets",
	  { NULL } },
	{ "set", "KEY", 1, 1, NEEDS_STORE, verb_set, "change its name, limits or rights",
	  { &limit_options, &key_options } },
	{ "block", "KEY", 1, 1, NEEDS_STORE, verb_block, "refuse its requests from now on", { NULL } },
	{ "unblock", "KEY", 1, 1, NEEDS_STORE, verb_unblock, "serve it again", { NULL } },
	{ "rotate", "KEY", 1, 1, NEEDS_STORE, rotate,
	  "give it a new secret, and print the whole key this once", { &rotate_options } },
	{ "delete", "KEY", 1, 1, NEEDS_STORE, verb_delete,
	  "delete it: its requests are refused, what it spent stays charged", { NULL } },
};
/* clang-format on */

int cmd_key(int argc, char **argv)
{
	static const struct command command = {
		.name = "key",
		.text = "A key is what clients send: sk-sr-ORG_ID-SECRET. KEY is its public part,\n"
			"ORG_ID; a whole key is taken, too.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct verb_values values = { .scope = SCOPE_key, .grace_ms = DAY_MS };

	if (sodium_init() < 0) {
		say_error("no source of random numbers");
		return EXIT_FAILED;
	}
	return command_run(&command, &values, argc, argv);
}
