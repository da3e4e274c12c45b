/*
 * models.h -- what is known of a model only while the catalog is built.
 */
#ifndef CONF_MODELS_H
#define CONF_MODELS_H

#include "conf/fleet.h"

struct model_item {
	struct model m;
	const struct node *at; /* where it stands */
	struct str price;      /* the model whose price it shall have; absent: its own */
	struct str quality;    /* the model whose figures it shall have; absent: its own */
	struct str base;       /* of a snapshot: whose price and figures it has when it has none of its own */
	int64_t rank;          /* of its vendor */
};

#endif
