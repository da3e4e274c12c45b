/*
 * FIGURE(name, title, text)
 *
 * What usage is counted in (lua/rollup.lua): the title heads its column.
 */
FIGURE(requests,      "REQUESTS",   "requests that have ended, of those that a vendor was called for")
FIGURE(attempts,      "ATTEMPTS",   "calls to vendors for them; above requests: repeated, failed over or hedged")
FIGURE(failed,        "FAILED",     "of the requests: those without an answer")
FIGURE(downgraded,    "DOWNGRADED", "of the requests: those not given to the first candidate because of a budget")
FIGURE(input_tokens,  "INPUT",      "input tokens charged, from caches too")
FIGURE(output_tokens, "OUTPUT",     "output tokens charged")
FIGURE(spent_nanos,   "USD",        "nano-dollars charged; corrections count when they were made")
