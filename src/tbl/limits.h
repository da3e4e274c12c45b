/*
 * Who has limits, and which.
 *
 * SCOPE(name, text)           levels of payers, from the one who pays to the one who asks
 * PERIOD(name, text)          budget periods; all start and end in UTC
 * RATE(name, quantity, error, text)
 *                             per-minute rates (GCRA) of a scope; quantity is what they count
 *                             (requests or tokens: lua/admit.lua), and names their headers
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
RATE(rpm, "requests", ERR_RPM, "each admitted request counts one")
RATE(tpm, "tokens",   ERR_TPM, "a request counts its bound, corrected when it settles")
#endif
