/* field.c -- values of every kind, their bounds, and the faults they can have. */
#include "conf/field.h"

#include <stdarg.h>

#include "conf/guess.h"
#include "conf/value.h"
#include "core/price.h"

/* --- texts --- */

static bool is_address(struct str text)
{
	struct str port = text;
	int64_t number;

	while (str_chr(port, ':') >= 0)
		str_cut(&port, ':');
	return port.p != text.p && value_is_printable(text) && str_chr(text, ' ') < 0 &&
	       value_count(port, &number) && number <= 65535;
}

static bool is_date(struct str text)
{
	int64_t seconds;

	return value_date(text, &seconds);
}

static bool is_variable(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.n > 0;
}

/* a reference to a secret, never the secret */
static bool is_secret(struct str text)
{
	if (str_starts(text, STR("${")) && str_ends(text, STR("}")))
		return is_variable(str_sub(text, 2, text.n - 1));
	if (str_starts(text, STR("file:/")))
		return value_is_printable(text);
	return str_starts(text, STR("credential:")) && value_is_name(str_sub(text, 11, text.n));
}

/* a name, and "redis+sentinel" */
static bool is_scheme(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!(text.p[i] == '+' && i > 0) && !value_is_name(str_sub(text, i, i + 1)))
			return false;
	return text.n > 0;
}

/* "//user:password@" would publish the password with the URL */
static bool is_url(struct str text)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), host;

	if (!is_scheme(scheme) || !str_starts(rest, STR("//")) || !value_is_printable(text) ||
	    str_chr(text, ' ') >= 0)
		return false;
	rest = str_sub(rest, 2, rest.n);
	host = str_cut(&rest, '/');
	return str_chr(host, '@') < 0 || str_chr(str_cut(&host, '@'), ':') < 0;
}

/* --- kinds --- */

struct place; /* of a value: its field, its node, its name */
typedef void set_f(struct reader *r, const struct place *at, void *slot);
static set_f set_number, set_text, set_bool, set_choice, set_flags, set_node;

struct kind_info {
	const char *word, *takes;
	set_f *set;
	bool (*number)(struct str text, int64_t *value_r);
	bool (*text)(struct str text);
};

/* clang-format off */
static const struct kind_info kinds[KIND_COUNT_OF] = {
	[KIND_ADDRESS] = { "address", "an address such as 127.0.0.1:8080, [::1]:8080 or :8080",
			   set_text, NULL, is_address },
	[KIND_BOOL]    = { "flag", "true or false", set_bool, NULL, NULL },
	[KIND_BYTES]   = { "size", "a size such as 4096, 16KiB, 10MiB or 1GiB", set_number, value_bytes, NULL },
	[KIND_CHOICE]  = { "word", "a word", set_choice, NULL, NULL },
	[KIND_COUNT]   = { "count", "a whole number", set_number, value_count, NULL },
	[KIND_DATE]    = { "date", "a date such as 2026-11-22", set_text, NULL, is_date },
	[KIND_FLAGS]   = { "words", "a word or a list of words", set_flags, NULL, NULL },
	[KIND_ID]      = { "id", "an id of letters, digits and . _ - / : @ +", set_text, NULL, value_is_id },
	[KIND_NAME]    = { "name", "a name of letters, digits and . _ -", set_text, NULL, value_is_name },
	[KIND_NODE]    = { "structure", "see below", set_node, NULL, NULL },
	[KIND_NUMBER]  = { "number", "a number such as 0.85, with at most six decimals", set_number,
			   price_parse, NULL },
	[KIND_PATH]    = { "path", "a path", set_text, NULL, value_is_printable },
	[KIND_PRICE]   = { "price", "dollars for a million tokens, such as 0.1875, with at most six decimals",
			   set_number, price_parse, NULL },
	[KIND_SECRET]  = { "secret", "a reference to a secret: ${NAME}, file:/PATH or credential:NAME",
			   set_text, NULL, is_secret },
	[KIND_TEXT]    = { "text", "printable text", set_text, NULL, value_is_printable },
	[KIND_TIME]    = { "time", "a time such as 500ms, 30s, 15m, 2h or 7d", set_number, value_time, NULL },
	[KIND_URL]     = { "URL", "a URL, without a password in it", set_text, NULL, is_url },
};
/* clang-format on */

