/* tokenizer.c -- the list of how vendors count. */
#include "model/tokenizer.h"

#include "base/str.h"

static const struct tokenizer tokenizers[] = {
#define TOKENIZER(name, its_vendor, text, ...) { .vendor = its_vendor, __VA_ARGS__ },
#include "tbl/tokenizers.h"
#undef TOKENIZER
};

const struct tokenizer *tokenizer_of(enum tokenizer_id id)
{
	return &tokenizers[id];
}

enum tokenizer_id tokenizer_of_vendor(struct str vendor)
{
	for (int i = 0; i < TOKENIZER_COUNT; i++)
		if (vendor.n && str_is(vendor, tokenizers[i].vendor))
			return (enum tokenizer_id)i;
	return (enum tokenizer_id)0;
}
