/* SPDX-License-Identifier: MIT */
#include "vault/audit/read.h"

#include "vault/store/log/segment.h"
#include "vault/store/store.h"

#include <stdlib.h>
#include <string.h>

/* The number of entries per chunk when reading backwards. */
enum { CHUNK = 128 };

struct reader {
	audit_fn *fn;
	void *arg;
};

static bool reader_decode(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	const struct reader *reader = arg;
	struct audit_entry entry;

	if (!audit_entry_decode(plain->data, plain->len, &entry, err))
		return false;
	if (entry.seq != seq)
		return error_set(err, ERROR_TAMPERED, "entry %llu of the log says it is another",
				 (unsigned long long)seq);
	return reader->fn(reader->arg, &entry, err);
}

bool audit_read(struct store *store, uint64_t from, uint64_t count, audit_fn *fn, void *arg,
		struct error *err)
{
	struct reader reader = {.fn = fn, .arg = arg};

	return segment_each(store, from, count, reader_decode, &reader, err);
}

struct chunk {
	struct audit_entry *at;
	size_t count;
};

static bool chunk_add(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct chunk *chunk = arg;

	(void)err;
	chunk->at[chunk->count++] = *entry;
	return true;
}

bool audit_read_back(struct store *store, uint64_t from, audit_back_fn *fn, void *arg,
		     struct error *err)
{
	struct chunk chunk = {.at = calloc(CHUNK, sizeof(*chunk.at))};
	bool ok = chunk.at || error_set(err, ERROR_MEMORY, "out of memory"), enough = false;
	struct store_state state;

	ok = ok && store_state(store, &state, err);
	while (ok && !enough && from >= state.log_first) {
		uint64_t count = from - state.log_first + 1 < CHUNK ? from - state.log_first + 1
								    : CHUNK;

		chunk.count = 0;
		ok = audit_read(store, from - count + 1, count, chunk_add, &chunk, err);
		while (ok && !enough && chunk.count > 0)
			enough = !fn(arg, &chunk.at[--chunk.count]);
		from -= count;
	}
	free(chunk.at);
	return ok;
}

bool audit_head(struct store *store, uint64_t *count, unsigned char head[static 32],
		struct error *err)
{
	struct store_state state;

	if (!store_state(store, &state, err))
		return false;
	*count = state.log_count;
	memcpy(head, state.log_head, sizeof(state.log_head));
	return true;
}