void path_write(char dst[FIELD_PATH_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(dst, FIELD_PATH_MAX, fmt, ap);
	va_end(ap);
}

const char *kind_word(enum kind k)
{
	return kinds[k].word;
}

const char *kind_text(enum kind k)
{
	return kinds[k].takes;
}

struct place {
	const struct node *node;
	const struct field *field;
	char name[FIELD_PATH_MAX]; /* "endpoints.openai.base_url" */
};

/* --- faults --- */

static void fault_kind(struct reader *r, const struct place *at)
{
	fault_at(r->faults, at->node, "%s: \"%.60s\" is not %s", at->name, at->node->text.p,
		 kinds[at->field->kind].takes);
}

/* Says what to write. Never quotes what was written: it may be the secret itself. */
static void fault_secret(struct reader *r, const struct place *at)
{
	struct str name = at->node->text;

	if (str_starts(name, STR("os.environ/")) && is_variable(str_sub(name, 11, name.n)))
		fault_at(r->faults, at->node, "%s: a secret in the environment is written ${%.60s}",
			 at->name, name.p + 11);
	else
		fault_at(r->faults, at->node,
			 "%s: a secret does not stand in the configuration; write where it is: "
			 "${NAME} in the environment, file:/PATH, or credential:NAME of systemd",
			 at->name);
}

static void fault_word(struct reader *r, const struct place *at, const struct node *node)
{
	const char *words = at->field->least;
	char text[GUESS_TEXT_MAX];
	struct str word;
	struct buf list;
	struct guess g;

	guess_start(&g, node->text);
	buf_init(&list, 160);
	for (int i = 0; !str_absent(word = value_nth_word(words, i)); i++) {
		guess_offer(&g, word);
		buf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(word));
	}
	fault_at(r->faults, node, "%s: \"%.60s\" is none of %.*s%s%s", at->name, node->text.p,
		 STR_ARG(buf_str(&list)), buf_ok(&list) ? "" : " ...", guess_text(&g, text));
	buf_release(&list);
}

bool expect_map(struct reader *r, const struct node *node, const char *path)
{
	if (node->type == NODE_MAP)
		return true;
	fault_at(r->faults, node, "%s must be a map (name: value), not %s", path,
		 node_type_text(node));
	return false;
}

bool expect_scalar(struct reader *r, const struct node *node, const char *path)
{
	if (node_is_null(node))
		fault_at(r->faults, node, "%s has no value; leave the line out to have its default",
			 path);
	else if (node->type != NODE_SCALAR)
		fault_at(r->faults, node, "%s must be a single value, not %s", path,
			 node_type_text(node));
	else
		return true;
	return false;
}

/* --- one value --- */

static void set_node(struct reader *r, const struct place *at, void *slot)
{
	(void)r;
	*(const struct node **)slot = at->node;
}

static void set_number(struct reader *r, const struct place *at, void *slot)
{
	const struct field *f = at->field;
	bool (*parse)(struct str, int64_t *) = kinds[f->kind].number;
	int64_t value, least, most;

	if (!expect_scalar(r, at->node, at->name))
		return;
	if (!parse(at->node->text, &value))
		fault_kind(r, at);
	else if (parse(str_of(f->least), &least) && parse(str_of(f->most), &most) &&
		 (value < least || value > most))
		fault_at(r->faults, at->node, "%s: %.60s is out of bounds, from %s to %s", at->name,
			 at->node->text.p, f->least, f->most);
	else
		*(int64_t *)slot = value;
}

static void fault_text(struct reader *r, const struct place *at)
{
	switch (at->field->kind) {
	case KIND_SECRET: fault_secret(r, at); break;
	/* not quoted: there may be a password in it */
	case KIND_URL:
		fault_at(r->faults, at->node, "%s must be %s", at->name, kind_text(KIND_URL));
		break;
	default: fault_kind(r, at);
	}
}

