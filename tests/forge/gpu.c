#include "tests/forge/gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/rim.h"

#define DRIVER_RIM "nvidia-rim-NV_GPU_DRIVER_GH100_550.90.07.xml"
#define VBIOS_RIM  "nvidia-rim-NV_GPU_VBIOS_1010_0200_882_96009F0001.xml"

static const char *const breaks[] = {
	"signature",   "root",		"fwid",	      "truncated", "nonce",
	"measurement", "rim-missing",	"rim-forged", "revoked",   "revocation-missing",
	"driver-old",  "chain-missing", NULL
};

/* --- Revocation: an OCSP answer about each, by its issuer --------------------------------------
 */

static void make_answer(const struct forge *f, X509 *cert, const X509 *issuer, unsigned issuer_key,
			enum pki_status status)
{
	EVP_PKEY *key = pki_p384(issuer_key);
	struct buf der = pki_der(cert);
	struct buf answer = pki_ocsp(issuer, key, cert, NULL, NULL, status, FORGE_AT - FORGE_DAY,
				     FORGE_AT + FORGE_DAY);
	struct digest d;
	struct err e = { 0 };
	char name[160];

	if (digest_of(DIGEST_SHA256, buf_view(&der), &d, &e) < 0)
		forge_fail("ocsp", e.text);
	(void)snprintf(name, sizeof(name), "nvidia-ocsp-%s.der", forge_hex(d.at, d.len).text);
	forge_cache(f, name, buf_view(&answer));
	buf_done(&answer);
	buf_done(&der);
	EVP_PKEY_free(key);
}

/* Of the device's certificates all but leaf and root are asked about; of the manifests', all but
 * the root. */
static void make_answers(const struct forge *f, const struct gpu_made *m,
			 const struct rim_signer *by)
{
	static const unsigned device_keys[] = { GPU_KEY_LEAF, GPU_KEY_DEVICE, GPU_KEY_MAKER,
						GPU_KEY_IDENTITY, GPU_KEY_ROOT };

	/* What another root's chain says of itself is nobody's question. */
	if (forge_breaks(f, "revocation-missing") || forge_breaks(f, "root"))
		return;
	for (size_t i = 1; i + 1 < m->cert_count; i++)
		make_answer(f, m->certs[i], m->certs[i + 1], device_keys[i + 1],
			    i == 1 && forge_breaks(f, "revoked") ? PKI_REVOKED : PKI_GOOD);
	for (unsigned i = 0; i < RIM_CERT_ROOT; i++)
		make_answer(f, by->certs[i], by->certs[i + 1], RIM_KEY_LEAF + i + 1, PKI_GOOD);
}

/* --- Manifests -------------------------------------------------------------------------------- */

static void make_rims(const struct forge *f, const struct rim_spec *driver,
		      const struct rim_spec *vbios, const struct rim_signer *by)
{
	struct rim_spec d = *driver;
	struct buf xml;

	d.bad_signature = forge_breaks(f, "rim-forged");
	if (forge_breaks(f, "measurement"))
		d.values[7].at[0][0] ^= 1;
	if (!forge_breaks(f, "rim-missing")) {
		xml = rim_make(&d, by);
		forge_cache(f, DRIVER_RIM, buf_view(&xml));
		buf_done(&xml);
	}
	xml = rim_make(vbios, by);
	forge_cache(f, VBIOS_RIM, buf_view(&xml));
	buf_done(&xml);
}

static void break_report(const struct forge *f, struct gpu_spec *s)
{
	if (forge_breaks(f, "signature"))
		s->sign = GPU_SIGN_OTHER_KEY;
	if (forge_breaks(f, "root"))
		s->chain = GPU_CHAIN_OTHER_ROOT;
	if (forge_breaks(f, "fwid"))
		s->fwid[0] ^= 1;
}

struct gpu_made forge_device(const struct forge *f, const uint8_t nonce[static 32],
			     X509 **ret_rim_root)
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios();
	struct rim_signer by = rim_signer_make(&(struct rim_signer_spec){ .chip = "GH100" });
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct gpu_made m;

	memcpy(s.nonce, nonce, sizeof(s.nonce));
	rim_set_measured(&driver, &vbios, &s);
	break_report(f, &s);
	m = gpu_make(&s);
	make_rims(f, &driver, &vbios, &by);
	make_answers(f, &m, &by);
	*ret_rim_root = by.certs[RIM_CERT_ROOT];
	(void)X509_up_ref(*ret_rim_root);
	rim_signer_done(&by);
	return m;
}

static void write_report(const struct forge *f, const struct gpu_made *m)
{
	size_t len = m->report.len - (forge_breaks(f, "truncated") ? 1 : 0);
	char *text = malloc(2 * len + 2);

	if (!text)
		forge_fail("report.hex", "no memory");
	digest_hex(span(m->report.at, len), text);
	forge_line(f, "report.hex", text);
	free(text);
}

static void make(const struct forge *f)
{
	uint8_t nonce[FORGE_NONCE_BYTES];
	X509 *roots[2];
	struct gpu_made m;
	struct buf chain;

	forge_nonce(f, nonce);
	m = forge_device(f, nonce, &roots[1]);
	write_report(f, &m);
	if (!forge_breaks(f, "chain-missing")) {
		chain = pki_pem(m.certs, m.cert_count);
		forge_file(f, "chain.pem", buf_view(&chain));
		buf_done(&chain);
	}
	roots[0] = m.root;
	forge_roots(f, roots, COUNT_OF(roots));
	forge_policy(f, "{\"version\":1,\"gpu\":{\"count\":1,\"min_driver\":\"%s\"}}",
		     forge_breaks(f, "driver-old") ? "580.95.05" : "550.90.07");
	gpu_made_done(&m);
	X509_free(roots[1]);
}

const struct forge_kind forge_gpu = { "gpu", breaks, make };
