/*
 * STRATEGY(name, guarded, text)
 *
 * What orders the candidates of `auto`: one line, and one file core/strategy/<name>.c with
 *     double strategy_<name>(const struct choice *, const struct candidate *)
 * which gives a score, higher is better. GUARDED: another candidate than the policy's
 * first is taken only when the evidence for it is real (core/guard.h); FREE: the strategy knows.
 */
STRATEGY(order,    FREE,    "the order that the policy writes")
STRATEGY(quality,  GUARDED, "the best answer expected; of equals the cheapest")
STRATEGY(cost,     FREE,    "the cheapest whose quality is surely above quality_floor")
STRATEGY(latency,  GUARDED, "the fastest, within quality_drop of the first")
STRATEGY(balanced, GUARDED, "quality, cost and latency by their weights")
STRATEGY(budget,   FREE,    "quality against money at the pace that makes the budget last its period")
