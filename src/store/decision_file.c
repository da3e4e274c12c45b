/* decision_file.c -- begin, append, and make room. */
#include "store/decision_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512

/* --- making room --- */

static int is_segment(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), STR(DECISION_SUFFIX));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static size_t size_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 ? (size_t)st.st_size : 0;
}

/* True: it is gone. One that is being written stays. */
static bool drop(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	bool gone = fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(dir, name, 0) == 0);

	if (fd >= 0)
		close(fd);
	return gone;
}

/* Oldest first, until all files are at most so large. */
static void make_room(const char *path, size_t most)
{
	struct dirent **found = NULL;
	int n = scandir(path, &found, is_segment, by_name);
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += size_of(dir, found[i]->d_name);
	for (int i = 0; i < n; i++) {
		size_t size = sum > most ? size_of(dir, found[i]->d_name) : 0;

		if (sum > most && drop(dir, found[i]->d_name))
			sum -= size;
		free(found[i]);
	}
	free(found);
	if (dir >= 0)
		close(dir);
}

/* --- writing --- */

static int create(struct decision_files *f, int64_t now_ms)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%011llx-%s.%06u" DECISION_SUFFIX, f->dir,
			 (unsigned long long)now_ms, f->name, ++f->number);

	if (n >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
}

int decision_file_begin(struct decision_files *f, int64_t now_ms, size_t bytes)
{
	decision_file_end(f);
	if (mkdir(f->dir, 0700) != 0 && errno != EEXIST)
		return errno;
	make_room(f->dir, f->most_bytes > bytes ? f->most_bytes - bytes : 0);
	f->fd = create(f, now_ms);
	if (f->fd < 0)
		return errno;
	f->size = 0;
	return flock(f->fd, LOCK_SH | LOCK_NB) == 0 ? 0 : errno;
}

int decision_file_append(struct decision_files *f, struct str bytes)
{
	size_t done = 0;
	int error = 0;

	while (done < bytes.n && !error) {
		ssize_t n = write(f->fd, bytes.p + done, bytes.n - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			error = errno;
	}
	if (!error) {
		f->size += bytes.n;
		return 0;
	}
	/* half a line would spoil the next one; if this fails too, a reader passes over it */
	if (ftruncate(f->fd, (off_t)f->size) != 0)
		decision_file_end(f);
	return error;
}

void decision_file_end(struct decision_files *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}
