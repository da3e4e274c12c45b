/*
 * BREAKER_STATE(name, text)
 *
 * What a breaker can be; its word in Redis is the name. One that is not there is closed.
 */
BREAKER_STATE(closed, "all is well")
BREAKER_STATE(open,   "it gets no requests until a probe may go")
BREAKER_STATE(half,   "it is probed, by one call at a time")
BREAKER_STATE(ramp,   "probes went well: its share of the requests grows again, and then it is closed")
