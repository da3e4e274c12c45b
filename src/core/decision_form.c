/* decision_form.c -- the members of a decision record, each a row of its struct's table. */
#include "core/decision_form.h"

#include "core/decision.h"
#include "model/chat.h"

/* --- words --- */

static const char *const text_class_words[] = {
#define TEXT_CLASS(name, text) #name,
#include "tbl/text_classes.h"
#undef TEXT_CLASS
};
static const struct form_words text_classes = { text_class_words, COUNT_OF(text_class_words) };

static const char *const lang_words[] = {
#define LANG(name, text) #name,
#include "tbl/langs.h"
#undef LANG
};
static const struct form_words langs = { lang_words, COUNT_OF(lang_words) };

static const char *const effort_words[] = {
	[EFFORT_UNSET] = "unset", [EFFORT_NONE] = "none",     [EFFORT_MINIMAL] = "minimal",
	[EFFORT_LOW] = "low",     [EFFORT_MEDIUM] = "medium", [EFFORT_HIGH] = "high",
	[EFFORT_XHIGH] = "xhigh", [EFFORT_MAX] = "max",
};
static const struct form_words efforts = { effort_words, COUNT_OF(effort_words) };

static const char *const usage_words[] = {
#define USAGE(name, fallback, text) #name,
#include "tbl/usage.h"
#undef USAGE
};
static const struct form_words usage_classes = { usage_words, COUNT_OF(usage_words) };

static const char *const ability_words[] = {
#define FEATURE(NAME, word, text) word,
#include "tbl/abilities.h"
#undef FEATURE
};
static const struct form_words abilities = { ability_words, COUNT_OF(ability_words) };

/* in the order of their bits: enum mark, enum known */
static const char *const mark_words[] = { "code",   "maths", "tools",   "schema",
					  "images", "media", "sampled", "tools_off" };
static const struct form_words marks = { mark_words, COUNT_OF(mark_words) };
static const char *const known_words[] = { "quality", "latency", "price", "length" };
static const struct form_words known = { known_words, COUNT_OF(known_words) };

static const char *const guard_words[] = {
	[GUARD_UNASKED] = "unasked",
	[GUARD_PASSED] = "passed",
	[GUARD_HELD] = "held",
};
static const struct form_words guards = { guard_words, COUNT_OF(guard_words) };

static const char *const standing_words[] = {
#define STANDING(name, rejection, text) #name,
#include "tbl/standings.h"
#undef STANDING
};
static const struct form_words standings = { standing_words, COUNT_OF(standing_words) };

/* clang-format off */

/* --- facts --- */

static const struct form_field features_rows[] = {
	FORM_ROW_OF(COUNTS, struct features, counts, text_classes),
	FORM_ROW_OF(COUNTS, struct features, form_counts, text_classes),
	FORM_ROW(INT, struct features, text_bytes),
	FORM_ROW(COUNT, struct features, messages),
	FORM_ROW(COUNT, struct features, turns),
	FORM_ROW(COUNT, struct features, answers),
	FORM_ROW(COUNT, struct features, calls),
	FORM_ROW(COUNT, struct features, tools),
	FORM_ROW(COUNT, struct features, images),
	FORM_ROW_OF(WORDS, struct features, marks, marks),
	FORM_ROW_OF(WORD, struct features, lang, langs),
};
static const struct form features_form = FORM_OF(struct features, features_rows);

static const struct form_field task_rows[] = {
	FORM_ROW(TEXT, struct task, name),
	FORM_ROW(REAL, struct task, confidence),
};
static const struct form task_form = FORM_OF(struct task, task_rows);

/* 0 is written, because what is not there is what the record's program did not know */
static const struct form_field wish_rows[] = {
	FORM_ROW(TEXT, struct wish, strategy),
#define WISH(name, fallback, least, most, join, text) FORM_ROW(SAID, struct wish, name),
#include "tbl/wishes.h"
#undef WISH
};
static const struct form wish_form = FORM_OF(struct wish, wish_rows);

static const struct form_field prefix_rows[] = {
	FORM_ROW(HEX, struct prefix, hash),
	FORM_ROW(INT, struct prefix, tokens),
};
static const struct form prefix_form = FORM_OF(struct prefix, prefix_rows);

