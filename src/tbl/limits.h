/*
 * Who has limits, and which.
 *
 * SCOPE(name, text)           levels of payers, from the one who pays to the one who asks
 * PERIOD(name, text)          budget periods; all start and end in UTC
 * RATE(name, unit, text)      per-minute rates (GCRA) of a scope
 */
#ifdef SCOPE
SCOPE(org,  "an organisation: everything of one org shares a slot in Redis")
SCOPE(team, "a team within an org")
SCOPE(key,  "an API key of a team")
#endif
#ifdef PERIOD
PERIOD(hour,  "from minute 0")
PERIOD(day,   "from 00:00 UTC")
PERIOD(week,  "from Monday 00:00 UTC (ISO 8601)")
PERIOD(month, "from the first day 00:00 UTC")
PERIOD(total, "for ever")
#endif
#ifdef RATE
RATE(rpm, "requests per minute", "each admitted request counts one")
RATE(tpm, "tokens per minute",   "a request counts its bound, corrected when it settles")
#endif
