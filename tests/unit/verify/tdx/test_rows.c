/* The reference's negative tests that are about quotes: T2, T3, T11 to T14, T18, T19, T22. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stddef.h>

#include "tests/unit/verify/tdx/scene.h"

enum base { TD10, TD15, SGX };

/* What is spoilt, told apart because rows can't hold functions. */
enum spoil {
	NOTHING,
	/* header and body */
	VENDOR,
	KEY_TYPE_3,
	KEY_TYPE_0,
	TEE_SGX_OVER_TD,
	TEE_OTHER,
	TEE_TDX_IN_V3,
	BODY_ENCLAVE_TEE_TDX,
	BODY_TD_TEE_SGX,
	BODY_TYPE_0,
	BODY_TYPE_4,
	BODY_TD10_SIZE_TD15,
	VERSION_2,
	VERSION_6,
	/* authentication data */
	AUTH_BEYOND,
	AUTH_HUGE,
	OUTER_BEYOND,
	OUTER_SHORT,
	OUTER_TYPE_5,
	AUTH_EXTRA,
	QE_DATA_LONG,
	QE_DATA_1K,
	QE_DATA_NONE,
	CERT_TYPE_0,
	CERT_TYPE_1,
	CERT_TYPE_2,
	CERT_TYPE_3,
	CERT_TYPE_4,
	CERT_TYPE_6,
	CERT_TYPE_7,
	CERT_TYPE_8,
	/* trust */
	SIGNATURE,
	QE_SIGNATURE,
	QE_OTHER_KEY,
	KEY_HASH,
	KEY_OFF_CURVE,
	QE_HIGH_HALF,
	QE_HIGH_HALF_LAST,
	QE_MRSIGNER,
	QE_OF_OTHER_TEE,
	QE_PRODID,
	QE_DEBUG,
	/* mode */
	DEBUG,
	TUD_1,
	TUD_7,
	NO_SEPT_VE,
	MIGRATABLE,
	UNKNOWN_BIT,
	LASS,
	XFAM_UNKNOWN,
	XFAM_WITHOUT_SSE,
	SERVICE_TD,
	/* behind it */
	PADDED_70,
	PADDED_8K,
	PADDED_MORE,
	PADDED_ONES,
	/* time */
	LEAF_EXPIRED,
	LEAF_NOT_YET,
	SPOILS
};

struct row {
	char id[6];
	char what[64];
	enum base base;
	enum spoil spoil;
	enum verify_decision want;
	char code[32]; /* "": any */
};

