/* SPDX-License-Identifier: Apache-2.0
 * Probing and reading. */
#include "index_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "crc.h"
#include "errors.h"
#include "log.h"
#include "sv_assert.h"

/* A file of 2 TiB has this many bytes of checksums. */
#define SUMS_CEILING ((size_t)64 << 20)
#define STEP ((size_t)1 << 20)

_Static_assert(SV_CRC_PIECE_BYTES == SV_PIECE_SIZE, "the catalog keeps what the block cache checks");
_Static_assert((int)SV_PLAYABLE_COUNT == (int)SV_MEDIA_PLAYABLE_COUNT && (int)SV_PLAYABLE_CHROMIUM == (int)SV_MEDIA_PLAY_CHROMIUM, "one list");
_Static_assert((int)SV_TRACK_KIND_COUNT == (int)SV_MEDIA_TRACK_KIND_COUNT && (int)SV_TRACK_OTHER == (int)SV_MEDIA_OTHER, "one list");

void
sv_index_reader_stop(struct sv_index_reader *reader)
{
	atomic_store(&reader->stop, true);
	sv_media_job_cancel(reader->job);
	if (reader->job != NULL)
		reader->woken = true;
	reader->job = NULL;
}

/* ---- the media child ---- */

static void
on_media(void *context, struct sv_media_job_result *result)
{
	struct sv_index_reader *reader = context;

	reader->result = result;
	reader->job = NULL;
	reader->woken = true;
}

/* The job's result, or NULL with *ret_rc: cancelled, or the child could not be started. */
static struct sv_media_job_result *
run_media(struct sv_index_reader *reader, int fd, enum sv_media_job_kind kind, int *ret_rc)
{
	const struct sv_media_job_options options = {.program = reader->program, .kind = kind, .wall_ms = reader->probe_wall_ms, .done = on_media,
	    .context = reader};

	if (atomic_load(&reader->stop)) {
		*ret_rc = SV_ECANCELED;
		return NULL;
	}
	reader->woken = false;
	reader->result = NULL;
	int rc = sv_media_job_file(reader->loop, fd, &options, &reader->job);
	if (rc < 0) {
		*ret_rc = rc;
		return NULL;
	}
	sv_loop_run_until(reader->loop, &reader->woken);
	struct sv_media_job_result *result = reader->result;
	reader->result = NULL;
	if (result == NULL)
		*ret_rc = SV_ECANCELED;
	else if (result->end != SV_MEDIA_END_EXIT)
		sv_log(SV_LOG_DEBUG, SV_EVENT_media_child, "kind=%d why=%s", (int)kind, sv_log_quote(result->why));
	return result;
}

const char *
sv_index_content_mime(const struct sv_media_info *info)
{
	static const char *const table[][2] = {
	    {"mov,", "video/mp4"}, {"avi", "video/x-msvideo"}, {"mpegts", "video/mp2t"}, {"flv", "video/x-flv"}, {"asf", "video/x-ms-wmv"},
	    {"mpeg", "video/mpeg"}, {"ogg", "video/ogg"}, {"live_flv", "video/x-flv"},
	};

	if (sv_text_starts(sv_text_of(info->container), "matroska"))
		return info->is_webm ? "video/webm" : "video/x-matroska";
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (sv_text_starts(sv_text_of(info->container), table[i][0]))
			return table[i][1];
	return "application/octet-stream";
}

/* Describe the film by what the child found; `content->info` stays alive with it. */
static void
describe(struct sv_index_content *content)
{
	const struct sv_media_info *info = &content->info;
	struct sv_file *file = &content->file;

	content->tracks = sv_xcalloc(info->track_count + 1, sizeof *content->tracks);
	content->chapters = sv_xcalloc(info->chapter_count + 1, sizeof *content->chapters);
	for (uint32_t i = 0; i < info->track_count; i++) {
		const struct sv_media_track *t = &info->tracks[i];
		content->tracks[i] = (struct sv_track){.number = t->index, .kind = (enum sv_track_kind)t->kind, .is_default = t->is_default,
		    .is_forced = t->is_forced, .codec = t->codec, .codec_string = t->codec_string, .language = t->language, .name = t->title,
		    .bit_rate = t->bit_rate, .width = t->width, .height = t->height, .bit_depth = t->bit_depth, .channels = t->channels,
		    .sample_rate_hz = t->sample_rate_hz, .frame_rate_num = t->frame_rate_num, .frame_rate_den = t->frame_rate_den};
		if (t->kind == SV_MEDIA_VIDEO && file->width == 0) {
			file->width = t->width;
			file->height = t->height;
		}
	}
	for (uint32_t i = 0; i < info->chapter_count; i++)
		content->chapters[i] = (struct sv_chapter){info->chapters[i].start_ms, info->chapters[i].end_ms, info->chapters[i].title};
	file->tracks = content->tracks;
	file->track_count = info->track_count;
	file->chapters = content->chapters;
	file->chapter_count = info->chapter_count;
	file->container = info->container;
	file->mime = sv_index_content_mime(info);
	file->duration_ms = info->duration_ms;
	file->bit_rate = info->bit_rate;
	file->playable = (enum sv_playable)info->playable;
}

