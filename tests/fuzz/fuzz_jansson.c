/* fuzz_jansson.c -- jansson's opinion, apart from base/json.h: both call their types alike. */
#include <jansson.h>

#include "fuzz_json.h"

/* 64 characters of a number may be more than a 64-bit integer */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL)

static void write_string(struct buf *out, const char *p, size_t n)
{
	buf_printf(out, "s%zu:", n);
	buf_add(out, (struct str){ p, n });
}

static void write_value(struct buf *out, json_t *value)
{
	const char *name;
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_NULL: buf_addc(out, 'z'); break;
	case JSON_FALSE: buf_addc(out, 'f'); break;
	case JSON_TRUE: buf_addc(out, 't'); break;
	case JSON_REAL: buf_printf(out, "n%.17g", json_real_value(value)); break;
	case JSON_STRING:
		write_string(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_ARRAY:
		buf_printf(out, "[%zu", json_array_size(value));
		json_array_foreach(value, i, item) write_value(out, item);
		break;
	case JSON_OBJECT:
		buf_printf(out, "{%zu", json_object_size(value));
		json_object_foreach(value, name, item)
		{
			write_string(out, name, strlen(name));
			write_value(out, item);
		}
		break;
	case JSON_INTEGER: break; /* read as reals */
	}
}

enum opinion json_opinion(struct str text, struct buf *reading)
{
	json_error_t error;
	json_t *value = json_loadb(text.p, text.n, FLAGS, &error);

	if (!value) {
		bool beyond = json_error_code(&error) == json_error_numeric_overflow ||
			      json_error_code(&error) == json_error_null_byte_in_key ||
			      strncmp(error.text, "invalid Unicode", 15) == 0;

		return beyond ? OPINION_BEYOND : OPINION_BAD;
	}
	if (reading)
		write_value(reading, value);
	json_decref(value);
	return OPINION_GOOD;
}
