/* SPDX-License-Identifier: Apache-2.0
 * Several loops, one a thread.  The loops are made and freed on the caller's thread, before the threads begin and after
 * they were joined, so that sv_loop_group_at is good for the whole life of the group. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "alloc.h"
#include "loop.h"
#include "loop_private.h"
#include "sv_assert.h"

struct member {
	struct sv_loop_group *group;
	struct sv_loop *loop;
	unsigned index;
	pthread_t thread;
};

struct sv_loop_group {
	unsigned count;
	sv_loop_group_fn *setup, *teardown;
	void *context;
	_Atomic int error;
	struct member members[];
};

struct sv_loop_group *
sv_loop_group_new(unsigned count)
{
	sv_assert(count > 0);
	struct sv_loop_group *group = sv_xcalloc(1, sizeof *group + count * sizeof group->members[0]);

	group->count = count;
	for (unsigned i = 0; i < count; i++)
		group->members[i] = (struct member){.group = group, .loop = sv_loop_new(), .index = i};
	return group;
}

static void *
run_member(void *context)
{
	struct member *member = context;
	struct sv_loop_group *group = member->group;
	int none = 0;
	int rc = group->setup == NULL ? 0 : group->setup(group->context, member->loop, member->index);

	if (rc < 0) {
		(void)atomic_compare_exchange_strong(&group->error, &none, rc);
		sv_loop_group_stop(group);
		return NULL;
	}
	sv_loop_run(member->loop);
	if (group->teardown != NULL)
		(void)group->teardown(group->context, member->loop, member->index);
	return NULL;
}

int
sv_loop_group_run(struct sv_loop_group *group, sv_loop_group_fn *setup, sv_loop_group_fn *teardown, void *context)
{
	group->setup = setup;
	group->teardown = teardown;
	group->context = context;
	atomic_store(&group->error, 0);
	for (unsigned i = 1; i < group->count; i++)
		sv_assert(pthread_create(&group->members[i].thread, NULL, run_member, &group->members[i]) == 0);
	(void)run_member(&group->members[0]);
	for (unsigned i = 1; i < group->count; i++)
		(void)pthread_join(group->members[i].thread, NULL);
	return atomic_load(&group->error);
}

void
sv_loop_group_stop(struct sv_loop_group *group)
{
	for (unsigned i = 0; i < group->count; i++)
		sv_loop_stop(group->members[i].loop);
}

struct sv_loop *
sv_loop_group_at(struct sv_loop_group *group, unsigned index)
{
	sv_assert(index < group->count);
	return group->members[index].loop;
}

unsigned
sv_loop_group_count(const struct sv_loop_group *group)
{
	return group->count;
}

void
sv_loop_group_free(struct sv_loop_group *group)
{
	bool any = true;

	if (group == NULL)
		return;
	/* what was posted to one loop after it stopped may stop the group or post to another loop: all are still there when it runs */
	while (any) {
		any = false;
		for (unsigned i = 0; i < group->count; i++)
			any = sv_loop_settle(group->members[i].loop) || any;
	}
	for (unsigned i = 0; i < group->count; i++)
		sv_loop_free(group->members[i].loop);
	free(group);
}
