#include "attest/verify/bind.h"

#include <openssl/crypto.h>
#include <string.h>

#include "attest/verify/digests.h"
#include "attest/verify/log/header.h"
#include "base/b64.h"
#include "base/json.h"

#define TPM_DATA_BYTES	32
#define DIGEST256_BYTES 32
#define OWN_RTMR	3 /* that our events extend */
#define NVML_PRODUCTION 2
#define NVML_PPCIE	1

static bool is_device(const struct part *p)
{
	return p->kind == PART_GPU || p->kind == PART_SWITCH;
}

static bool is_cpu(const struct part *p)
{
	return p->kind == PART_SNP || p->kind == PART_QUOTE;
}

/* At most `len` bytes, the rest zero. */
static struct expect padded(struct span data, size_t len)
{
	struct expect x = { .asked = true, .len = len };

	if (data.len)
		memcpy(x.at, data.at, data.len < len ? data.len : len);
	return x;
}

static struct expect exactly(struct span data)
{
	struct expect x = padded(data, data.len < sizeof(x.at) ? data.len : sizeof(x.at));

	return x;
}

/* --- CoCo ------------------------------------------------------------------------------------- */

/* The challenge as the guest hashed it: the request's own text where it is the asked nonce, else
 * the base64 of what was asked. */
static int challenge_text(const struct verify_request *r, const struct bundle *b, struct buf *ret,
			  struct err *e)
{
	AUTO_BUF struct buf told = BUF_EMPTY;

	if (b->nonce_text) {
		struct span text = span_text(b->nonce_text);

		if (!r->nonce.len || span_is_equal(text, r->nonce) ||
		    (!b64_decode(B64_STANDARD, text, LIMIT_BROKER_NONCE_BYTES, &told, NULL) &&
		     span_is_equal(buf_view(&told), r->nonce)))
			return buf_append(ret, text, LIMIT_BROKER_NONCE_BYTES, e);
	}
	return b64_encode(B64_STANDARD, r->nonce, LIMIT_BROKER_NONCE_BYTES, ret, e);
}

/* The JWK that counts: the caller's where it named one. */
static int coco_key(const struct verify_request *r, const struct bundle *b, cJSON **ret_own,
		    const cJSON **ret, struct err *e)
{
	int failed;

	*ret = b->tee_key;
	if (!r->tee_key.len)
		return 0;
	failed = json_parse(r->tee_key, LIMIT_VERIFY_CERT_BYTES, ret_own, e);
	if (failed)
		return err_add(e, "the key must be a JWK");
	*ret = *ret_own;
	return 0;
}

static bool is_coco(const struct verify_request *r, const struct bundle *b)
{
	return b->has_request || (b->origin == BUNDLE_COCO && r->tee_key.len && r->nonce.len) ||
	       (b->origin == BUNDLE_RAW && r->tee_key.len && r->tee_key.at[0] == '{' &&
		r->nonce.len);
}

static int coco_expected(const struct verify_request *r, const struct bundle *b, bool for_device,
			 struct digest *ret, struct err *e)
{
	AUTO_JSON cJSON *own = NULL;
	AUTO_BUF struct buf nonce = BUF_EMPTY;
	const cJSON *key;
	int failed = coco_key(r, b, &own, &key, e);

	if (!failed)
		failed = challenge_text(r, b, &nonce, e);
	if (failed)
		return failed;
	return coco_digest(key, (const char *)nonce.at,
			   for_device	   ? NULL
			   : b->additional ? b->additional
					   : "",
			   ret, e);
}

/* --- What to expect --------------------------------------------------------------------------- */

static bool is_asked(const struct verify_request *r)
{
	return r->nonce.len || r->report_data.len;
}

static struct span ours_nonce(const struct verify_request *r, const struct bundle *b)
{
	return r->nonce.len ? r->nonce : b->nonce;
}

/* AEP-83 does not say which 32 bytes a GPU gets: both readings are known, no other is taken. */
static int aep83_device(const struct verify_request *r, const struct part *p, struct expect *ret,
			struct err *e)
{
	struct digest hashed;
	int failed = digest_of(DIGEST_SHA256, r->nonce, &hashed, e);

	if (failed)
		return failed;
	*ret = padded(r->nonce, BINDING_NONCE_BYTES);
	if (p->bytes.len >= 4 + BINDING_NONCE_BYTES &&
	    !memcmp(p->bytes.at + 4, hashed.at, BINDING_NONCE_BYTES))
		*ret = exactly(span(hashed.at, hashed.len));
	return 0;
}

