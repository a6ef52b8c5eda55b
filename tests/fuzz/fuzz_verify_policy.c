/* Policies: ours, Trustee's reference values, and the message that registers them. */
#include <stdint.h>

#include "attest/verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verify_policy *p = NULL;
	struct err e = { 0 };

	if (verify_policy_parse(span(data, size), &p, &e) == 0)
		verify_policy_free(p);
	return 0;
}
