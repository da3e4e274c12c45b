/*
 * TOKENIZER(name, vendor, text, weights and template...)
 *
 * How vendors count the tokens of a prompt: members of struct tokenizer (model/tokenizer.h).
 * vendor: whose models have it when they do not say (`tokenizer`); "" nobody's. The first is
 * everybody else's.
 *
 * WEIGHTS: tokens for each count of tbl/text_classes.h, in its order. Fitted (least absolute
 * relative error) to the counts of the vendors' own published tokenizers: o200k_base, Qwen's
 * and DeepSeek-V3's; of Anthropic's only one of 2023 is published, to which runs of digits add
 * one token since. Texts were 8,300 prompts in English and Chinese, code among them, and 2,600
 * paragraphs in a hundred other languages; on sources that were not fitted the mean error is 5 to 6 %.
 * Templates: what recorded requests count more than their texts.
 */
#define WEIGHTS(...) .weights = { __VA_ARGS__ }
TOKENIZER(o200k, "openai", "OpenAI until GPT-4.1, which writes tools as types of a programming language",
	WEIGHTS(1.01, .06, .34, 1.09, .13, .68, 1.16, .86, 1.13, .31, .46, .65, .75, .74, .8),
	.request = 3, .message = 4, .call = 2, .tools = 12, .tool_share = .48, .schema = -4,
	.schema_share = .68, .image_share = .53)
TOKENIZER(o200k_thinking, "", "OpenAI's models that think, and all since GPT-5",
	WEIGHTS(1.01, .06, .34, 1.09, .13, .68, 1.16, .86, 1.13, .31, .46, .65, .75, .74, .8),
	.request = 2, .message = 4, .call = 4, .tools = 92, .tool_share = .6, .schema = -4,
	.schema_share = .68, .image_share = .53)
TOKENIZER(claude, "anthropic", "Anthropic since Claude 4.5",
	WEIGHTS(1.02, .1, .27, 1.51, -.31, 1.31, 1.25, .97, 2.82, .61, 1.13, 1, 1.11, 1.31, 2),
	.request = 4, .turn = 3, .answer = 3, .call = 28, .tools = 492, .tool_share = 1.05,
	.schema = 115, .schema_share = 1, .thinking = 29, .image_share = .6)
TOKENIZER(claude_3, "", "Anthropic until Claude 4.1, with shorter instructions for tools",
	WEIGHTS(1.02, .1, .27, 1.51, -.31, 1.31, 1.25, .97, 2.82, .61, 1.13, 1, 1.11, 1.31, 2),
	.request = 5, .turn = 3, .answer = 3, .call = 28, .tools = 300, .tool_share = 1.05,
	.schema = 115, .schema_share = 1, .thinking = 29, .image_share = .6)
TOKENIZER(claude_3_opus, "", "Claude 3 Opus",
	WEIGHTS(1.02, .1, .27, 1.51, -.31, 1.31, 1.25, .97, 2.82, .61, 1.13, 1, 1.11, 1.31, 2),
	.request = 6, .turn = 3, .answer = 3, .call = 28, .tools = 530, .tool_share = 1.05,
	.image_share = .6)
TOKENIZER(claude_5, "", "Anthropic since Claude Opus 4.7: a tokenizer of a third more tokens",
	WEIGHTS(1.38, .14, .36, 2.04, -.42, 1.77, 1.69, 1.31, 3.81, .82, 1.53, 1.35, 1.5, 1.77, 2.7),
	.request = 4, .turn = 3, .answer = 3, .call = 28, .tools = 492, .tool_share = 1.05,
	.schema = 115, .schema_share = 1, .image_share = .6)
TOKENIZER(deepseek, "deepseek", "DeepSeek",
	WEIGHTS(1.01, .05, .39, .95, .27, .62, 1.1, .91, 2.11, .37, .57, .62, .57, .84, .8),
	.request = 3, .turn = 1, .answer = 3, .call = 36, .tools = 221, .tool_share = .92,
	.json = 20, .most_effort = 79, .forgets_tools_off = true, .image_share = .6)
TOKENIZER(qwen, "qwen", "Qwen",
	WEIGHTS(1.01, .06, 1.07, .52, .23, .61, 1.18, .93, 2.07, .39, .56, .59, .61, .83, 1.2),
	.request = 7, .message = 5, .call = 12, .tools = 92, .tool_share = .85, .thinking = -4,
	.image_share = .08)
#undef WEIGHTS
