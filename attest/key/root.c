#include "attest/key/root.h"

#include "attest/evidence/sev.h"
#include "attest/evidence/snp.h"
#include "attest/key/derive.h"
#include "attest/key/release.h"
#include "attest/tpm/sealed.h"
#include "base/limits.h"
#include "base/mem.h"

#define MEMORY_MS 5000	/* no waiting in it */
#define SNP_MS	  75000 /* a throttled device: the kernel holds a call for 60 s */

static int from_snp(const struct root_ground *g, uint64_t deadline_ms, struct secret *ret,
		    struct err *e)
{
	return snp_derived_root(g->dev, deadline_ms, ret, e);
}

static int from_launch(const struct root_ground *g, uint64_t deadline_ms, struct secret *ret,
		       struct err *e)
{
	AUTO_SECRET struct secret launch = SECRET_EMPTY, root = SECRET_EMPTY;
	int failed = sev_launch_secret(g->dev, &launch, e);

	(void)deadline_ms;
	if (!failed)
		failed = release_root(&launch, "efi:secret", &root, e);
	return failed ? failed : derive_root(secret_view(&root), "efi:secret", SPAN_EMPTY, ret, e);
}

/* A root that is bound to a PCR which somebody else has filled would be bound to nothing. */
static int from_tpm(const struct root_ground *g, uint64_t deadline_ms, struct secret *ret,
		    struct err *e)
{
	if (!g->dev->tpm)
		return FAIL(
			e, FAIL_DENIED,
			"root_secret is tpm:sealed, and there is no /dev/tpmrm0: give the guest a "
			"TPM 2.0");
	if (!g->is_pcr_ours)
		return FAIL(
			e, FAIL_DENIED,
			"root_secret is tpm:sealed, and PCR 8 does not hold this configuration: "
			"see the warning before");
	return tpm_sealed_root(g->dev->tpm, deadline_ms, ret, e);
}

/* Of the life root, so that an attest that is started again derives the same keys. */
static int from_random(const struct root_ground *g, uint64_t deadline_ms, struct secret *ret,
		       struct err *e)
{
	(void)deadline_ms;
	return derive_root(g->life, "random", SPAN_EMPTY, ret, e);
}

static const struct {
	const char *name;
	uint64_t limit_ms;
	int (*make)(const struct root_ground *g, uint64_t deadline_ms, struct secret *ret,
		    struct err *e);
} rows[] = {
	[ROOT_NONE] = { "no root secret", MEMORY_MS, NULL },
	[ROOT_BROKER] = { "the broker's root", MEMORY_MS, NULL },
	[ROOT_SNP] = { "an SNP derived key", SNP_MS, from_snp },
	[ROOT_EFI] = { "the launch secret", MEMORY_MS, from_launch },
	[ROOT_TPM] = { "a root sealed in the TPM", LIMIT_TPM_MS, from_tpm },
	[ROOT_RANDOM] = { "a random root", MEMORY_MS, from_random },
};

uint64_t root_limit_ms(enum config_root root)
{
	return rows[root].limit_ms;
}

const char *root_name(enum config_root root)
{
	return rows[root].name;
}

int root_make(const struct root_ground *ground, uint64_t deadline_ms, struct secret *ret,
	      struct err *e)
{
	enum config_root root = ground->config->root;

	if ((size_t)root >= COUNT_OF(rows))
		return FAIL(e, FAIL_BUG, "root %d", (int)root);
	return rows[root].make ? rows[root].make(ground, deadline_ms, ret, e) : 0;
}
