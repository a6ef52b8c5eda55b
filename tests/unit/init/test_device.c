/* Devices of the TEE: found, opened, handed over; one that can't be opened is no absence. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/device.h"
#include "init/places.h"
#include "tests/support/scratch.h"

static const struct places usual;

static void put(int root, const char *path)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", path);
	for (char *at = strchr(text, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		(void)mkdirat(root, text, 0700);
		*at = '/';
	}
	cr_assert_geq(close(openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
}

Test(device, nothing_is_there)
{
	AUTO_FD int root = scratch_dir();
	int got[DEVICE_COUNT];
	struct err e = { 0 };

	cr_assert_eq(devices_open(root, &usual, got, &e), 0, "%s", e.text);
	for (size_t i = 0; i < DEVICE_COUNT; i++)
		cr_expect_eq(got[i], -1, "%s", device_rows[i].name);
}

Test(device, opens_what_is_there_by_its_first_name)
{
	AUTO_FD int root = scratch_dir();
	int got[DEVICE_COUNT];
	struct stat a, b;
	struct err e = { 0 };

	put(root, "dev/tdx_guest");
	put(root, "dev/tdx-attest");
	put(root, "dev/sev-guest");
	cr_assert_eq(devices_open(root, &usual, got, &e), 0, "%s", e.text);
	cr_assert_geq(got[DEVICE_SEV_GUEST], 0);
	cr_assert_eq(fstat(got[DEVICE_TDX_GUEST], &a), 0);
	cr_assert_eq(fstatat(root, "dev/tdx_guest", &b, 0), 0);
	cr_expect_eq(a.st_ino, b.st_ino);
	cr_expect(fcntl(got[DEVICE_TDX_GUEST], F_GETFD) & FD_CLOEXEC);
	cr_expect_eq(got[DEVICE_CCEL], -1);
	cr_expect_eq(got[DEVICE_TPM], -1);
	devices_done(got);
	cr_expect_eq(got[DEVICE_TDX_GUEST], -1);
}

Test(device, an_older_name_is_found)
{
	AUTO_FD int root = scratch_dir();
	int got[DEVICE_COUNT];
	struct err e = { 0 };

	put(root, "dev/tdx-attest");
	cr_assert_eq(devices_open(root, &usual, got, &e), 0, "%s", e.text);
	cr_expect_geq(got[DEVICE_TDX_GUEST], 0);
	devices_done(got);
}

/* A link could lead to a file of the host's choice; a directory is no device. */
Test(device, refuses_what_is_there_and_cannot_be_opened)
{
	AUTO_FD int root = scratch_dir();
	int got[DEVICE_COUNT] = { 77 };
	struct err e = { 0 };

	cr_assert_eq(mkdirat(root, "dev", 0700), 0);
	cr_assert_eq(symlinkat("/dev/null", root, "dev/sev-guest"), 0);
	cr_expect_eq(devices_open(root, &usual, got, &e), -FAIL_SYS);
	cr_expect(strstr(e.text, "sev-guest"), "%s", e.text);
	cr_expect_eq(got[0], 77, "untouched");
	cr_assert_eq(unlinkat(root, "dev/sev-guest", 0), 0);
	cr_assert_eq(mkdirat(root, "dev/sev-guest", 0700), 0);
	cr_expect_eq(devices_open(root, &usual, got, &e), -FAIL_SYS);
}

/* Not the device that one process alone may hold, and never without waiting: attest has a thread
 * that does that. */
Test(device, a_tpm_is_the_resource_manager_s)
{
	AUTO_FD int root = scratch_dir();
	int got[DEVICE_COUNT];
	struct err e = { 0 };

	put(root, "dev/tpm0");
	cr_assert_eq(devices_open(root, &usual, got, &e), 0, "%s", e.text);
	cr_expect_eq(got[DEVICE_TPM], -1);
	put(root, "dev/tpmrm0");
	cr_assert_eq(devices_open(root, &usual, got, &e), 0, "%s", e.text);
	cr_assert_geq(got[DEVICE_TPM], 0);
	cr_expect_eq(fcntl(got[DEVICE_TPM], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	cr_expect_str_eq(device_rows[DEVICE_TPM].option, "--tpm");
	devices_done(got);
}
