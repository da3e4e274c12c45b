/*
 * STANDING(name, rejection, text)
 *
 * How a candidate stands with the fleet, from well to bad; and the rejection when it is left out for
 * it. A decision record holds it for each candidate.
 */
STANDING(fine,       REJECTION_COUNT,         "nothing speaks against it")
STANDING(probe,      REJECTED_open,           "it may be its breaker's one probe")
STANDING(slow_start, REJECTED_slow_start,     "its share of the requests is still small, and this one is not in it")
STANDING(open,       REJECTED_open,           "its breaker is open")
STANDING(out,        REJECTED_credential_out, "its credential was refused")
STANDING(blocked,    REJECTED_blocked,        "its vendor asked to be left alone")
