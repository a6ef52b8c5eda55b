/* Rows S9 to S19 and S21 of the cpu-evidence reference, section 8: the report, its signature, its
 * modes, time, revocation and chain. One line each. */
#include <criterion/criterion.h>

#include "attest/verify/snp/snp.h"
#include "tests/unit/verify/snp/snp_rig.h"

/* --- S9: before any cryptography -------------------------------------------------------------- */

static void key_none(struct snp_case *k)
{
	k->spec.key_info = SNP_GEN_NONE << 2;
}

static void key_reserved(struct snp_case *k)
{
	k->spec.key_info = 3 << 2;
}

static void key_masked(struct snp_case *k)
{
	k->spec.key_info |= 2;
}

#define SIGN(name, how)                      \
	static void name(struct snp_case *k) \
	{                                    \
		k->spec.sign = how;          \
	}

SIGN(sign_zero, SNP_SIGN_ZERO)
SIGN(r_high, SNP_SIGN_R_HIGH)
SIGN(s_high, SNP_SIGN_S_HIGH)
SIGN(r_zero, SNP_SIGN_R_ZERO)
SIGN(s_zero, SNP_SIGN_S_ZERO)
SIGN(r_order, SNP_SIGN_R_ORDER)
SIGN(s_order, SNP_SIGN_S_ORDER)
SIGN(big_endian, SNP_SIGN_BIG_ENDIAN)
SIGN(swapped, SNP_SIGN_SWAPPED)
SIGN(other_key, SNP_SIGN_OTHER_KEY)

static void algorithm_0(struct snp_case *k)
{
	k->spec.sig_algo = 0;
}

static void algorithm_2(struct snp_case *k)
{
	k->spec.sig_algo = 2;
}

/* --- S10: versions and reserved bytes --------------------------------------------------------- */

static void version_2(struct snp_case *k)
{
	k->spec.version = 2;
}

static void version_2_allowed(struct snp_case *k)
{
	snp_case_policy(k, SNP_POLICY ",\"allow_v2\":true}");
}

static void version_4(struct snp_case *k)
{
	k->spec.version = 4;
}

static void version_6(struct snp_case *k)
{
	k->spec.version = 6;
}

static void version_1(struct snp_case *k)
{
	k->spec.version = 1;
}

#define POKE(name, where)                                            \
	static void name(struct snp_case *k)                         \
	{                                                            \
		k->spec.pokes[0] = (struct snp_poke){ where, 0x80 }; \
		k->spec.poke_count = 1;                              \
	}

POKE(poke_04f, 0x04f)
POKE(poke_04b, 0x04b) /* the upper bits of KEY_INFO */
POKE(poke_18b, 0x18b)
POKE(poke_1eb, 0x1eb)
POKE(poke_1ef, 0x1ef)
POKE(poke_1f8, 0x1f8)
POKE(poke_29f, 0x29f)
POKE(poke_330, 0x330)
POKE(poke_49f, 0x49f)
POKE(poke_tcb, 0x03a) /* byte 2 of CURRENT_TCB */

/* --- S11, S12, S13 ---------------------------------------------------------------------------- */

static void debug(struct snp_case *k)
{
	k->spec.policy |= 1 << 19;
}

static void debug_allowed(struct snp_case *k)
{
	snp_case_policy(k, SNP_POLICY ",\"guest_policy\":{\"debug\":true}}");
}

static void migration(struct snp_case *k)
{
	k->spec.policy |= 1 << 18;
	k->spec.report_id_ma[0] = 1;
}

static void migration_without_agent(struct snp_case *k)
{
	k->spec.policy |= 1 << 18;
}

static void vmpl_1(struct snp_case *k)
{
	k->spec.vmpl = 1;
}

static void expect_vmpl_1(struct snp_case *k)
{
	snp_case_policy(k, SNP_POLICY ",\"vmpl\":1}");
}

static void reported_above(struct snp_case *k)
{
	k->spec.current.microcode--;
	k->spec.committed.microcode--;
}

/* One component above, another below by more: as one number it would pass. */
static void reported_above_in_one(struct snp_case *k)
{
	k->spec.reported.bootloader++;
	k->spec.current.microcode++;
	k->spec.committed.microcode++;
}

