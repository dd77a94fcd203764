/* SPDX-License-Identifier: Apache-2.0
 * One rate per client, whatever it opens: connections, HTTP/2 streams, ranges one after another.
 *
 * Each client has a clock in shared memory, in microseconds: the time at which all bytes booked so far are paid for at its rate.
 * A request books a portion before it sends it, which moves the clock on by portion / rate, and may send once the time that the
 * clock showed has come.  Booking is first come, first served, so requests of one client share evenly; the sum is exact whatever
 * the lateness of timers, because the clock counts from what was booked and not from when it went.  An idle client's clock may
 * lag by LIMIT_CREDIT_US at most: that much it may catch up at once.  A clock that lags by more equals a fresh one, so
 * entries need no owner count (a dead worker leaks none): idle ones are simply dropped when room is wanted.
 *
 * Sending itself is taken over at the connection's send_chain, below all filters: it splits no buffers, keeps sendfile, and
 * parks the connection by its `delayed` mark, as nginx's own limit_rate does.  The timer is ours, because nginx deletes
 * the connection's write timer in places (answers proxied without buffering) and would leave it parked for ever. */
#include "streamvault_module.h"

#include <time.h>

#define LIMIT_CREDIT_US UINT64_C(1000000)
#define LIMIT_PORTIONS_PER_S 8 /* wake-ups of a limited client in a second */
#define LIMIT_PORTION_MIN 4096
#define LIMIT_PORTION_MAX (1024 * 1024)
#define LIMIT_RATE_MAX UINT64_C(100000000000)
#define LIMIT_EXPIRE_STEP 2
#define LIMIT_COMPLAIN_EVERY_S 10

struct limit_node {
	ngx_rbtree_node_t rbtree;
	ngx_queue_t queue; /* most recently used first */
	uint64_t clock_us;
	u_char key[SV_CLIENT_KEY_SIZE];
};

struct limit_table {
	ngx_rbtree_t rbtree;
	ngx_rbtree_node_t sentinel;
	ngx_queue_t queue;
	uint64_t overflow_clock_us; /* shared by all clients that found no room: slow, but never unlimited */
};

/* The zone as one cycle sees it; the table itself lives on over reloads. */
struct limit_zone {
	struct limit_table *table;
	ngx_slab_pool_t *pool;
};

static uint64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct limit_node *
node_at(ngx_rbtree_node_t *place)
{
	return (struct limit_node *)(void *)((u_char *)place - offsetof(struct limit_node, rbtree));
}

static void
insert_node(ngx_rbtree_node_t *place, ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel)
{
	for (;;) {
		int order = node->key < place->key ? -1 : node->key > place->key;
		ngx_rbtree_node_t **next = NULL;

		if (order == 0)
			order = ngx_memcmp(node_at(node)->key, node_at(place)->key, SV_CLIENT_KEY_SIZE);
		next = order < 0 ? &place->left : &place->right;
		if (*next == sentinel) {
			*next = node;
			break;
		}
		place = *next;
	}
	node->parent = place;
	node->left = sentinel;
	node->right = sentinel;
	ngx_rbt_red(node);
}

static struct limit_node *
find_node(struct limit_table *table, const u_char *key, uint32_t hash)
{
	ngx_rbtree_node_t *place = table->rbtree.root;

	while (place != &table->sentinel) {
		struct limit_node *node = node_at(place);
		int order = hash < place->key ? -1 : hash > place->key;

		if (order == 0)
			order = ngx_memcmp(key, node->key, SV_CLIENT_KEY_SIZE);
		if (order == 0)
			return node;
		place = order < 0 ? place->left : place->right;
	}
	return NULL;
}

