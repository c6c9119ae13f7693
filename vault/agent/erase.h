/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ERASE_H
#define CV_AGENT_ERASE_H

#include "vault/agent/agent.h"

/** Old key material leaves the disk: nothing that was retired stays readable in SQLite's files. */

/**
 * What an act that has retired key material does before it answers (DESIGN §4): SQLite has
 * overwritten the old rows with zeros, and the journal that may still hold them is emptied. IO
 * where that fails: the act itself stands, and the journal is emptied as soon as it can be, at the
 * latest at the end.
 */
CV_MUST_USE
bool erase_retired(struct agent *agent, struct error *err);

/** Tries again what has failed, if anything has. Within the gate. */
void erase_again(struct agent *agent);

#endif
