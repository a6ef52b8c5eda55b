#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

int err_set(struct err *e, enum err_kind kind, int sys, const char *where, const char *format, ...)
{
	va_list args;

	if (!e)
		return -(int)kind;
	e->kind = kind;
	e->sys = sys;
	e->where = where;
	va_start(args, format);
	(void)vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	keep_printable(e->text);
	return -(int)kind;
}

int err_add(struct err *e, const char *format, ...)
{
	char text[sizeof(e->text)];
	size_t len, rest;
	va_list args;

	if (!e || !e->kind)
		return -FAIL_BUG;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (len > sizeof(text) - 3)
		len = sizeof(text) - 3;
	rest = strnlen(e->text, sizeof(text) - 3 - len);
	memmove(e->text + len + 2, e->text, rest);
	memcpy(e->text, text, len);
	memcpy(e->text + len, ": ", 2);
	e->text[len + 2 + rest] = 0;
	keep_printable(e->text);
	return -(int)e->kind;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[FAIL_AGAIN] = "again",	  [FAIL_INPUT] = "input",   [FAIL_LIMIT] = "limit",
		[FAIL_DENIED] = "denied", [FAIL_FORGED] = "forged", [FAIL_SYS] = "sys",
		[FAIL_BUG] = "bug",
	};

	return kind >= FAIL_AGAIN && kind <= FAIL_BUG ? names[kind] : "unknown";
}
