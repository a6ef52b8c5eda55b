/* The makers' real chains under their real roots. The pins are the references' numbers. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "attest/verify/verify.h"
#include "attest/verify/x509/crl.h"
#include "attest/verify/x509/link.h"
#include "base/b64.h"
#include "base/fd.h"
#include "base/json.h"

#define NOW   1795471001 /* 2026-11-23 */
#define LIMIT (1024 * 1024)

static struct buf vector(const char *name)
{
	AUTO_FD int dir = open(VECTORS_DIR, O_DIRECTORY | O_CLOEXEC);
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	if (dir < 0)
		cr_skip_test("no recorded vectors at " VECTORS_DIR);
	cr_assert_eq(file_read(dir, name, LIMIT, &b, &e), 0, "%s", e.text);
	return b;
}

/* cpu-evidence 2.4 and 4.2, gpu-evidence 3.2 */
enum { MILAN, GENOA, TURIN, INTEL, NVIDIA, CORIM, PINS };
static const char *const pins[PINS][2] = {
	{ "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
	  "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9" },
	{ "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
	  "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831" },
	{ "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
	  "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08" },
	{ "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
	  "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e" },
	{ "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48",
	  "a90c4eb5acfd3e3d03a25db6a26b84f720ad0503196c627c21ddd48dd85b06a4" },
	{ "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1",
	  "dec1dc316477aa851eebdf51327ae9f864bc8d89254657ed1e7eb9168af1e1a3" },
};

static struct root_pin pin_of(int i)
{
	struct root_pin pin = { .name = "root" };

	cr_assert_eq(hex_bytes(pins[i][0], "pin", pin.cert, 32, NULL), 0);
	cr_assert_eq(hex_bytes(pins[i][1], "pin", pin.spki, 32, NULL), 0);
	return pin;
}

/* The root's own signature, which chain_verify() leaves to the fingerprint. */
static void check_root(X509 *root, int pin, enum chain_key kind)
{
	const struct root_pin want = pin_of(pin);
	uint8_t sum[32];
	struct err e = { 0 };

	cr_assert_eq(cert_sha256(root, sum, NULL), 0);
	cr_assert_arr_eq(sum, want.cert, 32);
	cr_assert_eq(cert_spki_sha256(root, sum, NULL), 0);
	cr_assert_arr_eq(sum, want.spki, 32);
	cr_assert_eq(link_check_signature(root, root, kind, &e), 0, "%s", e.text);
}

