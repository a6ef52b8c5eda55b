/* Certificates, DER or PEM, and the chain they may form: the first is the leaf, the last is taken
 * for a test root, under the rules of each maker. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/verify/context.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(X509 *cert)
{
	bool found;
	struct span content;
	uint8_t serial[20];
	size_t len = sizeof(serial);
	char cn[64];
	int64_t at;

	(void)cert_subject_cn(cert, cn, sizeof(cn), NULL);
	(void)cert_issuer_cn(cert, cn, sizeof(cn), NULL);
	(void)cert_serial(cert, serial, &len, NULL);
	(void)cert_extension(cert, "1.3.6.1.4.1.3704.1.1", &found, &content, NULL);
	(void)cert_not_before(cert, &at, NULL);
	(void)cert_not_after(cert, &at, NULL);
}

static void chain_of(const struct certs *c, enum chain_key issuer, enum chain_key leaf, bool strict)
{
	const struct certs root = { .at = { c->at[c->count - 1] }, .count = 1 };
	const struct chain_rules rules = {
		.test_roots = &root,
		.issuer_key = issuer,
		.leaf_key = leaf,
		.strict = strict,
	};
	struct chain_result r;
	struct err e = { 0 };

	/* Whatever verified has a key, a root and an order. */
	if (chain_verify(&rules, c->at[0], c, &r, &e) == 0 &&
	    (!chain_key_of(&r) || r.depth < 2 || r.root != CHAIN_TEST ||
	     r.at[r.depth - 1] != root.at[0]))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CERTS struct certs c = { 0 };
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct err e = { 0 };

	if (certs_add(&c, span(data, size), &e) < 0)
		return 0;
	for (size_t i = 0; i < c.count; i++)
		read_one(c.at[i]);
	(void)certs_show(&c, shown, &e);
	chain_of(&c, CHAIN_P256_SHA256, CHAIN_P256_SHA256, true);
	chain_of(&c, CHAIN_P384_SHA384, CHAIN_P384_SHA384, false);
	chain_of(&c, CHAIN_RSA4096_PSS_SHA384, CHAIN_P384_SHA384, false);
	return 0;
}
