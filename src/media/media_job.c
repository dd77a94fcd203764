/* SPDX-License-Identifier: Apache-2.0
 * The parent's side of one media child.  Everything the child sends is checked here before it means anything; the first thing that
 * is wrong kills it.  A job is over with the child's last frame (DONE or ERROR), with its death, or with its time. */
#include "media_job.h"

#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "alloc.h"
#include "clock.h"
#include "errors.h"
#include "metrics.h"
#include "process.h"
#include "sv_assert.h"

#define MAGIC 0x6d6a6f62u
#define WALL_MS 30000
#define BUDGET_BYTES ((uint64_t)64 << 20)
#define IMAGE_BYTES ((size_t)8 << 20)
#define MAX_READS 16384              /* an honest child asks for 32 KiB at a time */
#define IN_CEILING ((size_t)3 << 20) /* one frame of the largest kind fits */
#define IN_STEP 65536

struct sv_media_job {
	unsigned magic;
	struct sv_loop *loop;
	struct sv_media_job_options options;
	struct sv_process *process;
	struct sv_timer *timer;
	uv_pipe_t socket;
	struct sv_buffer in;
	struct sv_media_job_result *result;
	uint64_t started_ms;
	uint32_t wanted;             /* length of the outstanding READ; 0: none */
	int read_error;              /* the first error that the read callback gave */
	bool said_hello, has_info;
	bool at_end, exited;         /* the socket's end was seen; the process has ended */
	bool hung_up;                /* it closed its socket, and was killed for it if it still lived */
	bool closed;                 /* done or cancelled: nothing below runs any more */
	size_t image_bytes;
	char last_words[160];        /* of the child's stderr */
};

/* One answer on its way to the child; it lives until libuv has written or dropped it. */
struct answer {
	uv_write_t request;
	struct sv_buffer frame;
};

const char *
sv_media_job_end_name(enum sv_media_job_end end)
{
	static const char *const names[SV_MEDIA_END_COUNT] = {"exit", "signal", "timeout", "protocol"};

	return (unsigned)end < SV_MEDIA_END_COUNT ? names[end] : "exit";
}

void
sv_media_job_result_free(struct sv_media_job_result *result)
{
	if (result == NULL)
		return;
	sv_media_info_free(&result->info);
	for (size_t i = 0; i < result->image_count; i++)
		free(result->images[i].bytes);
	free(result);
}

/* ---- the end ---- */

static void
on_socket_closed(uv_handle_t *handle)
{
	struct sv_media_job *job = handle->data;

	sv_buffer_fini(&job->in);
	job->magic = 0;
	free(job);
}

/* Let go of everything; the memory follows when libuv has closed the socket. */
static void
close_job(struct sv_media_job *job)
{
	job->closed = true;
	sv_process_close(job->process);
	job->process = NULL;
	sv_timer_cancel(job->timer);
	job->timer = NULL;
	if (job->wanted != 0 && job->options.drop != NULL)
		job->options.drop(job->options.context);
	job->wanted = 0;
	uv_close((uv_handle_t *)&job->socket, on_socket_closed);
}

static void
count(const struct sv_media_job_result *result)
{
	enum { OK, UNSUPPORTED, CRASH, TIMEOUT, PROTOCOL, OTHER };
	unsigned label = result->rc == 0 ? OK : result->rc == SV_EUNSUPPORTED ? UNSUPPORTED : result->rc == SV_ECRASH ? CRASH :
	    result->rc == SV_ETIMEOUT ? TIMEOUT : result->rc == SV_EPROTO ? PROTOCOL : OTHER;

	sv_metric_add(SV_METRIC_media_jobs, label, 1);
	sv_metric_observe(SV_METRIC_media_duration, (double)result->wall_ms / 1000.0);
	if (result->hello.guards != 0 && result->hello.guards != SV_MEDIA_GUARD_ALL)
		sv_metric_add(SV_METRIC_media_reduced, 0, 1);
}

static void
drop_findings(struct sv_media_job_result *result)
{
	sv_media_info_free(&result->info);
	for (size_t i = 0; i < result->image_count; i++)
		free(result->images[i].bytes);
	result->image_count = 0;
}

