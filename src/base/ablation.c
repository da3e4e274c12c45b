/* ablation.c -- the rules that the environment names, in a build that has this at all. */
#include "base/ablation.h"

#ifdef ENABLE_ABLATION
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

static const char *const names[ABLATION_COUNT] = {
#define ABLATION(name, text) #name,
#include "tbl/ablations.h"
#undef ABLATION
};

static bool off[ABLATION_COUNT];

static bool switch_off(struct str name)
{
	for (int a = 0; a < ABLATION_COUNT; a++) {
		if (!str_is(name, names[a]))
			continue;
		fprintf(stderr, "ablated: %s\n", names[a]);
		return off[a] = true;
	}
	return false;
}

/* before main, so that nothing changes once there are threads */
__attribute__((constructor)) static void read_environment(void)
{
	struct str list = str_of(getenv("SMARTROUTER_ABLATE"));

	while (list.n > 0) {
		struct str name = str_cut(&list, ',');

		if (!switch_off(name)) {
			fprintf(stderr, "SMARTROUTER_ABLATE: no rule is called %.*s\n",
				STR_ARG(name));
			exit(2);
		}
	}
}

bool ablated(enum ablation a)
{
	return off[a];
}
#endif
