/* features.c -- the names of languages. */
#include "model/features.h"

const char *lang_name(enum lang l)
{
	static const char *const names[] = {
#define LANG(name, text) #name,
#include "tbl/langs.h"
#undef LANG
	};

	return names[l];
}
