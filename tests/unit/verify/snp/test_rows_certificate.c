/* Rows S1 to S8 of the cpu-evidence reference, section 8, and what stands beside them: the leaf and
 * which report it fits. One line each. */
#include <criterion/criterion.h>

#include "attest/verify/snp/snp.h"
#include "tests/unit/verify/snp/snp_rig.h"

/* --- S1, S2: the chip, the levels ------------------------------------------------------------- */

static void other_chip(struct snp_case *k)
{
	k->spec.has_leaf_chip = true;
	memset(k->spec.leaf_chip, 0x5a, sizeof(k->spec.leaf_chip));
}

static void chip_last_byte(struct snp_case *k)
{
	k->spec.has_leaf_chip = true;
	memcpy(k->spec.leaf_chip, k->spec.chip_id, sizeof(k->spec.leaf_chip));
	k->spec.leaf_chip[63] ^= 1;
}

#define WITHOUT(name, x)                     \
	static void name(struct snp_case *k) \
	{                                    \
		k->spec.without = 1u << (x); \
	}

WITHOUT(no_bl, SNP_EXT_BL)
WITHOUT(no_tee, SNP_EXT_TEE)
WITHOUT(no_snp, SNP_EXT_SNP)
WITHOUT(no_ucode, SNP_EXT_UCODE)
WITHOUT(no_fmc, SNP_EXT_FMC)
WITHOUT(no_hwid, SNP_EXT_HWID)
WITHOUT(no_csp, SNP_EXT_CSP_ID)
WITHOUT(no_struct, SNP_EXT_STRUCT_VERSION)

#define LEVEL(name, component, delta)                                                         \
	static void name(struct snp_case *k)                                                  \
	{                                                                                     \
		k->spec.leaf_tcb = k->spec.reported;                                          \
		k->spec.leaf_tcb.component = (uint8_t)(k->spec.leaf_tcb.component + (delta)); \
		k->spec.has_leaf_tcb = true;                                                  \
	}

LEVEL(higher_bl, bootloader, 1)
LEVEL(higher_tee, tee, 1)
LEVEL(lower_snp, snp, -1)
LEVEL(lower_ucode, microcode, -1)
LEVEL(other_fmc, fmc, 1)

/* --- S3, S4: Turin ---------------------------------------------------------------------------- */

static void id_of_02(struct snp_case *k)
{
	static const uint8_t id[] = { 0x02, 0x08, 1, 2, 3, 4, 5, 6 };

	memcpy(k->spec.chip_id, id, sizeof(id));
}

static void id_of_04(struct snp_case *k)
{
	static const uint8_t id[] = { 0x04, 0x06, 1, 2, 3, 4, 5, 6 };

	memcpy(k->spec.chip_id, id, sizeof(id));
}

static void wrapped_id(struct snp_case *k)
{
	k->spec.hwid = SNP_HWID_WRAPPED;
}

static void wrapped_id_of_04(struct snp_case *k)
{
	id_of_04(k);
	wrapped_id(k);
}

static void id_tagged(struct snp_case *k)
{
	k->spec.hwid = SNP_HWID_TAG;
}

static void id_short(struct snp_case *k)
{
	k->spec.hwid = SNP_HWID_SHORT;
}

static void id_long(struct snp_case *k)
{
	k->spec.hwid = SNP_HWID_LONG;
}

static void tail_of_id(struct snp_case *k)
{
	k->spec.chip_id[8] = 1;
}

/* byte 3 (Turin's snp) raised, byte 6 zero: by Milan's layout both would read as 0 */
static void turin_snp_low(struct snp_case *k)
{
	k->spec.reported.snp = k->spec.current.snp = 3;
	k->spec.committed.snp = k->spec.launch.snp = 3;
}

static void turin_byte_6(struct snp_case *k)
{
	k->spec.pokes[0] = (struct snp_poke){ 0x180 + 6, 4 };
	k->spec.poke_count = 1;
}

static void struct_version_0(struct snp_case *k)
{
	k->spec.struct_version = 0;
}

