#include "attest/config/measured.h"

#include <string.h>

#define SHOWN_BYTES                                                                  \
	12 /* enough to tell digests apart, few enough for one line with two of them \
	    */

static bool is_measured_as(const struct evidence_platform *p, const struct digest *d)
{
	uint8_t want[INIT_DATA_MAX_BYTES] = { 0 };

	memcpy(want, d->at, d->len < p->len ? d->len : p->len);
	return digest_is_equal(span(want, p->len), span(p->at, p->len));
}

static int mismatch(const struct evidence_platform *p, struct span toml, struct err *e)
{
	/* What fits the register's width without being cut is what the owner most likely used. */
	enum digest_alg usual = p->len == 32 ? DIGEST_SHA256 : DIGEST_SHA384;
	char has[2 * SHOWN_BYTES + 1], wants[2 * SHOWN_BYTES + 1];
	struct digest d;

	if (digest_of(usual, toml, &d, e) < 0)
		return -(int)FAIL_SYS;
	digest_hex(span(d.at, SHOWN_BYTES), has);
	digest_hex(span(p->at, SHOWN_BYTES), wants);
	return FAIL(e, FAIL_FORGED,
		    "initdata is not what was measured: %s %s..., document %s:%s...", p->name,
		    wants, digest_alg_name(usual), has);
}

int measured_compare(const struct evidence_platform *p, struct span toml, enum digest_alg *ret_alg,
		     struct err *e)
{
	struct digest d;

	if (!p->has_init_data || p->len > INIT_DATA_MAX_BYTES)
		return FAIL(e, FAIL_BUG, "no register to compare with");
	for (enum digest_alg a = DIGEST_SHA256; a <= DIGEST_SHA512; a++) {
		if (digest_of(a, toml, &d, e) < 0)
			return -(int)FAIL_SYS;
		if (is_measured_as(p, &d)) {
			*ret_alg = a;
			return 0;
		}
	}
	return mismatch(p, toml, e);
}

int measured_absent(const struct evidence_platform *p, struct err *e)
{
	char shown[2 * SHOWN_BYTES + 1];

	for (size_t i = 0; p->has_init_data && i < p->len; i++)
		if (p->at[i]) {
			digest_hex(span(p->at, SHOWN_BYTES), shown);
			return FAIL(e, FAIL_FORGED,
				    "%s is %s... but there is no initdata: the host withholds it",
				    p->name, shown);
		}
	return 0;
}

static int pcr_foreign(const uint8_t *value, struct err *e)
{
	char shown[2 * SHOWN_BYTES + 1];

	digest_hex(span(value, SHOWN_BYTES), shown);
	return FAIL(e, FAIL_FORGED,
		    MEASURED_PCR_NAME " is %s..., which this initdata does not give: somebody else "
				      "extended it in this boot",
		    shown);
}

static bool is_zero(const uint8_t *value)
{
	static const uint8_t zero[MEASURED_PCR_BYTES] = { 0 };

	return !memcmp(value, zero, sizeof(zero));
}

/* What it holds after one extension by `digest`. */
static int extended(const uint8_t *digest, struct digest *ret, struct err *e)
{
	uint8_t both[2 * MEASURED_PCR_BYTES] = { 0 };

	memcpy(both + MEASURED_PCR_BYTES, digest, MEASURED_PCR_BYTES);
	return digest_of(DIGEST_SHA256, span(both, sizeof(both)), ret, e);
}

int measured_extend(const struct measured_pcr *pcr, struct span toml, struct err *e)
{
	uint8_t now[MEASURED_PCR_BYTES];
	struct digest document, want;
	int failed = digest_of(DIGEST_SHA256, toml, &document, e);

	if (!failed)
		failed = extended(document.at, &want, e);
	if (!failed)
		failed = pcr->read(pcr->ctx, now, e);
	if (!failed && is_zero(now)) {
		failed = pcr->extend(pcr->ctx, document.at, e);
		if (!failed)
			failed = pcr->read(pcr->ctx, now, e);
	}
	if (failed)
		return failed;
	return digest_is_equal(span(now, sizeof(now)), span(want.at, want.len))
		       ? 0
		       : pcr_foreign(now, e);
}

int measured_pcr_absent(const struct measured_pcr *pcr, struct err *e)
{
	struct evidence_platform p = { .has_init_data = true, .len = MEASURED_PCR_BYTES };
	int failed = pcr->read(pcr->ctx, p.at, e);

	memcpy(p.name, MEASURED_PCR_NAME, sizeof(MEASURED_PCR_NAME));
	return failed ? failed : measured_absent(&p, e);
}
