/*
 * redis_map.h -- the nodes of a Cluster, and which of them has a slot.
 *
 * Each primary has a connection. The map is asked for (CLUSTER SLOTS) at the start,
 * when a node does not answer or points elsewhere, and again and again while a slot
 * has nobody, but never more often than retry_min. A node that the map no longer
 * names is dropped.
 */
#ifndef IO_REDIS_MAP_H
#define IO_REDIS_MAP_H

#include "io/redis_parts.h"

struct map;
struct node;

struct map_events {
	/* The map is another one, or a node of it has come up. */
	void (*better)(void *who);
	/* A node went up or down; `any`: some node is up now. */
	void (*node)(void *who, const struct redis_place *place, bool up, bool any,
		     const char *why);
	/* The map does not name this node any more, which says nothing of its being up. */
	void (*dropped)(void *who, const struct redis_place *place);
};

/* Begins with the places of r's URL. Never NULL; no event comes inside this call. */
struct map *map_new(struct redis *r, const struct map_events *events, void *who);
/* The calls that wait are answered as by peer_free(). */
void map_free(struct map *m);

bool map_is_known(const struct map *m);
/* NULL: not known, or nobody has it */
struct node *map_node(const struct map *m, uint16_t slot);
/* one that is up, each time another; NULL: none is */
struct node *map_any(struct map *m);
/* The node at this place, a new one if need be; host absent: that of `asked`. NULL: the place is
 * not good, or there are too many nodes. */
struct node *map_node_at(struct map *m, const struct node *asked, struct str host, int64_t port);
/* From now on this node has the slot, until a new map says otherwise. */
void map_assign(struct map *m, uint16_t slot, struct node *n);
/* The map is out of date. */
void map_doubt(struct map *m);

struct peer *node_peer(const struct node *n);
const struct redis_place *node_place(const struct node *n);

#endif
