#include "tests/unit/verify/x509/question.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

const uint8_t other_serial[OTHER_SERIAL_BYTES] = { 0x7f, 0x01 };

void question_init(struct question *q, void (*make)(struct authority *a))
{
	const struct pki_serial other = { other_serial, sizeof(other_serial) };

	*q = (struct question){ .at = NOW };
	make(&q->a);
	q->issuer = q->a.cert[2];
	q->cert = q->a.cert[1];
	q->bytes = pki_crl(q->issuer, q->a.key[2], (enum pki_alg)0, ISSUED, NEXT, &other, 1);
}

void question_done(struct question *q)
{
	buf_done(&q->bytes);
	authority_done(&q->a);
}

void question_renew(struct question *q, struct buf bytes)
{
	buf_done(&q->bytes);
	q->bytes = bytes;
}

void question_append(struct question *q, struct span more)
{
	cr_assert_eq(buf_append(&q->bytes, more, SIZE_MAX - 1, NULL), 0);
}

static uint8_t *exact_copy(const struct question *q)
{
	uint8_t *exact = malloc(q->bytes.len ? q->bytes.len : 1);

	cr_assert_not_null(exact);
	if (q->bytes.len)
		memcpy(exact, q->bytes.at, q->bytes.len);
	return exact;
}

int question_crl(const struct question *q, enum crl_answer *ret, struct err *e)
{
	uint8_t *exact = exact_copy(q);
	int failed = crl_check(span(exact, q->bytes.len), q->issuer, q->cert, q->at, ret, NULL, e);

	free(exact);
	return failed;
}

int question_ocsp(const struct question *q, enum crl_answer *ret, struct err *e)
{
	uint8_t *exact = exact_copy(q);
	int failed = ocsp_check(span(exact, q->bytes.len), q->issuer, q->cert, q->at, ret, e);

	free(exact);
	return failed;
}
