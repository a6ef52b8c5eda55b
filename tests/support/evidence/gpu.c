#include "tests/support/evidence/gpu.h"

#include <openssl/ecdsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "tests/support/evidence/gpu_chain.h"
#include "tests/support/evidence/pki.h"

#define GPU_BLOCKS    64
#define SWITCH_BLOCKS 31
#define LINKS	      18

/* --- Fields ----------------------------------------------------------------------------------- */

struct gpu_field *gpu_field(struct gpu_spec *s, uint16_t id)
{
	for (size_t i = 0; i < s->field_count; i++)
		if (s->fields[i].id == id)
			return &s->fields[i];
	return NULL;
}

static void fill(struct gpu_field *f, uint16_t id, const void *at, size_t len)
{
	if (len > sizeof(f->at))
		abort();
	*f = (struct gpu_field){ .id = id, .len = (uint16_t)len };
	if (len)
		memcpy(f->at, at, len);
}

void gpu_append(struct gpu_spec *s, uint16_t id, const void *at, size_t len)
{
	if (s->field_count == GPU_MADE_FIELDS)
		abort();
	fill(&s->fields[s->field_count++], id, at, len);
}

void gpu_set(struct gpu_spec *s, uint16_t id, const void *at, size_t len)
{
	struct gpu_field *f = gpu_field(s, id);

	if (f)
		fill(f, id, at, len);
	else
		gpu_append(s, id, at, len);
}

void gpu_drop(struct gpu_spec *s, uint16_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->field_count; i++)
		if (s->fields[i].id != id)
			s->fields[kept++] = s->fields[i];
	s->field_count = kept;
}

/* Text with the NUL that drivers put behind it. */
static void set_text(struct gpu_spec *s, uint16_t id, const char *text)
{
	gpu_set(s, id, text, strlen(text) + 1);
}

/* --- Good reports ----------------------------------------------------------------------------- */

/* A third of the slots is used; the rest is zero, as on the hardware. */
static void make_blocks(struct gpu_spec *s, size_t count)
{
	s->block_count = count;
	for (size_t i = 0; i < count; i++) {
		struct gpu_block *b = &s->blocks[i];

		*b = (struct gpu_block){ .index = (uint8_t)(i + 1),
					 .specification = 1,
					 .size = 51,
					 .type = 1,
					 .value_size = 48 };
		for (size_t k = 0; i % 3 == 0 && k < sizeof(b->value); k++)
			b->value[k] = (uint8_t)(i * 7 + k * 3 + (unsigned)s->chip + 1);
	}
}

static void make_extends(struct gpu_spec *s, size_t count)
{
	uint8_t counts[4 * GPU_BLOCKS] = { 0 };

	for (size_t i = 0; i < count; i += 3)
		counts[4 * i] = 1;
	gpu_append(s, 12, counts, 4 * count);
}

static void make_gpu_fields(struct gpu_spec *s)
{
	bool is_gb = s->chip == GPU_GB100;
	static const uint8_t hopper_vbios[] = { 0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0 };
	static const uint8_t blackwell_vbios[] = { 0x00, 0x88, 0x00, 0x97, 0x0f, 0, 0, 0 };
	const uint8_t info[8] = { is_gb ? 0xa0 : 0x80, 1 };

	gpu_append(s, 6, is_gb ? blackwell_vbios : hopper_vbios, 8);
	gpu_append(s, 14, "\x01\x02\x03\x00", 4);
	gpu_append(s, 15, is_gb ? "895\0\0\0\0\0" : "882\0\0\0\0\0", 9);
	gpu_append(s, 16, "0\0\0\0", 5);
	set_text(s, 17, is_gb ? "G525" : "1010");
	set_text(s, 18, is_gb ? "0220" : "0200");
	gpu_append(s, 19, "", 1);
	set_text(s, 3, is_gb ? "575.32" : "550.90.07");
	gpu_append(s, 4, info, sizeof(info));
	make_extends(s, GPU_BLOCKS);
	gpu_append(s, 13, is_gb ? "\0\0\4\0" : "\0\xc0\1\0", 4);
	gpu_append(s, 11, "\x55", 1);
	gpu_append(s, 20, s->fwid, sizeof(s->fwid));
	if (is_gb) {
		gpu_append(s, 33, "\7\7", 2);
		gpu_append(s, 34, "\0\0", 2);
	} else {
		gpu_append(s, 21, "\x55", 1);
		gpu_append(s, 34, "\1\0", 2);
		gpu_append(s, 36, "\0\0", 2);
	}
}