static void struct_version_1(struct snp_case *k)
{
	k->spec.struct_version = 1;
}

/* --- S5, S6, S7 ------------------------------------------------------------------------------- */

#define NUMBER(name, form)                   \
	static void name(struct snp_case *k) \
	{                                    \
		k->spec.number = form;       \
	}

NUMBER(negative, SNP_NUMBER_NEGATIVE)
NUMBER(padded, SNP_NUMBER_PADDED)
NUMBER(long_number, SNP_NUMBER_LONG)
NUMBER(octets, SNP_NUMBER_OCTETS)
NUMBER(trailing, SNP_NUMBER_TRAILING)

static void ucode_217(struct snp_case *k)
{
	k->spec.reported.microcode = k->spec.current.microcode = 217;
	k->spec.committed.microcode = k->spec.launch.microcode = 217;
}

static void other_stepping(struct snp_case *k)
{
	k->spec.product_name = "Milan-B1";
}

static void model_a0(struct snp_case *k)
{
	k->spec.model = 0xa0;
}

static void model_af(struct snp_case *k)
{
	k->spec.model = 0xaf;
}

static void model_b0(struct snp_case *k)
{
	k->spec.model = 0xb0;
}

static void model_20(struct snp_case *k)
{
	k->spec.model = 0x20;
}

static void turin_12(struct snp_case *k)
{
	k->spec.model = 0x12;
}

/* --- S8: which certificate -------------------------------------------------------------------- */

static void vcek_first(struct snp_case *k)
{
	struct snp_spec other = snp_spec(k->spec.product, SNP_GEN_VCEK);
	struct snp_made m = snp_make(&other);

	snp_case_certs(k, (X509 *const[]){ m.leaf, m.ask, k->made.leaf, k->made.ask, k->made.ark },
		       5);
	snp_made_done(&m);
}

static void vlek_signed(struct snp_case *k)
{
	k->spec.leaf_key = SNP_GEN_VLEK;
}

static void vcek_signed(struct snp_case *k)
{
	k->spec.leaf_key = SNP_GEN_VCEK;
}

static void vlek_named_vcek(struct snp_case *k)
{
	k->spec.leaf_key = SNP_GEN_VLEK;
	k->spec.leaf_cn = "SEV-VCEK";
}

static void csp_in_vcek(struct snp_case *k)
{
	k->spec.with = 1u << SNP_EXT_CSP_ID;
}

static void hwid_in_vlek(struct snp_case *k)
{
	k->spec.with = 1u << SNP_EXT_HWID;
}

static void twice_hwid(struct snp_case *k)
{
	k->spec.twice = 1u << SNP_EXT_HWID;
}

static void twice_ucode(struct snp_case *k)
{
	k->spec.twice = 1u << SNP_EXT_UCODE;
}

static void spl5_set(struct snp_case *k)
{
	k->spec.reserved_level = 1;
}

#define VCEK SNP_GEN_VCEK
#define VLEK SNP_GEN_VLEK
#define YES  VERIFY_ACCEPTED
#define NO   VERIFY_REFUSED
#define OPEN VERIFY_UNPROVEN

