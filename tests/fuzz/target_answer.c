/*
 * target_answer.c -- whatever a vendor answers becomes a whole answer of OpenAI's shape, or
 * a fault that can be acted upon and told.
 */
#include "fuzz_shape.h"
#include "fuzz_vendor.h"

static void usage_must_be_good(const struct usage *usage)
{
	for (int i = 0; i < USAGE_COUNT; i++)
		HOLDS(usage->tokens[i] >= 0, "%lld tokens", (long long)usage->tokens[i]);
	HOLDS(usage_input(usage) >= 0 && usage_output(usage) >= 0, "usage that runs over");
}

static void read_reply(const struct fuzz_vendor *v, struct str body)
{
	struct vendor_fault fault = { 0 };
	struct answer answer = { 0 };
	struct arena a;
	struct buf out;

	arena_init(&a, FUZZ_ROOM);
	buf_init(&out, FUZZ_ROOM);
	if (v->dialect->read_reply(&a, &v->target, body, &answer, &fault) == ERR_OK) {
		dialect_openai.client->write_reply(&out, &fuzz_head, &answer);
		reply_must_have_shape(buf_str(&out));
	} else {
		vendor_fault_must_be_good(&fault);
	}
	usage_must_be_good(&answer.usage);
	buf_release(&out);
	arena_release(&a);
}

static void read_fault(const struct fuzz_vendor *v, const struct vendor_head *head, struct str body)
{
	struct vendor_fault fault = { 0 };
	struct arena a;

	arena_init(&a, FUZZ_ROOM);
	v->dialect->read_fault(&a, head, body, &fault);
	vendor_fault_must_be_good(&fault);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct vendor_head head = { .now_s = 1700000000 };
	struct fuzz_vendor v;
	char *own;

	vendor_choose(&v, &in);
	vendor_speak(&v, (enum dialect_id)fuzz_choose(&in, DIALECT_COUNT - 1));
	head.status = 200 + (int)fuzz_choose(&in, 399);
	if (fuzz_choose(&in, 1))
		head.retry_after = str_cut(&in, '\n');
	if (fuzz_choose(&in, 1))
		head.retry_after_ms = str_cut(&in, '\n');
	own = fuzz_own(in);
	read_reply(&v, (struct str){ own, in.n });
	if (head.status != 200)
		read_fault(&v, &head, (struct str){ own, in.n });
	free(own);
	return 0;
}