/* Drop up to `most` of the least recently used entries that say nothing any more.  Returns how many went. */
static ngx_uint_t
drop_idle(struct limit_zone *zone, uint64_t now, ngx_uint_t most)
{
	ngx_uint_t dropped = 0;

	while (dropped < most && !ngx_queue_empty(&zone->table->queue)) {
		struct limit_node *oldest = ngx_queue_data(ngx_queue_last(&zone->table->queue), struct limit_node, queue);

		if (oldest->clock_us + LIMIT_CREDIT_US > now)
			break;
		ngx_queue_remove(&oldest->queue);
		ngx_rbtree_delete(&zone->table->rbtree, &oldest->rbtree);
		ngx_slab_free_locked(zone->pool, oldest);
		dropped++;
	}
	return dropped;
}

/* The client's clock, made when absent; the zone is locked.  NULL: no room, and nobody idle. */
static uint64_t *
clock_of(struct limit_zone *zone, const u_char *key, uint64_t now)
{
	uint32_t hash = ngx_crc32_short((u_char *)(uintptr_t)key, SV_CLIENT_KEY_SIZE);
	struct limit_node *node = find_node(zone->table, key, hash);

	if (node != NULL) {
		ngx_queue_remove(&node->queue);
	} else {
		(void)drop_idle(zone, now, LIMIT_EXPIRE_STEP);
		node = ngx_slab_alloc_locked(zone->pool, sizeof(*node));
		if (node == NULL && drop_idle(zone, now, LIMIT_EXPIRE_STEP) > 0)
			node = ngx_slab_alloc_locked(zone->pool, sizeof(*node));
		if (node == NULL)
			return NULL;
		node->rbtree.key = hash;
		node->clock_us = 0;
		ngx_memcpy(node->key, key, SV_CLIENT_KEY_SIZE);
		ngx_rbtree_insert(&zone->table->rbtree, &node->rbtree);
	}
	ngx_queue_insert_head(&zone->table->queue, &node->queue);
	return &node->clock_us;
}

static void
complain_full(ngx_log_t *log, const ngx_str_t *name)
{
	static time_t complained;

	if (ngx_time() - complained < LIMIT_COMPLAIN_EVERY_S)
		return;
	complained = ngx_time();
	ngx_log_error(NGX_LOG_ERR, log, 0, "streamvault: limit zone \"%V\" is full: new clients share one rate; make it larger", name);
}

static uint64_t
cost_us(const struct sv_limiter *limiter, off_t bytes)
{
	return ((uint64_t)bytes * 1000000 + limiter->conf->guest_rate / 2) / limiter->conf->guest_rate;
}

/* Book a portion of what waits; sets granted and due. */
static void
book(struct sv_limiter *limiter, ngx_log_t *log, off_t waiting, uint64_t now)
{
	struct limit_zone *zone = limiter->conf->zone->data;
	off_t portion = (off_t)(limiter->conf->guest_rate / LIMIT_PORTIONS_PER_S);
	uint64_t *clock = NULL;
	bool full = false;

	portion = ngx_min(ngx_max(portion, LIMIT_PORTION_MIN), LIMIT_PORTION_MAX);
	portion = ngx_min(portion, waiting);
	ngx_shmtx_lock(&zone->pool->mutex);
	clock = clock_of(zone, limiter->client.key, now);
	full = clock == NULL;
	if (full)
		clock = &zone->table->overflow_clock_us;
	if (*clock + LIMIT_CREDIT_US < now)
		*clock = now - LIMIT_CREDIT_US;
	limiter->due_us = *clock;
	*clock += cost_us(limiter, portion);
	ngx_shmtx_unlock(&zone->pool->mutex);
	limiter->granted = portion;
	if (full)
		complain_full(log, &limiter->conf->zone->shm.name);
}

static off_t
chain_size(const ngx_chain_t *in)
{
	off_t size = 0;

	for (; in != NULL; in = in->next)
		size += ngx_buf_size(in->buf);
	return size;
}

/* The booked portion is due: go on as if the connection had become writable. */
static void
wake_up(ngx_event_t *event)
{
	ngx_connection_t *c = event->data;

	c->write->delayed = 0;
	/* May end the request, and `event` with it. */
	c->write->handler(c->write);
}

