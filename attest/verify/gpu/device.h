/*
 * Whose certificates these are: five of them, leaf first, from the key that signs reports to
 * NVIDIA's root. Spec: gpu-evidence reference 3.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/gpu/facts.h"
#include "attest/verify/gpu/fwid.h"
#include "attest/verify/x509/chain.h"

#define DEVICE_CERTS	  5
#define DEVICE_NAME_BYTES 64

/* What the certificates say of a device. */
struct device {
	char chip[16]; /* "GH100", "GB100", "LS10"               */
	char arch[16]; /* "HOPPER", "BLACKWELL", "LS10"          */
	bool is_switch;
	uint8_t pdi[GPU_PDI_BYTES];
	uint8_t leaf_serial[20];
	size_t leaf_serial_len;
	uint8_t fwid[FWID_BYTES];
	char model[DEVICE_NAME_BYTES]; /* CN of certificate 1, "GH100 A01 GSP BROM" */
	char info[DEVICE_NAME_BYTES];  /* DMTF device info, "NVIDIA:GH100:<16 hex>" */
};

/*
 * Exactly five certificates in order, each issued by the next, the last NVIDIA's Device Identity CA
 * or one of `test_roots`. Validity is not judged. -FAIL_FORGED, -FAIL_AGAIN (five, but no issuer or
 * another root), -FAIL_SYS.
 */
int device_chain(const struct certs *certs, const struct certs *test_roots,
		 struct chain_result *ret, struct err *e);

/*
 * Reads a chain that holds: the leaf is an end entity that may sign and nothing else, all names are
 * of one chip, identity and firmware id are there in their chip's form.
 * -FAIL_FORGED or -FAIL_INPUT (both: not a device's chain), -FAIL_SYS.
 */
int device_read(const struct chain_result *chain, struct device *ret, struct err *e);
