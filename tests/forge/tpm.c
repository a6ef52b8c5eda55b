#include "tests/support/evidence/tpm.h"

#include <string.h>

#include "base/b64.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/forge/forge.h"

#define PCRS	24
#define PCR_LEN 32 /* of the SHA-256 bank */

static const char *const breaks[] = { "signature", "nonce", "ak", "pcr", "measurement", NULL };

static void fail(const struct err *e)
{
	forge_fail("evidence.json", e->text);
}

static void add_pcrs(cJSON *quote, const struct tpm_spec *s)
{
	cJSON *list = cJSON_CreateArray();
	struct err e = { 0 };

	if (json_add(quote, "pcrs", list, &e) < 0)
		fail(&e);
	for (size_t i = 0; i < PCRS; i++)
		if (json_add(list, NULL, cJSON_CreateString(forge_hex(s->pcrs[i], PCR_LEN).text),
			     &e) < 0)
			fail(&e);
}

/* As CoCo's attester writes it. */
static void write_evidence(const struct forge *f, const struct tpm_spec *s,
			   const struct tpm_made *m)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *quote = cJSON_CreateObject();
	struct err e = { 0 };

	if (json_add(o, "tpm_quote", quote, &e) < 0 ||
	    json_add_b64(quote, "signature", buf_view(&m->signature), &e) < 0 ||
	    json_add_b64(quote, "message", buf_view(&m->attest), &e) < 0)
		fail(&e);
	add_pcrs(quote, s);
	if (json_add_b64(o, "ak_public", buf_view(&m->spki), &e) < 0 ||
	    json_print(o, SIZE_MAX / 2, &text, &e) < 0)
		fail(&e);
	forge_file(f, "evidence.json", buf_view(&text));
}

static void write_policy(const struct forge *f, const struct tpm_spec *s, const struct tpm_made *m)
{
	struct digest ak;
	uint8_t pcr[PCR_LEN];
	struct err e = { 0 };

	if (digest_of(DIGEST_SHA256, buf_view(&m->spki), &ak, &e) < 0)
		fail(&e);
	ak.at[0] ^= forge_breaks(f, "ak");
	memcpy(pcr, s->pcrs[8], sizeof(pcr));
	pcr[0] ^= forge_breaks(f, "measurement");
	forge_policy(f, "{\"version\":1,\"tpm\":{\"ak\":[\"%s\"],\"pcrs\":{\"8\":[\"%s\"]}}}",
		     forge_hex(ak.at, ak.len).text, forge_hex(pcr, sizeof(pcr)).text);
}

static void make(const struct forge *f)
{
	EVP_PKEY *key = tpm_rsa2048();
	struct tpm_spec s = tpm_spec(key, TPM_MAKE_RSASSA);
	uint8_t initdata[PCR_LEN];
	struct tpm_made m;

	memset(initdata, 0x1d, sizeof(initdata));
	tpm_extend(&s, 8, span(initdata, sizeof(initdata)));
	forge_nonce(f, s.extra);
	s.extra_len = FORGE_NONCE_BYTES;
	m = tpm_make(&s);
	if (forge_breaks(f, "signature"))
		m.signature.at[m.signature.len - 1] ^= 1;
	if (forge_breaks(f, "pcr"))
		s.pcrs[9][0] ^= 1;
	write_evidence(f, &s, &m);
	write_policy(f, &s, &m);
	tpm_made_done(&m);
	EVP_PKEY_free(key);
}

const struct forge_kind forge_tpm = { "tpm", breaks, make };
