/*
 * Reports and derived keys by ioctl on /dev/sev-guest.
 *
 * A failure between guest and firmware makes the kernel wipe the key (VMPCK) that the two talk
 * under, so that a host can't have a message encrypted twice with one nonce. There is no way back
 * in this boot. Once that was seen, the device is never asked again, and each call fails at once:
 * -FAIL_SYS, with a text that begins with TEE_DEAD
 * (base/messages.h).
 * Spec: Linux, include/uapi/linux/sev-guest.h; GHCB 4.1.7, 4.1.8; AMD 56860, chapter 7;
 * cpu-evidence reference 1.1 to 1.3.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/evidence/tsm.h"
#include "base/err.h"
#include "base/secret.h"

#define SEV_GUEST_REPORT_BYTES 1184
#define SEV_GUEST_CERTS_BYTES  16384 /* the most that the kernel takes */
#define SEV_GUEST_KEY_BYTES    32

/* GUEST_FIELD_SELECT: what a derived key is bound to. HOST_DATA is not on offer. */
#define SEV_FIELD_POLICY      (1u << 0)
#define SEV_FIELD_MEASUREMENT (1u << 3)

/* The call as ioctl(2) has it; tests serve a device of their own. */
int sev_guest_ioctl(int fd, unsigned long request, void *arg);

/* One per guest: what it remembers is true of all who ask. Threads may share it. */
struct sev_guest {
	typeof(sev_guest_ioctl) *ioctl;
	atomic_bool is_dead;
	atomic_uint vmpl; /* the level that the firmware let us ask for; 0 until it refuses that */
};

/*
 * A report over `data`, with the host's certificates if it gave some that the kernel can carry.
 *
 *   fd    the device, or -1 (-FAIL_SYS); stays open
 *   ret   out is SEV_GUEST_REPORT_BYTES, aux the certificate table or empty; tsm_blobs_done() it
 *
 * Whether it binds `data` is the caller's to check. A device that is busy is asked again until
 * `deadline_ms`, then -FAIL_AGAIN; the kernel itself may hold the call for 60 s beyond that, and
 * nothing can interrupt it. -FAIL_DENIED: the firmware understood, and refused. -FAIL_INPUT: the
 * reply is not a report. -FAIL_SYS: tee-dead, no device, I/O. -FAIL_BUG: the kernel finds the
 * request malformed.
 */
int sev_guest_report(struct sev_guest *g, int fd, const uint8_t data[static TSM_DATA_BYTES],
		     uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e);

/*
 * The key that the firmware derives of the chip's VCEK for a guest with these `fields`
 * (SEV_FIELD_x), whatever the firmware's version. SEV_GUEST_KEY_BYTES; the caller's. Errors as
 * above; a key that is one byte repeated is no key: -FAIL_INPUT.
 */
int sev_guest_key(struct sev_guest *g, int fd, uint64_t fields, uint64_t deadline_ms,
		  struct secret *ret, struct err *e);

/*
 * For those who reach the same firmware through configfs-tsm, which passes on errno alone.
 * sev_guest_check: -FAIL_SYS when the key is known to be gone. sev_guest_learn: `e` is what failed
 * there; rewritten, and remembered, when it says that; returns its -kind.
 */
int sev_guest_check(struct sev_guest *g, struct err *e);
int sev_guest_learn(struct sev_guest *g, struct err *e);
