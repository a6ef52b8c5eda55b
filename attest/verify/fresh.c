#include <openssl/crypto.h>

#include "attest/verify/context.h"

void judge_fresh(const struct context *c, const struct part *p)
{
	const struct outcome *o = &p->outcome;

	if (p->expect.unknown)
		return;
	if (!p->expect.asked) {
		verdict_say(c->verdict, p->index, FRESH_NOT_ASKED,
			    "no nonce and no report data was asked for");
		return;
	}
	if (o->data_len != p->expect.len ||
	    CRYPTO_memcmp(o->data, p->expect.at, p->expect.len) != 0) {
		verdict_say(c->verdict, p->index, FRESH_OTHER,
			    "signed %02x%02x%02x%02x... (%zu bytes), expected %02x%02x%02x%02x... "
			    "(%zu bytes)",
			    o->data[0], o->data[1], o->data[2], o->data[3], o->data_len,
			    p->expect.at[0], p->expect.at[1], p->expect.at[2], p->expect.at[3],
			    p->expect.len);
		return;
	}
	verdict_say(c->verdict, p->index, FRESH_ANSWERS, "%zu bytes, as expected", o->data_len);
}
