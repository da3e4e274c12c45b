/*
 * fault_rules.h -- a vendor's error to the four answers, by a table.
 *
 * Each dialect holds its table of rules, most particular first; the first that
 * matches decides. A rule's NULL or 0 field matches anything. The tables are the
 * error tables of doc/vendors.md.
 */
#ifndef CORE_FAULT_RULES_H
#define CORE_FAULT_RULES_H

#include "core/dialect.h"

enum { RETRY = 1, FAILOVER = 2, HEALTH = 4, COOL = 8, OUT = 16 };

struct fault_rule {
	int status;       /* 0 = any; 500 matches 500 only; 599 = any 5xx */
	const char *type; /* the vendor's error type, whole */
	const char *code; /* the vendor's error code, whole */
	const char *text; /* a piece of its message, letters of either case */
	enum err error;
	int answers;      /* of the enum above */
};

/*
 * Fill *f from the first rule that matches its type, type_code and message (set
 * before by the caller) and the status. No rule: by the status alone (408 and 5xx
 * retry, failover, health; 409 retry, failover; 429 retry, failover, cool; else
 * nothing). Reads Retry-After on 429 and 5xx only, because some vendors send it with
 * a 200 too.
 */
void fault_by_rules(const struct fault_rule *rules, size_t n, const struct vendor_head *head,
		    struct vendor_fault *f);

/* a fault that no rule is needed for */
void fault_plain(struct vendor_fault *f, enum err code, int answers);

/* "120", "0.5" (seconds) or an HTTP date, to milliseconds from now; -1 when it is neither,
 * lies in the past, or is further away than a day */
int64_t retry_after_parse(struct str value, int64_t now_s);

#endif
