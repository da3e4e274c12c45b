/* mock_logprobs.c -- every token of four bytes, the later the less sure. */
#include "mock/mock_logprobs.h"

static void write_token(struct buf *out, struct str token, int rank, bool open)
{
	buf_adds(out, "{\"token\":");
	json_quote(out, token);
	buf_printf(out, ",\"logprob\":-%d.%04zu,\"bytes\":[", rank, token.n * 125);
	for (size_t i = 0; i < token.n; i++)
		buf_printf(out, "%s%u", i ? "," : "", (unsigned)(unsigned char)token.p[i]);
	buf_addc(out, ']');
	if (!open)
		buf_addc(out, '}');
}

static void write_tokens(struct buf *out, struct str text, int64_t top)
{
	bool first = true;

	buf_addc(out, '[');
	while (text.n) {
		struct str token = mock_cut_text(text, 4);

		if (!first)
			buf_addc(out, ',');
		first = false;
		write_token(out, token, 0, true);
		buf_adds(out, ",\"top_logprobs\":[");
		for (int i = 0; i < top; i++) {
			if (i)
				buf_addc(out, ',');
			write_token(out, i ? STR("else") : token, i, false);
		}
		buf_adds(out, "]}");
		text = str_sub(text, token.n, text.n);
	}
	buf_addc(out, ']');
}

static struct str said(const struct mock_fill *f, enum mock_event_kind kind, struct str all)
{
	if (!f->event)
		return all;
	return f->event->kind == kind ? f->event->piece : STR_NONE;
}

static void write_object(struct buf *out, const struct mock_fill *f, bool with_refusal)
{
	struct str text = said(f, EVENT_TEXT, f->choice->text);
	struct str thoughts = said(f, EVENT_REASONING, f->choice->reasoning);
	bool none = f->ask->top_logprobs < 0 ||
		    (f->event && f->event->kind != EVENT_START && !text.n && !thoughts.n);

	if (none) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	if (text.n || !thoughts.n) {
		buf_adds(out, "\"content\":");
		write_tokens(out, text, f->ask->top_logprobs);
	}
	if (thoughts.n) {
		buf_adds(out, text.n ? ",\"reasoning_content\":" : "\"reasoning_content\":");
		write_tokens(out, thoughts, f->ask->top_logprobs);
	}
	buf_adds(out, with_refusal ? ",\"refusal\":null}" : "}");
}

void mock_write_logprobs(struct buf *out, const struct mock_fill *f)
{
	if (f->event && f->event->kind == EVENT_START)
		buf_adds(out, "null");
	else
		write_object(out, f, false);
}

void mock_write_logprobs_with_refusal(struct buf *out, const struct mock_fill *f)
{
	write_object(out, f, true);
}
