#include "attest/verify/x509/pem.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/x509/openssl.h"
#include "base/b64.h"

static void skip_white(struct span *rest)
{
	while (rest->len && rest->at[0] && strchr(" \t\r\n", rest->at[0]))
		*rest = span(rest->at + 1, rest->len - 1);
}

/* The next line without its end, LF or CRLF; the last one may lack it. */
static struct span line_next(struct span *rest)
{
	bool has_end = span_has(*rest, '\n');
	struct span line = span_cut(rest, '\n');

	if (has_end && line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* True for "-----<word> <label>-----"; the last line of all may bear a NUL. */
static bool is_border(struct span line, const char *word, const char *label)
{
	char want[64];
	int len = snprintf(want, sizeof(want), "-----%s %s-----", word, label);

	return len > 0 && (size_t)len < sizeof(want) &&
	       span_is_equal(line, span(want, (size_t)len));
}

int pem_next(struct span *rest, const char *label, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed;

	skip_white(rest);
	if (!rest->len || (rest->len == 1 && !rest->at[0]))
		return 0;
	if (!is_border(line_next(rest), "BEGIN", label))
		return FAIL(e, FAIL_INPUT, "PEM: no line \"-----BEGIN %s-----\"", label);
	for (;;) {
		struct span line;
		bool last;

		if (!rest->len)
			return FAIL(e, FAIL_INPUT, "PEM: no line \"-----END %s-----\"", label);
		last = !span_has(*rest, '\n');
		line = line_next(rest);
		if (last && line.len && !line.at[line.len - 1])
			line.len--;
		if (is_border(line, "END", label))
			break;
		failed = buf_append(&text, line, limit + limit / 2 + 4, e);
		if (failed)
			return FAIL_IN(failed, e, "PEM");
	}
	failed = b64_decode(B64_STANDARD, buf_view(&text), limit, ret, e);
	if (failed)
		return FAIL_IN(failed, e, "PEM");
	return 1;
}