/* Sleep until the booked portion is due; a parked connection has no send timeout. */
static void
park(ngx_connection_t *c, struct sv_limiter *limiter, uint64_t now)
{
	if (c->write->timer_set)
		ngx_del_timer(c->write);
	c->write->delayed = 1;
	limiter->wake.data = c;
	limiter->wake.handler = wake_up;
	limiter->wake.log = c->log;
	/* nginx would leave a timer as it is that is less than 300 ms off. */
	if (limiter->wake.timer_set)
		ngx_del_timer(&limiter->wake);
	ngx_add_timer(&limiter->wake, (ngx_msec_t)((limiter->due_us - now + 999) / 1000));
}

static void
charge(struct sv_limiter *limiter, off_t sent)
{
	off_t unmetered = ngx_min(sent, limiter->unmetered);

	limiter->unmetered -= unmetered;
	limiter->granted -= ngx_min(sent - unmetered, limiter->granted);
}

/* In place of the connection's send_chain.  `in` may hold only flush or end marks, or be NULL to flush TLS: those pass. */
static ngx_chain_t *
send_limited(ngx_connection_t *c, ngx_chain_t *in, off_t limit)
{
	struct sv_request *request = sv_request_find(c->data);
	struct sv_limiter *limiter = &request->limiter;
	off_t waiting = chain_size(in), left = 0;
	uint64_t now = 0;

	if (waiting == 0)
		return limiter->send_chain(c, in, limit);
	now = now_us();
	if (limiter->granted == 0)
		book(limiter, c->log, waiting, now);
	if (limiter->due_us > now) {
		park(c, limiter, now);
		return in;
	}
	if (limit == 0 || limit > limiter->granted + limiter->unmetered)
		limit = limiter->granted + limiter->unmetered;
	in = limiter->send_chain(c, in, limit);
	if (in == NGX_CHAIN_ERROR)
		return in;
	left = chain_size(in);
	charge(limiter, waiting - left);
	if (left > 0 && limiter->granted == 0) {
		book(limiter, c->log, left, now);
		if (limiter->due_us > now)
			park(c, limiter, now);
	}
	return in;
}

/* Members are not limited; whoever has no checked link counts as a guest. */
static bool
is_limited(ngx_http_request_t *r, const struct sv_location_conf *conf, const struct sv_request *request)
{
	if (conf->limit == NULL || r->main->header_only)
		return false;
	if (request->link_state == SV_LINK_GOOD)
		return !request->link.member;
	return !conf->link;
}

ngx_int_t
sv_module_limit_install(ngx_http_request_t *r)
{
	const struct sv_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_streamvault_module);
	ngx_connection_t *c = r->connection;
	struct sv_request *request = NULL;

	if (conf->limit == NULL || !r->main->header_sent)
		return NGX_OK;
	request = sv_request_get(r);
	if (request == NULL)
		return NGX_ERROR;
	if (request->limiter.decided)
		return NGX_OK;
	request->limiter.decided = true;
	if (!is_limited(r, conf, request))
		return NGX_OK;
	request->limiter.conf = conf->limit;
	sv_module_client_of(r, &request->limiter.client);
	/* HTTP/2 frames its header apart from this chain. */
	request->limiter.unmetered = r->main->stream == NULL ? (off_t)r->main->header_size : 0;
	request->limiter.send_chain = c->send_chain;
	c->send_chain = send_limited;
	return NGX_OK;
}

void
sv_module_limit_release(struct sv_request *request)
{
	struct sv_limiter *limiter = &request->limiter;
	struct limit_zone *zone = NULL;
	struct limit_node *node = NULL;

	if (limiter->send_chain == NULL)
		return;
	request->main->connection->send_chain = limiter->send_chain;
	limiter->send_chain = NULL;
	if (limiter->wake.timer_set) {
		ngx_del_timer(&limiter->wake);
		request->main->connection->write->delayed = 0;
	}
	if (limiter->granted == 0)
		return;
	zone = limiter->conf->zone->data;
	ngx_shmtx_lock(&zone->pool->mutex);
	node = find_node(zone->table, limiter->client.key, ngx_crc32_short(limiter->client.key, SV_CLIENT_KEY_SIZE));
	if (node != NULL)
		node->clock_us -= ngx_min(cost_us(limiter, limiter->granted), node->clock_us);
	ngx_shmtx_unlock(&zone->pool->mutex);
	limiter->granted = 0;
}