static void check_chain(const struct certs *c, int pin, enum chain_key kind, bool strict,
			size_t depth)
{
	const struct root_pin want = pin_of(pin);
	const struct chain_rules rules = {
		.pins = &want,
		.pin_count = 1,
		.issuer_key = kind,
		.leaf_key = kind,
		.strict = strict,
	};
	struct chain_result r;
	struct err e = { 0 };

	cr_assert_eq(chain_verify(&rules, c->at[0], c, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.depth, depth);
	cr_assert_eq(r.root, CHAIN_BUILTIN);
	check_root(r.at[r.depth - 1], pin, kind);
}

/* --- AMD ---------------------------------------------------------------------------------------
 */

struct amd_case {
	char bundle[40];
	char leaf[24];
	int pin;
};

static struct amd_case amd_cases[] = {
	{ "snp/milan-ask-ark-asvk.pem", "snp/vcek-milan.der", MILAN },
	{ "snp/milan-ask-ark-asvk.pem", "snp/vlek.der", MILAN },
	{ "snp/genoa-ask-ark-asvk.pem", "", GENOA },
	{ "snp/turin-ask-ark-asvk.pem", "", TURIN },
};

ParameterizedTestParameters(vectors, of_amd_verify_under_its_pins)
{
	return cr_make_param_array(struct amd_case, amd_cases, 4);
}

ParameterizedTest(struct amd_case *v, vectors, of_amd_verify_under_its_pins)
{
	const struct root_pin pin = pin_of(v->pin);
	struct chain_rules rules = {
		.pins = &pin,
		.pin_count = 1,
		.issuer_key = CHAIN_RSA4096_PSS_SHA384,
		.leaf_key = CHAIN_P384_SHA384,
	};
	AUTO_BUF struct buf bundle = vector(v->bundle);
	AUTO_BUF struct buf leaf = BUF_EMPTY;
	AUTO_CERTS struct certs pool = { 0 };
	AUTO_CERTS struct certs one = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	cr_assert_eq(certs_add(&pool, buf_view(&bundle), &e), 0, "%s", e.text);
	cr_assert_eq(pool.count, 3);
	check_root(pool.at[1], v->pin, CHAIN_RSA4096_PSS_SHA384);
	for (size_t i = 0; i < 3; i += 2) {
		cr_assert_eq(link_check_issuer(&rules, pool.at[i], 0, &e), 0, "%s", e.text);
		cr_assert_eq(
			link_check_signature(pool.at[i], pool.at[1], CHAIN_RSA4096_PSS_SHA384, &e),
			0, "%s", e.text);
	}
	if (!v->leaf[0])
		return;
	leaf = vector(v->leaf);
	cr_assert_eq(certs_add(&one, buf_view(&leaf), &e), 0, "%s", e.text);
	cr_assert_eq(chain_verify(&rules, one.at[0], &pool, &r, &e), 0, "%s", e.text);
	cr_assert_eq(r.depth, 3);
	rules.strict = true;
	cr_assert_eq(chain_verify(&rules, one.at[0], &pool, &r, &e), -FAIL_FORGED);
}

Test(vectors, of_amd_do_not_verify_under_another_products_pin)
{
	const struct root_pin pin = pin_of(GENOA);
	const struct chain_rules rules = {
		.pins = &pin,
		.pin_count = 1,
		.issuer_key = CHAIN_RSA4096_PSS_SHA384,
		.leaf_key = CHAIN_P384_SHA384,
	};
	AUTO_BUF struct buf bundle = vector("snp/milan-ask-ark-asvk.pem");
	AUTO_BUF struct buf leaf = vector("snp/vcek-milan.der");
	AUTO_CERTS struct certs pool = { 0 };
	AUTO_CERTS struct certs one = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	cr_assert_eq(certs_add(&pool, buf_view(&bundle), &e), 0, "%s", e.text);
	cr_assert_eq(certs_add(&one, buf_view(&leaf), &e), 0, "%s", e.text);
	cr_assert_eq(chain_verify(&rules, one.at[0], &pool, &r, &e), -FAIL_FORGED, "%s", e.text);
	printf("row %-4s %-50s %s\n", "S16", "ARK of another product", e.text);
}

/* --- Intel -------------------------------------------------------------------------------------
 */

/* The PCK chain within a quote: text from the first BEGIN on, to the NUL behind its end. */
static struct span pck_chain(const struct buf *quote)
{
	static const char begin[] = "-----BEGIN CERT";
	const uint8_t *at = memmem(quote->at, quote->len, begin, sizeof(begin) - 1);
	const uint8_t *end;

	cr_assert_not_null(at);
	end = memchr(at, 0, quote->len - (size_t)(at - quote->at));
	return span(at, end ? (size_t)(end - at) + 1 : quote->len - (size_t)(at - quote->at));
}

struct quote_case {
	char name[40];
};

static struct quote_case quotes[] = { { "tdx/quote-v4-debug.dat" },
				      { "tdx/quote-v5.dat" },
				      { "tdx/quote-v4-coco-padded.dat" } };

ParameterizedTestParameters(vectors, of_intel_verify_under_its_pin)
{
	return cr_make_param_array(struct quote_case, quotes, 3);
}

ParameterizedTest(struct quote_case *v, vectors, of_intel_verify_under_its_pin)
{
	AUTO_BUF struct buf quote = vector(v->name);
	AUTO_CERTS struct certs c = { 0 };
	struct err e = { 0 };

	cr_assert_eq(certs_add_pem(&c, pck_chain(&quote), &e), 0, "%s", e.text);
	check_chain(&c, INTEL, CHAIN_P256_SHA256, true, 3);
}

Test(vectors, of_intel_are_answered_by_its_crls)
{
	AUTO_BUF struct buf quote = vector("tdx/quote-v4-debug.dat");
	AUTO_BUF struct buf root_crl = vector("tdx/root-crl.der");
	AUTO_BUF struct buf pck_crl = vector("tdx/pck-crl.txt");
	AUTO_CERTS struct certs c = { 0 };
	enum crl_answer answer;
	int64_t issued = 0;
	struct err e = { 0 };

	cr_assert_eq(certs_add_pem(&c, pck_chain(&quote), &e), 0, "%s", e.text);
	cr_assert_eq(crl_check(buf_view(&root_crl), c.at[2], c.at[1], VERIFY_NO_CLOCK, &answer,
			       &issued, &e),
		     0, "%s", e.text);
	cr_assert_eq(answer, CRL_GOOD);
	cr_assert_eq(issued, 1680517371);
	cr_assert_eq(crl_check(buf_view(&root_crl), c.at[2], c.at[1], NOW, &answer, NULL, &e), 0);
	cr_assert_eq(answer, CRL_STALE);
	cr_assert_eq(crl_check(buf_view(&pck_crl), c.at[1], c.at[0], 1687000000, &answer, NULL, &e),
		     0, "%s", e.text);
	cr_assert_eq(answer, CRL_GOOD);
	cr_assert_eq(crl_check(buf_view(&pck_crl), c.at[1], c.at[0], NOW, &answer, NULL, &e), 0);
	cr_assert_eq(answer, CRL_STALE);
	/* The other CA's list. */
	cr_assert_eq(crl_check(buf_view(&root_crl), c.at[1], c.at[0], NOW, &answer, NULL, &e),
		     -FAIL_FORGED);
	cr_assert_eq(crl_check(buf_view(&pck_crl), c.at[2], c.at[1], NOW, &answer, NULL, &e),
		     -FAIL_FORGED);
}

Test(vectors, of_intels_crl_are_refused_after_any_change)
{
	AUTO_BUF struct buf quote = vector("tdx/quote-v4-debug.dat");
	AUTO_BUF struct buf crl = vector("tdx/root-crl.der");
	AUTO_CERTS struct certs c = { 0 };
	uint8_t *exact = malloc(crl.len);
	enum crl_answer answer;

	cr_assert_eq(certs_add_pem(&c, pck_chain(&quote), NULL), 0);
	cr_assert_not_null(exact);
	memcpy(exact, crl.at, crl.len);
	for (size_t bit = 0; bit < crl.len * 8; bit++) {
		exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_lt(crl_check(span(exact, crl.len), c.at[2], c.at[1], VERIFY_NO_CLOCK,
				       &answer, NULL, NULL),
			     0, "bit %zu", bit);
		exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(exact);
}

/* --- NVIDIA ------------------------------------------------------------------------------------
 */

struct chain_case {
	char name[40];
	int want;
};

static struct chain_case chains[] = {
	{ "nvidia/hopper-535-chain.pem", 0 },
	{ "nvidia/hopper-chain-case1.pem", 0 },
	{ "nvidia/hopper-coco-chain.pem", 0 },
	{ "nvidia/ls10-chain.pem", 0 },
	{ "nvidia/hopper-chain-case2.pem", -FAIL_FORGED },
	{ "nvidia/hopper-chain-case3.pem", -FAIL_AGAIN },
	{ "nvidia/hopper-chain-case4.pem", -FAIL_FORGED },
};

ParameterizedTestParameters(vectors, of_nvidia_verify_under_its_pin)
{
	return cr_make_param_array(struct chain_case, chains, sizeof(chains) / sizeof(*chains));
}

ParameterizedTest(struct chain_case *v, vectors, of_nvidia_verify_under_its_pin)
{
	const struct root_pin pin = pin_of(NVIDIA);
	const struct chain_rules rules = { .pins = &pin,
					   .pin_count = 1,
					   .issuer_key = CHAIN_P384_SHA384,
					   .leaf_key = CHAIN_P384_SHA384,
					   .strict = true };
	AUTO_BUF struct buf pem = vector(v->name);
	AUTO_CERTS struct certs c = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	cr_assert_eq(certs_add(&c, buf_view(&pem), &e), 0, "%s", e.text);
	cr_assert_eq(chain_verify(&rules, c.at[0], &c, &r, &e), v->want, "%s", e.text);
	if (v->want)
		return;
	cr_assert_eq(r.not_after, 253402300799);
	check_chain(&c, NVIDIA, CHAIN_P384_SHA384, true, 5);
}

static void check_devices(const char *name, size_t count)
{
	AUTO_BUF struct buf text = vector(name);
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };
	const cJSON *device;
	size_t seen = 0;

	cr_assert_eq(json_parse(buf_view(&text), LIMIT, &tree, &e), 0, "%s", e.text);
	cJSON_ArrayForEach(device, tree)
	{
		const char *b64 =
			json_text(cJSON_GetObjectItemCaseSensitive(device, "certificate"));
		AUTO_BUF struct buf pem = BUF_EMPTY;
		AUTO_CERTS struct certs c = { 0 };

		cr_assert_not_null(b64);
		cr_assert_eq(b64_decode(B64_STANDARD, span_text(b64), LIMIT, &pem, &e), 0, "%s",
			     e.text);
		cr_assert_eq(certs_add_pem(&c, buf_view(&pem), &e), 0, "%s", e.text);
		check_chain(&c, NVIDIA, CHAIN_P384_SHA384, true, 5);
		seen++;
	}
	cr_assert_eq(seen, count);
}

Test(vectors, of_eight_gpus_verify)
{
	check_devices("nvidia/ppcie-gpu-evidence.json", 8);
}

Test(vectors, of_four_switches_verify)
{
	check_devices("nvidia/ppcie-switch-evidence.json", 4);
}

/* The certificates of a RIM's KeyInfo, cut out without reading the XML. */
static void rim_certs(const struct buf *xml, struct certs *ret)
{
	static const char begin[] = "X509Certificate>";
	const uint8_t *at = xml->at;
	struct err e = { 0 };

	for (;;) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		AUTO_BUF struct buf der = BUF_EMPTY;
		const uint8_t *end = xml->at + xml->len;

		at = memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1);
		if (!at)
			return;
		for (at += sizeof(begin) - 1; *at != '<'; at++)
			if (!strchr("\n\r ", *at))
				cr_assert_eq(buf_append(&text, span(at, 1), LIMIT, NULL), 0);
		at += sizeof("</ds:X509Certificate>") - 1;
		cr_assert_eq(b64_decode(B64_STANDARD, buf_view(&text), LIMIT, &der, &e), 0, "%s",
			     e.text);
		cr_assert_eq(certs_add(ret, buf_view(&der), &e), 0, "%s", e.text);
	}
}