static void committed_tcb(struct snp_case *k)
{
	k->spec.current.snp++;
}

static void committed_build(struct snp_case *k)
{
	k->spec.current_version[0]++;
}

static void provisional_allowed(struct snp_case *k)
{
	snp_case_policy(k, SNP_POLICY ",\"provisional_firmware\":true}");
}

/* --- S14: time -------------------------------------------------------------------------------- */

static void expired(struct snp_case *k)
{
	k->spec.leaf_from = 1700000000;
	k->spec.leaf_to = 1789999999;
}

static void not_yet(struct snp_case *k)
{
	k->spec.leaf_from = 1790000001;
	k->spec.leaf_to = 1800000000;
}

static void no_clock(struct snp_case *k)
{
	k->rig.context.at = VERIFY_NO_CLOCK;
}

/* --- S15: revocation -------------------------------------------------------------------------- */

static void crl_expired(struct snp_case *k)
{
	k->spec.crl_to = 1789999999;
}

static void crl_of_tomorrow(struct snp_case *k)
{
	k->spec.crl_from = 1790000001;
}

static void crl_by_ask(struct snp_case *k)
{
	k->spec.crl = SNP_CRL_BY_ASK;
}

static void crl_of_other(struct snp_case *k)
{
	k->spec.crl = SNP_CRL_OF_OTHER;
}

static void crl_revokes(struct snp_case *k)
{
	k->spec.crl = SNP_CRL_REVOKES_ASK;
}

static void crl_cut(struct snp_case *k)
{
	k->spec.crl = SNP_CRL_CUT;
}

/* Kept since earlier, and changed since: a signature that held once is computed again. */
static void crl_changed(struct snp_case *k)
{
	k->made.crl.at[k->made.crl.len - 1] ^= 1;
	snp_case_forget(k);
	snp_case_crl(k);
}

static void crl_absent(struct snp_case *k)
{
	snp_case_forget(k);
}

static void crl_absent_allowed(struct snp_case *k)
{
	snp_case_forget(k);
	snp_case_policy(k, SNP_POLICY ",\"revocation\":\"if-present\"}");
}

static void crl_bad_if_present(struct snp_case *k)
{
	snp_case_policy(k, SNP_POLICY ",\"revocation\":\"if-present\"}");
}

/* --- S16, S19: the chain ---------------------------------------------------------------------- */

#define CHAIN(name, how)                     \
	static void name(struct snp_case *k) \
	{                                    \
		k->spec.chain = how;         \
	}

CHAIN(self_made, SNP_CHAIN_SELF_MADE)
CHAIN(other_product, SNP_CHAIN_OTHER_PRODUCT)
CHAIN(other_kind, SNP_CHAIN_OTHER_KIND)
CHAIN(leaf_forged, SNP_CHAIN_LEAF_FORGED)
CHAIN(ask_forged, SNP_CHAIN_ASK_FORGED)
CHAIN(no_ask, SNP_CHAIN_NO_ASK)
CHAIN(ark_altered, SNP_CHAIN_ARK_ALTERED)
CHAIN(ark_broken, SNP_CHAIN_ARK_BROKEN)

static void trust_nothing(struct snp_case *k)
{
	certs_done(&k->rig.test_roots);
}

/* The altered root is itself offered as the one to trust. */
static void trust_broken(struct snp_case *k)
{
	struct err e = { 0 };

	certs_done(&k->rig.test_roots);
	cr_assert_eq(certs_add_ref(&k->rig.test_roots, k->made.sent_ark, &e), 0);
}

#define LEAF_ALG(name, alg)                  \
	static void name(struct snp_case *k) \
	{                                    \
		k->spec.leaf_alg = alg;      \
	}

LEAF_ALG(leaf_sha256, PKI_PSS_SHA256)
LEAF_ALG(leaf_salt_32, PKI_PSS_SHA384_32)
LEAF_ALG(leaf_pkcs1, PKI_PKCS1_SHA384)
LEAF_ALG(leaf_trailer, PKI_PSS_SHA384_TRAILER)

static void ask_pkcs1(struct snp_case *k)
{
	k->spec.ask_alg = PKI_PKCS1_SHA384;
}

static void ask_salt_32(struct snp_case *k)
{
	k->spec.ask_alg = PKI_PSS_SHA384_32;
}

