/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SOURCE_H
#define CV_CREDS_SOURCE_H

#include "vault/aws/call.h"
#include "vault/creds/plan.h"
#include "vault/format/digest.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/record.h"
#include "vault/seal/record/session_record.h"
#include "vault/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The sources of credentials, one row for each kind: the fields it takes in a plan, its needs, the
 * inputs of its digest and the call that makes its session. The code that follows a plan
 * (vault/agent/mint/mint.h) is given the table and knows no kind by name; a source is one file,
 * source_NAME.c, and one word in SOURCES(X).
 */

/** What a source needs beside AWS; a set of bits. */
enum source_need {
	SOURCE_CODE = 1,    /**< an MFA code, where the origin is a key with a device */
	SOURCE_PERSON = 4,  /**< a person's answer, which the client asks for */
	SOURCE_PROGRAM = 8, /**< the output of a program, which the client runs */
	SOURCE_FILE = 16    /**< the content of a file, which the client reads */
};

enum { SOURCE_ANSWER_MAX = 65536, SOURCE_LABEL_BYTES = 160, SOURCE_FIELDS_MAX = PLAN_FIELDS_MAX };

/** A member of a step of this kind in a plan. */
struct source_field {
	const char *name;
	bool (*valid)(const char *text);
	bool needed;
};

/**
 * The origin of a chain, as its source read it, for steps, sessions, the log and messages. Plain
 * values, no secret. Texts are empty where unknown.
 */
struct origin {
	const struct source *source;
	char name[TEXT_NAME_MAX + 1];
	char access_key_id[ACCESS_KEY_ID_MAX + 1]; /**< of a key */
	char account_id[ARN_ACCOUNT_BYTES];
	char user_name[65];
	char arn[ACCESS_KEY_ARN_MAX + 1];
	char region[ARN_REGION_BYTES];
	char mfa_serial[ARN_MFA_SERIAL_MAX + 1];
	bool mfa_required;
	char policy[TEXT_NAME_MAX + 1];
	uint64_t endpoint_class; /**< enum access_key_place: where its requests may go */
	char endpoint_host[ACCESS_KEY_HOST_MAX + 1];
	struct record_id row;		    /**< of its record; version 0: it has none */
	unsigned char digest[DIGEST_BYTES]; /**< of what changes AWS's answers */
};

/** One session to be made: a step of a plan, worked out (session.h). */
struct session_step {
	const struct source *source;
	const struct plan_step *asked; /**< borrowed from the plan */
	int64_t duration_s;
	bool needs_code; /**< the MFA code goes with this call */
	bool mfa;	 /**< what comes out of it was made with MFA */
	unsigned char digest[DIGEST_BYTES];
};

/** One call of make(). Everything is borrowed for it. */
struct source_call {
	/**
	 * How AWS is reached. The signer is the origin's, or the session before; NULL where the
	 * origin signs nothing. A source of another service makes an endpoint of its own.
	 */
	const struct aws *aws;
	struct store *store;
	const struct origin *origin;
	const struct session_step *step;
	const struct session_record *parent; /**< the session that signs; NULL: none does */
	const char *session_name;	     /**< the RoleSessionName; "" for a source without */
	const char *mfa_serial, *code;	     /**< both NULL where the step sends none */
	const struct buf *answer;    /**< what the client was asked for; NULL where nothing was */
	struct aws_failure *failure; /**< tells whether a code may have reached AWS */
};

struct source {
	const char *kind;	/**< in plans, sealed sessions and on the screen */
	uint64_t number;	/**< in digests; never another kind's */
	unsigned int needs;	/**< enum source_need */
	const char *action;	/**< the call that makes a session, for the log; NULL: none */
	bool announced;		/**< the call carries a name: the log's line comes before it */
	int64_t duration_s;	/**< the default */
	int64_t mfa_duration_s; /**< the same with MFA */
	int64_t chained_max_s;	/**< the longest duration after another step of this kind; 0: any */
	/**
	 * In digests in this order, ended by a NULL name. The first one names the step to people.
	 */
	struct source_field fields[SOURCE_FIELDS_MAX + 1];

	/**
	 * Of an origin: reads its data; *origin is zeros but for its source. NOT_FOUND, LOCKED at
	 * the idle limit. NULL: this kind is a step.
	 */
	bool (*open)(struct store *store, const struct plan_step *asked, struct origin *origin,
		     struct error *err);
	/**
	 * Of an origin: the digest of its data that change what AWS answers at that endpoint, and
	 * of nothing else: a session is made anew where it tells a difference.
	 */
	bool (*digest)(const struct origin *origin, const struct endpoint *endpoint,
		       unsigned char out[static DIGEST_BYTES], struct error *err);
	/**
	 * Of an origin that signs the first step: its long-term credentials, for the moment that
	 * they sign. FAILED where its record has changed since. NULL: the origin makes a session
	 * first.
	 */
	bool (*sign)(struct store *store, const struct origin *origin, struct credentials *signer,
		     struct error *err);
	/** The name of the step in the log, such as a role's name. */
	void (*label)(const struct source_call *call, char out[static SOURCE_LABEL_BYTES]);
	/**
	 * Makes the session: *out has all members but `profile`; the caller clears it. NULL for an
	 * origin that signs.
	 */
	bool (*make)(const struct source_call *call, struct session_record *out, struct error *err);
};

/** The rows. */
struct sources {
	const struct source *const *rows;
	size_t count;
};

#define SOURCES(X) X(key) X(session) X(role)

#define SOURCE_DECLARE(name_) extern const struct source source_##name_;
SOURCES(SOURCE_DECLARE)
#undef SOURCE_DECLARE

extern const struct sources sources_all;

/** The row of a kind; NULL for an unknown one. */
const struct source *sources_find(const struct sources *sources, const char *kind);

/**
 * Whether the table can carry out the plan: an origin and steps of known kinds, with all the fields
 * they need and no others, each valid. PROTOCOL.
 */
MUST bool sources_check_plan(const struct sources *sources, const struct plan *plan,
			     struct error *err);

/** A session as a signer: a copy, to be cleared after the call. */
MUST bool source_session_signer(const struct session_record *session, struct credentials *signer,
				struct error *err);

/** Fills a session from AWS's answer, except `profile`. Empty on failure. */
MUST bool source_fill(const struct source_call *call, const struct credentials *got,
		      struct session_record *out, struct error *err);

#endif
