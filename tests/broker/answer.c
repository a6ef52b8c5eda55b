#include "tests/broker/answer.h"

#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"

#define TYPE_PREFIX "https://github.com/confidential-containers/kbs/errors/"

void broker_answer_done(struct broker_answer *a)
{
	buf_done(&a->body);
}

static const struct {
	const char *name;
	unsigned int status;
	const char *detail;
} variants[] = {
	[BROKER_ATTESTATION_ERROR] = { "AttestationError", 401,
				       "Attestation error: RCAR handshake Attest failed" },
	[BROKER_TOKEN_NOT_FOUND] = { "TokenNotFound", 401, "Attestation Token not found" },
	[BROKER_TOKEN_VERIFIER_ERROR] = { "TokenVerifierError", 401, "Token Verifier error" },
	[BROKER_POLICY_DENY] = { "PolicyDeny", 401, "Access denied by policy" },
	[BROKER_POLICY_ENGINE_ERROR] = { "PolicyEngineError", 401, "Policy engine error" },
	[BROKER_PLUGIN_INTERNAL_ERROR] = { "PluginInternalError", 401, "Plugin internal error" },
	[BROKER_JWE_ERROR] = { "JweError", 401, "JWE failed" },
	[BROKER_ADMIN_AUTH_ACCESS] = { "AdminAuthAccess", 401, "admin access denied" },
	[BROKER_PLUGIN_NOT_FOUND] = { "PluginNotFound", 404, "Plugin not found" },
};

int broker_answer_variant(enum broker_variant variant, const char *detail,
			  struct broker_answer *ret, struct err *e)
{
	AUTO_JSON cJSON *body = cJSON_CreateObject();
	AUTO_ANSWER struct broker_answer a = { .status = variants[variant].status };
	char type[128];
	int failed;

	(void)snprintf(type, sizeof(type), TYPE_PREFIX "%s", variants[variant].name);
	if ((failed = json_add_text(body, "type", type, e)) ||
	    (failed = json_add_text(body, "detail", detail ? detail : variants[variant].detail,
				    e)) ||
	    (failed = json_print(body, BROKER_ANSWER_BYTES, &a.body, e)))
		return failed;
	*ret = a;
	a.body = BUF_EMPTY;
	return 0;
}

int broker_answer_plain(unsigned int status, const char *text, struct broker_answer *ret,
			struct err *e)
{
	struct broker_answer a = { .status = status,
				   .type = *text ? "text/plain; charset=utf-8" : NULL };
	int failed = buf_append(&a.body, span_text(text), BROKER_ANSWER_BYTES, e);

	if (!failed)
		*ret = a;
	return failed;
}

const char *broker_status_text(unsigned int status)
{
	static const struct {
		unsigned int status;
		const char *text;
	} rows[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Payload Too Large" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "Unknown";
}

int broker_answer_print(const struct broker_answer *a, _Bool is_last, struct buf *ret,
			struct err *e)
{
	size_t limit = BROKER_ANSWER_BYTES + 1024;
	int failed;

	if ((failed = buf_printf(ret, limit, e, "HTTP/1.1 %u %s\r\ncontent-length: %zu\r\n",
				 a->status, broker_status_text(a->status), a->body.len)) ||
	    (a->type && (failed = buf_printf(ret, limit, e, "content-type: %s\r\n", a->type))) ||
	    (a->cookie[0] &&
	     (failed = buf_printf(ret, limit, e, "set-cookie: %s\r\n", a->cookie))) ||
	    (is_last && (failed = buf_printf(ret, limit, e, "connection: close\r\n"))) ||
	    (failed = buf_printf(ret, limit, e, "\r\n")))
		return failed;
	return buf_append(ret, buf_view(&a->body), limit, e);
}
