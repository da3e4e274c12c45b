/*
 * STEP(name, edges, text)
 *
 * The life of a request. After admit every road leads through settle. One
 * function changes the step (gate/request.c) and checks the edge; `smartrouter
 * gateway --steps` prints the drawing, and a test compares it with doc/request.dot.
 */
STEP(receive,  TO(identify) TO(reply),                  "body parsed into a neutral chat")
STEP(identify, TO(plan) TO(reply),                      "key, team and org known, from the cache or from Redis")
STEP(plan,     TO(admit) TO(reply),                     "candidates in order of preference, no waiting")
STEP(admit,    TO(call) TO(identify) TO(plan) TO(settle) TO(reply),
     "limits checked and money reserved, in one trip to Redis")
STEP(call,     TO(call) TO(relay) TO(settle),           "one attempt; retry and failover until content arrives")
STEP(relay,    TO(settle),                              "the vendor's answer becomes the client's")
STEP(settle,   TO(reply),                               "charged, on every path")
STEP(reply,    TO(done),                                "the last bytes to the client, or an error in its dialect")
STEP(done,     ,                                        "nothing left but the arena")
