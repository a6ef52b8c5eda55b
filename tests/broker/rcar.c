#include "tests/broker/rcar.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "tests/broker/evidence.h"
#include "tests/broker/initdata.h"
#include "attest/verify/runtime.h"
#include "tests/broker/token.h"

#define VERSION "0.4.0"

static int answer_json(const cJSON *body, const struct broker_session *session,
		       struct broker_answer *ret, struct err *e)
{
	AUTO_ANSWER struct broker_answer a = { .status = 200, .type = "application/json" };
	int failed = json_print(body, BROKER_ANSWER_BYTES, &a.body, e);

	if (failed)
		return failed;
	broker_session_cookie(session, a.cookie, sizeof(a.cookie));
	*ret = a;
	a.body = BUF_EMPTY;
	return 0;
}

static int read_auth(struct span body, cJSON **ret_tree, const char **ret_tee,
		     const cJSON **ret_extra, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *version = NULL, *tee = NULL, *extra = NULL;
	const struct json_field fields[] = {
		{ "version", JSON_TEXT, true, &version },
		{ "tee", JSON_TEXT, true, &tee },
		{ "extra-params", JSON_ANY, true, &extra },
		{ 0 },
	};
	int failed;

	if ((failed = json_parse(body, BROKER_BODY_BYTES, &tree, e)) ||
	    (failed = json_object_open(tree, "Request", fields, e)))
		return failed;
	if (!broker_tee_is_known(json_text(tee)))
		return FAIL(e, FAIL_INPUT, "Request: unknown tee \"%.20s\"", json_text(tee));
	if (strcmp(json_text(version), VERSION) != 0)
		return FAIL(e, FAIL_INPUT,
			    "KBS Client Protocol Version Mismatch: expect =" VERSION
			    " while the request is %.20s",
			    json_text(version));
	*ret_tee = json_text(tee);
	*ret_extra = extra;
	*ret_tree = tree;
	tree = NULL;
	return 0;
}

/* The hash that the broker was told to ask for, if this guest says that it can. */
static enum digest_alg select_hash(const struct broker *b, const char *tee, const cJSON *extra)
{
	const cJSON *names = cJSON_GetObjectItemCaseSensitive(extra, "supported-hash-algorithms");
	enum digest_alg alg;

	if (!b->hash || strcmp(tee, "sample") != 0 || !cJSON_IsArray(names))
		return 0;
	for (const cJSON *name = names->child; name; name = name->next)
		if (digest_alg_parse(span_text(json_text(name)), &alg, NULL) == 0 && alg == b->hash)
			return alg;
	return 0;
}

/* "" is what Trustee's own attestation service sends; an object comes from services that choose. */
static int add_extra(cJSON *challenge, enum digest_alg hash, struct err *e)
{
	cJSON *extra;
	int failed;

	if (!hash)
		return json_add_text(challenge, "extra-params", "", e);
	extra = cJSON_CreateObject();
	failed = json_add(challenge, "extra-params", extra, e);
	return failed ? failed
		      : json_add_text(extra, "selected-hash-algorithm", digest_alg_name(hash), e);
}

static int refuse_auth(const struct err *why, struct broker_answer *ret, struct err *e)
{
	char detail[256];

	(void)snprintf(detail, sizeof(detail), "Attestation error: RCAR handshake Auth failed: %s",
		       why->text);
	log_info("auth: REFUSED: %s", why->text);
	return broker_answer_variant(BROKER_ATTESTATION_ERROR, detail, ret, e);
}

int broker_rcar_auth(struct broker *b, const struct broker_request *r, struct broker_answer *ret,
		     struct err *e)
{
	AUTO_JSON cJSON *tree = NULL, *challenge = cJSON_CreateObject();
	struct broker_session *session = NULL;
	const cJSON *extra = NULL;
	const char *tee = NULL;
	struct err why = { 0 };
	enum digest_alg hash;
	int failed = read_auth(r->body, &tree, &tee, &extra, &why);

	if (failed)
		return refuse_auth(&why, ret, e);
	hash = select_hash(b, tee, extra);
	if ((failed = broker_session_open(&b->sessions, tee, hash ? hash : DIGEST_SHA384,
					  b->session_seconds * 1000, b->now(), &session, e)) ||
	    (failed = json_add_text(challenge, "nonce", session->nonce, e)) ||
	    (failed = add_extra(challenge, hash, e)) ||
	    (failed = answer_json(challenge, session, ret, e)))
		return failed;
	b->counts.sessions++;
	log_info("auth: session %.8s: %s, report data in %s -> challenge", session->id, tee,
		 digest_alg_name(session->hash));
	return 0;
}

