/*
 * target_scrub.c -- nothing of 12 characters or more that stands in the prompt is left of a
 * vendor's message; what is left is short and printable.
 */
#include "core/dialect.h"
#include "core/scrub.h"
#include "fuzz.h"

#define WINDOW  12
#define LONGEST 200

static bool falls_out(char c)
{
	return (unsigned char)c <= ' ' || strchr("\"'`\\/\x7F", c);
}

/* without what vendors change when they quote */
static void sieve(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!falls_out(text.p[i]))
			buf_addc(out, text.p[i]);
}

static void must_not_quote(struct str said, struct json text, struct arena *a)
{
	struct buf prompt, rest;

	buf_init(&prompt, FUZZ_ROOM);
	buf_init(&rest, FUZZ_ROOM);
	sieve(&prompt, json_text(text, a));
	sieve(&rest, said);
	for (size_t i = 0; i + WINDOW <= rest.n; i++) {
		struct str window = str_sub(buf_str(&rest), i, i + WINDOW);

		/* what scrubbing itself put there may stand in a prompt, too */
		if (!str_has(window, "[") && !str_has(window, "]") && !str_has(window, "...") &&
		    !str_has(window, "?"))
			HOLDS(str_find(buf_str(&prompt), window) < 0, "\"%.*s\" was left",
			      STR_ARG(window));
	}
	buf_release(&prompt);
	buf_release(&rest);
}

static void must_be_printable(struct str said)
{
	for (size_t i = 0, n; i < said.n; i += n) {
		n = utf8_length((const unsigned char *)said.p + i, said.n - i);
		HOLDS(n > 0 && (unsigned char)said.p[i] >= ' ' && said.p[i] != 0x7F,
		      "byte %zu is %d", i, said.p[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, message = fuzz_part(&in), said;
	struct chat chat;
	struct fault fault;
	struct arena a;
	struct buf body;

	/* the rest is a prompt, as text */
	arena_init(&a, FUZZ_ROOM);
	buf_init(&body, FUZZ_ROOM);
	buf_adds(&body, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":");
	json_quote(&body, str_absent(in) ? STR("") : in);
	buf_adds(&body, "}]}");
	if (dialect_openai.client->read_request(&a, buf_str(&body), &json_limits_default, &chat,
						&fault))
		HOLDS(false, "the request is refused: %s", fault.text);
	said = scrub_message(&a, message, &chat, STR_NONE, LONGEST);
	HOLDS(!str_absent(said) && said.n <= LONGEST, "%zu bytes", said.n);
	must_be_printable(said);
	must_not_quote(said, chat.messages[0].parts[0].text, &a);
	buf_release(&body);
	arena_release(&a);
	return 0;
}
