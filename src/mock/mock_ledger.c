/* mock_ledger.c -- lines of JSON, appended. */
#include "mock/mock_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

#define MAX_LINE_BYTES (128u << 20) /* a request's line holds its body */

bool mock_ledger_open(const char *path, int *fd_r, struct fault *fault_r)
{
	*fd_r = -1;
	if (!path)
		return true;
	*fd_r = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (*fd_r >= 0)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	return false;
}

void mock_ledger_close(struct mock_ledger *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->requests_fd >= 0)
		close(l->requests_fd);
	l->fd = l->requests_fd = -1;
}

/* --- members --- */

static void member_text(struct buf *line, const char *name, struct str value)
{
	buf_printf(line, ",\"%s\":", name);
	if (str_absent(value))
		buf_adds(line, "null");
	else
		json_quote(line, value);
}

static void member_int(struct buf *line, const char *name, int64_t value)
{
	buf_printf(line, ",\"%s\":%lld", name, (long long)value);
}

static void member_time(struct buf *line, const char *name, int64_t unix_us)
{
	time_t s = (time_t)(unix_us / 1000000);
	struct tm tm;
	char text[32];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(line, "%s\"%s\":\"%s.%06dZ\"", line->n > 1 ? "," : "", name, text,
		   (int)(unix_us % 1000000));
}

static void member_usage(struct buf *line, const char *name, const struct mock_usage *u)
{
	buf_printf(line, ",\"%s\":", name);
	if (!u) {
		buf_adds(line, "null");
		return;
	}
	buf_printf(line,
		   "{\"input\":%lld,\"cache_read\":%lld,\"cache_write\":%lld,\"cache_write_long\":%"
		   "lld,"
		   "\"output\":%lld,\"reasoning\":%lld}",
		   (long long)u->input, (long long)u->cache_read, (long long)u->cache_write,
		   (long long)u->cache_write_long, (long long)u->output, (long long)u->reasoning);
}

/* one write, so that lines of several processes in one file do not mix */
static void append(int fd, struct buf *line)
{
	buf_adds(line, "}\n");
	if (!buf_ok(line) || write(fd, line->p, line->n) != (ssize_t)line->n)
		log_say(LOG_ERROR, "ledger", "a line could not be written: %s", strerror(errno));
}

void mock_ledger_bill(const struct mock_ledger *l, const struct mock_bill *bill)
{
	struct buf line;

	if (l->fd < 0)
		return;
	buf_init(&line, MAX_LINE_BYTES);
	buf_addc(&line, '{');
	member_time(&line, "time", bill->now_us);
	member_time(&line, "arrived", bill->arrived_us);
	member_int(&line, "number", (int64_t)bill->number);
	member_text(&line, "vendor", str_of(bill->vendor));
	member_text(&line, "dialect", str_of(bill->dialect));
	member_text(&line, "model", bill->model);
	member_text(&line, "attempt", bill->attempt);
	member_text(&line, "rule", bill->rule);
	buf_printf(&line, ",\"stream\":%s", bill->stream ? "true" : "false");
	member_int(&line, "status", bill->status);
	member_text(&line, "outcome", str_of(bill->outcome));
	member_usage(&line, "usage", &bill->usage);
	member_usage(&line, "reported", bill->reported);
	member_int(&line, "billed_nanos", bill->billed_nanos);
	if (bill->unpriced)
		buf_adds(&line, ",\"unpriced\":true");
	member_int(&line, "body_bytes", (int64_t)bill->body_bytes);
	append(l->fd, &line);
	buf_release(&line);
}

void mock_ledger_request(const struct mock_ledger *l, uint64_t number, struct str method,
			 struct str path, const struct str headers[][2], size_t n, struct str body)
{
	struct buf line;

	if (l->requests_fd < 0)
		return;
	buf_init(&line, MAX_LINE_BYTES);
	buf_printf(&line, "{\"number\":%llu", (unsigned long long)number);
	member_text(&line, "method", method);
	member_text(&line, "path", path);
	buf_adds(&line, ",\"headers\":{");
	for (size_t i = 0, some = 0; i < n; i++) {
		if (str_absent(headers[i][1]))
			continue;
		if (some++)
			buf_addc(&line, ',');
		json_quote(&line, headers[i][0]);
		buf_addc(&line, ':');
		json_quote(&line, headers[i][1]);
	}
	buf_addc(&line, '}');
	member_text(&line, "body", body);
	append(l->requests_fd, &line);
	buf_release(&line);
}
