/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_AGENT_RECORD_H
#define CV_AGENT_CORE_AGENT_RECORD_H

#include "vault/base/error.h"

/**
 * The record beside the vault, VAULT.agent (0600): the agent's pid, start time and socket. By it a
 * command finds the agent wherever the socket is, whatever the command's environment says.
 */

/** Writes the record of this process, which holds the vault's file and listens at `socket`. */
MUST bool agent_record_write(const char *vault, const char *socket, struct error *err);

/** Removes the record. Called while this process still holds the vault's file. */
void agent_record_remove(const char *vault);

#endif
