/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/verified_state.h"

#include <stdlib.h>

void verified_state_clear(struct verified_state *state)
{
	verified_rows_clear(&state->rows);
	chain_keys_clear(&state->segment_keys);
	free(state->closed);
	state->closed = NULL;
	state->closed_count = 0;
	state->anchor = (struct log_anchor){.parts = 0};
	state->manifest = (struct manifest){.generation = 0};
	state->sealed.len = 0;
	state->segment = (struct chain_segment){.number = 0};
}
