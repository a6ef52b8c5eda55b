/*
 * How a verdict is built. Nothing is good that was not found good: a part's word in a dimension is
 * "unchecked" until a finding says otherwise, and then the highest-ranking one.
 */
#pragma once

#include <cjson/cJSON.h>

#include "attest/verify/reason.h"
#include "attest/verify/verify.h"

#define AUTO_VERDICT __attribute__((cleanup(verdict_done)))

struct verdict_options {
	const struct refs *allow; /* reason codes that the policy lets pass; NULL for none */
	bool fresh_optional;	  /* the policy says "fresh": false                        */
	int64_t at;
};

int verdict_new(const struct verdict_options *o, struct verify_verdict **ret, struct err *e);
void verdict_done(struct verify_verdict **v);

/* Starts a part ("cpu0"); the index is what the calls below take. -FAIL_LIMIT, -FAIL_SYS.
 * `none` lists the dimensions that do not apply to it, as bits (1 << VERIFY_...). */
int verdict_part(struct verify_verdict *v, const char *name, const char *kind, unsigned none,
		 size_t *ret, struct err *e);

#define VERDICT_WHOLE SIZE_MAX /* for `part`: a finding about the whole */

/* Adds a finding. Its text is cut at 200 bytes and made printable. Memory that ran out is kept and
 * told by verdict_finish(), so that judging code reads straight down. */
void verdict_say(struct verify_verdict *v, size_t part, enum reason r, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for what a policy of the folder's own lets pass: it keeps its word for the reader, and
 * is as good as good for the decision. Only for reasons that may be allowed. */
void verdict_allow(struct verify_verdict *v, size_t part, enum reason r, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for an error that somebody below filled. */
void verdict_err(struct verify_verdict *v, size_t part, enum reason r, const struct err *e);

/* Something that would have decided more. `what` is a few words. The same file twice is one. */
void verdict_miss(struct verify_verdict *v, size_t part, const char *file, const char *url,
		  const char *what);

/* The part's claims: an object that exists from verdict_part() on. NULL when memory ran out. */
cJSON *verdict_claims(struct verify_verdict *v, size_t part);

/* Claims: hex text, number, text, flag. Failures of memory are kept as above. */
void verdict_hex(struct verify_verdict *v, cJSON *object, const char *name, struct span bytes);
void verdict_u64(struct verify_verdict *v, cJSON *object, const char *name, uint64_t value);
void verdict_text(struct verify_verdict *v, cJSON *object, const char *name, const char *text);
void verdict_bool(struct verify_verdict *v, cJSON *object, const char *name, bool value);
cJSON *verdict_object(struct verify_verdict *v, cJSON *object, const char *name); /* a new child */
cJSON *verdict_array(struct verify_verdict *v, cJSON *object, const char *name);

/* The part's word so far. */
enum verify_word verdict_word(const struct verify_verdict *v, size_t part, enum verify_dimension d);

/* True when the part's chain and signature verified, a test root included. */
bool verdict_is_genuine(const struct verify_verdict *v, size_t part);

/* Settles the words of the whole and the decision. -FAIL_SYS when memory ran out on the way. */
int verdict_finish(struct verify_verdict *v, struct err *e);
