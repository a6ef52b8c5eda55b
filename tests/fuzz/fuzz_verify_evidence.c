/* Whatever is handed to sealverify: recognised, taken apart, judged and shown. The first byte picks
 * the form that the caller names, so that forced readings are met too. */
#include <stdlib.h>

#include "attest/verify/verify.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct verify_request *r)
{
	struct verify_verdict *verdict = NULL;
	struct buf json = BUF_EMPTY;

	if (!verify_evidence(r, &verdict, NULL)) {
		/* Nothing in here was signed by a pinned root. */
		if (verify_decision(verdict) == VERIFY_ACCEPTED)
			abort();
		if (verify_json(verdict, &json, NULL))
			abort();
	}
	verify_free(verdict);
	buf_done(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verify_file file = { "input", SPAN_EMPTY };
	struct verify_request r = { .files = &file, .file_count = 1, .at = VERIFY_NO_CLOCK };
	struct buf shown = BUF_EMPTY;

	if (!size)
		return 0;
	r.form = (enum verify_form)(data[0] % (VERIFY_LOG + 1));
	file.bytes = span(data + 1, size - 1);
	r.nonce = span_text("0123456789abcdef0123456789abcdef");
	judge(&r);
	(void)verify_show(&r, &shown, NULL);
	buf_done(&shown);
	return 0;
}