static void set_text(struct reader *r, const struct place *at, void *slot)
{
	const struct field *f = at->field;
	struct str text = at->node->text;
	int64_t most;

	if (!expect_scalar(r, at->node, at->name))
		return;
	if (str_is(str_of(f->least), "0") && str_is(text, "none"))
		*(const char **)slot = NULL;
	else if (text.n == 0 || !kinds[f->kind].text(text))
		fault_text(r, at);
	else if (value_count(str_of(f->most), &most) && text.n > (size_t)most)
		fault_at(r->faults, at->node, "%s: longer than %s bytes", at->name, f->most);
	else
		*(const char **)slot = arena_cstr(r->a, text);
}

static void set_bool(struct reader *r, const struct place *at, void *slot)
{
	if (!expect_scalar(r, at->node, at->name))
		return;
	if (str_is(at->node->text, "true") || str_is(at->node->text, "false"))
		*(bool *)slot = str_is(at->node->text, "true");
	else
		fault_kind(r, at);
}

static void set_choice(struct reader *r, const struct place *at, void *slot)
{
	int word;

	if (!expect_scalar(r, at->node, at->name))
		return;
	word = value_word(at->node->text, at->field->least);
	if (word < 0)
		fault_word(r, at, at->node);
	else
		*(int *)slot = word;
}

static void set_flags(struct reader *r, const struct place *at, void *slot)
{
	bool list = at->node->type == NODE_LIST;
	uint32_t n = list ? at->node->n : 1;

	*(uint32_t *)slot = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct node *item = list ? at->node->items[i] : at->node;
		int word;

		if (!expect_scalar(r, item, at->name))
			continue;
		word = value_word(item->text, at->field->least);
		if (word < 0)
			fault_word(r, at, item);
		else
			*(uint32_t *)slot |= 1u << word;
	}
}

/* --- a whole map --- */

static const struct field *find_field(const struct field *fields, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

static void fault_key(struct reader *r, const struct node *key, const struct field *fields,
		      size_t n, const char *path)
{
	char text[GUESS_TEXT_MAX];
	struct guess g;

	guess_start(&g, key->text);
	for (size_t i = 0; i < n; i++)
		guess_offer(&g, str_of(fields[i].name));
	fault_at(r->faults, key, "%s: there is no key \"%.60s\"%s", path, key->text.p,
		 guess_text(&g, text));
}

void fields_read(struct reader *r, const struct node *map, const struct field *fields, size_t n,
		 const char *path, void *base)
{
	if (!node_is_null(map) && !expect_map(r, map, path))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct field *f = find_field(fields, n, map->keys[i]->text);

		struct place at = { .node = map->items[i], .field = f };

		if (!f) {
			fault_key(r, map->keys[i], fields, n, path);
			continue;
		}
		path_write(at.name, "%s.%s", path, f->name);
		kinds[f->kind].set(r, &at, (char *)base + f->offset);
	}
	for (size_t i = 0; i < n; i++)
		if (fields[i].need == MUST && !node_get(map, fields[i].name))
			fault_at(r->faults, map, "%s: \"%s\" is missing", path, fields[i].name);
}

static void set_default(const struct field *f, void *slot)
{
	struct str text = str_of(f->fallback);
	int64_t number;

	switch (f->kind) {
	case KIND_BOOL: *(bool *)slot = str_is(text, "true"); break;
	case KIND_CHOICE: *(int *)slot = value_word(text, f->least); break;
	case KIND_FLAGS: *(uint32_t *)slot = 0; break;
	case KIND_NODE: *(const struct node **)slot = NULL; break;
	default:
		if (!kinds[f->kind].number)
			*(const char **)slot = text.n ? f->fallback : NULL;
		else
			*(int64_t *)slot = kinds[f->kind].number(text, &number) ? number : -1;
	}
}

void fields_default(const struct field *fields, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++)
		set_default(&fields[i], (char *)base + fields[i].offset);
}
