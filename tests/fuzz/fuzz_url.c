/* The broker's URL: what is accepted can be taken apart again in one way only. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/transport/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char again[sizeof(struct url)];
	struct url u, v;
	struct err e = { 0 };

	if (url_parse(span(data, size), &u, &e) < 0)
		return 0;
	if (strpbrk(u.host, "/?#@ ") || strpbrk(u.base, "?#@ \r\n%") || !u.port)
		abort();
	(void)snprintf(again, sizeof(again), "http%s://%s%s", u.tls ? "s" : "", u.authority,
		       u.base);
	if (strlen(again) >= LIMIT_URL_BYTES)
		return 0;
	if (url_parse(span_text(again), &v, &e) < 0 || strcmp(u.host, v.host) != 0 ||
	    strcmp(u.base, v.base) != 0 || u.port != v.port || u.tls != v.tls)
		abort();
	return 0;
}
