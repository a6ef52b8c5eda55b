#include "attest/verify/tpm/claims.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

int tpm_claim_hex(cJSON *object, const char *name, struct span bytes, struct err *e)
{
	AUTO_FREE char *text = malloc(2 * bytes.len + 1);

	if (!text)
		return FAIL_ERRNO(e, "%s", name);
	digest_hex(bytes, text);
	return json_add_text(object, name, text, e);
}
