/*
 * Sessions: opened by /auth, with a life that is fixed then; attested at most once.
 * Spec: coco-protocol reference, section 1.2.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "tests/broker/bounds.h"

#define BROKER_NONCE_BYTES 32
#define BROKER_TEE_BYTES   16 /* the longest name is "az-snp-vtpm", with NUL */

struct broker_session {
	char id[33];	/* UUIDv4 without hyphens; "" is a free row             */
	char nonce[45]; /* base64 of BROKER_NONCE_BYTES                          */
	char tee[BROKER_TEE_BYTES];
	enum digest_alg hash; /* of the report data                                    */
	uint64_t expires_ms;  /* on the boot clock: what counts                        */
	int64_t expires_wall; /* Unix time: what the cookie says                       */
	struct buf token;     /* empty until attested                                  */
};

struct broker_sessions {
	struct broker_session at[BROKER_SESSIONS];
};

struct broker_moment {
	uint64_t boot_ms;
	int64_t wall; /* seconds */
};

/*
 * Opens a session of `life_ms` with a random id and nonce. When all rows are taken, expired ones
 * are freed, and if there are none, the oldest. *ret is a loan, good until the next open.
 * -FAIL_LIMIT `tee` is too long; -FAIL_SYS no random bytes.
 */
int broker_session_open(struct broker_sessions *s, const char *tee, enum digest_alg hash,
			uint64_t life_ms, struct broker_moment now, struct broker_session **ret,
			struct err *e);

/* NULL: there is none of that id, or its time is up (it is then forgotten). */
struct broker_session *broker_session_find(struct broker_sessions *s, struct span id,
					   uint64_t now_ms);

/* "kbs-session-id=<id>; Expires=<HTTP-date>" and nothing else. */
void broker_session_cookie(const struct broker_session *session, char *ret, size_t size);

void broker_sessions_done(struct broker_sessions *s);
