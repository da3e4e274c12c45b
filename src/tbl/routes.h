/*
 * ROUTE(method, path, name, key, text)
 *
 * What the gateway serves to clients. A path that ends in '/' stands for
 * everything behind it. `key`: KEYED needs an API key, OPEN does not.
 * The function is route_<name>() in gate/routes.c.
 */
ROUTE("POST", "/v1/chat/completions", chat,    KEYED, "OpenAI chat completions")
ROUTE("GET",  "/v1/models",           models,  KEYED, "the models and aliases that the key may use")
ROUTE("GET",  "/v1/models/",          model,   KEYED, "one of them")
ROUTE("POST", "/v1/feedback",         feedback, KEYED, "how good an answer was")
ROUTE("GET",  "/healthz",             healthz, OPEN,  "200 while the process lives")
ROUTE("GET",  "/readyz",              readyz,  OPEN,  "200 while it can serve: Redis is there, a catalog is loaded, not draining")
