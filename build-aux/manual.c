/*
 * manual.c -- fill the tables into man/smartrouter.yaml.5.in, at build time.
 *
 * A line "@PART@" of the template becomes what conf_manual_print() has for PART.
 * usage: manual TEMPLATE >PAGE
 */
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"

#define PAGE_MAX (1 << 20)

/* "@settings@\n" to "settings"; absent: an ordinary line */
static struct str part_of(struct str line)
{
	line = str_trim(line);
	if (line.n < 3 || line.p[0] != '@' || line.p[line.n - 1] != '@')
		return STR_NONE;
	return str_sub(line, 1, line.n - 1);
}

int main(int argc, char **argv)
{
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	struct buf page;
	char line[1024];
	bool ok = true;

	if (!template) {
		fprintf(stderr, "usage: manual TEMPLATE >PAGE\n");
		return EXIT_FAILURE;
	}
	buf_init(&page, PAGE_MAX);
	while (ok && fgets(line, sizeof(line), template)) {
		struct str part = part_of(str_of(line));

		if (str_absent(part))
			buf_adds(&page, line);
		else
			ok = conf_manual_print(&page, part);
		if (!ok)
			fprintf(stderr, "manual: nothing is known of %s", line);
	}
	fclose(template);
	ok = ok && buf_ok(&page) && fwrite(page.p, 1, page.n, stdout) == page.n &&
	     fflush(stdout) == 0;
	buf_release(&page);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
