#include "attest/broker/wire.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define REQUEST_BYTES 1024 /* names of a TEE and three hashes */

void wire_challenge_done(struct wire_challenge *c)
{
	buf_done(&c->nonce);
}

int wire_request(const char *tee, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *request = cJSON_CreateObject();
	cJSON *params = cJSON_CreateObject(), *hashes = cJSON_CreateArray();
	int failed = 0;

	for (enum digest_alg a = DIGEST_SHA256; !failed && a <= DIGEST_SHA512; a++)
		failed = json_add(hashes, NULL, cJSON_CreateString(digest_alg_name(a)), e);
	if (failed) {
		cJSON_Delete(hashes);
		cJSON_Delete(params);
		return failed;
	}
	failed = json_add(params, "supported-hash-algorithms", hashes, e);
	if (failed) {
		cJSON_Delete(params);
		return failed;
	}
	if ((failed = json_add(request, "extra-params", params, e)) ||
	    (failed = json_add_text(request, "version", WIRE_VERSION, e)) ||
	    (failed = json_add_text(request, "tee", tee, e)))
		return failed;
	return json_print(request, REQUEST_BYTES, ret, e);
}

int wire_expect_object(struct span body, struct err *e)
{
	size_t i = 0;

	while (i < body.len && strchr(" \t\r\n", body.at[i]) && body.at[i])
		i++;
	if (i < body.len && body.at[i] == '{')
		return 0;
	return FAIL(e, FAIL_AGAIN, "an answer that is not JSON: is a proxy in the broker's place?");
}

/* RCAR leaves room for any value here (reference 1.2): what names no hash selects the default. */
static int select_hash(const cJSON *params, enum digest_alg *ret, struct err *e)
{
	const cJSON *selected = NULL;
	char name[16] = "";

	*ret = DIGEST_SHA384;
	if (cJSON_IsObject(params))
		selected = cJSON_GetObjectItemCaseSensitive(params, "selected-hash-algorithm");
	if (!selected)
		return 0;
	if (!cJSON_IsString(selected))
		return FAIL(e, FAIL_INPUT, "challenge: the selected hash is not a name");
	for (size_t i = 0; i < sizeof(name) - 1 && selected->valuestring[i]; i++)
		name[i] = selected->valuestring[i] >= 'A' && selected->valuestring[i] <= 'Z'
				  ? (char)(selected->valuestring[i] | 0x20)
				  : selected->valuestring[i];
	if (digest_alg_parse(span_text(name), ret, NULL) < 0)
		return FAIL(e, FAIL_INPUT, "challenge: hash \"%.24s\" was not offered",
			    selected->valuestring);
	return 0;
}

int wire_challenge_read(struct span body, struct wire_challenge *ret, struct err *e)
{
	AUTO_CHALLENGE struct wire_challenge c = { 0 };
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *nonce, *params;
	const struct json_field fields[] = {
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "extra-params", JSON_ANY, false, &params },
		{ 0 },
	};
	int failed;

	if ((failed = wire_expect_object(body, e)) ||
	    (failed = json_parse(body, LIMIT_HTTP_BODY_BYTES, &tree, e)) ||
	    (failed = json_object_open(tree, "challenge", fields, e)) ||
	    (failed = select_hash(params, &c.hash, e)))
		return failed;
	if (!*json_text(nonce))
		return FAIL(e, FAIL_INPUT, "challenge: the nonce is empty");
	failed = buf_append(&c.nonce, span_text(json_text(nonce)), LIMIT_BROKER_NONCE_BYTES, e);
	if (failed)
		return failed;
	*ret = c;
	c = (struct wire_challenge){ 0 };
	return 0;
}

/* Printed by cJSON, this is RFC 8785: the members are added in their order, all values are text,
 * and cJSON escapes just what the RFC escapes. */
int wire_runtime_data(const char *additional, const char *nonce, const cJSON *jwk, struct buf *ret,
		      struct err *e)
{
	AUTO_JSON cJSON *data = cJSON_CreateObject();
	int failed;

	if ((additional && (failed = json_add_text(data, "additional-evidence", additional, e))) ||
	    (failed = json_add_text(data, "nonce", nonce, e)) ||
	    (failed = json_add(data, "tee-pubkey", cJSON_Duplicate(jwk, true), e)))
		return failed;
	return json_print(data, LIMIT_BROKER_REQUEST_BYTES, ret, e);
}

int wire_report_data(const struct wire_challenge *c, const cJSON *jwk, const char *additional,
		     struct digest *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed = wire_runtime_data(additional, (const char *)c->nonce.at, jwk, &text, e);

	return failed ? failed : digest_of(c->hash, buf_view(&text), ret, e);
}

static int add_initdata(cJSON *body, struct span initdata, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *object;
	int failed;

	if (!initdata.len)
		return json_add(body, "init-data", cJSON_CreateNull(), e);
	if (memchr(initdata.at, 0, initdata.len))
		return FAIL(e, FAIL_INPUT, "initdata with a NUL");
	if ((failed = buf_append(&text, initdata, LIMIT_INITDATA_BYTES, e)))
		return failed;
	object = cJSON_CreateObject();
	if ((failed = json_add_text(object, "format", "toml", e)) ||
	    (failed = json_add_text(object, "body", (const char *)text.at, e))) {
		cJSON_Delete(object);
		return failed;
	}
	return json_add(body, "init-data", object, e);
}

static int add_runtime_data(cJSON *body, const char *nonce, const cJSON *jwk, struct err *e)
{
	cJSON *object = cJSON_CreateObject();
	int failed;

	if ((failed = json_add_text(object, "nonce", nonce, e)) ||
	    (failed = json_add(object, "tee-pubkey", cJSON_Duplicate(jwk, true), e))) {
		cJSON_Delete(object);
		return failed;
	}
	return json_add(body, "runtime-data", object, e);
}

static int add_evidence(cJSON *body, cJSON *evidence, const char *additional, struct err *e)
{
	cJSON *object = cJSON_CreateObject();
	int failed;

	if ((failed = json_add(object, "primary_evidence", evidence, e)) ||
	    (failed = json_add_text(object, "additional_evidence", additional, e))) {
		cJSON_Delete(object);
		return failed;
	}
	return json_add(body, "tee-evidence", object, e);
}

int wire_attestation(const struct wire_challenge *c, const cJSON *jwk, struct span initdata,
		     const char *additional, cJSON *evidence, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *body = cJSON_CreateObject();
	int failed;

	if ((failed = add_evidence(body, evidence, additional, e)) ||
	    (failed = add_initdata(body, initdata, e)) ||
	    (failed = add_runtime_data(body, (const char *)c->nonce.at, jwk, e)))
		return failed;
	return json_print(body, LIMIT_BROKER_REQUEST_BYTES, ret, e);
}

int wire_token_read(struct span body, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *token;
	const struct json_field fields[] = { { "token", JSON_TEXT, true, &token }, { 0 } };
	int failed;

	if ((failed = wire_expect_object(body, e)) ||
	    (failed = json_parse(body, LIMIT_HTTP_BODY_BYTES, &tree, e)) ||
	    (failed = json_object_open(tree, "token answer", fields, e)))
		return failed;
	return buf_append(ret, span_text(json_text(token)), LIMIT_HTTP_BODY_BYTES, e);
}
