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
#define OFF_ATTRIBUTES	 512
#define OFF_MRCONFIGID	 (512 + 64)
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

static int ask_device(const char *path, struct evidence_platform *ret, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct tdx_report_req request = { { 0 }, { 0 } };

	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (ioctl(fd, TDX_CMD_GET_REPORT0, &request) < 0)
		return FAIL_ERRNO(e, "%s: TDREPORT: %s", path, strerror(errno));
	return tdx_read_tdreport(span(request.tdreport, sizeof(request.tdreport)), ret, e);
}

static int ask_sysfs(const char *path, struct evidence_platform *ret, struct err *e)
{
	AUTO_FD int dir = open(path, O_DIRECTORY | O_PATH | O_CLOEXEC);
	AUTO_BUF struct buf b = BUF_EMPTY;
	int failed;

	if (dir < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	failed = file_read(dir, "mrconfigid", MRCONFIGID_BYTES, &b, e);
	if (failed)
		return err_add(e, "%s", path);
	if (b.len != MRCONFIGID_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: mrconfigid of %zu bytes", path, b.len);
	/* The attributes aren't there: what can't be told counts as "may be debugged". */
	fill(b.at, true, ret);
	return 0;
}

int tdx_registers(const struct evidence_paths *paths, struct evidence_platform *ret, struct err *e)
{
	struct err device = { 0 };

	if (paths->tdx_device && !ask_device(paths->tdx_device, ret, &device))
		return 0;
	if (paths->tdx_measurements && !ask_sysfs(paths->tdx_measurements, ret, e))
		return 0;
	if (device.kind)
		return err_set(e, device.kind, device.sys, device.where,
			       "tdx: MRCONFIGID can't be read: %s", device.text);
	return FAIL(e, FAIL_SYS, "tdx: MRCONFIGID can't be read: no device and no sysfs file");
}
