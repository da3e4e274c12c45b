/*
 * value.h -- single values as people write them, to numbers.
 *
 * Each reader takes the whole text or nothing, is exact, and leaves bounds to its
 * caller. The writers give what the readers take.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/buf.h"

/* "500ms" "30s" "15m" "2h" "7d" or "0", to milliseconds */
bool value_time(struct str text, int64_t *ms_r);
/* "4096" "16KiB" "10MiB" "1GiB" */
bool value_bytes(struct str text, int64_t *bytes_r);
/* digits */
bool value_count(struct str text, int64_t *count_r);
/* "2026-11-22", to Unix seconds of its 00:00 UTC */
bool value_date(struct str text, int64_t *seconds_r);
/* "06:30" to "24:00", to minutes of the day */
bool value_clock(struct str text, int *minute_r);
/* "mon", "mon-fri", "sat-mon"; bit 0 = Monday */
bool value_days(struct str text, uint8_t *days_r);
/* "0.5", at most three decimals, to thousandths */
bool value_permille(struct str text, int32_t *permille_r);

/* position of text in "one|two|three"; -1: not in it */
int value_word(struct str text, const char *words);
/* the nth word; absent: there are fewer */
struct str value_nth_word(const char *words, int nth);

/* [A-Za-z0-9._-]: names of gateways, endpoints, vendors, policies, aliases */
bool value_is_name(struct str text);
/* a name that may have '/', ':', '@' and '+' in it: ids of models */
bool value_is_id(struct str text);
/* UTF-8 without control characters and line breaks, so that it survives being published */
bool value_is_printable(struct str text);

/* value / 10^places as a decimal without useless zeros: (187500, 6) is "0.1875" */
void value_write_decimal(struct buf *b, int64_t value, int places);
void value_write_date(struct buf *b, int64_t seconds);
void value_write_clock(struct buf *b, int minute);
const char *value_day_name(int day);

#endif
