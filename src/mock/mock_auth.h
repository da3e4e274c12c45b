/* mock_auth.h -- credentials, and bodies that are no JSON, refused in the vendors' words. */
#ifndef MOCK_MOCK_AUTH_H
#define MOCK_MOCK_AUTH_H

#include "mock/mock_ask.h"

/* Is there a credential where this vendor looks for it? good: the only one it takes; NULL: any.
 * False: ask->error says what the vendor says. */
bool mock_auth(struct mock_ask *ask, const char *good);
/* the credential as it came; absent when there is none */
struct str mock_credential(const struct mock_ask *ask);
/* ask->error for a body that is no JSON object; always false */
bool mock_auth_bad_json(struct mock_ask *ask);

#endif
