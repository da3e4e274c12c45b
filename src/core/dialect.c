/* dialect.c -- the list of dialects. */
#include "core/dialect.h"

const struct dialect *dialect_of(enum dialect_id id)
{
	static const struct dialect *const dialects[DIALECT_COUNT] = {
#define VENDOR(name, vendor, base_url, key_env, text) [DIALECT_##name] = &dialect_##name,
#include "tbl/vendors.h"
#undef VENDOR
	};

	return dialects[id];
}
