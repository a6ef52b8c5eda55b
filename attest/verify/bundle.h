/*
 * From files to parts: what each file is, which evidence it holds, which certificates and
 * collateral go with it, and what the sender says of how the parts are bound. Nothing here is
 * believed; it is sorted. Spec: coco-protocol reference 1.3, 1.4, 4; field reference 0 (AEP-83).
 */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/part.h"
#include "attest/verify/verify.h"
#include "base/binding.h"
#include "base/limits.h"

#define AUTO_BUNDLE __attribute__((cleanup(bundle_done)))

enum bundle_origin {
	BUNDLE_RAW,   /* reports as the hardware made them                               */
	BUNDLE_OURS,  /* sealinit's answer to POST /v1/attestation/evidence               */
	BUNDLE_COCO,  /* CoCo's evidence of one TEE, with or without the request around it */
	BUNDLE_AEP83, /* the sidecar's answer to POST /quote                              */
};

/* Our own events, and the head that the report data covers. */
struct bundle_log {
	bool is_given;
	size_t part; /* the events, among the parts */
	enum { LOG_CHAIN, LOG_RTMR, LOG_PCR } strength;
	uint32_t pcr;
	uint8_t head[48];
	size_t head_len; /* 32 or 48 */
};

struct bundle {
	enum bundle_origin origin;
	struct part parts[LIMIT_VERIFY_PARTS];
	size_t count;
	struct verify_store *store; /* the collateral among the files */
	struct certs loose[LIMIT_VERIFY_FILES];
	size_t loose_count;

	/* What the sender says of the binding */
	const char *nonce_text;	    /* CoCo's challenge, verbatim; NULL if not told     */
	struct span nonce;	    /* ours                                             */
	const char *caller;	    /* ours                                             */
	struct span key;	    /* ours: DER SPKI; empty for none                   */
	bool has_devices;	    /* ours: they are signed, be it none                */
	struct binding_state state; /* ours: what NVML said inside the guest          */
	struct bundle_log log;	    /* ours                                             */
	const cJSON *tee_key;	    /* CoCo: tee-pubkey; NULL if not told               */
	bool has_request;	    /* CoCo: additional evidence and nonce were told    */
	const char *additional;	    /* CoCo: exact text; NULL if not told               */
	bool is_tls_bound;	    /* AEP-83                                           */

	/* What the loans above stand on */
	struct buf kept[4 * LIMIT_VERIFY_PARTS];
	size_t kept_count;
	cJSON *trees[LIMIT_VERIFY_FILES * 2];
	size_t tree_count;
};

/* -FAIL_INPUT: no evidence among the files, or a file that says what it is and isn't. -FAIL_LIMIT,
 * -FAIL_SYS. The files stay the caller's and must outlive the bundle. */
int bundle_read(const struct verify_request *r, struct bundle *ret, struct err *e);
void bundle_done(struct bundle *b);

/* --- For the readers of one form -------------------------------------------------------------- */

/* A new part named after its kind ("cpu0", "gpu1"). -FAIL_LIMIT. */
int bundle_part(struct bundle *b, enum part_kind kind, struct span bytes, struct part **ret,
		struct err *e);

/* Takes the buffer over (also on failure) and lends it back. */
int bundle_keep(struct bundle *b, struct buf *bytes, struct span *ret, struct err *e);

/* Base64 (RFC 4648, either alphabet) or hex text, into kept bytes. */
int bundle_decode(struct bundle *b, const char *text, const char *where, struct span *ret,
		  struct err *e);

/* Evidence of one CPU TEE or device type as CoCo writes it; told by its members.
 * -FAIL_AGAIN: none of these forms. */
int bundle_coco(struct bundle *b, const cJSON *tree, struct err *e);

/* Whole answers: sealinit's, CoCo's request, AEP-83's. -FAIL_AGAIN: another form. */
int bundle_ours(struct bundle *b, const cJSON *tree, struct err *e);
int bundle_request(struct bundle *b, const cJSON *tree, struct err *e);
int bundle_aep83(struct bundle *b, const cJSON *tree, struct err *e);

/* [{"arch","evidence","certificate", ...}] or CoCo's list of the same. */
int bundle_devices(struct bundle *b, const cJSON *list, struct err *e);

/* A report, quote, log, told by its first bytes. -FAIL_AGAIN: not told. */
int bundle_raw(struct bundle *b, struct span bytes, struct err *e);
