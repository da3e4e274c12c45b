/*
 * SIZE_BUCKET(name, most_tokens)
 *
 * Prompts by their likely input tokens; the last takes the rest.
 */
SIZE_BUCKET(1k,   1024)
SIZE_BUCKET(4k,   4096)
SIZE_BUCKET(16k,  16384)
SIZE_BUCKET(64k,  65536)
SIZE_BUCKET(more, INT64_MAX)