static ngx_int_t
init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
	const struct limit_zone *former = data;
	struct limit_zone *zone = shm_zone->data;

	zone->pool = (ngx_slab_pool_t *)(void *)shm_zone->shm.addr;
	if (former != NULL) {
		zone->table = former->table;
		return NGX_OK;
	}
	if (shm_zone->shm.exists) {
		zone->table = zone->pool->data;
		return NGX_OK;
	}
	zone->table = ngx_slab_calloc(zone->pool, sizeof(*zone->table));
	if (zone->table == NULL)
		return NGX_ERROR;
	zone->pool->data = zone->table;
	zone->pool->log_nomem = 0;
	ngx_rbtree_init(&zone->table->rbtree, &zone->table->sentinel, insert_node);
	ngx_queue_init(&zone->table->queue);
	return NGX_OK;
}

char *
sv_module_limit_zone(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	ngx_str_t *words = cf->args->elts;
	ssize_t size = ngx_parse_size(&words[2]);
	ngx_shm_zone_t *shm_zone = NULL;

	if (size == NGX_ERROR || size < (ssize_t)(8 * ngx_pagesize)) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_limit_zone: \"%V\" is no size, or below 32k", &words[2]);
		return NGX_CONF_ERROR;
	}
	shm_zone = ngx_shared_memory_add(cf, &words[1], (size_t)size, &ngx_http_streamvault_module);
	if (shm_zone == NULL)
		return NGX_CONF_ERROR;
	if (shm_zone->data != NULL) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_limit_zone: \"%V\" is there already", &words[1]);
		return NGX_CONF_ERROR;
	}
	shm_zone->data = ngx_pcalloc(cf->pool, sizeof(struct limit_zone));
	shm_zone->init = init_zone;
	return shm_zone->data == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}

/* Reads one `name=value` word of sv_limit.  Returns false when it is none. */
static bool
take_limit_word(ngx_conf_t *cf, struct sv_limit_conf *limit, ngx_str_t word)
{
	if (ngx_strncmp(word.data, "zone=", 5) == 0 && limit->zone == NULL) {
		ngx_str_t name = {word.len - 5, word.data + 5};

		limit->zone = name.len == 0 ? NULL : ngx_shared_memory_add(cf, &name, 0, &ngx_http_streamvault_module);
		return limit->zone != NULL;
	}
	if (ngx_strncmp(word.data, "guest=", 6) == 0 && limit->guest_rate == 0) {
		ngx_str_t text = {word.len - 6, word.data + 6};
		off_t rate = ngx_parse_offset(&text);

		if (rate <= 0 || (uint64_t)rate > LIMIT_RATE_MAX)
			return false;
		limit->guest_rate = (uint64_t)rate;
		return true;
	}
	return false;
}

char *
sv_module_limit_directive(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
	struct sv_location_conf *location = conf;
	ngx_str_t *words = cf->args->elts;
	struct sv_limit_conf *limit = NULL;

	if (location->limit != NGX_CONF_UNSET_PTR)
		return (char *)(uintptr_t) "is duplicate";
	location->limit = NULL;
	if (cf->args->nelts == 2 && ngx_strcmp(words[1].data, "off") == 0)
		return NGX_CONF_OK;
	limit = ngx_pcalloc(cf->pool, sizeof(*limit));
	if (limit == NULL)
		return NGX_CONF_ERROR;
	for (ngx_uint_t i = 1; i < cf->args->nelts; i++) {
		if (!take_limit_word(cf, limit, words[i])) {
			ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_limit: \"%V\" is not understood", &words[i]);
			return NGX_CONF_ERROR;
		}
	}
	if (limit->zone == NULL || limit->guest_rate == 0) {
		ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sv_limit needs zone=NAME and guest=RATE");
		return NGX_CONF_ERROR;
	}
	location->limit = limit;
	return NGX_CONF_OK;
}
