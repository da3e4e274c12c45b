/* mock_fault.c -- what rules break, and where. */
#include <time.h>

#include "mock/mock_auth.h"
#include "mock/mock_play.h"

#define HUGE_BYTES 1500000u

/* --- errors --- */

/* the prompt and the credential in an error's words, as careless servers have it */
static void leak(struct play *p, struct mock_error *e)
{
	struct str key = mock_credential(&p->ask);

	e->message = arena_printf(&p->arena, "%.*s (key: %.*s, prompt: %.*s)", STR_ARG(e->message),
				  STR_ARG(key), STR_ARG(p->ask.last_text));
}

static void make_error(struct play *p, struct mock_error *e)
{
	enum mock_vendor vendor = p->ask.dialect->vendor;
	const struct mock_rule *r = &p->rule;

	if (str_absent(r->error) || !mock_error_named(vendor, r->error, e))
		mock_error_of_status(vendor, r->status >= 0 ? (int)r->status : 500, e);
	if (r->status >= 0)
		e->status = (int)r->status;
	if (r->leak > 0)
		leak(p, e);
}

/* as a body: the vendor's words, or what the rule says */
static void write_error(struct play *p, const struct mock_error *e)
{
	if (str_absent(p->rule.body))
		p->ask.dialect->error(&p->out, e, &p->fill);
	else
		buf_add(&p->out, p->rule.body);
}

void play_refuse(struct play *p, const struct mock_error *e)
{
	const struct mock_dialect *d = p->ask.dialect;
	const char *type = "application/json";

	p->fill.refused = e->type;
	if (d->vendor == MOCK_DEEPSEEK && e->status == 400)
		type = "application/octet-stream"; /* as it does */
	if (d->errors_in_stream && p->ask.stream && e->status != 401) {
		d->error_frame(&p->out, e, &p->fill);
		play_say(p, 200, NULL, OUTCOME_REFUSED);
		return;
	}
	write_error(p, e);
	play_say(p, e->status, type, OUTCOME_REFUSED);
}

static void break_by_error(struct play *p, enum mock_place place)
{
	struct mock_error e;

	make_error(p, &e);
	if (place == PLACE_HEADERS) {
		play_refuse(p, &e);
	} else if (p->ask.stream) {
		p->ask.dialect->error_frame(&p->out, &e, &p->fill);
		play_say(p, 200, NULL, OUTCOME_ERROR);
	} else {
		write_error(p, &e);
		play_say(p, 200, NULL, OUTCOME_ERROR);
	}
}

/* --- garbage --- */

static const char html[] =
	"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
	"<center><h1>502 Bad "
	"Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

static void write_huge(struct play *p)
{
	if (p->ask.stream)
		buf_adds(&p->out, "data: ");
	buf_adds(&p->out, "{\"huge\":\"");
	for (size_t i = 0; i < HUGE_BYTES; i++)
		buf_addc(&p->out, 'x');
	buf_adds(&p->out, p->ask.stream ? "\"}\n\n" : "\"}");
}

/* half of what would have come */
static void write_truncated(struct play *p)
{
	size_t from = p->out.n;

	if (p->ask.stream)
		buf_adds(&p->out, "data: "
				  "{\"id\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{"
				  "\"content\":\"Trunc\n\n");
	else
		play_render_whole(p);
	if (!p->ask.stream)
		p->out.n = from + (p->out.n - from) / 2;
}

static void break_by_garbage(struct play *p)
{
	const char *type = NULL;
	int status = p->rule.status >= 0 ? (int)p->rule.status : 200;

	switch ((enum mock_garbage)p->rule.garbage) {
	case GARBAGE_TEXT:
		buf_adds(&p->out,
			 p->ask.stream ? "data: upstream fell over\n\n" : "upstream fell over");
		break;
	case GARBAGE_TRUNCATED: write_truncated(p); break;
	case GARBAGE_HTML:
		buf_adds(&p->out, html);
		type = "text/html";
		status = p->rule.status >= 0 ? (int)p->rule.status : 502;
		break;
	case GARBAGE_HUGE: write_huge(p); break;
	case GARBAGE_BLANK: buf_adds(&p->out, "\n\n\n"); break;
	case GARBAGE_EMPTY:
	case GARBAGE_NONE: break;
	}
	play_say(p, status, type, OUTCOME_GARBAGE);
}

/* --- where --- */

static enum mock_place place_of(const struct mock_rule *r)
{
	if (r->at >= 0)
		return (enum mock_place)r->at;
	if (r->cut > 0)
		return PLACE_MIDDLE;
	return PLACE_HEADERS;
}

/* of a whole answer, what comes before the place */
static void write_before(struct play *p, enum mock_place place)
{
	size_t from = p->out.n;

	if (p->ask.stream || place < PLACE_MIDDLE)
		return;
	play_render_whole(p);
	if (place == PLACE_MIDDLE)
		p->out.n = from + (p->out.n - from) / 2;
}

bool play_break(struct play *p, enum mock_place place)
{
	const struct mock_rule *r = &p->rule;
	bool error = !str_absent(r->error) || r->leak > 0 ||
		     (r->status >= 0 && r->garbage <= GARBAGE_NONE);

	if (place != place_of(r))
		return false;
	if (error) {
		break_by_error(p, place);
	} else if (r->garbage > GARBAGE_NONE) {
		break_by_garbage(p);
	} else if (r->cut > 0) {
		write_before(p, place);
		play_over(p, OUTCOME_CUT, false);
	} else if (r->stall > 0) {
		write_before(p, place);
		p->phase = PLAY_STALLED;
	} else {
		return false;
	}
	return true;
}

/* --- headers a rule adds --- */

/* "date:5" becomes the HTTP date five seconds from now; anything else stays as it is */
static const char *retry_after(struct arena *a, struct str value, int64_t now_s)
{
	struct str seconds = value;
	struct str word = str_cut(&seconds, ':');
	int64_t later = 0;
	char text[64];
	time_t t;
	struct tm tm;

	if (!str_is(word, "date") || !str_i64(seconds, &later))
		return arena_cstr(a, value);
	t = (time_t)(now_s + later);
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return arena_cstr(a, str_of(text));
}

void mock_rule_heads(const struct mock_rule *r, struct arena *a, int64_t now_s,
		     struct mock_reply_heads *heads)
{
	if (!str_absent(r->retry_after))
		mock_head(heads, "retry-after", retry_after(a, r->retry_after, now_s));
	if (!str_absent(r->retry_after_ms))
		mock_head(heads, "retry-after-ms", arena_cstr(a, r->retry_after_ms));
	JSON_EACH (name, r->headers)
		mock_head(heads, arena_cstr(a, json_text(name, a)),
			  arena_cstr(a, json_text(json_value(name), a)));
}
