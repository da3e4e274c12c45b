/*
 * REDIS_ERROR(word, meaning, text)
 *
 * What an error reply of Redis means, by its first word. Of every word here it is certain that
 * nothing was done: Redis refuses a command before it runs it, and a script at its first write.
 * Any other error may come from the middle of a script: what it asked for may have been done.
 *
 * meaning: src/io/redis_error.h
 */
/* clang-format off */
REDIS_ERROR(MOVED,       MOVED,   "another node has this slot")
REDIS_ERROR(ASK,         ASK,     "another node is taking this slot over")
REDIS_ERROR(TRYAGAIN,    WAIT,    "this slot is between two nodes")
REDIS_ERROR(CLUSTERDOWN, WAIT,    "nobody serves this slot now")
REDIS_ERROR(READONLY,    LEAVE,   "this server has become a replica")
REDIS_ERROR(LOADING,     LEAVE,   "this server reads its data")
REDIS_ERROR(MASTERDOWN,  LEAVE,   "this replica has lost its primary")
REDIS_ERROR(BUSY,        DOWN,    "a script runs for too long")
REDIS_ERROR(OOM,         REFUSED, "there is no memory for writes")
REDIS_ERROR(MISCONF,     REFUSED, "the disk takes no writes")
REDIS_ERROR(NOREPLICAS,  REFUSED, "too few replicas are there for writes")
REDIS_ERROR(NOAUTH,      REFUSED, "who asks is not signed in")
REDIS_ERROR(NOPERM,      REFUSED, "the user lacks a right")
REDIS_ERROR(NOSCRIPT,    SCRIPT,  "this server does not know the script")
/* clang-format on */
