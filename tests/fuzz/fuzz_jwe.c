/* A JWE for the key of the reference's worked example (2.6). 'h' in front: a protected header as
 * JSON, to go into the example, since no fuzzer guesses base64 in JSON in base64; 'k': a JWK. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "base/b64.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define D "7LE5E3P5MyxmpGIx7ST6UkFXm07KhsepYw8X39P2Jws"
#define REST                                                                               \
	"\",\"encrypted_key\":\"oNY9Kgdzqfu-oH01NsxpT8BQBX4KWuwR0oeqfvrokx1PvPYtw_q1tw\"," \
	"\"iv\":\"JD4G5ZC1klt_TSkn\","                                                     \
	"\"ciphertext\":\"LVLXhNJ347rjUHKD97BRpwy7R1lNJF5mMGKK9oiDD_U\","                  \
	"\"tag\":\"aETimG1y5N7_qnE0YzC-zw\"}"

static EVP_PKEY *our_key(void)
{
	static EVP_PKEY *key;
	AUTO_BUF struct buf d = BUF_EMPTY;

	if (!key && (b64_decode(B64_URL, span_text(D), 32, &d, NULL) < 0 ||
		     jwk_from_scalar(d.at, &key, NULL) < 0))
		abort();
	return key;
}

static void header(struct span json)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_SECRET struct secret plain = SECRET_EMPTY;

	if (buf_append(&text, span_text("{\"protected\":\""), 1 << 20, NULL) == 0 &&
	    b64_encode(B64_URL, json, 1 << 20, &text, NULL) == 0 &&
	    buf_append(&text, span_text(REST), 1 << 21, NULL) == 0)
		(void)jwe_decrypt(buf_view(&text), our_key(), &plain, NULL);
}

/* A key that was accepted is printed as a key that is accepted. */
static void key(struct span json)
{
	AUTO_JSON cJSON *tree = NULL, *again = NULL;
	AUTO_JWK EVP_PKEY *a = NULL, *b = NULL;
	struct err e = { 0 };

	if (json_parse(json, 4096, &tree, &e) < 0 ||
	    jwk_parse(tree, "jwk", JWK_ALG_TEE, &a, &e) < 0)
		return;
	if (jwk_public_json(a, JWK_ALG_TEE, &again, &e) < 0 ||
	    jwk_parse(again, "jwk", JWK_ALG_TEE, &b, &e) < 0 || EVP_PKEY_eq(a, b) != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_SECRET struct secret plain = SECRET_EMPTY;

	if (size && data[0] == 'h')
		header(span(data + 1, size - 1));
	else if (size && data[0] == 'k')
		key(span(data + 1, size - 1));
	else
		(void)jwe_decrypt(span(data, size), our_key(), &plain, NULL);
	return 0;
}
