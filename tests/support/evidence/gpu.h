/*
 * Reports of NVIDIA's GPUs and switches for tests: real layout, signed by a chain of five under a
 * root that only tests trust, every field settable and every signature breakable.
 *
 *   struct gpu_spec s = gpu_spec(GPU_GH100);
 *   gpu_set(&s, 21, "\xaa", 1);
 *   struct gpu_made m = gpu_make(&s);
 *   ... m.report, m.certs ...
 *   gpu_made_done(&m);
 *
 * Aborts when OpenSSL refuses or something does not fit: a test can't go on without.
 * Layout: DMTF DSP0274 1.1 (SPDM), GET_MEASUREMENTS; opaque data and certificates as NVIDIA's
 * attestation SDK reads them.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum gpu_chip { GPU_GH100, GPU_GB100, GPU_LS10 };

/* The keys of pki_p384(), by who has them. A leaf's is its own choice. */
enum gpu_key { GPU_KEY_ROOT, GPU_KEY_IDENTITY, GPU_KEY_MAKER, GPU_KEY_DEVICE, GPU_KEY_LEAF };
#define GPU_KEY_OTHER 7

#define GPU_MADE_BLOCKS 72
#define GPU_MADE_FIELDS 40

struct gpu_block {
	uint8_t index, specification;
	uint16_t size;
	uint8_t type;
	uint16_t value_size;
	uint8_t value[48];
};

struct gpu_field {
	uint16_t id;
	uint16_t len;
	int len_delta; /* added to the length as it is written */
	uint8_t at[320];
};

enum gpu_sign {
	GPU_SIGN_GOOD,
	GPU_SIGN_R_ZERO,
	GPU_SIGN_S_ZERO,
	GPU_SIGN_R_ORDER, /* n, the order of the group */
	GPU_SIGN_S_ORDER,
	GPU_SIGN_DER,	 /* the DER form, cut to 96 bytes */
	GPU_SIGN_SHA256, /* of the digest that P-384 does not go with */
	GPU_SIGN_OTHER_KEY,
	GPU_SIGN_SWAPPED, /* s, then r */
	GPU_SIGNS
};

/* How the certificates go wrong. */
enum gpu_chain {
	GPU_CHAIN_GOOD,
	GPU_CHAIN_NONE,
	GPU_CHAIN_SWAPPED,    /* 1 and 2 change places                              */
	GPU_CHAIN_BACKWARDS,  /* root first                                         */
	GPU_CHAIN_OTHER_ROOT, /* all under a root of the same name and another key  */
	GPU_CHAIN_FOUR,	      /* 3 is missing                                       */
	GPU_CHAIN_ROOTLESS,   /* 4 is missing                                       */
	GPU_CHAIN_SIX,	      /* the root twice                                     */
	GPU_CHAIN_SHIFTED,    /* 1 as leaf, and the root twice to make five         */
	GPU_CHAIN_LEAF_CA,
	GPU_CHAIN_NO_FWID,
	GPU_CHAIN_OTHER_SPKI, /* the key beside the firmware id is not 1's          */
	GPU_CHAIN_FWID_SHA256,
	GPU_CHAIN_FWID_LONG,	/* a byte after its end                             */
	GPU_CHAIN_FWID_VERSION, /* 2                                                */
	GPU_CHAIN_OTHER_FORM,	/* the firmware id of the other generation's form   */
	GPU_CHAIN_NO_INFO,	/* no subject alternative name                      */
	GPU_CHAIN_PREFIX,	/* a switch's kind in a GPU's name, or the reverse  */
	GPU_CHAIN_TWO_NAMES,	/* 1's serial is not its subject's                  */
	GPU_CHAIN_NO_NAME,	/* 1's subject has no serial number                 */
	GPU_CHAINS
};

struct gpu_spec {
	enum gpu_chip chip;

	/* Request and response as they are written */
	uint8_t request[4];
	uint8_t nonce[32];
	uint8_t request_slot;
	uint8_t response[4];
	struct gpu_block blocks[GPU_MADE_BLOCKS];
	size_t block_count;
	uint8_t responder_nonce[32];
	struct gpu_field fields[GPU_MADE_FIELDS]; /* in this order */
	size_t field_count;
	int block_count_delta;
	int64_t record_len_delta, opaque_len_delta;
	enum gpu_sign sign;
	size_t trailing;
	uint8_t trailing_byte;

	/* Certificates */
	unsigned leaf_key; /* GPU_KEY_LEAF or above */
	uint8_t pdi[8];
	uint8_t leaf_serial[20];
	uint8_t fwid[48]; /* as certified; field 20 is set apart */
	char leaf_cn[48], device_cn[48], maker_cn[48], info[48];
	int64_t not_before, not_after; /* of the leaf; 0, 0: long */
	X509 *root; /* of an earlier chain, stays the caller's; NULL: made, each with another
		     * signature */
	enum gpu_chain chain;
};

struct gpu_made {
	struct buf report;
	X509 *certs[6]; /* as they are sent */
	size_t cert_count;
	X509 *root;	   /* the one to trust */
	size_t signed_len; /* from the first byte   */
	size_t opaque_at;
	size_t report_len; /* to the end of the signature */
};

/* A good report: driver 550.90.07 (575.32 on Blackwell), nonce 0x5a everywhere; protected PCIe off;
 * LS10: locked, place 0, no GPU. */
struct gpu_spec gpu_spec(enum gpu_chip chip);

/* The report that drivers before 550 write: without firmware id and mode. */
struct gpu_spec gpu_spec_old(void);

/* Eight GPUs, then four switches, as one protected PCIe group. */
#define GPU_SET_GPUS	 8
#define GPU_SET_SWITCHES 4
#define GPU_SET		 (GPU_SET_GPUS + GPU_SET_SWITCHES)
void gpu_spec_set(struct gpu_spec ret[static GPU_SET]);

/* Sets an opaque field or appends it. Drops it. Appends it though it is there. */
void gpu_set(struct gpu_spec *s, uint16_t id, const void *at, size_t len);
void gpu_drop(struct gpu_spec *s, uint16_t id);
void gpu_append(struct gpu_spec *s, uint16_t id, const void *at, size_t len);
struct gpu_field *gpu_field(struct gpu_spec *s, uint16_t id); /* NULL: none */

struct gpu_made gpu_make(const struct gpu_spec *s);
void gpu_made_done(struct gpu_made *m);
