/*
 * SEV-SNP attestation reports for tests: real layout, signed by a VCEK or VLEK under a root that
 * only tests trust, every field settable and every signature breakable.
 *
 *   struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
 *   s.policy |= 1 << 19;
 *   struct snp_made m = snp_make(&s);
 *   ... m.report, m.leaf, m.ask, m.ark ...
 *   snp_made_done(&m);
 *
 * Aborts when OpenSSL refuses: a test can't go on without. Layout: AMD 56860 (SNP firmware ABI),
 * AMD 57230 (certificates), GHCB 4.1.8.1 (the host's table).
 */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "tests/support/evidence/pki.h"

#define SNP_GEN_BYTES 1184

/* The keys of pki_rsa4096() and pki_p384(), by who has them. */
enum snp_rsa { SNP_RSA_ARK, SNP_RSA_ASK, SNP_RSA_OTHER };
enum snp_p384 { SNP_P384_LEAF, SNP_P384_OTHER };

enum snp_gen { SNP_GEN_MILAN, SNP_GEN_GENOA, SNP_GEN_TURIN };
enum snp_gen_key { SNP_GEN_VCEK = 0, SNP_GEN_VLEK = 1, SNP_GEN_NONE = 7 }; /* as in KEY_INFO */

struct snp_levels {
	uint8_t fmc, bootloader, tee, snp, microcode;
};

enum snp_sign {
	SNP_SIGN_GOOD,
	SNP_SIGN_ZERO,
	SNP_SIGN_R_ZERO,
	SNP_SIGN_S_ZERO,
	SNP_SIGN_R_ORDER, /* n, the order of the group */
	SNP_SIGN_S_ORDER,
	SNP_SIGN_R_HIGH, /* a bit above the 384 that count */
	SNP_SIGN_S_HIGH,
	SNP_SIGN_BIG_ENDIAN,
	SNP_SIGN_SWAPPED, /* S, then R */
	SNP_SIGN_OTHER_KEY,
	SNP_SIGNS
};

/* Extensions of a leaf, as bits of the knobs below. */
enum snp_extension {
	SNP_EXT_STRUCT_VERSION,
	SNP_EXT_PRODUCT_NAME,
	SNP_EXT_BL,
	SNP_EXT_TEE,
	SNP_EXT_SNP,
	SNP_EXT_UCODE,
	SNP_EXT_FMC,
	SNP_EXT_SPL4,
	SNP_EXT_SPL5,
	SNP_EXT_SPL6,
	SNP_EXT_SPL7,
	SNP_EXT_HWID,
	SNP_EXT_CSP_ID,
	SNP_EXTENSIONS
};

enum snp_number { /* how an SPL is written */
		  SNP_NUMBER_DER,
		  SNP_NUMBER_NEGATIVE, /* one content byte, be its highest bit set */
		  SNP_NUMBER_PADDED,   /* a zero in front, be there need or not */
		  SNP_NUMBER_LONG,     /* three content bytes */
		  SNP_NUMBER_OCTETS,   /* an OCTET STRING */
		  SNP_NUMBER_TRAILING  /* a byte after its end */
};

enum snp_hwid { SNP_HWID_RAW, SNP_HWID_WRAPPED, SNP_HWID_SHORT, SNP_HWID_LONG, SNP_HWID_TAG };

enum snp_chain {
	SNP_CHAIN_GOOD,
	SNP_CHAIN_SELF_MADE,	 /* a root of the same name that nobody trusts         */
	SNP_CHAIN_OTHER_PRODUCT, /* all three of the next generation                   */
	SNP_CHAIN_OTHER_KIND,	 /* a VCEK below an ASVK, a VLEK below an ASK          */
	SNP_CHAIN_LEAF_FORGED,	 /* ASK's name, another's signature                    */
	SNP_CHAIN_ASK_FORGED,	 /* the same, one level up                             */
	SNP_CHAIN_NO_ASK,	 /* the ARK signed the leaf itself                     */
	SNP_CHAIN_ARK_ALTERED,	 /* sent is an ARK with the trusted one's key and name */
	SNP_CHAIN_ARK_BROKEN,	 /* sent is the ARK with its own signature spoilt      */
	SNP_CHAINS
};

enum snp_crl {
	SNP_CRL_CLEAN,
	SNP_CRL_REVOKES_ASK,
	SNP_CRL_BY_ASK,	  /* signed by the ASK, in the ARK's name */
	SNP_CRL_OF_OTHER, /* another ARK's */
	SNP_CRL_CUT,
	SNP_CRLS
};

struct snp_poke {
	uint16_t at;
	uint8_t value;
};

struct snp_spec {
	/* The report; what a version does not have is left out */
	enum snp_gen product; /* TCB layout, names and CPUID */
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16], image_id[16];
	uint32_t vmpl;
	uint32_t sig_algo;
	struct snp_levels current, reported, committed, launch;
	uint64_t platform_info;
	uint32_t key_info; /* bits 4:2: enum snp_gen_key */
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48], author_key_digest[48];
	uint8_t report_id[32], report_id_ma[32];
	uint8_t family, model, stepping;
	uint8_t chip_id[64];
	uint8_t current_version[3], committed_version[3]; /* build, minor, major */
	uint64_t launch_mit_vector, current_mit_vector;
	struct snp_poke pokes[4]; /* bytes set last, and signed */
	size_t poke_count;
	enum snp_sign sign;

	/* The leaf */
	enum snp_gen_key leaf_key;  /* SNP_GEN_VLEK: a VLEK, whatever the report says */
	const char *leaf_cn;	    /* NULL: after leaf_key */
	struct snp_levels leaf_tcb; /* if has_leaf_tcb; else the reported one */
	bool has_leaf_tcb;
	uint8_t leaf_chip[64]; /* if has_leaf_chip; else the report's */
	bool has_leaf_chip;
	uint8_t struct_version;
	const char *product_name;
	const char *csp_id;
	uint32_t without, twice, with; /* 1 << enum snp_extension */
	uint8_t reserved_level;	       /* of spl4 .. spl7 */
	enum snp_number number;	       /* of all SPLs */
	enum snp_hwid hwid;
	enum pki_alg leaf_alg, ask_alg;
	int64_t leaf_from, leaf_to;

	enum snp_chain chain;
	enum snp_crl crl;
	int64_t crl_from, crl_to;
};

struct snp_made {
	uint8_t report[SNP_GEN_BYTES];
	X509 *leaf, *ask;
	X509 *ark;	/* the one to trust */
	X509 *sent_ark; /* the one that comes with the evidence */
	struct buf crl; /* DER */
};

/* A report that a careful verifier accepts; version 3, Turin 5. */
struct snp_spec snp_spec(enum snp_gen product, enum snp_gen_key key);
struct snp_made snp_make(const struct snp_spec *s);
void snp_made_done(struct snp_made *m);

/* Signs a report once more, after it was changed. */
void snp_resign(const struct snp_spec *s, struct snp_made *m);

/* The certificates alone; snp_make() calls it. */
void snp_make_certs(const struct snp_spec *s, struct snp_made *m);

/* What a host's table would hold: leaf, ASK, ARK in DER. */
struct buf snp_table(const struct snp_spec *s, const struct snp_made *m);

/* CoCo's JSON of it: {"attestation_report": ..., "cert_chain": [leaf]}. */
struct buf snp_coco(const struct snp_spec *s, const struct snp_made *m);
