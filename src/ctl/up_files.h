/* up_files.h -- what `smartrouter up` writes into its folder. */
#ifndef CTL_UP_FILES_H
#define CTL_UP_FILES_H

#include "base/err.h"

#define UP_CONFIG "smartrouter.yaml" /* in the folder */

/* secrets, Redis' configuration, and the shipped configuration, of which edited files are kept */
bool up_write_files(const char *dir, struct fault *fault_r) MUST_CHECK;

struct up_config {
	const char *dir, *listen, *admin_listen;
	const char *mock_url; /* NULL: real vendors */
};

/* unless it was edited, which is said on standard error */
bool up_write_config(const struct up_config *c, struct fault *fault_r) MUST_CHECK;

#endif
