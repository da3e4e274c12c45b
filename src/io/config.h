/*
 * config.h -- find and read the configuration file of this process.
 */
#ifndef IO_CONFIG_H
#define IO_CONFIG_H

#include "conf/conf.h"

/* path, else $SMARTROUTER_CONFIG, else /etc/smartrouter/smartrouter.yaml */
const char *config_path(const char *path);

/* A file's text, at most CONF_TEXT_MAX bytes; for conf_load(). who is not used. One that holds
 * nothing is refused: it is half saved. */
bool config_file(void *who, const char *path, struct buf *text_r, struct fault *fault_r);

/*
 * Read the configuration at config_path(path). Faults go to standard error, a line each; notes
 * only when nothing else is wrong. False: there are errors, and nothing is returned.
 */
bool config_load(const char *path, struct settings **settings_r, struct catalog **catalog_r)
	MUST_CHECK;

/* The same again. One that would take all endpoints or all models of what is in use away is
 * refused: half saved it is more often than meant. NULL: the file does not say what is in use. */
bool config_reload(const char *path, const struct catalog *in_use, struct settings **settings_r,
		   struct catalog **catalog_r) MUST_CHECK;

/* A name for a process of the fleet: the setting, or when it is not set the host's name and a
 * number that no other process of the host has (a port, a process id). */
void config_process_name(char dst[24], const char *setting, unsigned number);

#endif
