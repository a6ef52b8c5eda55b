#include "tests/support/evidence/tdx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/tdx_pck.h"

static void must(bool is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "tests/support/evidence: %s\n", what);
	abort();
}

static void put(struct buf *b, const void *at, size_t len)
{
	must(buf_append(b, span(at, len), SIZE_MAX / 2, NULL) == 0, "no memory");
}

static void put_zero(struct buf *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(b, "", 1);
}

static void put_number(struct buf *b, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(b, &(uint8_t){ (uint8_t)(value >> 8 * i) }, 1);
}

/* A length that may lie. */
static void put_length(struct buf *b, size_t true_len, int64_t delta, size_t len)
{
	put_number(b, (uint64_t)((int64_t)true_len + delta), len);
}

#define PUT(b, field) put(b, field, sizeof(field))

/* --- Good ones -------------------------------------------------------------------------------- */

static void fill(uint8_t *at, size_t len, uint8_t from)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(from + i);
}

static struct quote_td good_td(void)
{
	struct quote_td t = {
		.tee_tcb_svn = { 5, 0, 6 },
		.attributes = { 0, 0, 0, 0x10 },
		.xfam = { 0xe7, 0x02, 0x06 },
		.tee_tcb_svn2 = { 5, 0, 6 },
	};

	fill(t.mrseam, 48, 0x10);
	fill(t.mrtd, 48, 0x20);
	fill(t.mrconfigid, 48, 0x30);
	for (uint8_t i = 0; i < 4; i++)
		fill(t.rtmr[i], 48, (uint8_t)(0x50 + 0x10 * i));
	fill(t.report_data, 64, 0xa0);
	return t;
}

/* Intel's enclaves: the signers and product numbers that its QE identities name. */
static struct quote_enclave good_qe(bool is_tdx)
{
	static const uint8_t td_signer[32] = { 0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17,
					       0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03,
					       0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf,
					       0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5 };
	static const uint8_t sgx_signer[32] = { 0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e,
						0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a,
						0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b,
						0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff };
	struct quote_enclave q = {
		.attributes = { 0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7 },
		.isvprodid = is_tdx ? 2 : 1,
		.isvsvn = 8,
	};

	memcpy(q.mrsigner, is_tdx ? td_signer : sgx_signer, sizeof(q.mrsigner));
	fill(q.mrenclave, 32, 0x70);
	fill(q.cpusvn, 16, 0x80);
	return q;
}

static struct quote_spec good(uint16_t version, enum quote_kind kind)
{
	bool is_tdx = kind != QUOTE_GEN_SGX;
	struct quote_spec s = {
		.version = version,
		.kind = kind,
		.key_type = 2,
		.tee_type = is_tdx ? 0x81 : 0,
		.vendor = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3,
			    0x95, 0x7f, 0x06, 0x07 },
		.body_type = (uint16_t)kind,
		.td = good_td(),
		.enclave = { .attributes = { 0x05, 0, 0, 0, 0, 0, 0, 0, 0xe7 },
			     .isvprodid = 7,
			     .isvsvn = 3 },
		.qe = good_qe(is_tdx),
		.qe_data_len = 32,
		.pck = { .components = { 5, 5, 2, 2, 4, 1, 0, 5 },
			 .pcesvn = 13,
			 .fmspc = { 0x90, 0xc0, 0x6f },
			 .sgx_type = 1,
			 .has_instance = true,
			 .has_config = true,
			 .dynamic = true,
			 .smt = true },
		.outer_type = 6,
		.cert_type = 5,
	};

	fill(s.user_data, 16, 0xd0);
	fill(s.enclave.mrenclave, 32, 0x21);
	fill(s.enclave.mrsigner, 32, 0x41);
	fill(s.enclave.configid, 64, 0x61);
	fill(s.enclave.report_data, 64, 0xa1);
	fill(s.pck.ppid, 16, 0xe0);
	fill(s.pck.instance, 16, 0xf0);
	return s;
}

struct quote_spec quote_spec_sgx(void)
{
	return good(3, QUOTE_GEN_SGX);
}

struct quote_spec quote_spec_td10(void)
{
	return good(4, QUOTE_GEN_TD10);
}

struct quote_spec quote_spec_td15(void)
{
	return good(5, QUOTE_GEN_TD15);
}

