#include "attest/evidence/probe.h"

#include <stdio.h>
#include <string.h>

#include "attest/evidence/sev.h"
#include "attest/evidence/tsm.h"
#include "attest/eventlog/ownlog.h"
#include "base/lock.h"

static const struct evidence_driver *const hardware[] = { &evidence_snp, &evidence_tdx };

int evidence_probe(const struct evidence_devices *dev, struct evidence *ret, struct err *e)
{
	struct evidence found = { .driver = NULL, .dev = *dev };
	char provider[TSM_PROVIDER_BYTES];
	int failed = dev->tsm >= 0 ? tsm_provider(dev->tsm, provider, e) : 0;

	if (failed)
		return failed;
	for (size_t i = 0; dev->tsm >= 0 && i < sizeof(hardware) / sizeof(*hardware); i++)
		if (!found.driver && !strcmp(provider, hardware[i]->provider))
			found.driver = hardware[i];
	if (dev->tsm >= 0 && !found.driver)
		return FAIL(e, FAIL_INPUT, "tsm: provider \"%s\" is not known here", provider);
	/* Without configfs the device says which TEE this is: the kernel makes it for that platform
	 * alone, and what comes out of it is the same report, or a quote by another way. */
	if (!found.driver && dev->sev_guest >= 0)
		found.driver = &evidence_snp;
	if (!found.driver && dev->tdx_guest >= 0)
		found.driver = &evidence_tdx;
	*ret = found;
	return 0;
}

#ifdef SEALINIT_SAMPLE
static const struct evidence_driver *const sample = &evidence_sample;
#else
static const struct evidence_driver *const sample = NULL;
#endif

bool evidence_has_sample(void)
{
	return sample != NULL;
}

static int choose_sample(struct evidence *ev, struct err *e)
{
	if (ev->driver)
		return FAIL(e, FAIL_INPUT, "tee is \"sample\", but this is real hardware: %s",
			    ev->driver->tee);
	if (ev->dev.launch_secret >= 0)
		return FAIL(e, FAIL_INPUT, "tee is \"sample\", but a launch secret is here");
	if (!sample)
		return FAIL(e, FAIL_INPUT, "tee is \"sample\": not built into this image");
	ev->driver = sample;
	return 0;
}

static int choose_sev(struct evidence *ev, struct err *e)
{
	int failed;

	if (ev->driver)
		return FAIL(e, FAIL_INPUT, "tee is \"sev\", but this is %s", ev->driver->tee);
	failed = sev_check_secret(&ev->dev, e);
	if (!failed)
		ev->driver = &evidence_sev;
	return failed;
}

static int refuse_none(const struct evidence *ev, struct err *e)
{
	if (ev->dev.launch_secret >= 0)
		return FAIL(e, FAIL_INPUT,
			    "a launch secret, and no TEE with reports: SEV and SEV-ES are used "
			    "where tee says \"sev\", and never by \"auto\"");
	return FAIL(e, FAIL_INPUT,
		    "no TEE here: neither configfs-tsm nor a device; is this guest "
		    "confidential?%s",
		    ev->dev.tpm ? " A TPM alone counts if tee is \"tpm\"" : "");
}

static int choose_tpm(struct evidence *ev, struct err *e)
{
	if (ev->driver)
		return FAIL(e, FAIL_INPUT, "tee is \"tpm\", but this is %s, which proves more",
			    ev->driver->tee);
	if (!ev->dev.tpm)
		return FAIL(
			e, FAIL_INPUT,
			"tee is \"tpm\", and there is no /dev/tpmrm0: give the guest a TPM 2.0");
	ev->driver = &evidence_tpm;
	return 0;
}

int evidence_choose(struct evidence *ev, enum config_tee want, struct err *e)
{
	static const char *const names[] = { [TEE_SNP] = "snp", [TEE_TDX] = "tdx" };

	if (want == TEE_SAMPLE)
		return choose_sample(ev, e);
	if (want == TEE_SEV)
		return choose_sev(ev, e);
	if (want == TEE_TPM)
		return choose_tpm(ev, e);
	if (!ev->driver)
		return refuse_none(ev, e);
	if (want != TEE_AUTO && strcmp(ev->driver->tee, names[want]) != 0)
		return FAIL(e, FAIL_INPUT, "tee is \"%s\", but this is %s", names[want],
			    ev->driver->tee);
	return 0;
}

int evidence_platform(const struct evidence *ev, uint64_t deadline_ms,
		      struct evidence_platform *ret, struct err *e)
{
	if (ev->driver)
		return ev->driver->platform(ev, deadline_ms, ret, e);
	if (ev->dev.launch_secret >= 0)
		return evidence_sev.platform(ev, deadline_ms, ret, e);

	/* Whoever has no TEE can be looked into; and but for demos and tests a host that takes it
	 * away does not get to say what else is to be done. A TPM measures the disk itself. */
	*ret = (struct evidence_platform){
		.debug = true,
		.is_image_only = !evidence_has_sample() && !ev->dev.tpm,
	};
	(void)snprintf(ret->name, sizeof(ret->name), "none (sample)");
	return 0;
}

int evidence_report(struct evidence *ev, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		    struct err *e)
{
	int failed;

	if (!ev->driver || !report_data.len || report_data.len > REPORT_DATA_BYTES)
		return FAIL(e, FAIL_BUG, "evidence over %zu bytes", report_data.len);
	/* A register that moved between quote and log would fit neither. The log's lock comes
	 * first, here and everywhere. */
	failed = ev->log ? ownlog_begin(ev->log, deadline_ms, e) : 0;
	if (failed)
		return failed;
	if (!lock_until(&ev->lock, deadline_ms)) {
		failed = FAIL(e, FAIL_AGAIN, "the TEE is busy with another request");
	} else {
		failed = ev->driver->report(ev, report_data, deadline_ms, ret, e);
		(void)pthread_mutex_unlock(&ev->lock);
	}
	if (ev->log)
		ownlog_end(ev->log);
	return failed;
}
