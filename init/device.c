#include "init/device.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/roles.h"
#include "init/places.h"

const struct device_row device_rows[DEVICE_COUNT] = {
	[DEVICE_SEV_GUEST] = { "sev-guest", "--sev-guest", O_RDWR, { "dev/sev-guest" } },
	/* The second is what texts from before Linux 6.2 call it. */
	[DEVICE_TDX_GUEST] = { "tdx_guest",
			       "--tdx-guest",
			       O_RDWR,
			       { "dev/tdx_guest", "dev/tdx-attest" } },
	[DEVICE_TDX_MEASUREMENTS] = { "TDX registers",
				      "--tdx-measurements",
				      O_RDONLY | O_DIRECTORY,
				      { "sys/devices/virtual/misc/tdx_guest/measurements" } },
	[DEVICE_RTMR] = { "RTMR3",
			  "--rtmr",
			  O_RDWR,
			  { "sys/devices/virtual/misc/tdx_guest/measurements/rtmr3:sha384" } },
	[DEVICE_CCEL] = { "CCEL", "--ccel", O_RDONLY, { "sys/firmware/acpi/tables/data/CCEL" } },
	/* Through the kernel's resource manager, which gives the guest's own users their turns. */
	[DEVICE_TPM] = { "TPM", "--tpm", O_RDWR, { "dev/tpmrm0" } },
};

/* One that is not there leaves *ret alone. */
static int open_one(int root, const struct device_row *row, const char *path, int *ret,
		    struct err *e)
{
	struct err why = { 0 };
	int fd = fd_open_in(root, path, row->flags | O_NOCTTY, 0, &why);

	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	if (why.sys == ENOENT || why.sys == ENOTDIR)
		return 0;
	*e = why;
	return err_add(e, "%s", row->name);
}

static int open_first(int root, const struct device_row *row, int *ret, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; !failed && *ret < 0 && i < DEVICE_PATHS && row->paths[i]; i++)
		failed = open_one(root, row, row->paths[i], ret, e);
	return failed;
}

/* Nothing else is tried: who names a path does not mean another one. */
static int open_placed(int root, const struct device_row *row, const char *path, int *ret,
		       struct err *e)
{
	int failed = open_one(root, row, path + 1, ret, e);

	if (!failed && *ret < 0)
		log_info("%s: no %s, which /" PATH_PLACES " names", row->name, path);
	return failed;
}

int devices_open(int root, const struct places *places, int ret[static DEVICE_COUNT], struct err *e)
{
	int found[DEVICE_COUNT];
	int failed = 0;

	for (size_t i = 0; i < DEVICE_COUNT; i++)
		found[i] = -1;
	for (size_t i = 0; !failed && i < DEVICE_COUNT; i++)
		failed = places->at[i][0]
				 ? open_placed(root, &device_rows[i], places->at[i], &found[i], e)
				 : open_first(root, &device_rows[i], &found[i], e);
	if (failed)
		devices_done(found);
	else
		memcpy(ret, found, sizeof(found));
	return failed;
}

void devices_done(int devices[static DEVICE_COUNT])
{
	for (size_t i = 0; i < DEVICE_COUNT; i++)
		fd_done(&devices[i]);
}
