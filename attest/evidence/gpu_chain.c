#include "attest/evidence/gpu_chain.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"

#define SERIAL_BYTES  9
#define PREFIX_GPU    0x41
#define PREFIX_SWITCH 0x50

static void bio_done(BIO **b)
{
	BIO_free(*b);
	*b = NULL;
}

static void cert_done(X509 **c)
{
	X509_free(*c);
	*c = NULL;
}

static int add_der(const X509 *cert, struct buf *to, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der), failed;

	if (len < 0)
		return FAIL(e, FAIL_SYS, "certificate: OpenSSL refuses to encode it");
	failed = buf_append(to, span(der, (size_t)len), LIMIT_GPU_ANSWER_BYTES, e);
	OPENSSL_free(der);
	return failed;
}

/* Its X.509 serial number is its identity; the subject says the same, which the verifier compares.
 */
static int read_identity(const X509 *cert, struct binding_device *ret, struct err *e)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	const uint8_t *at = ASN1_STRING_get0_data(serial);

	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER ||
	    ASN1_STRING_length(serial) != SERIAL_BYTES ||
	    (at[0] != PREFIX_GPU && at[0] != PREFIX_SWITCH))
		return FAIL(e, FAIL_INPUT, "certificate 1 names no device");
	ret->is_switch = at[0] == PREFIX_SWITCH;
	memcpy(ret->pdi, at + 1, sizeof(ret->pdi));
	return 0;
}

/* Else OpenSSL asks the console for the password of what is encrypted. */
static int no_password(char *at, int size, int is_writing, void *ctx)
{
	(void)at;
	(void)size;
	(void)is_writing;
	(void)ctx;
	return -1;
}

/* The end of the text is one without a beginning; anything else is not a certificate. */
static int read_next(BIO *from, X509 **ret, struct err *e)
{
	unsigned long why;

	ERR_clear_error();
	*ret = PEM_read_bio_X509(from, NULL, no_password, NULL);
	why = ERR_peek_last_error();
	ERR_clear_error();
	if (*ret || (ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE))
		return 0;
	return FAIL(e, FAIL_INPUT, "certificates: not PEM");
}

static int read_all(BIO *from, struct buf *der, struct binding_device *ret, size_t *ret_count,
		    struct err *e)
{
	for (size_t n = 0; n <= GPU_CHAIN_MAX; n++) {
		__attribute__((cleanup(cert_done))) X509 *cert = NULL;
		int failed = read_next(from, &cert, e);

		*ret_count = n;
		if (failed || !cert)
			return failed;
		failed = add_der(cert, der, e);
		if (!failed && n == 1)
			failed = read_identity(cert, ret, e);
		if (failed)
			return failed;
	}
	return FAIL(e, FAIL_LIMIT, "more than %d certificates", GPU_CHAIN_MAX);
}

int gpu_chain_read(struct span pem, struct binding_device *ret, struct err *e)
{
	__attribute__((cleanup(bio_done))) BIO *from = NULL;
	AUTO_BUF struct buf der = BUF_EMPTY;
	struct binding_device d = *ret;
	struct digest digest;
	size_t count = 0;
	int failed;

	if (!pem.len || pem.len > INT_MAX)
		return FAIL(e, FAIL_INPUT, "certificates of %zu bytes", pem.len);
	from = BIO_new_mem_buf(pem.at, (int)pem.len);
	if (!from)
		return err_set(e, FAIL_SYS, ENOMEM, __func__, "no memory");
	failed = read_all(from, &der, &d, &count, e);
	if (!failed && count < 2)
		failed = FAIL(e, FAIL_INPUT, "%zu certificates: the device's is missing", count);
	if (!failed)
		failed = digest_of(DIGEST_SHA384, buf_view(&der), &digest, e);
	if (failed)
		return failed;
	memcpy(d.chain_sha384, digest.at, sizeof(d.chain_sha384));
	*ret = d;
	return 0;
}
