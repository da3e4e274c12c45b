/* fault_rules.c -- a vendor's error to the four answers, by a table. */
#include "core/fault_rules.h"

#include <time.h>

#define LONGEST_WAIT_MS (24LL * 3600 * 1000)

static bool status_matches(int wanted, int status)
{
	return wanted == 0 || wanted == status || (wanted == 599 && status >= 500 && status <= 599);
}

static bool matches(const struct fault_rule *r, int status, const struct vendor_fault *f)
{
	return status_matches(r->status, status) && (!r->type || str_is(f->type, r->type)) &&
	       (!r->code || str_is(f->type_code, r->code)) &&
	       (!r->text || str_ihas(f->message, r->text));
}

static void answer(struct vendor_fault *f, enum err code, int answers)
{
	f->code = code;
	f->retry = answers & RETRY;
	f->failover = answers & FAILOVER;
	f->health = answers & HEALTH;
	f->credential = answers & OUT ? CRED_OUT : answers & COOL ? CRED_COOL : CRED_FINE;
}

void fault_plain(struct vendor_fault *f, enum err code, int answers)
{
	*f = (struct vendor_fault){ .retry_after_ms = -1 };
	answer(f, code, answers);
}

static void answer_by_status(struct vendor_fault *f, int status)
{
	if (status == 429)
		answer(f, ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL);
	else if (status == 503 || status == 529)
		answer(f, ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH);
	else if (status == 408 || status == 504)
		answer(f, ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH);
	else if (status >= 500)
		answer(f, ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH);
	else if (status == 409) /* with something else under way: it passes */
		answer(f, ERR_VENDOR_ERROR, RETRY | FAILOVER);
	else if (status == 401 || status == 402 || status == 403)
		answer(f, ERR_VENDOR_KEY, FAILOVER | OUT);
	else if (status == 404)
		answer(f, ERR_MODEL_UNKNOWN, FAILOVER);
	else if (status == 413)
		answer(f, ERR_BODY_SIZE, FAILOVER);
	else if (status >= 400)
		answer(f, ERR_VENDOR_REQUEST, 0);
	else
		answer(f, ERR_VENDOR_GARBAGE, FAILOVER | HEALTH);
}

static int64_t seconds_to_ms(struct str value)
{
	char text[32], *end;
	double s;

	if (value.n == 0 || !str_copy(text, sizeof(text), value))
		return -1;
	s = strtod(text, &end);
	if (*end != '\0' || !(s >= 0 && s * 1000 <= (double)LONGEST_WAIT_MS))
		return -1;
	return (int64_t)(s * 1000);
}

int64_t retry_after_parse(struct str value, int64_t now_s)
{
	struct tm tm = { 0 };
	char text[64];
	int64_t ms;

	value = str_trim(value);
	if (value.n && value.p[0] >= '0' && value.p[0] <= '9')
		return seconds_to_ms(value);
	if (!str_copy(text, sizeof(text), value) || !strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return -1;
	ms = ((int64_t)timegm(&tm) - now_s) * 1000;
	return ms >= 0 && ms <= LONGEST_WAIT_MS ? ms : -1;
}

static int64_t wait_asked_for(const struct vendor_head *head)
{
	int64_t ms;

	if (head->status != 429 && head->status < 500)
		return -1;
	if (str_i64(str_trim(head->retry_after_ms), &ms) && ms >= 0 && ms <= LONGEST_WAIT_MS)
		return ms;
	return retry_after_parse(head->retry_after, head->now_s);
}

void fault_by_rules(const struct fault_rule *rules, size_t n, const struct vendor_head *head,
		    struct vendor_fault *f)
{
	f->retry_after_ms = wait_asked_for(head);
	for (size_t i = 0; i < n; i++) {
		if (matches(&rules[i], head->status, f)) {
			answer(f, rules[i].error, rules[i].answers);
			return;
		}
	}
	answer_by_status(f, head->status);
}
