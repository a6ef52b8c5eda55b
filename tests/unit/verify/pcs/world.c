#include "tests/unit/verify/pcs/world.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"

/* The part's verifier gets no argument of its own. */
static const struct world *judged;

static int say_rest_and_judge(const struct context *c, struct part *p, struct err *e)
{
	verdict_say(c->verdict, p->index, TDX_TEST_ROOT, "by the test");
	verdict_say(c->verdict, p->index, FRESH_ANSWERS, "by the test");
	verdict_say(c->verdict, p->index, LOG_EXPECTED, "by the test");
	return pcs_judge(c, p->index, &judged->chain, &judged->platform, &judged->enclave, e);
}

static X509 *make_ca(struct world *w)
{
	const uint8_t serial = SERIAL_CA;

	return pki_cert(&(struct pki_spec){
		.cn = "Intel SGX PCK Platform CA",
		.organization = "Intel Corporation",
		.key = w->ca_key,
		.issuer = w->root,
		.issuer_key = w->root_key,
		.alg = PKI_ECDSA_SHA256,
		.serial = &serial,
		.serial_len = 1,
		.is_ca = true,
	});
}

static X509 *make_pck(struct world *w)
{
	const uint8_t serial = SERIAL_PCK;

	return pki_cert(&(struct pki_spec){
		.cn = "Intel SGX PCK Certificate",
		.organization = "Intel Corporation",
		.key = w->pck_key,
		.issuer = w->ca,
		.issuer_key = w->ca_key,
		.alg = PKI_ECDSA_SHA256,
		.serial = &serial,
		.serial_len = 1,
		.path_len = -1,
	});
}

static void make_certs(struct world *w)
{
	const struct chain_rules rules = {
		.test_roots = &w->rig.test_roots,
		.issuer_key = CHAIN_P256_SHA256,
		.leaf_key = CHAIN_P256_SHA256,
		.strict = true,
	};
	struct err e = { 0 };

	w->root = pki_cert(&(struct pki_spec){ .cn = "Intel SGX Root CA",
					       .organization = "Intel Corporation",
					       .key = w->root_key,
					       .issuer_key = w->root_key,
					       .alg = PKI_ECDSA_SHA256,
					       .is_ca = true,
					       .path_len = 1 });
	w->ca = make_ca(w);
	w->pck = make_pck(w);
	if (certs_add_ref(&w->rig.test_roots, w->root, &e) || certs_add_ref(&w->pool, w->ca, &e) ||
	    certs_add_ref(&w->pool, w->root, &e) ||
	    chain_verify(&rules, w->pck, &w->pool, &w->chain, &e)) {
		fprintf(stderr, "world: %s\n", e.text);
		abort();
	}
}

static struct pcs_platform platform(bool is_tdx)
{
	return (struct pcs_platform){
		.is_tdx = is_tdx,
		.fmspc = { 0x90, 0xc0, 0x6f },
		.components = { 5, 5, 2, 2, 4, 1, 0, 5 },
		.pcesvn = 13,
		.tee_tcb_svn = { 7, 1, 6 },
		.tee_tcb_svn2 = { 7, 1, 6 },
	};
}

void world_init(struct world *w, bool is_tdx)
{
	*w = (struct world){ .is_tdx = is_tdx };
	rig_init(&w->rig, PART_QUOTE);
	w->root_key = pki_p256(0);
	w->ca_key = pki_p256(1);
	w->pck_key = pki_p256(2);
	w->signer_key = pki_p256(5);
	w->other_key = pki_p256(4);
	make_certs(w);
	w->platform = platform(is_tdx);
	w->tcb = is_tdx ? pcs_tcb_spec_tdx() : pcs_tcb_spec_sgx();
	w->qe = is_tdx ? pcs_qe_spec_tdx() : pcs_qe_spec_sgx();
	w->enclave = (struct pcs_enclave){
		.attributes = { 0x15, [8] = 0xe7 },
		.isvprodid = (uint16_t)w->qe.isvprodid,
		.isvsvn = 8,
	};
	memcpy(w->enclave.mrsigner, w->qe.mrsigner, sizeof(w->enclave.mrsigner));
	w->crl_issued = w->tcb.issue_date;
	w->crl_next = w->tcb.next_update;
	world_sign_by(w, &(struct pcs_signer_spec){
				 .root = w->root, .root_key = w->root_key, .key = w->signer_key });
}

