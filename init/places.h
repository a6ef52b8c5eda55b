/*
 * Where this image has a device or a library of a TEE, if not in its usual place: PATH_PLACES, a
 * file of the image's, which is measured with it. One "NAME PATH" a line, '#' begins a remark.
 */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "init/device.h"

/* Beside the devices: libraries, which sealinit-gpu loads. */
enum place { PLACE_NVML = DEVICE_COUNT, PLACE_NSCQ, PLACE_COUNT };

struct places {
	char at[PLACE_COUNT][LIMIT_PATH_BYTES]; /* absolute; "": the usual place */
};

/* What a line calls it: "tdx-guest", "nvml". */
const char *place_name(size_t place);

/*
 * -FAIL_INPUT names the line: a name that is not known or came before, or a path that is not
 * absolute, printable and without "." and ".." segments. -FAIL_LIMIT: a path of LIMIT_PATH_BYTES or
 * more. `ret` untouched on failure.
 */
int places_parse(struct span text, struct places *ret, struct err *e);

/*
 * Reads at most LIMIT_PLACES_BYTES of the file `path` beneath the directory `root` (stays open). An
 * image without it has all in the usual places. As places_parse(); -FAIL_SYS, -FAIL_LIMIT.
 */
int places_read(int root, const char *path, struct places *ret, struct err *e);
