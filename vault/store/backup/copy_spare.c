/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/copy_spare.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

bool copy_spare_is_needed(const struct rotation_record *rotation)
{
	return rotation->new_access_key_id[0] != '\0' && rotation->secret.len > 0;
}

/*
 * Until the promotion, and again once an undo has put the old key back, the other key is the new
 * one.
 */
static bool copy_spare_is_new(const struct rotation_record *rotation)
{
	return rotation->step < ROTATION_PROMOTED || rotation->step >= ROTATION_RESTORED;
}

/* "NAME@ID"; a long name is cut at a character's boundary, the id never. */
static void copy_spare_name(const char *name, const char *id, char out[static TEXT_NAME_MAX + 1])
{
	size_t id_len = strlen(id), room = TEXT_NAME_MAX - 1 - id_len, len = strlen(name);

	if (len > room) {
		for (len = room; len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80; len--)
			continue;
		/* A name has no blank at an end. */
		while (len > 0 && name[len - 1] == ' ')
			len--;
	}
	memcpy(out, name, len);
	out[len] = '@';
	memcpy(out + len + 1, id, id_len + 1);
}

bool copy_spare_make(const struct rotation_record *rotation, const struct access_key *of,
		     struct access_key *out, struct error *err)
{
	bool is_new = copy_spare_is_new(rotation);
	const char *id = is_new ? rotation->new_access_key_id : rotation->name;

	access_key_init(out);
	if (strlen(id) > TEXT_NAME_MAX - 2)
		return error_set(err, ERROR_FAILED,
				 "the id of a rotation's second key is too long");
	*out = *of;
	out->secret = SECRET_EMPTY;
	copy_spare_name(rotation->key_name, id, out->name);
	(void)snprintf(out->access_key_id, sizeof(out->access_key_id), "%s", id);
	(void)snprintf(out->note, sizeof(out->note), "second key of an unfinished rotation of %s",
		       rotation->key_name);
	out->created_at = is_new ? rotation->new_created_at : rotation->old_created_at;
	out->rotated_at = 0;
	/* Nothing shall rotate it unasked. */
	out->max_age_s = 0;
	out->ageless = true;
	out->hooks[0] = '\0';
	return secret_set(&out->secret, rotation->secret.data, rotation->secret.len, err);
}
