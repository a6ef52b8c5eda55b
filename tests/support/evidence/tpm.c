#include "tests/support/evidence/tpm.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRS 24

/* Everybody has it: it signs what only tests trust, and protects nothing. */
static const char RSA2048[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDEXjOYG0e9ASxD\n"
			      "i4HjCVwZWlls8klF8lqdHfTtLcPOvKu9r+jKKFaC4D01xH+5eG9C5kt3mV/eNeNi\n"
			      "1HM5yq6rYh+3QTH3j6b/9xF+0wxZBEyn2svOjByDon5vIRZVxxnJwWK/ygN1z9iq\n"
			      "9qL7uj0Hh8jZyU6kxOnSQTXrT7TcqSW5XVN7Y6In8f1iyWsDJJqhMulcZydgrepa\n"
			      "oAdCft8XmAFt3QkHtkn8DYZHiSsWt3vFAYlQ4tlhuAeTYKCtPCLAM3zIbvnMiW+z\n"
			      "UTZusAI+eugdIEE1CMJ7vgoIJeV7FcdTrEMA5nxI1SR1JLMaWeLzACjPt2oUuFZC\n"
			      "dD2VepyBAgMBAAECggEAC6bFw7CZsfml91eJpE+nvPLfE79wENQLo581i1Wv9L49\n"
			      "5/5OLyGT2YXl5+DyDa6bVnI899qcRT54EKMHt74CnXVv6ZMXHIfz6iPuMDLkXItM\n"
			      "Y5jQR0AJyJc9jok9bqdGzNF6UyQwzp6frew+uTZAnQfl52NCFPWApLq9EOpssjuF\n"
			      "ySS4vBIyKcCECKecsQ6SvaQ/bAdZ16E3vF11OT+4/go3c43cMYkb/meAwKZHxDJB\n"
			      "w/UcSe8SP3tCrEt/Pa+BJBx/hzrIL4mmXkVQTIaDyk+f+32VPClZGwLXLPj5qN4G\n"
			      "DIVjwseY0yGWhHbT9+U1Zfj2ILhri9qiFNebFrtu2QKBgQD+bO4pOxQSC3N9cUBT\n"
			      "RyxF3kUYiHa0peW8kLE7y2qAUucM+mYkjiCI75lHCjhrWCUtG6QA5T8Enp6evUtx\n"
			      "djSxX0761bSL7LlEpP2VWVHVlxwT78UXVcu7Ie5on0GjKiAgA8tFlaF+gBAo+Se8\n"
			      "T+e5XtEP9eNBcuPJMT/oG4ccKQKBgQDFlUtidA9kqjiMwNWLEAeVsyeMEEP3QtJs\n"
			      "vHclR91G2G1pJ7pKCZl4w1jCd7ckMNK+bpWp/g26YERQcx/fKH8p1+BszP5kE7eF\n"
			      "GJnijG5S6gxlD1LexfpMLii5JYjVO6ikhPgSDgSkElwuzlSsrlcNg4mWEd/LKgK0\n"
			      "SfLLHT2ImQKBgQCwJUB6ATHzEESD+616OpNXR/x0cL4mcZjthQt/h2STtVHLtWyU\n"
			      "MGYsCB4JhfTrtJoAcduI1y5bB2pwIkQiKKFwj7jBhsU5/smB0ezSwoUaqETDNMQy\n"
			      "VK75PxOtEV1DFr4pDBdmdKLbTtRhWaZ+BKA8wX1iXG1a+azktRk2nCBdiQKBgFrP\n"
			      "UDNy1jRVC+KdKkhc2K+UBMQaIbK+EoqJYFVRH0FVbYvcB4HJwbDAT8YpUZIfomyF\n"
			      "1OGpc1PKtPsovmhJa5CmuG4pFW6XpUxVzzxRgM845PN5xIPBCFYFDRBzUN14Kv1a\n"
			      "Y82ghb+G9LlKeZ5YDoiWgSDpHCt7Jn0IU7/Is6RZAoGAQA4qRhGwpr867DS9lZdJ\n"
			      "z1LWOUWn/f+27PyBHkG1X0Ty+JdlwFsKW2NY3nJzCCueOfxaxfHDD+Qfh+v4Pp2U\n"
			      "n6zH0vndc4O24DEfbXboamlX2/mNKqkVJEFpSFKJYMSTFN/k2Mg4Lq7qYVub1Kho\n"
			      "IrvQSmnuicIVPGJRm+vBwnw=\n"
			      "-----END PRIVATE KEY-----\n";

static void must(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "tpm: %s\n", what);
	abort();
}

