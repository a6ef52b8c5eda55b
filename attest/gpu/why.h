/* Why there is no evidence of a device: a stable word beside the error, for status and tests. */
#pragma once

#include "base/err.h"

enum gpu_reason {
	GPU_FINE,
	GPU_LIBRARY,	/* NVML or NSCQ can't be loaded, and there is a device */
	GPU_SYMBOL,	/* one of them lacks a call that we need               */
	GPU_OLD_DRIVER, /* it lacks the settings call: no word about the mode  */
	GPU_CALL,	/* a call failed                                       */
	GPU_VERSION,	/* NVML knows another version of the settings          */
	GPU_CC_OFF,
	GPU_DEVTOOLS,
	GPU_SIMULATED, /* the environment is not production                    */
	GPU_COUNT,     /* none, too many, or another number than a moment ago  */
	GPU_PCI,       /* the bus shows other devices than NVML or NSCQ        */
	GPU_SWITCHES,  /* NVSwitches where protected PCIe is off               */
	GPU_ARCH,      /* a generation that does not attest                    */
	GPU_SIZE,      /* sizes outside our buffers                            */
	GPU_REPORT,    /* not a report, or not certificates                    */
	GPU_NONCE,     /* a report over another nonce than asked               */
	GPU_FIRST,     /* nobody else keeps the devices open                   */
	GPU_READY,     /* the ready state is set already, or did not take      */
	GPU_BROKEN,    /* the program's answer breaks its own form, or none came */
	GPU_LOCK,      /* a switch whose trusted NVLink is not locked          */
	GPU_ONCE,      /* NSCQ spoke not exactly once of each switch           */
	GPU_REASONS
};

struct gpu_why {
	enum gpu_reason reason;
	struct err err;
};

/* Fills both; returns -kind. */
#define WHY(w, why, kind, ...) ((w)->reason = (why), FAIL(&(w)->err, kind, __VA_ARGS__))
