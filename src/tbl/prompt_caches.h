/*
 * PROMPT_CACHE(dialect, least_tokens, unit_tokens, keeps_s, source)
 *
 * What vendors keep of prompts: beginnings of at least so many tokens, in steps of so many,
 * for so long after their last use. A model of a vendor may want more; these are the least.
 */
PROMPT_CACHE(openai,      1024, 128, 300,  "prompt caching guide: from 1,024 tokens, steps of 128, 5 to 10 minutes of rest")
PROMPT_CACHE(anthropic,   1024, 1,   300,  "prompt caching guide: from 1,024 tokens (512 to 4,096 by model), 5 minutes")
PROMPT_CACHE(deepseek,    128,  128, 3600, "context caching guide: steps of 128 (recordings), kept for hours")
PROMPT_CACHE(qwen,        256,  1,   300,  "context cache guide: implicit from 256 tokens, 5 minutes")
PROMPT_CACHE(qwen_native, 256,  1,   300,  "as qwen")
