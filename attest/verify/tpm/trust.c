#include "attest/verify/tpm/trust.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"

#define BUNDLE_BYTES (CERTS_MAX * LIMIT_VERIFY_CERT_BYTES)

/* The certificate of this key. NULL if there is none. */
static X509 *leaf_of(const struct certs *certs, const struct tpm_public *ak)
{
	uint8_t spki[32];

	for (size_t i = 0; i < certs->count; i++)
		if (cert_spki_sha256(certs->at[i], spki, NULL) == 0 &&
		    !memcmp(spki, ak->spki_sha256, sizeof(spki)))
			return certs->at[i];
	return NULL;
}

static int join(struct certs *all, const struct certs *more, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < more->count && !failed; i++)
		failed = certs_add_ref(all, more->at[i], e);
	return failed;
}

static void file_name(const struct tpm_public *ak, char *ret, size_t size)
{
	char hex[65];

	digest_hex(span(ak->spki_sha256, 32), hex);
	(void)snprintf(ret, size, "tpm-ak-%s.pem", hex);
}

/* What the evidence carries; where it has no certificate of the key, the store's file as well. */
static int gather(const struct context *c, const struct part *p, const struct tpm_public *ak,
		  struct certs *ret, struct err *e)
{
	AUTO_BUF struct buf file = BUF_EMPTY;
	AUTO_CERTS struct certs kept = { 0 };
	char name[96];
	int failed = join(ret, &p->certs, e);

	if (failed || leaf_of(ret, ak))
		return failed;
	file_name(ak, name, sizeof(name));
	failed = store_find(c->store, name, BUNDLE_BYTES, &file, e);
	if (failed == -(int)FAIL_AGAIN)
		return 0;
	if (!failed)
		failed = certs_add(&kept, buf_view(&file), e);
	return failed ? failed : join(ret, &kept, e);
}

static int by_chain(const struct context *c, const struct certs *certs, X509 *leaf,
		    struct tpm_trust *ret, struct err *e)
{
	const struct certs *roots = &c->policy->tpm.ak_roots;
	struct tpm_trust t = { .by = TPM_VOUCHED_CHAIN };
	int failed = -(int)FAIL_AGAIN;

	if (roots->count)
		failed = akchain_verify(leaf, certs, roots, &t.chain, e);
	if (failed == -(int)FAIL_AGAIN && c->test_roots->count) {
		t.by = TPM_VOUCHED_TEST;
		failed = akchain_verify(leaf, certs, c->test_roots, &t.chain, e);
	}
	if (!failed)
		*ret = t;
	return failed;
}

static int look_for_chain(const struct context *c, const struct part *p,
			  const struct tpm_public *ak, struct tpm_trust *ret, struct err *e)
{
	AUTO_CERTS struct certs certs = { 0 };
	char name[96];
	X509 *leaf;
	int failed;

	if (!c->policy->tpm.ak_roots.count && !c->test_roots->count)
		return FAIL(e, FAIL_AGAIN, "the policy lists no AK and no CA of AKs");
	failed = gather(c, p, ak, &certs, e);
	leaf = failed ? NULL : leaf_of(&certs, ak);
	if (leaf)
		return by_chain(c, &certs, leaf, ret, e);
	/* A file of the store that is damaged is as good as none; the text says so. */
	file_name(ak, name, sizeof(name));
	verdict_miss(c->verdict, p->index, name, "", "the AK's certificate and its issuers");
	if (failed == -(int)FAIL_SYS)
		return failed;
	if (failed)
		return FAIL(e, FAIL_AGAIN, "%s can't be used", name);
	return FAIL(e, FAIL_AGAIN, "no certificate of this AK is at hand");
}

int tpm_trust_find(const struct context *c, const struct part *p, const struct tpm_public *ak,
		   struct tpm_trust *ret, struct err *e)
{
	const struct tpm_policy *policy = &c->policy->tpm;

	*ret = (struct tpm_trust){ .by = TPM_VOUCHED_NOT };
	if (ak->name_len && refs_has(&policy->ak_names, span(ak->name, ak->name_len)))
		ret->by = TPM_VOUCHED_NAME;
	else if (refs_has(&policy->ak, span(ak->spki_sha256, 32)))
		ret->by = TPM_VOUCHED_KEY;
	return ret->by == TPM_VOUCHED_NOT ? look_for_chain(c, p, ak, ret, e) : 0;
}