/* Report and be gone.  Nothing may touch the job after it. */
static void
finish(struct sv_media_job *job, int rc, enum sv_media_job_end end, const char *why)
{
	struct sv_media_job_result *result = job->result;
	const struct sv_media_job_options options = job->options;

	result->rc = rc;
	result->end = end;
	result->wall_ms = sv_clock_ms() - job->started_ms;
	if (rc != 0) {
		drop_findings(result);
		(void)snprintf(result->why, sizeof(result->why), "%s%s%s", why, job->last_words[0] == '\0' ? "" : ": ", job->last_words);
	}
	job->result = NULL;
	close_job(job);
	count(result);
	options.done(options.context, result);
	if (options.release != NULL)
		options.release(options.context);
}

static void
break_off(struct sv_media_job *job, const char *why)
{
	finish(job, SV_EPROTO, SV_MEDIA_END_PROTOCOL, why);
}

void
sv_media_job_cancel(struct sv_media_job *job)
{
	if (job == NULL)
		return;
	SV_CHECK(job, MAGIC);
	sv_assert(!job->closed);
	const struct sv_media_job_options options = job->options;
	sv_media_job_result_free(job->result);
	job->result = NULL;
	close_job(job);
	if (options.release != NULL)
		options.release(options.context);
}

static void
on_time(void *context)
{
	struct sv_media_job *job = context;

	finish(job, SV_ETIMEOUT, SV_MEDIA_END_TIMEOUT, "the media child took too long");
}

/* The child is dead without a last word, and its socket is read to the end. */
static void
finish_dead(struct sv_media_job *job)
{
	char why[96];
	int number = job->result->signal_number;

	if (number == SIGKILL && job->hung_up) {
		break_off(job, "the media child closed its socket and went on");
	} else if (number == SIGXCPU) {
		finish(job, SV_ETIMEOUT, SV_MEDIA_END_TIMEOUT, "the media child used up its processor time");
	} else if (number != 0) {
		(void)snprintf(why, sizeof(why), "the media child died of signal %d%s", number, number == SIGSYS ? " (a forbidden system call)" : "");
		finish(job, SV_ECRASH, SV_MEDIA_END_SIGNAL, why);
	} else if (job->result->exit_code != 0) {
		(void)snprintf(why, sizeof(why), "the media child exited with %d", job->result->exit_code);
		finish(job, SV_ECRASH, SV_MEDIA_END_EXIT, why);
	} else {
		finish(job, SV_EPROTO, SV_MEDIA_END_EXIT, "the media child ended without a result");
	}
}

static void
on_exited(void *context, int exit_code, int signal_number)
{
	struct sv_media_job *job = context;

	job->exited = true;
	job->result->exit_code = exit_code;
	job->result->signal_number = signal_number;
	/* otherwise its last frames may still be in the socket */
	if (job->at_end)
		finish_dead(job);
}

static void
on_line(void *context, const char *line)
{
	struct sv_media_job *job = context;

	sv_media_rpc_clean_text(line, job->last_words, sizeof(job->last_words));
}

/* ---- reads ---- */

static void
on_answered(uv_write_t *request, int status)
{
	struct answer *answer = request->data;

	/* a write that failed shows as the end of the socket */
	sv_buffer_fini(&answer->frame);
	free(answer);
}

static void
send_answer(struct sv_media_job *job, int result, const void *bytes)
{
	struct answer *answer = sv_xcalloc(1, sizeof(*answer));

	sv_buffer_init(&answer->frame, SV_MEDIA_RPC_MAX_READ + 64);
	sv_media_rpc_put_data(&answer->frame, result, bytes);
	if (sv_buffer_error(&answer->frame) != 0) {
		sv_buffer_reset(&answer->frame);
		sv_media_rpc_put_data(&answer->frame, SV_ENOMEM, NULL);
	}
	uv_buf_t buf = uv_buf_init((char *)answer->frame.data, (unsigned)answer->frame.length);
	answer->request.data = answer;
	if (uv_write(&answer->request, (uv_stream_t *)&job->socket, &buf, 1, on_answered) != 0)
		on_answered(&answer->request, 0);
}

void
sv_media_job_answer(struct sv_media_job *job, int result, const void *bytes)
{
	SV_CHECK(job, MAGIC);
	sv_assert(!job->closed && job->wanted != 0 && (result <= 0 || (uint32_t)result <= job->wanted));
	job->wanted = 0;
	if (result > 0)
		job->result->bytes_read += (uint64_t)result;
	if (result < 0 && job->read_error == 0)
		job->read_error = result;
	send_answer(job, result, bytes);
}

