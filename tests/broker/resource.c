#include "tests/broker/resource.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/broker/policy.h"
#include "tests/broker/token.h"

/* A refusal: what the guest is told, and what the log says. */
struct refusal {
	enum broker_variant variant;
	const char *detail; /* NULL: the variant's own */
};

static bool refuse(struct refusal *ret, enum broker_variant variant, const char *detail)
{
	*ret = (struct refusal){ variant, detail };
	return false;
}

/* The attested session's token, else the bearer's. */
static struct span find_token(struct broker *b, const struct broker_request *r)
{
	struct broker_session *session =
		r->has_cookie ? broker_session_find(&b->sessions, r->cookie, b->now().boot_ms)
			      : NULL;

	return session && session->token.len ? buf_view(&session->token) : r->bearer;
}

static bool read_token(struct broker *b, const struct broker_request *r, cJSON **ret_claims,
		       struct broker_identity *ret, struct refusal *refusal, struct err *why)
{
	struct span token = find_token(b, r);

	if (!token.len) {
		(void)FAIL(why, FAIL_DENIED, "no attested session and no bearer token");
		return refuse(refusal, BROKER_TOKEN_NOT_FOUND, NULL);
	}
	if (broker_token_verify(b->signer, token, b->now().wall, ret_claims, why) < 0 ||
	    broker_token_identity(*ret_claims, ret, why) < 0)
		return refuse(refusal, BROKER_TOKEN_VERIFIER_ERROR, NULL);
	return true;
}

static bool ask_policy(const struct broker *b, const struct broker_identity *id, const char *name,
		       struct refusal *refusal, struct err *why)
{
	AUTO_POLICY struct broker_policy policy = BROKER_POLICY_EMPTY;
	const struct broker_ask ask = { id->tee, id->measurement, id->initdata, name };
	char line[256];

	if (broker_policy_load(b->policy, &policy, why) < 0)
		return refuse(refusal, BROKER_POLICY_ENGINE_ERROR, why->text);
	if (broker_policy_allows(&policy, &ask, line, sizeof(line)))
		return true;
	log_info("resource %.100s: DENIED: %s in %s", name, line, b->policy);
	(void)FAIL(why, FAIL_DENIED, "the policy says no");
	return refuse(refusal, BROKER_POLICY_DENY, NULL);
}

static int read_file(int dir, const char *name, struct buf *ret, struct err *e)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_RDONLY | O_NONBLOCK, 0, e);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return FAIL(e, FAIL_INPUT, "not a file");
	return fd_read_all(fd, LIMIT_RESOURCE_BYTES, ret, e);
}

static bool load(const struct broker *b, const char *name, struct buf *ret, struct refusal *refusal,
		 struct err *why)
{
	if (!broker_resource_is_name(name))
		(void)FAIL(why, FAIL_INPUT, "not of the form repository/type/tag");
	else if (read_file(b->resources, name, ret, why) == 0)
		return true;
	return refuse(refusal, BROKER_PLUGIN_INTERNAL_ERROR, NULL);
}

static bool wrap(const struct broker_identity *id, struct span resource, struct buf *ret,
		 struct refusal *refusal, struct err *why)
{
	AUTO_JWK EVP_PKEY *key = NULL;

	if (!id->tee_key) {
		(void)FAIL(why, FAIL_INPUT, "the token's claims hold no TEE key");
		return refuse(refusal, BROKER_TOKEN_VERIFIER_ERROR, NULL);
	}
	if (jwk_parse(id->tee_key, "tee-pubkey", JWK_ALG_TEE, &key, why) < 0 ||
	    jwe_encrypt(resource, key, ret, why) < 0)
		return refuse(refusal, BROKER_JWE_ERROR, NULL);
	return true;
}

static bool release(struct broker *b, const struct broker_request *r, const char *name,
		    struct buf *ret, struct refusal *refusal, struct err *why)
{
	AUTO_JSON cJSON *claims = NULL;
	AUTO_BUF struct buf resource = BUF_EMPTY;
	struct broker_identity id = { 0 };

	if (!read_token(b, r, &claims, &id, refusal, why) ||
	    !ask_policy(b, &id, name, refusal, why) || !load(b, name, &resource, refusal, why) ||
	    !wrap(&id, buf_view(&resource), ret, refusal, why))
		return false;
	b->counts.released++;
	log_info("resource %.100s: released to %s, initdata %s", name, id.tee, id.initdata);
	return true;
}

int broker_resource_get(struct broker *b, const struct broker_request *r, struct span name,
			struct broker_answer *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY, jwe = BUF_EMPTY;
	struct refusal refusal = { 0 };
	struct err why = { 0 };
	/* For its NUL; the name itself has none, being part of a request's target. */
	int failed = buf_append(&text, name, BROKER_HEAD_BYTES, e);

	if (failed)
		return failed;
	if (!release(b, r, (const char *)text.at, &jwe, &refusal, &why)) {
		if (refusal.variant != BROKER_POLICY_DENY)
			log_info("resource %.100s: REFUSED: %s", (const char *)text.at, why.text);
		return broker_answer_variant(refusal.variant, refusal.detail, ret, e);
	}
	*ret = (struct broker_answer){ .status = 200, .type = "application/json" };
	ret->body = buf_take(&jwe);
	return 0;
}
