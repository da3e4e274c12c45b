/*
 * ablation.h -- is a safety rule switched off? Never, in what users get: there this is a constant
 * and leaves no code behind. A build for the proof of the product reads the environment once, at
 * its start.
 */
#ifndef BASE_ABLATION_H
#define BASE_ABLATION_H

#include <stdbool.h>

enum ablation {
#define ABLATION(name, text) ABLATE_##name,
#include "tbl/ablations.h"
#undef ABLATION
	ABLATION_COUNT
};

#ifdef ENABLE_ABLATION
bool ablated(enum ablation a);
#else
#define ablated(a) false
#endif

#endif
