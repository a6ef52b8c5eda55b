#include "attest/evidence/tdx_registers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/fd.h"

/* As the kernel defines it; the build machine's headers may be older than TDX. */
struct tdx_report_req {
	uint8_t reportdata[REPORT_DATA_BYTES];
	uint8_t tdreport[TDREPORT_BYTES];
};
#define TDX_CMD_GET_REPORT0 _IOWR('T', 1, struct tdx_report_req)
_Static_assert(TDX_CMD_GET_REPORT0 == 0xC4405401, "the kernel's number");

#define REPORT_TYPE_TDX	 0x81
#define OFF_ATTRIBUTES	 TDREPORT_OFF_TD
#define OFF_MRCONFIGID	 (TDREPORT_OFF_TD + 64)
#define MRCONFIGID_BYTES 48
#define ATTRIBUTE_DEBUG	 0x01

static void fill(const uint8_t *mrconfigid, bool debug, struct evidence_platform *ret)
{
	*ret = (struct evidence_platform){
		.has_init_data = true,
		.len = MRCONFIGID_BYTES,
		.debug = debug,
	};
	(void)snprintf(ret->name, sizeof(ret->name), "MRCONFIGID");
	memcpy(ret->at, mrconfigid, MRCONFIGID_BYTES);
}

int tdx_read_tdreport(struct span tdreport, struct evidence_platform *ret, struct err *e)
{
	if (tdreport.len != TDREPORT_BYTES || tdreport.at[0] != REPORT_TYPE_TDX)
		return FAIL(e, FAIL_INPUT, "tdx: not a TDREPORT");
	fill(tdreport.at + OFF_MRCONFIGID, tdreport.at[OFF_ATTRIBUTES] & ATTRIBUTE_DEBUG, ret);
	return 0;
}

int tdx_tdreport(int device, const uint8_t data[static REPORT_DATA_BYTES],
		 uint8_t ret[static TDREPORT_BYTES], struct err *e)
{
	struct tdx_report_req request = { { 0 }, { 0 } };
	int failed;

	memcpy(request.reportdata, data, sizeof(request.reportdata));
	do
		failed = ioctl(device, TDX_CMD_GET_REPORT0, &request);
	while (failed < 0 && errno == EINTR);
	if (failed < 0)
		return FAIL_ERRNO(e, "tdx: TDREPORT: %s", strerror(errno));
	memcpy(ret, request.tdreport, sizeof(request.tdreport));
	return 0;
}

static int ask_device(int device, struct evidence_platform *ret, struct err *e)
{
	static const uint8_t any[REPORT_DATA_BYTES];
	uint8_t tdreport[TDREPORT_BYTES];
	int failed = tdx_tdreport(device, any, tdreport, e);

	return failed ? failed : tdx_read_tdreport(span(tdreport, sizeof(tdreport)), ret, e);
}

static int ask_sysfs(int dir, struct evidence_platform *ret, struct err *e)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	int failed = file_read(dir, "mrconfigid", MRCONFIGID_BYTES, &b, e);

	if (failed)
		return err_add(e, "tdx");
	if (b.len != MRCONFIGID_BYTES)
		return FAIL(e, FAIL_INPUT, "tdx: mrconfigid of %zu bytes", b.len);
	/* The attributes aren't there: what can't be told counts as "may be debugged". */
	fill(b.at, true, ret);
	return 0;
}

int tdx_registers(int device, int measurements, struct evidence_platform *ret, struct err *e)
{
	struct err why = { 0 };
	int failed = device >= 0 ? ask_device(device, ret, &why) : -(int)FAIL_SYS;

	if (failed && measurements >= 0)
		failed = ask_sysfs(measurements, ret, e);
	else if (failed && !why.kind)
		return FAIL(e, FAIL_SYS, "tdx: MRCONFIGID: no device and no measurements");
	if (failed && why.kind)
		return err_set(e, why.kind, why.sys, why.where, "tdx: MRCONFIGID: %s", why.text);
	return failed;
}
