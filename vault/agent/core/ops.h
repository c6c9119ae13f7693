/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_OPS_H
#define CV_AGENT_CORE_OPS_H

#include "vault/agent/core/request.h"

/** The table of the operations of docs/protocol.md: each name and its flags. */

/**
 * X(name, flags): one operation, one file op_NAME.c, and those of the launch together in
 * op_launch.c, with
 * `bool op_NAME(struct request *, struct error *)`.
 */
#define OPERATIONS(X)                                                 \
	X(open, OP_LAUNCH)                                            \
	X(release, OP_LAUNCH)                                         \
	X(create, OP_LAUNCH)                                          \
	X(inspect, OP_LAUNCH)                                         \
	X(unlock, OP_LAUNCH)                                          \
	X(compare, OP_LAUNCH)                                         \
	X(set_header, OP_LAUNCH)                                      \
	X(rekey, OP_LAUNCH)                                           \
	X(staged, OP_LAUNCH)                                          \
	X(restore_plan, OP_LAUNCH)                                    \
	X(restore, OP_LAUNCH)                                         \
	X(public, OP_ANY_VERSION)                                     \
	X(status, OP_ANY_VERSION)                                     \
	X(lock, OP_OUTSIDE | OP_ANY_VERSION)                          \
	X(channel, OP_RECORDS | OP_DENIALS)                           \
	X(credentials, OP_ACTIVITY | OP_DENIALS)                      \
	X(plan, OP_RECORDS)                                           \
	X(add, OP_ACTIVITY | OP_RECORDS | OP_DENIALS | OP_CHANNEL)    \
	X(import, OP_ACTIVITY | OP_RECORDS | OP_DENIALS | OP_CHANNEL) \
	X(attest, OP_RECORDS | OP_DENIALS | OP_CHANNEL)               \
	X(edit, OP_ACTIVITY | OP_RECORDS | OP_DENIALS)                \
	X(list, OP_ACTIVITY | OP_RECORDS)                             \
	X(names, OP_RECORDS)                                          \
	X(show, OP_ACTIVITY | OP_RECORDS)                             \
	X(reveal, OP_ACTIVITY | OP_RECORDS | OP_DENIALS | OP_CHANNEL) \
	X(remove, OP_ACTIVITY | OP_RECORDS | OP_DENIALS | OP_CHANNEL) \
	X(rename, OP_ACTIVITY | OP_RECORDS | OP_DENIALS | OP_CHANNEL) \
	X(rotate, OP_ACTIVITY | OP_RECORDS | OP_DENIALS)              \
	X(rotations, OP_RECORDS)                                      \
	X(config, OP_ACTIVITY | OP_RECORDS | OP_DENIALS)              \
	X(clear, OP_ACTIVITY)                                         \
	X(log, OP_ACTIVITY)                                           \
	X(prune, OP_ACTIVITY | OP_DENIALS | OP_CHANNEL)               \
	X(verify, OP_ACTIVITY)                                        \
	X(backup, OP_ACTIVITY | OP_RECORDS)

#define X(name_, flags_) bool op_##name_(struct request *, struct error *);
OPERATIONS(X)
#undef X

/** All of them, for struct agent; ends with a NULL name. */
extern const struct op operations[];

#endif
