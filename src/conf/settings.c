/* settings.c -- tbl/settings.h as a table, a reader and a comparison. */
#include "conf/settings.h"

#include <stdlib.h>

#include "conf/redis_url.h"
#include "core/kept.h"

#define SETTINGS_MEMORY (1u << 20)

#define SLOT_ADDRESS(name) name
#define SLOT_BOOL(name)    name
#define SLOT_BYTES(name)   name##_bytes
#define SLOT_CHOICE(name)  name
#define SLOT_COUNT(name)   name
#define SLOT_NAME(name)    name
#define SLOT_PATH(name)    name
#define SLOT_SECRET(name)  name
#define SLOT_TEXT(name)    name
#define SLOT_TIME(name)    name##_ms
#define SLOT_URL(name)     name

static const struct setting table[] = {
#define SETTING(section, name, kind, fallback, least, most, when, text) \
	{ #section, #section "." #name, when },
#include "tbl/settings.h"
#undef SETTING
};

static const struct field fields[] = {
#define SETTING(section, name, kind, fallback, least, most, when, text)                          \
	{ #name,    KIND_##kind, MAY,  offsetof(struct settings, SLOT_##kind(section##_##name)), \
	  fallback, least,       most, text },
#include "tbl/settings.h"
#undef SETTING
};

static const struct {
	int64_t times;
	size_t smaller, larger; /* offsets */
} orders[] = {
#define LESS(times, smaller, larger) \
	{ times, offsetof(struct settings, smaller), offsetof(struct settings, larger) },
#include "tbl/settings.h"
#undef LESS
};

const struct setting *settings_table(size_t *n_r)
{
	*n_r = COUNT_OF(table);
	return table;
}

const struct field *settings_fields(void)
{
	return fields;
}

bool settings_has_section(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (str_is(name, table[i].section))
			return true;
	return false;
}

struct settings *settings_new(void)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	arena_init(&s->arena, SETTINGS_MEMORY);
	fields_default(fields, COUNT_OF(fields), s);
	return s;
}

struct settings *settings_ref(struct settings *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void settings_unref(struct settings *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_release(&s->arena);
	free(s);
}

/* the line of a member */
static size_t line_at(size_t offset)
{
	size_t i = 0;

	while (fields[i].offset != offset)
		i++;
	return i;
}

static const struct node *given(const struct node *root, size_t line)
{
	const struct node *section = node_get(root, table[line].section);

	return section ? node_get(section, fields[line].name) : NULL;
}

static int64_t number_at(const struct settings *s, size_t offset)
{
	return *(const int64_t *)((const char *)s + offset);
}

static void check_orders(const struct settings *s, const struct node *root,
			 struct conf_faults *faults)
{
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		size_t smaller = line_at(orders[i].smaller), larger = line_at(orders[i].larger);
		const struct node *where = given(root, smaller);
		int64_t times = orders[i].times;
		char so_many[32] = "";

		if (times * number_at(s, orders[i].smaller) <= number_at(s, orders[i].larger))
			continue;
		if (times > 1)
			snprintf(so_many, sizeof(so_many), "%lld times ", (long long)times);
		fault_at(faults, where ? where : given(root, larger), "%s%s must not be above %s",
			 so_many, table[smaller].name, table[larger].name);
	}
}

static void check_redis_url(const struct settings *s, const struct node *root,
			    struct conf_faults *faults)
{
	struct redis_url url;
	struct fault f;

	if (redis_url_parse(str_of(s->redis_url), &url, &f) != ERR_OK)
		fault_at(faults, given(root, line_at(offsetof(struct settings, redis_url))), "%s",
			 f.text);
}

void settings_read(struct settings *s, const struct node *root, struct conf_faults *faults)
{
	struct reader r = { &s->arena, faults };

	for (size_t from = 0, to; from < COUNT_OF(table); from = to) {
		const char *section = table[from].section;
		const struct node *node = node_get(root, section);

		for (to = from + 1; to < COUNT_OF(table) && !strcmp(table[to].section, section);)
			to++;
		if (node)
			fields_read(&r, node, &fields[from], to - from, section, s);
	}
	check_orders(s, root, faults);
	check_redis_url(s, root, faults);
}

static bool is_text(enum kind k)
{
	switch (k) {
	case KIND_BOOL:
	case KIND_BYTES:
	case KIND_CHOICE:
	case KIND_COUNT:
	case KIND_TIME: return false;
	default: return true;
	}
}

static size_t size_of(enum kind k)
{
	switch (k) {
	case KIND_BOOL: return sizeof(bool);
	case KIND_CHOICE: return sizeof(int);
	default: return sizeof(int64_t);
	}
}

static bool same(const struct field *f, const struct settings *a, const struct settings *b)
{
	const char *left = (const char *)a + f->offset, *right = (const char *)b + f->offset;

	if (is_text(f->kind))
		return str_eq(str_of(*(const char *const *)left),
			      str_of(*(const char *const *)right));
	return memcmp(left, right, size_of(f->kind)) == 0;
}

const char *settings_restart(const struct settings *old, const struct settings *new, size_t *i)
{
	while (*i < COUNT_OF(table)) {
		size_t line = (*i)++;

		if (table[line].when == RESTART && !same(&fields[line], old, new))
			return table[line].name;
	}
	return NULL;
}
