/* exits.h -- what the program tells the script that called it: tbl/exits.h as numbers. */
#ifndef BASE_EXITS_H
#define BASE_EXITS_H

enum exit_code {
#define EXIT(name, number, text) EXIT_##name = (number),
#include "tbl/exits.h"
#undef EXIT
};

#endif
