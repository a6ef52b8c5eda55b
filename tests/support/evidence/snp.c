#include "tests/support/evidence/snp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define R_AT	     0x2a0
#define S_AT	     0x2e8
#define SIGNED_BYTES 0x2a0
#define P384_BYTES   48

/* SEC 2, secp384r1: the order of the group. */
static const uint8_t p384_order[P384_BYTES] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
	0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

static void put(uint8_t *at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void fill(uint8_t *at, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(first + i);
}

struct snp_spec snp_spec(enum snp_gen product, enum snp_gen_key key)
{
	static const struct snp_levels levels[] = {
		[SNP_GEN_MILAN] = { 0, 4, 0, 24, 219 },
		[SNP_GEN_GENOA] = { 0, 10, 0, 23, 84 },
		[SNP_GEN_TURIN] = { 1, 2, 3, 4, 75 },
	};
	static const uint8_t models[][2] = { { 0x19, 0x01 }, { 0x19, 0x11 }, { 0x1a, 0x02 } };
	static const char *const names[] = { "Milan-B0", "Genoa", "Turin" };
	struct snp_spec s = {
		.product = product,
		.version = product == SNP_GEN_TURIN ? 5 : 3,
		.policy = 1 << 17 | 1 << 16 | 0x0133,
		.sig_algo = 1,
		.current = levels[product],
		.reported = levels[product],
		.committed = levels[product],
		.launch = levels[product],
		.platform_info = 0x25,
		.key_info = (uint32_t)key << 2,
		.family = models[product][0],
		.model = models[product][1],
		.stepping = 1,
		.current_version = { 40, 55, 1 },
		.committed_version = { 40, 55, 1 },
		.launch_mit_vector = 3,
		.current_mit_vector = 7,
		.leaf_key = key,
		.struct_version = product == SNP_GEN_TURIN,
		.product_name = names[product],
		.csp_id = "CN=cloud.example",
		.crl_from = 1780000000,
		.crl_to = 1800000000,
	};

	fill(s.report_data, sizeof(s.report_data), 0x10);
	fill(s.measurement, sizeof(s.measurement), 0x80);
	fill(s.host_data, sizeof(s.host_data), 0x40);
	fill(s.report_id, sizeof(s.report_id), 0x60);
	memset(s.report_id_ma, 0xff, sizeof(s.report_id_ma));
	if (key != SNP_GEN_VLEK)
		fill(s.chip_id, product == SNP_GEN_TURIN ? 8 : sizeof(s.chip_id), 0xa0);
	return s;
}

static void put_tcb(uint8_t *at, enum snp_gen product, const struct snp_levels *t)
{
	uint8_t *next = at;

	if (product == SNP_GEN_TURIN)
		*next++ = t->fmc;
	*next++ = t->bootloader;
	*next++ = t->tee;
	if (product == SNP_GEN_TURIN)
		*next = t->snp;
	else
		at[6] = t->snp;
	at[7] = t->microcode;
}

static void put_fields(const struct snp_spec *s, uint8_t *b)
{
	put(b + 0x000, s->version, 4);
	put(b + 0x004, s->guest_svn, 4);
	put(b + 0x008, s->policy, 8);
	memcpy(b + 0x010, s->family_id, sizeof(s->family_id));
	memcpy(b + 0x020, s->image_id, sizeof(s->image_id));
	put(b + 0x030, s->vmpl, 4);
	put(b + 0x034, s->sig_algo, 4);
	put_tcb(b + 0x038, s->product, &s->current);
	put(b + 0x040, s->platform_info, 8);
	put(b + 0x048, s->key_info, 4);
	memcpy(b + 0x050, s->report_data, sizeof(s->report_data));
	memcpy(b + 0x090, s->measurement, sizeof(s->measurement));
	memcpy(b + 0x0c0, s->host_data, sizeof(s->host_data));
	memcpy(b + 0x0e0, s->id_key_digest, sizeof(s->id_key_digest));
	memcpy(b + 0x110, s->author_key_digest, sizeof(s->author_key_digest));
	memcpy(b + 0x140, s->report_id, sizeof(s->report_id));
	memcpy(b + 0x160, s->report_id_ma, sizeof(s->report_id_ma));
	put_tcb(b + 0x180, s->product, &s->reported);
	memcpy(b + 0x1a0, s->chip_id, sizeof(s->chip_id));
	put_tcb(b + 0x1e0, s->product, &s->committed);
	memcpy(b + 0x1e8, s->current_version, 3);
	memcpy(b + 0x1ec, s->committed_version, 3);
	put_tcb(b + 0x1f0, s->product, &s->launch);
	if (s->version >= 3) {
		b[0x188] = s->family;
		b[0x189] = s->model;
		b[0x18a] = s->stepping;
	}
	if (s->version >= 5) {
		put(b + 0x1f8, s->launch_mit_vector, 8);
		put(b + 0x200, s->current_mit_vector, 8);
	}
	for (size_t i = 0; i < s->poke_count; i++)
		b[s->pokes[i].at] = s->pokes[i].value;
}

/* R or S, little-endian as in a report. */
static void put_number(uint8_t *at, const uint8_t big_endian[P384_BYTES])
{
	for (size_t i = 0; i < P384_BYTES; i++)
		at[i] = big_endian[P384_BYTES - 1 - i];
}

static void spoil(enum snp_sign sign, uint8_t *b, const uint8_t *r, const uint8_t *s)
{
	static const uint8_t zero[P384_BYTES] = { 0 };

	switch (sign) {
	case SNP_SIGN_ZERO:
		put_number(b + R_AT, zero);
		put_number(b + S_AT, zero);
		break;
	case SNP_SIGN_R_ZERO:
		put_number(b + R_AT, zero);
		break;
	case SNP_SIGN_S_ZERO:
		put_number(b + S_AT, zero);
		break;
	case SNP_SIGN_R_ORDER:
		put_number(b + R_AT, p384_order);
		break;
	case SNP_SIGN_S_ORDER:
		put_number(b + S_AT, p384_order);
		break;
	case SNP_SIGN_R_HIGH:
		b[R_AT + P384_BYTES] = 1;
		break;
	case SNP_SIGN_S_HIGH:
		b[S_AT + P384_BYTES + 23] = 0x80;
		break;
	case SNP_SIGN_BIG_ENDIAN:
		memcpy(b + R_AT, r, P384_BYTES);
		memcpy(b + S_AT, s, P384_BYTES);
		break;
	case SNP_SIGN_SWAPPED:
		put_number(b + R_AT, s);
		put_number(b + S_AT, r);
		break;
	case SNP_SIGN_GOOD:
	case SNP_SIGN_OTHER_KEY:
	case SNP_SIGNS:
		break;
	}
}

void snp_resign(const struct snp_spec *s, struct snp_made *m)
{
	EVP_PKEY *key = pki_p384(s->sign == SNP_SIGN_OTHER_KEY ? SNP_P384_OTHER : SNP_P384_LEAF);
	uint8_t r[P384_BYTES], sv[P384_BYTES];

	memset(m->report + R_AT, 0, sizeof(m->report) - R_AT);
	pki_ecdsa(key, DIGEST_SHA384, span(m->report, SIGNED_BYTES), r, sv, P384_BYTES);
	put_number(m->report + R_AT, r);
	put_number(m->report + S_AT, sv);
	spoil(s->sign, m->report, r, sv);
	for (size_t i = 0; i < s->poke_count; i++)
		if (s->pokes[i].at >= R_AT)
			m->report[s->pokes[i].at] = s->pokes[i].value;
	EVP_PKEY_free(key);
}

struct snp_made snp_make(const struct snp_spec *s)
{
	struct snp_made m = { .leaf = NULL };

	put_fields(s, m.report);
	snp_make_certs(s, &m);
	snp_resign(s, &m);
	return m;
}

void snp_made_done(struct snp_made *m)
{
	X509_free(m->leaf);
	X509_free(m->ask);
	X509_free(m->ark);
	X509_free(m->sent_ark);
	buf_done(&m->crl);
	*m = (struct snp_made){ .leaf = NULL };
}
