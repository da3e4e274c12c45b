/* catalog_file.c -- reading files as they are, without the server's rules about them. */
#include "tools/catalog_file.h"

#include <stdio.h>

#define SAID_MAX (16u << 20)

bool file_read(void *who, const char *path, struct buf *text_r, struct fault *fault_r)
{
	FILE *file = fopen(path, "rbe");
	char piece[65536];
	bool fine;
	size_t n;

	(void)who;
	if (!file) {
		fault_set(fault_r, ERR_INTERNAL, "", "%s: it cannot be opened", path);
		return false;
	}
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text_r, (struct str){ piece, n });
	fine = !ferror(file) && buf_ok(text_r);
	fclose(file);
	if (!fine)
		fault_set(fault_r, ERR_INTERNAL, "", "%s: it cannot be read", path);
	return fine;
}

struct catalog *catalog_load(const char *path)
{
	struct conf_faults faults;
	struct settings *settings;
	struct catalog *c;
	struct buf said;

	if (conf_load(path, file_read, NULL, &settings, &c, &faults)) {
		settings_unref(settings);
		return c;
	}
	buf_init(&said, SAID_MAX);
	conf_faults_print(&faults, &said);
	fputs(buf_cstr(&said), stderr);
	buf_release(&said);
	return NULL;
}
