/* Finding the disk, over a /sys/block of the test's own. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/device.h"
#include "tests/support/scratch.h"

static void put(int dir, const char *name, const char *text)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* One entry: where its serial is ("serial", "device/serial", or NULL), and what it says. */
static void add(int sys, const char *name, const char *dev, const char *where, const char *serial)
{
	char path[128];

	cr_assert_eq(mkdirat(sys, name, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/dev", name);
	put(sys, path, dev);
	(void)snprintf(path, sizeof(path), "%s/device", name);
	if (strncmp(name, "loop", 4) != 0 && strncmp(name, "dm-", 3) != 0)
		cr_assert_eq(mkdirat(sys, path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/%s", name, where ? where : "ro");
	put(sys, path, serial);
}

static int fake_sys(void)
{
	int sys = scratch_dir();

	add(sys, "vda", "254:0\n", "serial", "root");
	add(sys, "vdb", "254:16\n", "serial", "data\n");
	add(sys, "vdc", "254:32\n", "serial", "twice");
	add(sys, "vdd", "254:48\n", "serial", "twice");
	add(sys, "vde", "not a number\n", "serial", "broken");
	add(sys, "vdf", "254:80\n", "serial", "   ");
	add(sys, "nvme0n1", "259:3\n", "device/serial", "  S4EV NVMe  \n");
	add(sys, "loop0", "7:0\n", "serial", "loop");
	add(sys, "dm-0", "253:0\n", "serial", "mapped");
	return sys;
}

struct found {
	char spec[32];
	char name[16];
	unsigned int major, minor;
};

ParameterizedTestParameters(device, finds)
{
	static struct found rows[] = {
		{ "serial:data", "vdb", 254, 16 },
		{ "serial:root", "vda", 254, 0 },
		{ "/dev/vdb", "vdb", 254, 16 },
		{ "/dev/vdf", "vdf", 254, 80 },
		{ "serial:S4EV NVMe", "nvme0n1", 259, 3 },
		{ "/dev/nvme0n1", "nvme0n1", 259, 3 },
	};
	return cr_make_param_array(struct found, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct found *row, device, finds)
{
	AUTO_FD int sys = fake_sys();
	char name[LIMIT_NAME_BYTES];
	struct err e = { 0 };
	dev_t rdev = 0;

	cr_assert_eq(device_find(sys, row->spec, name, &rdev, &e), 0, "%s", e.text);
	cr_assert_str_eq(name, row->name);
	cr_assert_eq(rdev, makedev(row->major, row->minor));
}

struct refusal {
	char spec[32];
	int want;
	char text[64];
};

ParameterizedTestParameters(device, refuses)
{
	static struct refusal rows[] = {
		{ "serial:dat", -FAIL_SYS, "no disk 'serial:dat'; there is:" },
		{ "serial:data2", -FAIL_SYS, "no disk" },
		{ "serial:data\n", -FAIL_SYS, "no disk" },
		{ "serial:twice", -FAIL_INPUT, "2 disks are 'serial:twice'" },
		{ "serial:broken", -FAIL_INPUT, "vde: dev is not MAJOR:MINOR" },
		{ "serial:loop", -FAIL_SYS, "no disk" },
		{ "serial:mapped", -FAIL_SYS, "no disk" },
		{ "serial:   ", -FAIL_SYS, "no disk" },
		{ "serial:", -FAIL_INPUT, "neither /dev/NAME nor serial:TEXT" },
		{ "/dev/vdz", -FAIL_SYS, "no disk" },
		{ "/dev/loop0", -FAIL_SYS, "no disk" },
		{ "/dev/dm-0", -FAIL_INPUT, "neither" },
		{ "/dev/vda1", -FAIL_SYS, "no disk" },
		{ "/dev/", -FAIL_INPUT, "neither" },
		{ "/dev/../dev/vdb", -FAIL_INPUT, "neither" },
		{ "/dev/disk/vdb", -FAIL_INPUT, "neither" },
		{ "vdb", -FAIL_INPUT, "neither" },
		{ "", -FAIL_INPUT, "neither" },
	};
	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, device, refuses)
{
	AUTO_FD int sys = fake_sys();
	char name[LIMIT_NAME_BYTES] = "untouched";
	struct err e = { 0 };
	dev_t rdev = 5;

	cr_expect_eq(device_find(sys, row->spec, name, &rdev, &e), row->want, "%s", row->spec);
	cr_expect(strstr(e.text, row->text), "'%s' has no '%s'", e.text, row->text);
	cr_expect_str_eq(name, "untouched");
	cr_expect_eq(rdev, 5);
}

Test(device, says_which_disks_there_are)
{
	AUTO_FD int sys = scratch_dir();
	char name[LIMIT_NAME_BYTES];
	struct err e = { 0 };
	dev_t rdev;

	cr_assert_eq(device_find(sys, "/dev/vdb", name, &rdev, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "no disk '/dev/vdb'; there is: none");
	cr_assert_eq(e.sys, ENODEV);
	add(sys, "vda", "254:0\n", "serial", "root");
	cr_assert_eq(device_find(sys, "/dev/vdb", name, &rdev, &e), -FAIL_SYS);
	cr_assert_str_eq(e.text, "no disk '/dev/vdb'; there is: vda");
}

Test(device, refuses_a_node_that_is_no_disk)
{
	AUTO_FD int sys = fake_sys();
	AUTO_DEVICE struct device d = DEVICE_EMPTY;
	struct err e = { 0 };
	AUTO_FD int dev = -1;

	cr_assert_eq(mkdirat(sys, "nodes", 0755), 0);
	dev = openat(sys, "nodes", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(device_open(sys, dev, "/dev/vdb", &d, &e), -FAIL_SYS, "no node at all");
	put(dev, "vdb", "a file");
	cr_assert_eq(device_open(sys, dev, "/dev/vdb", &d, &e), -FAIL_INPUT);
	cr_assert_str_eq(e.text, "/dev/vdb is not the disk 254:16");
	cr_assert_eq(unlinkat(dev, "vdb", 0), 0);
	cr_assert_eq(symlinkat("/dev/null", dev, "vdb"), 0);
	cr_assert_eq(device_open(sys, dev, "/dev/vdb", &d, &e), -FAIL_SYS);
	cr_assert_eq(d.fd, -1);
}
