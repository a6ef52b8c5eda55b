/*
 * The other side of evidence: is it genuine, is it fresh, is the platform sound, is it my workload,
 * do the parts belong together? Offline: no call here opens a socket, and what is missing is named.
 *
 *   policy = what the caller accepts        store = certificates and collateral at hand
 *   request = evidence, expectation, time   verdict = five words, each with its reasons
 *
 * No globals; one thread an object. Memory: the evidence twice over and its claims, within
 * LIMIT_VERIFY_* of base/limits.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct verify_policy;
struct verify_store;
struct verify_verdict;

/* --- What is asked ---------------------------------------------------------------------------- */

/* How to read the evidence; VERIFY_AUTO tells by its first bytes or members. */
enum verify_form {
	VERIFY_AUTO,
	VERIFY_SNP, /* 1184-byte report                                    */
	VERIFY_TDX, /* DCAP quote (TDX or SGX), version 3, 4, 5            */
	VERIFY_GPU, /* SPDM report, raw or hex, of a GPU or NVSwitch       */
	VERIFY_TPM, /* TPMS_ATTEST, or CoCo's JSON                         */
	VERIFY_LOG, /* TCG event log                                       */
};

/* One input: evidence, or a certificate, CRL, RIM, collateral that goes with it. */
struct verify_file {
	const char *name; /* its base name; what the cache would call it */
	struct span bytes;
};

/* The time to judge at: seconds since 1970, or this when there is no trusted clock. Then validity
 * is not checked, and the verdict says so. */
#define VERIFY_NO_CLOCK INT64_MIN

struct verify_request {
	enum verify_form form;
	const struct verify_file *files; /* at least one is evidence                         */
	size_t file_count;		 /* at most LIMIT_VERIFY_FILES                       */
	struct span nonce;	 /* what the asker chose; empty: not asked                   */
	struct span report_data; /* the report data itself, 1..64 bytes, zero-padded; or empty */
	struct span
		tee_key; /* CoCo: the guest's JWK as JSON. AEP-83: its key, DER SPKI. Or empty */
	const struct verify_policy *policy; /* NULL: what is safe for anyone                 */
	const struct verify_store *store;   /* NULL: only what the evidence carries          */
	struct span test_roots;		    /* PEM; accepted as roots, and shown in the verdict */
	int64_t at;
};

/* --- The verdict ------------------------------------------------------------------------------ */

enum verify_dimension {
	VERIFY_GENUINE,
	VERIFY_FRESH,
	VERIFY_PLATFORM,
	VERIFY_WORKLOAD,
	VERIFY_BOUND,
	VERIFY_DIMENSIONS
};

/* A word of one dimension; within it a higher word outranks a lower one. */
enum verify_word {
	/* genuine: chain and signature */
	VERIFY_GENUINE_NONE,	  /* the part has none of its own (an event log)      */
	VERIFY_GENUINE_YES,	  /* "genuine"                                        */
	VERIFY_GENUINE_TEST,	  /* "test-root": under a root that only a test trusts */
	VERIFY_GENUINE_UNCHECKED, /* "unchecked"                                      */
	VERIFY_GENUINE_UNPROVEN,  /* "unproven": something is missing                 */
	VERIFY_GENUINE_FORGED,	  /* "forged": damaged, forged or not evidence at all */
	/* fresh: the nonce */
	VERIFY_FRESH_NONE,
	VERIFY_FRESH_YES,	/* "fresh"                                            */
	VERIFY_FRESH_NOT_ASKED, /* "not-asked"                                        */
	VERIFY_FRESH_UNCHECKED,
	VERIFY_FRESH_NO, /* "stale": answers another question                        */
	/* platform: firmware, its age, its mode */
	VERIFY_PLATFORM_NONE,
	VERIFY_PLATFORM_CURRENT,     /* "current"                                     */
	VERIFY_PLATFORM_UNCHECKED,   /* "unchecked"                                   */
	VERIFY_PLATFORM_UNPROVEN,    /* "unproven": collateral is missing             */
	VERIFY_PLATFORM_OUT_OF_DATE, /* "out-of-date"                                 */
	VERIFY_PLATFORM_NOT_ALLOWED, /* "not-allowed": the policy says no             */
	VERIFY_PLATFORM_DEBUG,	     /* "debug": the host may read it                 */
	VERIFY_PLATFORM_REVOKED,     /* "revoked"                                     */
	/* workload: what was started */
	VERIFY_WORKLOAD_NONE,
	VERIFY_WORKLOAD_MATCHES, /* "matches"                                         */
	VERIFY_WORKLOAD_UNCHECKED,
	VERIFY_WORKLOAD_UNKNOWN,  /* "unknown": no reference value                    */
	VERIFY_WORKLOAD_MISMATCH, /* "mismatch"                                       */
	/* bound: key, GPU, log */
	VERIFY_BOUND_NONE,
	VERIFY_BOUND_YES,	/* "bound"                                            */
	VERIFY_BOUND_NOT_ASKED, /* "not-asked": nothing else to bind                   */
	VERIFY_BOUND_WEAK,	/* "weak": the nonce alone ties the parts              */
	VERIFY_BOUND_UNCHECKED,
	VERIFY_BOUND_NO, /* "broken"                                                 */
	VERIFY_WORDS
};

