/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/sealed_authorities.h"

#include <string.h>

void sealed_authorities_set(struct sealed_authorities *sealed, struct ca_bundle *bundle)
{
	struct ca_bundle before;

	(void)pthread_mutex_lock(&sealed->lock);
	before = sealed->bundle;
	sealed->bundle = *bundle;
	(void)pthread_mutex_unlock(&sealed->lock);
	*bundle = CA_BUNDLE_EMPTY;
	ca_bundle_clear(&before);
}

bool sealed_authorities_copy(struct sealed_authorities *sealed, struct buf *pem, struct error *err)
{
	bool ok;

	if (!sealed)
		return true;
	(void)pthread_mutex_lock(&sealed->lock);
	ok = buf_append(pem, sealed->bundle.pem.data, sealed->bundle.pem.len, err);
	(void)pthread_mutex_unlock(&sealed->lock);
	return ok;
}

void sealed_authorities_look(struct sealed_authorities *sealed,
			     struct sealed_authorities_view *view)
{
	*view = (struct sealed_authorities_view){.path = ""};
	(void)pthread_mutex_lock(&sealed->lock);
	if (sealed->bundle.pem.len > 0) {
		memcpy(view->path, sealed->bundle.path, sizeof(view->path));
		digest_sha256_hex(sealed->bundle.pem.data, sealed->bundle.pem.len, view->sha256);
	}
	(void)pthread_mutex_unlock(&sealed->lock);
}

void sealed_authorities_clear(struct sealed_authorities *sealed)
{
	ca_bundle_clear(&sealed->bundle);
}