/* The message of section 1.3. Pointers are loans from `tree`. */
struct attestation {
	cJSON *tree;
	const char *initdata; /* the TOML text; NULL without one */
	const char *nonce;
	cJSON *key; /* runtime_key */
	const cJSON *evidence;
	const char *additional;
};

static void attestation_done(struct attestation *a)
{
	json_done(&a->tree);
	json_done(&a->key);
}

static int read_initdata(const cJSON *node, const char **ret, struct err *e)
{
	const cJSON *format = NULL, *body = NULL;
	const struct json_field fields[] = {
		{ "format", JSON_TEXT, true, &format },
		{ "body", JSON_TEXT, true, &body },
		{ 0 },
	};
	int failed;

	if (!node || cJSON_IsNull(node))
		return 0;
	failed = json_object_open(node, "init-data", fields, e);
	if (failed)
		return failed;
	if (strcmp(json_text(format), "toml") != 0)
		return FAIL(e, FAIL_INPUT, "init-data: format \"%.20s\" is not toml",
			    json_text(format));
	*ret = json_text(body);
	return 0;
}

static int read_runtime(const cJSON *node, struct attestation *ret, struct err *e)
{
	const cJSON *nonce = NULL, *key = NULL;
	const struct json_field fields[] = {
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "tee-pubkey", JSON_OBJECT, true, &key },
		{ 0 },
	};
	int failed = json_object_open(node, "runtime-data", fields, e);

	if (failed)
		return failed;
	ret->nonce = json_text(nonce);
	return runtime_key(key, &ret->key, e);
}

static int read_evidence(const cJSON *node, struct attestation *ret, struct err *e)
{
	const cJSON *additional = NULL;
	const struct json_field fields[] = {
		{ "primary_evidence", JSON_ANY, true, &ret->evidence },
		{ "additional_evidence", JSON_TEXT, true, &additional },
		{ 0 },
	};
	int failed = json_object_open(node, "tee-evidence", fields, e);

	if (!failed)
		ret->additional = json_text(additional);
	return failed;
}

static int read_attestation(struct span body, struct attestation *ret, struct err *e)
{
	const cJSON *initdata = NULL, *runtime = NULL, *evidence = NULL;
	const struct json_field fields[] = {
		{ "init-data", JSON_ANY, false, &initdata },
		{ "runtime-data", JSON_OBJECT, true, &runtime },
		{ "tee-evidence", JSON_OBJECT, true, &evidence },
		{ 0 },
	};
	int failed;

	if ((failed = json_parse(body, BROKER_BODY_BYTES, &ret->tree, e)) ||
	    (failed = json_object_open(ret->tree, "Attestation", fields, e)) ||
	    (failed = read_initdata(initdata, &ret->initdata, e)) ||
	    (failed = read_runtime(runtime, ret, e)))
		return failed;
	return read_evidence(evidence, ret, e);
}

/* Devices beside the CPU. They bind nonce and key, without the string that they are sent in. */
static int verify_devices(const struct attestation *a, enum digest_alg hash, cJSON **ret_tree,
			  struct broker_evidence *ret, struct err *e)
{
	AUTO_JSON cJSON *runtime = NULL;
	struct digest expected;
	int failed;

	if (!a->additional[0])
		return 0;
	if ((failed = json_parse(span_text(a->additional), BROKER_BODY_BYTES, ret_tree, e)) ||
	    (failed = runtime_data(a->key, a->nonce, NULL, &runtime, e)) ||
	    (failed = runtime_digest(hash, runtime, &expected, e)))
		return failed;
	if (!cJSON_IsObject(*ret_tree))
		return FAIL(e, FAIL_INPUT, "additional_evidence: must be an object");
	for (const cJSON *device = (*ret_tree)->child; device; device = device->next) {
		if (!strcmp(device->string, "sample"))
			return FAIL(e, FAIL_INPUT, "additional_evidence: sample is no device");
		failed = broker_evidence_verify(device->string, device, &expected, ret, e);
		if (failed)
			return failed;
	}
	return 0;
}

static int verify_primary(const struct broker_session *session, const struct attestation *a,
			  const cJSON *runtime, struct broker_evidence *ret, struct err *e)
{
	struct digest expected;
	int failed = runtime_digest(session->hash, runtime, &expected, e);

	if (failed)
		return failed;
	if (!strcmp(session->tee, "sampledevice"))
		return FAIL(e, FAIL_DENIED, "sampledevice goes beside a CPU's evidence only");
	return broker_evidence_verify(session->tee, a->evidence, &expected, ret, e);
}

