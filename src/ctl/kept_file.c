/* kept_file.c -- a file is edited when it is not what was last written. */
#include "ctl/kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define FILE_MOST (16u << 20)

bool file_write(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool fine = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;

	if (fd >= 0)
		close(fd);
	return fine;
}

static bool read_whole(const char *path, struct buf *text_r)
{
	FILE *file = fopen(path, "re");
	char piece[4096];
	size_t n;
	bool fine;

	buf_init(text_r, FILE_MOST);
	if (!file)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text_r, (struct str){ piece, n });
	fine = !ferror(file);
	fclose(file);
	return fine;
}

static void paths_of(const char *dir, const char *name, char path_r[PATH_MAX],
		     char written_r[PATH_MAX])
{
	snprintf(path_r, PATH_MAX, "%s/%s", dir, name);
	snprintf(written_r, PATH_MAX, "%s/written/%s", dir, name);
}

bool kept_file_is_edited(const char *dir, const char *name)
{
	char path[PATH_MAX], written[PATH_MAX];
	struct buf is, was;
	bool edited;

	paths_of(dir, name, path, written);
	/* both are begun in any case */
	edited = read_whole(path, &is) & read_whole(written, &was);
	/* a file that is too large for us was not written by us */
	edited = edited && !(buf_ok(&is) && str_eq(buf_str(&is), buf_str(&was)));
	buf_release(&is);
	buf_release(&was);
	return edited;
}

bool kept_file_has(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX], written[PATH_MAX];
	struct buf is;
	bool has;

	paths_of(dir, name, path, written);
	has = read_whole(path, &is) && buf_ok(&is) && str_has(buf_str(&is), text);
	buf_release(&is);
	return has;
}

bool kept_file_write(const char *dir, const char *name, struct str text)
{
	char path[PATH_MAX], written[PATH_MAX];
	bool edited = kept_file_is_edited(dir, name);

	paths_of(dir, "", path, written);
	if (mkdir(written, 0700) != 0 && errno != EEXIST)
		return false;
	paths_of(dir, name, path, written);
	return (edited || file_write(path, text)) && file_write(written, text);
}
