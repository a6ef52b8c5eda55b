/* One question about revocation: a certificate, its issuer, the bytes that answer, and the time. */
#pragma once

#include "attest/verify/x509/crl.h"
#include "tests/unit/verify/x509/authority.h"

#define ISSUED 1790000000
#define NOW    (ISSUED + 1000)
#define NEXT   (ISSUED + 100000)

/* Of a certificate that is not asked about. */
#define OTHER_SERIAL_BYTES 2
extern const uint8_t other_serial[OTHER_SERIAL_BYTES];

/* The certificate asked about is number 1 of the three, under the root, unless said otherwise. */
struct question {
	struct authority a;
	struct buf bytes;
	X509 *issuer;
	X509 *cert;
	int64_t at;
};

/* With a CRL that lists another certificate. */
void question_init(struct question *q, void (*make)(struct authority *a));
void question_done(struct question *q);

/* Other bytes, which it takes over. */
void question_renew(struct question *q, struct buf bytes);
void question_append(struct question *q, struct span more);

/* crl_check() and ocsp_check() of a copy on the heap of exactly the bytes' size. */
int question_crl(const struct question *q, enum crl_answer *ret, struct err *e);
int question_ocsp(const struct question *q, enum crl_answer *ret, struct err *e);