static void
take_read(struct sv_media_job *job, const struct sv_media_frame *frame)
{
	uint64_t offset = 0, size = job->options.size_bytes;
	uint32_t length = 0;

	if (sv_media_rpc_get_read(frame, &offset, &length) != 0 || offset >= size || length > size - offset) {
		break_off(job, "the media child asked for bytes outside the file");
		return;
	}
	/* an honest child has taken the last answer whole before it asks again */
	if (job->wanted != 0 || uv_stream_get_write_queue_size((uv_stream_t *)&job->socket) != 0 || ++job->result->reads > MAX_READS) {
		break_off(job, "the media child asks without end");
		return;
	}
	if (length > job->options.budget_bytes - job->result->bytes_read) {
		send_answer(job, SV_ETOOBIG, NULL);
		return;
	}
	job->wanted = length;
	job->options.read(job->options.context, job, offset, length);
}

/* ---- results ---- */

static void
take_image(struct sv_media_job *job, const struct sv_media_frame *frame)
{
	struct sv_media_job_result *result = job->result;
	struct sv_media_image image;

	if (job->options.kind != SV_MEDIA_JOB_POSTER || result->image_count == SV_MEDIA_MAX_IMAGES || sv_media_rpc_get_image(frame, &image) != 0) {
		break_off(job, "the media child sent a picture that is none");
		return;
	}
	job->image_bytes += image.length;
	uint8_t *bytes = job->image_bytes > job->options.image_bytes ? NULL : sv_try_malloc(image.length, SV_MEDIA_RPC_MAX_IMAGE);
	if (bytes == NULL) {
		finish(job, SV_ETOOBIG, SV_MEDIA_END_PROTOCOL, "the pictures are larger than their limit");
		return;
	}
	memcpy(bytes, image.bytes, image.length);
	result->images[result->image_count++] = (struct sv_media_job_image){image.kind, image.mime, image.width, image.height, bytes, image.length};
}

static void
take_info(struct sv_media_job *job, const struct sv_media_frame *frame)
{
	if (job->options.kind != SV_MEDIA_JOB_PROBE || job->has_info || sv_media_rpc_get_info(frame, &job->result->info) != 0) {
		break_off(job, "the media child sent a malformed description");
		return;
	}
	job->has_info = true;
}

static void
take_done(struct sv_media_job *job)
{
	if (!job->has_info && job->result->image_count == 0)
		break_off(job, "the media child ended without a result");
	else if (job->read_error != 0)
		finish(job, job->read_error, SV_MEDIA_END_EXIT, "the film could not be read");
	else
		finish(job, 0, SV_MEDIA_END_EXIT, "");
}

/* The child's word on why it gave up.  Of its codes only those count that make sense from it. */
static void
take_error(struct sv_media_job *job, const struct sv_media_frame *frame)
{
	struct sv_media_failure failure;

	if (sv_media_rpc_get_error(frame, &failure) != 0) {
		break_off(job, "the media child sent a malformed error");
		return;
	}
	bool ours = failure.code == SV_ENOMEM || failure.code == SV_ETOOBIG || failure.code == SV_EUNAVAIL;
	int rc = job->read_error != 0 ? job->read_error : ours ? failure.code : SV_EUNSUPPORTED;
	finish(job, rc, SV_MEDIA_END_EXIT, failure.text);
}

static void
take_frame(struct sv_media_job *job, const struct sv_media_frame *frame)
{
	/* HELLO comes first and once; a child that could not lock itself down says ERROR instead */
	if (job->said_hello == (frame->type == SV_MEDIA_FRAME_HELLO) && frame->type != SV_MEDIA_FRAME_ERROR) {
		break_off(job, "the media child did not say first that it is locked down");
		return;
	}
	switch (frame->type) {
	case SV_MEDIA_FRAME_HELLO:
		job->said_hello = true;
		if (sv_media_rpc_get_hello(frame, &job->result->hello) != 0)
			break_off(job, "the media child sent a malformed greeting");
		break;
	case SV_MEDIA_FRAME_READ:
		take_read(job, frame);
		break;
	case SV_MEDIA_FRAME_INFO:
		take_info(job, frame);
		break;
	case SV_MEDIA_FRAME_IMAGE:
		take_image(job, frame);
		break;
	case SV_MEDIA_FRAME_DONE:
		take_done(job);
		break;
	case SV_MEDIA_FRAME_ERROR:
		take_error(job, frame);
		break;
	default:
		break_off(job, "the media child sent a frame of ours");
		break;
	}
}

