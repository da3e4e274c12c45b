/* mock_model.c -- the vendors' models; figures as in doc/vendors.md. */
#include "mock/mock_model.h"

/* clang-format off */
enum {
	SEES = TRAIT_VISION | TRAIT_SCHEMA,
	OPENAI_CHAT = SEES,
	OPENAI_REASONER = SEES | TRAIT_THINKS | TRAIT_THINKS_UNASKED | TRAIT_HIDDEN,
	OPENAI_LATE_REASONER = OPENAI_REASONER | TRAIT_EFFORT_NONE,
	CLAUDE_4 = TRAIT_VISION | TRAIT_THINKS | TRAIT_BUDGET,
	CLAUDE_4_5 = CLAUDE_4 | TRAIT_SCHEMA,
	CLAUDE_4_6 = CLAUDE_4_5 | TRAIT_ADAPTIVE | TRAIT_NO_PREFILL,
	CLAUDE_4_7 = SEES | TRAIT_THINKS | TRAIT_ADAPTIVE | TRAIT_NO_PREFILL | TRAIT_NO_SAMPLING,
	CLAUDE_5_5 = CLAUDE_4_7 | TRAIT_THINKS_UNASKED | TRAIT_THINKS_ALWAYS,
	DEEPSEEK_V4 = TRAIT_THINKS | TRAIT_THINKS_UNASKED,
	QWEN_OLD = TRAIT_SCHEMA | TRAIT_THINKS | TRAIT_TERSE,
	QWEN_NEW = TRAIT_SCHEMA | TRAIT_THINKS | TRAIT_THINKS_UNASKED | TRAIT_MULTIMODAL,
};

