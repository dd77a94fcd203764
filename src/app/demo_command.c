/* SPDX-License-Identifier: Apache-2.0
 * The sample films of `up --demo`: made by ffmpeg one after another, each added to the library as soon as it is whole, with
 * progress on the terminal and on the home page.  Every frame carries a running clock, so that a picture shows where a seek
 * landed.  A film that exists is not made again; one half made by a killed run lies under another name, and is made anew. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "app.h"
#include "clock.h"
#include "errors.h"
#include "hot.h"
#include "index_job.h"
#include "log.h"
#include "loop.h"
#include "paths.h"
#include "process.h"

#define FFMPEG "/usr/bin/ffmpeg"
#define FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
#define PROGRESS_EVERY_MS 1000
#define BUSY_AGAIN_MS 1000

struct film {
	const char *path;          /* below the folder of the samples */
	const char *lines[3];      /* short: a poster shows the middle 240 pixels */
	const char *colours;       /* of the gradient */
	unsigned seconds, tone_hz;
	bool index_in_front;
};

/* 11 minutes and about 220 MB together; the first is short, so that something plays soon. */
static const struct film films[] = {
    {"Harbour Lights (2024).mp4", {"Harbour", "Lights", "a sample film"}, "c0=0x10243e:c1=0xd9822b:c2=0x0b1220", 45, 220, true},
    {"The Paper Planet (2025).mp4", {"The Paper", "Planet", "a sample film"}, "c0=0x1f3d36:c1=0xc7b26a:c2=0x14211f", 315, 262, false},
    {"Night Train/Season 1/Night Train S01E01 Departure.mp4", {"Night", "Train", "1 Departure"}, "c0=0x2a1a3f:c1=0x8c4a6b:c2=0x110d1c", 150, 196, true},
    {"Night Train/Season 1/Night Train S01E02 The Long Bridge.mp4", {"Night", "Train", "2 The Long Bridge"}, "c0=0x12304a:c1=0x4f9aa8:c2=0x0a1722", 150, 175,
        false},
};
#define FILM_COUNT (sizeof films / sizeof films[0])

struct demo {
	struct sv_app_call *call;
	struct sv_loop *loop;
	struct sv_hot *hot;
	struct sv_process *process;
	struct sv_timer *timer, *again;
	char folder[SV_PATH_MAX];
	size_t at;
	double made_s;             /* of the film being made */
	int shown;                 /* percent last printed */
	bool added, busy;          /* what add_film found */
	char why[500];
	bool adding, stopping, done;
	int result;
};

static void next_film(struct demo *demo);
static void film_added(void *context);

static unsigned
percent(const struct demo *demo)
{
	double done = 0, total = 0;

	for (size_t i = 0; i < FILM_COUNT; i++) {
		total += films[i].seconds;
		done += i < demo->at ? films[i].seconds : i == demo->at ? demo->made_s : 0;
	}
	return (unsigned)(100.0 * done / total);
}

static void
say_progress(void *context)
{
	struct demo *demo = context;
	struct sv_hot_progress progress = {.active = demo->at < FILM_COUNT, .done = (unsigned)demo->at, .total = FILM_COUNT, .percent = percent(demo)};

	(void)sv_hot_progress_put(demo->hot, SV_HOT_SAMPLES, &progress, NULL, NULL);
	if (demo->at < FILM_COUNT && (int)progress.percent >= demo->shown + 10) {
		demo->shown = (int)progress.percent;
		(void)printf("sample films: %zu of %zu, %u %%\n", demo->at, FILM_COUNT, progress.percent);
		(void)fflush(stdout);
	}
}

static void
finish(struct demo *demo, int result)
{
	demo->result = result;
	demo->done = true;
}

/* ffmpeg -progress writes key=value lines. */
static void
progress_line(void *context, const char *line)
{
	struct demo *demo = context;

	if (strncmp(line, "out_time_us=", 12) == 0) {
		double us = strtod(line + 12, NULL);
		if (us > 0)
			demo->made_s = us / 1e6;
	} else if (strchr(line, '=') == NULL) {
		sv_log(SV_LOG_WARN, SV_EVENT_demo, "film=%s said=%s", sv_log_quote(films[demo->at].path), sv_log_quote(line));
	}
}

