/* Flipped bits and every end of collateral that was accepted, through the whole judgement. */
#include <criterion/criterion.h>

#include "tests/unit/verify/pcs/world.h"

/* One level each, to have fewer bytes of the same kind; and no CRLs, which have tests of their own:
 * asking them each time would take most of the time. */
static void small_world(struct world *w)
{
	world_init(w, true);
	w->tcb.level_count = 1;
	w->tcb.has_categories = false;
	w->tcb.modules[0].level_count = 1;
	w->qe.level_count = 1;
	w->rig.policy.tdx.tcb.revocation_if_present = true;
	w->root_crl_file.is_absent = w->ca_crl_file.is_absent = true;
	cr_assert_eq(world_judge(w), VERIFY_ACCEPTED);
}

static void flip(struct world *w, struct world_file *f)
{
	cr_assert_eq(world_judge(w), VERIFY_ACCEPTED);
	for (size_t i = 0; i < f->instead.len * 8; i = flips_next(i)) {
		uint8_t bit = (uint8_t)(1 << i % 8);

		f->instead.at[i / 8] ^= bit;
		cr_expect_neq(world_judge(w), VERIFY_ACCEPTED, "byte %zu, bit %zu", i / 8, i % 8);
		cr_expect_not(world_said(w, "pcs.up-to-date"));
		f->instead.at[i / 8] ^= bit;
	}
	cr_assert_eq(world_judge(w), VERIFY_ACCEPTED);
}

static void cut_all(struct world *w, struct world_file *f)
{
	size_t whole = f->instead.len;

	for (size_t len = 1; len < whole; len++) {
		f->instead.len = len;
		cr_expect_neq(world_judge(w), VERIFY_ACCEPTED, "%zu bytes", len);
	}
	f->instead.len = whole;
	cr_assert_eq(world_judge(w), VERIFY_ACCEPTED);
}

Test(pcs_flips, flipped_bits_and_ends_of_tcb_info)
{
	struct world w;

	small_world(&w);
	w.qe_file.instead = world_qe_body(&w);
	w.signer_file.instead = world_signer_pem(&w);
	w.tcb_file.instead = world_tcb_body(&w);
	flip(&w, &w.tcb_file);
	cut_all(&w, &w.tcb_file);
	world_done(&w);
}

Test(pcs_flips, flipped_bits_and_ends_of_qe_identity)
{
	struct world w;

	small_world(&w);
	w.tcb_file.instead = world_tcb_body(&w);
	w.signer_file.instead = world_signer_pem(&w);
	w.qe_file.instead = world_qe_body(&w);
	flip(&w, &w.qe_file);
	cut_all(&w, &w.qe_file);
	world_done(&w);
}

/* In the DER, written as PEM again: armour has bits that carry nothing. */
static struct buf armour(struct span der)
{
	struct buf pem = BUF_EMPTY;
	char *text = malloc(der.len * 2 + 8);
	int len;

	cr_assert_not_null(text);
	len = EVP_EncodeBlock((unsigned char *)text, der.at, (int)der.len);
	cr_assert_eq(buf_printf(&pem, 65536, NULL, "-----BEGIN CERTIFICATE-----\n"), 0);
	for (int i = 0; i < len; i += 64)
		cr_assert_eq(buf_printf(&pem, 65536, NULL, "%.64s\n", text + i), 0);
	cr_assert_eq(buf_printf(&pem, 65536, NULL, "-----END CERTIFICATE-----\n"), 0);
	free(text);
	return pem;
}

Test(pcs_flips, flipped_bits_of_the_signers_certificate)
{
	struct world w;
	AUTO_BUF struct buf der = BUF_EMPTY;

	small_world(&w);
	w.tcb_file.instead = world_tcb_body(&w);
	w.qe_file.instead = world_qe_body(&w);
	der = pki_der(w.signer);
	w.signer_file.instead = armour(buf_view(&der));
	cr_assert_eq(world_judge(&w), VERIFY_ACCEPTED);
	for (size_t i = 0; i < der.len * 8; i = flips_next(i)) {
		der.at[i / 8] ^= (uint8_t)(1 << i % 8);
		buf_done(&w.signer_file.instead);
		w.signer_file.instead = armour(buf_view(&der));
		cr_expect_neq(world_judge(&w), VERIFY_ACCEPTED, "byte %zu, bit %zu", i / 8, i % 8);
		der.at[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	world_done(&w);
}

static struct buf crl_of(X509 *issuer, EVP_PKEY *key, const struct world *w)
{
	return pki_crl(issuer, key, PKI_ECDSA_SHA256, w->crl_issued, w->crl_next, NULL, 0);
}

Test(pcs_flips, flipped_bits_and_ends_of_both_crls)
{
	struct world w;

	small_world(&w);
	w.tcb_file.instead = world_tcb_body(&w);
	w.qe_file.instead = world_qe_body(&w);
	w.signer_file.instead = world_signer_pem(&w);
	w.root_crl_file.is_absent = w.ca_crl_file.is_absent = false;
	w.root_crl_file.instead = crl_of(w.root, w.root_key, &w);
	w.ca_crl_file.instead = crl_of(w.ca, w.ca_key, &w);
	flip(&w, &w.root_crl_file);
	cut_all(&w, &w.root_crl_file);
	flip(&w, &w.ca_crl_file);
	cut_all(&w, &w.ca_crl_file);
	world_done(&w);
}
