/* check_secret.c -- references are resolved, and faults never hold a secret. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "io/secret.h"

#define CANARY "canary-7c1e"

static char folder[] = "/tmp/check_secret.XXXXXX";
static char path[128];

static void setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

static void put(const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

static struct str file_reference(void)
{
	static char reference[160];

	snprintf(reference, sizeof(reference), "file:%s", path);
	return str_of(reference);
}

static void assert_is(struct str reference, const char *text)
{
	struct fault f = { .text = "" };
	struct secret *s = secret_resolve(reference, &f);

	ck_assert_msg(s != NULL, "%s", f.text);
	ck_assert_str_eq(secret_text(s), text);
	secret_free(s);
}

static void assert_refused(struct str reference, const char *why)
{
	struct fault f = { .text = "" };

	ck_assert_ptr_null(secret_resolve(reference, &f));
	ck_assert_msg(strstr(f.text, why) != NULL, "not \"%s\" in \"%s\"", why, f.text);
	ck_assert_ptr_null(strstr(f.text, CANARY));
}

START_TEST(variable_is_read)
{
	setenv("CHECK_SECRET", CANARY, 1);
	assert_is(STR("${CHECK_SECRET}"), CANARY);
	setenv("CHECK_SECRET", "", 1);
	assert_refused(STR("${CHECK_SECRET}"), "empty");
	unsetenv("CHECK_SECRET");
	assert_refused(STR("${CHECK_SECRET}"), "no CHECK_SECRET");
}
END_TEST

START_TEST(file_is_read_without_its_newline)
{
	put(CANARY "\n", sizeof(CANARY));
	assert_is(file_reference(), CANARY);
	put(CANARY "\r\n", sizeof(CANARY) + 1);
	assert_is(file_reference(), CANARY);
	put(CANARY, sizeof(CANARY) - 1);
	assert_is(file_reference(), CANARY);
}
END_TEST

START_TEST(credential_is_read)
{
	put(CANARY, sizeof(CANARY) - 1);
	assert_is(STR("credential:key"), CANARY);
	assert_refused(STR("credential:other"), "No such file");
	assert_refused(STR("credential:../key"), "not the name");
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_refused(STR("credential:key"), "given none");
}
END_TEST

START_TEST(what_cannot_be_a_header_is_refused)
{
	static char large[SECRET_MAX + 1];

	put(CANARY "\n" CANARY, 2 * sizeof(CANARY) - 1);
	assert_refused(file_reference(), "more than one line");
	put(CANARY "\0x", sizeof(CANARY) + 1);
	assert_refused(file_reference(), "NUL");
	put("\n", 1);
	assert_refused(file_reference(), "empty");
	memset(large, 'x', sizeof(large));
	put(large, sizeof(large));
	assert_refused(file_reference(), "longer than 4096");
	put(large, sizeof(large) - 1);
	secret_free(secret_resolve(file_reference(), &(struct fault){ .text = "" }));
	assert_refused(STR("file:/nonexistent/key"), "No such file");
}
END_TEST

START_TEST(secret_in_place_of_a_reference_is_not_repeated)
{
	assert_refused(STR(CANARY), "not a reference");
	assert_refused(STR("${" CANARY), "not a reference");
}
END_TEST

START_TEST(own_secret)
{
	struct secret *s = secret_of(STR("authorization: Bearer " CANARY));
	static char large[SECRET_MAX + 1];

	ck_assert_str_eq(secret_text(s), "authorization: Bearer " CANARY);
	secret_free(s);
	memset(large, 'x', sizeof(large));
	ck_assert_ptr_null(secret_of((struct str){ large, sizeof(large) }));
	secret_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("secret");
	TCase *tc = tcase_create("references");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, variable_is_read);
	tcase_add_test(tc, file_is_read_without_its_newline);
	tcase_add_test(tc, credential_is_read);
	tcase_add_test(tc, what_cannot_be_a_header_is_refused);
	tcase_add_test(tc, secret_in_place_of_a_reference_is_not_repeated);
	tcase_add_test(tc, own_secret);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
