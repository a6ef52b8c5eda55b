#include "tests/support/evidence/gpu_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/evidence/pki.h"

#define TAG_INTEGER	0x02
#define TAG_OCTETS	0x04
#define TAG_OID		0x06
#define TAG_UTF8	0x0c
#define TAG_SEQUENCE	0x30
#define TAG_CONTEXT(n)	(0x80 | (n))
#define TAG_EXPLICIT(n) (0xa0 | (n))

#define OID_SAN	    "2.5.29.17"
#define OID_CRL	    "2.5.29.31"
#define OID_DEVICE  "2.23.133.5.4.1"
#define OID_TCBINFO "2.23.133.5.4.1.1"

/* --- DER, by hand ----------------------------------------------------------------------------- */

static void put(struct buf *b, const void *at, size_t len)
{
	if (buf_append(b, span(at, len), SIZE_MAX, NULL))
		abort();
}

static void put_der(struct buf *b, uint8_t tag, const void *at, size_t len)
{
	const uint8_t shortest[] = { tag, (uint8_t)len };
	const uint8_t longer[] = { tag, 0x81, (uint8_t)len };

	if (len > 255)
		abort();
	if (len < 128)
		put(b, shortest, sizeof(shortest));
	else
		put(b, longer, sizeof(longer));
	put(b, at, len);
}

/* Puts one more layer around everything so far. */
static void wrap(struct buf *b, uint8_t tag)
{
	AUTO_BUF struct buf inner = buf_take(b);

	put_der(b, tag, inner.at, inner.len);
}

static void put_digest(struct buf *b, const uint8_t *at, bool is_sha256)
{
	static const uint8_t sha384[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 };
	static const uint8_t sha256[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
	AUTO_BUF struct buf pair = BUF_EMPTY;

	put_der(&pair, TAG_OID, is_sha256 ? sha256 : sha384, sizeof(sha384));
	put_der(&pair, TAG_OCTETS, at, is_sha256 ? 32 : 48);
	put_der(b, TAG_SEQUENCE, pair.at, pair.len);
}

static void put_spki(struct buf *b, unsigned key)
{
	EVP_PKEY *k = pki_p384(key);
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(k, &der);

	if (len < 0)
		abort();
	put(b, der, (size_t)len);
	OPENSSL_free(der);
	EVP_PKEY_free(k);
}

/* --- Extensions ------------------------------------------------------------------------------- */

static void make_device_id(const struct gpu_spec *s, struct buf *ret)
{
	uint8_t version = s->chain == GPU_CHAIN_FWID_VERSION ? 2 : 1;

	put_der(ret, TAG_INTEGER, &version, 1);
	put_spki(ret, s->chain == GPU_CHAIN_OTHER_SPKI ? GPU_KEY_OTHER : GPU_KEY_DEVICE);
	put_digest(ret, s->fwid, s->chain == GPU_CHAIN_FWID_SHA256);
	wrap(ret, TAG_SEQUENCE);
}

static void make_tcbinfo(const struct gpu_spec *s, struct buf *ret)
{
	static const uint8_t zero[48], one = 1, flags[] = { 0, 0 };
	AUTO_BUF struct buf list = BUF_EMPTY;

	put_der(ret, TAG_CONTEXT(0), "NVIDIA", 6);
	put_der(ret, TAG_CONTEXT(1), "GB100 A01 GSP", 13);
	put_der(ret, TAG_CONTEXT(3), &one, 1);
	put_digest(&list, s->fwid, s->chain == GPU_CHAIN_FWID_SHA256);
	put_digest(&list, zero, false);
	put_der(ret, TAG_EXPLICIT(6), list.at, list.len);
	put_der(ret, TAG_CONTEXT(7), flags, sizeof(flags));
	if (s->chain == GPU_CHAIN_FWID_VERSION)
		put_der(ret, TAG_CONTEXT(6), "", 0);
	wrap(ret, TAG_SEQUENCE);
}

static void make_info(const struct gpu_spec *s, struct buf *ret)
{
	static const uint8_t oid[] = { 0x2b, 6, 1, 4, 1, 0x83, 0x1c, 0x82, 0x12, 1 };
	AUTO_BUF struct buf text = BUF_EMPTY;

	put_der(&text, TAG_UTF8, s->info, strlen(s->info));
	put_der(ret, TAG_OID, oid, sizeof(oid));
	put_der(ret, TAG_EXPLICIT(0), text.at, text.len);
	wrap(ret, TAG_EXPLICIT(0));
	wrap(ret, TAG_SEQUENCE);
}

static void make_crl_url(const char *url, struct buf *ret)
{
	put_der(ret, TAG_CONTEXT(6), url, strlen(url));
	wrap(ret, TAG_EXPLICIT(0));
	wrap(ret, TAG_EXPLICIT(0));
	wrap(ret, TAG_SEQUENCE);
	wrap(ret, TAG_SEQUENCE);
}

/* --- Certificates ----------------------------------------------------------------------------- */

static X509 *make_cert(struct pki_spec *p, unsigned key, const X509 *issuer, unsigned issuer_key)
{
	EVP_PKEY *own = pki_p384(key), *above = pki_p384(issuer_key);
	X509 *cert;

	p->key = own;
	p->issuer = issuer;
	p->issuer_key = above;
	p->alg = PKI_ECDSA_SHA384;
	cert = pki_cert(p);
	EVP_PKEY_free(own);
	EVP_PKEY_free(above);
	return cert;
}

static X509 *make_ca(const char *cn, const char *crl, uint8_t serial, unsigned key,
		     const X509 *issuer, unsigned issuer_key)
{
	AUTO_BUF struct buf url = BUF_EMPTY;
	struct pki_extension extension = { .oid = OID_CRL };
	struct pki_spec p = { .cn = cn,
			      .organization = "NVIDIA Corporation",
			      .serial = &serial,
			      .serial_len = 1,
			      .is_ca = true,
			      .path_len = -1 };

	if (crl) {
		make_crl_url(crl, &url);
		extension.value = buf_view(&url);
		p.extensions = &extension;
		p.extension_count = 1;
	}
	return make_cert(&p, key, issuer, issuer_key);
}

static void hex_upper(const uint8_t *at, size_t len, char *ret)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(ret + 2 * i, 3, "%02X", at[i]);
}

