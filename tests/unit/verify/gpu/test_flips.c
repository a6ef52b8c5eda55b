/* No bit may change: of the signed bytes, of the signature, of any certificate. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/verify/gpu/report.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"
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
	size_t read = 0, count = 0;

	for (size_t bit = 0; bit < 8 * der.len; bit = flips_next(bit), count++) {
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
	printf("certificate %zu: %zu bits, %zu of them still certificates\n", place, count, read);
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

Test(flips, flipped_bits_of_the_leaf_are_refused)
{
	flip_certificates(0);
}

Test(flips, flipped_bits_of_the_devices_certificate_are_refused)
{
	flip_certificates(1);
}

Test(flips, flipped_bits_of_the_makers_certificate_are_refused)
{
	flip_certificates(2);
}

Test(flips, flipped_bits_of_the_identity_ca_are_refused)
{
	flip_certificates(3);
}

Test(flips, flipped_bits_of_the_root_are_refused)
{
	flip_certificates(4);
}

/* Through the whole verifier. */
static void flip_bytes(enum gpu_chip chip)
{
	struct gpu_spec s = gpu_spec(chip);
	struct device_rig r;

	device_rig_init(&r, &s);
	for (size_t bit = 0; bit < 8 * r.made.report_len; bit = flips_next_of(bit, 4)) {
		r.made.report.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		(void)device_run(&r);
		cr_assert(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED, "bit %zu",
			  bit);
		r.made.report.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	row_print("1", "flipped bits of the report", r.rig.context.verdict);
	(void)device_run(&r);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_TEST);
	device_rig_done(&r);
}

Test(flips, flipped_bits_of_a_gpus_report_are_refused_by_the_whole_verifier)
{
	flip_bytes(GPU_GH100);
}

Test(flips, flipped_bits_of_a_switchs_report_are_refused_by_the_whole_verifier)
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
	for (size_t bit = 8 * first; bit < 8 * end; bit = flips_next(bit)) {
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

	printf("row %-5s bytes %zu .. %zu: all refused, %zu by the signature\n", "1", first,
	       end - 1, parsed);
	gpu_made_done(&m);
}

Test(flips, flipped_bits_of_the_report_are_refused_share_1)
{
	flip_share(0);
}

Test(flips, flipped_bits_of_the_report_are_refused_share_2)
{
	flip_share(1);
}

Test(flips, flipped_bits_of_the_report_are_refused_share_3)
{
	flip_share(2);
}

Test(flips, flipped_bits_of_the_report_are_refused_share_4)
{
	flip_share(3);
}

/* --- Recorded evidence ------------------------------------------------------------------------ */

/* Of each device every fourth or eighth byte, and other ones of the next: as many of a kind were
 * recorded together. */
struct share {
	size_t nth, step_bytes;
};

static void flip_recorded_report(struct buf *bytes, const struct certs *certs, struct share share,
				 const char *name)
{
	EVP_PKEY *key = X509_get0_pubkey(certs->at[0]);
	struct gpu_report report;
	size_t end, count = 0;

	cr_assert_eq(gpu_report_parse(buf_view(bytes), &report, NULL), 0);
	cr_assert_eq(spdm_signature(&report.spdm, key, NULL), 0);
	end = 8 * report.spdm.report.len;
	for (size_t bit = flips_first_of(share.nth, share.step_bytes); bit < end;
	     bit = flips_next_of(bit, share.step_bytes)) {
		bytes->at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert(gpu_report_parse(buf_view(bytes), &report, NULL) == -FAIL_INPUT ||
				  spdm_signature(&report.spdm, key, NULL) == -FAIL_FORGED,
			  "%s: bit %zu", name, bit);
		bytes->at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		count++;
	}
	printf("row %-5s %s: %zu of %zu bits of the report refused\n", "8.3", name, count, end);
}

/* Through the whole verifier: the chain comes before anything else. */
static void flip_recorded_chain(struct buf *bytes, struct certs *certs, enum part_kind kind,
				struct share share, const char *name)
{
	size_t count = 0;
	struct rig r;

