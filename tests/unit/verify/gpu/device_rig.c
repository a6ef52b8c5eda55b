#include "tests/unit/verify/gpu/device_rig.h"

#include "base/digest.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/rim.h"

#define DAY 86400

void device_rig_init(struct device_rig *r, const struct gpu_spec *s)
{
	struct err e = { 0 };
	int failed;

	*r = (struct device_rig){ .made = gpu_make(s) };
	rig_init(&r->rig, s->chip == GPU_LS10 ? PART_SWITCH : PART_GPU);
	(void)snprintf(r->rig.part.name, sizeof(r->rig.part.name), "gpu0");
	failed = certs_add_ref(&r->rig.test_roots, r->made.root, &e);
	for (size_t i = 0; i < r->made.cert_count && !failed; i++)
		failed = certs_add_ref(&r->rig.part.certs, r->made.certs[i], &e);
	if (failed)
		abort();
}

void device_rig_done(struct device_rig *r)
{
	rig_done(&r->rig);
	gpu_made_done(&r->made);
}

enum verify_decision device_run_bytes(struct device_rig *r, struct span bytes)
{
	return rig_run(&r->rig, gpu_verify, bytes);
}

enum verify_decision device_run(struct device_rig *r)
{
	return device_run_bytes(r, buf_view(&r->made.report));
}

enum verify_word device_genuine(const struct gpu_spec *s, const char **ret_code)
{
	struct device_rig r;
	enum verify_word word;

	device_rig_init(&r, s);
	(void)device_run(&r);
	word = rig_word(&r.rig, VERIFY_GENUINE);
	if (ret_code)
		*ret_code = verify_finding(r.rig.context.verdict, 0).code;
	device_rig_done(&r);
	return word;
}

/* --- Revocation ------------------------------------------------------------------------------- */

/* Who has the key of the made certificate. */
static unsigned key_of(size_t cert)
{
	static const unsigned keys[] = { GPU_KEY_LEAF, GPU_KEY_DEVICE, GPU_KEY_MAKER,
					 GPU_KEY_IDENTITY, GPU_KEY_ROOT };

	return keys[cert];
}

static void add(struct device_rig *r, const char *name, struct buf *bytes)
{
	struct err e = { 0 };

	if (verify_store_add(r->rig.store, name, buf_view(bytes), &e)) {
		fprintf(stderr, "%s: %s\n", name, e.text);
		abort();
	}
	buf_done(bytes);
}

void device_add_crl(struct device_rig *r, size_t cert, enum device_crl how)
{
	static const uint8_t other[] = { 0x77 };
	uint8_t serial[20];
	size_t len = sizeof(serial);
	int64_t at = r->rig.context.at - (how == DEVICE_CRL_STALE ? 90 : 1) * DAY;
	EVP_PKEY *key = pki_p384(how == DEVICE_CRL_OTHER_KEY ? GPU_KEY_OTHER : key_of(cert + 1));
	struct pki_serial revoked = { other, sizeof(other) };
	struct buf crl;

	if (cert_serial(r->made.certs[cert], serial, &len, NULL))
		abort();
	if (how == DEVICE_CRL_REVOKED)
		revoked = (struct pki_serial){ serial, len };
	crl = pki_crl(r->made.certs[cert + 1], key, PKI_ECDSA_SHA384, at, at + 30 * DAY, &revoked,
		      1);
	EVP_PKEY_free(key);
	add(r, cert == 3 ? "nvidia-l1-root.crl" : "nvidia-l2-gh100.crl", &crl);
}

static void add_answer(struct device_rig *r, const X509 *cert, struct buf *answer)
{
	uint8_t digest[32];
	char hex[65], name[100];

	if (cert_sha256(cert, digest, NULL))
		abort();
	digest_hex(span(digest, sizeof(digest)), hex);
	(void)snprintf(name, sizeof(name), "nvidia-ocsp-%s.der", hex);
	add(r, name, answer);
}

