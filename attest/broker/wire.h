/*
 * RCAR's bodies: what goes out, what comes in, and the text whose digest the evidence signs.
 * Spec: coco-protocol reference, 1.1 to 1.4.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"

#define WIRE_VERSION "0.4.0" /* compared for equality by the broker: there is no negotiation */

struct wire_challenge {
	struct buf nonce; /* opaque text, hashed and sent back as it came */
	enum digest_alg hash;
};

#define AUTO_CHALLENGE __attribute__((cleanup(wire_challenge_done)))

/* POST /kbs/v0/auth. Appends to `ret`. -FAIL_SYS. */
int wire_request(const char *tee, struct buf *ret, struct err *e);

/*
 * Its answer. The hash is SHA-384 unless the broker selects another one that we offered.
 * -FAIL_AGAIN no JSON object at all (something else answered in the broker's place); -FAIL_INPUT,
 * also for a hash that we did not offer; -FAIL_LIMIT, -FAIL_SYS.
 */
int wire_challenge_read(struct span body, struct wire_challenge *ret, struct err *e);
void wire_challenge_done(struct wire_challenge *c);

/*
 * RFC 8785 text of the runtime data. `additional` is the additional evidence as it will be sent (""
 * when there is none); NULL leaves the member out, as for the digest that devices sign. `jwk` is
 * jwk_public_json()'s. Appends to `ret`.
 */
int wire_runtime_data(const char *additional, const char *nonce, const cJSON *jwk, struct buf *ret,
		      struct err *e);

/* What the evidence must sign: the digest of the above. `additional` likewise. */
int wire_report_data(const struct wire_challenge *c, const cJSON *jwk, const char *additional,
		     struct digest *ret, struct err *e);

/*
 * POST /kbs/v0/attest. Appends to `ret`.
 *
 *   initdata    the measured text, or empty
 *   additional  the additional evidence, as it was hashed
 *   evidence    taken over, also on failure
 *
 * -FAIL_INPUT (a NUL in the initdata), -FAIL_LIMIT (LIMIT_BROKER_REQUEST_BYTES), -FAIL_SYS.
 */
int wire_attestation(const struct wire_challenge *c, const cJSON *jwk, struct span initdata,
		     const char *additional, cJSON *evidence, struct buf *ret, struct err *e);

/* Its answer: appends the token's text. Errors as wire_challenge_read(). */
int wire_token_read(struct span body, struct buf *ret, struct err *e);

/* Whether a body is the beginning of a JSON object; a captive portal's page is not. -FAIL_AGAIN. */
int wire_expect_object(struct span body, struct err *e);
