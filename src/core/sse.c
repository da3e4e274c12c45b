/*
 * sse.c -- bytes of an event stream to events.
 *
 * Whole lines are read where they lie; only a line that a read cut in two is
 * put together in a buffer, so the cost is one search and one copy for each line.
 */
#include "core/sse.h"

void sse_init(struct sse *s, size_t max_event)
{
	*s = (struct sse){ .max_event = max_event };
	buf_init(&s->line, max_event);
	buf_init(&s->data, max_event);
	buf_init(&s->name, max_event);
	buf_init(&s->comment, max_event);
}

void sse_release(struct sse *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
	buf_release(&s->name);
	buf_release(&s->comment);
}

static void forget_event(struct sse *s)
{
	buf_reset(&s->data);
	buf_reset(&s->name);
	buf_reset(&s->comment);
	s->has_data = s->has_comment = s->given = false;
}

static bool too_large(const struct sse *s)
{
	return s->data.overflow || s->name.overflow || s->comment.overflow ||
	       s->data.n + s->name.n + s->comment.n > s->max_event;
}

static void set(struct buf *b, struct str value)
{
	buf_reset(b);
	buf_add(b, value);
}

static void take_field(struct sse *s, struct str name, struct str value)
{
	if (str_is(name, "data")) {
		if (s->has_data)
			buf_addc(&s->data, '\n');
		buf_add(&s->data, value);
		s->has_data = true;
	} else if (str_is(name, "event")) {
		set(&s->name, value);
	}
}

/* A line that is not empty, without its end. */
static void take_line(struct sse *s, struct str line)
{
	ptrdiff_t colon = str_chr(line, ':');
	struct str value = STR("");

	if (colon == 0) {
		set(&s->comment, str_sub(line, 1, line.n));
		s->has_comment = true;
		return;
	}
	if (colon > 0) {
		value = str_sub(line, (size_t)colon + 1, line.n);
		if (value.n && value.p[0] == ' ')
			value = str_sub(value, 1, value.n);
		line = str_sub(line, 0, (size_t)colon);
	}
	take_field(s, line, value);
}

/* What a blank line, or the end of the stream, makes of the lines before it. */
static enum sse_result end_event(struct sse *s, struct sse_event *event_r)
{
	bool event = s->has_data || s->name.n > 0;

	if (!event && !s->has_comment) {
		forget_event(s);
		return SSE_MORE;
	}
	s->given = true;
	*event_r = (struct sse_event){
		.name = buf_str(&s->name),
		.data = s->has_data ? buf_str(&s->data) : STR_NONE,
		.comment = s->has_comment ? buf_str(&s->comment) : STR_NONE,
	};
	return event ? SSE_EVENT : SSE_COMMENT;
}

static enum sse_result end_line(struct sse *s, struct str line, struct sse_event *event_r)
{
	if (!s->bom_done && str_starts(line, STR("\xEF\xBB\xBF")))
		line = str_sub(line, 3, line.n);
	s->bom_done = true;
	if (line.n == 0)
		return end_event(s, event_r);
	take_line(s, line);
	return too_large(s) ? SSE_TOO_LARGE : SSE_MORE;
}

/* offset of the first CR or LF, or -1 */
static ptrdiff_t find_line_end(struct str in)
{
	ptrdiff_t lf = str_chr(in, '\n');
	ptrdiff_t cr = str_chr(lf < 0 ? in : str_sub(in, 0, (size_t)lf), '\r');

	return cr < 0 ? lf : cr;
}

/* Take one line, or what there is of it, from *in. */
static enum sse_result feed_line(struct sse *s, struct str *in, struct sse_event *event_r)
{
	ptrdiff_t end = find_line_end(*in);
	struct str line = str_sub(*in, 0, end < 0 ? in->n : (size_t)end);
	enum sse_result result;

	if (end < 0 || s->line.n) {
		buf_add(&s->line, line);
		line = buf_str(&s->line);
	}
	/* a bound of its own, so that it does not matter where a read cut the line */
	if (s->line.overflow || line.n > s->max_event)
		return SSE_TOO_LARGE;
	if (end < 0) {
		*in = str_sub(*in, in->n, in->n);
		return SSE_MORE;
	}
	s->after_cr = in->p[end] == '\r';
	*in = str_sub(*in, (size_t)end + 1, in->n);
	result = end_line(s, line, event_r);
	buf_reset(&s->line);
	return result;
}

enum sse_result sse_feed(struct sse *s, struct str *in, struct sse_event *event_r)
{
	enum sse_result result = SSE_MORE;

	if (s->given)
		forget_event(s);
	while (in->n && result == SSE_MORE) {
		if (s->after_cr && in->p[0] == '\n')
			*in = str_sub(*in, 1, in->n);
		s->after_cr = false;
		if (in->n)
			result = feed_line(s, in, event_r);
	}
	return result;
}

enum sse_result sse_finish(struct sse *s, struct sse_event *event_r)
{
	enum sse_result result = SSE_MORE;

	if (s->given)
		forget_event(s);
	if (s->line.n) {
		result = end_line(s, buf_str(&s->line), event_r);
		buf_reset(&s->line);
	}
	return result == SSE_MORE ? end_event(s, event_r) : result;
}
