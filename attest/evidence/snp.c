#include "attest/evidence/snp.h"

#include <stdio.h>
#include <string.h>

#include "attest/evidence/probe.h"
#include "attest/key/derive.h"
#include "attest/evidence/snp_json.h"
#include "attest/evidence/tsm.h"
#include "base/digest.h"

#define TRIES 2 /* at a report that is about our data */

struct sev_guest snp_device = { .ioctl = sev_guest_ioctl };

/* Both ways end in the same driver, message and firmware, and in the same signed report: neither is
 * weaker than the other. configfs comes first because it tells the kernel's VMPL. It does not tell
 * why a request failed: EIO is either a key that is gone, or a host with more certificates than the
 * kernel carries, and there the device gives the report without them, or says what happened. */
static int ask(const struct evidence_devices *dev, const uint8_t *data, uint64_t deadline_ms,
	       struct tsm_blobs *ret, struct err *e)
{
	int failed;

	if (dev->tsm < 0)
		return sev_guest_report(&snp_device, dev->sev_guest, data, deadline_ms, ret, e);
	if (sev_guest_check(&snp_device, e) < 0)
		return -(int)FAIL_SYS;
	failed = tsm_report(dev->tsm, data, true, deadline_ms, ret, e);
	if (!failed)
		return 0;
	if (e->kind == FAIL_SYS && e->sys == EIO && dev->sev_guest >= 0)
		return sev_guest_report(&snp_device, dev->sev_guest, data, deadline_ms, ret, e);
	return sev_guest_learn(&snp_device, e);
}

static int report_once(const struct evidence_devices *dev, const uint8_t *data,
		       uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	int failed = ask(dev, data, deadline_ms, &b, e);

	if (failed)
		return failed;
	if (b.out.len != SNP_REPORT_BYTES)
		return FAIL(e, FAIL_INPUT, "snp: a report of %zu bytes", b.out.len);
	if (!digest_is_equal(span(b.out.at + SNP_OFF_REPORT_DATA, REPORT_DATA_BYTES),
			     span(data, REPORT_DATA_BYTES)))
		return FAIL(e, FAIL_FORGED, "snp: the report binds other data than was asked for");
	*ret = b;
	b = TSM_BLOBS_EMPTY;
	return 0;
}

/* An answer to somebody else's question may be a race; twice it is not. */
int snp_report(const struct evidence_devices *dev, const uint8_t data[static REPORT_DATA_BYTES],
	       uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e)
{
	int failed = -(int)FAIL_FORGED;

	for (int i = 0; i < TRIES && failed == -(int)FAIL_FORGED; i++)
		failed = report_once(dev, data, deadline_ms, ret, e);
	return failed;
}

/* The firmware seals its answer to this guest with a key that the host does not have: without
 * looking at its signature, HOST_DATA in a fresh report is the hardware's word. */
static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	static const uint8_t zero[REPORT_DATA_BYTES] = { 0 };
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	int failed = snp_report(&self->dev, zero, deadline_ms, &b, e);

	if (failed)
		return failed;
	*ret = (struct evidence_platform){ .has_init_data = true, .len = SNP_HOST_DATA_BYTES };
	(void)snprintf(ret->name, sizeof(ret->name), "HOST_DATA");
	memcpy(ret->at, b.out.at + SNP_OFF_HOST_DATA, SNP_HOST_DATA_BYTES);
	ret->debug =
		b.out.at[SNP_OFF_POLICY + SNP_POLICY_DEBUG_BIT / 8] >> SNP_POLICY_DEBUG_BIT % 8 & 1;
	return 0;
}

static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	uint8_t data[REPORT_DATA_BYTES] = { 0 };
	int failed;

	memcpy(data, report_data.at, report_data.len);
	failed = snp_report(&self->dev, data, deadline_ms, &b, e);
	return failed ? failed : snp_json(buf_view(&b.out), buf_view(&b.aux), ret, e);
}

/* --- A key of this chip ------------------------------------------------------------------------
 */

int snp_derived_root(const struct evidence_devices *dev, uint64_t deadline_ms, struct secret *ret,
		     struct err *e)
{
	static const uint8_t zero[REPORT_DATA_BYTES] = { 0 };
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	AUTO_SECRET struct secret key = SECRET_EMPTY;
	int failed = snp_report(dev, zero, deadline_ms, &b, e);

	if (!failed && b.out.at[SNP_OFF_KEY_INFO] & SNP_KEY_INFO_MASK_CHIP_KEY)
		failed = FAIL(
			e, FAIL_DENIED,
			"snp: this platform masks its chip's key: nothing can be derived of it");
	if (!failed)
		failed = sev_guest_key(&snp_device, dev->sev_guest,
				       SEV_FIELD_POLICY | SEV_FIELD_MEASUREMENT, deadline_ms, &key,
				       e);
	if (failed)
		return failed;
	return derive_root(secret_view(&key), "snp:derived",
			   span(b.out.at + SNP_OFF_HOST_DATA, SNP_HOST_DATA_BYTES), ret, e);
}

const struct evidence_driver evidence_snp = {
	.tee = "snp",
	.provider = "sev_guest",
	.platform = platform,
	.report = report,
};
