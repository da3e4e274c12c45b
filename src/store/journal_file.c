/* journal_file.c -- create, append, list. */
#include "store/journal_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void journal_boot(char *dst, size_t cap)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, dst, cap - 1);

	if (fd >= 0)
		close(fd);
	/* without it every start of ours counts as one of the machine, which is the safe side */
	if (n <= 0)
		n = snprintf(dst, cap, "unknown-%ld", (long)getpid());
	dst[(size_t)n < cap ? (size_t)n : cap - 1] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
}

int journal_file_create(const char *dir, const char *name, unsigned *number, size_t bytes,
			char path_r[JOURNAL_PATH_MAX])
{
	int n, fd;

	do {
		n = snprintf(path_r, JOURNAL_PATH_MAX, "%s/%s.%06u" JOURNAL_SUFFIX, dir, name,
			     ++*number);
		if (n >= JOURNAL_PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(path_r, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0)
		return -1;
	/* a file system that cannot claim room is one on which a full disk is noticed later */
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) != 0 && errno != EOPNOTSUPP) {
		int why = errno;

		close(fd);
		unlink(path_r);
		errno = why;
		return -1;
	}
	return fd;
}

int journal_file_append(int fd, size_t size, struct str bytes)
{
	ssize_t n;
	int error;

	do {
		n = write(fd, bytes.p, bytes.n);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)bytes.n)
		return 0;
	error = n < 0 ? errno : ENOSPC;
	/* nothing behind a torn record would be read */
	if (ftruncate(fd, (off_t)size) != 0)
		error = errno;
	return error;
}

void journal_file_end(int fd, size_t size)
{
	/* what cannot be given back is no loss: the segment is deleted some day */
	int rc = ftruncate(fd, (off_t)size);

	(void)rc;
	close(fd);
}

static int is_segment(const struct dirent *d)
{
	struct str name = str_of(d->d_name);

	return str_ends(name, STR(JOURNAL_SUFFIX)) && name.n > sizeof(JOURNAL_SUFFIX) - 1;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool journal_files(const char *dir, char ***names_r, size_t *n_r, struct fault *fault_r)
{
	struct dirent **found = NULL;
	int n = scandir(dir, &found, is_segment, by_name);
	bool ok = n >= 0;

	if (!ok)
		fault_set(fault_r, ERR_INTERNAL, "", "cannot list %s: %s", dir, strerror(errno));
	*names_r = ok ? calloc((size_t)n + 1, sizeof(**names_r)) : NULL;
	*n_r = 0;
	for (int i = 0; i < n; i++) {
		if (*names_r && ((*names_r)[i] = strdup(found[i]->d_name)))
			++*n_r;
		free(found[i]);
	}
	free(found);
	if (ok && *n_r < (size_t)n) {
		ok = false;
		fault_set(fault_r, ERR_INTERNAL, "", "no memory to list %s", dir);
	}
	return ok;
}

void journal_files_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
