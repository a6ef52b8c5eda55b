/*
 * A session with a key broker: request, challenge, attestation, response (RCAR 0.4.0), then any
 * number of resources on the same session. One cookie, one token, one key that lives as long.
 * Spec: coco-protocol reference, sections 1 to 3.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"

struct kbs;

#define AUTO_KBS __attribute__((cleanup(kbs_done)))

/* Loans that kbs_new() alone reads. */
struct kbs_config {
	const char *url;	 /* "https://host[:port][/base]"                             */
	struct span roots_pem;	 /* the only roots that are trusted; needed with https       */
	const char *server_name; /* certificate's name if it isn't the URL's host, or NULL   */
	bool insecure;		 /* allows http://, and nothing else                         */
};

/*
 * What a session needs from the rest of attest. All return 0 or -kind: -FAIL_AGAIN is tried again
 * until the deadline (clock_boot_ms), any other kind ends the fetch.
 *
 *   resolve    `host` is a name, never a literal address; the port of *ret is filled in by us
 *   evidence   `report_data` is the digest of RCAR's runtime data, unpadded (32, 48 or 64 bytes):
 *              the driver pads it as its TEE wants. *ret is ours to delete. Called once a
 *              handshake, after devices()
 *   devices    likewise over their own digest: *ret is RCAR's additional evidence, an object by
 *              names of TEEs, or stays NULL where there is none. May be NULL
 */
struct kbs_io {
	int (*resolve)(void *ctx, const char *host, uint64_t deadline_ms,
		       struct sockaddr_storage *ret, socklen_t *ret_len, struct err *e);
	int (*evidence)(void *ctx, struct span report_data, uint64_t deadline_ms,
			cJSON **ret_primary_evidence, struct err *e);
	int (*devices)(void *ctx, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		       struct err *e);
	void *ctx;
};

struct kbs_counts {
	uint32_t round_trips;	    /* requests that were sent                             */
	uint32_t evidence_requests; /* calls of io.evidence                                */
	uint64_t waiting_us;	    /* names, connects, answers and back-off; not evidence */
};

/*
 * Checks the configuration and takes what it needs; nothing is sent before the first fetch.
 *
 *   tee            RCAR's name for it: "snp", "tdx", "sample"; copied
 *   initdata_toml  the text that was measured, byte for byte; empty: none. A loan for the life
 *                  of the kbs
 *   io             copied
 *   ret            kbs_free() it
 *
 * -FAIL_INPUT (URL, roots, http:// without insecure), -FAIL_SYS.
 */
int kbs_new(const struct kbs_config *config, const char *tee, struct span initdata_toml,
	    const struct kbs_io *io, struct kbs **ret, struct err *e);

/*
 * Fetches the resource `path`, "repository/type/tag" (no leading slash), attesting first where the
 * session is missing or about to end. Blocks until `deadline_ms` (clock_boot_ms) at most.
 *
 *   ret   the plaintext, 1 .. LIMIT_RESOURCE_BYTES; the caller's to release
 *
 * -FAIL_AGAIN   no usable answer until the deadline; the text says what went wrong last
 * -FAIL_DENIED  the broker said no. e->sys is ENOENT for a resource it does not have, EACCES for a
 *               policy that denies it, 0 for the rest (evidence, token, redirect, version)
 * -FAIL_FORGED  certificate, JWE or session does not check out
 * -FAIL_INPUT, -FAIL_LIMIT  malformed path or answer; and what io's functions return
 */
int kbs_fetch(struct kbs *k, const char *path, uint64_t deadline_ms, struct secret *ret,
	      struct err *e);

struct kbs_counts kbs_counts(const struct kbs *k);

/* Closes the connection, wipes cookie and key. NULL is fine. */
void kbs_free(struct kbs *k);
void kbs_done(struct kbs **k);