enum verify_decision {
	VERIFY_ACCEPTED,	 /* all that the policy asks holds                     */
	VERIFY_NOT_FRESH,	 /* all but freshness, which nobody asked for          */
	VERIFY_UNKNOWN_WORKLOAD, /* genuine hardware, and no reference value for what runs */
	VERIFY_UNPROVEN,	 /* something is missing; see the missing files        */
	VERIFY_REFUSED,		 /* something is wrong                                 */
	VERIFY_DECISIONS
};

struct verify_finding {
	const char *code; /* stable, e.g. "snp.debug"; sealverify --explain knows it */
	const char *part; /* "cpu0", "gpu3", "log0"; "" for the whole                 */
	enum verify_word word;
	bool allowed; /* the policy lets it pass                                      */
	const char *text;
};

struct verify_missing {
	const char *part;
	const char *file; /* the name under which the store expects it               */
	const char *url;  /* where its publisher keeps it; "" if only the host has it */
	const char *what;
};

/*
 * Verifies. 0 whenever there is a verdict, a refusal included; the caller's to free.
 *   -FAIL_INPUT   nothing among the files is recognised as evidence, or a request member is unfit
 *   -FAIL_LIMIT   more bytes or files than LIMIT_VERIFY_*
 *   -FAIL_SYS     no memory, or OpenSSL refuses
 */
int verify_evidence(const struct verify_request *r, struct verify_verdict **ret, struct err *e);

/* Decodes whatever the files are, as JSON, and verifies nothing: its "verified" is false. Appends
 * to `ret`. Errors as above, and -FAIL_INPUT for bytes that break their own spec. */
int verify_show(const struct verify_request *r, struct buf *ret, struct err *e);

/* The words over all parts, and what the policy makes of them. Loans live as long as the verdict.
 */
enum verify_decision verify_decision(const struct verify_verdict *v);
enum verify_word verify_word(const struct verify_verdict *v, enum verify_dimension d);
size_t verify_finding_count(const struct verify_verdict *v);
struct verify_finding verify_finding(const struct verify_verdict *v, size_t i);
size_t verify_missing_count(const struct verify_verdict *v);
struct verify_missing verify_missing(const struct verify_verdict *v, size_t i);

/* A claim of a part that was authenticated, as text ("measurement" of "cpu0": lower-case hex), by
 * its path ("quote.body.mr_td").
 * NULL when the part or the claim is absent, or the part is not genuine. */
const char *verify_claim(const struct verify_verdict *v, const char *part, const char *claim);

/* The whole verdict as JSON (sealverify.1, "JSON"). Appends at most LIMIT_VERIFY_JSON_BYTES. */
int verify_json(const struct verify_verdict *v, struct buf *ret, struct err *e);
void verify_free(struct verify_verdict *v);

const char *verify_dimension_name(enum verify_dimension d);
const char *verify_word_name(enum verify_word w);
const char *verify_decision_name(enum verify_decision d);

/* True when the word alone keeps evidence from being accepted. */
bool verify_word_is_bad(enum verify_word w);

/* What a code means and what to do: a paragraph for a person. NULL for an unknown code. */
const char *verify_explain(const char *code);
/* The codes, in the order of the table; NULL beyond the last. */
const char *verify_code(size_t i);

/* --- The policy: sealverify.1, "POLICY" --------------------------------------------------------
 */

/* Our own form ({"version":1, ...}) or Trustee's reference values ({"snp_launch_measurement":
 * ...}). -FAIL_INPUT names the member. */
int verify_policy_parse(struct span json, struct verify_policy **ret, struct err *e);
void verify_policy_free(struct verify_policy *p);

/* --- The store: collateral by file name --------------------------------------------------------
 */

int verify_store_new(struct verify_store **ret, struct err *e);
/* A directory that the user fills; `dir` stays open as long as the store. Looked into when asked,
 * nothing is ever written. At most one. */
void verify_store_directory(struct verify_store *s, int dir);
/* Keeps a copy under `name`. The same name twice with other bytes: -FAIL_INPUT. */
int verify_store_add(struct verify_store *s, const char *name, struct span bytes, struct err *e);
void verify_store_free(struct verify_store *s);
