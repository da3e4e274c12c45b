/*
 * secret.c -- a credential, resolved from its reference.
 *
 * libsodium's allocator locks the pages, keeps them out of core dumps, guards both
 * ends and wipes on free. Bytes are read straight into them.
 */
#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <unistd.h>

#define SECRET_MAGIC 0x73637274u

struct secret {
	uint32_t magic;
	char *text; /* from sodium_malloc(), SECRET_MAX and a NUL */
};

static struct secret *secret_new(void)
{
	struct secret *s = calloc(1, sizeof(*s));

	if (!s || sodium_init() < 0) {
		free(s);
		return NULL;
	}
	s->magic = SECRET_MAGIC;
	s->text = sodium_malloc(SECRET_MAX + 1);
	if (!s->text) {
		free(s);
		return NULL;
	}
	s->text[0] = '\0';
	return s;
}

/* --- where it may be --- */

/* The reference's name goes into texts, never the value. False: *f says why. */
typedef bool read_f(struct secret *s, const char *name, struct fault *f);

static bool read_variable(struct secret *s, const char *name, struct fault *f)
{
	const char *value = getenv(name);

	if (!value)
		fault_set(f, ERR_VALUE, "", "the environment has no %s", name);
	else if (!str_copy(s->text, SECRET_MAX + 1, str_of(value)))
		fault_set(f, ERR_VALUE, "", "%s is longer than %d bytes", name, SECRET_MAX);
	else
		return true;
	return false;
}

static ssize_t read_all(int fd, char *dst, size_t cap)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, dst + n, cap - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static bool read_file(struct secret *s, const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read_all(fd, s->text, SECRET_MAX + 1);

	if (n < 0)
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	else if (n > SECRET_MAX)
		fault_set(f, ERR_VALUE, "", "%s is longer than %d bytes", path, SECRET_MAX);
	if (fd >= 0)
		close(fd);
	if (n < 0 || n > SECRET_MAX)
		return false;
	while (n > 0 && (s->text[n - 1] == '\n' || s->text[n - 1] == '\r'))
		n--;
	s->text[n] = '\0';
	if (memchr(s->text, '\0', (size_t)n)) {
		fault_set(f, ERR_VALUE, "", "%s holds a NUL", path);
		return false;
	}
	return true;
}

static bool read_credential(struct secret *s, const char *name, struct fault *f)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];

	if (!directory) {
		fault_set(f, ERR_VALUE, "", "credential %s: systemd has given none", name);
		return false;
	}
	if (strchr(name, '/') ||
	    snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
		fault_set(f, ERR_VALUE, "", "%s is not the name of a credential", name);
		return false;
	}
	return read_file(s, path, f);
}

static const struct {
	struct str before, after;
	read_f *read;
} kinds[] = {
	{ { "${", 2 }, { "}", 1 }, read_variable },
	{ { "file:", 5 }, { "", 0 }, read_file },
	{ { "credential:", 11 }, { "", 0 }, read_credential },
};

/* --- */

static bool resolve(struct secret *s, struct str reference, struct fault *f)
{
	char name[PATH_MAX];

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct str before = kinds[i].before, after = kinds[i].after;

		if (!str_starts(reference, before) || !str_ends(reference, after))
			continue;
		if (!str_copy(name, sizeof(name),
			      str_sub(reference, before.n, reference.n - after.n)))
			break;
		return kinds[i].read(s, name, f);
	}
	/* what somebody wrote here may be the secret itself */
	fault_set(f, ERR_VALUE, "",
		  "this is not a reference to a secret: ${NAME}, file:/path or "
		  "credential:NAME");
	return false;
}

/* it ends up in a header */
static bool is_one_line(const char *text)
{
	return text[0] && !text[strcspn(text, "\r\n")];
}

struct secret *secret_resolve(struct str reference, struct fault *f)
{
	struct secret *s = secret_new();

	if (!s) {
		fault_set(f, ERR_INTERNAL, "", "no memory that can be locked");
		return NULL;
	}
	if (!resolve(s, reference, f)) {
		secret_free(s);
		return NULL;
	}
	if (!is_one_line(s->text)) {
		fault_set(f, ERR_VALUE, "", "%.*s is %s", STR_ARG(reference),
			  s->text[0] ? "more than one line" : "empty");
		secret_free(s);
		return NULL;
	}
	return s;
}

struct secret *secret_of(struct str bytes)
{
	struct secret *s = secret_new();

	if (s && !str_copy(s->text, SECRET_MAX + 1, bytes)) {
		secret_free(s);
		return NULL;
	}
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	CHECK_OBJ(s, SECRET_MAGIC);
	sodium_free(s->text);
	s->magic = 0;
	free(s);
}

const char *secret_text(const struct secret *s)
{
	CHECK_OBJ(s, SECRET_MAGIC);
	return s->text;
}
