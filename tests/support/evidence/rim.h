/*
 * NVIDIA's reference integrity manifests for tests: real layout, signed by a chain of four under a
 * root that only tests trust, every value settable and every part of the signature breakable.
 *
 *   struct rim_signer by = rim_signer_make(&(struct rim_signer_spec){ .chip = "GH100" });
 *   struct rim_spec s = rim_spec_driver();
 *   s.values[7].at[0][5] ^= 1;
 *   struct buf xml = rim_make(&s, &by);        ... by.certs[RIM_CERT_ROOT] is the root ...
 *
 * It canonicalises nothing: each piece is written twice, as NVIDIA's files have it and as Canonical
 * XML 1.1 has it, and the second text is signed.
 *
 * Aborts when OpenSSL refuses: a test can't go on without.
 * Layout: ISO/IEC 19770-2, TCG RIM Information Model, W3C XML Signature, as in NVIDIA's RIM
 * service.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* --- Who signs -------------------------------------------------------------------------------- */

enum rim_cert { RIM_CERT_LEAF, RIM_CERT_L3, RIM_CERT_CA, RIM_CERT_ROOT, RIM_CERTS };

/* Keys of pki_p384() from the leaf's up; another one for what must not verify. */
#define RIM_KEY_LEAF  3
#define RIM_KEY_OTHER 7

struct rim_signer_spec {
	const char *chip;	    /* in the names of the CA and L3: "GH100" */
	const char *cn[RIM_CERTS];  /* NULL: as NVIDIA names them */
	int64_t leaf_from, leaf_to; /* 0, 0: long */
	bool leaf_is_ca;
};

struct rim_signer {
	X509 *certs[RIM_CERTS];
};

struct rim_signer rim_signer_make(const struct rim_signer_spec *s);
void rim_signer_done(struct rim_signer *s);

/* --- What is signed --------------------------------------------------------------------------- */

#define RIM_MADE_INDICES 64
#define RIM_MADE_VALUES	 8

struct rim_value {
	bool active;
	unsigned count; /* alternatives */
	uint8_t at[RIM_MADE_VALUES][48];
};

/* Where the signature stands. */
enum rim_place {
	RIM_PLACE_LAST,
	RIM_PLACE_FIRST,  /* the root's first child          */
	RIM_PLACE_INSIDE, /* in the payload                  */
	RIM_PLACE_BEHIND, /* and an Entity after it          */
	RIM_PLACE_TWICE,
	RIM_PLACE_NONE,
};

/* Texts are NULL for what NVIDIA writes. What is set is signed as it stands, so it has to be
 * canonical where the manifest is to verify. */
struct rim_spec {
	const char *chip, *product; /* SoftwareIdentity's name; Meta's product (NULL: the chip) */
	const char *edition;	    /* "GPU", "SWITCH" */
	const char *version;	    /* colloquialVersion */
	struct rim_value values[RIM_MADE_INDICES];

	const char *prolog;		    /* in front of the root element, unsigned             */
	const char *epilog;		    /* behind it, unsigned                                */
	const char *root_extra;		    /* attributes of the root, with a space in front      */
	const char *meta_extra;		    /* and of Meta                                        */
	const char *line[RIM_MADE_INDICES]; /* in place of a Resource; "" leaves it out */
	const char *payload_extra;	    /* behind the resources                   */
	const char *behind_payload;
	bool is_flat; /* no white space between elements */

	const char *c14n, *method, *digest_method;
	const char *uri;
	const char *transform[2];
	const char *transform_extra; /* behind the two     */
	const char *reference_extra; /* attributes         */
	const char *info_extra;	     /* elements behind Reference   */
	const char *key_extra;	     /* elements in front of X509Data */
	const char *data_extra;	     /* elements in X509Data */
	const char *object;	     /* behind KeyInfo */
	unsigned cert_count;	     /* 0: RIM_CERTS in order; else as `certs` has them */
	uint8_t certs[8];

	enum rim_place place;
	unsigned key; /* signs; 0: the leaf's */
	bool bad_digest, bad_signature;
	bool der_signature, swapped_signature, sha256_signature;
};

/* 550.90.07 of a GH100: indices 7, 21-40. 96.00.9F.00.01: 0-6, 8-12. LS10 96.10.55.00.01: 0-30.
 * Values tell indices and alternatives apart; some have several, index 28 is zero. */
struct rim_spec rim_spec_driver(void);
struct rim_spec rim_spec_vbios(void);
struct rim_spec rim_spec_switch(void);

/* The caller's to release. */
struct buf rim_make(const struct rim_spec *s, const struct rim_signer *by);

/* Makes a report's measurements those that the two manifests want, and all others zero. */
struct gpu_spec;
void rim_set_measured(const struct rim_spec *driver, const struct rim_spec *vbios,
		      struct gpu_spec *ret);

/* As the RIM service sends it: {"id", "rim", "sha256", ...}. */
struct buf rim_make_answer(struct span xml, const char *id);