#define VCEK SNP_GEN_VCEK
#define VLEK SNP_GEN_VLEK
#define YES  VERIFY_ACCEPTED
#define NO   VERIFY_REFUSED
#define OPEN VERIFY_UNPROVEN

static const struct snp_row rows[] = {
	{ "S9", "signing key none", SNP_GEN_GENOA, VCEK, key_none, NULL, NO, "snp.unsigned" },
	{ "S9", "signing key reserved", SNP_GEN_GENOA, VCEK, key_reserved, NULL, NO,
	  "snp.unsigned" },
	{ "S9", "signature zero", SNP_GEN_GENOA, VCEK, sign_zero, NULL, NO, "snp.unsigned" },
	{ "S9", "chip key masked, signed by VCEK", SNP_GEN_GENOA, VCEK, key_masked, NULL, NO,
	  "snp.unsigned" },
	{ "S9", "chip key masked, signed by VLEK", SNP_GEN_GENOA, VLEK, key_masked, NULL, YES,
	  "snp.test-root" },
	{ "S9", "signature algorithm 0", SNP_GEN_GENOA, VCEK, algorithm_0, NULL, NO,
	  "snp.unsigned" },
	{ "S9", "signature algorithm 2", SNP_GEN_GENOA, VCEK, algorithm_2, NULL, NO,
	  "snp.unsigned" },
	{ "S10", "version 2", SNP_GEN_MILAN, VCEK, version_2, NULL, NO, "snp.version-2" },
	{ "S10", "version 2, allow_v2", SNP_GEN_MILAN, VCEK, version_2, version_2_allowed, YES,
	  "snp.test-root" },
	{ "S10", "version 2 of Genoa, allow_v2", SNP_GEN_GENOA, VLEK, version_2, version_2_allowed,
	  YES, "snp.test-root" },
	{ "S10", "version 4", SNP_GEN_GENOA, VCEK, version_4, NULL, YES, "snp.test-root" },
	{ "S10", "version 6", SNP_GEN_TURIN, VCEK, version_6, NULL, NO, "snp.format" },
	{ "S10", "version 1", SNP_GEN_MILAN, VCEK, version_1, NULL, NO, "snp.format" },
	{ "S10", "reserved byte 0x04f", SNP_GEN_GENOA, VCEK, poke_04f, NULL, NO, "snp.format" },
	{ "S10", "reserved bits of KEY_INFO", SNP_GEN_GENOA, VCEK, poke_04b, NULL, NO,
	  "snp.format" },
	{ "S10", "reserved byte 0x18b", SNP_GEN_GENOA, VCEK, poke_18b, NULL, NO, "snp.format" },
	{ "S10", "reserved byte 0x1eb", SNP_GEN_GENOA, VCEK, poke_1eb, NULL, NO, "snp.format" },
	{ "S10", "reserved byte 0x1ef", SNP_GEN_GENOA, VCEK, poke_1ef, NULL, NO, "snp.format" },
	{ "S10", "version 3 with a mitigation vector", SNP_GEN_GENOA, VCEK, poke_1f8, NULL, NO,
	  "snp.format" },
	{ "S10", "version 5, reserved byte 0x29f", SNP_GEN_TURIN, VCEK, poke_29f, NULL, NO,
	  "snp.format" },
	{ "S10", "reserved byte 0x330", SNP_GEN_GENOA, VCEK, poke_330, NULL, NO, "snp.format" },
	{ "S10", "reserved byte 0x49f", SNP_GEN_GENOA, VCEK, poke_49f, NULL, NO, "snp.format" },
	{ "S10", "reserved byte of a TCB", SNP_GEN_GENOA, VCEK, poke_tcb, NULL, NO, "snp.format" },
	{ "S11", "debug, measurement right", SNP_GEN_GENOA, VCEK, debug, NULL, NO, "snp.debug" },
	{ "S11", "debug, permitted by the policy", SNP_GEN_GENOA, VCEK, debug, debug_allowed, YES,
	  "snp.debug-permitted" },
	{ "S11", "migration agent", SNP_GEN_GENOA, VCEK, migration, NULL, NO, "snp.migration" },
	{ "S11", "migration allowed, no agent", SNP_GEN_GENOA, VCEK, migration_without_agent, NULL,
	  YES, "snp.test-root" },
	{ "S12", "vmpl 1, 0 expected", SNP_GEN_GENOA, VCEK, vmpl_1, NULL, NO, "snp.vmpl" },
	{ "S12", "vmpl 0, 1 expected (SVSM)", SNP_GEN_GENOA, VCEK, NULL, expect_vmpl_1, NO,
	  "snp.vmpl" },
	{ "S12", "vmpl 1 as expected", SNP_GEN_GENOA, VCEK, vmpl_1, expect_vmpl_1, YES,
	  "snp.test-root" },
	{ "S13", "reported above current", SNP_GEN_GENOA, VCEK, reported_above, NULL, NO,
	  "snp.tcb-order" },
	{ "S13", "reported above current in one component", SNP_GEN_GENOA, VCEK,
	  reported_above_in_one, NULL, NO, "snp.tcb-order" },
	{ "S13", "committed TCB is not the current", SNP_GEN_GENOA, VCEK, committed_tcb, NULL, NO,
	  "snp.provisional" },
	{ "S13", "committed build is not the current", SNP_GEN_GENOA, VCEK, committed_build, NULL,
	  NO, "snp.provisional" },
	{ "S13", "the same, provisional_firmware", SNP_GEN_GENOA, VCEK, committed_tcb,
	  provisional_allowed, YES, "snp.current" },
	{ "S14", "VLEK expired a second ago", SNP_GEN_MILAN, VLEK, expired, NULL, NO,
	  "snp.expired" },
	{ "S14", "leaf valid in a second", SNP_GEN_GENOA, VCEK, not_yet, NULL, NO,
	  "snp.not-yet-valid" },
	{ "S14", "no clock", SNP_GEN_GENOA, VCEK, expired, no_clock, OPEN, "time.unchecked" },
	{ "S15", "CRL expired", SNP_GEN_GENOA, VCEK, crl_expired, NULL, OPEN, "snp.crl-stale" },
	{ "S15", "CRL of tomorrow", SNP_GEN_GENOA, VCEK, crl_of_tomorrow, NULL, OPEN,
	  "snp.crl-stale" },
	{ "S15", "CRL signed by the ASK", SNP_GEN_GENOA, VCEK, crl_by_ask, NULL, NO,
	  "snp.crl-forged" },
	{ "S15", "CRL of another issuer", SNP_GEN_GENOA, VCEK, crl_of_other, NULL, NO,
	  "snp.crl-forged" },
	{ "S15", "CRL revokes the ASK", SNP_GEN_GENOA, VCEK, crl_revokes, NULL, NO, "snp.revoked" },
	{ "S15", "CRL revokes the ASVK", SNP_GEN_MILAN, VLEK, crl_revokes, NULL, NO,
	  "snp.revoked" },
	{ "S15", "CRL cut", SNP_GEN_GENOA, VCEK, crl_cut, NULL, NO, "snp.crl-forged" },
	{ "S15", "cached CRL changed", SNP_GEN_GENOA, VCEK, NULL, crl_changed, NO,
	  "snp.crl-forged" },
	{ "S15", "cached CRL changed, if-present", SNP_GEN_GENOA, VCEK, crl_by_ask,
	  crl_bad_if_present, NO, "snp.crl-forged" },
	{ "S15", "no CRL", SNP_GEN_GENOA, VCEK, NULL, crl_absent, OPEN, "snp.crl-missing" },
	{ "S15", "no CRL, if-present", SNP_GEN_GENOA, VCEK, NULL, crl_absent_allowed, YES,
	  "snp.crl-skipped" },
	{ "S16", "self-made ARK of the same name", SNP_GEN_GENOA, VCEK, self_made, NULL, NO,
	  "snp.chain" },
	{ "S16", "the test's root, not trusted", SNP_GEN_GENOA, VCEK, NULL, trust_nothing, NO,
	  "snp.chain" },
	{ "S16", "all three of another product", SNP_GEN_MILAN, VCEK, other_product, NULL, NO,
	  "snp.chain" },
	{ "S16", "VCEK below an ASVK", SNP_GEN_GENOA, VCEK, other_kind, NULL, NO, "snp.chain" },
	{ "S16", "VLEK below an ASK", SNP_GEN_GENOA, VLEK, other_kind, NULL, NO, "snp.chain" },
	{ "S16", "leaf not by the ASK", SNP_GEN_GENOA, VCEK, leaf_forged, NULL, NO, "snp.chain" },
	{ "S16", "ASK not by the ARK", SNP_GEN_GENOA, VCEK, ask_forged, NULL, NO, "snp.chain" },
	{ "S16", "leaf by the ARK itself", SNP_GEN_GENOA, VCEK, no_ask, NULL, NO, "snp.chain" },
	{ "S16", "sent ARK altered: ignored", SNP_GEN_GENOA, VCEK, ark_altered, NULL, YES,
	  "snp.test-root" },
	{ "S16", "sent ARK with a broken signature: ignored", SNP_GEN_GENOA, VCEK, ark_broken, NULL,
	  YES, "snp.test-root" },
	{ "S16", "the broken ARK as root", SNP_GEN_GENOA, VCEK, ark_broken, trust_broken, NO,
	  "snp.chain" },
	{ "S18", "R with a high bit", SNP_GEN_GENOA, VCEK, r_high, NULL, NO, "snp.format" },
	{ "S18", "S with a high bit", SNP_GEN_GENOA, VCEK, s_high, NULL, NO, "snp.format" },
	{ "S18", "R zero", SNP_GEN_GENOA, VCEK, r_zero, NULL, NO, "snp.signature" },
	{ "S18", "S zero", SNP_GEN_GENOA, VCEK, s_zero, NULL, NO, "snp.signature" },
	{ "S18", "R the group's order", SNP_GEN_GENOA, VCEK, r_order, NULL, NO, "snp.signature" },
	{ "S18", "S the group's order", SNP_GEN_GENOA, VCEK, s_order, NULL, NO, "snp.signature" },
	{ "S18", "R and S big-endian", SNP_GEN_GENOA, VCEK, big_endian, NULL, NO, "snp.signature" },
	{ "S18", "R and S swapped", SNP_GEN_GENOA, VCEK, swapped, NULL, NO, "snp.signature" },
	{ "S18", "another key signed", SNP_GEN_GENOA, VCEK, other_key, NULL, NO, "snp.signature" },
	{ "S19", "leaf: PSS with SHA-256", SNP_GEN_GENOA, VCEK, leaf_sha256, NULL, NO,
	  "snp.chain" },
	{ "S19", "leaf: PSS with salt 32", SNP_GEN_GENOA, VCEK, leaf_salt_32, NULL, NO,
	  "snp.chain" },
	{ "S19", "leaf: PKCS#1 v1.5", SNP_GEN_GENOA, VCEK, leaf_pkcs1, NULL, NO, "snp.chain" },
	{ "S19", "leaf: trailer field written out", SNP_GEN_GENOA, VCEK, leaf_trailer, NULL, YES,
	  "snp.test-root" },
	{ "S19", "ASK: PKCS#1 v1.5", SNP_GEN_GENOA, VCEK, ask_pkcs1, NULL, NO, "snp.chain" },
	{ "S19", "ASK: PSS with salt 32", SNP_GEN_GENOA, VCEK, ask_salt_32, NULL, NO, "snp.chain" },
};

Test(snp_rows, of_the_report_have_their_outcome)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		snp_row_run(&rows[i]);
}

Test(snp_rows, a_length_other_than_a_reports_is_refused)
{
	static const size_t lens[] = { 0, 1, 671, 672, 1183, 1185, 2 * 1024 * 1024 };
	struct snp_case k = { .spec = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK) };
	uint8_t *bytes = calloc(1, lens[6]);

	cr_assert_not_null(bytes);
	snp_case_make(&k);
	memcpy(bytes, k.made.report, sizeof(k.made.report));
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		char what[64];

		(void)snprintf(what, sizeof(what), "report in %zu bytes", lens[i]);
		cr_expect_eq(rig_run(&k.rig, snp_verify, span(bytes, lens[i])), VERIFY_REFUSED);
		row_print(lens[i] > 4096 ? "S21" : "S10", what, k.rig.context.verdict);
		cr_expect(rig_said(&k.rig, "snp.format"));
	}
	free(bytes);
	snp_case_done(&k);
}
