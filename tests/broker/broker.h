/*
 * The key broker behind its HTTP: one request in, one answer out, one line to the log for each
 * decision. On the wire it is Trustee's KBS.
 * Spec: coco-protocol reference, sections 1.2, 1.3, 1.6 and 1.7.
 */
#pragma once

#include <openssl/evp.h>

#include "tests/broker/answer.h"
#include "tests/broker/hardware.h"
#include "tests/broker/request.h"
#include "tests/broker/session.h"

struct broker {
	struct broker_sessions sessions;
	EVP_PKEY *signer;	    /* of tokens; made at start                           */
	int resources;		    /* directory of repository/type/tag                   */
	const char *policy;	    /* path of the policy; read again on every request    */
	struct broker_judge judge;  /* of hardware evidence                               */
	uint64_t session_seconds;   /* life of a session, and of a token                  */
	enum digest_alg hash;	    /* asked of guests that can; 0: they use SHA-384      */
	uint64_t unavailable_until; /* boot clock, ms: a proxy's 503 before that          */
	struct broker_moment (*now)(void);
	struct {
		uint64_t sessions, attestations, released, refused;
	} counts;
};

/* The kernel's clocks. */
struct broker_moment broker_now(void);

/* Never fails: what goes wrong inside is a 500. The caller releases `ret`. */
void broker_respond(struct broker *b, const struct broker_request *r, struct broker_answer *ret);
