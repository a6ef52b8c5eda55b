#include "api/ctl/nonce.h"

#include <string.h>

#include "api/ctl/input.h"
#include "base/b64.h"

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c | 0x20);
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static int read_hex(const char *text, struct buf *ret, struct err *e)
{
	int high, low, rc = 0;
	uint8_t byte;

	for (; text[0] != '\0' && rc == 0; text += 2) {
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return FAIL(e, FAIL_INPUT, "not pairs of hexadecimal digits");
		byte = (uint8_t)(high << 4 | low);
		rc = buf_append(ret, span(&byte, 1), LIMIT_NONCE_BYTES, e);
	}
	return rc;
}

static int read_file(const char *path, struct buf *ret, struct err *e)
{
	AUTO_INPUT struct input in = INPUT_EMPTY;
	uint8_t bytes[LIMIT_NONCE_BYTES];
	int rc;

	rc = input_open(path, LIMIT_NONCE_BYTES, &in, e);
	if (rc == 0)
		rc = input_read(&in, 0, bytes, (size_t)in.len, e);
	if (rc == 0)
		rc = buf_append(ret, span(bytes, (size_t)in.len), LIMIT_NONCE_BYTES, e);
	return rc;
}

int nonce_read(const struct args *args, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf nonce = BUF_EMPTY;
	int rc;

	if (args_has(args, OPTION_NONCE))
		rc = b64_decode(B64_STANDARD, span_text(args->nonce), LIMIT_NONCE_BYTES, &nonce, e);
	else if (args_has(args, OPTION_NONCE_HEX))
		rc = read_hex(args->nonce, &nonce, e);
	else if (args_has(args, OPTION_NONCE_FILE))
		rc = read_file(args->nonce, &nonce, e);
	else
		return FAIL(e, FAIL_INPUT,
			    "a nonce is missing: --nonce, --nonce-hex or --nonce-file");
	if (rc < 0)
		return err_add(e, "nonce");
	if (nonce.len == 0)
		return FAIL(e, FAIL_INPUT, "the nonce is empty");
	*ret = buf_take(&nonce);
	return 0;
}
