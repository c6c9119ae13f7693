/* SPDX-License-Identifier: MIT */
#include "cli/ui/foreign_word.h"

#include "vault/base/text.h"

#include <stddef.h>
#include <string.h>

/* Words parted by blanks; `kept` says what they will do one day, NULL where a command does it. */
static const struct foreign_word {
	const char *words, *hint, *kept;
} foreign_words[] = {
    {"run shell use assume switch sh with", "credvault exec PROFILE -- COMMAND", NULL},
    {"env export-credentials token credentials creds", "credvault export PROFILE", NULL},
    {"get secret cat", "credvault show NAME   (credvault reveal NAME prints its secret)", NULL},
    {"set put new store insert save create", "credvault add NAME", NULL},
    {"configure", "credvault add NAME   (credvault edit NAME changes what is stored of it)", NULL},
    {"migrate onboard install bootstrap", "credvault setup", NULL},
    {"whoami", "credvault exec PROFILE -- aws sts get-caller-identity", NULL},
    {"delete del destroy forget uninstall", "credvault remove NAME", NULL},
    {"mv move", "credvault rename OLD NEW", NULL},
    {"keys", "credvault list", NULL},
    {"profiles", "credvault list --profiles", NULL},
    {"info sessions session ps", "credvault status", NULL},
    {"audit history events", "credvault log", NULL},
    {"check fsck", "credvault verify", NULL},
    {"find search grep leaks", "credvault scan", NULL},
    {"diagnose diagnostics health troubleshoot", "credvault doctor", NULL},
    {"roll renew rekey", "credvault rotate NAME", NULL},
    {"password passphrase change-passphrase change-password", "credvault passwd", NULL},
    {"open unseal", "credvault unlock", NULL},
    {"close seal stop quit exit", "credvault lock", NULL},
    {"settings preferences", "credvault config", NULL},
    {"flush expire", "credvault clear", NULL},
    {"console", "credvault export PROFILE", "opening the AWS console in a browser"},
    {"login sso", "credvault unlock PROFILE", "signing in to IAM Identity Center"},
    {"logout", "credvault clear PROFILE", "signing out of IAM Identity Center"},
};

bool foreign_word_tell(const char *word, struct error *err)
{
	static const size_t name_at = sizeof("credvault ") - 1;

	for (size_t i = 0; i < sizeof(foreign_words) / sizeof(foreign_words[0]); i++) {
		const struct foreign_word *known = &foreign_words[i];
		const char *name = known->hint + name_at;

		if (!text_has_word(known->words, word))
			continue;
		error_set(err, ERROR_USAGE, "there is no command %s", word);
		if (known->kept)
			error_detail(err, "The word is kept for %s. Until then:", known->kept);
		else
			error_detail(err, "Here it is %.*s:", (int)strcspn(name, " "), name);
		error_hint(err, "%s", known->hint);
		return true;
	}
	return false;
}
