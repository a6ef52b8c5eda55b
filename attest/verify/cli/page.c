#include "attest/verify/cli/page.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

static void append(struct page *p, const char *text, size_t len)
{
	if (!p->failed)
		p->failed = buf_append(p->out, span(text, len), LIMIT_VERIFY_JSON_BYTES, p->e);
}

static void put(struct page *p, const char *text, size_t len)
{
	char clean[128];

	while (len && !p->failed) {
		size_t n = len < sizeof(clean) ? len : sizeof(clean);

		for (size_t i = 0; i < n; i++)
			clean[i] = (char)(text[i] >= 0x20 && text[i] <= 0x7e ? text[i] : '?');
		append(p, clean, n);
		p->column += n;
		text += n;
		len -= n;
	}
}

void page_text(struct page *p, const char *text)
{
	put(p, text, strlen(text));
}

void page_put(struct page *p, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_text(p, text);
}

void page_end_line(struct page *p)
{
	append(p, "\n", 1);
	p->column = 0;
}

void page_column(struct page *p, size_t column)
{
	if (p->column && p->column >= column)
		put(p, " ", 1);
	while (p->column < column && !p->failed)
		put(p, " ", 1);
}

void page_wrap(struct page *p, size_t indent, const char *text)
{
	bool is_start = true;

	while (*text && !p->failed) {
		size_t len = strcspn(text, " ");

		if (!is_start && p->column + 1 + len > PAGE_WIDTH)
			page_end_line(p);
		if (!p->column)
			page_column(p, indent);
		else if (!is_start)
			put(p, " ", 1);
		put(p, text, len);
		is_start = false;
		text += len;
		text += strspn(text, " ");
	}
	page_end_line(p);
}
