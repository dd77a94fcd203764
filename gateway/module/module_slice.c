/* SPDX-License-Identifier: Apache-2.0
 * What nginx lets pile up in an answer of many slices, because all slices share the pool of the main request: descriptors, the
 * buffers of each fetched slice, and slices that a slow client has not asked for.
 *
 * A fetched slice gets a pool of its own for its event pipe: the buffers it reads into, and the buffer structures that go down the
 * filters.  Filters copy chain links and keep only buffers that were not sent yet, and each place that can keep one says so:
 * the copy filter, gzip and their like in r->buffered, the postpone filter in r->postponed, the write filter in main->out,
 * HTTP/2 in stream->queued; TLS copies.  So when a slice is done and all of these are empty nothing can refer to its pool. */
#include "streamvault_module.h"

#define SLICE_POOL_SIZE 4096

/* Bit of r->buffered that no module of Debian's nginx uses in one location with slices (image_filter has it). */
#define SV_BUFFERED 0x08

extern ngx_module_t ngx_http_copy_filter_module;

struct sv_slice {
	struct sv_slice *next;
	ngx_http_request_t *slice; /* the subrequest; lives as long as the main request */
	ngx_pool_t *pool;          /* of its event pipe; NULL: it came from the cache */
};

/* When a slice begins and nothing of the former ones waits to be sent, their cache files can go: an hour of film would hold
 * thousands of descriptors. */
static void
close_former_files(ngx_http_request_t *r)
{
	const ngx_http_request_t *main = r->main;
	const ngx_http_upstream_t *upstream = r->upstream;
	ngx_fd_t cached = r->cache == NULL ? NGX_INVALID_FILE : r->cache->file.fd;
	ngx_fd_t spooled = NGX_INVALID_FILE;

	if (main->stream != NULL && main->stream->queued != 0)
		return;
	for (const ngx_chain_t *link = main->out; link != NULL; link = link->next)
		if (link->buf->in_file)
			return;
	if (upstream != NULL && upstream->buffering && upstream->pipe != NULL && upstream->pipe->temp_file != NULL)
		spooled = upstream->pipe->temp_file->file.fd;
	for (ngx_pool_cleanup_t *cleanup = main->pool->cleanup; cleanup != NULL; cleanup = cleanup->next) {
		const ngx_pool_cleanup_file_t *file = cleanup->data;

		if (cleanup->handler != ngx_pool_cleanup_file || file->fd == cached || file->fd == spooled)
			continue;
		cleanup->handler(cleanup->data);
		cleanup->handler = NULL;
	}
}

/* Marks without bytes may wait for the next bytes (the end of a slice does); those of the pipe and of the copy filter have tags. */
static bool
is_all_sent(const ngx_http_request_t *main)
{
	for (const ngx_chain_t *link = main->out; link != NULL; link = link->next)
		if (link->buf->tag != NULL || ngx_buf_size(link->buf) != 0)
			return false;
	return (main->buffered & ~(unsigned)SV_BUFFERED) == 0 && (main->stream == NULL || main->stream->queued == 0);
}

static bool
is_over(const ngx_http_request_t *slice)
{
	return slice->done && slice->out == NULL && slice->buffered == 0 && slice->postponed == NULL && !slice->aio && slice->blocked == 0;
}

/* Where the file cannot be sent as it is (TLS in user space) the copy filter reads it into buffers, which it makes anew for each slice. */
static void
free_copies(ngx_pool_t *pool, ngx_chain_t **list, ngx_buf_tag_t tag)
{
	for (ngx_chain_t *link = *list; link != NULL; link = link->next) {
		if (link->buf->tag != tag || !link->buf->temporary || link->buf->start == NULL)
			continue;
		/* small ones lie in the pool's blocks: declined */
		(void)ngx_pfree(pool, link->buf->start);
		link->buf->start = NULL;
	}
	*list = NULL;
}

static void
free_slice(ngx_pool_t *pool, struct sv_slice *item)
{
	ngx_output_chain_ctx_t *copy = ngx_http_get_module_ctx(item->slice, ngx_http_copy_filter_module);

	if (copy != NULL && copy->in == NULL && copy->buf == NULL) {
		free_copies(pool, &copy->free, copy->tag);
		free_copies(pool, &copy->busy, copy->tag);
	}
	if (item->pool == NULL)
		return;
	/* What nginx read the head into; it copied what it keeps.  The pipe, which might have freed it, looked in the other pool. */
	if (item->slice->upstream->buffer.start != NULL)
		(void)ngx_pfree(pool, item->slice->upstream->buffer.start);
	item->slice->upstream->buffer.start = NULL;
	ngx_destroy_pool(item->pool);
	item->pool = NULL;
}

static void
free_former_slices(struct sv_request *request)
{
	struct sv_slice **place = &request->slices;

	if (!is_all_sent(request->main))
		return;
	while (*place != NULL) {
		struct sv_slice *item = *place;

		if (!is_over(item->slice)) {
			place = &item->next;
			continue;
		}
		free_slice(request->main->pool, item);
		*place = item->next;
		item->next = request->spare_slices;
		request->spare_slices = item;
	}
}

/* In place of the upstream's input_filter_init: nginx has just set the pipe up, and nothing was read with it. */
static ngx_int_t
begin_pipe(void *data)
{
	ngx_http_request_t *r = data;
	struct sv_request *request = sv_request_find(r);
	struct sv_slice *item = request->slices;

	if (item != NULL && item->slice == r && item->pool == NULL) {
		item->pool = ngx_create_pool(SLICE_POOL_SIZE, r->pool->log);
		if (item->pool == NULL)
			return NGX_ERROR;
		r->upstream->pipe->pool = item->pool;
	}
	return request->input_filter_init(data);
}

ngx_int_t
sv_module_slice_begin(struct sv_request *request, ngx_http_request_t *r)
{
	struct sv_slice *item = NULL;
	ngx_http_upstream_t *upstream = r->upstream;

	close_former_files(r);
	free_former_slices(request);
	item = request->spare_slices;
	if (item != NULL)
		request->spare_slices = item->next;
	else
		item = ngx_palloc(request->main->pool, sizeof(*item));
	if (item == NULL)
		return NGX_ERROR;
	item->slice = r;
	item->pool = NULL;
	item->next = request->slices;
	request->slices = item;
	if (upstream != NULL && upstream->buffering && upstream->pipe != NULL && upstream->pipe->input_ctx == r
	    && upstream->output.tag != NULL && upstream->input_filter_init != NULL && upstream->input_filter_init != begin_pipe) {
		request->input_filter_init = upstream->input_filter_init;
		upstream->input_filter_init = begin_pipe;
	}
	return NGX_OK;
}

void
sv_module_slice_release(struct sv_request *request)
{
	for (struct sv_slice *item = request->slices; item != NULL; item = item->next) {
		if (item->pool != NULL)
			ngx_destroy_pool(item->pool);
		item->pool = NULL;
	}
	request->slices = NULL;
}

void
sv_module_slice_press_back(ngx_http_request_t *r)
{
	unsigned waiting = NGX_HTTP_WRITE_BUFFERED | (r->main->stream == NULL ? 0 : NGX_HTTP_V2_BUFFERED);

	if ((r->connection->buffered & waiting) != 0)
		r->main->buffered |= SV_BUFFERED;
	else
		r->main->buffered &= ~(unsigned)SV_BUFFERED & 0xf;
}
