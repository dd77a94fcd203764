/* SPDX-License-Identifier: Apache-2.0
 * The parent of one media job, for tests that look at sv-media from outside.
 *   media-parent PROGRAM probe|poster FILE [budget=BYTES] [wall=MS] [out=FOLDER] [fail=OFFSET]
 * Prints the result as one JSON object and exits 0 whatever became of the job; pictures go to FOLDER/KIND-WIDTH.EXT.  With fail= reads at and
 * after the offset give SV_EIO. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "errors.h"
#include "media_job.h"

struct run {
	int fd;
	uint64_t fail_from;
	const char *folder;
	bool done;
	uint8_t bytes[SV_MEDIA_RPC_MAX_READ];
};

static json_t *
track_json(const struct sv_media_track *track)
{
	return json_pack("{s:i s:s s:b s:b s:s s:s s:s s:s s:s s:I s:i s:i s:i s:i s:i s:i s:i}", "index", (int)track->index,
	    "kind", sv_media_track_kind_name(track->kind), "default", track->is_default, "forced", track->is_forced, "codec", track->codec,
	    "codec_string", track->codec_string, "pixel_format", track->pixel_format, "language", track->language, "title", track->title,
	    "bit_rate", (json_int_t)track->bit_rate, "width", (int)track->width, "height", (int)track->height, "bit_depth", (int)track->bit_depth,
	    "rate_num", (int)track->frame_rate_num, "rate_den", (int)track->frame_rate_den, "channels", (int)track->channels,
	    "sample_rate", (int)track->sample_rate_hz);
}

static json_t *
info_json(const struct sv_media_info *info)
{
	json_t *tracks = json_array(), *chapters = json_array();

	for (uint32_t i = 0; i < info->track_count; i++)
		(void)json_array_append_new(tracks, track_json(&info->tracks[i]));
	for (uint32_t i = 0; i < info->chapter_count; i++)
		(void)json_array_append_new(chapters, json_pack("{s:I s:I s:s}", "start_ms", (json_int_t)info->chapters[i].start_ms, "end_ms",
		    (json_int_t)info->chapters[i].end_ms, "title", info->chapters[i].title));
	return json_pack("{s:s s:s s:I s:I s:b s:b s:s s:o s:o}", "container", info->container, "title", info->title, "duration_ms",
	    (json_int_t)info->duration_ms, "bit_rate", (json_int_t)info->bit_rate, "truncated", info->truncated, "is_webm", info->is_webm,
	    "playable", sv_media_playable_name(info->playable), "tracks", tracks, "chapters", chapters);
}

static json_t *
image_json(const struct sv_media_job_image *image, const char *folder)
{
	const char *kind = image->kind == SV_MEDIA_STILL ? "still" : "poster";

	if (folder != NULL) {
		char path[4200];
		(void)snprintf(path, sizeof(path), "%s/%s-%u.%s", folder, kind, image->width, sv_media_mime_extension(image->mime));
		FILE *file = fopen(path, "wb");
		if (file == NULL || fwrite(image->bytes, 1, image->length, file) != image->length || fclose(file) != 0)
			exit(1);
	}
	return json_pack("{s:s s:s s:i s:i s:i}", "kind", kind, "mime", sv_media_mime_name(image->mime), "width", (int)image->width, "height",
	    (int)image->height, "length", (int)image->length);
}

static void
on_done(void *context, struct sv_media_job_result *result)
{
	struct run *run = context;
	json_t *images = json_array();

	for (size_t i = 0; i < result->image_count; i++)
		(void)json_array_append_new(images, image_json(&result->images[i], run->folder));
	json_t *all = json_pack("{s:s s:s s:s s:i s:i s:i s:i s:I s:i s:I s:o s:o}", "rc", sv_error_name(result->rc), "why", result->why, "end",
	    sv_media_job_end_name(result->end), "exit_code", result->exit_code, "signal", result->signal_number, "guards",
	    (int)result->hello.guards, "landlock_abi", (int)result->hello.landlock_abi, "bytes_read", (json_int_t)result->bytes_read, "reads",
	    (int)result->reads, "wall_ms", (json_int_t)result->wall_ms, "info", info_json(&result->info), "images", images);
	if (all == NULL || json_dumpf(all, stdout, JSON_COMPACT) != 0)
		exit(1);
	json_decref(all);
	sv_media_job_result_free(result);
	run->done = true;
}

static void
on_read(void *context, struct sv_media_job *job, uint64_t offset, uint32_t length)
{
	struct run *run = context;

	if (offset >= run->fail_from) {
		sv_media_job_answer(job, SV_EIO, NULL);
		return;
	}
	ssize_t n = pread(run->fd, run->bytes, length, (off_t)offset);
	sv_media_job_answer(job, n < 0 ? sv_error_from_errno(errno) : (int)n, run->bytes);
}

int
main(int argc, char **argv)
{
	static struct run run = {.fail_from = UINT64_MAX};
	struct sv_media_job *job = NULL;
	struct stat facts;

	if (argc < 4 || (run.fd = open(argv[3], O_RDONLY | O_CLOEXEC)) < 0 || fstat(run.fd, &facts) != 0) {
		(void)fprintf(stderr, "usage: media-parent PROGRAM probe|poster FILE [budget=BYTES] [wall=MS] [out=FOLDER] [fail=OFFSET]\n");
		return 2;
	}
	struct sv_media_job_options options = {.program = argv[1], .kind = strcmp(argv[2], "poster") == 0 ? SV_MEDIA_JOB_POSTER : SV_MEDIA_JOB_PROBE,
	    .size_bytes = (uint64_t)facts.st_size, .read = on_read, .done = on_done, .context = &run};
	for (int i = 4; i < argc; i++) {
		if (strncmp(argv[i], "budget=", 7) == 0)
			options.budget_bytes = strtoull(argv[i] + 7, NULL, 10);
		else if (strncmp(argv[i], "wall=", 5) == 0)
			options.wall_ms = strtoull(argv[i] + 5, NULL, 10);
		else if (strncmp(argv[i], "out=", 4) == 0)
			run.folder = argv[i] + 4;
		else if (strncmp(argv[i], "fail=", 5) == 0)
			run.fail_from = strtoull(argv[i] + 5, NULL, 10);
	}
	struct sv_loop *loop = sv_loop_new();
	/* with fail= the test's own reads, otherwise the pool, as the product does it */
	int rc = run.fail_from != UINT64_MAX ? sv_media_job_start(loop, &options, &job) : sv_media_job_file(loop, run.fd, &options, &job);
	if (rc != 0) {
		(void)fprintf(stderr, "cannot start %s: %s\n", argv[1], sv_error_text(rc));
		return 1;
	}
	sv_loop_run_until(loop, &run.done);
	sv_loop_free(loop);
	return 0;
}
