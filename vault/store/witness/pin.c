/* SPDX-License-Identifier: MIT */
#include "vault/store/witness/pin.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"
#include "vault/format/digest.h"
#include "vault/seal/pae.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ITEMS = 4, PIN_BYTES_MAX = PATH_MAX + 128 };

static bool name_of(const char *directory, const char *vault_path, char out[static PATH_MAX],
		    struct error *err)
{
	char hex[DIGEST_HEX_BYTES];
	int n;

	digest_sha256_hex(vault_path, strlen(vault_path), hex);
	n = snprintf(out, PATH_MAX, "%s/%s.pin", directory, hex);
	if (n < 0 || n >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "the state directory's path is too long");
	return true;
}

static bool decode(const struct buf *bytes, const char *vault_path, struct pin *pin)
{
	struct pae_item items[ITEMS];
	struct error ignored;
	size_t count;

	if (!pae_split(&(struct pae_item){bytes->data, bytes->len}, "pin", items, ITEMS, &count,
		       &ignored) ||
	    count != ITEMS || items[0].len != strlen("credvault/pin/v1") ||
	    memcmp(items[0].data, "credvault/pin/v1", items[0].len) != 0 ||
	    items[1].len != strlen(vault_path) ||
	    memcmp(items[1].data, vault_path, items[1].len) != 0 ||
	    items[2].len != sizeof(pin->vault_id) || items[3].len != sizeof(pin->commitment))
		return false;
	memcpy(pin->vault_id, items[2].data, sizeof(pin->vault_id));
	memcpy(pin->commitment, items[3].data, sizeof(pin->commitment));
	return true;
}

bool pin_read(const char *directory, const char *vault_path, struct pin *out, struct error *err)
{
	struct buf bytes = BUF_INIT(PIN_BYTES_MAX + 1);
	char path[PATH_MAX];
	bool ok;

	*out = (struct pin){.there = false};
	if (!name_of(directory, vault_path, path, err) ||
	    !file_check_private(path, PIN_BYTES_MAX, &out->there, err))
		return false;
	if (!out->there)
		return true;
	ok = file_read(path, PIN_BYTES_MAX, &bytes, err);
	if (ok)
		out->damaged = !decode(&bytes, vault_path, out);
	buf_clear(&bytes);
	return ok;
}

bool pin_write(const char *directory, const char *vault_path, const struct pin *pin,
	       struct error *err)
{
	struct pae_item items[ITEMS] = {PAE_TEXT("credvault/pin/v1"),
					{vault_path, strlen(vault_path)},
					PAE_ARRAY(pin->vault_id),
					PAE_ARRAY(pin->commitment)};
	struct buf bytes = BUF_INIT(PIN_BYTES_MAX);
	char path[PATH_MAX];
	bool ok = name_of(directory, vault_path, path, err) &&
		  pae_append(&bytes, items, ITEMS, err) &&
		  file_replace(path, bytes.data, bytes.len, err);

	buf_clear(&bytes);
	return ok;
}

void pin_remove(const char *directory, const char *vault_path)
{
	char path[PATH_MAX];
	struct error ignored;

	if (name_of(directory, vault_path, path, &ignored))
		(void)unlink(path);
}