static const struct form_field facts_rows[] = {
	FORM_ROW_PART(struct facts, features, features_form),
	FORM_ROW(COUNT, struct facts, kind),
	FORM_ROW_PART(struct facts, task, task_form),
	FORM_ROW_OF(WORDS, struct facts, needs, abilities),
	FORM_ROW(INT, struct facts, max_tokens),
	FORM_ROW(INT, struct facts, choices),
	FORM_ROW(FLAG, struct facts, stream),
	FORM_ROW(FLAG, struct facts, thinks),
	FORM_ROW_OF(WORD, struct facts, effort, efforts),
	FORM_ROW_PART(struct facts, wish, wish_form),
	FORM_ROW_PART(struct facts, said, wish_form),
	FORM_ROW(REAL, struct facts, pace),
	FORM_ROW_LIST(struct facts, prefixes, prefix_form, PREFIXES_MAX),
	FORM_ROW(HEX, struct facts, seed),
	FORM_ROW(INT, struct facts, at_s),
};
static const struct form facts_form = FORM_OF(struct facts, facts_rows);

/* --- candidates --- */

static const struct form_field evidence_rows[] = {
	FORM_ROW(REAL, struct evidence, payer_mean),
	FORM_ROW(REAL, struct evidence, payer_mass),
	FORM_ROW(REAL, struct evidence, prompt_mean),
	FORM_ROW(REAL, struct evidence, prompt_mass),
};
static const struct form evidence_form = FORM_OF(struct evidence, evidence_rows);

static const struct form_field terms_rows[] = {
	FORM_ROW(REAL, struct terms, input),
	FORM_ROW(REAL, struct terms, input_high),
	FORM_ROW(REAL, struct terms, output),
	FORM_ROW(REAL, struct terms, output_high),
	FORM_ROW(REAL, struct terms, warm),
	FORM_ROW(REAL, struct terms, cost_nanos),
	FORM_ROW(REAL, struct terms, quality),
	FORM_ROW(REAL, struct terms, quality_se),
	FORM_ROW(REAL, struct terms, failure),
	FORM_ROW(REAL, struct terms, first_ms),
	FORM_ROW(REAL, struct terms, first_high_ms),
	FORM_ROW(REAL, struct terms, total_ms),
	FORM_ROW(REAL, struct terms, total_high_ms),
	FORM_ROW_OF(WORDS, struct terms, known, known),
};
const struct form terms_form = FORM_OF(struct terms, terms_rows);

/* members of the candidate stand beside those of struct considered */
#define FROM_CANDIDATE(member, kind, words, form)                                             \
	{                                                                                     \
		FORM_NAME(member), FORM_##kind, offsetof(struct considered, candidate.member), \
			words, form, 0, 0                                                     \
	}
#define OF_CANDIDATE(kind, member) FROM_CANDIDATE(member, kind, NULL, NULL)
#define WORD_OF_CANDIDATE(member, words) FROM_CANDIDATE(member, WORD, &(words), NULL)
#define PART_OF_CANDIDATE(member, form) FROM_CANDIDATE(member, PART, NULL, &(form))

static const struct form_field considered_rows[] = {
	FORM_ROW(TEXT, struct considered, model),
	FORM_ROW(TEXT, struct considered, vendor),
	FORM_ROW(TEXT, struct considered, endpoint),
	FORM_ROW(COUNT, struct considered, place),
	FORM_ROW(TEXT, struct considered, left_out),
	OF_CANDIDATE(BYTE, rank),
	OF_CANDIDATE(FLAG, named),
	OF_CANDIDATE(REAL, score),
	WORD_OF_CANDIDATE(standing, standings),
	OF_CANDIDATE(INT, blocked_ms),
	PART_OF_CANDIDATE(terms, terms_form),
	PART_OF_CANDIDATE(evidence, evidence_form),
	OF_CANDIDATE(INT, fixed_nanos),
	OF_CANDIDATE(INT, output_picos),
	OF_CANDIDATE(INT, tier_permille),
	OF_CANDIDATE(INT, max_tokens),
	OF_CANDIDATE(INT, min_tokens),
	OF_CANDIDATE(INT, input_bound),
	OF_CANDIDATE(INT, choices),
};
static const struct form considered_form = FORM_OF(struct considered, considered_rows);

