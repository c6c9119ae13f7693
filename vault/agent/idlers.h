/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_IDLERS_H
#define CV_AGENT_IDLERS_H

/**
 * The connections that say nothing, in the order in which they fell silent. Where all threads have
 * one, the one that is silent longest is hung up for whoever waits, so that nobody can keep a
 * `lock` out by holding connections open. A client that is hung up between two requests connects
 * again.
 */

/** One connection in the list; its owner's memory, from enter to leave. */
struct idler {
	struct idler *previous, *next;
	int fd;
	int listed;
};

/** The connection waits for a request. */
void idlers_enter(struct idler *idler, int fd);

/** A request came, or the end. fd is not touched any more. */
void idlers_leave(struct idler *idler);

/** Hangs up the one that is silent longest; where none is, the next one that would be. */
void idlers_make_room(void);

/** There is room again: nobody is hung up for what was asked before. */
void idlers_enough(void);

#endif
