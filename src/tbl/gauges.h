/*
 * GAUGE(name, text)
 *
 * What a gateway is like now: its line in Redis (smartrouter status), /metrics.
 */
GAUGE(in_flight,    "requests that are not done")
GAUGE(epoch,        "of the catalog in use")
GAUGE(redis_up,     "1 when every worker reaches Redis")
GAUGE(endpoints_usable, "vendors' endpoints with a credential that is not refused, or that need none")
GAUGE(credentials_missing, "endpoints whose credential is not there")
GAUGE(credentials_refused, "endpoints whose vendor refuses the credential")
GAUGE(unsettled,    "charges that Redis has not confirmed; the journal has them")
GAUGE(escrow_keys,  "keys that can be served while Redis is away")
GAUGE(escrow_nanos, "nano-dollars set aside for that")
