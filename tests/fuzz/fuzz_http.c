/* An HTTP answer: fed in one piece and byte by byte, it is the same answer or the same refusal. */
#include <stdint.h>
#include <stdlib.h>

#include "attest/broker/cookie.h"
#include "attest/transport/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(struct answer *a, struct span bytes, size_t step)
{
	int failed = 0;

	while (bytes.len && !failed) {
		size_t n = bytes.len < step ? bytes.len : step;

		failed = answer_take(a, span(bytes.at, n), NULL);
		bytes = span(bytes.at + n, bytes.len - n);
	}
	return failed ? failed : answer_end(a, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ANSWER struct answer whole = { 0 }, pieces = { 0 };
	struct cookie cookie;
	bool found;
	int failed = feed(&whole, span(data, size), size ? size : 1);

	if (failed != feed(&pieces, span(data, size), 1))
		abort();
	if (failed)
		return 0;
	if (whole.status != pieces.status || whole.status < 200 || whole.status > 599 ||
	    !span_is_equal(buf_view(&whole.fields), buf_view(&pieces.fields)) ||
	    !span_is_equal(buf_view(&whole.body), buf_view(&pieces.body)))
		abort();
	(void)answer_field(&whole, "location", 0);
	(void)cookie_read(&whole, &cookie, &found, NULL);
	return 0;
}
