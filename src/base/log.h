/*
 * log.h -- one event, one line: ts=... level=... event=... key=value ...
 *
 * Values are quoted and escaped, so a line is always one line. Never log a
 * secret, a prompt or an answer: ids, names, numbers only.
 *
 *   struct log_line l;
 *   if (log_begin(&l, LOG_INFO, "redis_down")) {
 *           log_text(&l, "url", url);
 *           log_end(&l);
 *   }
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/obj.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_line {
	size_t n;
	char text[1400];
};

/* Lines below `least` are not written. The default is LOG_INFO, to standard error. */
void log_setup(enum log_level least, int fd);
/* another `least`, at any time */
void log_limit(enum log_level least);
bool log_level_of(struct str name, enum log_level *level_r);

/* false: the level is off; then neither add to the line nor end it */
bool log_begin(struct log_line *l, enum log_level level, const char *event) MUST_CHECK;
void log_str(struct log_line *l, const char *key, struct str value);
void log_text(struct log_line *l, const char *key, const char *value);
void log_int(struct log_line *l, const char *key, int64_t value);
/* one write(); a line too long is cut */
void log_end(struct log_line *l);

/* a line with a sentence for people in msg=, printf-like */
void log_say(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
