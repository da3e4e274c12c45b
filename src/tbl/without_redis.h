/*
 * WITHOUT_REDIS(name, text)
 *
 * What becomes of a payer's requests while Redis is away (doc/failures.md, "Without Redis").
 */
WITHOUT_REDIS(closed,   "refused with 503: nothing is spent that Redis did not allow")
WITHOUT_REDIS(degraded, "served as long as the money lasts that was set aside before")
WITHOUT_REDIS(open,     "served, checked by nobody, and charged when Redis is back")