EVP_PKEY *tpm_rsa2048(void)
{
	BIO *bio = BIO_new_mem_buf(RSA2048, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	must(key, "RSA-2048");
	BIO_free(bio);
	return key;
}

EVP_PKEY *tpm_rsa(unsigned bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	must(key, "RSA");
	return key;
}

/* --- Big-endian ------------------------------------------------------------------------------- */

static void put(struct buf *b, struct span bytes)
{
	must(buf_append(b, bytes, 65536, NULL) == 0, "memory");
}

static void put_be(struct buf *b, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[len - 1 - i] = (uint8_t)(value >> (8 * i));
	put(b, span(bytes, len));
}

static void put_2b(struct buf *b, struct span bytes)
{
	put_be(b, bytes.len, 2);
	put(b, bytes);
}

static const EVP_MD *md_of(uint16_t hash)
{
	switch (hash) {
	case TPM_MAKE_SHA1:
		return EVP_sha1();
	case TPM_MAKE_SHA384:
		return EVP_sha384();
	case TPM_MAKE_SHA512:
		return EVP_sha512();
	default:
		return EVP_sha256();
	}
}

static size_t len_of(uint16_t hash)
{
	return (size_t)EVP_MD_get_size(md_of(hash));
}

/* --- The quote -------------------------------------------------------------------------------- */

struct tpm_spec tpm_spec(EVP_PKEY *ak, uint16_t scheme)
{
	struct tpm_spec s = {
		.ak = ak,
		.scheme = scheme,
		.hash = EVP_PKEY_get_bits(ak) == 384 ? TPM_MAKE_SHA384 : TPM_MAKE_SHA256,
		.salt = -1,
		.magic = 0xff544347,
		.type = 0x8018,
		.signer = { 0x00, 0x0b, 0xa5 },
		.signer_len = 34,
		.extra_len = 32,
		.clock_ms = 123456,
		.firmware = 0x2019102300163636,
		.reset_count = 3,
		.restart_count = 1,
		.safe = 1,
		.banks = { { TPM_MAKE_SHA256, 3, 0xffffff } },
		.bank_count = 1,
		.bank = TPM_MAKE_SHA256,
		.attributes = TPM_MAKE_ATTRIBUTES,
		.public_scheme = scheme,
	};

	s.public_hash = s.hash;
	for (size_t i = 0; i < s.extra_len; i++)
		s.extra[i] = (uint8_t)(i + 1);
	for (size_t i = 17; i <= 22; i++)
		memset(s.pcrs[i], 0xff, sizeof(s.pcrs[i]));
	return s;
}

void tpm_extend(struct tpm_spec *s, unsigned pcr, struct span data)
{
	uint8_t both[128];
	size_t len = len_of(s->bank);

	memcpy(both, s->pcrs[pcr], len);
	must(EVP_Digest(data.at, data.len, both + len, NULL, md_of(s->bank), NULL) == 1, "digest");
	must(EVP_Digest(both, 2 * len, s->pcrs[pcr], NULL, md_of(s->bank), NULL) == 1, "digest");
}

static void put_selection(struct buf *b, const struct tpm_spec *s)
{
	put_be(b, s->bank_count, 4);
	for (uint32_t i = 0; i < s->bank_count && i < 3; i++) {
		put_be(b, s->banks[i].hash, 2);
		put_be(b, s->banks[i].size, 1);
		for (unsigned k = 0; k < s->banks[i].size; k++)
			put_be(b, k < 4 ? s->banks[i].pcrs >> (8 * k) & 0xff : 0, 1);
	}
}

static void put_pcr_digest(struct buf *b, const struct tpm_spec *s)
{
	uint8_t all[PCRS * 64], digest[64];
	size_t len = 0, each = len_of(s->bank);

	for (size_t i = 0; i < PCRS; i++)
		if (s->bank_count && s->banks[0].pcrs & 1u << i) {
			memcpy(all + len, s->pcrs[i], each);
			len += each;
		}
	must(EVP_Digest(all, len, digest, NULL, md_of(s->hash), NULL) == 1, "digest");
	digest[0] ^= s->digest_flip;
	put_2b(b, span(digest, len_of(s->hash)));
}

static void make_attest(const struct tpm_spec *s, struct buf *b)
{
	static const uint8_t tail[64];

	put_be(b, s->magic, 4);
	put_be(b, s->type, 2);
	put_2b(b, span(s->signer, s->signer_len));
	put_2b(b, span(s->extra, s->extra_len));
	put_be(b, s->clock_ms, 8);
	put_be(b, s->reset_count, 4);
	put_be(b, s->restart_count, 4);
	put_be(b, s->safe, 1);
	put_be(b, s->firmware, 8);
	put_selection(b, s);
	put_pcr_digest(b, s);
	put(b, span(tail, s->tail));
}

/* --- The signature ---------------------------------------------------------------------------- */

static struct buf sign(const struct tpm_spec *s, struct span message)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf der = BUF_EMPTY;
	EVP_PKEY_CTX *pctx;
	size_t len = 1024;

	must(ctx && EVP_DigestSignInit(ctx, &pctx, md_of(s->hash), NULL, s->ak) == 1, "sign");
	if (s->scheme == TPM_MAKE_RSAPSS)
		must(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, s->salt) == 1,
		     "PSS");
	must(buf_reserve(&der, len, NULL) == 0, "memory");
	must(EVP_DigestSign(ctx, der.at, &len, message.at, message.len) == 1, "sign");
	der.len = len;
	EVP_MD_CTX_free(ctx);
	return der;
}

