/*
 * ABLATION(name, text)
 *
 * A safety rule that can be switched off to prove that its absence is noticed. Only
 * in a build configured with --enable-ablation: SMARTROUTER_ABLATE names one or
 * several. The code asks `if (ablated(ABLATE_<name>))`; tests/chaos/aimed.py has a
 * schedule for each, and tests/chaos/ablations shows that its absence is seen.
 */
ABLATION(journal,   "R1: nothing is written into the journal")
ABLATION(suspense,  "R5: what nobody settled in time is given back")
ABLATION(not_after, "a command that its sender has given up still does its work")
