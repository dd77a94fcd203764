/* SPDX-License-Identifier: Apache-2.0
 * A store in a temporary folder, and records to put in it; one body of tests over every driver. */
#ifndef SV_STORE_FIXTURE_H
#define SV_STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "store.h"

struct fixture {
	char folder[64];
	char where[100];
	struct sv_store *store;
	struct sv_arena *arena;
};

static inline void
fixture_open(struct fixture *fixture)
{
	char why[300] = "";
	int rc = sv_store_open(fixture->where, &fixture->store, why, sizeof why);

	if (rc != 0)
		fprintf(stderr, "%d %s\n", rc, why);
	assert_int_equal(rc, 0);
}

static inline void
fixture_begin(struct fixture *fixture)
{
	*fixture = (struct fixture){.folder = "/tmp/sv-store-XXXXXX"};
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->where, sizeof fixture->where, "sqlite:%s/test.db", fixture->folder);
	fixture_open(fixture);
	fixture->arena = sv_arena_new(0);
}

static inline void
fixture_end(struct fixture *fixture)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
	char path[128];

	sv_store_close(fixture->store);
	sv_arena_free(fixture->arena);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", fixture->folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
}

/* What a test says about a file; the rest is made up. */
struct sample {
	const char *path, *name;
	enum sv_title_kind kind;
	unsigned year, season, episode, last_episode;
	const char *episode_name;
	uint32_t crc;
	unsigned height;
	const char *poster, *still;      /* ids or NULL */
	int64_t now;
};

static inline int
try_put(struct sv_store *store, const struct sample *s, struct sv_recorded *ret_recorded)
{
	const struct sv_track tracks[] = {
	    {.number = 0, .kind = SV_TRACK_VIDEO, .is_default = true, .codec = "h264", .codec_string = "avc1.64001f", .language = "", .name = "",
	        .width = 640, .height = s->height, .frame_rate_num = 25, .frame_rate_den = 1, .bit_depth = 8},
	    {.number = 1, .kind = SV_TRACK_AUDIO, .codec = "aac", .codec_string = "mp4a.40.2", .language = "ger", .name = "Deutsch", .channels = 2,
	        .sample_rate_hz = 48000},
	};
	const struct sv_chapter chapters[] = {{0, 1000, "One"}, {1000, 2000, "Two"}};
	const uint32_t crcs[] = {s->crc, 0x80000001u};
	const struct sv_file file = {.size_bytes = SV_PIECE_SIZE + 1, .mtime_unix_s = 1000, .crc32 = s->crc, .has_crc = true, .name = "film.mp4",
	    .container = "mov,mp4", .mime = "video/mp4", .duration_ms = 60000, .bit_rate = 1000, .width = s->height * 16 / 9, .height = s->height,
	    .playable = SV_PLAYABLE_YES, .tracks = tracks, .track_count = 2, .chapters = chapters, .chapter_count = 2};
	const struct sv_scan scan = {.path = s->path, .size_bytes = file.size_bytes, .mtime_ns = 5, .inode = 6, .device = 7, .why = ""};
	struct sv_image poster = {.kind = SV_IMAGE_POSTER, .extension = "webp", .widths = {160, 240}};
	struct sv_image still = {.kind = SV_IMAGE_STILL, .extension = "jpg", .widths = {320}};
	if (s->poster != NULL)
		snprintf(poster.id, sizeof poster.id, "%s", s->poster);
	if (s->still != NULL)
		snprintf(still.id, sizeof still.id, "%s", s->still);
	/* the catalog folds; tests use names that are folded already */
	const struct sv_store_record record = {.scan = &scan, .kind = s->kind, .name = s->name, .key = s->name, .sort_name = s->name, .year = s->year,
	    .season = s->season, .episode = s->episode, .last_episode = s->last_episode != 0 ? s->last_episode : s->episode,
	    .episode_name = s->episode_name == NULL ? "" : s->episode_name, .file = &file, .crcs = crcs, .piece_count = 2,
	    .poster = s->poster == NULL ? NULL : &poster, .still = s->still == NULL ? NULL : &still, .now_unix_s = s->now != 0 ? s->now : 500};
	return store->driver->record(store, &record, ret_recorded);
}

static inline struct sv_recorded
put(struct sv_store *store, struct sample sample)
{
	struct sv_recorded recorded = {0};

	assert_int_equal(try_put(store, &sample, &recorded), 0);
	return recorded;
}

#endif