struct rim_case {
	char name[48];
	int want;
};

static struct rim_case rims[] = {
	{ "nvidia/rim-driver-gh100-550.144.03.xml", 0 },
	{ "nvidia/rim-driver-535.86.09-edited.xml", 0 },
	{ "nvidia/rim-vbios-96005e0001-index9.xml", 0 },
	{ "nvidia/rim-driver-bad-signature.xml", 0 },
	/* It brings its leaf and its root, and not what lies between. */
	{ "nvidia/rim-driver-debug-root.xml", -FAIL_AGAIN },
};

ParameterizedTestParameters(vectors, of_rim_signers_verify_under_their_pin)
{
	return cr_make_param_array(struct rim_case, rims, sizeof(rims) / sizeof(*rims));
}

ParameterizedTest(struct rim_case *v, vectors, of_rim_signers_verify_under_their_pin)
{
	const struct root_pin pin = pin_of(CORIM);
	const struct chain_rules rules = { .pins = &pin,
					   .pin_count = 1,
					   .issuer_key = CHAIN_P384_SHA384,
					   .leaf_key = CHAIN_P384_SHA384,
					   .strict = true };
	AUTO_BUF struct buf xml = vector(v->name);
	AUTO_CERTS struct certs c = { 0 };
	struct chain_result r;
	struct err e = { 0 };

	rim_certs(&xml, &c);
	cr_assert_eq(chain_verify(&rules, c.at[0], &c, &r, &e), v->want, "%s", e.text);
	if (!v->want)
		check_chain(&c, CORIM, CHAIN_P384_SHA384, true, 4);
}

