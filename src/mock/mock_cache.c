/* mock_cache.c -- which beginnings of prompts were seen before. */
#include "mock/mock_cache.h"

#include "mock/mock_dialect.h"

bool mock_cache_init(struct mock_cache *c)
{
	c->hashes = calloc(MOCK_CACHE_SLOTS, sizeof(*c->hashes));
	return c->hashes != NULL;
}

void mock_cache_release(struct mock_cache *c)
{
	free(c->hashes);
	c->hashes = NULL;
}

void mock_cache_reset(struct mock_cache *c)
{
	memset(c->hashes, 0, MOCK_CACHE_SLOTS * sizeof(*c->hashes));
}

/* true: it was there already */
static bool remember(struct mock_cache *c, const struct mock_prefix *p, enum mock_vendor vendor)
{
	uint64_t hash = p->hash + vendor + 1;
	uint64_t *slot = &c->hashes[hash % MOCK_CACHE_SLOTS];
	bool known = *slot == hash;

	*slot = hash;
	return known;
}

/* how vendors that cache by themselves round */
static int64_t rounded(enum mock_vendor vendor, int64_t tokens)
{
	static const struct {
		int64_t least, step;
	} rules[MOCK_VENDORS] = {
		[MOCK_OPENAI] = { 1024, 128 },
		[MOCK_ANTHROPIC] = { INT64_MAX, 1 }, /* does not */
		[MOCK_DEEPSEEK] = { 128, 128 },
		[MOCK_QWEN] = { 256, 1 },
	};

	return tokens < rules[vendor].least ? 0 : tokens / rules[vendor].step * rules[vendor].step;
}

void mock_cache_ask(struct mock_cache *c, const struct mock_ask *ask, bool every_prefix,
		    struct mock_usage *cached_r)
{
	enum mock_vendor vendor = ask->dialect->vendor;
	int64_t read = 0, written = 0, seen = 0;
	bool long_lived = false;

	for (size_t i = 0; i < ask->n_prefixes; i++) {
		const struct mock_prefix *p = &ask->prefixes[i];
		bool known = remember(c, p, vendor);

		if (p->marked && known)
			read = p->tokens;
		if (p->marked) {
			written = p->tokens;
			long_lived = p->long_lived;
		} else if (known && every_prefix) {
			seen = p->tokens;
		}
	}
	if (written == 0)
		read = rounded(vendor, seen);
	*cached_r = (struct mock_usage){ .cache_read = read };
	if (written > read && long_lived)
		cached_r->cache_write_long = written - read;
	else if (written > read)
		cached_r->cache_write = written - read;
}
