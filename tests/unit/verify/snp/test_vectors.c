/* Recorded reports of real machines, under AMD's own roots. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "attest/verify/snp/snp.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/verify/snp/snp_rig.h"

#define MAY_2025     1748000000 /* within the validity of the recorded VLEK */
#define JANUARY_2027 1800000000 /* and after it */

/* The whole file; skips when there is none. */
static struct buf vector(const char *name)
{
	struct buf bytes = BUF_EMPTY;
	struct err e = { 0 };
	uint8_t part[4096];
	char path[512];
	size_t got;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/snp/%s", VECTORS_DIR, name);
	f = fopen(path, "rb");
	if (!f)
		cr_skip_test("no vectors at %s", VECTORS_DIR);
	while ((got = fread(part, 1, sizeof(part), f)) > 0)
		cr_assert_eq(buf_append(&bytes, span(part, got), 1 << 20, &e), 0);
	(void)fclose(f);
	return bytes;
}

static void add_file(struct certs *to, const char *name)
{
	AUTO_BUF struct buf file = vector(name);
	struct err e = { 0 };

	cr_assert_eq(certs_add(to, buf_view(&file), &e), 0, "%s: %s", name, e.text);
}

/* A case without a test root: what was recorded, and its chain. */
static void start(struct snp_case *k, const char *leaf, const char *chain)
{
	*k = (struct snp_case){ .spec = { 0 } };
	rig_init(&k->rig, PART_SNP);
	k->rig.context.policy = &k->rig.policy;
	k->rig.context.test_roots = &k->rig.test_roots;
	if (leaf)
		add_file(&k->rig.part.certs, leaf);
	add_file(&k->rig.part.certs, chain);
}

static void expect_data(struct snp_case *k)
{
	k->rig.part.expect.asked = true;
	k->rig.part.expect.len = 64;
	memcpy(k->rig.part.expect.at, k->made.report + 0x50, 64);
}

static void read_report(struct snp_case *k, const char *name)
{
	AUTO_BUF struct buf file = vector(name);

	cr_assert_eq(file.len, sizeof(k->made.report));
	memcpy(k->made.report, file.at, file.len);
	expect_data(k);
}

/* CoCo's JSON: the report's bytes again, and the VCEK that came with it. */
static void read_coco(struct snp_case *k)
{
	AUTO_BUF struct buf file = vector("evidence-v3-genoa.json");
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };
	const cJSON *cert, *data;
	uint8_t der[4096];
	size_t len = 0;

	cr_assert_eq(json_parse(buf_view(&file), 1 << 20, &tree, &e), 0);
	cr_assert_eq(
		snp_report_from_json(cJSON_GetObjectItemCaseSensitive(tree, "attestation_report"),
				     k->made.report, &e),
		0, "%s", e.text);
	cert = cJSON_GetObjectItemCaseSensitive(tree, "cert_chain")->child;
	data = cJSON_GetObjectItemCaseSensitive(cert, "data");
	for (const cJSON *n = data->child; n && len < sizeof(der); n = n->next)
		der[len++] = (uint8_t)n->valueint;
	cr_assert_eq(certs_add_der(&k->rig.part.certs, span(der, len), &e), 0, "%s", e.text);
	expect_data(k);
}

/* A policy that takes the recorded report: its own measurement, and what the members say. */
static void allow(struct snp_case *k, const char *members)
{
	char hex[97], json[1024];

	digest_hex(span(k->made.report + 0x90, 48), hex);
	(void)snprintf(json, sizeof(json),
		       "{\"measurement\":\"%s\",\"revocation\":\"if-present\",%s}", hex, members);
	snp_case_policy(k, json);
}

static void allow_genoa(struct snp_case *k)
{
	allow(k, "\"min_tcb\":{\"Genoa\":{\"bootloader\":10,\"snp\":23,\"microcode\":25}}");
}

static void allow_vlek(struct snp_case *k)
{
	allow(k, "\"vmpl\":1,\"provisional_firmware\":true,"
		 "\"csp_id\":\"CN=cc-us-east-2.amazonaws.com\","
		 "\"min_tcb\":{\"Milan\":{\"bootloader\":4,\"snp\":24,\"microcode\":217}}");
}

