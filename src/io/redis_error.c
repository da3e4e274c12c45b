/* redis_error.c -- look an error reply up. */
#include "io/redis_error.h"

#include "io/redis_slots.h"

static const struct meaning {
	const char *word;
	enum redis_means means;
} meanings[] = {
#define REDIS_ERROR(word, meaning, text) { #word, MEANS_##meaning },
#include "tbl/redis_errors.h"
#undef REDIS_ERROR
};

enum redis_means redis_means(const redisReply *reply)
{
	struct str text, word;

	if (reply->type != REDIS_REPLY_ERROR)
		return MEANS_NONE;
	text = (struct str){ reply->str, reply->len };
	word = str_cut(&text, ' ');
	for (size_t i = 0; i < COUNT_OF(meanings); i++)
		if (str_is(word, meanings[i].word))
			return meanings[i].means;
	return MEANS_UNKNOWN;
}

bool redis_pointer(const redisReply *reply, uint16_t *slot_r, struct str *host_r, int64_t *port_r)
{
	struct str text = { reply->str, reply->len };
	int64_t slot;
	size_t colon;

	str_cut(&text, ' ');
	if (!str_i64(str_cut(&text, ' '), &slot) || slot < 0 || slot >= REDIS_SLOTS)
		return false;
	for (colon = text.n; colon > 0 && text.p[colon - 1] != ':';) /* IPv6 has more of them */
		colon--;
	if (colon == 0 || !str_i64(str_sub(text, colon, text.n), port_r))
		return false;
	*slot_r = (uint16_t)slot;
	*host_r = colon > 1 ? str_sub(text, 0, colon - 1) : STR_NONE;
	return true;
}
