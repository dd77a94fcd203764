/* SPDX-License-Identifier: Apache-2.0
 * What lies below a folder, in an order that depends on names only.  Hidden names are passed over.  Symbolic links are followed after
 * everything else, each folder is entered once and each file listed once, so that loops end and a link never takes the
 * place of what it points at.  Blocking; belongs to its caller. */
#ifndef SV_INDEX_WALK_H
#define SV_INDEX_WALK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sv_walk_entry {
	char *path;                  /* absolute */
	uint64_t size_bytes;
	int64_t mtime_ns;
	uint64_t inode, device;
	int error;                   /* 0, or the errno that kept us from looking at it (a folder, or a file) */
	char *same_as;               /* NULL, or the entry that is the same file */
};

struct sv_walk {
	struct sv_walk_entry *entries;   /* ascending by path, bytewise */
	size_t count, capacity;
	/* private to index_walk.c */
	struct sv_walk_place *seen;
	size_t seen_count, seen_capacity;
	char **links;
	size_t link_count, link_capacity;
};

void sv_walk_init(struct sv_walk *walk);
void sv_walk_fini(struct sv_walk *walk);
/* Add what `path` (absolute, without links) is: a regular file, or the regular files below a folder.  0, or SV_E* of looking at `path` itself.
 * Several calls add up; sv_walk_finish follows the links and sorts. */
int sv_walk_add(struct sv_walk *walk, const char *path);
void sv_walk_finish(struct sv_walk *walk);
/* Was the path listed, or does it lie where nothing could be seen? */
int sv_walk_covers(const struct sv_walk *walk, const char *path);

#endif
