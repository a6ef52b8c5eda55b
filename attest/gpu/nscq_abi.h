/*
 * NSCQ as far as we call it: x86-64, version 2 of its API. A callback gets the switch, a return
 * code, the value and our pointer; the session, the certificates and the report come by value.
 * Spec: NVIDIA attestation SDK, nscq_attestation.h; gpu-evidence reference 1.7.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NSCQ_OK		 0
#define NSCQ_WARNING_RDT 1 /* RDT init failure; what comes along is checked like the rest */

#define NSCQ_MOUNT_DEVICES 1

#define NSCQ_UUIDS "/drv/nvswitch/{device}/uuid"
#define NSCQ_ARCHS "/{nvswitch}/id/arch"

#define NSCQ_LS10 2

#define NSCQ_TNVL_ON	 1 /* and not locked yet */
#define NSCQ_TNVL_LOCKED 3

#define NSCQ_NONCE_BYTES  32
#define NSCQ_LABEL_BYTES  64
#define NSCQ_REPORT_BYTES 8192
#define NSCQ_CHAIN_BYTES  5120

struct nscq_uuid {
	uint8_t bytes[16];
};
_Static_assert(sizeof(struct nscq_uuid) == 16, "nscq_uuid_t");

struct nscq_certificate {
	uint8_t chain[NSCQ_CHAIN_BYTES];
	uint32_t len;
};
_Static_assert(sizeof(struct nscq_certificate) == 5124, "nscq_attestation_certificate_t");

struct nscq_report {
	uint32_t len;
	uint8_t report[NSCQ_REPORT_BYTES];
};
_Static_assert(sizeof(struct nscq_report) == 8196, "nscq_attestation_report_t");

struct nscq_session {
	int8_t code;
	void *at;
};
_Static_assert(sizeof(struct nscq_session) == 16, "nscq_session_result_t: in two registers");
_Static_assert(offsetof(struct nscq_session, at) == 8, "nscq_session_result_t");

/* Each callback has a type of its own, which the path implies. */
typedef void nscq_callback(void);

struct nscq_calls {
	struct nscq_session (*create)(uint32_t flags);
	void (*destroy)(void *session);
	int8_t (*observe)(void *session, const char *path, nscq_callback *f, void *user,
			  uint32_t flags);
	int8_t (*set_input)(void *session, uint32_t flags, void *at, uint32_t len);
	int8_t (*label)(const struct nscq_uuid *uuid, char ret[NSCQ_LABEL_BYTES], uint32_t flags);
};
