/* UEFI_VARIABLE_DATA, and the lists of keys inside. Spec: TCG PC Client Platform Firmware Profile,
 * 10.2.6 (UEFI_VARIABLE_DATA); UEFI, 32.4.1 (EFI_SIGNATURE_LIST). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define GUID_BYTES	16
#define GUID_TEXT_BYTES 37 /* with its terminator */

/* Spans are loans of the event's data. */
struct tcg_variable {
	const uint8_t *vendor; /* GUID_BYTES, as UEFI stores them */
	struct span name;      /* UTF-16LE, no terminator         */
	struct span data;
};

/* To the last byte. -FAIL_INPUT. */
int tcg_variable_parse(struct span data, struct tcg_variable *ret, struct err *e);

/* Exactly this name, of ASCII letters, under EFI's global GUID. */
bool tcg_variable_is_global(const struct tcg_variable *v, const char *name);

/* One EFI_SIGNATURE_LIST. */
struct tcg_siglist {
	const uint8_t *type; /* GUID_BYTES                                      */
	size_t each;	     /* bytes of an entry: 16 of its owner, then data    */
	struct span entries; /* a multiple of `each`                            */
};

/* Takes a list off the front of a db's or dbx's contents. Its header is skipped, and its sizes must
 * divide. -FAIL_INPUT. */
int tcg_siglist_take(struct span *from, struct tcg_siglist *ret, struct err *e);

/* 8be4df61-93ca-11d2-aa0d-00e098032b8c: the first three fields are little-endian. */
void tcg_guid_text(const uint8_t guid[static GUID_BYTES], char ret[static GUID_TEXT_BYTES]);

/* Printable ASCII of UTF-16LE or of bytes up to a NUL, '?' for the rest; at most `size` - 1. */
void tcg_utf16_text(struct span utf16, char *ret, size_t size);
void tcg_ascii_text(struct span bytes, char *ret, size_t size);
