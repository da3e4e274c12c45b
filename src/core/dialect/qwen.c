/*
 * qwen.c -- Qwen (DashScope) in its OpenAI-compatible mode.
 *
 * Some models think only while they stream, and then a stream is asked for whatever
 * the client wants. doc/vendors.md, "Qwen, compatible mode".
 */
#include "core/dialect/qwen.h"

static const struct param_rule params[] = {
	QWEN_PARAMS,
	{ "logit_bias", PARAM_DROPPED, "{}", QWEN_NO_SUCH },
};

static enum err check_audio(const struct chat *chat, const struct model *model,
			    struct fault *fault_r)
{
	if (!(chat->features & NEEDS_AUDIO_OUT) || chat->stream)
		return ERR_OK;
	return fault_set(fault_r, ERR_UNSUPPORTED, "modalities", "%.*s speaks only while streaming",
			 STR_ARG(model->id));
}

static const struct like qwen = {
	.params = { params, COUNT_OF(params), { NULL, PARAM_PASSED, NULL, NULL } },
	.numbers = qwen_numbers,
	.n_numbers = QWEN_NUMBERS,
	.faults = qwen_faults,
	.n_faults = QWEN_FAULTS,
	.ways = LIKE_NO_DEVELOPER | LIKE_NEEDS_CONTENT | LIKE_KEEPS_REASONING | LIKE_KEEPS_MARKS |
		LIKE_NO_REFUSALS | LIKE_AUDIO_BY_URL | LIKE_NO_FUNCTIONS,
	.check = check_audio,
	.write_own = qwen_write_own,
};

LIKE_DIALECT(qwen, NULL);
