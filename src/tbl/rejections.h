/*
 * REJECTION(name, error, text)
 *
 * Why a candidate is left out. The error is what a client sees when nothing is left.
 */
REJECTION(endpoint,   ERR_MODEL_UNKNOWN,  "no endpoint serves it")
REJECTION(credential, ERR_VENDOR_KEY,     "this gateway has no credential for the endpoint")
REJECTION(denied,     ERR_MODEL_DENIED,   "the key may not use it")
REJECTION(unpriced,   ERR_MODEL_UNPRICED, "it has no price, and the key has a budget")
REJECTION(ability,    ERR_UNSUPPORTED,    "it cannot do what a parameter asks")
REJECTION(context,    ERR_CONTEXT,        "the prompt is longer than its context")
REJECTION(provider,   ERR_MODEL_DENIED,   "the request's `provider` leaves its vendor out")
REJECTION(price,      ERR_TOO_DEAR,       "its price is above max_price")
REJECTION(cost,       ERR_TOO_DEAR,       "it would cost more than max_cost")
REJECTION(open,       ERR_VENDOR_ERROR,   "it failed or was slow lately, and its breaker is open")
REJECTION(slow_start, ERR_VENDOR_ERROR,   "it comes back slowly, and this request is not in its share")
REJECTION(credential_out, ERR_VENDOR_KEY, "its vendor refused the credential, or the account has no money")
REJECTION(blocked,    ERR_VENDOR_THROTTLED, "its vendor asked to be left alone for a while")
REJECTION(latency,    ERR_TOO_SLOW,       "it would take longer than max_latency")
REJECTION(floor,      ERR_TOO_WEAK,       "its quality is not surely above quality_floor")
REJECTION(filter,     ERR_FILTERED,       "the strategy's filter leaves it out")