/* --- Genoa's leaf, within CoCo's evidence ------------------------------------------------------
 */

Test(vectors, of_genoas_leaf_verify_under_its_pin)
{
	const struct root_pin pin = pin_of(GENOA);
	const struct chain_rules rules = { .pins = &pin,
					   .pin_count = 1,
					   .issuer_key = CHAIN_RSA4096_PSS_SHA384,
					   .leaf_key = CHAIN_P384_SHA384 };
	AUTO_BUF struct buf text = vector("snp/evidence-v3-genoa.json");
	AUTO_BUF struct buf bundle = vector("snp/genoa-ask-ark-asvk.pem");
	AUTO_JSON cJSON *tree = NULL;
	AUTO_BUF struct buf der = BUF_EMPTY;
	AUTO_CERTS struct certs pool = { 0 };
	AUTO_CERTS struct certs leaf = { 0 };
	const cJSON *bytes, *byte;
	struct chain_result r;
	struct err e = { 0 };

	cr_assert_eq(json_parse(buf_view(&text), LIMIT, &tree, &e), 0, "%s", e.text);
	bytes = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "cert_chain"), 0),
		"data");
	cr_assert_not_null(bytes);
	cJSON_ArrayForEach(byte, bytes)
	{
		uint8_t b = (uint8_t)byte->valueint;

		cr_assert_eq(buf_append(&der, span(&b, 1), LIMIT, NULL), 0);
	}
	cr_assert_eq(certs_add(&leaf, buf_view(&der), &e), 0, "%s", e.text);
	cr_assert_eq(certs_add(&pool, buf_view(&bundle), &e), 0, "%s", e.text);
	cr_assert_eq(chain_verify(&rules, leaf.at[0], &pool, &r, &e), 0, "%s", e.text);
}