void device_add_ocsp(struct device_rig *r, size_t cert, enum device_ocsp how)
{
	static const enum pki_status status[] = {
		[DEVICE_OCSP_REVOKED] = PKI_REVOKED,
		[DEVICE_OCSP_HOLD] = PKI_HOLD,
		[DEVICE_OCSP_UNKNOWN] = PKI_UNKNOWN,
		[DEVICE_OCSP_CUT] = PKI_GOOD,
	};
	int64_t at = r->rig.context.at - (how == DEVICE_OCSP_STALE ? 9 * DAY : 600);
	size_t issuer = how == DEVICE_OCSP_OTHER_ISSUER ? cert + 2 : cert + 1;
	EVP_PKEY *key = pki_p384(key_of(issuer)), *leaf_key = pki_p384(GPU_KEY_LEAF);
	bool by_leaf = how == DEVICE_OCSP_NO_RESPONDER;
	const X509 *about = r->made.certs[how == DEVICE_OCSP_OTHER_CERT ? 0 : cert];
	struct buf answer =
		pki_ocsp(r->made.certs[issuer], key, about, by_leaf ? r->made.certs[0] : NULL,
			 by_leaf ? leaf_key : NULL, status[how], at, at + DAY);

	EVP_PKEY_free(key);
	EVP_PKEY_free(leaf_key);
	if (how == DEVICE_OCSP_CUT)
		answer.len -= 9;
	if (how == DEVICE_OCSP_BROKEN)
		answer.at[answer.len - 5] ^= 1;
	add_answer(r, r->made.certs[cert], &answer);
}

void device_add_revocation(struct device_rig *r)
{
	device_add_crl(r, 3, DEVICE_CRL_GOOD);
	device_add_crl(r, 2, DEVICE_CRL_GOOD);
	device_add_ocsp(r, 1, DEVICE_OCSP_GOOD);
}

/* --- Manifests -------------------------------------------------------------------------------- */

static void match(struct gpu_spec *s, const struct rim_spec *rim)
{
	for (size_t i = 0; i < s->block_count; i++)
		if (rim->values[i].active)
			memcpy(s->blocks[i].value, rim->values[i].at[0], 48);
}

static void clear(struct gpu_spec *s)
{
	for (size_t i = 0; i < s->block_count; i++)
		memset(s->blocks[i].value, 0, 48);
}

void device_spec_match(struct gpu_spec *s)
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios(),
			      bios = rim_spec_switch();

	clear(s);
	if (s->chip == GPU_LS10) {
		match(s, &bios);
	} else {
		match(s, &driver);
		match(s, &vbios);
	}
}

static void add_rim(struct device_rig *r, const char *name, const struct rim_spec *s,
		    const struct rim_signer *by)
{
	struct buf xml = rim_make(s, by);

	add(r, name, &xml);
}

static void add_signers_answers(struct device_rig *r, const struct rim_signer *by)
{
	int64_t at = r->rig.context.at - 600;

	for (unsigned i = RIM_CERT_LEAF; i < RIM_CERT_ROOT; i++) {
		EVP_PKEY *key = pki_p384(RIM_KEY_LEAF + i + 1);
		struct buf answer = pki_ocsp(by->certs[i + 1], key, by->certs[i], NULL, NULL,
					     PKI_GOOD, at, at + DAY);

		EVP_PKEY_free(key);
		add_answer(r, by->certs[i], &answer);
	}
}

void device_add_rims(struct device_rig *r)
{
	const struct rim_spec driver = rim_spec_driver(), vbios = rim_spec_vbios(),
			      bios = rim_spec_switch();
	bool is_switch = r->rig.part.kind == PART_SWITCH;
	struct rim_signer by =
		rim_signer_make(&(struct rim_signer_spec){ .chip = is_switch ? "LS10" : "GH100" });

	if (is_switch) {
		add_rim(r, "nvidia-rim-NV_SWITCH_BIOS_5612_0002_890_9610550001.xml", &bios, &by);
	} else {
		add_rim(r, "nvidia-rim-NV_GPU_DRIVER_GH100_550.90.07.xml", &driver, &by);
		add_rim(r, "nvidia-rim-NV_GPU_VBIOS_1010_0200_882_96009F0001.xml", &vbios, &by);
	}
	if (certs_add_ref(&r->rig.test_roots, by.certs[RIM_CERT_ROOT], NULL))
		abort();
	add_signers_answers(r, &by);
	rim_signer_done(&by);
}

void device_ask_nonce(struct device_rig *r, const struct gpu_spec *s)
{
	r->rig.part.expect = (struct expect){ .asked = true, .len = sizeof(s->nonce) };
	memcpy(r->rig.part.expect.at, s->nonce, sizeof(s->nonce));
}

void device_accepted(struct device_rig *r, struct gpu_spec *s)
{
	device_spec_match(s);
	device_rig_init(r, s);
	device_add_revocation(r);
	device_add_rims(r);
	device_ask_nonce(r, s);
	if (device_run(r) != VERIFY_ACCEPTED) {
		for (size_t i = 0; i < verify_finding_count(r->rig.context.verdict); i++)
			fprintf(stderr, "%s: %s\n", verify_finding(r->rig.context.verdict, i).code,
				verify_finding(r->rig.context.verdict, i).text);
		abort();
	}
}
