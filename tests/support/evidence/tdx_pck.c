#include "tests/support/evidence/tdx_pck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/evidence/pki.h"

#define OID_TEXT     "1.2.840.113741.1.13.1"
#define TAG_BOOLEAN  0x01
#define TAG_INTEGER  0x02
#define TAG_OCTETS   0x04
#define TAG_OID	     0x06
#define TAG_ENUM     0x0a
#define TAG_SEQUENCE 0x30
#define MEMBERS_MAX  20
#define NESTED	     1000

static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };

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

/* --- DER -------------------------------------------------------------------------------------- */

static void put_value(struct buf *b, uint8_t tag, const void *at, size_t len)
{
	uint8_t head[4] = { tag, (uint8_t)len };
	size_t head_len = 2;

	if (len >= 0x100) {
		head[1] = 0x82;
		head[2] = (uint8_t)(len >> 8);
		head[3] = (uint8_t)len;
		head_len = 4;
	} else if (len >= 0x80) {
		head[1] = 0x81;
		head[2] = (uint8_t)len;
		head_len = 3;
	}
	must(len < 0x10000, "a value of 64 KiB");
	put(b, head, head_len);
	put(b, at, len);
}

/* {OID of the extension and up to two more arcs, value}: `value` is encoded already. */
static struct buf pair(uint8_t arc, uint8_t sub, const struct buf *value)
{
	AUTO_BUF struct buf inner = BUF_EMPTY;
	struct buf ret = BUF_EMPTY;
	uint8_t whole[sizeof(oid) + 2];
	size_t len = sizeof(oid) + 1;

	memcpy(whole, oid, sizeof(oid));
	whole[sizeof(oid)] = arc;
	if (sub)
		whole[len++] = sub;
	put_value(&inner, TAG_OID, whole, len);
	put(&inner, value->at, value->len);
	put_value(&ret, TAG_SEQUENCE, inner.at, inner.len);
	return ret;
}

static struct buf pair_of(uint8_t arc, uint8_t sub, uint8_t tag, const void *at, size_t len)
{
	AUTO_BUF struct buf value = BUF_EMPTY;

	put_value(&value, tag, at, len);
	return pair(arc, sub, &value);
}

static struct buf number(uint8_t arc, uint8_t sub, uint32_t value)
{
	uint8_t bytes[5] = { 0, (uint8_t)(value >> 24), (uint8_t)(value >> 16),
			     (uint8_t)(value >> 8), (uint8_t)value };
	size_t from = 0;

	while (from < 4 && !bytes[from] && !(bytes[from + 1] & 0x80))
		from++;
	return pair_of(arc, sub, TAG_INTEGER, bytes + from, sizeof(bytes) - from);
}

/* --- Members ---------------------------------------------------------------------------------- */

struct members {
	struct buf at[MEMBERS_MAX];
	size_t count;
};

static void add(struct members *m, struct buf one)
{
	must(m->count < MEMBERS_MAX, "too many members");
	m->at[m->count++] = one;
}

/* The members as one sequence, in their order or backwards. Releases them. */
static struct buf gather(struct members *m, bool backwards)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	struct buf ret = BUF_EMPTY;

	for (size_t i = 0; i < m->count; i++) {
		struct buf *one = &m->at[backwards ? m->count - 1 - i : i];

		put(&all, one->at, one->len);
	}
	for (size_t i = 0; i < m->count; i++)
		buf_done(&m->at[i]);
	put_value(&ret, TAG_SEQUENCE, all.at, all.len);
	return ret;
}

static struct buf svn(const struct quote_pck *p, size_t i)
{
	static const uint8_t negative[] = { 0x80 }, padded[] = { 0, 5 };

	if (i == 2 && p->twist == PCK_NEGATIVE_SVN)
		return pair_of(2, (uint8_t)(i + 1), TAG_INTEGER, negative, sizeof(negative));
	if (i == 2 && p->twist == PCK_PADDED_SVN)
		return pair_of(2, (uint8_t)(i + 1), TAG_INTEGER, padded, sizeof(padded));
	return number(2, (uint8_t)(i + 1), p->components[i]);
}

static struct buf tcb(const struct quote_pck *p)
{
	struct members m = { 0 };
	uint8_t cpusvn[16];

