/* What the PCI bus shows, driver or not. */
#pragma once

#include "attest/gpu/why.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

struct pci_count {
	unsigned display;  /* classes 0300 and 0302, of any maker   */
	unsigned gpus;	   /* of these NVIDIA's                     */
	unsigned switches; /* NVIDIA's of class 0680                */
};

/* `path` is /sys/bus/pci/devices; not there is a machine without PCI. GPU_PCI: it can't be read. */
int pci_read(const char *path, struct pci_count *ret, struct gpu_why *w);
