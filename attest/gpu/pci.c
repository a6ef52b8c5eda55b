#include "attest/gpu/pci.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define VENDOR_NVIDIA 0x10de
#define CLASS_VGA     0x0300
#define CLASS_3D      0x0302
#define CLASS_BRIDGE  0x0680
#define MAX_FUNCTIONS 4096

static void close_directory(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static bool read_hex(int dir, const char *name, unsigned long *ret)
{
	char text[16] = "", *end;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	*ret = strtoul(text, &end, 16);
	return end != text;
}

/* sysfs names its devices by links, so that openat2() beneath would not do. */
static bool add(int bus, const char *name, struct pci_count *to)
{
	int dir = openat(bus, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned long vendor, class;
	bool known = dir >= 0 && read_hex(dir, "vendor", &vendor) && read_hex(dir, "class", &class);

	if (dir >= 0)
		(void)close(dir);
	if (!known)
		return false;
	class >>= 8;
	if (class == CLASS_VGA || class == CLASS_3D) {
		to->display++;
		to->gpus += vendor == VENDOR_NVIDIA;
	}
	to->switches += class == CLASS_BRIDGE && vendor == VENDOR_NVIDIA;
	return true;
}

int pci_read(const char *path, struct pci_count *ret, struct gpu_why *w)
{
	__attribute__((cleanup(close_directory))) DIR *bus = opendir(path);
	struct pci_count n = { 0 };
	const struct dirent *i;
	unsigned seen = 0;

	if (!bus && errno == ENOENT) {
		*ret = n;
		return 0;
	}
	if (!bus)
		return WHY(w, GPU_PCI, FAIL_SYS, "the PCI bus can't be read");
	while ((i = readdir(bus))) {
		if (i->d_name[0] == '.')
			continue;
		if (++seen > MAX_FUNCTIONS || !add(dirfd(bus), i->d_name, &n))
			return WHY(w, GPU_PCI, FAIL_INPUT, "the PCI bus: %.32s", i->d_name);
	}
	*ret = n;
	return 0;
}