	for (size_t i = 0; i < 16; i++) {
		cpusvn[i] = (uint8_t)p->components[i];
		add(&m, svn(p, i));
	}
	if (p->twist == PCK_DUPLICATE_SVN)
		add(&m, svn(p, 2));
	if (p->twist != PCK_NO_PCESVN)
		add(&m, number(2, 17, p->pcesvn));
	add(&m, pair_of(2, 18, TAG_OCTETS, cpusvn, sizeof(cpusvn)));
	return gather(&m, p->twist == PCK_REORDERED);
}

static struct buf flag(uint8_t sub, bool value, bool is_lax)
{
	uint8_t byte = value ? 0xff : 0;

	if (is_lax)
		byte = 1;
	return pair_of(7, sub, TAG_BOOLEAN, &byte, 1);
}

static struct buf settings(const struct quote_pck *p)
{
	struct members m = { 0 };

	add(&m, flag(1, p->dynamic, p->twist == PCK_LAX_BOOLEAN));
	add(&m, flag(2, p->cached, false));
	add(&m, flag(3, p->smt, false));
	return gather(&m, p->twist == PCK_REORDERED);
}

static struct buf nested(void)
{
	struct buf value = BUF_EMPTY;

	for (size_t i = 0; i < NESTED; i++) {
		struct buf outer = BUF_EMPTY;

		put_value(&outer, TAG_SEQUENCE, value.at, value.len);
		buf_done(&value);
		value = outer;
	}
	return value;
}

static void add_odd(struct members *m, enum pck_twist twist)
{
	static const uint8_t other[] = { 0x30, 0x07, 0x06, 0x03, 0x55, 0x04, 0x03, 0x05, 0x00 };
	struct buf odd = BUF_EMPTY;

	if (twist == PCK_UNKNOWN_MEMBER)
		add(m, pair_of(9, 0, TAG_OCTETS, "new", 3));
	if (twist == PCK_OTHER_OID) {
		put(&odd, other, sizeof(other));
		add(m, odd);
	}
}

/* What is changed in the encoding as a whole. */
static void twist_whole(struct buf *b, enum pck_twist twist)
{
	struct buf other = BUF_EMPTY;

	if (twist == PCK_TRAILING)
		put(b, "", 1);
	if (twist == PCK_CUT)
		b->len--;
	if (twist != PCK_INDEFINITE && twist != PCK_LONG_LENGTH)
		return;
	/* The sequence is longer than 255 bytes: 30 82 xx xx. */
	must(b->len > 4 && b->at[1] == 0x82, "a short extension");
	if (twist == PCK_INDEFINITE) {
		put(&other, "\x30\x80", 2);
		put(&other, b->at + 4, b->len - 4);
		put(&other, "\0", 2);
	} else {
		put(&other, "\x30\x83\0", 3);
		put(&other, b->at + 2, b->len - 2);
	}
	buf_done(b);
	*b = other;
}

struct buf pck_extension(const struct quote_pck *p)
{
	enum pck_twist twist = p->twist;
	AUTO_BUF struct buf tcb_value = twist == PCK_NESTED ? nested() : tcb(p);
	AUTO_BUF struct buf settings_value = settings(p);
	uint8_t pceid[3] = { p->pceid[0], p->pceid[1], 0 };
	size_t fmspc_len = twist == PCK_SHORT_FMSPC ? 5 : 6;
	struct members m = { 0 };
	struct buf ret;

	add(&m, pair_of(1, 0, TAG_OCTETS, p->ppid, sizeof(p->ppid)));
	if (twist != PCK_NO_TCB)
		add(&m, pair(2, 0, &tcb_value));
	add(&m, pair_of(3, 0, TAG_OCTETS, pceid, twist == PCK_LONG_PCEID ? 3 : 2));
	if (twist != PCK_NO_FMSPC)
		add(&m, pair_of(4, 0, TAG_OCTETS, p->fmspc, fmspc_len));
	if (twist == PCK_DUPLICATE_FMSPC)
		add(&m, pair_of(4, 0, TAG_OCTETS, p->fmspc, fmspc_len));
	add(&m, pair_of(5, 0, TAG_ENUM, &p->sgx_type, 1));
	if (p->has_instance)
		add(&m, pair_of(6, 0, TAG_OCTETS, p->instance, sizeof(p->instance)));
	if (p->has_config)
		add(&m, pair(7, 0, &settings_value));
	add_odd(&m, twist);
	ret = gather(&m, twist == PCK_REORDERED);
	twist_whole(&ret, twist);
	return ret;
}