/* --- Bodies ----------------------------------------------------------------------------------- */

static void put_enclave(struct buf *b, const struct quote_enclave *q)
{
	PUT(b, q->cpusvn);
	PUT(b, q->miscselect);
	put_zero(b, 12);
	PUT(b, q->isvextprodid);
	PUT(b, q->attributes);
	PUT(b, q->mrenclave);
	put_zero(b, 32);
	PUT(b, q->mrsigner);
	put_zero(b, 32);
	PUT(b, q->configid);
	put_number(b, q->isvprodid, 2);
	put_number(b, q->isvsvn, 2);
	put_number(b, q->configsvn, 2);
	put_zero(b, 42);
	PUT(b, q->isvfamilyid);
	PUT(b, q->report_data);
}

static void put_td(struct buf *b, const struct quote_td *t, bool is_td15)
{
	PUT(b, t->tee_tcb_svn);
	PUT(b, t->mrseam);
	PUT(b, t->mrsignerseam);
	PUT(b, t->seamattributes);
	PUT(b, t->attributes);
	PUT(b, t->xfam);
	PUT(b, t->mrtd);
	PUT(b, t->mrconfigid);
	PUT(b, t->mrowner);
	PUT(b, t->mrownerconfig);
	PUT(b, t->rtmr);
	PUT(b, t->report_data);
	if (is_td15) {
		PUT(b, t->tee_tcb_svn2);
		PUT(b, t->mr_service_td);
	}
}

/* Header, descriptor, body: what the attestation key signs. */
static struct buf signed_part(const struct quote_spec *s)
{
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct buf b = BUF_EMPTY;

	if (s->kind == QUOTE_GEN_SGX)
		put_enclave(&body, &s->enclave);
	else
		put_td(&body, &s->td, s->kind == QUOTE_GEN_TD15);
	put_number(&b, s->version, 2);
	put_number(&b, s->key_type, 2);
	put_number(&b, s->tee_type, 4);
	PUT(&b, s->reserved);
	PUT(&b, s->vendor);
	PUT(&b, s->user_data);
	if (s->version >= 5) {
		put_number(&b, s->body_type, 2);
		put_length(&b, body.len, s->body_size_delta, 4);
	}
	put(&b, body.at, body.len);
	return b;
}

/* --- What vouches for it ---------------------------------------------------------------------- */

static void put_signature(struct buf *b, unsigned key, struct span message, bool is_broken)
{
	EVP_PKEY *signer = pki_p256(key);
	uint8_t r[32], s[32];

	pki_ecdsa(signer, DIGEST_SHA256, message, r, s, 32);
	EVP_PKEY_free(signer);
	if (is_broken)
		s[31] ^= 1;
	PUT(b, r);
	PUT(b, s);
}

static void put_key(struct buf *b, bool is_off_curve)
{
	EVP_PKEY *key = pki_p256(QUOTE_KEY_ATTEST);
	uint8_t xy[64];

	pki_xy(key, xy, 32);
	EVP_PKEY_free(key);
	if (is_off_curve)
		xy[63] ^= 1;
	PUT(b, xy);
}

static struct buf qe_data(const struct quote_spec *s)
{
	struct buf b = BUF_EMPTY;

	if (s->qe_data)
		put(&b, s->qe_data, s->qe_data_len);
	else
		put_zero(&b, s->qe_data_len);
	return b;
}

/* The QE's report, which names the attestation key in its report data. */
static void put_qe_report(struct buf *b, const struct quote_spec *s, struct span data)
{
	AUTO_BUF struct buf named = BUF_EMPTY;
	struct quote_enclave qe = s->qe;
	struct digest digest;

	put_key(&named, s->key_off_curve);
	put(&named, data.at, data.len);
	must(digest_of(DIGEST_SHA256, buf_view(&named), &digest, NULL) == 0, "SHA-256");
	memcpy(qe.report_data, digest.at, 32);
	if (s->break_key_hash)
		qe.report_data[0] ^= 1;
	put_enclave(b, &qe);
}

/* From the QE's report to the end of the certificates. */
static struct buf certified_part(const struct quote_spec *s, struct quote_made *m)
{
	AUTO_BUF struct buf data = qe_data(s);
	AUTO_BUF struct buf chain = pck_chain(s, m);
	struct buf b = BUF_EMPTY;

