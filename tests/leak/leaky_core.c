/* SPDX-License-Identifier: MIT */
#include "vault/base/process.h"

/* May leave a core file. */

bool __wrap_process_harden_cli(struct error *err);

bool __wrap_process_harden_cli(struct error *err)
{
	return process_open_standard_fds(err);
}
