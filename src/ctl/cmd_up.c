/*
 * cmd_up.c -- everything on one machine: a private Redis, a coordinator, a
 * gateway, and the mock vendors where no vendor's key is in the environment.
 *
 * The same parts as a fleet, started for you; nothing here is a second
 * implementation. All it keeps lies in one folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/commands.h"
#include "ctl/children.h"
#include "ctl/kept_file.h"
#include "ctl/up_files.h"
#include "model/catalog.h"

enum { REDIS, MOCK, COORDINATOR, GATEWAY, CHILDREN };

/* the places of --listen's argument in the command line of the mock, and of --await-catalog in
 * that of the gateway */
#define MOCK_ADDRESS  3
#define GATEWAY_AWAIT 4

#define MOCK_ANY "127.0.0.1:0"

#define STOP_MS 40000
/* who was killed a moment ago leaves parts behind that are just ending */
#define LOCK_WAIT_MS 3000
/* a child that ends sooner after its start is not started again */
#define SHORT_LIFE_US 2000000

struct up {
	char dir[1024];
	const char *listen, *admin_listen;
	bool mock_asked, mock; /* by --mock; whether they are started */
	bool kept;             /* the configuration was edited: it says which vendors are used */
	char self[PATH_MAX];
	struct arena arena; /* of paths */
	struct child children[CHILDREN];
	bool at_terminal; /* when it began */
};

static const char usage[] =
	"usage: smartrouter up [--dir DIR] [--listen HOST:PORT] [--mock]\n\n"
	"Runs everything on this machine: a private redis-server, a coordinator and a gateway.\n"
	"Vendors are used whose key is in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY,\n"
	"DEEPSEEK_API_KEY, DASHSCOPE_API_KEY); with none of them, mock vendors are started.\n"
	"Prints http://HOST:PORT once it serves. Ctrl-C ends it; what it knows stays in DIR.\n"
	"SIGHUP: coordinator and gateway read the configuration in DIR again.\n"
	"Files of the configuration that were edited there are kept.\n\n"
	"  --dir DIR           where it keeps everything (default: $XDG_STATE_HOME/smartrouter,\n"
	"                      then ~/.local/state/smartrouter)\n"
	"  --listen HOST:PORT  for clients (default 127.0.0.1:8080; port 0 takes a free one)\n"
	"  --admin-listen HOST:PORT  for /metrics (default: none)\n"
	"  --mock              use the mock vendors although there are keys\n"
	"  --help              this text\n";

/* a path inside the folder; lives as long as u */
static const char *path_in(struct up *u, const char *name)
{
	struct str path = arena_printf(&u->arena, "%s/%s", u->dir, name);

	return path.p ? path.p : "/dev/null"; /* the arena holds far more than there are paths */
}

static bool make_dir(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t n = slash ? (size_t)(slash - path) : strlen(path);

		str_copy(part, sizeof(part), (struct str){ path, n });
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return false;
		if (!slash)
			return true;
	}
}

static void choose_dir(struct up *u)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (u->dir[0])
		return;
	if (state && *state)
		snprintf(u->dir, sizeof(u->dir), "%s/smartrouter", state);
	else
		snprintf(u->dir, sizeof(u->dir), "%s/.local/state/smartrouter",
			 home ? home : "/tmp");
}

/* The path becomes part of a URL, of Redis' configuration, and of a socket's name. NULL: it
 * fits. */
static const char *trouble_with(const char *dir)
{
	if (strlen(dir) + sizeof("/redis.sock") > sizeof(((struct sockaddr_un *)0)->sun_path))
		return "the path is too long for a socket in it";
	if (dir[strcspn(dir, " \t\n\"'#%?\\")])
		return "no spaces, quotes, #, %, ? or \\ in the path, please";
	return NULL;
}

/* because the parts may be started again from elsewhere */
static bool make_absolute(struct up *u)
{
	char here[PATH_MAX];

	if (u->dir[0] == '/')
		return true;
	return getcwd(here, sizeof(here)) &&
	       str_copy(u->dir, sizeof(u->dir), arena_printf(&u->arena, "%s/%s", here, u->dir));
}

static bool have_a_vendor_key(void)
{
	static const char *const names[] = {
#define VENDOR(dialect, vendor, base_url, key_env, text) key_env,
#include "tbl/vendors.h"
#undef VENDOR
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return true;
	}
	return false;
}

/* --- its folder --- */

/* Two Redis' in one folder would spoil its books. The parts inherit the lock: what outlives a
 * killed `up` keeps the folder too. */