static void file_done(struct world_file *f)
{
	buf_done(&f->instead);
}

void world_done(struct world *w)
{
	rig_done(&w->rig);
	certs_done(&w->pool);
	EVP_PKEY_free(w->root_key);
	EVP_PKEY_free(w->ca_key);
	EVP_PKEY_free(w->pck_key);
	EVP_PKEY_free(w->signer_key);
	EVP_PKEY_free(w->other_key);
	X509_free(w->root);
	X509_free(w->ca);
	X509_free(w->pck);
	X509_free(w->signer);
	file_done(&w->tcb_file);
	file_done(&w->qe_file);
	file_done(&w->signer_file);
	file_done(&w->root_crl_file);
	file_done(&w->ca_crl_file);
}

void world_sign_by(struct world *w, const struct pcs_signer_spec *spec)
{
	X509_free(w->signer);
	w->signer = pcs_signer(spec);
}

struct buf world_tcb_body(const struct world *w)
{
	return pcs_tcb_info(&w->tcb, w->other_signs_tcb ? w->other_key : w->signer_key);
}

struct buf world_qe_body(const struct world *w)
{
	return pcs_qe_identity(&w->qe, w->other_signs_qe ? w->other_key : w->signer_key);
}

struct buf world_signer_pem(const struct world *w)
{
	return pki_pem((X509 *const[]){ w->signer, w->root }, 2);
}

static struct buf root_crl(const struct world *w)
{
	const struct pki_serial revoked = { &w->root_revokes, 1 };

	return pki_crl(w->root, w->root_key, PKI_ECDSA_SHA256, w->crl_issued, w->crl_next, &revoked,
		       w->root_revokes ? 1 : 0);
}

static struct buf ca_crl(const struct world *w)
{
	const struct pki_serial revoked = { &w->ca_revokes, 1 };

	if (w->ca_crl_by_root)
		return root_crl(w);
	return pki_crl(w->ca, w->ca_key, PKI_ECDSA_SHA256, w->crl_issued, w->crl_next, &revoked,
		       w->ca_revokes ? 1 : 0);
}

static void add(struct world *w, const char *name, const struct world_file *f,
		struct buf (*make)(const struct world *w))
{
	struct err e = { 0 };
	AUTO_BUF struct buf made = BUF_EMPTY;

	if (f->is_absent)
		return;
	if (!f->instead.at)
		made = make(w);
	if (verify_store_add(w->rig.store, name, buf_view(f->instead.at ? &f->instead : &made),
			     &e)) {
		fprintf(stderr, "world: %s\n", e.text);
		abort();
	}
}

enum verify_decision world_judge(struct world *w)
{
	struct err e = { 0 };

	verify_store_free(w->rig.store);
	w->rig.store = NULL;
	if (verify_store_new(&w->rig.store, &e))
		abort();
	w->rig.context.store = w->rig.store;
	add(w, w->is_tdx ? "intel-tdx-tcb-90c06f000000.json" : "intel-sgx-tcb-90c06f000000.json",
	    &w->tcb_file, world_tcb_body);
	add(w, w->is_tdx ? "intel-tdx-qe.json" : "intel-sgx-qe.json", &w->qe_file, world_qe_body);
	add(w, "intel-tcb-signing.pem", &w->signer_file, world_signer_pem);
	add(w, "intel-root.crl", &w->root_crl_file, root_crl);
	add(w, w->platform.is_processor_ca ? "intel-pck-processor.crl" : "intel-pck-platform.crl",
	    &w->ca_crl_file, ca_crl);
	judged = w;
	return rig_run(&w->rig, say_rest_and_judge, SPAN_EMPTY);
}

bool world_said(const struct world *w, const char *code)
{
	return rig_said(&w->rig, code);
}

const cJSON *world_claim(const struct world *w, const char *a, const char *b, const char *c)
{
	const cJSON *at = verdict_claims(w->rig.context.verdict, 0);

	at = cJSON_GetObjectItemCaseSensitive(at, "tcb");
	for (const char *const *name = (const char *const[]){ a, b, c, NULL }; *name; name++)
		at = cJSON_GetObjectItemCaseSensitive(at, *name);
	return at;
}

bool world_vector(const char *name, struct buf *ret)
{
	AUTO_FD int dir = open(VECTORS_DIR "/tdx", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };

	return fd >= 0 && fd_read_all(fd, LIMIT_VERIFY_FILE_BYTES, ret, &e) >= 0;
}