int
sv_index_content_probe(struct sv_index_reader *reader, int fd, struct sv_index_content *content, char *why, size_t why_size, bool *ret_fault)
{
	int rc = 0;
	struct sv_media_job_result *result = run_media(reader, fd, SV_MEDIA_JOB_PROBE, &rc);

	*ret_fault = result == NULL;
	if (result == NULL) {
		(void)snprintf(why, why_size, "%s: %s", reader->program, sv_error_text(rc));
		return rc;
	}
	rc = result->rc;
	(void)snprintf(why, why_size, "%s", result->why);
	if (rc == 0) {
		content->info = result->info;
		result->info = (struct sv_media_info){0};
		describe(content);
	}
	sv_media_job_result_free(result);
	return rc;
}

int
sv_index_content_pictures(struct sv_index_reader *reader, int fd, struct sv_index_content *content)
{
	int rc = 0;
	struct sv_media_job_result *result = run_media(reader, fd, SV_MEDIA_JOB_POSTER, &rc);

	if (result != NULL && result->rc == 0 && result->image_count > 0)
		content->pictures = result;
	else
		sv_media_job_result_free(result);
	return rc == SV_ECANCELED ? rc : 0;
}

/* ---- checksums ---- */

struct summing {
	struct sv_index_reader *reader;
	int fd;
	uint64_t size_bytes;
	uint32_t *crcs;
	size_t piece_count;
	uint32_t crc32;
	int rc;
};

static ssize_t
read_full(int fd, uint8_t *into, size_t length, uint64_t offset)
{
	size_t have = 0;

	while (have < length) {
		ssize_t n = pread(fd, into + have, length - have, (off_t)(offset + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* Pool thread. */
static void
sum_work(void *context)
{
	struct summing *summing = context;
	uint8_t *buffer = sv_xmalloc(STEP);
	struct sv_crc_join join;

	sv_crc_join_init(&join, SV_PIECE_SIZE);
	(void)posix_fadvise(summing->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	for (uint64_t offset = 0; offset < summing->size_bytes && summing->rc == 0;) {
		uint64_t left = summing->size_bytes - offset;
		size_t wanted = left < STEP ? (size_t)left : STEP;
		ssize_t have = read_full(summing->fd, buffer, wanted, offset);
		if (have < 0)
			summing->rc = sv_error_from_errno(errno);
		else if ((size_t)have < wanted)
			summing->rc = SV_ECHANGED;
		else if (atomic_load(&summing->reader->stop))
			summing->rc = SV_ECANCELED;
		for (size_t at = 0; summing->rc == 0 && at < wanted; at += SV_PIECE_SIZE) {
			size_t length = wanted - at < SV_PIECE_SIZE ? wanted - at : SV_PIECE_SIZE;
			uint32_t crc = sv_crc_of(buffer + at, length);
			summing->crcs[summing->piece_count++] = crc;
			sv_crc_join_add(&join, crc, length);
		}
		offset += wanted;
		atomic_store(&summing->reader->bytes_read, offset);
	}
	summing->crc32 = join.crc;
	free(buffer);
}

static void
sum_done(void *context)
{
	((struct summing *)context)->reader->woken = true;
}

int
sv_index_content_sum(struct sv_index_reader *reader, int fd, uint64_t size_bytes, struct sv_index_content *content)
{
	struct summing summing = {.reader = reader, .fd = fd, .size_bytes = size_bytes};
	uint64_t pieces = (size_bytes + SV_PIECE_SIZE - 1) / SV_PIECE_SIZE;

	if (pieces > SUMS_CEILING / sizeof *summing.crcs)
		return SV_ETOOBIG;
	summing.crcs = sv_try_calloc((size_t)pieces + 1, sizeof *summing.crcs, SUMS_CEILING + 64);
	if (summing.crcs == NULL)
		return SV_ENOMEM;
	reader->woken = false;
	(void)sv_offload_start(reader->loop, sum_work, sum_done, NULL, &summing);
	sv_loop_run_until(reader->loop, &reader->woken);
	if (summing.rc < 0) {
		free(summing.crcs);
		return summing.rc;
	}
	sv_assert(summing.piece_count == pieces);
	content->crcs = summing.crcs;
	content->piece_count = summing.piece_count;
	content->file.crc32 = summing.crc32;
	content->file.has_crc = true;
	content->file.size_bytes = size_bytes;
	return 0;
}

void
sv_index_content_free(struct sv_index_content *content)
{
	sv_media_info_free(&content->info);
	sv_media_job_result_free(content->pictures);
	free(content->tracks);
	free(content->chapters);
	free(content->crcs);
	*content = (struct sv_index_content){0};
}
