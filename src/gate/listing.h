/*
 * listing.h -- GET /v1/models: the models and aliases that a key may use.
 */
#ifndef GATE_LISTING_H
#define GATE_LISTING_H

struct request;

/* Both write the body into r->out, or fill r->fault, and reply. */
void listing_models(struct request *r);
void listing_model(struct request *r);

#endif