/* On a pool thread.  Signals are the loop's: see on_signal. */
static void
add_film(void *context)
{
	struct demo *demo = context;
	char path[SV_PATH_MAX + 256];
	const char *paths[] = {path};
	struct sv_index_options options = {.paths = paths, .path_count = 1};
	struct sv_index_summary summary = {0};
	struct sv_catalog *catalog = NULL;

	(void)snprintf(path, sizeof path, "%s/%s", demo->folder, films[demo->at].path);
	demo->why[0] = '\0';
	int rc = sv_catalog_open(demo->call->settings, &catalog, demo->why, sizeof demo->why);
	if (rc == 0)
		rc = sv_index_run(demo->call->settings, catalog, &options, &summary, demo->why, sizeof demo->why);
	sv_catalog_close(catalog);
	demo->busy = rc == SV_EBUSY;
	demo->added = rc == 0 && summary.results[SV_INDEX_SKIPPED] == 0;
}

static void
start_adding(struct demo *demo)
{
	demo->adding = true;
	(void)sv_offload_start(demo->loop, add_film, film_added, NULL, demo);
}

static void
add_again(void *context)
{
	struct demo *demo = context;

	demo->again = NULL;
	start_adding(demo);
}

static void
film_added(void *context)
{
	struct demo *demo = context;

	demo->adding = false;
	if (demo->busy && !demo->stopping) {
		/* the operator adds films of his own just now */
		demo->again = sv_timer_start(demo->loop, BUSY_AGAIN_MS, 0, add_again, demo);
		return;
	}
	if (!demo->added)
		sv_log(SV_LOG_WARN, SV_EVENT_demo, "film=%s state=not-added why=%s", sv_log_quote(films[demo->at].path), sv_log_quote(demo->why));
	if (demo->stopping) {
		finish(demo, 0);
		return;
	}
	demo->at++;
	demo->made_s = 0;
	next_film(demo);
}

static void
film_made(void *context, int exit_code, int signal_number)
{
	struct demo *demo = context;
	char path[SV_PATH_MAX + 256], part[SV_PATH_MAX + 16];

	sv_process_close(demo->process);
	demo->process = NULL;
	(void)snprintf(part, sizeof part, "%s/making.mp4", demo->folder);
	(void)snprintf(path, sizeof path, "%s/%s", demo->folder, films[demo->at].path);
	if (exit_code != 0 || signal_number != 0 || rename(part, path) != 0) {
		(void)unlink(part);
		(void)fprintf(stderr, "streamvault: the sample film %s could not be made (ffmpeg ended with %d, signal %d); is the disk full?\n",
		    films[demo->at].path, exit_code, signal_number);
		finish(demo, 1);
		return;
	}
	start_adding(demo);
}

/* A film being made is given up; one being added is added first, which takes less than a second. */
static void
on_signal(void *context, int number)
{
	struct demo *demo = context;
	char part[SV_PATH_MAX + 16];

	(void)number;
	demo->stopping = true;
	if (demo->adding)
		return;
	if (demo->process != NULL) {
		sv_process_close(demo->process);
		demo->process = NULL;
		(void)snprintf(part, sizeof part, "%s/making.mp4", demo->folder);
		(void)unlink(part);
	}
	finish(demo, 0);
}

