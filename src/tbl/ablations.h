/*
 * ABLATION(name, text)
 *
 * A safety rule that can be switched off to prove that its absence is noticed. Only
 * in a build configured with --enable-ablation: SMARTROUTER_ABLATE names one or
 * several. The code asks `if (ablated(ABLATE_<name>))`; tests/chaos/aimed.py has a
 * schedule for each, and tests/chaos/ablations shows that its absence is seen.
 */
ABLATION(journal,   "R1: nothing is written into the journal")
ABLATION(settle,    "R2: what has ended is forgotten at once, so that a settle that comes again charges again")
ABLATION(kept,      "R3: after a failover of Redis nothing is told again")
ABLATION(barrier,   "R4: after a failover of Redis admissions do not wait")
ABLATION(suspense,  "R5: what nobody settled in time is given back")
ABLATION(not_after, "a command that its sender has given up still does its work")
ABLATION(fence,     "each leader has a fence of its own, which shuts nobody out")
ABLATION(probe,     "who is refused the place of a breaker's probe takes it all the same")
