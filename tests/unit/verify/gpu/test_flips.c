/* No bit may change: of the signed bytes, of the signature, of any certificate. */
#include <criterion/criterion.h>

#include "attest/verify/gpu/report.h"
#include "tests/support/evidence/pki.h"
#include "tests/unit/verify/gpu/device_rig.h"
#include "tests/unit/verify/gpu/vectors.h"

/* The certificate with one byte changed, if it still is one. */
static bool reread(struct span der, size_t bit, X509 **ret)
{
	struct certs one = { 0 };
	uint8_t *copy = malloc(der.len);

	cr_assert(copy);
	memcpy(copy, der.at, der.len);
	copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	if (certs_add_der(&one, span(copy, der.len), NULL) == 0)
		*ret = one.at[0];
	free(copy);
	return one.count;
}

static void flip_certificate(struct device_rig *r, size_t place)
{
	AUTO_BUF struct buf der = pki_der(r->made.certs[place]);
	struct certs *certs = &r->rig.part.certs;
	X509 *good = certs->at[place], *changed = NULL;
	size_t read = 0;

	for (size_t bit = 0; bit < 8 * der.len; bit++) {
		if (!reread(buf_view(&der), bit, &changed))
			continue;
		certs->at[place] = changed;
		(void)device_run(r);
		cr_assert(rig_word(&r->rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED,
			  "certificate %zu, bit %zu", place, bit);
		X509_free(changed);
		read++;
	}
	certs->at[place] = good;
	printf("certificate %zu: %zu bits, %zu of them still certificates\n", place, 8 * der.len,
	       read);
}

/* A test for each certificate: they run side by side. */
static void flip_certificates(size_t place)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_rig_init(&r, &s);
	flip_certificate(&r, place);
	(void)device_run(&r);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	device_rig_done(&r);
}

Test(flips, every_bit_of_the_leaf_is_refused)
{
	flip_certificates(0);
}

Test(flips, every_bit_of_the_devices_certificate_is_refused)
{
	flip_certificates(1);
}

Test(flips, every_bit_of_the_makers_certificate_is_refused)
{
	flip_certificates(2);
}

Test(flips, every_bit_of_the_identity_ca_is_refused)
{
	flip_certificates(3);
}

Test(flips, every_bit_of_the_root_is_refused)
{
	flip_certificates(4);
}

/* The whole verifier, a bit of each byte, another one from byte to byte. */
static void flip_bytes(enum gpu_chip chip)
{
	struct gpu_spec s = gpu_spec(chip);
	struct device_rig r;

	device_rig_init(&r, &s);
	for (size_t i = 0; i < r.made.report_len; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		r.made.report.at[i] ^= bit;
		(void)device_run(&r);
		cr_assert(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED, "byte %zu", i);
		r.made.report.at[i] ^= bit;
	}
	row_print("1", "a bit of every byte of the report", r.rig.context.verdict);
	(void)device_run(&r);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	device_rig_done(&r);
}

Test(flips, a_bit_of_every_byte_of_a_gpus_report_is_refused_by_the_whole_verifier)
{
	flip_bytes(GPU_GH100);
}

Test(flips, a_bit_of_every_byte_of_a_switchs_report_is_refused_by_the_whole_verifier)
{
	flip_bytes(GPU_LS10);
}

/* Layout and signature alone, under the leaf's key: the chain is the same for each bit. */
static size_t flip_bits(const struct gpu_made *m, size_t first, size_t end)
{
	EVP_PKEY *key = X509_get0_pubkey(m->certs[0]);
	uint8_t *copy = malloc(m->report_len);
	size_t parsed = 0;

	cr_assert(copy);
	memcpy(copy, m->report.at, m->report_len);
	for (size_t bit = 8 * first; bit < 8 * end; bit++) {
		struct gpu_report report;

		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!gpu_report_parse(span(copy, m->report_len), &report, NULL)) {
			cr_assert(spdm_signature(&report.spdm, key, NULL) == -FAIL_FORGED,
				  "bit %zu", bit);
			parsed++;
		}
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(copy);
	return parsed;
}

#define SHARES 4

/* The report in shares, each a test of its own: they run side by side. */
static void flip_share(size_t share)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct gpu_made m = gpu_make(&s);
	size_t first = m.report_len * share / SHARES;
	size_t end = m.report_len * (share + 1) / SHARES;
	size_t parsed = flip_bits(&m, first, end);

	printf("row %-5s bytes %zu .. %zu: every bit refused, %zu by the signature\n", "1", first,
	       end - 1, parsed);
	gpu_made_done(&m);
}

Test(flips, every_bit_of_the_report_is_refused_share_1)
{
	flip_share(0);
}

Test(flips, every_bit_of_the_report_is_refused_share_2)
{
	flip_share(1);
}

Test(flips, every_bit_of_the_report_is_refused_share_3)
{
	flip_share(2);
}

Test(flips, every_bit_of_the_report_is_refused_share_4)
{
	flip_share(3);
}

/* --- Recorded evidence ------------------------------------------------------------------------ */

static void flip_vector(const char *name, const char *chain)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf bytes = vector_hex(name);
	struct gpu_report report;
	EVP_PKEY *key;
	size_t end;

	vector_chain(chain, &certs);
	key = X509_get0_pubkey(certs.at[0]);
	cr_assert_eq(gpu_report_parse(buf_view(&bytes), &report, NULL), 0);
	cr_assert_eq(spdm_signature(&report.spdm, key, NULL), 0);
	end = report.spdm.report.len;
	for (size_t i = 0; i < end; i++) {
		bytes.at[i] ^= (uint8_t)(1u << i % 8);
		cr_assert(gpu_report_parse(buf_view(&bytes), &report, NULL) == -FAIL_INPUT ||
				  spdm_signature(&report.spdm, key, NULL) == -FAIL_FORGED,
			  "%s: byte %zu", name, i);
		bytes.at[i] ^= (uint8_t)(1u << i % 8);
	}
	printf("row %-5s %s: a bit of each of %zu bytes refused\n", "8.3", name, end);
}

Test(flips, a_bit_of_every_byte_of_each_recorded_report_is_refused)
{
	flip_vector("hopper-report.hex", "hopper-chain-case1.pem");
	flip_vector("hopper-coco-report.hex", "hopper-coco-chain.pem");
	flip_vector("hopper-535-report.hex", "hopper-535-chain.pem");
	flip_vector("ls10-report.hex", "ls10-chain.pem");
}

/* All five of a chain, a bit of each byte, through the whole verifier. */
Test(flips, a_bit_of_every_byte_of_a_recorded_chain_is_refused)
{
	AUTO_BUF struct buf bytes = vector_hex("hopper-report.hex");
	struct rig r;

	rig_init(&r, PART_GPU);
	vector_chain("hopper-chain-case1.pem", &r.part.certs);
	for (size_t place = 0; place < 5; place++) {
		X509 *good = r.part.certs.at[place], *changed = NULL;
		AUTO_BUF struct buf der = pki_der(good);

		for (size_t i = 0; i < der.len; i++) {
			if (!reread(buf_view(&der), 8 * i + i % 8, &changed))
				continue;
			r.part.certs.at[place] = changed;
			(void)rig_run(&r, gpu_verify, buf_view(&bytes));
			cr_assert(rig_word(&r, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED,
				  "certificate %zu, byte %zu", place, i);
			X509_free(changed);
		}
		r.part.certs.at[place] = good;
	}
	(void)rig_run(&r, gpu_verify, buf_view(&bytes));
	cr_expect(rig_word(&r, VERIFY_GENUINE) == VERIFY_GENUINE_YES);
	rig_done(&r);
}
