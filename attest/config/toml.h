/*
 * The part of TOML 1.0 that initdata's envelope needs, strictly: comments, `[table]`, and
 * `key = string` with every form of string. All else (dotted keys, arrays, numbers, dates, inline
 * tables) is an error that says so. What is accepted here means the same to a full TOML parser.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

struct toml {
	struct span text;
	size_t at; /* next byte */
};

enum toml_item {
	TOML_END,   /* the text is over                       */
	TOML_TABLE, /* `[key]`                                */
	TOML_PAIR,  /* `key = value`                          */
};

/*
 * Starts reading `text`, a loan for the life of `ret`. -FAIL_INPUT: not UTF-8, or a control
 * character that TOML forbids (a CR without LF too).
 */
int toml_init(struct toml *ret, struct span text, struct err *e);

/*
 * The next item. `key` and `value` are emptied first and are the caller's; they hold no NUL.
 * -FAIL_INPUT with the line's number; -FAIL_SYS (ENOMEM).
 */
int toml_next(struct toml *t, enum toml_item *ret, struct buf *key, struct buf *value,
	      struct err *e);
