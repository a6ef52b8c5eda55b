/* The tenant's calls, as the scenarios make them: over sealctl's own client, in memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* How a call ended. */
struct ending {
	bool is_ok;
	bool is_lost; /* nobody listened, or the connection broke                */
	bool is_told_to_wait;
	unsigned http; /* 0: no answer */
	char code[32]; /* "" when it is ok; else of the problem */
};

/*
 * Each makes one call; with `wait_ms`, more of them while waiting can help. The answer goes to
 * `ret`, which is empty before and after a failure.
 */
struct ending api_status(uint64_t wait_ms, struct buf *ret);
struct ending api_evidence(uint64_t wait_ms, struct buf *ret);
/* Over the nonce "nonce", with the guest's log. */
struct ending api_evidence_log(uint64_t wait_ms, struct buf *ret);
struct ending api_evidence_gpu(uint64_t wait_ms, struct buf *ret); /* with both */
struct ending api_event(const char *domain, const char *operation, struct buf *ret);
struct ending api_eventlog(struct buf *ret);
struct ending api_policy(struct buf *ret);
struct ending api_secret(const char *path, uint64_t wait_ms, struct buf *ret);
struct ending api_seal(const char *scope, struct span plain, uint64_t wait_ms, struct buf *ret);
struct ending api_unseal(struct span blob, uint64_t wait_ms, struct buf *ret);