	put_qe_report(&b, s, buf_view(&data));
	put_signature(&b, s->wrong_qe_key ? QUOTE_KEY_OTHER : QUOTE_KEY_PCK, buf_view(&b),
		      s->break_qe_signature);
	put_length(&b, data.len, s->qe_data_len_delta, 2);
	put(&b, data.at, data.len);
	put_number(&b, s->cert_type, 2);
	put_length(&b, chain.len, s->cert_size_delta, 4);
	m->chain_at = b.len; /* until the whole is put together */
	m->chain_len = chain.len;
	put(&b, chain.at, chain.len);
	return b;
}

static struct buf auth_part(const struct quote_spec *s, struct span message, struct quote_made *m)
{
	AUTO_BUF struct buf certified = certified_part(s, m);
	struct buf b = BUF_EMPTY;

	put_signature(&b, QUOTE_KEY_ATTEST, message, s->break_signature);
	put_key(&b, s->key_off_curve);
	if (s->version > 3) {
		put_number(&b, s->outer_type, 2);
		put_length(&b, certified.len, s->outer_size_delta, 4);
	}
	m->qe_at = b.len;
	m->chain_at += b.len;
	put(&b, certified.at, certified.len);
	put_zero(&b, s->auth_extra);
	return b;
}

struct quote_made quote_make(const struct quote_spec *s)
{
	struct quote_made m = { 0 };
	AUTO_BUF struct buf auth = BUF_EMPTY;
	struct buf b = signed_part(s);

	pck_certs(s, &m);
	m.signed_len = m.auth_at = b.len;
	auth = auth_part(s, buf_view(&b), &m);
	put_length(&b, auth.len, s->auth_len_delta, 4);
	m.qe_at += b.len;
	m.chain_at += b.len;
	put(&b, auth.at, auth.len);
	for (size_t i = 0; i < s->padding; i++)
		put(&b, &s->padding_byte, 1);
	m.quote = b;
	return m;
}

void quote_made_done(struct quote_made *m)
{
	buf_done(&m->quote);
	X509_free(m->root);
	X509_free(m->ca);
	X509_free(m->pck);
	*m = (struct quote_made){ 0 };
}

/* --- TDREPORT --------------------------------------------------------------------------------- */

static void put_hash(struct buf *b, const struct buf *over)
{
	struct digest digest;

	must(digest_of(DIGEST_SHA384, buf_view(over), &digest, NULL) == 0, "SHA-384");
	put(b, digest.at, digest.len);
}

static struct buf tee_tcb_info(const struct quote_td *t)
{
	static const uint8_t valid[8] = { 0xff, 0x01 };
	struct buf b = BUF_EMPTY;

	PUT(&b, valid);
	PUT(&b, t->tee_tcb_svn);
	PUT(&b, t->mrseam);
	PUT(&b, t->mrsignerseam);
	PUT(&b, t->seamattributes);
	PUT(&b, t->tee_tcb_svn2);
	put_zero(&b, 239 - b.len);
	return b;
}

static struct buf tee_info(const struct quote_td *t)
{
	struct buf b = BUF_EMPTY;

	PUT(&b, t->attributes);
	PUT(&b, t->xfam);
	PUT(&b, t->mrtd);
	PUT(&b, t->mrconfigid);
	PUT(&b, t->mrowner);
	PUT(&b, t->mrownerconfig);
	PUT(&b, t->rtmr);
	PUT(&b, t->mr_service_td);
	put_zero(&b, 512 - b.len);
	return b;
}

struct buf tdreport_make(const struct quote_td *td)
{
	static const uint8_t head[16] = { 0x81, 0, 1 };
	AUTO_BUF struct buf tcb = tee_tcb_info(td), info = tee_info(td);
	struct buf b = BUF_EMPTY;

	PUT(&b, head);
	put_zero(&b, 16); /* CPUSVN */
	put_hash(&b, &tcb);
	put_hash(&b, &info);
	PUT(&b, td->report_data);
	put_zero(&b, 32 + 32); /* reserved, MAC */
	put(&b, tcb.at, tcb.len);
	put_zero(&b, 17);
	put(&b, info.at, info.len);
	return b;
}
