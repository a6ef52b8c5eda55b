#include "attest/verify/pcs/signer.h"

#include <string.h>

#include "attest/verify/pcs/root.h"
#include "base/mem.h"

static const char SIGNER_CN[] = "Intel SGX TCB Signing";

void signer_done(struct signer *s)
{
	certs_done(&s->certs);
	*s = (struct signer){ 0 };
}

EVP_PKEY *signer_key(const struct signer *s)
{
	return chain_key_of(&s->chain);
}

X509 *signer_cert(const struct signer *s)
{
	return s->chain.at[0];
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

int percent_decode(struct span text, struct buf *ret, struct err *e)
{
	int failed = buf_reserve(ret, text.len + 1, e);

	for (size_t i = 0; i < text.len && !failed; i++) {
		uint8_t c = text.at[i];

		if (c == '%') {
			int high = text.len - i > 2 ? nibble(text.at[i + 1]) : -1;
			int low = text.len - i > 2 ? nibble(text.at[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0)
				return FAIL(e, FAIL_INPUT, "percent-encoding at byte %zu", i);
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		failed = buf_append(ret, span(&c, 1), text.len, e);
	}
	return failed;
}

/* The file holds no more than what may count: another certificate beside it has no business. */
static int read_certs(struct span file, struct signer *s, struct err *e)
{
	AUTO_BUF struct buf pem = BUF_EMPTY;
	char cn[64];
	int failed = percent_decode(file, &pem, e);

	if (!failed)
		failed = certs_add_pem(&s->certs, buf_view(&pem), e);
	if (!failed && s->certs.count != 1 && s->certs.count != 2)
		failed = FAIL(e, FAIL_INPUT, "%zu certificates, must be the signer and its root",
			      s->certs.count);
	if (!failed)
		failed = cert_subject_cn(s->certs.at[0], cn, sizeof(cn), e);
	if (!failed && strcmp(cn, SIGNER_CN) != 0)
		failed = FAIL(e, FAIL_FORGED, "\"%s\" signs no TCB info", cn);
	return failed;
}

static int check_chain(const struct judge *j, struct signer *s, struct err *e)
{
	const struct chain_rules rules = {
		.pins = INTEL_ROOT,
		.pin_count = COUNT_OF(INTEL_ROOT),
		.test_roots = j->c->test_roots,
		.issuer_key = CHAIN_P256_SHA256,
		.leaf_key = CHAIN_P256_SHA256,
		.strict = true,
	};
	X509 *root = j->chain->at[j->chain->depth - 1];
	int failed = 0;

	/* The verdict tells of one root, the PCK's. Were another taken here, one that only a test
	 * trusts could vouch for a real platform without being seen. */
	if (s->certs.count == 2 && X509_cmp(s->certs.at[1], root) != 0)
		return FAIL(e, FAIL_FORGED, "its root is not the one above the PCK");
	if (s->certs.count == 1)
		failed = certs_add_ref(&s->certs, root, e);
	if (!failed)
		failed = chain_verify(&rules, s->certs.at[0], &s->certs, &s->chain, e);
	if (!failed && (s->chain.depth != 2 || X509_cmp(s->chain.at[1], root) != 0))
		failed = FAIL(e, FAIL_FORGED, "its root is not the one above the PCK");
	return failed;
}

static void judge_time(struct judge *j, const struct source *source, const struct signer *s)
{
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];
	int is_late = chain_time(&s->chain, j->c->at);

	if (!is_late)
		return;
	time_text(s->chain.not_before, from);
	time_text(s->chain.not_after, to);
	judge_object(j, is_late > 0 ? PCS_EXPIRED : PCS_NOT_YET, "TCB signer: good from %s to %s",
		     from, to);
	judge_renew(j, source);
}

int signer_take(struct judge *j, struct signer *ret, struct err *e)
{
	AUTO_BUF struct buf file = BUF_EMPTY;
	struct source source;
	bool found = false;
	int failed;

	source_signer(&source, j->platform);
	failed = judge_take(j, &source, &file, &found, e);
	if (failed || !found)
		return failed;
	failed = read_certs(buf_view(&file), ret, e);
	if (!failed)
		failed = check_chain(j, ret, e);
	if (failed)
		return judge_error(j, "TCB signer", e);
	ret->holds = true;
	judge_time(j, &source, ret);
	return 0;
}
