/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_COURIER_SANDBOX_H
#define CV_COURIER_COURIER_SANDBOX_H

#include "vault/base/error.h"

/**
 * What the courier gives up for good, once curl has started and the authorities are read: files but
 * those by which names are resolved and those of certificates (Landlock, where the kernel has it);
 * writing and making files, executing programs, sockets that are not of the internet, listening,
 * and other processes (seccomp). What a library may try and can do without is refused with an
 * error; what none does by chance kills the courier.
 */
MUST bool courier_sandbox_enter(struct error *err);

#endif
