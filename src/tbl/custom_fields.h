/*
 * REQUEST_FIELD(name, type, words, value, text)
 * CANDIDATE_FIELD(name, type, words, value, text)
 *
 * What a custom strategy can ask about: a name in its expressions, a member of `request` or of a
 * candidate in its scripts. Every wish (tbl/wishes.h) is a field of the request besides.
 * type: TRUTH, NUMBER or TEXT. words: all that a TEXT can be, "a|b|c"; "" = anything. value: in C,
 * of `f` (struct facts) and `c` (struct candidate). A field that is not known to a cold gateway has
 * its prior (doc/decision.md).
 */
/* clang-format off */
#ifdef REQUEST_FIELD
REQUEST_FIELD(task,       TEXT,   "", f->task.name, "The kind of work that the prompt asks for, such as \"programming\"; \"other\" where that is not clear.")
REQUEST_FIELD(confidence, NUMBER, "", f->task.confidence, "How often such an answer about the task is right, 0 to 1.")
REQUEST_FIELD(lang,       TEXT,   LANG_WORDS, str_of(lang_name(f->features.lang)), "Language or script of the question.")
REQUEST_FIELD(tokens,     NUMBER, "", tokens_of(f), "Input tokens to be expected, without images, as OpenAI would count them.")
REQUEST_FIELD(messages,   NUMBER, "", f->features.messages, "Messages of the conversation.")
REQUEST_FIELD(turns,      NUMBER, "", f->features.turns, "Of them the user's.")
REQUEST_FIELD(tools,      NUMBER, "", f->features.tools, "Tools that the request offers.")
REQUEST_FIELD(images,     NUMBER, "", f->features.images, "Images in it.")
REQUEST_FIELD(media,      TRUTH,  "", f->features.marks & MARK_MEDIA, "There is audio, video or a file in it.")
REQUEST_FIELD(code,       TRUTH,  "", f->features.marks & MARK_CODE, "There is program code in it.")
REQUEST_FIELD(maths,      TRUTH,  "", f->features.marks & MARK_MATHS, "There are formulas in it.")
REQUEST_FIELD(schema,     TRUTH,  "", f->features.marks & MARK_SCHEMA, "The form of the answer is prescribed.")
REQUEST_FIELD(stream,     TRUTH,  "", f->stream, "The answer is to be streamed.")
REQUEST_FIELD(thinks,     TRUTH,  "", f->thinks, "The model may think before it answers.")
REQUEST_FIELD(max_tokens, NUMBER, "", (double)f->max_tokens, "Longest answer that the client asked for; -1: it said nothing.")
REQUEST_FIELD(choices,    NUMBER, "", (double)f->choices, "Answers that it wants.")
REQUEST_FIELD(hour,       NUMBER, "", (double)(f->at_s / 3600 % 24), "Hour of the day, UTC: 0 to 23.")
REQUEST_FIELD(weekday,    TEXT,   WEEKDAY_WORDS, weekday_name(f->at_s), "Day of the week, UTC.")
REQUEST_FIELD(pace,       NUMBER, "", f->pace, "Points of quality that a dollar is worth to the tightest budget; 0: money is no matter.")
#endif
#ifdef CANDIDATE_FIELD
CANDIDATE_FIELD(model,    TEXT,   "", c->target->model->id, "Its id.")
CANDIDATE_FIELD(vendor,   TEXT,   "", c->target->model->vendor, "Whose model it is.")
CANDIDATE_FIELD(endpoint, TEXT,   "", c->target->endpoint->name, "Where it would be asked.")
CANDIDATE_FIELD(context,  NUMBER, "", (double)c->target->model->context, "Tokens that prompt and answer may have together.")
CANDIDATE_FIELD(quality,  NUMBER, "", c->terms.quality, "Quality to be expected of its answer, 0 to 1.")
CANDIDATE_FIELD(quality_se, NUMBER, "", c->terms.quality_se, "Standard error of that.")
CANDIDATE_FIELD(cost,     NUMBER, "", c->terms.cost_nanos / 1e9, "US dollars that the request is expected to cost.")
CANDIDATE_FIELD(worst_cost, NUMBER, "", worst_cost(c), "US dollars that would be held for it: what it can cost at most.")
CANDIDATE_FIELD(priced,   TRUTH,  "", c->target->model->price != NULL, "It has a price. One without counts as dear as the dearest candidate.")
CANDIDATE_FIELD(price_input, NUMBER, "", price_now(f, c, USAGE_input), "US dollars for a million input tokens, now; 0: not priced.")
CANDIDATE_FIELD(price_output, NUMBER, "", price_now(f, c, USAGE_output), "US dollars for a million output tokens, now; 0: not priced.")
CANDIDATE_FIELD(input,    NUMBER, "", c->terms.input, "Input tokens to be expected, as its vendor counts them.")
CANDIDATE_FIELD(output,   NUMBER, "", c->terms.output, "Output tokens to be expected, thinking included.")
CANDIDATE_FIELD(output_high, NUMBER, "", c->terms.output_high, "Their 90th percentile.")
CANDIDATE_FIELD(warm,     NUMBER, "", c->terms.warm, "Share of the input that its endpoint likely has in its cache, 0 to 1.")
CANDIDATE_FIELD(failure,  NUMBER, "", c->terms.failure, "Share of attempts there that fail, 0 to 1.")
CANDIDATE_FIELD(latency,  NUMBER, "", latency_s(f, c), "Seconds until the whole answer, of a stream until its first token; 95th percentile.")
CANDIDATE_FIELD(first_token, NUMBER, "", c->terms.first_ms / 1e3, "Seconds until the first token, median.")
CANDIDATE_FIELD(first_token_high, NUMBER, "", c->terms.first_high_ms / 1e3, "Its 95th percentile.")
CANDIDATE_FIELD(total,    NUMBER, "", c->terms.total_ms / 1e3, "Seconds until the whole answer, median.")
CANDIDATE_FIELD(total_high, NUMBER, "", c->terms.total_high_ms / 1e3, "Its 95th percentile.")
CANDIDATE_FIELD(seen,     TRUTH,  "", c->terms.known & KNOWN_LATENCY, "Its endpoint was seen answering lately; else its latency is a prior.")
#endif
