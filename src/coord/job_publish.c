/* job_publish.c -- what this coordinator has is what is published. */
#include "base/log.h"
#include "coord/coordinator.h"

static void published(void *who, enum publish_end end, int64_t epoch)
{
	struct job *j = who;

	if (end == PUBLISH_OK)
		log_say(LOG_INFO, "published", "epoch %lld, %.12s", (long long)epoch,
			j->coordinator->catalog->hash);
	else if (end == PUBLISH_FENCED)
		log_say(LOG_WARN, "fenced", "another one leads: publish");
	job_done(j);
}

void job_publish(struct job *j)
{
	struct coordinator *c = j->coordinator;
	struct buf text;

	buf_init(&text, CONF_TEXT_MAX);
	conf_write(c->catalog, &text);
	if (buf_ok(&text)) {
		publish(&c->store, PUBLISHED_CATALOG, &c->lease, str_of(c->catalog->hash),
			buf_str(&text), published, j);
	} else {
		log_say(LOG_ERROR, "catalog_too_large", "not published: more than %u bytes",
			CONF_TEXT_MAX);
		job_done(j);
	}
	buf_release(&text);
}
