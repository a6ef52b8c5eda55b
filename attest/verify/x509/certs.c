#include "attest/verify/x509/certs.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "attest/verify/x509/der.h"
#include "attest/verify/x509/openssl.h"
#include "attest/verify/x509/pem.h"
#include "base/digest.h"
#include "base/limits.h"

#define EXTENSIONS_MAX 64 /* of one certificate: looking for a second one is quadratic */

void certs_done(struct certs *c)
{
	for (size_t i = 0; i < c->count; i++)
		X509_free(c->at[i]);
	*c = (struct certs){ 0 };
}

static void x509_done(X509 **cert)
{
	X509_free(*cert);
}

static void der_done(uint8_t **der)
{
	OPENSSL_free(*der);
}

/* OpenSSL keeps the signed part as it came; the rest it writes anew, and that must be the same. */
static int check_encoding(const X509 *cert, struct span der, struct err *e)
{
	__attribute__((cleanup(der_done))) uint8_t *again = NULL;
	int len = i2d_X509(cert, &again);

	if (len < 0)
		return openssl_fail(e, FAIL_SYS, "certificate: not encoded again");
	if (!span_is_equal(span(again, (size_t)len), der))
		return FAIL(e, FAIL_INPUT, "certificate: not in its only encoding");
	return 0;
}

/* RFC 5280 4.2: not more than one instance of an extension. */
static int check_extensions(X509 *cert, struct err *e)
{
	int count = X509_get_ext_count(cert);

	if (count > EXTENSIONS_MAX)
		return FAIL(e, FAIL_LIMIT, "certificate: %d extensions, at most %d", count,
			    EXTENSIONS_MAX);
	for (int i = 0; i < count; i++) {
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(cert, i));

		if (X509_get_ext_by_OBJ(cert, oid, i) >= 0)
			return FAIL(e, FAIL_INPUT, "certificate: an extension occurs twice");
	}
	if (X509_get_extension_flags(cert) & EXFLAG_INVALID)
		return openssl_fail(e, FAIL_INPUT, "certificate: an extension is damaged");
	return 0;
}

/* OpenSSL drops a key that it can't read, whether for its bytes or for lack of memory: a second
 * reading tells. One that is unreadable for good is for those to refuse who need it. */
static int check_key(const X509 *cert, struct err *e)
{
	__attribute__((cleanup(der_done))) uint8_t *der = NULL;
	const uint8_t *at;
	EVP_PKEY *again;
	int len;

	if (X509_get0_pubkey(cert))
		return 0;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	if (len < 0)
		return openssl_fail(e, FAIL_SYS, "certificate: key not encoded");
	at = der;
	again = d2i_PUBKEY(NULL, &at, len);
	if (!again)
		return 0;
	EVP_PKEY_free(again);
	return openssl_fail(e, FAIL_SYS, "certificate: key not read");
}

int certs_add_der(struct certs *c, struct span der, struct err *e)
{
	__attribute__((cleanup(x509_done))) X509 *cert = NULL;
	const uint8_t *at = der.at;
	int failed;

	if (c->count == CERTS_MAX)
		return FAIL(e, FAIL_LIMIT, "more than %d certificates", CERTS_MAX);
	if (der.len > LIMIT_VERIFY_CERT_BYTES)
		return FAIL(e, FAIL_LIMIT, "certificate: %zu bytes, at most %d", der.len,
			    LIMIT_VERIFY_CERT_BYTES);
	failed = der_check(der, e);
	if (failed)
		return FAIL_IN(failed, e, "certificate");
	cert = d2i_X509(NULL, &at, (long)der.len);
	if (!cert)
		return openssl_fail(e, FAIL_INPUT, "certificate: damaged");
	if (at != der.at + der.len)
		return FAIL(e, FAIL_INPUT, "certificate: bytes behind its end");
	failed = check_encoding(cert, der, e);
	if (!failed)
		failed = check_extensions(cert, e);
	if (!failed)
		failed = check_key(cert, e);
	if (failed)
		return failed;
	c->at[c->count++] = cert;
	cert = NULL;
	return 0;
}

int certs_add_pem(struct certs *c, struct span pem, struct err *e)
{
	AUTO_CERTS struct certs fresh = { 0 };
	struct span rest = pem;
	int more, failed;

	for (;;) {
		AUTO_BUF struct buf der = BUF_EMPTY;

		more = pem_next(&rest, "CERTIFICATE", LIMIT_VERIFY_CERT_BYTES, &der, e);
		if (more < 0)
			return more;
		if (!more)
			break;
		failed = certs_add_der(&fresh, buf_view(&der), e);
		if (failed)
			return failed;
	}
	if (!fresh.count)
		return FAIL(e, FAIL_INPUT, "PEM: no certificate in it");
	if (fresh.count > CERTS_MAX - c->count)
		return FAIL(e, FAIL_LIMIT, "more than %d certificates", CERTS_MAX);
	memcpy(c->at + c->count, fresh.at, fresh.count * sizeof(*fresh.at));
	c->count += fresh.count;
	fresh.count = 0;
	return 0;
}

