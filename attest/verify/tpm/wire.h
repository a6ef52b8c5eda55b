/* Big-endian numbers and TPM2B, taken off the front of hostile bytes. False when they run short;
 * then nothing was taken. Spec: TPM 2.0 part 2, 4.2, 10.4. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/bytes.h"

static inline bool wire_u64(struct span *from, size_t len, uint64_t *ret)
{
	struct span bytes;
	uint64_t value = 0;

	if (!bytes_take(from, len, &bytes))
		return false;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes.at[i];
	*ret = value;
	return true;
}

static inline bool wire_u32(struct span *from, uint32_t *ret)
{
	uint64_t value;

	if (!wire_u64(from, 4, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static inline bool wire_u16(struct span *from, uint16_t *ret)
{
	uint64_t value;

	if (!wire_u64(from, 2, &value))
		return false;
	*ret = (uint16_t)value;
	return true;
}

static inline bool wire_u8(struct span *from, uint8_t *ret)
{
	uint64_t value;

	if (!wire_u64(from, 1, &value))
		return false;
	*ret = (uint8_t)value;
	return true;
}

/* u16 size, and as many bytes, `limit` at most. */
static inline bool wire_2b(struct span *from, size_t limit, struct span *ret)
{
	struct span rest = *from;
	uint16_t len;

	if (!wire_u16(&rest, &len) || len > limit || !bytes_take(&rest, len, ret))
		return false;
	*from = rest;
	return true;
}
