#include "attest/verify/pcs/document.h"

#include <stdio.h>
#include <string.h>

#include "attest/verify/pcs/level.h"
#include "attest/verify/refs.h"
#include "attest/verify/x509/certs.h"
#include "attest/verify/x509/signature.h"
#include "base/json.h"
#include "base/limits.h"

#define SIGNATURE_HEX 128
static const char BEFORE_SIGNATURE[] = ",\"signature\":\"";
static const char BEHIND_SIGNATURE[] = "\"}";

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take_front(struct span *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->at, text, len))
		return false;
	*s = span(s->at + len, s->len - len);
	return true;
}

static bool take_back(struct span *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->at + s->len - len, text, len))
		return false;
	s->len -= len;
	return true;
}

static int take_signature(struct span *s, uint8_t ret[static 64], struct err *e)
{
	char hex[SIGNATURE_HEX + 1] = "";

	if (s->len < SIGNATURE_HEX)
		return FAIL(e, FAIL_INPUT, "ends within the signature");
	s->len -= SIGNATURE_HEX;
	memcpy(hex, s->at + s->len, SIGNATURE_HEX);
	for (size_t i = 0; i < SIGNATURE_HEX; i++)
		if (hex[i] >= 'A' && hex[i] <= 'F')
			return FAIL(e, FAIL_INPUT, "the signature is not in lower case");
	return hex_bytes(hex, "signature", ret, 64, e);
}

int pcs_document_find(struct span body, const char *member, struct pcs_document *ret, struct err *e)
{
	struct pcs_document d = { 0 };
	char front[40];
	int failed;

	(void)snprintf(front, sizeof(front), "{\"%s\":", member);
	if (!take_front(&body, front))
		return FAIL(e, FAIL_INPUT, "does not begin with %s", front);
	while (body.len && is_space(body.at[body.len - 1]))
		body.len--;
	if (!take_back(&body, BEHIND_SIGNATURE))
		return FAIL(e, FAIL_INPUT, "does not end with its signature");
	failed = take_signature(&body, d.signature, e);
	if (failed)
		return failed;
	if (!take_back(&body, BEFORE_SIGNATURE))
		return FAIL(e, FAIL_INPUT, "the signature is not where it belongs");
	if (body.len < 2 || body.at[0] != '{' || body.at[body.len - 1] != '}')
		return FAIL(e, FAIL_INPUT, "%s is not an object alone", member);
	d.signed_bytes = body;
	*ret = d;
	return 0;
}

int pcs_document_check(const struct pcs_document *d, EVP_PKEY *key, struct err *e)
{
	return signature_ecdsa(key, DIGEST_SHA256, span(d->signature, 32),
			       span(d->signature + 32, 32), d->signed_bytes, e);
}

int pcs_document_parse(const struct pcs_document *d, cJSON **ret, struct err *e)
{
	return json_parse(d->signed_bytes, LIMIT_TCB_BYTES, ret, e);
}

static int read_date(const cJSON *node, const char *where, int64_t *ret, struct err *e)
{
	return time_parse(json_text(node), ret, e) ? err_add(e, "%s", where) : 0;
}

int pcs_edition_parse(const cJSON *root, struct pcs_edition *ret, struct err *e)
{
	const cJSON *id, *version, *issued, *next, *evaluation;
	const struct json_field fields[] = {
		{ "id", JSON_TEXT, false, &id },
		{ "version", JSON_U64, true, &version },
		{ "issueDate", JSON_TEXT, true, &issued },
		{ "nextUpdate", JSON_TEXT, true, &next },
		{ "tcbEvaluationDataNumber", JSON_U64, true, &evaluation },
		{ 0 },
	};
	struct pcs_edition edition = { 0 };
	int failed = json_object_open(root, "collateral", fields, e);

	if (!failed)
		failed = tcb_number(version, "version", UINT8_MAX, &edition.version, e);
	if (!failed)
		failed = tcb_number(evaluation, "tcbEvaluationDataNumber", UINT32_MAX,
				    &edition.evaluation, e);
	if (!failed)
		failed = read_date(issued, "issueDate", &edition.issue_date, e);
	if (!failed)
		failed = read_date(next, "nextUpdate", &edition.next_update, e);
	if (failed)
		return failed;
	if (edition.next_update < edition.issue_date)
		return FAIL(e, FAIL_INPUT, "nextUpdate is before issueDate");
	edition.id = json_text(id);
	*ret = edition;
	return 0;
}
