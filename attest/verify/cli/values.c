#include "attest/verify/cli/values.h"

#include <stdbool.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "attest/verify/verify.h"
#include "attest/verify/x509/certs.h"
#include "base/b64.h"
#include "base/clock.h"

static bool is_hex(const char *text)
{
	return *text && text[strspn(text, "0123456789abcdefABCDEF")] == 0;
}

static int read_hex(const char *option, const char *text, size_t limit, struct buf *ret,
		    struct err *e)
{
	size_t len = strlen(text) / 2;

	if (len > limit)
		return FAIL(e, FAIL_LIMIT, "%s: more than %zu bytes", option, limit);
	if (buf_reserve(ret, len, e) < 0)
		return err_add(e, "%s", option);
	if (hex_bytes(text, option, ret->at, len, e) < 0)
		return -(int)FAIL_INPUT;
	ret->len = len;
	return 0;
}

static int read_b64(const char *option, const char *text, size_t limit, struct buf *ret,
		    struct err *e)
{
	bool is_url = strpbrk(text, "-_") || strlen(text) % 4;
	int failed = b64_decode(is_url ? B64_URL : B64_STANDARD, span_text(text), limit, ret, e);

	return failed ? err_add(e, "%s: as base64", option) : 0;
}

int value_bytes(const char *option, const char *text, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	int failed;

	if (!strncmp(text, "hex:", 4))
		failed = read_hex(option, text + 4, limit, &bytes, e);
	else if (!strncmp(text, "b64:", 4))
		failed = read_b64(option, text + 4, limit, &bytes, e);
	else if (is_hex(text) && strlen(text) % 2)
		failed = FAIL(
			e, FAIL_INPUT,
			"%s: hexadecimal digits, and an odd number of them; b64: in front says "
			"that it is base64",
			option);
	else if (is_hex(text))
		failed = read_hex(option, text, limit, &bytes, e);
	else
		failed = read_b64(option, text, limit, &bytes, e);
	if (failed)
		return failed;
	if (!bytes.len)
		return FAIL(e, FAIL_INPUT, "%s: no byte in it", option);
	*ret = buf_take(&bytes);
	return 0;
}

int value_time(const char *option, const char *text, int64_t *ret, struct err *e)
{
	if (!text) {
		*ret = clock_wall();
		return 0;
	}
	if (!strcmp(text, "none")) {
		*ret = VERIFY_NO_CLOCK;
		return 0;
	}
	if (time_parse(text, ret, e) < 0)
		return FAIL(e, FAIL_INPUT, "%s: \"%.40s\" is not a time like 2026-11-23T12:00:00Z",
			    option, text);
	return 0;
}