static void flip_bit(uint8_t attributes[static 8], unsigned bit)
{
	attributes[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void spoil_head(struct quote_spec *s, enum spoil what)
{
	switch (what) {
	case VENDOR:
		s->vendor[0] ^= 1;
		break;
	case KEY_TYPE_3:
	case KEY_TYPE_0:
		s->key_type = what == KEY_TYPE_3 ? 3 : 0;
		break;
	case TEE_SGX_OVER_TD:
	case BODY_TD_TEE_SGX:
		s->tee_type = 0;
		break;
	case TEE_OTHER:
		s->tee_type = 0x82;
		break;
	case TEE_TDX_IN_V3:
		s->tee_type = 0x81;
		break;
	case BODY_ENCLAVE_TEE_TDX:
		s->kind = QUOTE_GEN_SGX;
		s->body_type = 1;
		break;
	case BODY_TYPE_0:
	case BODY_TYPE_4:
		s->body_type = what == BODY_TYPE_0 ? 0 : 4;
		break;
	case BODY_TD10_SIZE_TD15:
		s->body_type = 2;
		break;
	case VERSION_2:
	case VERSION_6:
		s->version = what == VERSION_2 ? 2 : 6;
		break;
	default:
		break;
	}
}

static void spoil_auth(struct quote_spec *s, enum spoil what)
{
	if (what >= CERT_TYPE_0 && what <= CERT_TYPE_4)
		s->cert_type = (uint16_t)(what - CERT_TYPE_0);
	if (what >= CERT_TYPE_6 && what <= CERT_TYPE_8)
		s->cert_type = (uint16_t)(what - CERT_TYPE_6 + 6);
	switch (what) {
	case AUTH_BEYOND:
		s->auth_len_delta = 1;
		break;
	case AUTH_HUGE:
		s->auth_len_delta = -(int64_t)5000;
		break;
	case OUTER_BEYOND:
	case OUTER_SHORT:
		s->outer_size_delta = what == OUTER_BEYOND ? 1 : -1;
		break;
	case OUTER_TYPE_5:
		s->outer_type = 5;
		break;
	case AUTH_EXTRA:
		s->auth_extra = 1;
		break;
	case QE_DATA_LONG:
		s->qe_data_len = 1025;
		break;
	case QE_DATA_1K:
		s->qe_data_len = 1024;
		break;
	case QE_DATA_NONE:
		s->qe_data_len = 0;
		break;
	default:
		break;
	}
}

static void spoil_trust(struct quote_spec *s, enum spoil what)
{
	switch (what) {
	case SIGNATURE:
		s->break_signature = true;
		break;
	case KEY_HASH:
		s->break_key_hash = true;
		break;
	case QE_SIGNATURE:
		s->break_qe_signature = true;
		break;
	case QE_OTHER_KEY:
		s->wrong_qe_key = true;
		break;
	case KEY_OFF_CURVE:
		s->key_off_curve = true;
		break;
	case QE_HIGH_HALF:
	case QE_HIGH_HALF_LAST:
		s->qe.report_data[what == QE_HIGH_HALF ? 32 : 63] = 1;
		break;
	case QE_MRSIGNER:
		s->qe.mrsigner[31] ^= 1;
		break;
	case QE_OF_OTHER_TEE:
		s->qe = quote_spec_sgx().qe;
		break;
	case QE_PRODID:
		s->qe.isvprodid++;
		break;
	case QE_DEBUG:
		s->qe.attributes[0] |= 2;
		break;
	default:
		break;
	}
}

static void spoil_mode(struct quote_spec *s, enum spoil what)
{
	switch (what) {
	case DEBUG:
		flip_bit(s->td.attributes, 0);
		s->enclave.attributes[0] |= 2;
		break;
	case TUD_1:
	case TUD_7:
		flip_bit(s->td.attributes, what == TUD_1 ? 1 : 7);
		break;
	case NO_SEPT_VE:
		flip_bit(s->td.attributes, 28);
		break;
	case MIGRATABLE:
		flip_bit(s->td.attributes, 29);
		break;
	case UNKNOWN_BIT:
	case LASS:
		flip_bit(s->td.attributes, what == LASS ? 27 : 62);
		break;
	case XFAM_UNKNOWN:
		flip_bit(s->td.xfam, 20);
		break;
	case XFAM_WITHOUT_SSE:
		flip_bit(s->td.xfam, 1);
		break;
	case SERVICE_TD:
		s->td.mr_service_td[47] = 1;
		break;
	case PADDED_70:
	case PADDED_ONES:
		s->padding = 70;
		s->padding_byte = what == PADDED_ONES;
		break;
	case PADDED_8K:
	case PADDED_MORE:
		s->padding = what == PADDED_8K ? 8192 : 8193;
		break;
	case LEAF_EXPIRED:
		s->leaf_not_before = 1600000000;
		s->leaf_not_after = 1700000000;
		break;
	case LEAF_NOT_YET:
		s->leaf_not_before = 1800000000;
		s->leaf_not_after = 1900000000;
		break;
	default:
		break;
	}
}

#define REFUSED	 VERIFY_REFUSED
#define ACCEPTED VERIFY_ACCEPTED

ParameterizedTestParameters(tdx_rows, each_has_its_outcome)
{
	static struct row rows[] = {
		{ "-", "nothing wrong", TD10, NOTHING, ACCEPTED, "" },
		{ "T2", "QE of another signer, under a real PCK", TD10, QE_MRSIGNER, REFUSED,
		  "tdx.qe" },
		{ "T2", "QE of SGX signs a TD quote", TD10, QE_OF_OTHER_TEE, REFUSED, "tdx.qe" },
		{ "T2", "another product of Intel's enclaves", TD10, QE_PRODID, REFUSED, "tdx.qe" },
		{ "T2", "QE in debug mode", TD10, QE_DEBUG, REFUSED, "tdx.qe" },
		{ "T2", "SGX: QE of another signer", SGX, QE_MRSIGNER, REFUSED, "tdx.qe" },
		{ "T3", "another vendor's QE", TD10, VENDOR, REFUSED, "tdx.format" },
		{ "T3", "another vendor's QE, SGX", SGX, VENDOR, REFUSED, "tdx.format" },
		{ "T11", "v4, TEE type SGX over a TD body", TD10, TEE_SGX_OVER_TD, REFUSED,
		  "tdx.format" },
		{ "T11", "TEE type 0x82", TD10, TEE_OTHER, REFUSED, "tdx.format" },
		{ "T11", "v3, TEE type TDX", SGX, TEE_TDX_IN_V3, REFUSED, "tdx.format" },
		{ "T11", "key type 3 (P-384)", TD10, KEY_TYPE_3, REFUSED, "tdx.format" },
		{ "T11", "key type 0", TD10, KEY_TYPE_0, REFUSED, "tdx.format" },
		{ "T11", "v5, body type 1, TEE type TDX", TD15, BODY_ENCLAVE_TEE_TDX, REFUSED,
		  "tdx.format" },
		{ "T11", "v5, body type 3, TEE type SGX", TD15, BODY_TD_TEE_SGX, REFUSED,
		  "tdx.format" },
		{ "T11", "v5, body type 0", TD15, BODY_TYPE_0, REFUSED, "tdx.format" },
		{ "T11", "v5, body type 4", TD15, BODY_TYPE_4, REFUSED, "tdx.format" },
		{ "T11", "v5, body type 2 with the size of 3", TD15, BODY_TD10_SIZE_TD15, REFUSED,
		  "tdx.format" },
		{ "T11", "version 2", SGX, VERSION_2, REFUSED, "tdx.format" },
		{ "T11", "version 6", TD15, VERSION_6, REFUSED, "tdx.format" },
		{ "T12", "auth_len one beyond the end", TD10, AUTH_BEYOND, REFUSED, "tdx.format" },
		{ "T12", "auth_len wraps 32 bits", TD10, AUTH_HUGE, REFUSED, "tdx.format" },
		{ "T12", "type 6 one beyond auth_len", TD10, OUTER_BEYOND, REFUSED, "tdx.format" },
		{ "T12", "type 6 one short", TD10, OUTER_SHORT, REFUSED, "tdx.format" },
		{ "T12", "type 5 where 6 belongs", TD10, OUTER_TYPE_5, REFUSED, "tdx.format" },
		{ "T12", "a byte that no inner size uses", TD10, AUTH_EXTRA, REFUSED,
		  "tdx.format" },
		{ "T12", "v3: a byte that no inner size uses", SGX, AUTH_EXTRA, REFUSED,
		  "tdx.format" },
		{ "T12", "QE data of 1025 bytes", TD10, QE_DATA_LONG, REFUSED, "tdx.format" },
		{ "T12", "QE data of 1024 bytes", TD10, QE_DATA_1K, ACCEPTED, "" },
		{ "T12", "no QE data", TD10, QE_DATA_NONE, ACCEPTED, "" },
		{ "T12", "certification type 0", TD10, CERT_TYPE_0, REFUSED, "tdx.certificates" },
		{ "T12", "certification type 1 (PPID)", TD10, CERT_TYPE_1, VERIFY_UNPROVEN,
		  "tdx.pck-missing" },
		{ "T12", "certification type 2 (PPID)", TD10, CERT_TYPE_2, VERIFY_UNPROVEN,
		  "tdx.pck-missing" },
		{ "T12", "certification type 3 (PPID)", SGX, CERT_TYPE_3, VERIFY_UNPROVEN,
		  "tdx.pck-missing" },
		{ "T12", "certification type 4 (leaf)", TD10, CERT_TYPE_4, REFUSED,
		  "tdx.certificates" },
		{ "T12", "certification type 6, once more", TD10, CERT_TYPE_6, REFUSED,
		  "tdx.certificates" },
		{ "T12", "certification type 7 (manifest)", TD10, CERT_TYPE_7, REFUSED,
		  "tdx.certificates" },
		{ "T12", "certification type 8", TD10, CERT_TYPE_8, REFUSED, "tdx.certificates" },
		{ "-", "quote's signature", TD10, SIGNATURE, REFUSED, "tdx.signature" },
		{ "-", "QE report's signature", TD10, QE_SIGNATURE, REFUSED, "tdx.qe-signature" },
		{ "-", "QE report signed by another key", TD10, QE_OTHER_KEY, REFUSED,
		  "tdx.qe-signature" },
		{ "-", "QE vouches for another key", TD10, KEY_HASH, REFUSED, "tdx.key" },
		{ "-", "attestation key off the curve", TD10, KEY_OFF_CURVE, REFUSED,
		  "tdx.signature" },
		{ "T18", "DEBUG", TD10, DEBUG, REFUSED, "tdx.debug" },
		{ "T18", "DEBUG, TD 1.5", TD15, DEBUG, REFUSED, "tdx.debug" },
		{ "T18", "DEBUG of an enclave", SGX, DEBUG, REFUSED, "sgx.debug" },
		{ "T18", "reserved TUD bit 1", TD10, TUD_1, REFUSED, "tdx.under-debug" },
		{ "T18", "reserved TUD bit 7", TD10, TUD_7, REFUSED, "tdx.under-debug" },
		{ "T18", "SEPT_VE_DISABLE 0", TD10, NO_SEPT_VE, REFUSED, "tdx.sept-ve-disable" },
		{ "T18", "mr_service_td set", TD15, SERVICE_TD, REFUSED, "tdx.service-td" },
		{ "4.6", "MIGRATABLE", TD10, MIGRATABLE, REFUSED, "tdx.attributes" },
		{ "4.6", "unknown attribute bit 62", TD10, UNKNOWN_BIT, REFUSED, "tdx.attributes" },
		{ "4.6", "unknown attribute bit 27", TD10, LASS, REFUSED, "tdx.attributes" },
		{ "4.6", "unknown XFAM bit 20", TD10, XFAM_UNKNOWN, REFUSED, "tdx.xfam" },
		{ "4.6", "XFAM without SSE", TD10, XFAM_WITHOUT_SSE, REFUSED, "tdx.xfam" },
		{ "T19", "70 trailing zeros", TD10, PADDED_70, ACCEPTED, "" },
		{ "T19", "70 trailing zeros, v3", SGX, PADDED_70, ACCEPTED, "" },
		{ "T19", "8192 trailing zeros", TD10, PADDED_8K, ACCEPTED, "" },
		{ "T19", "8193 trailing zeros", TD10, PADDED_MORE, REFUSED, "tdx.format" },
		{ "T19", "70 trailing ones", TD10, PADDED_ONES, REFUSED, "tdx.format" },
		{ "T22", "QE report data byte 32", TD10, QE_HIGH_HALF, REFUSED, "tdx.key" },
		{ "T22", "QE report data byte 63", SGX, QE_HIGH_HALF_LAST, REFUSED, "tdx.key" },
		{ "-", "PCK expired", TD10, LEAF_EXPIRED, REFUSED, "tdx.expired" },
		{ "-", "PCK not yet valid", TD10, LEAF_NOT_YET, REFUSED, "tdx.not-yet-valid" },
	};

	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *r, tdx_rows, each_has_its_outcome)
{
	struct scene s;

	scene_init(&s, r->base == TD10	 ? quote_spec_td10()
		       : r->base == TD15 ? quote_spec_td15()
					 : quote_spec_sgx());
	spoil_head(&s.spec, r->spoil);
	spoil_auth(&s.spec, r->spoil);
	spoil_trust(&s.spec, r->spoil);
	spoil_mode(&s.spec, r->spoil);
	cr_expect_eq(scene_judge(&s), r->want, "%s %s", r->id, r->what);
	row_print(r->id, r->what, s.rig.context.verdict);
	if (*r->code)
		cr_expect(rig_said(&s.rig, r->code), "%s: %s", r->what, r->code);
	scene_done(&s);
}

/* --- T13: the PCK's extension ----------------------------------------------------------------- */

struct pck_row {
	char what[48];
	enum pck_twist twist;
	enum verify_decision want;
};

ParameterizedTestParameters(tdx_rows, t13_the_pck_extension)
{
	static struct pck_row rows[] = {
		{ "members backwards", PCK_REORDERED, VERIFY_ACCEPTED },
		{ "one more member of Intel's", PCK_UNKNOWN_MEMBER, VERIFY_ACCEPTED },
		{ "no extension", PCK_ABSENT, VERIFY_REFUSED },
		{ "a member of somebody else's", PCK_OTHER_OID, VERIFY_REFUSED },
		{ "FMSPC twice", PCK_DUPLICATE_FMSPC, VERIFY_REFUSED },
		{ "component 3 twice", PCK_DUPLICATE_SVN, VERIFY_REFUSED },
		{ "the extension twice", PCK_DUPLICATE_EXTENSION, VERIFY_REFUSED },
		{ "no PCESVN", PCK_NO_PCESVN, VERIFY_REFUSED },
		{ "no FMSPC", PCK_NO_FMSPC, VERIFY_REFUSED },
		{ "no TCB", PCK_NO_TCB, VERIFY_REFUSED },
		{ "FMSPC of 5 bytes", PCK_SHORT_FMSPC, VERIFY_REFUSED },
		{ "PCEID of 3 bytes", PCK_LONG_PCEID, VERIFY_REFUSED },
		{ "a component of -128", PCK_NEGATIVE_SVN, VERIFY_REFUSED },
		{ "a component of 00 05", PCK_PADDED_SVN, VERIFY_REFUSED },
		{ "a BOOLEAN of 01", PCK_LAX_BOOLEAN, VERIFY_REFUSED },
		{ "nested 1000 deep", PCK_NESTED, VERIFY_REFUSED },
		{ "indefinite length", PCK_INDEFINITE, VERIFY_REFUSED },
		{ "length in more bytes than needed", PCK_LONG_LENGTH, VERIFY_REFUSED },
		{ "a byte behind the sequence", PCK_TRAILING, VERIFY_REFUSED },
		{ "the last byte missing", PCK_CUT, VERIFY_REFUSED },
	};

	return cr_make_param_array(struct pck_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct pck_row *r, tdx_rows, t13_the_pck_extension)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.pck.twist = r->twist;
	cr_expect_eq(scene_judge(&s), r->want, "%s", r->what);
	row_print("T13", r->what, s.rig.context.verdict);
	/* A certificate with one extension twice is none, to begin with. */
	cr_expect_eq(rig_said(&s.rig,
			      r->twist == PCK_DUPLICATE_EXTENSION ? "tdx.certificates" : "tdx.pck"),
		     r->want != VERIFY_ACCEPTED);
	scene_done(&s);
}

struct number_row {
	char what[32];
	uint32_t component;
	uint32_t pcesvn;
	enum verify_decision want;
};

ParameterizedTestParameters(tdx_rows, t13_numbers_of_the_pck)
{
	static struct number_row rows[] = {
		{ "component 127", 127, 13, VERIFY_ACCEPTED },
		{ "component 128", 128, 13, VERIFY_ACCEPTED },
		{ "component 255", 255, 13, VERIFY_ACCEPTED },
		{ "component 256", 256, 13, VERIFY_REFUSED },
		{ "component 2^31", 0x80000000, 13, VERIFY_REFUSED },
		{ "component 2^32-1", 0xffffffff, 13, VERIFY_REFUSED },
		{ "PCESVN 65535", 5, 65535, VERIFY_ACCEPTED },
		{ "PCESVN 65536", 5, 65536, VERIFY_REFUSED },
	};

	return cr_make_param_array(struct number_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct number_row *r, tdx_rows, t13_numbers_of_the_pck)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.pck.components[0] = r->component;
	s.spec.pck.pcesvn = r->pcesvn;
	cr_expect_eq(scene_judge(&s), r->want, "%s", r->what);
	row_print("T13", r->what, s.rig.context.verdict);
	scene_done(&s);
}

/* --- T12, T14: the chain ---------------------------------------------------------------------- */

struct chain_row {
	char id[6];
	char what[56];
	enum chain_twist twist;
	enum verify_decision want;
	char code[24];
};

ParameterizedTestParameters(tdx_rows, t14_the_chain)
{
	static struct chain_row rows[] = {
		{ "T12", "two PEM blocks, the root absent", QUOTE_CHAIN_TWO, VERIFY_REFUSED,
		  "tdx.certificates" },
		{ "T12", "four PEM blocks", QUOTE_CHAIN_FOUR, VERIFY_REFUSED, "tdx.certificates" },
		{ "T12", "no trailing NUL", QUOTE_CHAIN_NO_NUL, VERIFY_ACCEPTED, "tdx.test-root" },
		{ "T12", "text after the PEM", QUOTE_CHAIN_TEXT_AFTER, VERIFY_REFUSED,
		  "tdx.certificates" },
		{ "T12", "text between the blocks", QUOTE_CHAIN_TEXT_BETWEEN, VERIFY_REFUSED,
		  "tdx.certificates" },
		{ "T12", "no certificates", QUOTE_CHAIN_EMPTY, VERIFY_REFUSED, "tdx.certificates" },
		{ "T14", "all under a root of the same names", QUOTE_CHAIN_OTHER_ROOT,
		  VERIFY_REFUSED, "tdx.chain" },
		{ "T14", "right chain, look-alike in the root's place", QUOTE_CHAIN_LOOKALIKE,
		  VERIFY_REFUSED, "tdx.chain" },
		{ "T14", "root first", QUOTE_CHAIN_BACKWARDS, VERIFY_REFUSED, "tdx.chain" },
		{ "T14", "a CA that is no PCK CA", QUOTE_CHAIN_OTHER_CA, VERIFY_REFUSED,
		  "tdx.chain" },
		{ "T14", "a leaf that is no PCK certificate", QUOTE_CHAIN_OTHER_LEAF,
		  VERIFY_REFUSED, "tdx.chain" },
	};

	return cr_make_param_array(struct chain_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct chain_row *r, tdx_rows, t14_the_chain)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.spec.chain = r->twist;
	s.no_collateral = r->want == VERIFY_REFUSED;
	cr_expect_eq(scene_judge(&s), r->want, "%s", r->what);
	row_print(r->id, r->what, s.rig.context.verdict);
	cr_expect(rig_said(&s.rig, r->code), "%s: %s", r->what, r->code);
	scene_done(&s);
}

/* --- Other forms ------------------------------------------------------------------------------ */

struct form_row {
	char what[40];
	uint8_t bytes[8];
	size_t len;
	enum verify_decision want;
	char code[24];
};

ParameterizedTestParameters(tdx_rows, other_forms_are_told)
{
	static struct form_row rows[] = {
		{ "CBOR: a tag", { 0xd2, 0x84, 0x44 }, 3, VERIFY_UNPROVEN, "tdx.form-unknown" },
		{ "CBOR: an array", { 0x84, 0x44 }, 2, VERIFY_UNPROVEN, "tdx.form-unknown" },
		{ "CBOR: a tag of two bytes",
		  { 0xd9, 0x02, 0x59 },
		  3,
		  VERIFY_UNPROVEN,
		  "tdx.form-unknown" },
		{ "nothing", { 0 }, 0, VERIFY_REFUSED, "tdx.format" },
		{ "one byte", { 4 }, 1, VERIFY_REFUSED, "tdx.format" },
		{ "text", { '{', '"', 'q', '"' }, 4, VERIFY_REFUSED, "tdx.format" },
	};

	return cr_make_param_array(struct form_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form_row *r, tdx_rows, other_forms_are_told)
{
	struct scene s;

	scene_init(&s, quote_spec_td10());
	cr_expect_eq(scene_judge_bytes(&s, span(r->bytes, r->len)), r->want, "%s", r->what);
	row_print("3.3", r->what, s.rig.context.verdict);
	cr_expect(rig_said(&s.rig, r->code));
	cr_expect_not(scene_is_genuine(&s));
	scene_done(&s);
}