static const struct form_field declined_rows[] = {
	FORM_ROW(TEXT, struct declined, model),
	FORM_ROW(TEXT, struct declined, vendor),
	FORM_ROW(TEXT, struct declined, endpoint),
	FORM_ROW(TEXT, struct declined, reason),
	FORM_ROW(TEXT, struct declined, why),
};
static const struct form declined_form = FORM_OF(struct declined, declined_rows);

/* --- what came of it --- */

static const struct form_field usage_rows[] = {
	FORM_ROW_OF(COUNTS, struct usage, tokens, usage_classes),
	FORM_ROW(INT, struct usage, reasoning),
	FORM_ROW(FLAG, struct usage, seen),
	FORM_ROW(FLAG, struct usage, estimated),
};
static const struct form usage_form = FORM_OF(struct usage, usage_rows);

static const struct form_field tried_rows[] = {
	FORM_ROW(COUNT, struct tried, place),
	FORM_ROW(COUNT, struct tried, status),
	FORM_ROW(TEXT, struct tried, end),
	FORM_ROW(REAL, struct tried, first_ms),
	FORM_ROW(REAL, struct tried, total_ms),
	FORM_ROW_PART(struct tried, usage, usage_form),
};
static const struct form tried_form = FORM_OF(struct tried, tried_rows);

static const struct form_field outcome_rows[] = {
	FORM_ROW(TEXT, struct outcome, end),
	FORM_ROW(COUNT, struct outcome, admitted),
	FORM_ROW(INT, struct outcome, max_tokens),
	FORM_ROW_LIST(struct outcome, tried, tried_form, DECISION_ATTEMPTS_MAX),
	FORM_ROW(INT, struct outcome, cost_nanos),
	FORM_ROW(FLAG, struct outcome, unknown_cost),
	FORM_ROW(REAL, struct outcome, total_ms),
};
static const struct form outcome_form = FORM_OF(struct outcome, outcome_rows);

/* --- the whole --- */

static const struct form_field versions_rows[] = {
	FORM_ROW(TEXT, struct versions, program),
	FORM_ROW(TEXT, struct versions, catalog),
	FORM_ROW(INT, struct versions, epoch),
	FORM_ROW(TEXT, struct versions, snapshot),
	FORM_ROW(INT, struct versions, snapshot_version),
	FORM_ROW(TEXT, struct versions, task_model),
	FORM_ROW(TEXT, struct versions, quality_model),
};
static const struct form versions_form = FORM_OF(struct versions, versions_rows);

static const struct form_field decision_rows[] = {
	FORM_ROW(TEXT, struct decision, id),
	FORM_ROW(INT, struct decision, at_us),
	FORM_ROW(TEXT, struct decision, org),
	FORM_ROW(TEXT, struct decision, team),
	FORM_ROW(TEXT, struct decision, key),
	FORM_ROW(TEXT, struct decision, policy),
	FORM_ROW(TEXT, struct decision, asked),
	FORM_ROW(TEXT, struct decision, strategy),
	FORM_ROW_PART(struct decision, ruled, wish_form),
	FORM_ROW(TEXT, struct decision, custom_failed),
	FORM_ROW_OF(WORD, struct decision, guard, guards),
	FORM_ROW(FLAG, struct decision, choosing),
	FORM_ROW(FLAG, struct decision, relaxed),
	FORM_ROW(FLAG, struct decision, floor_unmet),
	FORM_ROW(FLAG, struct decision, panic),
	FORM_ROW_PART(struct decision, versions, versions_form),
	FORM_ROW_PART(struct decision, facts, facts_form),
	FORM_ROW_LIST(struct decision, considered, considered_form, PLAN_MAX),
	FORM_ROW_LIST(struct decision, declined, declined_form, REJECTED_MAX),
	FORM_ROW_PART(struct decision, outcome, outcome_form),
};
const struct form decision_form = FORM_OF(struct decision, decision_rows);