int certs_add(struct certs *c, struct span bytes, struct err *e)
{
	if (bytes.len && bytes.at[0] == 0x30)
		return certs_add_der(c, bytes, e);
	return certs_add_pem(c, bytes, e);
}

int certs_add_ref(struct certs *c, X509 *cert, struct err *e)
{
	if (c->count == CERTS_MAX)
		return FAIL(e, FAIL_LIMIT, "more than %d certificates", CERTS_MAX);
	if (X509_up_ref(cert) != 1)
		return openssl_fail(e, FAIL_SYS, "certificate: no reference");
	c->at[c->count++] = cert;
	return 0;
}

int cert_sha256(const X509 *cert, uint8_t ret[static 32], struct err *e)
{
	if (X509_digest(cert, EVP_sha256(), ret, NULL) != 1)
		return openssl_fail(e, FAIL_SYS, "certificate: no digest");
	return 0;
}

int cert_spki_sha256(const X509 *cert, uint8_t ret[static 32], struct err *e)
{
	__attribute__((cleanup(der_done))) uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	struct digest d;

	if (len < 0)
		return openssl_fail(e, FAIL_SYS, "certificate: key not encoded");
	if (digest_of(DIGEST_SHA256, span(der, (size_t)len), &d, e) < 0)
		return -(int)FAIL_SYS;
	memcpy(ret, d.at, d.len);
	return 0;
}

static bool is_one_byte_text(const ASN1_STRING *s)
{
	int type = ASN1_STRING_type(s);

	return type == V_ASN1_PRINTABLESTRING || type == V_ASN1_UTF8STRING ||
	       type == V_ASN1_IA5STRING;
}

static int name_cn(const X509_NAME *name, const char *whose, char *ret, size_t size, struct err *e)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *text;
	struct span s;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return FAIL(e, FAIL_INPUT, "certificate: the %s has %s common name", whose,
			    at < 0 ? "no" : "more than one");
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	s = span(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
	if (!is_one_byte_text(text) || !s.len || s.len >= size)
		return FAIL(e, FAIL_INPUT,
			    "certificate: the %s's common name is no text of 1 .. %zu", whose,
			    size - 1);
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] > 0x7e)
			return FAIL(e, FAIL_INPUT,
				    "certificate: the %s's common name is not printable", whose);
	memcpy(ret, s.at, s.len);
	ret[s.len] = 0;
	return 0;
}

int cert_subject_cn(const X509 *cert, char *ret, size_t size, struct err *e)
{
	return name_cn(X509_get_subject_name(cert), "subject", ret, size, e);
}

int cert_issuer_cn(const X509 *cert, char *ret, size_t size, struct err *e)
{
	return name_cn(X509_get_issuer_name(cert), "issuer", ret, size, e);
}

static void object_done(ASN1_OBJECT **oid)
{
	ASN1_OBJECT_free(*oid);
}

int cert_extension(const X509 *cert, const char *oid, bool *ret_found, struct span *ret,
		   struct err *e)
{
	__attribute__((cleanup(object_done))) ASN1_OBJECT *wanted = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *value;
	int at;

	if (!wanted)
		return openssl_fail(e, FAIL_SYS, "no object %s", oid);
	at = X509_get_ext_by_OBJ(cert, wanted, -1);
	if (at >= 0 && X509_get_ext_by_OBJ(cert, wanted, at) >= 0)
		return FAIL(e, FAIL_INPUT, "certificate: extension %s occurs twice", oid);
	*ret_found = at >= 0;
	if (at < 0)
		return 0;
	value = X509_EXTENSION_get_data(X509_get_ext(cert, at));
	*ret = span(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	return 0;
}

int cert_serial(const X509 *cert, uint8_t *ret, size_t *len, struct err *e)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	struct span s = span(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));

	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER)
		return FAIL(e, FAIL_INPUT, "certificate: negative serial number");
	while (s.len > 1 && !s.at[0])
		s = span(s.at + 1, s.len - 1);
	if (!s.len || s.len > *len)
		return FAIL(e, FAIL_INPUT, "certificate: serial number of %zu bytes, at most %zu",
			    s.len, *len);
	memcpy(ret, s.at, s.len);
	*len = s.len;
	return 0;
}
