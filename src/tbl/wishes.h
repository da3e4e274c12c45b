/*
 * WISH(name, fallback, least, most, join, text)
 *
 * What may be asked of a strategy: by a policy (a field of this name), by a key
 * (--strategy "cost; quality_floor=0.8") and by a request (the header
 * x-smartrouter-strategy). A member of struct wish (model/wish.h), a double.
 * join: LATEST: the request's own word counts, else the key's, else the policy's.
 *       LEAST, MOST: the strictest of the three counts, so that a request can tighten what its
 *       key and policy say and never loosen it.
 */
WISH(quality_weight, 1,    0, 100,   LATEST, "What a point of quality (0 to 1) is worth to `balanced`.")
WISH(cost_weight,    0.1,  0, 100,   LATEST, "What it is worth to save what the policy's first model would cost.")
WISH(latency_weight, 0.02, 0, 100,   LATEST, "What it is worth to be twice as fast, above latency_target.")
WISH(latency_target, 5,    0.01, 3600, LATEST, "Seconds until the whole answer (of a stream: its first token) that are fast enough; what is slower counts against a candidate.")
WISH(quality_drop,   0.02, 0, 1,     LATEST, "The guard: how much quality less than the policy's first model is fine when that saves money or time.")
WISH(certainty,      1,    0, 10,    MOST,   "Standard errors by which evidence must hold: for the guard, before another model than the policy's first is taken; for quality_floor.")
WISH(quality_floor,  0,    0, 1,     MOST,   "Candidates of surely less quality are left out.")
WISH(max_cost,       1000000,  0, 1000000,   LEAST,  "US dollars that a request may be expected to cost.")
WISH(max_latency,    1000000,  0, 1000000,   LEAST,  "Seconds that the answer may be expected to take; left out of account when no candidate keeps it.")
WISH(max_price_input,  1000000, 0, 1000000,  LEAST,  "US dollars for a million input tokens.")
WISH(max_price_output, 1000000, 0, 1000000,  LEAST,  "US dollars for a million output tokens.")
