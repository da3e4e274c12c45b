/* effort.h -- how much a model is to think before it answers. */
#ifndef MODEL_EFFORT_H
#define MODEL_EFFORT_H

enum effort { EFFORT_UNSET, EFFORT_NONE, EFFORT_MINIMAL, EFFORT_LOW, EFFORT_MEDIUM, EFFORT_HIGH,
	      EFFORT_XHIGH, EFFORT_MAX };

#endif
