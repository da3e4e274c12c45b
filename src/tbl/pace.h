/*
 * What the pace of a budget rests on: members of structs, and fields of the hash in Redis that
 * keeps them from one leading coordinator to the next. All are whole numbers.
 *
 * FORECAST_FIELD(name, text)   struct forecast (core/forecast.h); requests in thousandths
 * PACE_FIELD(name, text)       struct pace (core/pace.h); requests in thousandths, levels (ln of
 *                              the multiplier) in thousand-millionths
 */
#ifdef FORECAST_FIELD
FORECAST_FIELD(since_us,     "when it began to look; 0 = not yet")
FORECAST_FIELD(seen_us,      "it has seen all until then")
FORECAST_FIELD(slot_so_far,  "requests of the slot that is not over yet")
FORECAST_FIELD(day_so_far,   "requests since midnight UTC")
FORECAST_FIELD(lately,       "requests seen lately, older ones counting less")
FORECAST_FIELD(lately_us,    "in how long a time")
FORECAST_FIELD(expected,     "what the shape had expected in that time")
FORECAST_FIELD(missed,       "by how many requests slots differed from what was expected of them lately")
FORECAST_FIELD(judged,       "of how many")
#endif
#ifdef PACE_FIELD
PACE_FIELD(start_us,         "beginning of the period that it was in last; 0 = none")
PACE_FIELD(at_us,            "when it looked last")
PACE_FIELD(spent,            "then: nano-dollars charged")
PACE_FIELD(admitted,         "then: requests admitted")
PACE_FIELD(settled,          "then: requests ended")
PACE_FIELD(level,            "then: the level that it set")
PACE_FIELD(urgency,          "then: ln of what the requests to come would cost, over what is left")
PACE_FIELD(lately_n,         "requests that ended lately, older ones counting less")
PACE_FIELD(lately_spent,     "what they were charged, nano-dollars")
PACE_FIELD(lately_level,     "the mean level under which they were chosen")
PACE_FIELD(period_n,         "requests that ended in this period, but for its end when little was left")
PACE_FIELD(period_spent,     "what they were charged, nano-dollars")
PACE_FIELD(period_level,     "the mean level under which they were chosen")
#endif
