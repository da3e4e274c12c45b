/* log.c -- one event, one line, one write(). */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = { "debug", "info", "warn", "error" };

/* set by one thread, read by all */
static enum log_level least = LOG_INFO;
/* set once at start, before threads */
static int out_fd = STDERR_FILENO;

void log_setup(enum log_level level, int fd)
{
	log_limit(level);
	out_fd = fd;
}

void log_limit(enum log_level level)
{
	__atomic_store_n(&least, level, __ATOMIC_RELAXED);
}

bool log_level_of(struct str name, enum log_level *level_r)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_is(name, names[i])) {
			*level_r = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static void put(struct log_line *l, struct str s)
{
	/* one byte is kept for the newline */
	size_t room = sizeof(l->text) - 1 - l->n;
	size_t n = s.n < room ? s.n : room;

	if (n)
		memcpy(l->text + l->n, s.p, n);
	l->n += n;
}

static void put_key(struct log_line *l, const char *key)
{
	put(l, STR(" "));
	put(l, str_of(key));
	put(l, STR("="));
}

bool log_begin(struct log_line *l, enum log_level level, const char *event)
{
	struct timespec t;
	struct tm tm;
	char stamp[64];

	l->n = 0;
	if (level < __atomic_load_n(&least, __ATOMIC_RELAXED))
		return false;
	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	size_t n = strftime(stamp, sizeof(stamp), "ts=%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(stamp + n, sizeof(stamp) - n, ".%03ldZ", t.tv_nsec / 1000000);
	put(l, (struct str){ stamp, n });
	log_text(l, "level", names[level]);
	log_text(l, "event", event);
	return true;
}

static bool needs_quotes(struct str s)
{
	if (s.n == 0)
		return true;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7F)
			return true;
	}
	return false;
}

void log_str(struct log_line *l, const char *key, struct str value)
{
	put_key(l, key);
	if (!needs_quotes(value)) {
		put(l, value);
		return;
	}
	put(l, STR("\""));
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		char hex[8];

		if (c == '"' || c == '\\')
			put(l, STR("\\"));
		if (c < ' ' || c >= 0x7F)
			put(l,
			    (struct str){ hex, (size_t)snprintf(hex, sizeof(hex), "\\x%02x", c) });
		else
			put(l, str_sub(value, i, i + 1));
	}
	put(l, STR("\""));
}

void log_text(struct log_line *l, const char *key, const char *value)
{
	log_str(l, key, str_of(value));
}

void log_int(struct log_line *l, const char *key, int64_t value)
{
	char digits[I64_DIGITS];

	put_key(l, key);
	put(l, (struct str){ digits, i64_digits(digits, value) });
}

void log_end(struct log_line *l)
{
	l->text[l->n++] = '\n';
	/* a log that cannot be written must not stop the work it tells of */
	if (write(out_fd, l->text, l->n) < 0)
		return;
}

void log_say(enum log_level level, const char *event, const char *fmt, ...)
{
	struct log_line l;
	char msg[512];
	va_list ap;

	if (!log_begin(&l, level, event))
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	log_text(&l, "msg", msg);
	log_end(&l);
}
