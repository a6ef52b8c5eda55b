/* Where a manifest comes from: the store, as signed or as NVIDIA's RIM service sends it. */
#pragma once

#include "attest/verify/rim/rim.h"

/*
 * The XML of `id` into `ret` (the caller's to release). *ret_found false: a finding on `part` says
 * why, and when it is missing, where its publisher keeps it. 0, or -FAIL_SYS.
 * Spec: gpu-evidence reference 4.1, 4.2.
 */
int source_find(const struct context *c, size_t part, enum rim_kind kind, const char *id,
		struct buf *ret, bool *ret_found, struct err *e);

/* The service's answer about `id`: {"id", "rim": base64, "sha256": hex, ...}; members that it may
 * grow are passed over. Appends the XML to `ret`. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_FORGED (digest),
 * -FAIL_SYS. */
int source_answer(struct span json, const char *id, struct buf *ret, struct err *e);

/* "driver", "vbios", "switch_bios". */
const char *source_kind_name(enum rim_kind kind);