/* Without leading zeros, or with them up to `pad` bytes. */
static void put_number(struct buf *b, const BIGNUM *n, bool is_zero, size_t pad)
{
	static const uint8_t zeros[32];
	uint8_t bytes[64];
	size_t len = pad ? pad : (size_t)BN_num_bytes(n);

	must(BN_bn2binpad(n, bytes, (int)len) >= 0, "number");
	put_2b(b, is_zero ? span(zeros, sizeof(zeros)) : span(bytes, len));
}

/* False when a short r was asked for and this one is not. */
static bool put_ecdsa(struct buf *b, const struct tpm_spec *s, const struct buf *der)
{
	const uint8_t *at = der->at;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der->len);
	size_t size = (size_t)(EVP_PKEY_get_bits(s->ak) + 7) / 8;
	size_t pad = s->sign == TPM_SIGN_PADDED ? size : 0;
	bool fits;

	must(sig, "signature");
	fits = s->sign != TPM_SIGN_SHORT_R || (size_t)BN_num_bytes(ECDSA_SIG_get0_r(sig)) < size;
	if (fits) {
		put_number(b, ECDSA_SIG_get0_r(sig), s->sign == TPM_SIGN_R_ZERO, pad);
		put_number(b, ECDSA_SIG_get0_s(sig), s->sign == TPM_SIGN_S_ZERO, pad);
	}
	ECDSA_SIG_free(sig);
	return fits;
}

static void make_signature(const struct tpm_spec *s, struct span message, struct buf *b)
{
	bool done = false;

	put_be(b, s->scheme, 2);
	put_be(b, s->hash, 2);
	while (!done) {
		struct buf made = sign(s, message);

		if (s->scheme == TPM_MAKE_ECDSA)
			done = put_ecdsa(b, s, &made);
		else
			put_2b(b, buf_view(&made));
		done = done || s->scheme != TPM_MAKE_ECDSA;
		buf_done(&made);
	}
}

/* --- The key ---------------------------------------------------------------------------------- */

static void make_spki(EVP_PKEY *key, struct buf *b)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	must(len > 0, "SPKI");
	put(b, span(der, (size_t)len));
	OPENSSL_free(der);
}

static void put_param(struct buf *b, EVP_PKEY *key, const char *name, size_t len)
{
	uint8_t bytes[512];
	BIGNUM *n = NULL;

	must(EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_bn2binpad(n, bytes, (int)len) >= 0,
	     name);
	put_2b(b, span(bytes, len));
	BN_free(n);
}

static void put_scheme(struct buf *b, const struct tpm_spec *s)
{
	put_be(b, 0x0010, 2); /* no symmetric algorithm */
	put_be(b, s->public_scheme, 2);
	if (s->public_scheme != 0x0010)
		put_be(b, s->public_hash, 2);
}

static void make_public(const struct tpm_spec *s, struct buf *b)
{
	size_t bits = (size_t)EVP_PKEY_get_bits(s->ak);
	bool is_rsa = EVP_PKEY_is_a(s->ak, "RSA");

	put_be(b, is_rsa ? 0x0001 : 0x0023, 2);
	put_be(b, TPM_MAKE_SHA256, 2);
	put_be(b, s->attributes, 4);
	put_2b(b, SPAN_EMPTY);
	put_scheme(b, s);
	if (is_rsa) {
		put_be(b, bits, 2);
		put_be(b, 0, 4); /* 65537 */
		put_param(b, s->ak, OSSL_PKEY_PARAM_RSA_N, bits / 8);
		return;
	}
	put_be(b, bits == 256 ? 0x0003 : 0x0004, 2);
	put_be(b, 0x0010, 2); /* no key derivation */
	put_param(b, s->ak, OSSL_PKEY_PARAM_EC_PUB_X, bits / 8);
	put_param(b, s->ak, OSSL_PKEY_PARAM_EC_PUB_Y, bits / 8);
}

static void make_name(struct tpm_made *m, struct span public)
{
	m->name[0] = TPM_MAKE_SHA256 >> 8;
	m->name[1] = TPM_MAKE_SHA256 & 0xff;
	m->name_len = 34;
	must(EVP_Digest(public.at, public.len, m->name + 2, NULL, EVP_sha256(), NULL) == 1, "name");
}

struct tpm_made tpm_make(const struct tpm_spec *s)
{
	struct tpm_made m = { 0 };
	struct buf public = BUF_EMPTY;

	make_attest(s, &m.attest);
	make_signature(s, buf_view(&m.attest), &m.signature);
	make_spki(s->ak, &m.spki);
	make_public(s, &public);
	make_name(&m, buf_view(&public));
	if (s->public_2b)
		put_be(&m.public, public.len, 2);
	put(&m.public, buf_view(&public));
	buf_done(&public);
	return m;
}

void tpm_made_done(struct tpm_made *m)
{
	buf_done(&m->attest);
	buf_done(&m->signature);
	buf_done(&m->spki);
	buf_done(&m->public);
}