static void allow_milan(struct snp_case *k)
{
	allow(k, "\"allow_v2\":true,\"provisional_firmware\":true,"
		 "\"min_tcb\":{\"Milan\":{\"bootloader\":3,\"snp\":8,\"microcode\":115}}");
}

static void start_genoa(struct snp_case *k)
{
	start(k, NULL, "genoa-ask-ark-asvk.pem");
	read_coco(k);
}

static void start_vlek(struct snp_case *k)
{
	start(k, "vlek.der", "milan-ask-ark-asvk.pem");
	read_report(k, "report-v3-vlek.bin");
	k->rig.context.at = MAY_2025;
}

static void start_milan(struct snp_case *k)
{
	start(k, "vcek-milan.der", "milan-ask-ark-asvk.pem");
	read_report(k, "report-v2-milan.bin");
}

static void expect(const struct snp_case *k, const char *code)
{
	cr_expect(rig_said(&k->rig, code), "no %s", code);
}

Test(snp_vectors, cocos_json_gives_the_signed_bytes_back)
{
	struct snp_case k;
	struct digest d;
	struct err e = { 0 };
	char hex[65];

	start_genoa(&k);
	cr_assert_eq(digest_of(DIGEST_SHA256, span(k.made.report, SNP_REPORT_BYTES), &d, &e), 0);
	digest_hex(span(d.at, d.len), hex);
	cr_expect_str_eq(hex, "18e907bf99a957d8ccf30f2081da17f673da648a7a0b9d551a866e875234c21a");
	snp_case_done(&k);
}

Test(snp_vectors, genoa_is_genuine_and_open_without_a_policy)
{
	struct snp_case k;

	start_genoa(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(rig_word(&k.rig, VERIFY_FRESH), VERIFY_FRESH_YES);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_UNPROVEN);
	cr_expect_eq(rig_word(&k.rig, VERIFY_WORKLOAD), VERIFY_WORKLOAD_UNKNOWN);
	expect(&k, "snp.crl-missing");
	expect(&k, "snp.no-floor");
	snp_case_done(&k);
}

