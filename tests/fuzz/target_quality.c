/*
 * target_quality.c -- any bytes are a quality model or a fault; what was read answers every
 * question with probabilities, and a file that vouches for itself is read without harm.
 */
#include <math.h>
#include <sodium.h>

#include "core/quality_model.h"
#include "fuzz.h"

static void ask(const struct quality_model *m, uint32_t gram)
{
	static struct quality_guess guess;
	const struct features features = { .counts = { [TEXT_word] = gram } };
	const uint32_t at[] = { gram % (1u << GRAM_BITS), 7 };
	const struct grams question = { .at = at, .n = COUNT_OF(at) };
	const struct quality_head *h = quality_model_head(m);

	quality_model_guess(m, &features, &question, &guess);
	HOLDS(guess.domain < h->n_domains, "domain %u of %u", guess.domain, h->n_domains);
	for (uint32_t i = 0; i < h->n_models; i++) {
		const struct skill *s = &guess.skills[i];

		HOLDS(s->mass >= 0 && isfinite(s->mass), "mass %g", s->mass);
		HOLDS(s->mean >= 0 && s->mean <= 1, "mean %g", s->mean);
	}
}

static void read_model(struct str bytes)
{
	struct fault f = { .text = "" };
	struct quality_model *m = quality_model_read(bytes, &f);

	HOLDS(m || f.text[0], "refused without a word");
	for (uint32_t i = 0; m && i < 4; i++)
		ask(m, i * 301);
	quality_model_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, first;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	struct buf forged;

	read_model(in);
	first = str_cut(&in, '\n');
	if (str_absent(in) || first.n < sizeof(hex) - 1)
		return 0;
	/* with a hash that is right the numbers are looked at */
	buf_init(&forged, FUZZ_ROOM);
	crypto_hash_sha256(hash, (const unsigned char *)in.p, in.n);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	buf_add(&forged, str_sub(first, 0, first.n - (sizeof(hex) - 1)));
	buf_printf(&forged, "%s\n", hex);
	buf_add(&forged, in);
	if (buf_ok(&forged))
		read_model(buf_str(&forged));
	buf_release(&forged);
	return 0;
}
