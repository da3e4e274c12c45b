/* config.c -- find and read the configuration file of this process. */
#include "io/config.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_PATH "/etc/smartrouter/smartrouter.yaml"

const char *config_path(const char *path)
{
	const char *env = getenv("SMARTROUTER_CONFIG");

	if (path)
		return path;
	return env && *env ? env : DEFAULT_PATH;
}

bool config_file(void *who, const char *path, struct buf *text_r, struct fault *fault_r)
{
	FILE *f = fopen(path, "re");
	char block[8192];
	size_t n;
	bool fine;

	(void)who;
	if (!f) {
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(block, 1, sizeof(block), f)) > 0 && buf_ok(text_r))
		buf_add(text_r, (struct str){ block, n });
	fine = !ferror(f) && buf_ok(text_r) && text_r->n > 0;
	if (!buf_ok(text_r))
		fault_set(fault_r, ERR_VALUE, "", "%s: the file is too large", path);
	else if (!fine)
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path,
			  ferror(f) ? strerror(errno) : "the file is empty");
	fclose(f);
	return fine;
}

bool config_load(const char *path, struct settings **settings_r, struct catalog **catalog_r)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	struct buf text;
	bool fine = false;

	buf_init(&text, CONF_TEXT_MAX);
	if (faults) {
		fine = conf_load(config_path(path), config_file, NULL, settings_r, catalog_r, faults);
		conf_faults_print(faults, &text);
	}
	fwrite(text.p ? text.p : "", 1, text.n, stderr);
	buf_release(&text);
	free(faults);
	return fine;
}

/* what the one in use had and the new one has none of at all; NULL: nothing */
static const char *taken_away(const struct catalog *in_use, const struct catalog *new)
{
	if (in_use->n_endpoints && !new->n_endpoints)
		return "endpoint";
	return in_use->n_models && !new->n_models ? "model" : NULL;
}

bool config_reload(const char *path, const struct catalog *in_use, struct settings **settings_r,
		   struct catalog **catalog_r)
{
	const char *gone;

	if (!config_load(path, settings_r, catalog_r))
		return false;
	gone = in_use ? taken_away(in_use, *catalog_r) : NULL;
	if (!gone)
		return true;
	fprintf(stderr, "%s: there is no %s any more; if that is meant, start again with it\n",
		config_path(path), gone);
	settings_unref(*settings_r);
	catalog_unref(*catalog_r);
	return false;
}

void config_process_name(char dst[24], const char *setting, unsigned number)
{
	char host[256] = "localhost";

	if (setting) {
		str_copy(dst, 24, str_of(setting));
		return;
	}
	gethostname(host, sizeof(host) - 1);
	snprintf(dst, 24, "%.16s-%u", host, number % 1000000);
}