static const struct snp_row rows[] = {
	{ "-", "Milan, VCEK", SNP_GEN_MILAN, VCEK, NULL, NULL, YES, "snp.test-root" },
	{ "-", "Milan, VLEK", SNP_GEN_MILAN, VLEK, NULL, NULL, YES, "snp.test-root" },
	{ "-", "Genoa, VCEK", SNP_GEN_GENOA, VCEK, NULL, NULL, YES, "snp.current" },
	{ "-", "Genoa, VLEK", SNP_GEN_GENOA, VLEK, NULL, NULL, YES, "snp.matches" },
	{ "-", "Turin, VCEK, version 5", SNP_GEN_TURIN, VCEK, NULL, NULL, YES, "snp.current" },
	{ "-", "Turin, VLEK, version 5", SNP_GEN_TURIN, VLEK, NULL, NULL, YES, "snp.current" },

	{ "S1", "certificate of another chip", SNP_GEN_GENOA, VCEK, other_chip, NULL, NO,
	  "snp.certificate-chip" },
	{ "S1", "chip id other in its last byte", SNP_GEN_MILAN, VCEK, chip_last_byte, NULL, NO,
	  "snp.certificate-chip" },
	{ "S2", "no blSPL", SNP_GEN_MILAN, VCEK, no_bl, NULL, NO, "snp.certificate" },
	{ "S2", "no teeSPL", SNP_GEN_MILAN, VCEK, no_tee, NULL, NO, "snp.certificate" },
	{ "S2", "no snpSPL", SNP_GEN_GENOA, VCEK, no_snp, NULL, NO, "snp.certificate" },
	{ "S2", "no ucodeSPL", SNP_GEN_GENOA, VLEK, no_ucode, NULL, NO, "snp.certificate" },
	{ "S2", "no hwID", SNP_GEN_GENOA, VCEK, no_hwid, NULL, NO, "snp.certificate" },
	{ "S2", "no csp_id in a VLEK", SNP_GEN_GENOA, VLEK, no_csp, NULL, NO, "snp.certificate" },
	{ "S2", "no structVersion", SNP_GEN_GENOA, VCEK, no_struct, NULL, NO, "snp.certificate" },
	{ "S2", "blSPL above the report", SNP_GEN_GENOA, VCEK, higher_bl, NULL, NO,
	  "snp.certificate-tcb" },
	{ "S2", "teeSPL above the report", SNP_GEN_GENOA, VCEK, higher_tee, NULL, NO,
	  "snp.certificate-tcb" },
	{ "S2", "snpSPL below the report", SNP_GEN_MILAN, VCEK, lower_snp, NULL, NO,
	  "snp.certificate-tcb" },
	{ "S2", "ucodeSPL below the report", SNP_GEN_MILAN, VLEK, lower_ucode, NULL, NO,
	  "snp.certificate-tcb" },
	{ "S3", "Turin: raw hwID starts with 02 08", SNP_GEN_TURIN, VCEK, id_of_02, NULL, YES,
	  "snp.test-root" },
	{ "S3", "Turin: raw hwID starts with 04 06", SNP_GEN_TURIN, VCEK, id_of_04, NULL, YES,
	  "snp.test-root" },
	{ "S3", "Turin: hwID in an OCTET STRING", SNP_GEN_TURIN, VCEK, wrapped_id, NULL, YES,
	  "snp.test-root" },
	{ "S3", "Turin: the same of an id with 04 06", SNP_GEN_TURIN, VCEK, wrapped_id_of_04, NULL,
	  YES, "snp.test-root" },
	{ "S3", "Genoa: hwID in an OCTET STRING", SNP_GEN_GENOA, VCEK, wrapped_id, NULL, YES,
	  "snp.test-root" },
	{ "S3", "Turin: hwID in an INTEGER", SNP_GEN_TURIN, VCEK, id_tagged, NULL, NO,
	  "snp.certificate" },
	{ "S3", "Turin: hwID of 7 bytes", SNP_GEN_TURIN, VCEK, id_short, NULL, NO,
	  "snp.certificate" },
	{ "S3", "Genoa: hwID of 65 bytes", SNP_GEN_GENOA, VCEK, id_long, NULL, NO,
	  "snp.certificate" },
	{ "S3", "Turin: chip id goes on behind 8 bytes", SNP_GEN_TURIN, VCEK, tail_of_id, NULL, NO,
	  "snp.certificate-chip" },
	{ "S3", "Turin: no fmcSPL", SNP_GEN_TURIN, VCEK, no_fmc, NULL, NO, "snp.certificate" },
	{ "S3", "Turin: other fmcSPL", SNP_GEN_TURIN, VCEK, other_fmc, NULL, NO,
	  "snp.certificate-tcb" },
	{ "S3", "Turin: structVersion 0", SNP_GEN_TURIN, VCEK, struct_version_0, NULL, NO,
	  "snp.certificate" },
	{ "S3", "Milan: structVersion 1", SNP_GEN_MILAN, VCEK, struct_version_1, NULL, NO,
	  "snp.certificate" },
	{ "S4", "Turin: byte 3 counts as snp, below the floor", SNP_GEN_TURIN, VCEK, turin_snp_low,
	  NULL, NO, "snp.tcb-low" },
	{ "S4", "Turin: byte 6 is reserved", SNP_GEN_TURIN, VCEK, turin_byte_6, NULL, NO,
	  "snp.format" },
	{ "S5", "ucodeSPL 217 in two bytes", SNP_GEN_MILAN, VCEK, ucode_217, NULL, NO,
	  "snp.tcb-low" },
	{ "S5", "ucodeSPL 219 in one byte is negative", SNP_GEN_MILAN, VCEK, negative, NULL, NO,
	  "snp.certificate" },
	{ "S5", "SPLs with a zero too many", SNP_GEN_MILAN, VCEK, padded, NULL, NO,
	  "snp.certificate" },
	{ "S5", "SPLs of three bytes", SNP_GEN_MILAN, VCEK, long_number, NULL, NO,
	  "snp.certificate" },
	{ "S5", "SPLs as OCTET STRING", SNP_GEN_MILAN, VCEK, octets, NULL, NO, "snp.certificate" },
	{ "S5", "SPLs with a byte after them", SNP_GEN_MILAN, VCEK, trailing, NULL, NO,
	  "snp.certificate" },
	{ "S6", "Milan: another stepping", SNP_GEN_MILAN, VCEK, other_stepping, NULL, YES,
	  "snp.test-root" },
	{ "S7", "model 0xa0 is Genoa", SNP_GEN_GENOA, VCEK, model_a0, NULL, YES, "snp.test-root" },
	{ "S7", "model 0xaf is Genoa", SNP_GEN_GENOA, VCEK, model_af, NULL, YES, "snp.test-root" },
	{ "S7", "model 0xb0 is not known", SNP_GEN_GENOA, VCEK, model_b0, NULL, OPEN,
	  "snp.generation" },
	{ "S7", "model 0x20 is not known", SNP_GEN_GENOA, VCEK, model_20, NULL, OPEN,
	  "snp.generation" },
	{ "S7", "family 0x1a model 0x12 is not known", SNP_GEN_TURIN, VCEK, turin_12, NULL, OPEN,
	  "snp.generation" },
	{ "S8", "VLEK report, VCEK first in the list", SNP_GEN_MILAN, VLEK, NULL, vcek_first, YES,
	  "snp.test-root" },
	{ "S8", "VCEK report, only a VLEK", SNP_GEN_MILAN, VCEK, vlek_signed, NULL, OPEN,
	  "snp.leaf-missing" },
	{ "S8", "VLEK report, only a VCEK", SNP_GEN_MILAN, VLEK, vcek_signed, NULL, OPEN,
	  "snp.leaf-missing" },
	{ "S8", "VCEK report, a VLEK of that name", SNP_GEN_MILAN, VCEK, vlek_named_vcek, NULL, NO,
	  "snp.chain" },
	{ "S8", "VCEK with a csp_id", SNP_GEN_GENOA, VCEK, csp_in_vcek, NULL, NO,
	  "snp.certificate" },
	{ "S8", "VLEK with a hwID", SNP_GEN_GENOA, VLEK, hwid_in_vlek, NULL, NO,
	  "snp.certificate" },
	{ "S8", "hwID twice", SNP_GEN_GENOA, VCEK, twice_hwid, NULL, NO, "snp.certificate" },
	{ "S8", "ucodeSPL twice", SNP_GEN_GENOA, VCEK, twice_ucode, NULL, NO, "snp.certificate" },
	{ "S8", "spl4 .. spl7 not zero", SNP_GEN_GENOA, VCEK, spl5_set, NULL, NO,
	  "snp.certificate" },
};

Test(snp_rows, of_the_certificate_have_their_outcome)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		snp_row_run(&rows[i]);
}
