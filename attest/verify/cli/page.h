/*
 * Text for a person, line by line: wrapped, and without a byte that a terminal would obey. What is
 * no printable ASCII becomes '?', a newline too, so that nothing outside can make a line of its
 * own.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

#define PAGE_WIDTH 79

/* The first failure is kept in `failed` and `e`, and what follows it does nothing. */
struct page {
	struct buf *out;
	size_t column;
	int failed;
	struct err *e;
};

/* At most 511 bytes. */
void page_put(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Of any length. */
void page_text(struct page *p, const char *text);

/* Blanks up to that column; at least one if the line is there already. */
void page_column(struct page *p, size_t column);

/* Words from here on, in further lines from `indent`; a word longer than a line stays whole. Ends
 * the line. */
void page_wrap(struct page *p, size_t indent, const char *text);

void page_end_line(struct page *p);