/* ---- the socket ---- */

static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
	struct sv_media_job *job = handle->data;
	uint8_t *room = sv_buffer_reserve(&job->in, IN_STEP);

	*ret_buf = uv_buf_init((char *)room, room == NULL ? 0 : IN_STEP);
}

static void
take_frames(struct sv_media_job *job)
{
	size_t used = 0;

	while (!job->closed) {
		struct sv_media_frame frame;
		int n = sv_media_rpc_parse(job->in.data + used, job->in.length - used, &frame);
		if (n == 0)
			break;
		if (n < 0) {
			break_off(job, "the media child sent a malformed frame");
			return;
		}
		used += (size_t)n;
		take_frame(job, &frame);
	}
	if (!job->closed)
		sv_buffer_consume(&job->in, used);
}

static void
on_bytes(uv_stream_t *stream, ssize_t count_read, const uv_buf_t *buf)
{
	struct sv_media_job *job = stream->data;

	if (job->closed || count_read == 0)
		return;
	if (count_read > 0) {
		sv_buffer_commit(&job->in, (size_t)count_read);
		take_frames(job);
		return;
	}
	(void)uv_read_stop(stream);
	job->at_end = true;
	if (job->exited) {
		finish_dead(job);
		return;
	}
	/* a child without its socket has nothing left to do; one that is exiting keeps its own status */
	job->hung_up = true;
	sv_process_kill(job->process, SIGKILL);
}

/* ---- the start ---- */

static int
open_socket(struct sv_media_job *job, int *ret_child_end)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return sv_error_from_errno(errno);
	if (uv_pipe_open(&job->socket, ends[0]) != 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return SV_EIO;
	}
	*ret_child_end = ends[1];
	return 0;
}

static int
start_child(struct sv_media_job *job, int child_end)
{
	static const char *const kinds[SV_MEDIA_JOB_KIND_COUNT] = {"probe", "poster"};
	static const int target = SV_MEDIA_RPC_FD;
	char name[] = "sv-media", kind[16], size[24];
	char *arguments[] = {name, kind, size, NULL};
	const struct sv_process_options options = {
		.program = job->options.program,
		.arguments = arguments,
		.pass_from = &child_end,
		.pass_to = &target,
		.pass_count = 1,
		.own_group = true,
		.on_line = on_line,
		.on_exit = on_exited,
		.context = job,
		.parent_death_signal = SIGKILL,
	};

	(void)snprintf(kind, sizeof(kind), "%s", kinds[job->options.kind]);
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)job->options.size_bytes);
	return sv_process_start(job->loop, &options, &job->process);
}

static void
apply_defaults(struct sv_media_job_options *options)
{
	if (options->wall_ms == 0)
		options->wall_ms = WALL_MS;
	if (options->budget_bytes == 0)
		options->budget_bytes = BUDGET_BYTES;
	if (options->image_bytes == 0)
		options->image_bytes = IMAGE_BYTES;
}

int
sv_media_job_start(struct sv_loop *loop, const struct sv_media_job_options *options, struct sv_media_job **ret_job)
{
	struct sv_media_job *job = sv_xcalloc(1, sizeof(*job));
	int child_end = -1;

	sv_assert(options->kind < SV_MEDIA_JOB_KIND_COUNT && options->read != NULL && options->done != NULL);
	job->magic = MAGIC;
	job->loop = loop;
	job->options = *options;
	job->started_ms = sv_clock_ms();
	apply_defaults(&job->options);
	sv_buffer_init(&job->in, IN_CEILING);
	sv_assert(uv_pipe_init(sv_loop_uv(loop), &job->socket, 0) == 0);
	job->socket.data = job;
	int rc = open_socket(job, &child_end);
	if (rc == 0)
		rc = start_child(job, child_end);
	if (child_end >= 0)
		(void)close(child_end);
	job->options.program = NULL;
	if (rc == 0 && uv_read_start((uv_stream_t *)&job->socket, on_room, on_bytes) != 0)
		rc = SV_EIO;
	if (rc != 0) {
		close_job(job);
		return rc;
	}
	job->result = sv_xcalloc(1, sizeof(*job->result));
	job->timer = sv_timer_start(loop, job->options.wall_ms, 0, on_time, job);
	*ret_job = job;
	return 0;
}
