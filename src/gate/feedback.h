/*
 * feedback.h -- POST /v1/feedback: how good an answer was.
 */
#ifndef GATE_FEEDBACK_H
#define GATE_FEEDBACK_H

struct request;

void feedback_answer(struct request *r);

#endif
