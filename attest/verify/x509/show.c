/* Certificates for people: who, by whom, until when. Nothing is verified. */
#include <openssl/objects.h>

#include "attest/verify/context.h"
#include "base/digest.h"
#include "base/json.h"

#define CN_BYTES     128
#define SERIAL_BYTES 64

static int add_hex(cJSON *o, const char *name, struct span bytes, struct err *e)
{
	char text[2 * SERIAL_BYTES + 1];

	digest_hex(bytes, text);
	return json_add_text(o, name, text, e);
}

static int add_time(cJSON *o, const char *name, int (*get)(const X509 *, int64_t *, struct err *),
		    const X509 *cert, struct err *e)
{
	char text[TIME_TEXT_BYTES];
	int64_t at;
	int failed = get(cert, &at, e);

	if (failed)
		return failed;
	time_text(at, text);
	return json_add_text(o, name, text, e);
}

/* A name without one CN is shown as such: this decodes, and refuses nothing that parses. */
static int add_name(cJSON *o, const char *name,
		    int (*get)(const X509 *, char *, size_t, struct err *), const X509 *cert,
		    struct err *e)
{
	char text[CN_BYTES];

	return json_add_text(o, name, get(cert, text, sizeof(text), NULL) ? "?" : text, e);
}

static int add_numbers(cJSON *o, const X509 *cert, struct err *e)
{
	uint8_t serial[SERIAL_BYTES], sum[32];
	size_t len = sizeof(serial);
	int failed = cert_serial(cert, serial, &len, e);

	if (!failed)
		failed = add_hex(o, "serial", span(serial, len), e);
	if (!failed)
		failed = cert_sha256(cert, sum, e);
	if (!failed)
		failed = add_hex(o, "sha256", span(sum, sizeof(sum)), e);
	if (!failed)
		failed = cert_spki_sha256(cert, sum, e);
	return failed ? failed : add_hex(o, "spki_sha256", span(sum, sizeof(sum)), e);
}

static int show_one(const X509 *cert, cJSON *o, struct err *e)
{
	int failed = add_name(o, "subject", cert_subject_cn, cert, e);

	if (!failed)
		failed = add_name(o, "issuer", cert_issuer_cn, cert, e);
	if (!failed)
		failed = add_time(o, "not_before", cert_not_before, cert, e);
	if (!failed)
		failed = add_time(o, "not_after", cert_not_after, cert, e);
	if (!failed)
		failed = json_add_text(o, "signature", OBJ_nid2sn(X509_get_signature_nid(cert)), e);
	return failed ? failed : add_numbers(o, cert, e);
}

int certs_show(const struct certs *certs, cJSON *ret, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(ret, "certificates", list, e);

	for (size_t i = 0; i < certs->count && !failed; i++) {
		cJSON *o = cJSON_CreateObject();

		failed = show_one(certs->at[i], o, e);
		if (failed)
			cJSON_Delete(o);
		else
			(void)cJSON_AddItemToArray(list, o);
	}
	return failed;
}
