/*
 * Revocation: the first byte says what the rest is, 'C' a CRL, anything else an OCSP answer. Asked
 * about a certificate of a fixed key and name, so that what the generator signs verifies in every
 * run.
 */
#include <stdint.h>
#include <stdlib.h>

#include "attest/verify/x509/crl.h"
#include "tests/support/evidence/pki.h"

#define NOW 1795471001 /* 2026-11-23 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static X509 *issuer, *cert;

static void init(void)
{
	static const uint8_t serial[] = { 0x42 };
	EVP_PKEY *key = pki_p256(0), *leaf = pki_p256(1);

	issuer = pki_cert(
		&(struct pki_spec){ .cn = "issuer", .key = key, .is_ca = true, .path_len = -1 });
	cert = pki_cert(&(struct pki_spec){ .cn = "cert",
					    .key = leaf,
					    .issuer = issuer,
					    .issuer_key = key,
					    .serial = serial,
					    .serial_len = sizeof(serial) });
	EVP_PKEY_free(key);
	EVP_PKEY_free(leaf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum crl_answer answer = (enum crl_answer)0;
	struct err e = { 0 };
	int64_t issued;
	int failed;

	if (!size)
		return 0;
	if (!issuer)
		init();
	if (data[0] == 'C')
		failed = crl_check(span(data + 1, size - 1), issuer, cert, NOW, &answer, &issued,
				   &e);
	else
		failed = ocsp_check(span(data + 1, size - 1), issuer, cert, NOW, &answer, &e);
	if (failed ? answer != 0 : answer < CRL_GOOD || answer > CRL_UNKNOWN)
		abort();
	return 0;
}
