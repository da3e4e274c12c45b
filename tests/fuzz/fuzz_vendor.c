/* fuzz_vendor.c -- a model at a vendor, and what a vendor's fault must be like. */
#include "fuzz_vendor.h"

#include "core/scrub.h"
#include "fuzz_shape.h"

#define QUIRKS_ALL      (2 * QUIRK_REPLAY_THINKING - 1)
#define FEATURES_ALL    (2 * NEEDS_PREFILL - 1)
#define LONGEST_WAIT_MS (24LL * 3600 * 1000)

const struct answer_head fuzz_head = {
	.id = { "chatcmpl-gateway", 16 },
	.model = { "gateway-model", 13 },
	.created = 1700000000,
	.include_usage = true,
};

void vendor_choose(struct fuzz_vendor *v, struct str *in)
{
	*v = (struct fuzz_vendor){ 0 };
	v->model = (struct model){
		.id = STR("gateway-model"),
		.vendor = STR("vendor"),
		.upstream = STR("upstream \"model\""),
		.context = 100000,
		.max_output = 10000,
	};
	v->model.quirks = (uint32_t)fuzz_choose(in, QUIRKS_ALL);
	/* most models can most things: 0 is everything */
	v->model.can = ~(uint32_t)fuzz_choose(in, FEATURES_ALL);
	v->model.thinking = (enum thinking_mode)fuzz_choose(in, THINKING_ALWAYS);
	v->model.image_tokens = (int64_t)fuzz_choose(in, 3) * 500;
	v->endpoint = (struct endpoint){ .name = STR("endpoint"), .vendor = STR("vendor") };
	v->target = (struct target){ &v->model, &v->endpoint };
}

void vendor_speak(struct fuzz_vendor *v, enum dialect_id id)
{
	v->endpoint.dialect = id;
	v->dialect = dialect_of(id);
}

void vendor_fault_must_be_good(const struct vendor_fault *vendor)
{
	static const struct chat no_chat;
	struct fault fault;
	struct arena a;
	struct buf out;
	struct str said;

	HOLDS(vendor->code > ERR_OK && vendor->code < ERR_COUNT, "no such error: %d", vendor->code);
	HOLDS(vendor->retry_after_ms >= -1 && vendor->retry_after_ms <= LONGEST_WAIT_MS,
	      "to wait %lld ms", (long long)vendor->retry_after_ms);
	arena_init(&a, FUZZ_ROOM);
	buf_init(&out, FUZZ_ROOM);
	said = scrub_message(&a, vendor->message, &no_chat, STR_NONE, sizeof(fault.text) - 64);
	fault_set(&fault, vendor->code, "", "%s: %.*s", err_info(vendor->code)->text,
		  STR_ARG(said));
	dialect_openai.client->write_fault(&out, &fault);
	error_must_have_shape(buf_str(&out));
	buf_reset(&out);
	dialect_openai.client->write_stream_fault(&out, &fault);
	stream_must_have_shape(buf_str(&out), false);
	buf_release(&out);
	arena_release(&a);
}
