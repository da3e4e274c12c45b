/* pipe_out.c -- the object that goes out, member by member. */
#include "core/scrub.h"
#include "pipe.h"

void out_name(struct buf *out, const char *name)
{
	struct str so_far = buf_str(out);

	if (so_far.n && so_far.p[so_far.n - 1] != '{' && so_far.p[so_far.n - 1] != '[')
		buf_addc(out, ',');
	json_quote(out, str_of(name));
	buf_addc(out, ':');
}

void out_text(struct buf *out, const char *name, struct str text)
{
	out_name(out, name);
	if (str_absent(text))
		buf_adds(out, "null");
	else
		json_quote(out, text);
}

void out_int(struct buf *out, const char *name, int64_t value)
{
	out_name(out, name);
	buf_addi(out, value);
}

void out_bool(struct buf *out, const char *name, bool value)
{
	out_name(out, name);
	buf_adds(out, value ? "true" : "false");
}

void out_usage(struct buf *out, const char *name, const struct usage *usage)
{
	out_name(out, name);
	if (!usage->seen) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (int c = 0; c < USAGE_COUNT; c++)
		out_int(out, usage_class_name((enum usage_class)c), usage->tokens[c]);
	out_int(out, "reasoning", usage->reasoning);
	out_bool(out, "estimated", usage->estimated);
	buf_addc(out, '}');
}

void out_vendor_fault(struct buf *out, const char *name, const struct vendor_fault *fault)
{
	static const char *const credential[] = { "fine", "cool", "out" };

	out_name(out, name);
	buf_addc(out, '{');
	out_text(out, "error", str_of(err_info(fault->code)->name));
	out_bool(out, "retry", fault->retry);
	out_bool(out, "failover", fault->failover);
	out_bool(out, "health", fault->health);
	out_text(out, "credential", str_of(credential[fault->credential]));
	out_int(out, "retry_after_ms", fault->retry_after_ms);
	out_text(out, "type", fault->type);
	out_text(out, "code", fault->type_code);
	out_text(out, "param", fault->param);
	out_text(out, "message", fault->message);
	buf_addc(out, '}');
}

void out_fault(struct buf *out, const char *name, const struct fault *fault)
{
	out_name(out, name);
	buf_addc(out, '{');
	out_text(out, "error", str_of(err_info(fault->code)->name));
	out_text(out, "param", str_of(fault->param));
	out_text(out, "text", str_of(fault->text));
	buf_addc(out, '}');
}

void fault_of_vendor(struct fault *fault_r, const struct vendor_fault *vendor, struct arena *a)
{
	static const struct chat no_chat;
	struct str said = scrub_message(a, vendor->message, &no_chat, STR_NONE,
					sizeof(fault_r->text) - 64);

	fault_set(fault_r, vendor->code, "", "%s: %.*s", err_info(vendor->code)->text,
		  STR_ARG(said));
}
