/*
 * SCRIPT(name, text)
 *
 * One line per Lua script: lua/<name>.lua, embedded at build time and called by
 * its SHA-1. The contract (KEYS, ARGV, output) is the head of the script itself;
 * its C wrapper in store/ is the only caller.
 */
SCRIPT(admit,       "check a request and reserve money for the first candidate that fits")
SCRIPT(extend,      "reserve money for one more attempt")
SCRIPT(settle,      "charge an attempt once, give back the rest")
SCRIPT(expire,      "an overdue reservation to suspense")
SCRIPT(reassert,    "what is held for a request in flight, told again after a failover")
SCRIPT(rejoin,      "a worker has told all it holds: the barrier need not wait for it")
SCRIPT(renew,       "a new deadline for an open reservation")
SCRIPT(escrow_hold, "money set aside for while Redis is away")
SCRIPT(feedback,    "count a rating of an answer, once")
SCRIPT(pace,        "the multiplier of a budget from now on")
SCRIPT(rollup,      "count the ledger into the usage of hours and days, for who leads")
SCRIPT(record_put,  "create or change an org, team or key")
SCRIPT(record_drop, "delete an org, team or key")
SCRIPT(lease_take,  "become the leading coordinator, if nobody is")
SCRIPT(lease_renew, "stay the leading coordinator")
SCRIPT(lease_drop,  "stop leading")
SCRIPT(publish,     "a new catalog or snapshot under the next number, for who leads")
SCRIPT(forget,      "drop what nobody needs any more, for who leads")
SCRIPT(health_merge, "add what a gateway saw of a vendor to what all saw")
SCRIPT(breaker_report, "what a gateway saw of endpoints, and what comes of it for their breakers")
SCRIPT(breaker_probe,  "be the one who probes a breaker")