static X509 *make_device(const struct gpu_spec *s, const X509 *issuer)
{
	uint8_t name[9];
	char text[2 * sizeof(name) + 1];
	bool is_switch = (s->chip == GPU_LS10) != (s->chain == GPU_CHAIN_PREFIX);
	struct pki_spec p = { .cn = s->device_cn,
			      .organization = "NVIDIA Corporation",
			      .serial = name,
			      .serial_len = sizeof(name),
			      .serial_number_attribute = text,
			      .is_ca = true,
			      .path_len = -1 };

	name[0] = is_switch ? 0x50 : 0x41;
	memcpy(name + 1, s->pdi, 8);
	hex_upper(name, sizeof(name), text);
	if (s->chain == GPU_CHAIN_TWO_NAMES)
		name[8] ^= 1;
	if (s->chain == GPU_CHAIN_NO_NAME)
		p.serial_number_attribute = NULL;
	return make_cert(&p, GPU_KEY_DEVICE, issuer, GPU_KEY_MAKER);
}

static X509 *make_leaf(const struct gpu_spec *s, const X509 *issuer)
{
	AUTO_BUF struct buf info = BUF_EMPTY, fwid = BUF_EMPTY;
	char text[2 * sizeof(s->leaf_serial) + 1];
	struct pki_extension extensions[2];
	bool is_tcbinfo = (s->chip == GPU_GB100) != (s->chain == GPU_CHAIN_OTHER_FORM);
	struct pki_spec p = { .cn = s->leaf_cn,
			      .organization = "NVIDIA Corporation",
			      .serial = s->leaf_serial,
			      .serial_len = sizeof(s->leaf_serial),
			      .serial_number_attribute = text,
			      .not_before = s->not_before,
			      .not_after = s->not_after,
			      .is_ca = s->chain == GPU_CHAIN_LEAF_CA,
			      .path_len = -1,
			      .leaf_no_basic = s->chain != GPU_CHAIN_LEAF_CA,
			      .extensions = extensions };

	hex_upper(s->leaf_serial, sizeof(s->leaf_serial), text);
	make_info(s, &info);
	if (is_tcbinfo)
		make_tcbinfo(s, &fwid);
	else
		make_device_id(s, &fwid);
	if (s->chain == GPU_CHAIN_FWID_LONG)
		put(&fwid, "", 1);
	if (s->chain != GPU_CHAIN_NO_INFO)
		extensions[p.extension_count++] =
			(struct pki_extension){ .oid = OID_SAN, .value = buf_view(&info) };
	if (s->chain != GPU_CHAIN_NO_FWID)
		extensions[p.extension_count++] =
			(struct pki_extension){ .oid = is_tcbinfo ? OID_TCBINFO : OID_DEVICE,
						.value = buf_view(&fwid) };
	return make_cert(&p, s->leaf_key, issuer, GPU_KEY_DEVICE);
}