static void make_switch_fields(struct gpu_spec *s)
{
	uint8_t gpus[128] = { 0 };

	memset(gpus + 64, 0xff, 64);
	gpu_append(s, 6, "96.10.55.00.01", 14);
	gpu_append(s, 22, s->pdi, sizeof(s->pdi));
	make_extends(s, 26);
	gpu_append(s, 26, gpus, sizeof(gpus));
	gpu_append(s, 23, "\xec\0", 2);
	gpu_append(s, 24, "\0\0", 2);
	gpu_append(s, 25, "\1\0", 2);
}

static void make_names(struct gpu_spec *s)
{
	static const char *const chips[] = { "GH100", "GB100", "LS_10" };
	const char *chip = chips[s->chip], *unit = s->chip == GPU_LS10 ? "FSP" : "GSP";

	(void)snprintf(s->leaf_cn, sizeof(s->leaf_cn), "%s A01 %s FMC LF", chip, unit);
	(void)snprintf(s->device_cn, sizeof(s->device_cn), "%s A01 %s BROM", chip, unit);
	(void)snprintf(s->maker_cn, sizeof(s->maker_cn), "NVIDIA %s Provisioner ICA 1", chip);
	(void)snprintf(s->info, sizeof(s->info), "NVIDIA:%s:0123456789ABCDEF", chip);
}

struct gpu_spec gpu_spec(enum gpu_chip chip)
{
	struct gpu_spec s = { .chip = chip,
			      .request = { 0x11, 0xe0, 0x01, 0xff },
			      .response = { 0x11, 0x60, 0x00, 0x00 },
			      .leaf_key = GPU_KEY_LEAF };

	memset(s.nonce, 0x5a, sizeof(s.nonce));
	memset(s.responder_nonce, 0xc3, sizeof(s.responder_nonce));
	memset(s.pdi, 0x10 + (int)chip, sizeof(s.pdi));
	memset(s.leaf_serial, 0x20 + (int)chip, sizeof(s.leaf_serial));
	memset(s.fwid, 0x30 + (int)chip, sizeof(s.fwid));
	make_names(&s);
	if (chip == GPU_LS10) {
		make_blocks(&s, SWITCH_BLOCKS);
		make_switch_fields(&s);
	} else {
		make_blocks(&s, GPU_BLOCKS);
		make_gpu_fields(&s);
	}
	return s;
}

struct gpu_spec gpu_spec_old(void)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	set_text(&s, 3, "535.86.09");
	gpu_drop(&s, 20);
	gpu_drop(&s, 21);
	gpu_drop(&s, 34);
	gpu_drop(&s, 36);
	return s;
}

/* --- A protected PCIe group ------------------------------------------------------------------- */

static void name_member(struct gpu_spec *s, uint8_t i)
{
	for (size_t k = 0; k < sizeof(s->pdi); k++)
		s->pdi[k] = (uint8_t)(0x11u * (i + 1u) + k);
	s->leaf_serial[0] = 0x40;
	s->leaf_serial[19] = i;
	s->info[strlen(s->info) - 1] = (char)('A' + i % 6);
}

/* 5, 4, 5 and 4 links to the four switches, as on the hardware. */
static void link_gpu(struct gpu_spec *s, const struct gpu_spec switches[static GPU_SET_SWITCHES])
{
	uint8_t links[LINKS * 8];

	for (size_t i = 0; i < LINKS; i++)
		for (size_t k = 0; k < 8; k++)
			links[8 * i + k] = switches[i % GPU_SET_SWITCHES].pdi[7 - k];
	gpu_set(s, 21, "\xaa", 1);
	gpu_set(s, 22, links, sizeof(links));
	gpu_set(s, 36, "\2\0", 2);
}

static void link_switch(struct gpu_spec *s, uint8_t place,
			const struct gpu_spec gpus[static GPU_SET_GPUS])
{
	const uint8_t position[2] = { place, 0 };
	uint8_t map[128];

	for (size_t i = 0; i < GPU_SET_GPUS; i++)
		memcpy(map + 8 * i, gpus[i].pdi, 8);
	for (size_t i = 0; i < 64; i++)
		map[64 + i] = i < 40 ? (uint8_t)(i % 8) : 0xff;
	gpu_set(s, 22, s->pdi, sizeof(s->pdi));
	gpu_set(s, 24, position, 2);
	gpu_set(s, 26, map, sizeof(map));
}

void gpu_spec_set(struct gpu_spec ret[static GPU_SET])
{
	for (uint8_t i = 0; i < GPU_SET; i++) {
		ret[i] = gpu_spec(i < GPU_SET_GPUS ? GPU_GH100 : GPU_LS10);
		name_member(&ret[i], i);
	}
	for (uint8_t i = 0; i < GPU_SET_GPUS; i++)
		link_gpu(&ret[i], ret + GPU_SET_GPUS);
	for (uint8_t i = 0; i < GPU_SET_SWITCHES; i++)
		link_switch(&ret[GPU_SET_GPUS + i], i, ret);
}

