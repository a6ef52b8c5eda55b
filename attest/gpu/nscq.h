/*
 * NSCQ, which speaks of NVSwitches by callbacks. What it says counts only if the call and each
 * callback succeeded, and it spoke once of every switch that it was asked about and of no other.
 * Nothing is asked twice or for a trial.
 * Spec: gpu-evidence reference 1.5, 1.7.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/gpu/nscq_abi.h"
#include "attest/gpu/why.h"
#include "base/limits.h"
#include "base/span.h"

struct nscq {
	struct nscq_calls call;
	void *session;
};

struct nscq_switch {
	struct nscq_uuid uuid;
	char label[NSCQ_LABEL_BYTES]; /* printable, terminated, one step of a path */
};

struct nscq_list {
	struct nscq_switch at[LIMIT_SWITCHES]; /* no one twice */
	unsigned count;
};

/*
 * Loads `path` and opens a session. The library stays loaded until the process ends.
 *   GPU_LIBRARY  can't be loaded
 *   GPU_SYMBOL   a call is missing
 *   GPU_CALL     it opens no session
 */
int nscq_open(struct nscq *ret, const char *path, struct gpu_why *w);
void nscq_close(struct nscq *n);

/* The switches that it knows, maybe none. GPU_CALL; GPU_ONCE: one without a name, or twice;
 * GPU_COUNT: over LIMIT_SWITCHES; GPU_SIZE: a label that is none. */
int nscq_find(const struct nscq *n, struct nscq_list *ret, struct gpu_why *w);

/* The architecture of each of `l`, in its order. GPU_CALL, GPU_ONCE. */
int nscq_archs(const struct nscq *n, const struct nscq_list *l, int8_t ret[static LIMIT_SWITCHES],
	       struct gpu_why *w);

/* The mode of trusted NVLink. GPU_CALL, GPU_ONCE. */
int nscq_tnvl(const struct nscq *n, const struct nscq_switch *s, int8_t *ret, struct gpu_why *w);

/* The report's bytes, and the PEM of the certificates that go with it: at least one byte, at most
 * NSCQ's buffer; the caller's to free. GPU_CALL, GPU_ONCE, GPU_SIZE. */
int nscq_report(const struct nscq *n, const struct nscq_switch *s,
		const uint8_t nonce[static NSCQ_NONCE_BYTES], struct buf *ret, struct gpu_why *w);
int nscq_chain(const struct nscq *n, const struct nscq_switch *s, struct buf *ret,
	       struct gpu_why *w);
