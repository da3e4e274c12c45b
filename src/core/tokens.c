/*
 * tokens.c -- how many tokens a request can count at most, and how many it likely does.
 *
 *   bound = text_bytes                          a token is one byte of text at least
 *         + 128 + 16 x messages                 what templates put around them
 *         + 1024 + 32 x tools + escapes(tools)  if there are tools
 *         + 512                                 if the answer's form is prescribed
 *         + image_tokens x images
 *   and never more than the model's context, beyond which vendors refuse.
 *
 * The constants are about twice the largest overhead that vendors were seen to bill
 * (Anthropic: 530 tokens of instructions with the first tool, 200 with a schema;
 * DeepSeek: 80 for thinking). Tools are written anew by vendors, some of them with
 * every character beyond ASCII as an escape: such bytes count twice.
 *
 * What is likely is a sum of weights, one for each thing counted (tbl/tokenizers.h).
 */
#include "core/tokens.h"

#define BYTES_PER_TOKEN 4 /* English prose and code; a little less elsewhere */

#define PER_REQUEST  128
#define PER_MESSAGE  16
#define TOOLS_AT_ALL 1024
#define PER_TOOL     32
#define FORM_AT_ALL  512

static int64_t of_tools(const struct chat *chat)
{
	if (!(chat->features & NEEDS_TOOLS))
		return 0;
	return TOOLS_AT_ALL + (int64_t)PER_TOOL * chat->n_tools + chat->tool_bytes_beyond_ascii;
}

/* of_text, and what images and the like add to it */
static int64_t with_media(const struct chat *chat, const struct model *model, int64_t of_text)
{
	bool untellable = chat->has_unbounded_parts || (chat->n_images && model->image_tokens <= 0);
	int64_t n = of_text + (int64_t)chat->n_images * model->image_tokens;

	return untellable || n > model->context ? model->context : n;
}

int64_t tokens_bound(const struct chat *chat, const struct model *model)
{
	int64_t n = chat->text_bytes + PER_REQUEST + (int64_t)PER_MESSAGE * chat->n_messages;

	n += of_tools(chat);
	n += chat->format == FORMAT_TEXT ? 0 : FORM_AT_ALL;
	return with_media(chat, model, n);
}

int64_t tokens_likely(int64_t text_bytes)
{
	return (text_bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
}

bool tokens_thinks(const struct facts *facts, const struct model *model)
{
	switch (model->thinking) {
	case THINKING_NONE: return false;
	case THINKING_OPTIONAL: return facts->effort > EFFORT_NONE;
	case THINKING_DEFAULT: return facts->effort != EFFORT_NONE;
	case THINKING_ALWAYS: return true;
	}
	return false;
}

/* of the parts that the messages are, or tools and the schema */
static double weigh(const struct tokenizer *t, const struct features *f, double said, double form)
{
	double sum = 0;

	for (int i = 0; i < TEXT_CLASS_COUNT; i++) {
		double told = (double)f->form_counts[i];

		sum += t->weights[i] * (said * ((double)f->counts[i] - told) + form * told);
	}
	return sum > 0 ? sum : 0;
}

static double of_template(const struct tokenizer *t, const struct features *f)
{
	return t->request + t->message * f->messages + t->turn * f->turns + t->answer * f->answers +
	       t->call * f->calls;
}

/* what the model is told of tools, and of the form that its answer shall have */
static double of_form(const struct tokenizer *t, const struct facts *facts, double *share_r)
{
	const struct features *f = &facts->features;
	bool told = f->tools && !(t->forgets_tools_off && (f->marks & MARK_TOOLS_OFF));
	bool schema = facts->needs & NEEDS_JSON_SCHEMA;

	*share_r = told ? t->tool_share : schema ? t->schema_share : 0;
	return (told ? t->tools : 0) + (schema ? t->schema : 0) +
	       (facts->needs & NEEDS_JSON_OBJECT ? t->json : 0);
}

static double of_thinking(const struct tokenizer *t, const struct facts *facts,
			  const struct model *model)
{
	if (!tokens_thinks(facts, model))
		return 0;
	return t->thinking + (facts->effort >= EFFORT_XHIGH ? t->most_effort : 0);
}

double tokens_expected_text(const struct facts *facts, const struct model *model)
{
	const struct tokenizer *t = tokenizer_of(model->tokenizer);
	double share, form = of_form(t, facts, &share);
	double n = weigh(t, &facts->features, 1, share) + of_template(t, &facts->features) + form +
		   of_thinking(t, facts, model);

	return n > 1 ? n : 1;
}

double tokens_expected(const struct facts *facts, const struct model *model)
{
	double image = tokenizer_of(model->tokenizer)->image_share * (double)model->image_tokens;
	double n = tokens_expected_text(facts, model) + image * facts->features.images;

	return n < (double)model->context ? n : (double)model->context;
}

int64_t tokens_likely_input(const struct facts *facts, const struct chat *chat,
			    const struct model *model)
{
	return with_media(chat, model, (int64_t)(tokens_expected_text(facts, model) + 0.5));
}