/* --- Bytes ------------------------------------------------------------------------------------ */

static void put(struct buf *b, const void *at, size_t len)
{
	if (buf_append(b, span(at, len), SIZE_MAX, NULL))
		abort();
}

static void put_number(struct buf *b, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	put(b, bytes, len);
}

static void put_blocks(struct buf *b, const struct gpu_spec *s)
{
	for (size_t i = 0; i < s->block_count; i++) {
		const struct gpu_block *k = &s->blocks[i];

		put_number(b, k->index, 1);
		put_number(b, k->specification, 1);
		put_number(b, k->size, 2);
		put_number(b, k->type, 1);
		put_number(b, k->value_size, 2);
		put(b, k->value, sizeof(k->value));
	}
}

static void put_fields(struct buf *b, const struct gpu_spec *s)
{
	for (size_t i = 0; i < s->field_count; i++) {
		const struct gpu_field *f = &s->fields[i];

		put_number(b, f->id, 2);
		put_number(b, (uint64_t)((int)f->len + f->len_delta), 2);
		put(b, f->at, f->len);
	}
}

static void put_signed(const struct gpu_spec *s, struct gpu_made *m)
{
	AUTO_BUF struct buf blocks = BUF_EMPTY, fields = BUF_EMPTY;
	struct buf *b = &m->report;

	put_blocks(&blocks, s);
	put_fields(&fields, s);
	put(b, s->request, sizeof(s->request));
	put(b, s->nonce, sizeof(s->nonce));
	put_number(b, s->request_slot, 1);
	put(b, s->response, sizeof(s->response));
	put_number(b, (uint64_t)((int)s->block_count + s->block_count_delta), 1);
	put_number(b, (uint64_t)((int64_t)blocks.len + s->record_len_delta), 3);
	put(b, blocks.at, blocks.len);
	put(b, s->responder_nonce, sizeof(s->responder_nonce));
	put_number(b, (uint64_t)((int64_t)fields.len + s->opaque_len_delta), 2);
	m->opaque_at = b->len;
	put(b, fields.at, fields.len);
	m->signed_len = b->len;
}

/* --- Signature -------------------------------------------------------------------------------- */

static const uint8_t ORDER[48] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
	0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

static void as_der(uint8_t rs[static 96])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *der = NULL;
	int len;

	if (!sig || !ECDSA_SIG_set0(sig, BN_bin2bn(rs, 48, NULL), BN_bin2bn(rs + 48, 48, NULL)))
		abort();
	len = i2d_ECDSA_SIG(sig, &der);
	if (len < 96)
		abort();
	memcpy(rs, der, 96);
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
}

static void twist(enum gpu_sign how, uint8_t rs[static 96])
{
	uint8_t held[48];

	switch (how) {
	case GPU_SIGN_R_ZERO:
		memset(rs, 0, 48);
		break;
	case GPU_SIGN_S_ZERO:
		memset(rs + 48, 0, 48);
		break;
	case GPU_SIGN_R_ORDER:
		memcpy(rs, ORDER, 48);
		break;
	case GPU_SIGN_S_ORDER:
		memcpy(rs + 48, ORDER, 48);
		break;
	case GPU_SIGN_DER:
		as_der(rs);
		break;
	case GPU_SIGN_SWAPPED:
		memcpy(held, rs, 48);
		memcpy(rs, rs + 48, 48);
		memcpy(rs + 48, held, 48);
		break;
	default:
		break;
	}
}

static void put_signature(const struct gpu_spec *s, struct gpu_made *m)
{
	EVP_PKEY *key = pki_p384(s->sign == GPU_SIGN_OTHER_KEY ? GPU_KEY_OTHER : s->leaf_key);
	uint8_t rs[96];

	pki_ecdsa(key, s->sign == GPU_SIGN_SHA256 ? DIGEST_SHA256 : DIGEST_SHA384,
		  buf_view(&m->report), rs, rs + 48, 48);
	EVP_PKEY_free(key);
	twist(s->sign, rs);
	put(&m->report, rs, sizeof(rs));
	m->report_len = m->report.len;
}

struct gpu_made gpu_make(const struct gpu_spec *s)
{
	struct gpu_made m = { 0 };

	put_signed(s, &m);
	put_signature(s, &m);
	for (size_t i = 0; i < s->trailing; i++)
		put(&m.report, &s->trailing_byte, 1);
	gpu_make_chain(s, &m);
	return m;
}

void gpu_made_done(struct gpu_made *m)
{
	for (size_t i = 0; i < m->cert_count; i++)
		X509_free(m->certs[i]);
	X509_free(m->root);
	buf_done(&m->report);
	*m = (struct gpu_made){ 0 };
}
