#include "attest/evidence/sev.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "attest/evidence/probe.h"
#include "base/limits.h"
#include "base/roles.h"

int sev_check_secret(const struct evidence_devices *dev, struct err *e)
{
	if (dev->launch_secret >= 0)
		return 0;
	return FAIL(e, FAIL_DENIED,
		    "no launch secret: inject %d random bytes or more under " LAUNCH_SECRET_GUID
		    ", and have efi_secret in the kernel",
		    ROOT_SECRET_MIN_BYTES);
}

/* Secret memory is not read() but mapped, and shared at that. */
int sev_launch_secret(const struct evidence_devices *dev, struct secret *ret, struct err *e)
{
	struct stat st;
	size_t len;
	void *at;
	int failed = sev_check_secret(dev, e);

	if (failed)
		return failed;
	if (fstat(dev->launch_secret, &st) < 0)
		return FAIL_ERRNO(e, "launch secret: fstat: %s", strerror(errno));
	if (st.st_size < ROOT_SECRET_MIN_BYTES || st.st_size >= SECRET_AREA_BYTES)
		return FAIL(e, FAIL_INPUT, "a launch secret of %lld bytes", (long long)st.st_size);
	len = (size_t)st.st_size;
	at = mmap(NULL, len, PROT_READ, MAP_SHARED, dev->launch_secret, 0);
	if (at == MAP_FAILED)
		return FAIL_ERRNO(e, "launch secret: map: %s", strerror(errno));
	(void)madvise(at, len, MADV_DONTDUMP);
	failed = secret_copy(ret, span(at, len), e);
	(void)munmap(at, len);
	return failed;
}

/* A guest can't ask for its policy: the owner saw it, measured, before the secret was given. */
static int platform(const struct evidence *self, uint64_t deadline_ms,
		    struct evidence_platform *ret, struct err *e)
{
	(void)self;
	(void)deadline_ms;
	(void)e;
	*ret = (struct evidence_platform){ .debug = true, .is_image_only = true };
	(void)snprintf(ret->name, sizeof(ret->name), "none (launch secret)");
	return 0;
}

static int report(const struct evidence *self, struct span report_data, uint64_t deadline_ms,
		  cJSON **ret, struct err *e)
{
	(void)self;
	(void)report_data;
	(void)deadline_ms;
	(void)ret;
	return FAIL(e, FAIL_DENIED,
		    "sev: SEV and SEV-ES give their guest no evidence: ask whoever judged the "
		    "launch and injected its secret");
}

const struct evidence_driver evidence_sev = {
	.tee = "sev",
	.provider = NULL,
	.platform = platform,
	.report = report,
};
