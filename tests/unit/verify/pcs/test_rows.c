/* The reference's table of negative tests: rows T1, T2, T4 to T10, T15 to T17, through the whole
 * judgement, one line each. */
#include <criterion/criterion.h>

#include "tests/unit/verify/pcs/world.h"

typedef void spoil_fn(struct world *w);

static void nothing(struct world *w)
{
	(void)w;
}

static void qe_missing(struct world *w)
{
	w->qe_file.is_absent = true;
}
static void qe_unsigned(struct world *w)
{
	w->qe.layout = PCS_NO_SIGNATURE;
}
static void qe_signed_by_another(struct world *w)
{
	w->other_signs_qe = true;
}
static void qe_of_sgx(struct world *w)
{
	w->qe.id = "QE";
}

static void qe_mrsigner(struct world *w)
{
	w->enclave.mrsigner[0] ^= 1;
}
static void qe_prodid(struct world *w)
{
	w->enclave.isvprodid = 1;
}
static void qe_debug(struct world *w)
{
	w->enclave.attributes[0] |= 2;
}

static void sgx_15(struct world *w)
{
	w->tcb.sgx_count = 15;
}
static void sgx_17(struct world *w)
{
	w->tcb.sgx_count = 17;
}
static void tdx_15(struct world *w)
{
	w->tcb.tdx_count = 15;
}
static void tdx_17(struct world *w)
{
	w->tcb.tdx_count = 17;
}

static void no_module(struct world *w)
{
	w->tcb.module_count = 0;
}
static void other_module_major(struct world *w)
{
	w->tcb.modules[0].id = "TDX_03";
}
static void mrsignerseam(struct world *w)
{
	w->platform.mrsignerseam[0] = 1;
}
static void seamattributes(struct world *w)
{
	w->platform.seamattributes[0] = 1;
}

static void old_platform_new_module(struct world *w)
{
	w->platform.components[0] = 4;
}
static void high_first_components(struct world *w)
{
	w->tcb.levels[0].tdx[0] = 200;
	w->tcb.levels[0].tdx[1] = 9;
}

static void status_unknown(struct world *w)
{
	w->tcb.levels[0].status = "Excellent";
}
static void platform_revoked(struct world *w)
{
	w->tcb.levels[0].status = "Revoked";
}
static void module_revoked(struct world *w)
{
	w->tcb.modules[0].levels[0].status = "Revoked";
}
static void qe_revoked(struct world *w)
{
	w->qe.levels[0].status = "Revoked";
}

static void relaunch(struct world *w)
{
	w->platform.has_svn2 = true;
	w->platform.tee_tcb_svn[2] = 5;
}

static void ascending(struct world *w)
{
	struct pcs_level_spec first = w->tcb.levels[0];

	w->tcb.levels[0] = w->tcb.levels[1];
	w->tcb.levels[1] = first;
}
static void level_twice(struct world *w)
{
	w->tcb.levels[1] = w->tcb.levels[0];
}

static void fmspc(struct world *w)
{
	w->tcb.fmspc[5] = 1;
}
static void pceid(struct world *w)
{
	w->tcb.pceid[0] = 1;
}
static void info_of_sgx(struct world *w)
{
	w->tcb = pcs_tcb_spec_sgx();
}
static void upper_hex(struct world *w)
{
	w->tcb.upper_hex = true;
	w->qe.upper_hex = true;
}

static void tcb_expired(struct world *w)
{
	w->tcb.next_update = w->rig.context.at - 1;
}
static void tcb_not_yet(struct world *w)
{
	w->tcb.issue_date = w->rig.context.at + 1;
}
static void qe_expired(struct world *w)
{
	w->qe.next_update = w->rig.context.at - 1;
}
static void crl_of_other_ca(struct world *w)
{
	w->ca_crl_by_root = true;
}
static void pck_revoked(struct world *w)
{
	w->ca_revokes = SERIAL_PCK;
}
static void ca_revoked(struct world *w)
{
	w->root_revokes = SERIAL_CA;
}
static void signer_revoked(struct world *w)
{
	w->root_revokes = SERIAL_SIGNER;
}

static void space_inside(struct world *w)
{
	w->tcb.layout = PCS_SPACE_INSIDE;
}
static void space_before(struct world *w)
{
	w->tcb.layout = PCS_SPACE_BEFORE;
}
static void reordered(struct world *w)
{
	w->tcb.layout = PCS_REORDERED_INSIDE;
}
static void signature_first(struct world *w)
{
	w->tcb.layout = PCS_SIGNATURE_FIRST;
}
static void twice(struct world *w)
{
	w->tcb.layout = PCS_TWICE;
}
static void twice_signed(struct world *w)
{
	w->tcb.layout = PCS_TWICE_SIGNED;
}
static void twice_inside(struct world *w)
{
	w->tcb.layout = PCS_TWICE_INSIDE;
}

struct row {
	const char *id;
	const char *what;
	spoil_fn *spoil;
	enum verify_decision want;
	const char *code;
};

