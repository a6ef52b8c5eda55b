#include "attest/verify/x509/openssl.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_out_of_memory(void)
{
	bool found = false;
	unsigned long code;

	while ((code = ERR_get_error()))
		found |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return found;
}

int openssl_fail(struct err *e, enum err_kind kind, const char *format, ...)
{
	char text[sizeof(e->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (is_out_of_memory())
		return FAIL(e, FAIL_SYS, "%s: no memory", text);
	return FAIL(e, kind, "%s", text);
}