static int expect_device(const struct verify_request *r, const struct bundle *b, struct part *p,
			 struct err *e)
{
	uint8_t nonce[BINDING_NONCE_BYTES];
	struct digest d;
	int failed;

	if (b->origin == BUNDLE_OURS) {
		failed = binding_gpu_nonce(ours_nonce(r, b), b->key, nonce, e);
		p->expect = exactly(span(nonce, sizeof(nonce)));
		return failed;
	}
	if (is_coco(r, b)) {
		failed = coco_expected(r, b, true, &d, e);
		p->expect = padded(span(d.at, BINDING_NONCE_BYTES), BINDING_NONCE_BYTES);
		return failed;
	}
	if (b->origin == BUNDLE_AEP83)
		return aep83_device(r, p, &p->expect, e);
	p->expect = exactly(r->nonce.len ? r->nonce : r->report_data);
	return 0;
}

int bind_expect_devices(const struct verify_request *r, struct bundle *b, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < b->count && !failed && is_asked(r); i++)
		if (is_device(&b->parts[i]))
			failed = expect_device(r, b, &b->parts[i], e);
	return failed;
}

static int aep83_cpu(const struct verify_request *r, const struct bundle *b, struct expect *ret,
		     struct err *e)
{
	AUTO_BUF struct buf both = BUF_EMPTY;
	struct digest d;
	int failed;

	*ret = padded(r->nonce, BINDING_DATA_BYTES);
	if (!b->is_tls_bound)
		return 0;
	ret->unknown = !r->tee_key.len;
	failed = buf_append(&both, r->tee_key, LIMIT_VERIFY_CERT_BYTES, e);
	if (!failed)
		failed = buf_append(&both, r->nonce, LIMIT_VERIFY_CERT_BYTES + 64, e);
	if (!failed)
		failed = digest_of(DIGEST_SHA512, buf_view(&both), &d, e);
	if (!failed)
		memcpy(ret->at, d.at, BINDING_DATA_BYTES);
	return failed;
}

static int ours_cpu(const struct verify_request *r, const struct bundle *b, bool is_tpm,
		    struct expect *ret, struct err *e)
{
	uint8_t data[BINDING_DATA_BYTES] = { 0 };
	bool known;
	int failed = ours_report_data(b, ours_nonce(r, b), data, &known, e);

	*ret = is_tpm ? exactly(span(data, TPM_DATA_BYTES))
		      : padded(span(data, sizeof(data)), BINDING_DATA_BYTES);
	ret->unknown = !known;
	return failed;
}

static int expect_cpu(const struct verify_request *r, const struct bundle *b, struct part *p,
		      struct err *e)
{
	bool is_tpm = p->kind == PART_TPM;
	struct digest d;
	int failed = 0;

	if (r->report_data.len)
		p->expect = is_tpm ? exactly(r->report_data)
				   : padded(r->report_data, BINDING_DATA_BYTES);
	else if (b->origin == BUNDLE_OURS)
		failed = ours_cpu(r, b, is_tpm, &p->expect, e);
	else if (is_coco(r, b)) {
		failed = coco_expected(r, b, false, &d, e);
		if (!failed)
			p->expect = is_tpm ? exactly(span(d.at, BINDING_NONCE_BYTES))
					   : padded(span(d.at, d.len), BINDING_DATA_BYTES);
	} else if (b->origin == BUNDLE_AEP83)
		failed = aep83_cpu(r, b, &p->expect, e);
	else
		p->expect = is_tpm ? exactly(r->nonce) : padded(r->nonce, BINDING_DATA_BYTES);
	return failed;
}

int bind_expect_cpu(const struct verify_request *r, struct bundle *b, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < b->count && !failed && is_asked(r); i++)
		if (is_cpu(&b->parts[i]) || b->parts[i].kind == PART_TPM)
			failed = expect_cpu(r, b, &b->parts[i], e);
	return failed;
}

/* --- Judging ---------------------------------------------------------------------------------- */

struct census {
	size_t cpus, devices, tpms, logs;
	const struct part *cpu; /* the only one, or NULL */
	const struct part *tpm; /* likewise              */
	bool all_genuine;
};

static struct census count_parts(const struct bundle *b)
{
	struct census n = { .all_genuine = true };

	for (size_t i = 0; i < b->count; i++) {
		const struct part *p = &b->parts[i];

		n.logs += p->kind == PART_LOG;
		if (p->kind == PART_LOG)
			continue;
		n.all_genuine = n.all_genuine && p->outcome.genuine;
		n.devices += is_device(p);
		if (p->kind == PART_TPM) {
			n.tpm = n.tpms ? NULL : p;
			n.tpms++;
		}
		if (is_cpu(p)) {
			n.cpu = n.cpus ? NULL : p;
			n.cpus++;
		}
	}
	return n;
}

