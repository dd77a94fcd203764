/* SPDX-License-Identifier: Apache-2.0
 * Walking folders. */
#include "index_walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "errors.h"
#include "sv_assert.h"

#define MAX_DEPTH 64

struct sv_walk_place {
	uint64_t device, inode;
	size_t entry;                /* SIZE_MAX: a folder */
};

void
sv_walk_init(struct sv_walk *walk)
{
	*walk = (struct sv_walk){0};
}

void
sv_walk_fini(struct sv_walk *walk)
{
	for (size_t i = 0; i < walk->count; i++) {
		free(walk->entries[i].path);
		free(walk->entries[i].same_as);
	}
	for (size_t i = 0; i < walk->link_count; i++)
		free(walk->links[i]);
	free(walk->entries);
	free(walk->seen);
	free(walk->links);
	*walk = (struct sv_walk){0};
}

static void *
grow(void *items, size_t count, size_t *capacity, size_t item_size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity == 0 ? 64 : *capacity * 2;
	return sv_xrealloc(items, *capacity * item_size);
}

/* An open hash table of the places seen; SIZE_MAX - 1 marks a free slot. */
#define FREE_SLOT (SIZE_MAX - 1)

static struct sv_walk_place *
find_place(struct sv_walk *walk, uint64_t device, uint64_t inode)
{
	size_t slot = (size_t)((inode * UINT64_C(0x9e3779b97f4a7c15)) ^ device) & (walk->seen_capacity - 1);

	while (walk->seen[slot].entry != FREE_SLOT && (walk->seen[slot].inode != inode || walk->seen[slot].device != device))
		slot = (slot + 1) & (walk->seen_capacity - 1);
	return &walk->seen[slot];
}

static void
grow_places(struct sv_walk *walk)
{
	struct sv_walk_place *old = walk->seen;
	size_t old_capacity = walk->seen_capacity;

	walk->seen_capacity = old_capacity == 0 ? 256 : old_capacity * 2;
	walk->seen = sv_xcalloc(walk->seen_capacity, sizeof *walk->seen);
	for (size_t i = 0; i < walk->seen_capacity; i++)
		walk->seen[i].entry = FREE_SLOT;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].entry != FREE_SLOT)
			*find_place(walk, old[i].device, old[i].inode) = old[i];
	free(old);
}

/* NULL when the place is new (and now seen as `entry`), else what it was seen as. */
static const struct sv_walk_place *
see(struct sv_walk *walk, const struct stat *info, size_t entry)
{
	if (walk->seen_count * 2 >= walk->seen_capacity)
		grow_places(walk);
	struct sv_walk_place *place = find_place(walk, info->st_dev, info->st_ino);
	if (place->entry != FREE_SLOT)
		return place;
	*place = (struct sv_walk_place){info->st_dev, info->st_ino, entry};
	walk->seen_count++;
	return NULL;
}

static void
add_entry(struct sv_walk *walk, const char *path, const struct stat *info, int error)
{
	const struct sv_walk_place *before = info == NULL ? NULL : see(walk, info, walk->count);

	walk->entries = grow(walk->entries, walk->count, &walk->capacity, sizeof *walk->entries);
	struct sv_walk_entry *entry = &walk->entries[walk->count++];
	*entry = (struct sv_walk_entry){.path = sv_xstrdup(path), .error = error};
	if (info == NULL)
		return;
	entry->size_bytes = (uint64_t)info->st_size;
	entry->mtime_ns = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
	entry->inode = info->st_ino;
	entry->device = info->st_dev;
	if (before != NULL && before->entry != SIZE_MAX && strcmp(walk->entries[before->entry].path, path) != 0)
		entry->same_as = sv_xstrdup(walk->entries[before->entry].path);
}

static int
shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk_path(struct sv_walk *walk, const char *path, unsigned depth, bool follow);

static void
walk_folder(struct sv_walk *walk, const char *path, unsigned depth)
{
	struct dirent **names = NULL;
	int count = depth >= MAX_DEPTH ? -1 : scandir(path, &names, shown, by_bytes);

	if (count < 0) {
		add_entry(walk, path, NULL, depth >= MAX_DEPTH ? ELOOP : errno);
		return;
	}
	for (int i = 0; i < count; i++) {
		char *child = sv_xasprintf("%s/%s", strcmp(path, "/") == 0 ? "" : path, names[i]->d_name);
		(void)walk_path(walk, child, depth + 1, false);
		free(child);
		free(names[i]);
	}
	free(names);
}

/* 0, or the errno of looking at the path itself; links are put off unless `follow`. */
static int
walk_path(struct sv_walk *walk, const char *path, unsigned depth, bool follow)
{
	struct stat info;

	if ((follow ? stat(path, &info) : lstat(path, &info)) != 0) {
		int error = errno;
		/* a link to nothing, or a file that went away while we looked, is not there */
		if (error != ENOENT)
			add_entry(walk, path, NULL, error);
		return error;
	}
	if (S_ISLNK(info.st_mode)) {
		walk->links = grow(walk->links, walk->link_count, &walk->link_capacity, sizeof *walk->links);
		walk->links[walk->link_count++] = sv_xstrdup(path);
	} else if (S_ISDIR(info.st_mode)) {
		if (see(walk, &info, SIZE_MAX) == NULL)
			walk_folder(walk, path, depth);
	} else if (S_ISREG(info.st_mode)) {
		add_entry(walk, path, &info, 0);
	}
	return 0;
}

int
sv_walk_add(struct sv_walk *walk, const char *path)
{
	int error = walk_path(walk, path, 0, true);

	return error == 0 ? 0 : sv_error_from_errno(error);
}

static int
by_path(const void *a, const void *b)
{
	const struct sv_walk_entry *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order != 0 ? order : (x->same_as != NULL) - (y->same_as != NULL);
}

void
sv_walk_finish(struct sv_walk *walk)
{
	size_t kept = 0;

	/* following one may find more */
	for (size_t i = 0; i < walk->link_count; i++)
		(void)walk_path(walk, walk->links[i], 1, true);
	if (walk->count > 0)
		qsort(walk->entries, walk->count, sizeof *walk->entries, by_path);
	/* a path that was named twice, itself and through its folder, is one */
	for (size_t i = 0; i < walk->count; i++) {
		if (kept > 0 && strcmp(walk->entries[kept - 1].path, walk->entries[i].path) == 0) {
			free(walk->entries[i].path);
			free(walk->entries[i].same_as);
		} else {
			walk->entries[kept++] = walk->entries[i];
		}
	}
	walk->count = kept;
}

static int
compare_path(const void *path, const void *entry)
{
	return strcmp(path, ((const struct sv_walk_entry *)entry)->path);
}

int
sv_walk_covers(const struct sv_walk *walk, const char *path)
{
	if (walk->count > 0 && bsearch(path, walk->entries, walk->count, sizeof *walk->entries, compare_path) != NULL)
		return 1;
	for (size_t i = 0; i < walk->count; i++) {
		size_t length = strlen(walk->entries[i].path);
		if (walk->entries[i].error != 0 && strncmp(path, walk->entries[i].path, length) == 0 && path[length] == '/')
			return 1;
	}
	return 0;
}
