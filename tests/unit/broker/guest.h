/* A guest's half of the protocol, written out without the broker's own code where it can be. */
#pragma once

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/span.h"
#include "tests/broker/broker.h"

/* The key of reference 2.6. */
#define GUEST_X "rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELIk"
#define GUEST_Y "Kw_LzmYpJ1RTOI0ps_v-S56B2eekmrfzs1LWZ-CeRzI"
#define GUEST_D "7LE5E3P5MyxmpGIx7ST6UkFXm07KhsepYw8X39P2Jws"

#define GUEST_JWK                                                                       \
	"{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" GUEST_X \
	"\",\"y\":\"" GUEST_Y "\"}"
/* A key that Trustee's types hold and that nothing here wraps to. */
#define GUEST_RSA_JWK "{\"alg\":\"RSA-OAEP-256\",\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"yQ\"}"

#define GUEST_AUTH "{\"version\":\"0.4.0\",\"tee\":\"sample\",\"extra-params\":\"\"}"

/* 243 bytes of reference 9, and their digest. */
#define GUEST_INITDATA                                                                         \
	"version = \"0.1.0\"\nalgorithm = \"sha256\"\n\n[data]\n\"aa.toml\" = '''\n"           \
	"[token_configs.kbs]\nurl = \"http://127.0.0.1:8080\"\n'''\n"                          \
	"\"cdh.toml\" = '''\n[kbc]\nname = \"cc_kbc\"\nurl = \"http://127.0.0.1:8080\"\n'''\n" \
	"\"trustee.kbs.resource\" = \"kbs:///default/volume/key\"\n"
#define GUEST_INITDATA_DIGEST \
	"sha256:a73d762abb4dc768857ca0bc07e7e79d1f71d59caba6561a29cdf0cc8abad914"

/* The body of /attest; spoiled in one way, or "" for none: see guest.c. */
struct guest_claim {
	const char *nonce;
	const char *jwk;	/* canonical                                       */
	const char *initdata;	/* NULL: none                                      */
	const char *additional; /* NULL: ""                                        */
	enum digest_alg hash;	/* 0: SHA-384                                      */
	bool is_forged;		/* report data of another nonce                    */
};
struct buf guest_attestation(const struct guest_claim *claim);

/* "kbs-session-id=..." and the nonce out of an answer to /auth. */
struct guest_session {
	char cookie[64];
	char nonce[64];
};

EVP_PKEY *guest_key(void);

/* A broker without a network: resource default/test/key = "the key", a policy for
 * GUEST_INITDATA_DIGEST and "none", a clock that the test sets. Everything lives in the scratch
 * directory. */
extern struct broker_moment guest_time;
struct broker *guest_broker(void);
void guest_write(const char *name, const char *text);
void guest_set_policy(const char *initdata);

/* One request straight into it; `head` is a request's head without its empty line. */
struct broker_answer guest_ask(struct broker *b, const char *head, const char *body);

/* /auth and, unless `jwk` is NULL, /attest. */
struct guest_session guest_session(struct broker *b, const char *jwk, const char *initdata);

#define GUEST_GET(session) guest_get(session, "default/test/key")
const char *guest_get(const struct guest_session *session, const char *name);

bool guest_has(const struct broker_answer *a, const char *text);