static void say(const struct context *c, enum reason r, const char *text)
{
	verdict_say(c->verdict, VERDICT_WHOLE, r, "%s", text);
}

/* With a log beside it, one part is not alone: the log's own word says how that is bound. */
static void say_alone(const struct context *c, const struct census *n, const char *text)
{
	if (!n->logs)
		say(c, BOUND_ALONE, text);
}

/* A TPM has room for the first half. */
static bool is_signed(const struct part *by, const uint8_t data[static BINDING_DATA_BYTES])
{
	size_t len = by->kind == PART_TPM ? TPM_DATA_BYTES : BINDING_DATA_BYTES;

	return by->outcome.data_len == len && !CRYPTO_memcmp(by->outcome.data, data, len);
}

/* The part that signs an answer of ours: the CPU, or the TPM of a guest that has nothing else. */
static const struct part *ours_signer(const struct census *n)
{
	return n->cpus ? n->cpu : n->tpm;
}

static void judge_state(const struct context *c, const struct bundle *b, size_t devices)
{
	const struct binding_state *s = &b->state;

	if (s->devtools)
		say(c, DEVICES_DEVTOOLS, "NVML says DevTools mode");
	else if (s->environment != NVML_PRODUCTION)
		verdict_say(c->verdict, VERDICT_WHOLE, DEVICES_SIMULATED,
			    "NVML says environment %u, production is %d", s->environment,
			    NVML_PRODUCTION);
	else if (!s->cc && s->multi_gpu != NVML_PPCIE)
		say(c, DEVICES_CC_OFF, "NVML says that confidential computing is off");
	else
		say(c, DEVICES_MODE, "CC on, DevTools off, production");
	if (s->pci_count != devices)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_PCI_COUNT,
			    "%zu devices answered, %u on the PCI bus", devices, s->pci_count);
}

static size_t count_gpus(const struct bundle *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += b->parts[i].kind == PART_GPU;
	return n;
}

/* Over the nonce that the answer itself names: whether it is the asked one is freshness. */
static int judge_ours(const struct context *c, const struct verify_request *r,
		      const struct bundle *b, const struct census *n, struct err *e)
{
	const struct part *signer = ours_signer(n);
	uint8_t data[BINDING_DATA_BYTES] = { 0 };
	bool known;
	int failed = ours_report_data(b, b->nonce, data, &known, e);

	if (failed)
		return failed;
	if (!signer || !known || !is_signed(signer, data))
		say(c, BOUND_OTHER,
		    "report data differs from what nonce, caller, key, devices and log give");
	else if (r->tee_key.len && !span_is_equal(r->tee_key, b->key))
		say(c, BOUND_OTHER, "signed for another key than the one given");
	else if (b->has_devices)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_DEVICES,
			    "%zu devices, caller \"%.32s\"%s", n->devices, b->caller,
			    b->key.len ? ", and the key" : "");
	else
		say_alone(c, n, "one CPU, and who asked");
	if (b->has_devices && n->devices)
		judge_state(c, b, count_gpus(b));
	return 0;
}

/* The head as the register that it stands for: a chain is extended as RTMR3 is. */
static struct registers head_registers(const struct bundle_log *l)
{
	uint32_t reg = l->strength == LOG_PCR ? l->pcr : OWN_RTMR;
	struct registers r = {
		.alg = l->head_len == DIGEST256_BYTES ? TCG_SHA256 : TCG_SHA384,
		.present = 1u << reg,
		.is_rtmr = l->strength != LOG_PCR,
	};

	memcpy(r.at[reg], l->head, l->head_len);
	return r;
}

/* Where the guest says that hardware holds the head, hardware must have signed it. */
static bool is_held(const struct bundle_log *l, const struct part *signer)
{
	const struct registers said = head_registers(l), *r = &signer->outcome.registers;
	uint32_t reg = l->strength == LOG_PCR ? l->pcr : OWN_RTMR;

	if (l->strength == LOG_CHAIN)
		return true;
	return r->is_rtmr == said.is_rtmr && r->alg == said.alg && r->present & said.present &&
	       !memcmp(r->at[reg], said.at[reg], l->head_len);
}

