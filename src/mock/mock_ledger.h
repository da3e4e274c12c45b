/*
 * mock_ledger.h -- what the vendors would have billed, one JSON line a request.
 *
 * Lines are appended, each with one write(), when it is known what is billed: so the
 * file is the truth that a gateway's books are held against, whatever was killed. It
 * is also what `smartrouter reconcile --records` reads. doc/mock-vendor.md lists the
 * members.
 */
#ifndef MOCK_MOCK_LEDGER_H
#define MOCK_MOCK_LEDGER_H

#include "base/buf.h"
#include "base/err.h"
#include "mock/mock_answer.h"

struct mock_bill {
	uint64_t number;            /* of the request, from 1 */
	int64_t arrived_us, now_us; /* since 1970 */
	const char *vendor, *dialect;
	struct str model;   /* as asked for; absent: it could not be read */
	struct str attempt; /* the caller's id of this request */
	struct str rule;    /* name of the rule that applied */
	bool stream;
	int status;
	const char *outcome;
	struct mock_usage usage;           /* what is billed */
	const struct mock_usage *reported; /* what the client was told; NULL: nothing */
	int64_t billed_nanos;
	bool unpriced;       /* no price was known */
	uint64_t body_bytes; /* of the answer */
};

struct mock_ledger {
	int fd;          /* -1: none is kept */
	int requests_fd; /* the same, of requests as they came */
};

/* path NULL: none */
bool mock_ledger_open(const char *path, int *fd_r, struct fault *fault_r) MUST_CHECK;
void mock_ledger_close(struct mock_ledger *l);
void mock_ledger_bill(const struct mock_ledger *l, const struct mock_bill *bill);
/* headers: names and values in turn */
void mock_ledger_request(const struct mock_ledger *l, uint64_t number, struct str method,
			 struct str path, const struct str headers[][2], size_t n, struct str body);

#endif
