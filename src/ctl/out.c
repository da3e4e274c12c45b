/* out.c -- results as JSON. */
#include "ctl/out.h"

#include "ctl/say.h"

int out_json(json_t *value)
{
	bool fine = json_dumpf(value, stdout, JSON_INDENT(2)) == 0;

	json_decref(value);
	if (fine) {
		putchar('\n');
		return EXIT_FINE;
	}
	say_error("the result cannot be printed as JSON");
	return EXIT_FAILED;
}

void out_value(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

void out_str(json_t *object, const char *name, struct str text)
{
	/* what is no UTF-8 came into Redis from elsewhere; it is not worth failing for */
	json_t *value = str_absent(text) ? NULL : json_stringn(text.p, text.n);

	out_value(object, name, value ? value : json_null());
}

void out_text(json_t *object, const char *name, const char *text)
{
	out_str(object, name, str_of(text));
}

void out_int(json_t *object, const char *name, int64_t value)
{
	out_value(object, name, json_integer(value));
}

void out_bool(json_t *object, const char *name, bool value)
{
	out_value(object, name, json_boolean(value));
}

void out_time(json_t *object, const char *name, int64_t us)
{
	char text[TIME_TEXT];

	out_text(object, name, us > 0 ? time_text(text, us) : NULL);
}

void out_limit(json_t *object, const char *name, int64_t value)
{
	out_value(object, name, value >= 0 ? json_integer(value) : json_null());
}
