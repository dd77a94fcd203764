/* SPDX-License-Identifier: Apache-2.0
 * Intrusive doubly linked list.  A node is in one list at most; an unlinked node points at itself. */
#ifndef SV_LIST_H
#define SV_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct sv_list {
	struct sv_list *next, *prev;
};

#define SV_CONTAINER(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
/* The loop body may unlink the current node and no other. */
#define SV_LIST_EACH(node, head) \
	for (struct sv_list *node = (head)->next, *node##_next = node->next; node != (head); node = node##_next, node##_next = node->next)

static inline void
sv_list_init(struct sv_list *head)
{
	head->next = head->prev = head;
}

static inline bool
sv_list_empty(const struct sv_list *head)
{
	return head->next == head;
}

static inline void
sv_list_append(struct sv_list *head, struct sv_list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void
sv_list_prepend(struct sv_list *head, struct sv_list *node)
{
	sv_list_append(head->next, node);
}

/* Unlinking an unlinked (but initialised) node does nothing. */
static inline void
sv_list_remove(struct sv_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	sv_list_init(node);
}

#endif
