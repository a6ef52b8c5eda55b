/*
 * The order in which devices are asked, and what ends it. Nothing is tried twice: a failed call
 * about a report already cost the device its confidential computing.
 * Spec: gpu-evidence reference 0, 1.3 to 1.5, 7.2, 7.3.
 */
#pragma once

#include "attest/gpu/pci.h"
#include "attest/gpu/why.h"
#include "attest/gpu/wire.h"
#include "base/span.h"

struct collect_paths {
	const char *library;	    /* NVML, as dlopen() takes it                              */
	const char *pci;	    /* /sys/bus/pci/devices                                    */
	const char *keeper;	    /* socket of who keeps the devices open; "": we don't look */
	const char *switch_library; /* NSCQ, likewise */
};

#define COLLECT_PATHS                                              \
	((struct collect_paths){ "libnvidia-ml.so.1", PCI_DEVICES, \
				 "/run/nvidia-persistenced/socket", "libnvidia-nscq.so.2" })

/*
 * State, refusal of what is not confidential, one report a device over `nonce`, its certificates,
 * and the counts again; GPUs first, then the NVSwitches of a machine in protected PCIe mode. That
 * they are linked to each other is in the reports, for whoever verifies them. A machine whose bus
 * has no device of NVIDIA's has none: that is an answer. GPU_SET_READY lets the devices accept work
 * when all of that went well, and only where nobody did before; it is checked afterwards, and needs
 * what the driver calls an administrator.
 *
 * `ret` is a whole message of wire.h, the caller's. Any reason of why.h but GPU_BROKEN, and w->err
 * with its kind.
 */
int collect(const struct collect_paths *p, enum gpu_action action,
	    const uint8_t nonce[static GPU_NONCE_LEN], struct buf *ret, struct gpu_why *w);

/* The message that says why not. */
int collect_failure(const struct gpu_why *why, struct buf *ret, struct err *e);
