/**
 * @file
 * Doubly linked lists whose links lie inside the elements.
 *
 * A list is a ring through its head; an element that is in no list has links of NULL, so it can be
 * asked whether it is in one. Every operation takes constant time and allocates nothing. The owner
 * of the head owns the list; this file owns no state. Sequence: list_init() once, list_append()
 * elements, list_remove() them by their link alone; LIST_ENTRY() leads from a link to its element.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** The part of an element by which it hangs in a list. */
struct list_link {
    struct list_link *next;
    struct list_link *previous;
};

/** A list; its ends are linked with @p head. */
struct list {
    struct list_link head;
};

/** The element that contains a link: LIST_ENTRY(link, struct process, queue_link). */
#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/** Make an empty list. */
static inline void list_init(struct list *list)
{
    list->head.next = &list->head;
    list->head.previous = &list->head;
}

/** @return whether a list that was started has no element. */
static inline bool list_is_empty(const struct list *list)
{
    return list->head.next == &list->head;
}

/** @return whether an element is in a list. */
static inline bool list_contains(const struct list_link *link)
{
    return link->next != NULL;
}

/** Add an element, which is in no list, at the end. */
static inline void list_append(struct list *list, struct list_link *link)
{
    link->previous = list->head.previous;
    link->next = &list->head;
    link->previous->next = link;
    list->head.previous = link;
}

/** Take an element out of the list that it is in. */
static inline void list_remove(struct list_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    link->next = NULL;
    link->previous = NULL;
}

/** @return the first link; NULL if the list is empty. */
static inline struct list_link *list_first(const struct list *list)
{
    /* The analyser does not see that an element which was removed, and freed, is not the first. */
    return list_is_empty(list) ? NULL : list->head.next; // NOLINT(clang-analyzer-unix.Malloc)
}

/** @return the link after one that is in the list; NULL at the end. */
static inline struct list_link *list_next(const struct list *list, const struct list_link *link)
{
    return link->next == &list->head ? NULL : link->next;
}

#endif
