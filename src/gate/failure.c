/* failure.c -- a vendor's fault in words for the client. */
#include "gate/failure.h"

#include "core/scrub.h"
#include "gate/request.h"
#include "gate/secrets.h"

#define LONGEST_QUOTE 200

/* "param" of vendors is a short word; anything else is not passed on */
static bool is_word(struct str s)
{
	if (s.n == 0 || s.n > 60)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

static struct str scrubbed(struct request *r, const struct attempt *a, struct str text)
{
	struct str credential = secrets_credential(r->catalog->secrets,
						   a->candidate->target->endpoint);

	return scrub_message(&r->arena, text, &r->chat, credential, LONGEST_QUOTE);
}

void failure_fault(struct request *r, const struct attempt *a, struct fault *fault_r)
{
	const struct model *m = a->candidate->target->model;
	const struct vendor_fault *v = &a->fault;
	enum err code = r->head_sent ? ERR_VENDOR_CUT : v->code;
	struct str quote = STR_NONE;

	if (!str_absent(v->message))
		quote = scrubbed(r, a, v->message);
	fault_set(fault_r, code, "", "%.*s/%.*s: %s%s%.*s", STR_ARG(m->vendor), STR_ARG(m->id),
		  err_info(code)->text, quote.n ? ": " : "", (int)quote.n, quote.n ? quote.p : "");
	if (is_word(v->param) && str_eq(scrubbed(r, a, v->param), v->param))
		str_copy(fault_r->param, sizeof(fault_r->param), v->param);
	if (v->retry_after_ms > 0)
		fault_r->retry_after_s = (int)((v->retry_after_ms + 999) / 1000);
}
