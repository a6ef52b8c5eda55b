/*
 * The firmware id that a device's leaf certificate carries, in the form of its generation.
 * Spec: gpu-evidence reference 3.3; TCG DICE Attestation Architecture, "TcbInfo".
 */
#pragma once

#include <openssl/x509.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define FWID_BYTES	 48
#define FWID_OID_DEVICE	 "2.23.133.5.4.1"   /* Hopper, LS10 */
#define FWID_OID_TCBINFO "2.23.133.5.4.1.1" /* Blackwell    */

/* Version 1, the key of the device (it must be `issuer`'s), the firmware's SHA-384. -FAIL_INPUT:
 * damaged; -FAIL_FORGED: another key; -FAIL_SYS. */
int fwid_device(struct span extension, const X509 *issuer, uint8_t ret[static FWID_BYTES],
		struct err *e);

/* The first of the list of firmware ids, which must be a SHA-384. -FAIL_INPUT. */
int fwid_tcbinfo(struct span extension, uint8_t ret[static FWID_BYTES], struct err *e);
