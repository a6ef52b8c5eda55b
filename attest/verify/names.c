#include "attest/verify/names.h"

#include <limits.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static bool has_text(struct span bytes, const char *text)
{
	return memmem(bytes.at, bytes.len < 4096 ? bytes.len : 4096, text, strlen(text)) != NULL;
}

static bool is_fit(const char *name)
{
	size_t len = strlen(name);

	return len && len < NAME_BYTES && name[0] != '.' &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		       len;
}

static bool is_named(const char *file)
{
	static const char *const prefixes[] = { "amd-", "intel-", "nvidia-" };

	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (!strncmp(file, prefixes[i], strlen(prefixes[i])))
			return is_fit(file);
	return false;
}

/* The value of a text member in a body that is not parsed yet: good enough for a file name, and the
 * verifier checks what the document says of itself. */
static bool member(struct span bytes, const char *name, char *ret, size_t size)
{
	const uint8_t *at = memmem(bytes.at, bytes.len, name, strlen(name));
	size_t n = 0;

	if (!at)
		return false;
	at += strlen(name);
	while (at + n < bytes.at + bytes.len && at[n] != '"' && n + 1 < size) {
		ret[n] = (char)at[n];
		n++;
	}
	ret[n] = 0;
	return n > 0;
}

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'F')
			*text = (char)(*text - 'A' + 'a');
}

static bool intel_document(struct span bytes, char ret[static NAME_BYTES])
{
	char fmspc[16];
	bool is_tdx = has_text(bytes, "\"id\":\"TDX\"") || has_text(bytes, "\"id\":\"TD_QE\"");

	if (has_text(bytes, "{\"enclaveIdentity\":")) {
		(void)snprintf(ret, NAME_BYTES, "intel-%s-qe.json", is_tdx ? "tdx" : "sgx");
		return true;
	}
	if (!has_text(bytes, "{\"tcbInfo\":") ||
	    !member(bytes, "\"fmspc\":\"", fmspc, sizeof(fmspc)))
		return false;
	lower(fmspc);
	(void)snprintf(ret, NAME_BYTES, "intel-%s-tcb-%s.json", is_tdx ? "tdx" : "sgx", fmspc);
	return is_fit(ret);
}

static bool crl_issuer(struct span bytes, char *ret, size_t size)
{
	const uint8_t *at = bytes.at;
	X509_CRL *crl = NULL;
	bool found;

	if (!bytes.len || bytes.at[0] != 0x30 || bytes.len > LONG_MAX)
		return false;
	crl = d2i_X509_CRL(NULL, &at, (long)bytes.len);
	found = crl && X509_NAME_get_text_by_NID(X509_CRL_get_issuer(crl), NID_commonName, ret,
						 (int)size) > 0;
	X509_CRL_free(crl);
	return found;
}

static bool named_crl(struct span bytes, char ret[static NAME_BYTES])
{
	static const struct {
		const char *issuer, *name;
	} rows[] = {
		{ "Intel SGX Root CA", "intel-root.crl" },
		{ "Intel SGX PCK Platform CA", "intel-pck-platform.crl" },
		{ "Intel SGX PCK Processor CA", "intel-pck-processor.crl" },
		{ "ARK-Milan", "amd-Milan-vcek.crl" },
		{ "ARK-Genoa", "amd-Genoa-vcek.crl" },
		{ "ARK-Turin", "amd-Turin-vcek.crl" },
	};
	char issuer[64];

	if (!crl_issuer(bytes, issuer, sizeof(issuer)))
		return false;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!strcmp(issuer, rows[i].issuer)) {
			(void)snprintf(ret, NAME_BYTES, "%s", rows[i].name);
			return true;
		}
	return false;
}

static bool named_rim(const char *file, struct span bytes, char ret[static NAME_BYTES])
{
	if (!has_text(bytes, "SoftwareIdentity") || !is_fit(file))
		return false;
	(void)snprintf(ret, NAME_BYTES, "nvidia-rim-%.*s", NAME_BYTES - 16, file);
	return true;
}

bool name_of_collateral(const char *file, struct span bytes, char ret[static NAME_BYTES])
{
	if (is_named(file)) {
		(void)snprintf(ret, NAME_BYTES, "%s", file);
		return true;
	}
	return bytes.len &&
	       (intel_document(bytes, ret) || named_crl(bytes, ret) || named_rim(file, bytes, ret));
}
