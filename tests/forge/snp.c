#include "tests/support/evidence/snp.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/forge/forge.h"

#define DEBUG_ALLOWED (1u << 19) /* of the guest's policy */
#define TCB_AT	      0x180
#define TCB_BYTES     8

static const char *const breaks[] = { "signature",    "root",	       "chip",	      "tcb",
				      "debug",	      "truncated",     "nonce",	      "measurement",
				      "tcb-old",      "vmpl",	       "revoked",     "crl-stale",
				      "leaf-missing", "chain-missing", "crl-missing", NULL };

static void break_report(const struct forge *f, struct snp_spec *s)
{
	if (forge_breaks(f, "signature"))
		s->sign = SNP_SIGN_OTHER_KEY;
	if (forge_breaks(f, "root"))
		s->chain = SNP_CHAIN_SELF_MADE;
	if (forge_breaks(f, "debug"))
		s->policy |= DEBUG_ALLOWED;
	if (forge_breaks(f, "vmpl"))
		s->vmpl = 1;
	if (forge_breaks(f, "revoked"))
		s->crl = SNP_CRL_REVOKES_ASK;
	if (forge_breaks(f, "crl-stale"))
		s->crl_to = FORGE_AT - FORGE_DAY;
	if (forge_breaks(f, "chip")) {
		s->has_leaf_chip = true;
		memset(s->leaf_chip, 0x77, sizeof(s->leaf_chip));
	}
	if (forge_breaks(f, "tcb")) {
		s->has_leaf_tcb = true;
		s->leaf_tcb = s->reported;
		s->leaf_tcb.microcode--;
	}
}

static void write_cert(const struct forge *f, const char *name, X509 *cert)
{
	struct buf der = pki_der(cert);

	forge_cache(f, name, buf_view(&der));
	buf_done(&der);
}

static void write_cache(const struct forge *f, const struct snp_spec *s, const struct snp_made *m)
{
	X509 *chain[] = { m->ask, m->sent_ark };
	struct buf pem = pki_pem(chain, COUNT_OF(chain));
	char name[320];

	(void)snprintf(name, sizeof(name), "amd-Genoa-vcek-%s-%s.der",
		       forge_hex(s->chip_id, sizeof(s->chip_id)).text,
		       forge_hex(m->report + TCB_AT, TCB_BYTES).text);
	if (!forge_breaks(f, "leaf-missing"))
		write_cert(f, name, m->leaf);
	if (!forge_breaks(f, "chain-missing"))
		forge_cache(f, "amd-Genoa-vcek-chain.pem", buf_view(&pem));
	if (!forge_breaks(f, "crl-missing"))
		forge_cache(f, "amd-Genoa-vcek.crl", buf_view(&m->crl));
	buf_done(&pem);
}

static void write_policy(const struct forge *f, const struct snp_spec *s)
{
	uint8_t measurement[48];

	memcpy(measurement, s->measurement, sizeof(measurement));
	measurement[0] ^= forge_breaks(f, "measurement");
	forge_policy(f,
		     "{\"version\":1,\"snp\":{\"measurement\":[\"%s\"],\"min_tcb\":{\"Genoa\":"
		     "{\"bootloader\":%d,\"snp\":%d,\"microcode\":%d}}}}",
		     forge_hex(measurement, sizeof(measurement)).text, s->reported.bootloader,
		     s->reported.snp, s->reported.microcode + forge_breaks(f, "tcb-old"));
}

static void make(const struct forge *f)
{
	struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	struct snp_made m;

	memset(s.report_data, 0, sizeof(s.report_data));
	forge_nonce(f, s.report_data);
	break_report(f, &s);
	m = snp_make(&s);
	forge_file(f, "report.bin",
		   span(m.report, sizeof(m.report) - forge_breaks(f, "truncated")));
	write_cache(f, &s, &m);
	write_policy(f, &s);
	forge_roots(f, &m.ark, 1);
	snp_made_done(&m);
}

const struct forge_kind forge_snp = { "snp", breaks, make };
