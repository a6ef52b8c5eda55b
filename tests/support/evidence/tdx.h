/*
 * DCAP quotes of TDX and SGX for tests: real layout, correctly signed under a root that only tests
 * trust, every field settable and every signature breakable.
 *
 *   struct quote_spec s = quote_spec_td10();
 *   s.td.attributes[0] |= 1;
 *   struct quote_made m = quote_make(&s);
 *   ... m.quote, m.root ...
 *   quote_made_done(&m);
 *
 * Aborts when OpenSSL refuses or a field can't be written: a test can't go on without.
 * Layout: Intel SGX DCAP, ECDSA Quote Library API, appendix A; Intel TDX DCAP Quote Library API.
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* The keys of pki_p256() that sign: collateral for the same platform is signed by the root's. */
enum quote_key { QUOTE_KEY_ROOT, QUOTE_KEY_CA, QUOTE_KEY_PCK, QUOTE_KEY_ATTEST, QUOTE_KEY_OTHER };

enum quote_kind { QUOTE_GEN_SGX = 1, QUOTE_GEN_TD10 = 2, QUOTE_GEN_TD15 = 3 }; /* as in v5 */

struct quote_td {
	uint8_t tee_tcb_svn[16];
	uint8_t mrseam[48];
	uint8_t mrsignerseam[48];
	uint8_t seamattributes[8];
	uint8_t attributes[8];
	uint8_t xfam[8];
	uint8_t mrtd[48];
	uint8_t mrconfigid[48];
	uint8_t mrowner[48];
	uint8_t mrownerconfig[48];
	uint8_t rtmr[4][48];
	uint8_t report_data[64];
	uint8_t tee_tcb_svn2[16];  /* TD 1.5 */
	uint8_t mr_service_td[48]; /* TD 1.5 */
};

/* Of the enclave that is quoted, and of the quoting enclave. */
struct quote_enclave {
	uint8_t cpusvn[16];
	uint8_t miscselect[4];
	uint8_t isvextprodid[16];
	uint8_t attributes[16];
	uint8_t mrenclave[32];
	uint8_t mrsigner[32];
	uint8_t configid[64];
	uint16_t isvprodid;
	uint16_t isvsvn;
	uint16_t configsvn;
	uint8_t isvfamilyid[16];
	uint8_t report_data[64]; /* of the QE: the digest is put into the first half, if not broken
				  */
};

/* How the PCK certificate's extension goes wrong. */
enum pck_twist {
	PCK_GOOD,
	PCK_ABSENT,	    /* no such extension                              */
	PCK_REORDERED,	    /* members backwards: still good                  */
	PCK_UNKNOWN_MEMBER, /* one more, .9: still good                       */
	PCK_OTHER_OID,	    /* a member outside the extension's arc           */
	PCK_DUPLICATE_FMSPC,
	PCK_DUPLICATE_SVN, /* .2.3 twice                                     */
	PCK_DUPLICATE_EXTENSION,
	PCK_NO_PCESVN, /* without .2.17                                  */
	PCK_NO_FMSPC,
	PCK_NO_TCB,	  /* without .2                                     */
	PCK_SHORT_FMSPC,  /* 5 bytes                                        */
	PCK_LONG_PCEID,	  /* 3 bytes                                        */
	PCK_NEGATIVE_SVN, /* 80: -128                                       */
	PCK_PADDED_SVN,	  /* 00 05: not DER                                 */
	PCK_LAX_BOOLEAN,  /* 01: BER                                        */
	PCK_NESTED,	  /* a thousand sequences where a value belongs     */
	PCK_INDEFINITE,	  /* indefinite length                              */
	PCK_LONG_LENGTH,  /* 81 for a length under 128: not DER             */
	PCK_TRAILING,	  /* a byte after the sequence                      */
	PCK_CUT,	  /* the last byte missing                          */
	PCK_TWISTS
};

struct quote_pck {
	uint32_t components[16]; /* beyond 255 is written as it is */
	uint32_t pcesvn;
	uint8_t ppid[16];
	uint8_t pceid[2];
	uint8_t fmspc[6];
	uint8_t sgx_type;
	bool has_instance;
	uint8_t instance[16];
	bool has_config;
	bool dynamic, cached, smt;
	enum pck_twist twist;
};

/* How the certificate chain of type 5 goes wrong. */
enum chain_twist {
	QUOTE_CHAIN_GOOD,
	QUOTE_CHAIN_NO_NUL, /* still good                                           */
	QUOTE_CHAIN_TEXT_AFTER,
	QUOTE_CHAIN_TEXT_BETWEEN,
	QUOTE_CHAIN_TWO,  /* leaf and CA                                          */
	QUOTE_CHAIN_FOUR, /* the root twice                                       */
	QUOTE_CHAIN_BACKWARDS,
	QUOTE_CHAIN_OTHER_ROOT, /* all under a root of the same names and another key   */
	QUOTE_CHAIN_LOOKALIKE,	/* the right chain, and another root beside it          */
	QUOTE_CHAIN_OTHER_CA,	/* the CA's name is neither Platform nor Processor      */
	QUOTE_CHAIN_OTHER_LEAF, /* the leaf is called otherwise                         */
	QUOTE_CHAIN_EMPTY,
	QUOTE_CHAIN_TWISTS
};

struct quote_spec {
	uint16_t version; /* 3, 4, 5 decide the layout */
	enum quote_kind kind;
	uint16_t key_type;
	uint32_t tee_type;
	uint8_t reserved[4]; /* header bytes 8..11 */
	uint8_t vendor[16];
	uint8_t user_data[20];
	uint16_t body_type; /* v5, as written */
	struct quote_td td;
	struct quote_enclave enclave;
	struct quote_enclave qe;
	const uint8_t *qe_data; /* NULL: zeros */
	size_t qe_data_len;
	struct quote_pck pck;
	bool is_processor_ca;
	int64_t leaf_not_before, leaf_not_after; /* 0, 0: long */
	const uint8_t *leaf_serial, *ca_serial;	 /* NULL: 1    */
	size_t leaf_serial_len, ca_serial_len;
	enum chain_twist chain;
	X509 *root; /* of an earlier quote, stays the caller's; NULL: made, each with another
		       signature */

	uint16_t outer_type; /* v4, v5: 6 */
	uint16_t cert_type;  /* 5         */
	/* What is added to each length as it is written. */
	int64_t body_size_delta, auth_len_delta, outer_size_delta, qe_data_len_delta,
		cert_size_delta;
	size_t auth_extra; /* bytes that auth_len counts, behind all else            */
	size_t padding;	   /* behind the quote                                       */
	uint8_t padding_byte;

	bool break_qe_signature, break_key_hash, break_signature;
	bool wrong_qe_key; /* the QE report is signed by another key than the PCK    */
	bool key_off_curve;
};

struct quote_made {
	struct buf quote;
	X509 *root, *ca, *pck;
	size_t signed_len; /* bytes that the attestation key signed                   */
	size_t auth_at;	   /* where u32 auth_len stands                               */
	size_t qe_at;	   /* where the QE report stands                              */
	size_t chain_at;   /* where the certificates stand                            */
	size_t chain_len;
};

struct quote_spec quote_spec_sgx(void);	 /* v3              */
struct quote_spec quote_spec_td10(void); /* v4              */
struct quote_spec quote_spec_td15(void); /* v5, body type 3 */

struct quote_made quote_make(const struct quote_spec *s);
void quote_made_done(struct quote_made *m);

/* A TDREPORT with hashes that hold, of the same TD; `mac` is no CPU's. */
struct buf tdreport_make(const struct quote_td *td);
