/*
 * custom_kit.h -- a request and candidates for tests of custom strategies.
 *
 * Candidate i is model "m0", "m1" ...; the later, the better, dearer and slower.
 */
#ifndef CUSTOM_KIT_H
#define CUSTOM_KIT_H

#include "core/decide.h"
#include "core/wish.h"
#include "unit.h"

struct custom_kit {
	struct facts facts;
	struct endpoint endpoint;
	struct rate rate;
	struct price price;
	struct model models[PLAN_MAX];
	struct target targets[PLAN_MAX];
	struct candidate candidates[PLAN_MAX];
	struct choice choice;
};

static inline void custom_kit_candidate(struct custom_kit *k, uint32_t i)
{
	static const char *const ids[PLAN_MAX] = { "m0",  "m1",  "m2",  "m3", "m4",  "m5",
						   "m6",  "m7",  "m8",  "m9", "m10", "m11",
						   "m12", "m13", "m14", "m15" };

	k->models[i] = (struct model){ .id = str_of(ids[i]),
				       .vendor = i % 2 ? STR("odd") : STR("even"),
				       .context = 1000 * (i + 1),
				       .price = &k->price };
	k->targets[i] = (struct target){ &k->models[i], &k->endpoint };
	k->candidates[i] = (struct candidate){ .target = &k->targets[i],
					       .fixed_nanos = 2000000,
					       .max_tokens = 1000,
					       .output_picos = 3000000 };
	k->candidates[i].terms = (struct terms){ .input = 100,
						 .output = 200,
						 .quality = 0.5 + 0.01 * i,
						 .quality_se = 0.02,
						 .cost_nanos = 1e6 * (i + 1),
						 .first_ms = 200,
						 .first_high_ms = 500,
						 .total_ms = 500.0 * (i + 1),
						 .total_high_ms = 1000.0 * (i + 1),
						 .known = KNOWN_PRICE };
}

/* n candidates on Sunday, 2026-11-22, 19:30 UTC; a programming request */
static inline void custom_kit_init(struct custom_kit *k, uint32_t n)
{
	*k = (struct custom_kit){ .endpoint = { .name = STR("here") } };
	k->rate = (struct rate){ .days = 0x7F, .to_minute = 1440, .above_input = -1 };
	k->rate.picos[USAGE_input] = 1500000;
	k->rate.picos[USAGE_output] = 6000000;
	k->price = (struct price){ .rates = &k->rate, .n_rates = 1 };
	for (uint32_t i = 0; i < n; i++)
		custom_kit_candidate(k, i);
	k->facts = (struct facts){ .task = { STR("programming"), 0.9 },
				   .max_tokens = -1,
				   .choices = 1,
				   .at_s = 1795375800 };
	k->facts.features = (struct features){ .counts = { [TEXT_word] = 9000 },
					       .turns = 3,
					       .messages = 6,
					       .tools = 2,
					       .marks = MARK_CODE | MARK_TOOLS,
					       .lang = LANG_en };
	wish_default(&k->facts.wish);
	k->choice = (struct choice){
		.facts = &k->facts, .candidates = k->candidates, .n = n, .first = &k->candidates[0]
	};
}

#endif
