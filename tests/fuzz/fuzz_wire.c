/* What a broker's bodies may hold. The first byte says which of them the rest is. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/broker/cookie.h"
#include "attest/broker/refusal.h"
#include "attest/broker/token.h"
#include "attest/broker/wire.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A nonce that was accepted must survive being sent back. */
static void challenge(struct span body)
{
	AUTO_CHALLENGE struct wire_challenge c = { 0 };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *jwk = cJSON_CreateString("k");
	AUTO_JSON cJSON *tree = NULL;
	struct err e = { 0 };

	if (wire_challenge_read(body, &c, &e) < 0)
		return;
	if (wire_runtime_data("", (const char *)c.nonce.at, jwk, &text, &e) < 0 ||
	    json_parse(buf_view(&text), text.len, &tree, &e) < 0 ||
	    !span_is_equal(span_text(json_text(cJSON_GetObjectItem(tree, "nonce"))),
			   buf_view(&c.nonce)))
		abort();
}

static void refusal(struct span body)
{
	enum refusal_action action;
	struct err e = { 0 };

	if (refusal_read(401, body, REFUSAL_FETCH, "a/b/c", &action, &e) >= 0 || !e.kind)
		abort();
	if (refusal_read(404, body, REFUSAL_HANDSHAKE, NULL, &action, &e) >= 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct buf token = BUF_EMPTY;
	struct span rest = size ? span(data + 1, size - 1) : SPAN_EMPTY;
	uint64_t seconds;

	switch (size ? data[0] : 0) {
	case 'c':
		challenge(rest);
		break;
	case 't':
		(void)wire_token_read(rest, &token, NULL);
		break;
	case 'r':
		refusal(rest);
		break;
	case 'j':
		(void)token_life(rest, &seconds, NULL);
		break;
	case 'd':
		(void)cookie_http_date(rest, &seconds, NULL);
		break;
	}
	return 0;
}