static bool claim_dir(struct up *u, struct fault *f)
{
	int64_t until = clock_mono_us() + LOCK_WAIT_MS * 1000;
	int fd = make_dir(u->dir) ? open(path_in(u, "lock"), O_CREAT | O_RDWR, 0600) : -1;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (clock_mono_us() > until) {
			fault_set(f, ERR_VALUE, "", "%s is in use by another smartrouter up",
				  u->dir);
			close(fd);
			return false;
		}
		usleep(20000);
	}
	if (fd < 0)
		fault_set(f, ERR_INTERNAL, "", "%s: %s", u->dir, strerror(errno));
	return fd >= 0;
}

/* --- the parts --- */

static void describe(struct up *u)
{
	const char *config = path_in(u, UP_CONFIG);

	u->children[REDIS] = (struct child){
		.name = "redis-server",
		.argv = { "redis-server", path_in(u, "redis.conf") },
		.log = path_in(u, "redis.log"),
	};
	u->children[MOCK] = (struct child){
		.name = "mock-vendor",
		.argv = { u->self, "mock-vendor", "--listen", MOCK_ANY, "--ledger",
			  path_in(u, "mock-ledger.jsonl") },
		.log = path_in(u, "mock.log"),
		.says_url = true,
	};
	u->children[COORDINATOR] = (struct child){
		.name = "coordinator",
		.argv = { u->self, "coordinator", "--config", config },
		.log = path_in(u, "coordinator.log"),
	};
	u->children[GATEWAY] = (struct child){
		.name = "gateway",
		.argv = { u->self, "gateway", "--config", config, "--await-catalog" },
		.log = path_in(u, "gateway.log"),
		.says_url = true,
		.needs_others = true,
	};
}

static const char *address_of_last_time(struct up *u, const char *path)
{
	char line[128] = "";
	FILE *file = fopen(path, "re");
	bool fine = file && fgets(line, sizeof(line), file);
	struct str own = fine ? arena_printf(&u->arena, "%s", line) : STR_NONE;

	if (file)
		fclose(file);
	return own.p ? own.p : MOCK_ANY;
}

static bool names_the_mock(struct up *u)
{
	struct str url = arena_printf(&u->arena, "http://%s/",
				      address_of_last_time(u, path_in(u, "mock-address")));

	return url.p && kept_file_has(u->dir, UP_CONFIG, url.p);
}

/* An edited configuration is used as it is, whatever keys there are. */
static bool choose_vendors(struct up *u, struct fault *f)
{
	u->kept = kept_file_is_edited(u->dir, UP_CONFIG);
	u->mock = u->kept ? names_the_mock(u) : u->mock_asked || !have_a_vendor_key();
	if (!u->mock_asked || u->mock)
		return true;
	fault_set(f, ERR_VALUE, "",
		  "%s/" UP_CONFIG " was edited and does not name the mock vendors; remove it to "
		  "use them, or leave out --mock",
		  u->dir);
	return false;
}

/* one that is started again listens where the configuration says; so it does under one that was
 * edited */
static bool start_mock(struct up *u, struct fault *f)
{
	struct child *mock = &u->children[MOCK];
	const char *known = path_in(u, "mock-address");

	if (u->kept)
		mock->argv[MOCK_ADDRESS] = address_of_last_time(u, known);
	if (!child_start(mock, f))
		return false;
	mock->argv[MOCK_ADDRESS] = mock->url + strlen("http://");
	if (file_write(known, str_of(mock->argv[MOCK_ADDRESS])))
		return true;
	fault_set(f, ERR_INTERNAL, "", "%s: %s", known, strerror(errno));
	return false;
}

/* One that is started again shall serve, whatever was published meanwhile. */
static bool start_gateway(struct up *u, struct fault *f)
{
	struct child *gateway = &u->children[GATEWAY];

	if (!child_start(gateway, f))
		return false;
	gateway->argv[GATEWAY_AWAIT] = NULL;
	gateway->needs_others = false;
	return true;
}

static bool start_all(struct up *u, struct fault *f)
{
	if (!child_start(&u->children[REDIS], f))
		return false;
	if (u->mock && !start_mock(u, f))
		return false;
	return up_write_config(
		       &(struct up_config){ .dir = u->dir,
					    .listen = u->listen,
					    .admin_listen = u->admin_listen,
					    .mock_url = u->mock ? u->children[MOCK].url : NULL },
		       f) &&
	       child_start(&u->children[COORDINATOR], f) && start_gateway(u, f);
}

static void stop_all(struct up *u)
{
	for (int i = CHILDREN - 1; i >= 0; i--)
		child_stop(&u->children[i], STOP_MS);
}

