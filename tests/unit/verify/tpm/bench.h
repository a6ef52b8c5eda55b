/* A quote on the bench: made by tests/support, its AK registered, judged. */
#pragma once

#include <criterion/criterion.h>

#include "base/digest.h"
#include "base/json.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/tpm.h"
#include "tests/unit/verify/rig.h"

struct bench {
	struct rig rig;
	EVP_PKEY *key;
	struct tpm_spec spec;
	struct tpm_made made;
	/* Of their exact sizes, as rig_run() does with the quote. */
	uint8_t *signature, *ak;
};

static inline int bench_parse(struct bench *b, const char *json, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;

	cr_assert(json_parse(span_text(json), 65536, &tree, e) == 0, "%s", e->text);
	return tpm_policy_parse(tree, &b->rig.policy.tpm, e);
}

static inline void bench_spki(const struct bench *b, char ret[static 65])
{
	struct digest d;

	cr_assert(digest_of(DIGEST_SHA256, buf_view(&b->made.spki), &d, NULL) == 0);
	digest_hex(span(d.at, d.len), ret);
}

/* The policy {"ak": [this AK] ...}: `more` begins with a comma, or is empty. */
static inline void bench_trust(struct bench *b, const char *more)
{
	char hex[65], json[4096];
	struct err e = { 0 };

	bench_spki(b, hex);
	(void)snprintf(json, sizeof(json), "{\"ak\": [\"%s\"]%s}", hex, more);
	cr_assert(bench_parse(b, json, &e) == 0, "%s", e.text);
}

static inline uint8_t *bench_copy(struct span bytes)
{
	uint8_t *at = malloc(bytes.len ? bytes.len : 1);

	if (bytes.len)
		memcpy(at, bytes.at, bytes.len);
	return at;
}

static inline void bench_signature(struct bench *b, struct span bytes)
{
	free(b->signature);
	b->signature = bench_copy(bytes);
	b->rig.part.signature = span(b->signature, bytes.len);
}

static inline void bench_ak(struct bench *b, struct span bytes)
{
	free(b->ak);
	b->ak = bench_copy(bytes);
	b->rig.part.ak = span(b->ak, bytes.len);
}

static inline void bench_values(struct bench *b)
{
	struct registers *r = &b->rig.part.claimed;

	*r = (struct registers){ .alg = b->spec.bank, .present = b->spec.banks[0].pcrs & 0xffffff };
	for (size_t i = 0; i < 24; i++)
		memcpy(r->at[i], b->spec.pcrs[i], 64);
}

/* Makes the quote of `spec` anew, and sends it with its SPKI and PCR values. */
static inline void bench_make(struct bench *b)
{
	tpm_made_done(&b->made);
	b->made = tpm_make(&b->spec);
	bench_signature(b, buf_view(&b->made.signature));
	bench_ak(b, buf_view(&b->made.spki));
	bench_values(b);
}

/* Takes over `key`. */
static inline void bench_init(struct bench *b, EVP_PKEY *key, uint16_t scheme)
{
	*b = (struct bench){ .key = key };
	rig_init(&b->rig, PART_TPM);
	b->spec = tpm_spec(key, scheme);
	b->rig.part.expect = (struct expect){ .asked = true, .len = b->spec.extra_len };
	memcpy(b->rig.part.expect.at, b->spec.extra, b->spec.extra_len);
	bench_make(b);
	bench_trust(b, "");
}

static inline void bench_done(struct bench *b)
{
	tpm_policy_done(&b->rig.policy.tpm);
	tpm_made_done(&b->made);
	EVP_PKEY_free(b->key);
	free(b->signature);
	free(b->ak);
	rig_done(&b->rig);
}

static inline enum verify_decision bench_run(struct bench *b)
{
	return rig_run(&b->rig, tpm_verify, buf_view(&b->made.attest));
}

static inline void bench_expect(struct bench *b, const char *id, const char *what,
				enum verify_decision want, const char *code)
{
	enum verify_decision got = bench_run(b);

	/* row_print()'s line, with the reason that the row is about. */
	printf("row %-5s %-56s %s %s\n", id, what, verify_decision_name(got),
	       rig_said(&b->rig, code) ? code : "?");
	cr_expect(got == want, "%s %s: %s", id, what, verify_decision_name(got));
	cr_expect(rig_said(&b->rig, code), "%s %s: not %s", id, what, code);
}
