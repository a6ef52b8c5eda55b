/*
 * The devices of the TEE, as PID 1 finds them: opened here, as root, and handed to attest, which
 * may then use them without being allowed to open anything.
 */
#pragma once

#include "base/err.h"

enum device {
	DEVICE_SEV_GUEST,
	DEVICE_TDX_GUEST,
	DEVICE_TDX_MEASUREMENTS,
	DEVICE_RTMR,
	DEVICE_CCEL,
	DEVICE_TPM,
	DEVICE_COUNT,
};

struct places;

#define DEVICE_PATHS 3 /* of one device, NULL behind the last */

struct device_row {
	const char *name;		 /* for the log                                          */
	const char *option;		 /* of sealinit-attest: "--sev-guest N"                   */
	int flags;			 /* of open()                                             */
	const char *paths[DEVICE_PATHS]; /* beneath `/`, the first that is there     */
};

extern const struct device_row device_rows[DEVICE_COUNT];

/*
 * Opens each row's first path that is there, beneath `root` (stays open), or, where `places` has a
 * path for it, that one alone. Descriptors of the caller's go to `ret`, -1 for what this machine
 * has not. -FAIL_SYS: it is there, and can't be opened; nothing is written then.
 */
int devices_open(int root, const struct places *places, int ret[static DEVICE_COUNT],
		 struct err *e);

/* Closes what is open. */
void devices_done(int devices[static DEVICE_COUNT]);