int bind_log(const struct context *c, const struct bundle *b, struct err *e)
{
	static const char *const strengths[] = {
		[LOG_CHAIN] = "chain", [LOG_RTMR] = "rtmr", [LOG_PCR] = "pcr"
	};
	struct part events = b->parts[b->log.part];
	struct census n = count_parts(b);
	const struct part *signer = ours_signer(&n);
	struct part head = { .outcome = { .registers = head_registers(&b->log) } };
	uint8_t data[BINDING_DATA_BYTES] = { 0 };
	bool known;
	int failed = ours_report_data(b, b->nonce, data, &known, e);

	if (failed)
		return failed;
	verdict_text(c->verdict, verdict_claims(c->verdict, events.index), "strength",
		     strengths[b->log.strength]);
	head.outcome.genuine =
		signer && signer->outcome.genuine && known && is_signed(signer, data);
	if (head.outcome.genuine && !is_held(&b->log, signer)) {
		verdict_say(c->verdict, events.index, LOG_MISMATCH,
			    "the log's head is not what the %s holds that was signed",
			    b->log.strength == LOG_PCR ? "PCR" : "RTMR3");
		return 0;
	}
	return log_verify(c, &events, &head, e);
}

/* The caller's key decides where there is one; the challenge is the one that was hashed. */
static int judge_coco(const struct context *c, const struct verify_request *r,
		      const struct bundle *b, const struct census *n, struct err *e)
{
	struct verify_request own = *r;
	uint8_t data[BINDING_DATA_BYTES] = { 0 };
	struct digest d;
	int failed;

	if (b->has_request)
		own.nonce = SPAN_EMPTY;
	failed = coco_expected(&own, b, false, &d, e);
	if (failed)
		return failed;
	memcpy(data, d.at, d.len);
	if (!n->cpu || !is_signed(n->cpu, data))
		say(c, BOUND_OTHER, "report data differs from what nonce, key and devices give");
	else if (n->devices)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_DEVICES, "%zu devices, and the key",
			    n->devices);
	else
		say(c, BOUND_KEY, "the key, and that no other device is claimed");
	return 0;
}

static void judge_aep83(const struct context *c, const struct verify_request *r,
			const struct bundle *b, const struct census *n)
{
	bool fresh =
		n->cpu && verdict_word(c->verdict, n->cpu->index, VERIFY_FRESH) == VERIFY_FRESH_YES;

	if (b->is_tls_bound && !r->tee_key.len)
		say(c, BOUND_KEY_MISSING, "the answer says tls_bound, and no key was given");
	else if (b->is_tls_bound && r->nonce.len)
		say(c, fresh ? BOUND_KEY : BOUND_OTHER, "SHA-512(key || nonce)");
	else if (b->is_tls_bound)
		say(c, BOUND_KEY_MISSING, "binding to a key can't be checked without the nonce");
	if (n->devices)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_NONCE_ONLY,
			    "%zu GPUs beside the report, and nothing signs the list", n->devices);
	else if (!b->is_tls_bound)
		say_alone(c, n, "one CPU");
}

/* A device has room for 32 bytes of a nonce, report data for 64 with zeros behind it. */
static bool is_same_question(const struct outcome *a, const struct outcome *b)
{
	size_t n = a->data_len < b->data_len ? a->data_len : b->data_len;

	return n && !memcmp(a->data, b->data, n);
}

/* Loose parts: the same question is all that they can share. */
static void judge_loose(const struct context *c, const struct bundle *b, const struct census *n)
{
	const struct part *first = NULL;
	size_t same = 0, parts = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (b->parts[i].kind == PART_LOG)
			continue;
		first = first ? first : &b->parts[i];
		parts++;
		same += is_same_question(&first->outcome, &b->parts[i].outcome);
	}
	if (parts <= 1)
		say_alone(c, n, "one part");
	else if (same == parts)
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_NONCE_ONLY,
			    "%zu parts answered the same nonce", parts);
	else
		verdict_say(c->verdict, VERDICT_WHOLE, BOUND_NOTHING,
			    "%zu CPU, %zu devices, %zu TPM side by side", n->cpus, n->devices,
			    n->tpms);
}

int bind_judge(const struct context *c, const struct verify_request *r, const struct bundle *b,
	       struct err *e)
{
	struct census n = count_parts(b);

	if (!n.all_genuine)
		return 0;
	if (b->origin == BUNDLE_OURS)
		return judge_ours(c, r, b, &n, e);
	if (is_coco(r, b) && n.cpu && !n.tpms)
		return judge_coco(c, r, b, &n, e);
	if (b->origin == BUNDLE_AEP83)
		judge_aep83(c, r, b, &n);
	else
		judge_loose(c, b, &n);
	return 0;
}
