/*
 * JWS in compact form with ES256 and nothing else (RFC 7515 section 7.1, RFC 7518 section 3.4).
 */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "base/span.h"

/* "<header>.<payload>.<signature>", appended to `ret`; at most LIMIT_TOKEN_BYTES in all
 * (-FAIL_LIMIT). The header names the public half of `key` as "jwk". -FAIL_SYS. */
int broker_jws_sign(EVP_PKEY *key, const cJSON *payload, struct buf *ret, struct err *e);

/*
 * The payload of a token that `key` has signed. Whatever key the header names is not looked at.
 * -FAIL_INPUT not three parts of base64url, another alg than ES256, a payload that isn't an object;
 * -FAIL_FORGED, -FAIL_LIMIT.
 */
int broker_jws_verify(EVP_PKEY *key, struct span token, cJSON **ret_payload, struct err *e);