static void facts_done(struct broker_facts *f)
{
	broker_evidence_done(&f->evidence);
}

static int name_initdata(const char *text, struct digest *ret, char *ret_name, size_t size,
			 struct err *e)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];
	enum digest_alg alg;
	int failed = broker_initdata_digest(span_text(text), &alg, ret, e);

	if (failed)
		return failed;
	digest_hex(span(ret->at, ret->len), hex);
	(void)snprintf(ret_name, size, "%s:%s", digest_alg_name(alg), hex);
	return 0;
}

/* Anyone can make this evidence: it shows that both sides computed the same digest. */
static int verify_sample(const struct broker_session *session, const struct attestation *a,
			 const cJSON *runtime, struct broker_evidence *ret, struct err *e)
{
	AUTO_JSON cJSON *devices = NULL;
	struct broker_evidence device = { 0 };
	int failed = verify_primary(session, a, runtime, ret, e);

	if (!failed)
		failed = verify_devices(a, session->hash, &devices, &device, e);
	if (failed || !device.svn)
		return failed;
	(void)snprintf(ret->device_svn, sizeof(ret->device_svn), "%s", device.svn);
	return 0;
}

static bool is_sample(const char *tee)
{
	return !strcmp(tee, "sample") || !strcmp(tee, "sampledevice");
}

/* The verification itself: a token into the session, and the line that says so. */
static int verify(struct broker *b, struct broker_session *session, const struct attestation *a,
		  struct span body, struct err *e)
{
	AUTO_JSON cJSON *runtime = NULL;
	__attribute__((cleanup(facts_done))) struct broker_facts facts = { 0 };
	struct digest initdata;
	char name[160] = "none";
	int failed;

	if (strcmp(a->nonce, session->nonce) != 0)
		return FAIL(e, FAIL_FORGED, "the nonce is not the one of this session");
	failed = runtime_data(a->key, a->nonce, a->additional, &runtime, e);
	if (!failed && a->initdata)
		failed = name_initdata(a->initdata, &initdata, name, sizeof(name), e);
	facts.runtime = runtime;
	facts.initdata = a->initdata ? &initdata : NULL;
	if (!failed && is_sample(session->tee))
		failed = verify_sample(session, a, runtime, &facts.evidence, e);
	else if (!failed)
		failed = broker_hardware_verify(&b->judge, session->tee, body, session->nonce,
						facts.initdata, b->now().wall, &facts.evidence, e);
	if (failed)
		return failed;
	failed = broker_token_make(b->signer, &facts, b->now().wall, b->session_seconds,
				   &session->token, e);
	if (failed)
		return failed;
	b->counts.attestations++;
	log_info("attest: session %.8s: %s evidence ok%s, report data ok, initdata %s -> token",
		 session->id, session->tee, facts.evidence.is_test ? " under a test root" : "",
		 name);
	return 0;
}

static int attest(struct broker *b, const struct broker_request *r, struct broker_session **ret,
		  struct err *e)
{
	__attribute__((cleanup(attestation_done))) struct attestation a = { 0 };
	struct broker_session *session;
	int failed;

	if (!r->has_cookie)
		return FAIL(e, FAIL_DENIED, "no cookie " BROKER_COOKIE);
	failed = read_attestation(r->body, &a, e);
	if (failed)
		return failed;
	session = broker_session_find(&b->sessions, r->cookie, b->now().boot_ms);
	if (!session)
		return FAIL(e, FAIL_DENIED, "no such session, or its time is up");
	*ret = session;
	if (!session->token.len)
		return verify(b, session, &a, r->body, e);
	log_info("attest: session %.8s: attested already -> the old token", session->id);
	return 0;
}

int broker_rcar_attest(struct broker *b, const struct broker_request *r, struct broker_answer *ret,
		       struct err *e)
{
	AUTO_JSON cJSON *body = cJSON_CreateObject();
	struct broker_session *session = NULL;
	struct err why = { 0 };
	int failed = attest(b, r, &session, &why);

	/* The cause is for the log alone: Trustee hides it too. */
	if (failed) {
		log_info("attest: session %.8s: REFUSED: %s", session ? session->id : "-",
			 why.text);
		return broker_answer_variant(BROKER_ATTESTATION_ERROR, NULL, ret, e);
	}
	failed = json_add_text(body, "token", (const char *)session->token.at, e);
	return failed ? failed : answer_json(body, session, ret, e);
}
