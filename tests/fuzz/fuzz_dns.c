/* DNS answers to a fixed question, of either type; and resolv.conf. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/net/dns.h"
#include "attest/net/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer_to(struct span message, uint16_t type)
{
	struct dns_address a = { .is_found = false };
	struct dns_query q;
	struct err e = { 0 };

	if (dns_query("a.b", 0x1234, type, &q, &e) < 0)
		abort();
	if (dns_answer(message, &q, &a, &e) == 0 && a.is_found &&
	    a.len != (type == DNS_TYPE_A ? 4U : 16U))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nameservers n = { .count = 0 };

	answer_to(span(data, size), DNS_TYPE_A);
	answer_to(span(data, size), DNS_TYPE_AAAA);
	resolve_read_conf(span(data, size), &n);
	return 0;
}
