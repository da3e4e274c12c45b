/*
 * USAGE(name, fallback, text)
 *
 * The disjoint classes of tokens, each with its own price. A price list that has
 * no price for a class charges it as the fallback class. Reasoning tokens are
 * output tokens (struct usage counts them aside, for people); vendors that
 * report inclusive numbers are split by their dialect.
 */
USAGE(input,            input,       "fresh input: prompt tokens that were not read from a cache")
USAGE(cache_read,       input,       "input read from the vendor's prompt cache")
USAGE(cache_write,      input,       "input written to the vendor's prompt cache, its usual time to live")
USAGE(cache_write_long, cache_write, "input written to the cache to live longer (Anthropic: one hour)")
USAGE(input_audio,      input,       "audio in the prompt")
USAGE(input_image,      input,       "images in the prompt, where the vendor counts them apart")
USAGE(output,           output,      "generated tokens, reasoning included")
USAGE(output_audio,     output,      "generated audio")