Test(snp_vectors, genoa_is_accepted_by_a_policy_of_its_own)
{
	struct snp_case k;

	start_genoa(&k);
	allow_genoa(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	expect(&k, "snp.genuine");
	expect(&k, "snp.current");
	expect(&k, "snp.matches");
	cr_expect_str_eq(verify_claim(k.rig.context.verdict, "part0", "product"), "Genoa");
	snp_case_done(&k);
}

Test(snp_vectors, vlek_is_genuine_and_refused_by_default)
{
	struct snp_case k;

	start_vlek(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_NOT_ALLOWED);
	expect(&k, "snp.vmpl");
	expect(&k, "snp.provisional");
	expect(&k, "snp.csp");
	cr_expect_not(rig_said(&k.rig, "snp.expired"));
	snp_case_done(&k);
}

Test(snp_vectors, vlek_is_accepted_while_its_certificate_lives_and_not_after)
{
	struct snp_case k;

	start_vlek(&k);
	allow_vlek(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	k.rig.context.at = JANUARY_2027;
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_OUT_OF_DATE);
	expect(&k, "snp.expired");
	snp_case_done(&k);
}

Test(snp_vectors, milan_of_version_2_is_refused_by_default)
{
	struct snp_case k;

	start_milan(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_REFUSED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_NOT_ALLOWED);
	expect(&k, "snp.version-2");
	snp_case_done(&k);
}

Test(snp_vectors, milan_of_version_2_is_genuine_and_accepted_when_allowed)
{
	struct snp_case k;

	start_milan(&k);
	allow_milan(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_ACCEPTED);
	cr_expect_eq(rig_word(&k.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	snp_case_done(&k);
}

Test(snp_vectors, the_right_chain_of_another_generation_proves_nothing)
{
	struct snp_case k;

	start(&k, NULL, "milan-ask-ark-asvk.pem");
	read_coco(&k);
	allow_genoa(&k);
	cr_expect_eq(snp_case_run(&k), VERIFY_UNPROVEN);
	expect(&k, "snp.chain-missing");
	cr_expect_not_null(snp_case_missing(&k, "amd-Genoa-vcek-chain.pem"));
	snp_case_done(&k);
}

/* --- Each bit --------------------------------------------------------------------------------- */

static void expect_refused(struct snp_case *k, const char *what, size_t bit)
{
	enum verify_decision got = snp_case_run(k);
	enum verify_word w = rig_word(&k->rig, VERIFY_GENUINE);

	cr_assert(got != VERIFY_ACCEPTED && w != VERIFY_GENUINE_YES && !k->rig.part.outcome.genuine,
		  "%s: bit %zu of byte %zu", what, bit % 8, bit / 8);
}

static void flip_report(struct snp_case *k)
{
	cr_assert_eq(snp_case_run(k), VERIFY_ACCEPTED);
	for (size_t bit = 0; bit < 8 * SNP_REPORT_BYTES; bit = flips_next(bit)) {
		k->made.report[bit / 8] ^= (uint8_t)(1u << bit % 8);
		expect_refused(k, "report", bit);
		k->made.report[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert_eq(snp_case_run(k), VERIFY_ACCEPTED);
	snp_case_done(k);
}

static X509 **find_cert(struct certs *c, const char *want)
{
	char cn[64];

	for (size_t i = 0; i < c->count; i++)
		if (!cert_subject_cn(c->at[i], cn, sizeof(cn), NULL) && !strcmp(cn, want))
			return &c->at[i];
	cr_assert_fail("no %s", want);
	return NULL;
}

static void flip_cert(struct snp_case *k, const char *cn)
{
	X509 **place = find_cert(&k->rig.part.certs, cn), *kept = *place;
	struct buf der = pki_der(kept);

	cr_assert_eq(snp_case_run(k), VERIFY_ACCEPTED);
	for (size_t bit = 0; bit < 8 * der.len; bit = flips_next(bit)) {
		struct certs changed = { 0 };

		der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!certs_add_der(&changed, buf_view(&der), NULL)) {
			*place = changed.at[0];
			expect_refused(k, cn, bit);
		}
		certs_done(&changed);
		der.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	*place = kept;
	cr_assert_eq(snp_case_run(k), VERIFY_ACCEPTED);
	buf_done(&der);
	snp_case_done(k);
}

Test(snp_vectors, flipped_bits_of_the_genoa_report)
{
	struct snp_case k;

	start_genoa(&k);
	allow_genoa(&k);
	flip_report(&k);
}

Test(snp_vectors, flipped_bits_of_the_vlek_report)
{
	struct snp_case k;

	start_vlek(&k);
	allow_vlek(&k);
	flip_report(&k);
}

Test(snp_vectors, flipped_bits_of_the_milan_report)
{
	struct snp_case k;

	start_milan(&k);
	allow_milan(&k);
	flip_report(&k);
}

#define FLIP_CERT(name, product, cn)              \
	Test(snp_vectors, flipped_bits_of_##name) \
	{                                         \
		struct snp_case k;                \
                                                  \
		start_##product(&k);              \
		allow_##product(&k);              \
		flip_cert(&k, cn);                \
	}

FLIP_CERT(the_genoa_vcek, genoa, "SEV-VCEK")
FLIP_CERT(the_genoa_ask, genoa, "SEV-Genoa")
FLIP_CERT(the_genoa_ark, genoa, "ARK-Genoa")
FLIP_CERT(the_milan_vlek, vlek, "SEV-VLEK")
FLIP_CERT(the_milan_asvk, vlek, "SEV-VLEK-Milan")
FLIP_CERT(the_milan_vcek, milan, "SEV-VCEK")
FLIP_CERT(the_milan_ask, milan, "SEV-Milan")
FLIP_CERT(the_milan_ark, milan, "ARK-Milan")