	rig_init(&r, kind);
	r.part.certs = *certs;
	for (size_t place = 0; place < certs->count; place++) {
		X509 *good = certs->at[place], *changed = NULL;
		AUTO_BUF struct buf der = pki_der(good);

		for (size_t bit = flips_first_of(share.nth, share.step_bytes); bit < 8 * der.len;
		     bit = flips_next_of(bit, share.step_bytes)) {
			count++;
			if (!reread(buf_view(&der), bit, &changed))
				continue;
			r.part.certs.at[place] = changed;
			(void)rig_run(&r, gpu_verify, buf_view(bytes));
			cr_assert(rig_word(&r, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED,
				  "%s: certificate %zu, bit %zu", name, place, bit);
			X509_free(changed);
		}
		r.part.certs.at[place] = good;
	}
	(void)rig_run(&r, gpu_verify, buf_view(bytes));
	cr_expect(rig_word(&r, VERIFY_GENUINE) == VERIFY_GENUINE_YES, "%s", name);
	*certs = (struct certs){ 0 };
	rig_done(&r);
	printf("row %-5s %s: %zu bits of the chain refused\n", "8.3", name, count);
}

struct recorded {
	char report[40], chain[40]; /* or a list of devices, and which */
	int nth;		    /* and which bytes are flipped */
	enum part_kind kind;
};

static void read_device(const struct recorded *row, struct buf *bytes, struct certs *certs)
{
	AUTO_JSON cJSON *list = vector_json(row->report);
	const cJSON *device = cJSON_GetArrayItem(list, row->nth);
	const char *text = json_text(cJSON_GetObjectItem(device, "evidence"));
	const char *chain = json_text(cJSON_GetObjectItem(device, "certificate"));
	AUTO_BUF struct buf pem = BUF_EMPTY;

	cr_assert(text && chain);
	cr_assert_eq(b64_decode(B64_STANDARD, span_text(text), SIZE_MAX, bytes, NULL), 0);
	cr_assert_eq(b64_decode(B64_STANDARD, span_text(chain), SIZE_MAX, &pem, NULL), 0);
	cr_assert_eq(certs_add_pem(certs, buf_view(&pem), NULL), 0);
}

#define PPCIE_GPU(n)                                       \
	{                                                  \
		"ppcie-gpu-evidence.json", "", n, PART_GPU \
	}
#define PPCIE_SWITCH(n)                                          \
	{                                                        \
		"ppcie-switch-evidence.json", "", n, PART_SWITCH \
	}

ParameterizedTestParameters(flips, recorded_evidence_refuses_changed_bits)
{
	static struct recorded rows[] = {
		{ "hopper-report.hex", "hopper-chain-case1.pem", 0, PART_GPU },
		{ "hopper-coco-report.hex", "hopper-coco-chain.pem", 1, PART_GPU },
		{ "hopper-535-report.hex", "hopper-535-chain.pem", 2, PART_GPU },
		{ "ls10-report.hex", "ls10-chain.pem", 0, PART_SWITCH },
		PPCIE_GPU(0),
		PPCIE_SWITCH(0),
		PPCIE_GPU(1),
		PPCIE_GPU(2),
		PPCIE_GPU(3),
		PPCIE_GPU(4),
		PPCIE_GPU(5),
		PPCIE_GPU(6),
		PPCIE_GPU(7),
		PPCIE_SWITCH(1),
		PPCIE_SWITCH(2),
		PPCIE_SWITCH(3),
	};

	return cr_make_param_array(struct recorded, rows, COUNT_OF(rows));
}

ParameterizedTest(struct recorded *row, flips, recorded_evidence_refuses_changed_bits)
{
	AUTO_CERTS struct certs certs = { 0 };
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	const struct share share = { (size_t)row->nth, row->kind == PART_SWITCH ? 4 : 8 };
	char name[64];

	(void)snprintf(name, sizeof(name), "%s %d", row->report, row->nth);
	if (row->chain[0]) {
		bytes = vector_hex(row->report);
		vector_chain(row->chain, &certs);
	} else {
		read_device(row, &bytes, &certs);
	}
	flip_recorded_report(&bytes, &certs, share, name);
	flip_recorded_chain(&bytes, &certs, row->kind, share, name);
}