static const struct mock_model models[] = {
	{ MOCK_OPENAI, "gpt-6.1-sol", "gpt-6.1-sol", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-6.1-terra", "gpt-6.1-terra", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-6-sol", "gpt-6-sol", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-6-luna", "gpt-6-luna", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.6-sol", "gpt-5.6-sol", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.6-terra", "gpt-5.6-terra", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.6-luna", "gpt-5.6-luna", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.5", "gpt-5.5", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.4", "gpt-5.4", 1050000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.4-mini", "gpt-5.4-mini", 400000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.4-nano", "gpt-5.4-nano", 400000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.2", "gpt-5.2", 400000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5.1", "gpt-5.1-2025-11-13", 400000, 128000, OPENAI_LATE_REASONER },
	{ MOCK_OPENAI, "gpt-5", "gpt-5-2025-08-07", 400000, 128000, OPENAI_REASONER },
	{ MOCK_OPENAI, "gpt-5-mini", "gpt-5-mini-2025-08-07", 400000, 128000, OPENAI_REASONER },
	{ MOCK_OPENAI, "gpt-5-nano", "gpt-5-nano-2025-08-07", 400000, 128000, OPENAI_REASONER },
	{ MOCK_OPENAI, "o4-mini", "o4-mini-2025-04-16", 200000, 100000, OPENAI_REASONER },
	{ MOCK_OPENAI, "o3", "o3-2025-04-16", 200000, 100000, OPENAI_REASONER },
	{ MOCK_OPENAI, "o3-mini", "o3-mini-2025-01-31", 200000, 100000, OPENAI_REASONER & ~TRAIT_VISION },
	{ MOCK_OPENAI, "o1", "o1-2024-12-17", 200000, 100000, OPENAI_REASONER },
	{ MOCK_OPENAI, "o1-mini", "o1-mini-2024-09-12", 128000, 65536, OPENAI_REASONER | TRAIT_NO_SYSTEM },
	{ MOCK_OPENAI, "gpt-4.1", "gpt-4.1-2025-04-14", 1047576, 32768, OPENAI_CHAT },
	{ MOCK_OPENAI, "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 1047576, 32768, OPENAI_CHAT },
	{ MOCK_OPENAI, "gpt-4.1-nano", "gpt-4.1-nano-2025-04-14", 1047576, 32768, OPENAI_CHAT },
	{ MOCK_OPENAI, "gpt-4o", "gpt-4o-2024-08-06", 128000, 16384, OPENAI_CHAT },
	{ MOCK_OPENAI, "gpt-4o-2024-05-13", "gpt-4o-2024-05-13", 128000, 4096, TRAIT_VISION },
	{ MOCK_OPENAI, "gpt-4o-mini", "gpt-4o-mini-2024-07-18", 128000, 16384, OPENAI_CHAT },
	{ MOCK_OPENAI, "gpt-4-turbo", "gpt-4-turbo-2024-04-09", 128000, 4096, TRAIT_VISION },
	{ MOCK_OPENAI, "gpt-4o-mini-audio-preview", "gpt-4o-mini-audio-preview-2024-12-17", 128000, 16384, 0 },
	{ MOCK_OPENAI, "gpt-3.5-turbo", "gpt-3.5-turbo-0125", 16385, 4096, 0 },

	{ MOCK_ANTHROPIC, "claude-fable-5-1", "claude-fable-5-1", 1000000, 128000, CLAUDE_5_5 },
	{ MOCK_ANTHROPIC, "claude-fable-5", "claude-fable-5", 1000000, 128000, CLAUDE_5_5 },
	{ MOCK_ANTHROPIC, "claude-opus-5-5", "claude-opus-5-5", 1000000, 128000, CLAUDE_5_5 },
	{ MOCK_ANTHROPIC, "claude-opus-5", "claude-opus-5", 1000000, 128000, CLAUDE_4_7 },
	{ MOCK_ANTHROPIC, "claude-opus-4-8", "claude-opus-4-8", 1000000, 128000, CLAUDE_4_7 },
	{ MOCK_ANTHROPIC, "claude-opus-4-7", "claude-opus-4-7", 1000000, 128000, CLAUDE_4_7 },
	{ MOCK_ANTHROPIC, "claude-opus-4-6", "claude-opus-4-6", 1000000, 128000, CLAUDE_4_6 },
	{ MOCK_ANTHROPIC, "claude-opus-4-5", "claude-opus-4-5-20251101", 200000, 64000, CLAUDE_4_5 },
	{ MOCK_ANTHROPIC, "claude-sonnet-5-5", "claude-sonnet-5-5", 1000000, 128000, CLAUDE_4_6 },
	{ MOCK_ANTHROPIC, "claude-sonnet-5", "claude-sonnet-5", 1000000, 128000, CLAUDE_4_6 },
	{ MOCK_ANTHROPIC, "claude-sonnet-4-6", "claude-sonnet-4-6", 1000000, 64000, CLAUDE_4_6 },
	{ MOCK_ANTHROPIC, "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", 200000, 64000, CLAUDE_4_5 },
	{ MOCK_ANTHROPIC, "claude-haiku-5-5", "claude-haiku-5-5", 1000000, 128000, CLAUDE_4_6 },
	{ MOCK_ANTHROPIC, "claude-haiku-4-5", "claude-haiku-4-5-20251001", 200000, 64000, CLAUDE_4_5 },
	{ MOCK_ANTHROPIC, "claude-opus-4-1", "claude-opus-4-1-20250805", 200000, 32000, CLAUDE_4_5 },
	{ MOCK_ANTHROPIC, "claude-opus-4-0", "claude-opus-4-20250514", 200000, 32000, CLAUDE_4 },
	{ MOCK_ANTHROPIC, "claude-sonnet-4-0", "claude-sonnet-4-20250514", 200000, 64000, CLAUDE_4 },
	{ MOCK_ANTHROPIC, "claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219", 200000, 64000, CLAUDE_4 },
	{ MOCK_ANTHROPIC, "claude-3-5-haiku-latest", "claude-3-5-haiku-20241022", 200000, 8192, TRAIT_VISION },
	{ MOCK_ANTHROPIC, "claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", 200000, 8192, TRAIT_VISION },
	{ MOCK_ANTHROPIC, "claude-3-opus-latest", "claude-3-opus-20240229", 200000, 4096, TRAIT_VISION },
	{ MOCK_ANTHROPIC, "claude-3-haiku-20240307", "claude-3-haiku-20240307", 200000, 4096, TRAIT_VISION },

	{ MOCK_DEEPSEEK, "deepseek-flash", "deepseek-v4-flash", 1048565, 393216, DEEPSEEK_V4 | TRAIT_VISION },
	{ MOCK_DEEPSEEK, "deepseek-v4-pro", "deepseek-v4-pro", 1048565, 393216, DEEPSEEK_V4 },

	{ MOCK_QWEN, "qwen3.8-max", "qwen3.8-max", 1000000, 131072, QWEN_NEW | TRAIT_VISION | TRAIT_THINKS_ALWAYS },
	{ MOCK_QWEN, "qwen3.7-max", "qwen3.7-max", 1000000, 65536, QWEN_NEW },
	{ MOCK_QWEN, "qwen3.7-plus", "qwen3.7-plus", 1000000, 65536, QWEN_NEW | TRAIT_VISION },
	{ MOCK_QWEN, "qwen3.6-plus", "qwen3.6-plus", 1000000, 65536, QWEN_NEW | TRAIT_VISION },
	{ MOCK_QWEN, "qwen3.6-flash", "qwen3.6-flash", 1000000, 65536, QWEN_NEW | TRAIT_VISION },
	{ MOCK_QWEN, "qwen3.5-plus", "qwen3.5-plus", 1000000, 65536, QWEN_NEW | TRAIT_VISION },
	{ MOCK_QWEN, "qwen3-max", "qwen3-max", 262144, 65536, TRAIT_SCHEMA | TRAIT_THINKS },
	{ MOCK_QWEN, "qwen-plus", "qwen-plus", 1000000, 32768, QWEN_OLD },
	{ MOCK_QWEN, "qwen-flash", "qwen-flash", 1000000, 32768, QWEN_OLD },
	{ MOCK_QWEN, "qwen-max", "qwen-max", 32768, 8192, TRAIT_SCHEMA | TRAIT_TERSE },
	{ MOCK_QWEN, "qwen-turbo", "qwen-turbo", 1000000, 16384, QWEN_OLD },
	{ MOCK_QWEN, "qwen3-coder-plus", "qwen3-coder-plus", 1000000, 65536, TRAIT_SCHEMA },
	{ MOCK_QWEN, "qwen3-coder-flash", "qwen3-coder-flash", 1000000, 65536, TRAIT_SCHEMA },
	{ MOCK_QWEN, "qwen3-vl-plus", "qwen3-vl-plus", 262144, 32768, SEES | TRAIT_THINKS | TRAIT_MULTIMODAL },
	{ MOCK_QWEN, "qwen-vl-plus", "qwen-vl-plus", 131072, 8192, TRAIT_VISION | TRAIT_MULTIMODAL },
	{ MOCK_QWEN, "qwen3-32b", "qwen3-32b", 131072, 16384, TRAIT_THINKS | TRAIT_THINKS_UNASKED | TRAIT_STREAM_THINKER },
	{ MOCK_QWEN, "qwq-plus", "qwq-plus", 131072, 8192, TRAIT_THINKS | TRAIT_THINKS_UNASKED | TRAIT_THINKS_ALWAYS | TRAIT_STREAM_THINKER },
};
/* clang-format on */

/* what a model added by name can: all that its vendor's models can without special rules */
static const uint32_t plain_traits[MOCK_VENDORS] = {
	[MOCK_OPENAI] = OPENAI_CHAT,
	[MOCK_ANTHROPIC] = CLAUDE_4_5,
	[MOCK_DEEPSEEK] = 0,
	[MOCK_QWEN] = TRAIT_SCHEMA | TRAIT_TERSE,
};

static const char *const vendor_names[MOCK_VENDORS] = {
	[MOCK_OPENAI] = "openai",
	[MOCK_ANTHROPIC] = "anthropic",
	[MOCK_DEEPSEEK] = "deepseek",
	[MOCK_QWEN] = "qwen",
};

const char *mock_vendor_name(enum mock_vendor v)
{
	return vendor_names[v];
}

bool mock_vendor_of(struct str name, enum mock_vendor *vendor_r)
{
	for (int v = 0; v < MOCK_VENDORS; v++) {
		if (str_is(name, vendor_names[v])) {
			*vendor_r = (enum mock_vendor)v;
			return true;
		}
	}
	return false;
}

/* the i-th of all models, built-in ones first; NULL behind the last */
static const struct mock_model *nth(const struct mock_models *m, size_t i)
{
	if (i < COUNT_OF(models))
		return &models[i];
	i -= COUNT_OF(models);
	return i < m->n_added ? &m->added[i] : NULL;
}

const struct mock_model *mock_models_find(const struct mock_models *m, enum mock_vendor v,
					  struct str name)
{
	const struct mock_model *model;

	for (size_t i = 0; (model = nth(m, i)); i++) {
		if (model->vendor == v &&
		    (str_is(name, model->name) || str_is(name, model->answers_as)))
			return model;
	}
	return NULL;
}

const struct mock_model *mock_models_at(const struct mock_models *m, enum mock_vendor v, size_t i)
{
	const struct mock_model *model;

	for (size_t k = 0; (model = nth(m, k)); k++) {
		if (model->vendor == v && i-- == 0)
			return model;
	}
	return NULL;
}

bool mock_models_add(struct mock_models *m, enum mock_vendor v, const char *name)
{
	if (m->n_added == MOCK_MODELS_ADDED)
		return false;
	m->added[m->n_added++] = (struct mock_model){
		.vendor = v,
		.name = name,
		.answers_as = name,
		.context = 1000000,
		.max_output = 65536,
		.traits = plain_traits[v],
	};
	return true;
}
