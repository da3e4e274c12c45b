/*
 * front_words.h -- what libmicrohttpd has to say, without what clients sent.
 *
 * It speaks in formats. What is filled into one may be a client's words, so "..." stands for
 * it. Where the whole format is one "%s" it is filled with a sentence of the library's own.
 */
#ifndef IO_FRONT_WORDS_H
#define IO_FRONT_WORDS_H

#include <stdarg.h>

#include "base/str.h"

#define FRONT_WORDS_MAX 160

/* In dst, without a NUL: one line of words, cut to what fits. */
struct str front_words(const char *format, va_list values, char dst[FRONT_WORDS_MAX]);

#endif
