/* redis_info.h -- what a server says of itself: INFO's sections "server" and "replication". */
#ifndef IO_REDIS_INFO_H
#define IO_REDIS_INFO_H

#include "base/obj.h"
#include "base/str.h"

#define REDIS_HISTORY_MAX 40

struct redis_info {
	bool is_primary;
	/*
	 * Another text after each restart of the process and each change of the primary, so that
	 * one who knows it can tell whether confirmed writes may have been lost: the beginnings of
	 * run_id and of master_replid2, the id of the primary that this one followed. (Its own
	 * master_replid changes without a loss, when the first replica comes.)
	 */
	char history[REDIS_HISTORY_MAX];
};

/* false: the text lacks one of them */
bool redis_info_read(struct str text, struct redis_info *info_r) MUST_CHECK;

#endif