static bool has_ended(struct child *c)
{
	int status;

	if (!child_has_ended(c, &status))
		return false;
	fprintf(stderr, "smartrouter up: %s has ended (%s %d); see %s\n", c->name,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), c->log);
	return true;
}

/* A part that ended is begun again, unless it ended at once. False: give up. */
static bool look_after(struct up *u)
{
	for (int i = 0; i < CHILDREN; i++) {
		struct child *c = &u->children[i];
		struct fault f;

		if (!has_ended(c))
			continue;
		if (clock_mono_us() - c->began_us < SHORT_LIFE_US || !child_start(c, &f)) {
			fputs("smartrouter up: starting it again would not help; ending\n", stderr);
			return false;
		}
	}
	return true;
}

/* A terminal that was closed sends SIGHUP too, but then it is none any more. */
static bool has_hung_up(const struct up *u)
{
	return u->at_terminal && !isatty(STDIN_FILENO);
}

static void reload(struct up *u)
{
	static const int readers[] = { COORDINATOR, GATEWAY };

	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		if (u->children[readers[i]].pid > 0)
			kill(u->children[readers[i]].pid, SIGHUP);
	}
}

static void signals_watched(sigset_t *set_r)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

	sigemptyset(set_r);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		sigaddset(set_r, numbers[i]);
}

static int watch_over(struct up *u)
{
	sigset_t set;
	int number;

	signals_watched(&set);
	for (;;) {
		if (sigwait(&set, &number) != 0)
			continue;
		if (number == SIGHUP && !has_hung_up(u))
			reload(u);
		else if (number != SIGCHLD)
			return 0;
		else if (!look_after(u))
			return 1;
	}
}

static const char *vendors_text(const struct up *u)
{
	if (u->kept)
		return u->mock ? "mock vendors, which your edited configuration names (remove it "
				 "to use the keys of your environment)"
			       : "those of your edited configuration";
	if (!u->mock)
		return "real, with the keys of your environment";
	return have_a_vendor_key() ? "mock vendors"
				   : "mock vendors (no vendor's key is in the environment)";
}

static void announce(struct up *u)
{
	printf("%s\n\n", u->children[GATEWAY].url);
	printf("Vendors:  %s\n", vendors_text(u));
	printf("Base URL: %s/v1\n", u->children[GATEWAY].url);
	printf("For commands in another shell:\n  export SMARTROUTER_CONFIG=%s/smartrouter.yaml\n",
	       u->dir);
	printf("  %s key create\n\nCtrl-C ends it.\n", u->self);
	fflush(stdout);
}

static int up(struct up *u)
{
	struct fault f;
	int status = 1;

	if (claim_dir(u, &f) && choose_vendors(u, &f) && up_write_files(u->dir, &f) &&
	    start_all(u, &f)) {
		announce(u);
		status = watch_over(u);
	} else {
		fprintf(stderr, "smartrouter up: %s\n", f.text);
		for (int i = 0; i < CHILDREN; i++)
			has_ended(&u->children[i]);
	}
	stop_all(u);
	return status;
}

/* blocked from the start, so that none is lost before watch_over() waits for them */
static void block_signals(void)
{
	sigset_t set;

	signals_watched(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int cmd_up(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "listen", required_argument, NULL, 'l' },
		{ "admin-listen", required_argument, NULL, 'a' },
		{ "mock", no_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static struct up u = { .listen = "127.0.0.1:8080", .admin_listen = "none" };
	const char *trouble;
	int option, status;

	while ((option = getopt_long(argc, argv, "d:l:mh", options, NULL)) != -1) {
		switch (option) {
		case 'd': str_copy(u.dir, sizeof(u.dir), str_of(optarg)); break;
		case 'l': u.listen = optarg; break;
		case 'a': u.admin_listen = optarg; break;
		case 'm': u.mock_asked = true; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "smartrouter up: \"%s\": it takes options only\n", argv[optind]);
		return 2;
	}
	if (sodium_init() < 0 || readlink("/proc/self/exe", u.self, sizeof(u.self) - 1) < 0)
		return 1;
	arena_init(&u.arena, 1 << 20);
	choose_dir(&u);
	trouble = make_absolute(&u) ? trouble_with(u.dir) : "the path is too long";
	if (trouble) {
		fprintf(stderr, "smartrouter up: %s: %s\n", u.dir, trouble);
		return 1;
	}
	u.at_terminal = isatty(STDIN_FILENO);
	describe(&u);
	block_signals();
	status = up(&u);
	arena_release(&u.arena);
	return status;
}
