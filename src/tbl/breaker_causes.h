/*
 * BREAKER_CAUSE(name, text)
 *
 * Why a breaker opened; its word in Redis is the name. The last is no guess of ours but the
 * vendor's word about the credential, and takes this one out until the vendor says otherwise.
 */
BREAKER_CAUSE(failed,     "calls failed")
BREAKER_CAUSE(slow,       "answers were much slower than usual")
BREAKER_CAUSE(throttled,  "most calls were refused for their rate")
BREAKER_CAUSE(credential, "the vendor refused the credential, or its account has no money")
