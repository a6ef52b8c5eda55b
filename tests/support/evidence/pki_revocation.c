#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "tests/support/evidence/pki_sign.h"

static void add_revoked(X509_CRL *crl, const struct pki_serial *serial, int64_t at)
{
	ASN1_INTEGER *number = pki_integer(serial->at, serial->len);
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *t = pki_time(at);

	pki_must(entry && X509_REVOKED_set_serialNumber(entry, number) == 1 &&
			 X509_REVOKED_set_revocationDate(entry, t) == 1 &&
			 X509_CRL_add0_revoked(crl, entry) == 1,
		 "CRL entry");
	ASN1_TIME_free(t);
	ASN1_INTEGER_free(number);
}

static void set_dates(X509_CRL *crl, int64_t this_update, int64_t next_update)
{
	ASN1_TIME *this = pki_time(this_update), *next = pki_time(next_update);

	pki_must(X509_CRL_set1_lastUpdate(crl, this) == 1 &&
			 (!next_update || X509_CRL_set1_nextUpdate(crl, next) == 1),
		 "CRL dates");
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
}

static void add_usual(X509_CRL *crl, const X509 *issuer)
{
	ASN1_INTEGER *number = pki_integer(NULL, 0);
	X509_EXTENSION *made;
	X509V3_CTX context;

	pki_must(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1, "CRL number");
	ASN1_INTEGER_free(number);
	if (!X509_get0_subject_key_id((X509 *)(uintptr_t)issuer))
		return;
	X509V3_set_ctx(&context, (X509 *)(uintptr_t)issuer, NULL, NULL, crl, 0);
	made = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid");
	pki_must(made && X509_CRL_add_ext(crl, made, -1) == 1, "CRL's key identifier");
	X509_EXTENSION_free(made);
}

struct buf pki_crl_with(const X509 *issuer, EVP_PKEY *key, enum pki_alg alg, int64_t this_update,
			int64_t next_update, const struct pki_serial *revoked, size_t count,
			const struct pki_extension *extensions, size_t extension_count)
{
	EVP_MD_CTX *md = pki_signer(key, pki_alg_of(key, alg));
	X509_CRL *crl = X509_CRL_new();
	uint8_t *der = NULL;
	int len;

	pki_must(crl && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
			 X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1,
		 "CRL");
	set_dates(crl, this_update, next_update);
	for (size_t i = 0; i < count; i++)
		add_revoked(crl, &revoked[i], this_update);
	add_usual(crl, issuer);
	for (size_t i = 0; i < extension_count; i++) {
		X509_EXTENSION *made = pki_extension(&extensions[i]);

		pki_must(X509_CRL_add_ext(crl, made, -1) == 1, "CRL extension");
		X509_EXTENSION_free(made);
	}
	pki_must(X509_CRL_sort(crl) == 1 && X509_CRL_sign_ctx(crl, md) > 0, "CRL's signature");
	EVP_MD_CTX_free(md);
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	return pki_taken(der, len);
}

struct buf pki_crl(const X509 *issuer, EVP_PKEY *key, enum pki_alg alg, int64_t this_update,
		   int64_t next_update, const struct pki_serial *revoked, size_t count)
{
	return pki_crl_with(issuer, key, alg, this_update, next_update, revoked, count, NULL, 0);
}

static void add_status(OCSP_BASICRESP *basic, const struct pki_answer *a)
{
	static const int status[] = {
		[PKI_GOOD] = V_OCSP_CERTSTATUS_GOOD,
		[PKI_REVOKED] = V_OCSP_CERTSTATUS_REVOKED,
		[PKI_HOLD] = V_OCSP_CERTSTATUS_REVOKED,
		[PKI_UNKNOWN] = V_OCSP_CERTSTATUS_UNKNOWN,
	};
	int reason = a->status == PKI_HOLD ? OCSP_REVOKED_STATUS_CERTIFICATEHOLD
					   : OCSP_REVOKED_STATUS_KEYCOMPROMISE;
	EVP_MD *md = EVP_MD_fetch(NULL, a->id_digest ? a->id_digest : "SHA1", NULL);
	OCSP_CERTID *id = OCSP_cert_to_id(md, a->cert, a->issuer);
	ASN1_TIME *this = pki_time(a->this_update), *next = pki_time(a->next_update);

	for (unsigned i = 0; i < (a->answers ? a->answers : 1); i++)
		pki_must(id && OCSP_basic_add1_status(basic, id, status[a->status], reason, this,
						      this, a->next_update ? next : NULL),
			 "OCSP status");
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
	OCSP_CERTID_free(id);
	EVP_MD_free(md);
}

struct buf pki_ocsp_answer(const struct pki_answer *a)
{
	X509 *signer = a->signer ? a->signer : (X509 *)(uintptr_t)a->issuer;
	EVP_PKEY *key = a->signer ? a->signer_key : a->issuer_key;
	enum pki_alg alg = pki_alg_of(key, a->alg);
	unsigned long flags = OCSP_NOTIME | (a->signer ? 0ul : OCSP_NOCERTS) |
			      (a->by_key ? OCSP_RESPID_KEY : 0ul);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	EVP_MD_CTX *md = pki_signer(key, alg);
	OCSP_RESPONSE *response;
	uint8_t *der = NULL;
	int len;

	pki_must(basic, "OCSP answer");
	add_status(basic, a);
	/* Without OCSP_NOTIME it would be produced now, whatever the test's time is. */
	pki_must(ASN1_GENERALIZEDTIME_set(
			 (ASN1_GENERALIZEDTIME *)(uintptr_t)OCSP_resp_get0_produced_at(basic),
			 a->this_update) != NULL,
		 "OCSP time");
	pki_must(OCSP_basic_sign_ctx(basic, signer, md, NULL, flags) == 1, "OCSP signature");
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	EVP_MD_CTX_free(md);
	return pki_taken(der, len);
}

struct buf pki_ocsp(const X509 *issuer, EVP_PKEY *issuer_key, const X509 *cert, X509 *signer,
		    EVP_PKEY *signer_key, enum pki_status status, int64_t this_update,
		    int64_t next_update)
{
	return pki_ocsp_answer(&(struct pki_answer){
		.issuer = issuer,
		.issuer_key = issuer_key,
		.cert = cert,
		.signer = signer,
		.signer_key = signer_key,
		.status = status,
		.this_update = this_update,
		.next_update = next_update,
	});
}
