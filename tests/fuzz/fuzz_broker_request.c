/*
 * One request to the dev broker, head and body as they come off the wire. Two sessions stand: one
 * that was challenged with the reference's nonce, one that is attested.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/jose/jwk.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/broker/bounds.h"
#include "tests/broker/broker.h"
#include "tests/broker/token.h"
#include "tests/support/scratch.h"

#define NONCE "JbkMsFWujL6+YMCMRNCWOFZnDivp8/mrHy+m2N3hlZo="
#define POLICY                                                                       \
	"{\"version\":1,\"rules\":[{\"tee\":\"sample\",\"measurement\":[\"abcde\"]," \
	"\"initdata\":[\"any\"],\"resources\":[\"default/\"]}]}"
#define RUNTIME                                                                          \
	"{\"nonce\":\"n\",\"tee-pubkey\":{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\"," \
	"\"kty\":\"EC\",\"x\":\"rUacOtlEuyuQ8FSF0nujWaakxB-YxUDbBEKL3kFELIk\","          \
	"\"y\":\"Kw_LzmYpJ1RTOI0ps_v-S56B2eekmrfzs1LWZ-CeRzI\"}}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct broker broker;
static struct buf token;

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static struct broker_moment now(void)
{
	return (struct broker_moment){ 1000, 1800000000 };
}

static void write_file(int dir, const char *name, const char *text)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);

	must(fd >= 0 && fd_write_all(fd, span_text(text), NULL) == 0);
}

static void make_token(void)
{
	static const struct broker_evidence evidence = {
		.tee = "sample", .svn = "1", .measurement = "abcde", .report_data = { .len = 48 }
	};
	AUTO_JSON cJSON *runtime = NULL;
	struct broker_facts facts = { .evidence = evidence };

	must(json_parse(span_text(RUNTIME), 4096, &runtime, NULL) == 0);
	facts.runtime = runtime;
	must(broker_token_make(broker.signer, &facts, now().wall, 300, &token, NULL) == 0);
}

static void prepare(void)
{
	static char policy[256];
	AUTO_FD int dir = scratch_dir();

	log_set_level(LOG_LEVEL_ERROR);
	json_init();
	write_file(dir, "policy.json", POLICY);
	must(mkdirat(dir, "default", 0700) == 0 && mkdirat(dir, "default/test", 0700) == 0);
	write_file(dir, "default/test/key", "the key");
	(void)snprintf(policy, sizeof(policy), "%s/policy.json", scratch_path());
	broker.policy = policy;
	broker.resources = fd_take(&dir);
	broker.session_seconds = 300;
	broker.now = now;
	must(jwk_generate(&broker.signer, NULL) == 0);
	make_token();
}

static void set_session(struct broker_session *s, const char *id)
{
	memcpy(s->id, id, sizeof(s->id));
	memcpy(s->nonce, NONCE, sizeof(s->nonce));
	memcpy(s->tee, "sample", 7);
	s->hash = DIGEST_SHA384;
	s->expires_ms = 300000;
	s->expires_wall = now().wall + 300;
}

static void set_scene(void)
{
	broker_sessions_done(&broker.sessions);
	set_session(&broker.sessions.at[0], "0123456789abcdef0123456789abcdef");
	set_session(&broker.sessions.at[1], "fedcba9876543210fedcba9876543210");
	must(buf_append(&broker.sessions.at[1].token, buf_view(&token), LIMIT_TOKEN_BYTES, NULL) ==
	     0);
}

/* Whatever came in: a status that we know, and JSON where there should be some. */
static void check(const struct broker_answer *a)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *body = NULL;

	must(strcmp(broker_status_text(a->status), "Unknown") != 0 && a->status != 500);
	must(broker_answer_print(a, true, &text, NULL) == 0);
	must(!strpbrk(a->cookie, "\r\n"));
	if (a->body.len && (!a->type || !strcmp(a->type, "application/json")))
		must(json_parse(buf_view(&a->body), BROKER_ANSWER_BYTES, &body, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ANSWER struct broker_answer answer = { 0 };
	const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
	size_t head = end ? (size_t)(end - data) + 4 : size;
	struct broker_request request;

	if (!broker.signer)
		prepare();
	if (broker_request_parse(span(data, head), &request, NULL) < 0)
		return 0;
	request.body = span(data + head, size - head);
	set_scene();
	broker_respond(&broker, &request, &answer);
	check(&answer);
	return 0;
}