static void judge_row(const struct row *r)
{
	struct world w;
	enum verify_decision got;

	world_init(&w, true);
	r->spoil(&w);
	got = world_judge(&w);
	row_print(r->id, r->what, w.rig.context.verdict);
	cr_expect_eq(got, r->want, "%s %s: %s", r->id, r->what, verify_decision_name(got));
	cr_expect(world_said(&w, r->code), "%s %s: no %s", r->id, r->what, r->code);
	cr_expect_eq(world_said(&w, "pcs.up-to-date"), got == VERIFY_ACCEPTED, "%s %s", r->id,
		     r->what);
	world_done(&w);
}

#define NO  VERIFY_REFUSED
#define YES VERIFY_ACCEPTED

Test(pcs_rows, quoting_enclave)
{
	static const struct row rows[] = {
		{ "-", "all collateral good", nothing, YES, "pcs.up-to-date" },
		{ "T1", "QE identity missing", qe_missing, VERIFY_UNPROVEN,
		  "pcs.collateral-missing" },
		{ "T1", "QE identity without signature", qe_unsigned, NO, "pcs.format" },
		{ "T1", "QE identity signed by another key", qe_signed_by_another, NO,
		  "pcs.forged" },
		{ "T1", "QE identity of the other TEE", qe_of_sgx, NO, "pcs.other-identity" },
		{ "T2", "QE with another MRSIGNER", qe_mrsigner, NO, "pcs.other-quoting-enclave" },
		{ "T2", "QE with another ISVPRODID", qe_prodid, NO, "pcs.other-quoting-enclave" },
		{ "T2", "QE in debug mode", qe_debug, NO, "pcs.other-quoting-enclave" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		judge_row(&rows[i]);
}

Test(pcs_rows, levels)
{
	static const struct row rows[] = {
		{ "T4", "sgxtcbcomponents with 15 entries", sgx_15, NO, "pcs.format" },
		{ "T4", "sgxtcbcomponents with 17 entries", sgx_17, NO, "pcs.format" },
		{ "T4", "tdxtcbcomponents with 15 entries", tdx_15, NO, "pcs.format" },
		{ "T4", "tdxtcbcomponents with 17 entries", tdx_17, NO, "pcs.format" },
		{ "T5", "no module identities, M = 1", no_module, NO, "pcs.other-module" },
		{ "T5", "module identity of another major version", other_module_major, NO,
		  "pcs.other-module" },
		{ "T5", "MRSIGNERSEAM of another", mrsignerseam, NO, "pcs.other-module" },
		{ "T5", "SEAMATTRIBUTES not zero", seamattributes, NO, "pcs.other-module" },
		{ "T6", "M = 1, platform OutOfDate, module UpToDate", old_platform_new_module, NO,
		  "pcs.out-of-date" },
		{ "T7", "M = 1, the level's tdx[0], tdx[1] higher", high_first_components, YES,
		  "pcs.up-to-date" },
		{ "T8", "unknown tcbStatus", status_unknown, NO, "pcs.format" },
		{ "T8", "platform Revoked", platform_revoked, NO, "pcs.tcb-revoked" },
		{ "T8", "module Revoked", module_revoked, NO, "pcs.tcb-revoked" },
		{ "T8", "QE Revoked", qe_revoked, NO, "pcs.tcb-revoked" },
		{ "T9", "TD 1.5, launch OutOfDate, current UpToDate", relaunch, NO,
		  "pcs.td-relaunch-advised" },
		{ "T10", "levels in ascending order", ascending, YES, "pcs.up-to-date" },
		{ "T10", "a level twice", level_twice, NO, "pcs.format" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		judge_row(&rows[i]);
}

Test(pcs_rows, collateral)
{
	static const struct row rows[] = {
		{ "T15", "FMSPC of another platform", fmspc, NO, "pcs.other-platform" },
		{ "T15", "PCEID of another platform", pceid, NO, "pcs.other-platform" },
		{ "T15", "TCB info for SGX", info_of_sgx, NO, "pcs.other-platform" },
		{ "T15", "hex in the other case", upper_hex, YES, "pcs.up-to-date" },
		{ "T16", "TCB info expired", tcb_expired, NO, "pcs.collateral-expired" },
		{ "T16", "TCB info not yet issued", tcb_not_yet, NO, "pcs.collateral-not-yet" },
		{ "T16", "QE identity expired", qe_expired, NO, "pcs.collateral-expired" },
		{ "T16", "CRL of the other CA", crl_of_other_ca, NO, "pcs.forged" },
		{ "T16", "PCK revoked", pck_revoked, NO, "pcs.pck-revoked" },
		{ "T16", "PCK's CA revoked", ca_revoked, NO, "pcs.ca-revoked" },
		{ "T16", "TCB signer revoked", signer_revoked, NO, "pcs.signer-revoked" },
		{ "T17", "white space inside tcbInfo", space_inside, NO, "pcs.forged" },
		{ "T17", "white space in front of tcbInfo", space_before, NO, "pcs.format" },
		{ "T17", "members of tcbInfo re-ordered", reordered, NO, "pcs.forged" },
		{ "T17", "signature in front of tcbInfo", signature_first, NO, "pcs.format" },
		{ "T17", "tcbInfo twice", twice, NO, "pcs.forged" },
		{ "T17", "tcbInfo twice, both signed together", twice_signed, NO, "pcs.format" },
		{ "T17", "a member of tcbInfo twice, signed", twice_inside, NO, "pcs.format" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		judge_row(&rows[i]);
}