/* --- Certificates ----------------------------------------------------------------------------- */

static X509 *cert(struct pki_spec *spec, unsigned key, const X509 *issuer, unsigned issuer_key)
{
	EVP_PKEY *own = pki_p256(key), *signer = pki_p256(issuer_key);
	X509 *ret;

	spec->organization = "Intel Corporation";
	spec->key = own;
	spec->issuer = issuer;
	spec->issuer_key = signer;
	spec->alg = PKI_ECDSA_SHA256;
	ret = pki_cert(spec);
	EVP_PKEY_free(own);
	EVP_PKEY_free(signer);
	return ret;
}

static X509 *root_cert(unsigned key)
{
	struct pki_spec root = { .cn = "Intel SGX Root CA", .is_ca = true, .path_len = 1 };

	return cert(&root, key, NULL, key);
}

static X509 *leaf_cert(const struct quote_spec *s, const struct quote_made *m)
{
	AUTO_BUF struct buf value = pck_extension(&s->pck);
	const struct pki_extension extensions[] = {
		{ OID_TEXT, false, buf_view(&value) },
		{ OID_TEXT, false, buf_view(&value) },
	};
	struct pki_spec leaf = {
		.cn = s->chain == QUOTE_CHAIN_OTHER_LEAF ? "Intel SGX PCK"
							 : "Intel SGX PCK Certificate",
		.not_before = s->leaf_not_before,
		.not_after = s->leaf_not_after,
		.serial = s->leaf_serial,
		.serial_len = s->leaf_serial_len,
		.path_len = -1,
		.extensions = extensions,
		.extension_count = 1,
	};

	if (s->pck.twist == PCK_ABSENT)
		leaf.extension_count = 0;
	if (s->pck.twist == PCK_DUPLICATE_EXTENSION)
		leaf.extension_count = 2;
	return cert(&leaf, QUOTE_KEY_PCK, m->ca, QUOTE_KEY_CA);
}

void pck_certs(const struct quote_spec *s, struct quote_made *m)
{
	unsigned root = s->chain == QUOTE_CHAIN_OTHER_ROOT ? QUOTE_KEY_OTHER : QUOTE_KEY_ROOT;
	struct pki_spec ca = {
		.cn = s->is_processor_ca ? "Intel SGX PCK Processor CA"
					 : "Intel SGX PCK Platform CA",
		.is_ca = true,
		.path_len = 0,
		.serial = s->ca_serial,
		.serial_len = s->ca_serial_len,
	};

	if (s->chain == QUOTE_CHAIN_OTHER_CA)
		ca.cn = "Intel SGX PCK Other CA";
	m->root = s->root && root == QUOTE_KEY_ROOT ? X509_dup(s->root) : root_cert(root);
	m->ca = cert(&ca, QUOTE_KEY_CA, m->root, root);
	m->pck = leaf_cert(s, m);
}

static void put_pem(struct buf *b, X509 *one)
{
	AUTO_BUF struct buf pem = pki_pem(&one, 1);

	put(b, pem.at, pem.len);
}

struct buf pck_chain(const struct quote_spec *s, const struct quote_made *m)
{
	X509 *lookalike = s->chain == QUOTE_CHAIN_LOOKALIKE ? root_cert(QUOTE_KEY_OTHER) : NULL;
	X509 *order[] = { m->pck, m->ca, lookalike ? lookalike : m->root, m->root };
	size_t count = 3;
	struct buf ret = BUF_EMPTY;

	if (s->chain == QUOTE_CHAIN_TWO || s->chain == QUOTE_CHAIN_FOUR)
		count = s->chain == QUOTE_CHAIN_TWO ? 2 : 4;
	if (s->chain == QUOTE_CHAIN_EMPTY)
		count = 0;
	if (s->chain == QUOTE_CHAIN_BACKWARDS) {
		order[0] = m->root;
		order[2] = m->pck;
	}
	for (size_t i = 0; i < count; i++) {
		put_pem(&ret, order[i]);
		if (s->chain == QUOTE_CHAIN_TEXT_BETWEEN && !i)
			put(&ret, "text\n", 5);
	}
	if (s->chain == QUOTE_CHAIN_TEXT_AFTER)
		put(&ret, "text", 4);
	if (s->chain != QUOTE_CHAIN_NO_NUL)
		put(&ret, "", 1);
	X509_free(lookalike);
	return ret;
}