static int
make_film(struct demo *demo)
{
	const struct film *film = &films[demo->at];
	char part[SV_PATH_MAX + 16];

	(void)snprintf(part, sizeof part, "%s/making.mp4", demo->folder);
	(void)unlink(part);
	char *picture = sv_xasprintf("gradients=s=640x360:r=24:nb_colors=3:speed=0.012:%s:d=%u,format=yuv420p,noise=c0s=14:c0f=t,"
	    "drawtext=fontfile=" FONT ":text='%s':fontsize=38:fontcolor=white:shadowx=2:shadowy=2:x=(w-tw)/2:y=48,"
	    "drawtext=fontfile=" FONT ":text='%s':fontsize=38:fontcolor=white:shadowx=2:shadowy=2:x=(w-tw)/2:y=98,"
	    "drawtext=fontfile=" FONT ":text='%s':fontsize=18:fontcolor=white:x=(w-tw)/2:y=158,"
	    "drawtext=fontfile=" FONT ":text='%%{eif\\:t/60\\:d\\:2}\\:%%{eif\\:mod(t,60)\\:d\\:2}':fontsize=68:fontcolor=white:borderw=4:x=(w-tw)/2:y=h-124",
	    film->colours, film->seconds, film->lines[0], film->lines[1], film->lines[2]);
	char *tone = sv_xasprintf("sine=frequency=%u:sample_rate=48000:d=%u,tremolo=f=0.25:d=0.8,volume=0.4", film->tone_hz, film->seconds);
	const char *arguments[] = {
	    FFMPEG, "-nostdin", "-hide_banner", "-loglevel", "error", "-nostats", "-progress", "pipe:2", "-y",
	    "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-map", "0:v", "-map", "1:a",
	    "-c:v", "libx264", "-preset", "superfast", "-tune", "grain", "-b:v", "2600k", "-maxrate", "3000k", "-bufsize", "6000k", "-g", "48",
	    "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-metadata:s:a:0", "language=eng",
	    "-movflags", film->index_in_front ? "+faststart" : "-faststart", part, NULL,
	};
	struct sv_process_options options = {.program = FFMPEG, .arguments = (char *const *)(uintptr_t)arguments, .on_line = progress_line, .on_exit = film_made, .context = demo,
	    .parent_death_signal = SIGKILL};
	int rc = sv_process_start(demo->loop, &options, &demo->process);
	free(picture);
	free(tone);
	return rc;
}

static int
make_folders(const struct demo *demo)
{
	char path[SV_PATH_MAX + 256];

	(void)snprintf(path, sizeof path, "%s/%s", demo->folder, films[demo->at].path);
	for (size_t i = strlen(demo->call->settings->state) + 1; path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return sv_error_from_errno(errno);
		path[i] = '/';
	}
	return 0;
}

static void
next_film(struct demo *demo)
{
	char path[SV_PATH_MAX + 256];

	if (demo->at == FILM_COUNT) {
		say_progress(demo);
		(void)printf("sample films: all %zu are in the library\n", FILM_COUNT);
		finish(demo, 0);
		return;
	}
	int rc = make_folders(demo);
	(void)snprintf(path, sizeof path, "%s/%s", demo->folder, films[demo->at].path);
	if (rc == 0 && access(path, R_OK) == 0) {
		start_adding(demo);
		return;
	}
	if (rc == 0)
		rc = make_film(demo);
	if (rc != 0) {
		(void)fprintf(stderr, "streamvault: the sample films cannot be made in %s: %s\n", demo->folder, sv_error_text(rc));
		finish(demo, 1);
	}
}

int
sv_demo_command(struct sv_app_call *call)
{
	struct demo demo = {.call = call};
	struct sv_signal *signals[2];

	if (access(FFMPEG, X_OK) != 0 || access(FONT, R_OK) != 0) {
		(void)fprintf(stderr, "streamvault: the sample films need the packages ffmpeg and fonts-dejavu-core; run scripts/setup\n");
		return 1;
	}
	(void)sv_path(call->settings, SV_PATH_DEMO_FILMS, demo.folder);
	demo.loop = sv_loop_new();
	if (sv_hot_open(demo.loop, call->settings, &demo.hot) != 0) {
		sv_loop_free(demo.loop);
		return 1;
	}
	signals[0] = sv_signal_watch(demo.loop, SIGTERM, on_signal, &demo);
	signals[1] = sv_signal_watch(demo.loop, SIGINT, on_signal, &demo);
	demo.timer = sv_timer_start(demo.loop, 0, PROGRESS_EVERY_MS, say_progress, &demo);
	next_film(&demo);
	sv_loop_run_until(demo.loop, &demo.done);
	sv_timer_cancel(demo.timer);
	sv_timer_cancel(demo.again);
	for (int i = 0; i < 2; i++)
		sv_signal_close(signals[i]);
	sv_hot_close(demo.hot);
	sv_loop_free(demo.loop);
	return demo.result;
}