/* --- The chain -------------------------------------------------------------------------------- */

static void swap(X509 **a, X509 **b)
{
	X509 *held = *a;

	*a = *b;
	*b = held;
}

static void drop(struct gpu_made *m, size_t i)
{
	X509_free(m->certs[i]);
	for (m->cert_count--; i < m->cert_count; i++)
		m->certs[i] = m->certs[i + 1];
	m->certs[m->cert_count] = NULL;
}

static void repeat_root(struct gpu_made *m)
{
	X509 *root = m->certs[m->cert_count - 1];

	if (!X509_up_ref(root))
		abort();
	m->certs[m->cert_count++] = root;
}

static void twist(enum gpu_chain how, struct gpu_made *m)
{
	switch (how) {
	case GPU_CHAIN_NONE:
		while (m->cert_count)
			drop(m, 0);
		break;
	case GPU_CHAIN_SWAPPED:
		swap(&m->certs[1], &m->certs[2]);
		break;
	case GPU_CHAIN_BACKWARDS:
		swap(&m->certs[0], &m->certs[4]);
		swap(&m->certs[1], &m->certs[3]);
		break;
	case GPU_CHAIN_FOUR:
		drop(m, 3);
		break;
	case GPU_CHAIN_ROOTLESS:
		drop(m, 4);
		break;
	case GPU_CHAIN_SHIFTED:
		drop(m, 0);
		repeat_root(m);
		break;
	case GPU_CHAIN_SIX:
		repeat_root(m);
		break;
	default:
		break;
	}
}

void gpu_make_chain(const struct gpu_spec *s, struct gpu_made *m)
{
	static const char root[] = "NVIDIA Device Identity CA";
	unsigned key = s->chain == GPU_CHAIN_OTHER_ROOT ? GPU_KEY_OTHER : GPU_KEY_ROOT;
	bool is_gb = s->chip == GPU_GB100;

	m->certs[4] = s->root ? s->root : make_ca(root, NULL, 1, key, NULL, key);
	if (s->root && !X509_up_ref(s->root))
		abort();
	m->root = m->certs[4];
	if (s->chain == GPU_CHAIN_OTHER_ROOT)
		m->root = make_ca(root, NULL, 1, GPU_KEY_ROOT, NULL, GPU_KEY_ROOT);
	else if (!X509_up_ref(m->root))
		abort();
	m->certs[3] = make_ca(is_gb ? "NVIDIA GB100 Identity" : "NVIDIA GH100 Identity",
			      "http://crl.ndis.nvidia.com/crl/l1-root.crl", 3, GPU_KEY_IDENTITY,
			      m->certs[4], key);
	m->certs[2] = make_ca(s->maker_cn,
			      is_gb ? "http://crl.ndis.nvidia.com/crl/l2-gb100.crl"
				    : "http://crl.ndis.nvidia.com/crl/l2-gh100.crl",
			      2, GPU_KEY_MAKER, m->certs[3], GPU_KEY_IDENTITY);
	m->certs[1] = make_device(s, m->certs[2]);
	m->certs[0] = make_leaf(s, m->certs[1]);
	m->cert_count = 5;
	twist(s->chain, m);
}
