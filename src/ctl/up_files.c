/* up_files.c -- secrets are made once, edited configurations are kept, the rest is written anew. */
#include "ctl/up_files.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/shipped.h"
#include "ctl/kept_file.h"

static bool write_in(const char *dir, const char *name, struct str text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_write(path, text);
}

/* made once: keys that were given out must stay valid */
static bool keep_pepper(const char *dir)
{
	unsigned char random[32];
	char path[PATH_MAX], hex[65];

	snprintf(path, sizeof(path), "%s/pepper", dir);
	if (access(path, R_OK) == 0)
		return true;
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	return file_write(path, (struct str){ hex, 64 });
}

static bool write_redis_conf(const char *dir)
{
	struct buf b;
	bool fine;

	buf_init(&b, 8192);
	buf_printf(&b, "port 0\nunixsocket %s/redis.sock\nunixsocketperm 700\ndir %s\n", dir, dir);
	buf_adds(&b, "appendonly yes\nappendfsync everysec\nsave \"\"\ndaemonize no\n"
		     "maxmemory-policy noeviction\n");
	fine = buf_ok(&b) && write_in(dir, "redis.conf", buf_str(&b));
	buf_release(&b);
	return fine;
}

static void say_kept(const char *dir, const char *name, const char *more)
{
	if (kept_file_is_edited(dir, name))
		fprintf(stderr, "smartrouter up: %s/%s was edited, so it is kept%s\n", dir, name,
			more);
}

static bool write_shipped(const char *dir)
{
	for (size_t i = 0; i < shipped_count; i++) {
		say_kept(dir, shipped[i].name, "");
		if (!kept_file_write(dir, shipped[i].name, str_of(shipped[i].text)))
			return false;
	}
	return true;
}

bool up_write_files(const char *dir, struct fault *fault_r)
{
	if (keep_pepper(dir) && write_redis_conf(dir) && write_shipped(dir) &&
	    write_in(dir, "mock-key", STR("sk-mock-credential")))
		return true;
	fault_set(fault_r, ERR_INTERNAL, "", "%s: %s", dir, strerror(errno));
	return false;
}

/* --- the configuration --- */

/* the mock vendors stand in for each endpoint, at the path that its dialect has there */
static void write_mock_endpoints(const struct up_config *c, struct buf *b)
{
	static const struct {
		const char *name, *path;
	} list[] = {
		{ "openai", "/openai/v1" },
		{ "anthropic", "/anthropic/v1" },
		{ "deepseek", "/deepseek" },
		{ "qwen", "/qwen/compatible-mode/v1" },
	};

	buf_adds(b, "endpoints:\n");
	for (size_t i = 0; i < COUNT_OF(list); i++)
		buf_printf(b, "  %s:\n    base_url: %s%s\n    api_key: file:%s/mock-key\n",
			   list[i].name, c->mock_url, list[i].path, c->dir);
}

static void write_config(const struct up_config *c, struct buf *b)
{
	buf_adds(b, "# Written by `smartrouter up` at each start, until you edit it.\n");
	buf_printf(b,
		   "gateway:\n  listen: \"%s\"\n  admin_listen: \"%s\"\n  state_dir: %s/gateway\n"
		   "  drain_delay: 0s\n",
		   c->listen, c->admin_listen, c->dir);
	/* beside all the rest on one machine Redis may have to wait for its turn */
	buf_printf(b,
		   "  pepper: file:%s/pepper\nredis:\n  url: unix://%s/redis.sock\n"
		   "  command_timeout: 500ms\n",
		   c->dir, c->dir);
	buf_adds(b, "include: [models.yaml, prices.yaml, quality.yaml, routing.yaml");
	buf_adds(b, c->mock_url ? "]\n" : ", endpoints.yaml]\n");
	if (c->mock_url)
		write_mock_endpoints(c, b);
}

bool up_write_config(const struct up_config *c, struct fault *fault_r)
{
	struct buf b;
	bool fine;

	say_kept(c->dir, UP_CONFIG,
		 "; --listen, --admin-listen and vendors' keys do not change it");
	buf_init(&b, 65536);
	write_config(c, &b);
	fine = buf_ok(&b) && kept_file_write(c->dir, UP_CONFIG, buf_str(&b));
	buf_release(&b);
	if (!fine)
		fault_set(fault_r, ERR_INTERNAL, "", "%s/%s: %s", c->dir, UP_CONFIG,
			  strerror(errno));
	return fine;
}
