#include "attest/broker/refusal.h"

#include <errno.h>
#include <string.h>

#include "attest/broker/wire.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

struct rule {
	const char *variant; /* the last segment of `type` */
	enum refusal_action handshake;
	enum refusal_action fetch;
	int sys;
	const char *text;
	const char *next; /* what to do, or NULL */
};

static const struct rule rules[] = {
	{ "AttestationError", REFUSAL_FEW, REFUSAL_ATTEST, 0,
	  "the broker rejects this guest's evidence", "its log says why" },
	{ "TokenNotFound", REFUSAL_FEW, REFUSAL_ATTEST, 0, "the broker has lost the session",
	  NULL },
	{ "TokenVerifierError", REFUSAL_FEW, REFUSAL_ATTEST, 0, "the broker refuses its own token",
	  "check the keys that its attestation_token section trusts" },
	{ "PolicyDeny", REFUSAL_FINAL, REFUSAL_FINAL, EACCES,
	  "the broker's policy does not allow this guest",
	  "compare evidence with reference values" },
	{ "PolicyEngineError", REFUSAL_FINAL, REFUSAL_FINAL, 0,
	  "the broker's policy can't be evaluated", "mend it there" },
	{ "PluginInternalError", REFUSAL_FINAL, REFUSAL_FINAL, ENOENT,
	  "the broker has no such resource, or can't read it", "upload it there" },
	{ "JweError", REFUSAL_FINAL, REFUSAL_FINAL, 0,
	  "the broker can't encrypt to a P-256 key by ECDH-ES+A256KW", "update it" },
	{ "PluginNotFound", REFUSAL_FINAL, REFUSAL_FINAL, 0,
	  "the broker serves no resources under this URL", "check the URL's path" },
	{ "InvalidRequestPath", REFUSAL_FINAL, REFUSAL_FINAL, 0,
	  "the broker serves nothing under this URL", "check the URL's path" },
};

/* Whoever wrote this body was not the broker, or was not well. */
static bool is_passing(unsigned int status)
{
	return status >= 500 || status == 408 || status == 429;
}

/* The broker's own members; a loan from *ret_tree. */
static bool read_problem(struct span body, cJSON **ret_tree, const char **ret_variant,
			 const char **ret_detail)
{
	const cJSON *type, *detail;
	const struct json_field fields[] = {
		{ "type", JSON_TEXT, true, &type },
		{ "detail", JSON_TEXT, false, &detail },
		{ 0 },
	};
	const char *slash;

	if (json_parse(body, LIMIT_HTTP_BODY_BYTES, ret_tree, NULL) < 0 ||
	    json_object_open(*ret_tree, "refusal", fields, NULL) < 0)
		return false;
	slash = strrchr(json_text(type), '/');
	*ret_variant = slash ? slash + 1 : json_text(type);
	*ret_detail = detail ? json_text(detail) : "";
	return **ret_variant != 0;
}

static const struct rule *rule_of(const char *variant)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (!strcmp(rules[i].variant, variant))
			return &rules[i];
	return NULL;
}

/* "... Version Mismatch: expect =0.4.0 while the request is 0.3.0" (reference 1.1) */
static int refuse_version(const char *detail, struct err *e)
{
	const char *want = strstr(detail, "expect ");
	size_t len;

	want = want ? want + strlen("expect ") : "another";
	want += *want == '=';
	len = strcspn(want, " ");
	return FAIL(e, FAIL_DENIED,
		    "the broker wants attestation protocol version \"%.*s\", this guest speaks "
		    "\"" WIRE_VERSION "\": use releases that match",
		    (int)(len < 32 ? len : 32), want);
}

static int refuse_by_rule(const struct rule *r, const char *path, struct err *e)
{
	return err_set(e, FAIL_DENIED, r->sys, __func__, "%s (%s)%s%s%s%s", r->text, r->variant,
		       r->next ? ": " : "", r->next ? r->next : "", path ? "; resource " : "",
		       path ? path : "");
}

int refusal_read(unsigned int status, struct span body, enum refusal_step step, const char *path,
		 enum refusal_action *ret_action, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;
	const char *variant = NULL, *detail = NULL;
	const struct rule *rule;

	*ret_action = REFUSAL_FINAL;
	if (status == 413)
		return FAIL(e, FAIL_LIMIT,
			    "the broker takes no evidence of this size (413): raise its "
			    "payload_request_size");
	if (is_passing(status) || !read_problem(body, &tree, &variant, &detail)) {
		*ret_action = REFUSAL_AGAIN;
		return FAIL(e, FAIL_AGAIN, "HTTP status %u%s", status,
			    is_passing(status) ? "" : ", and not in the broker's words");
	}
	if (!strcmp(variant, "AttestationError") && strstr(detail, "Version Mismatch"))
		return refuse_version(detail, e);
	rule = rule_of(variant);
	if (!rule)
		return FAIL(e, FAIL_DENIED, "the broker refuses: %.40s: %.80s", variant, detail);
	*ret_action = step == REFUSAL_FETCH ? rule->fetch : rule->handshake;
	return refuse_by_rule(rule, path, e);
}
