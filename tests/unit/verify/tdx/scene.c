#include "tests/unit/verify/tdx/scene.h"

#include <criterion/criterion.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/evidence/pcs.h"
#include "tests/support/evidence/pki.h"

#define KEY_SIGNER 5

static void must(bool is_true, const struct err *e)
{
	if (is_true)
		return;
	fprintf(stderr, "scene: %s\n", e->text);
	abort();
}

void scene_init(struct scene *s, struct quote_spec spec)
{
	*s = (struct scene){ .spec = spec };
	rig_init(&s->rig, PART_QUOTE);
}

void scene_done(struct scene *s)
{
	tdx_policy_done(&s->rig.policy.tdx);
	sgx_policy_done(&s->rig.policy.sgx);
	refs_done(&s->rig.policy.allow);
	quote_made_done(&s->made);
	rig_done(&s->rig);
}

static void add(struct scene *s, const char *name, struct buf file)
{
	struct err e = { 0 };

	must(!verify_store_add(s->rig.store, name, buf_view(&file), &e), &e);
	buf_done(&file);
}

static void add_crl(struct scene *s, const char *name, const X509 *issuer, EVP_PKEY *key)
{
	const struct pcs_tcb_spec dates = pcs_tcb_spec_sgx();

	add(s, name,
	    pki_crl(issuer, key, PKI_ECDSA_SHA256, dates.issue_date, dates.next_update, NULL, 0));
}

static void add_collateral(struct scene *s)
{
	bool is_tdx = s->spec.kind != QUOTE_GEN_SGX;
	const struct pcs_tcb_spec tcb = is_tdx ? pcs_tcb_spec_tdx() : pcs_tcb_spec_sgx();
	const struct pcs_qe_spec qe = is_tdx ? pcs_qe_spec_tdx() : pcs_qe_spec_sgx();
	EVP_PKEY *root = pki_p256(QUOTE_KEY_ROOT), *ca = pki_p256(QUOTE_KEY_CA);
	EVP_PKEY *signer = pki_p256(KEY_SIGNER);
	X509 *chain[] = { pcs_signer(&(struct pcs_signer_spec){
				  .root = s->made.root, .root_key = root, .key = signer }),
			  s->made.root };

	add(s, is_tdx ? "intel-tdx-tcb-90c06f000000.json" : "intel-sgx-tcb-90c06f000000.json",
	    pcs_tcb_info(&tcb, signer));
	add(s, is_tdx ? "intel-tdx-qe.json" : "intel-sgx-qe.json", pcs_qe_identity(&qe, signer));
	add(s, "intel-tcb-signing.pem", pki_pem(chain, COUNT_OF(chain)));
	add_crl(s, "intel-root.crl", s->made.root, root);
	add_crl(s, s->spec.is_processor_ca ? "intel-pck-processor.crl" : "intel-pck-platform.crl",
		s->made.ca, ca);
	X509_free(chain[0]);
	EVP_PKEY_free(root);
	EVP_PKEY_free(ca);
	EVP_PKEY_free(signer);
}

/* The root that is trusted is made apart from the quote, so that one with another root in its
 * chain is not trusted for it. */
static void trust_root(struct scene *s)
{
	struct quote_spec good = s->spec;
	struct quote_made made;
	struct err e = { 0 };

	if (s->spec.chain != QUOTE_CHAIN_OTHER_ROOT) {
		must(!certs_add_ref(&s->rig.test_roots, s->made.root, &e), &e);
		return;
	}
	good.chain = QUOTE_CHAIN_GOOD;
	made = quote_make(&good);
	must(!certs_add_ref(&s->rig.test_roots, made.root, &e), &e);
	quote_made_done(&made);
}

void scene_make(struct scene *s)
{
	struct err e = { 0 };

	quote_made_done(&s->made);
	s->made = quote_make(&s->spec);
	certs_done(&s->rig.test_roots);
	trust_root(s);
	verify_store_free(s->rig.store);
	s->rig.store = NULL;
	must(!verify_store_new(&s->rig.store, &e), &e);
	s->rig.context.store = s->rig.store;
	if (!s->no_collateral)
		add_collateral(s);
}

static void set_default(struct refs *r, const void *at, size_t len)
{
	if (!r->is_set)
		refs_add(r, at, len);
}

static void expect_all(struct scene *s)
{
	const struct quote_spec *q = &s->spec;
	bool is_tdx = q->kind != QUOTE_GEN_SGX;
	struct tdx_policy *tdx = &s->rig.policy.tdx;

	s->rig.part.expect = (struct expect){ .asked = true, .len = 64 };
	memcpy(s->rig.part.expect.at, is_tdx ? q->td.report_data : q->enclave.report_data, 64);
	set_default(&tdx->mrtd, q->td.mrtd, 48);
	set_default(&tdx->rtmr[1], q->td.rtmr[1], 48);
	set_default(&tdx->rtmr[2], q->td.rtmr[2], 48);
	set_default(&s->rig.policy.sgx.mrenclave, q->enclave.mrenclave, 32);
}

enum verify_decision scene_judge_bytes(struct scene *s, struct span bytes)
{
	if (!s->expects_nothing)
		expect_all(s);
	return rig_run(&s->rig, tdx_verify, bytes);
}

enum verify_decision scene_judge(struct scene *s)
{
	scene_make(s);
	return scene_judge_bytes(s, buf_view(&s->made.quote));
}

bool scene_is_genuine(const struct scene *s)
{
	return verdict_is_genuine(s->rig.context.verdict, s->rig.part.index);
}

const cJSON *scene_claim(const struct scene *s, const char *path)
{
	const cJSON *at = verdict_claims(s->rig.context.verdict, s->rig.part.index);
	char copy[96], *rest = copy;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (const char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
		at = cJSON_GetObjectItemCaseSensitive(at, name);
	return at;
}

void refs_add(struct refs *r, const void *at, size_t len)
{
	struct ref *more = realloc(r->at, (r->count + 1) * sizeof(*more));

	if (!more || len > REF_BYTES)
		abort();
	r->at = more;
	r->at[r->count] = (struct ref){ .len = (uint8_t)len };
	memcpy(r->at[r->count].at, at, len);
	r->count++;
	r->is_set = true;
}

struct buf vector_read(const char *name)
{
	char path[512];
	struct buf ret = BUF_EMPTY;
	struct err e = { 0 };

	(void)snprintf(path, sizeof(path), "%s/tdx/%s", VECTORS_DIR, name);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("no vectors at %s", VECTORS_DIR);
	must(!fd_read_all(fd, LIMIT_VERIFY_FILE_BYTES, &ret, &e), &e);
	return ret;
}
