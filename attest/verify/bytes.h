/* Numbers and runs of bytes, taken off the front of hostile bytes. False when they run short; then
 * nothing was taken. Little-endian, as all but a TPM writes (tpm/wire.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

static inline uint16_t le16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t le32(const uint8_t *at)
{
	return (uint32_t)le16(at) | (uint32_t)le16(at + 2) << 16;
}

static inline uint64_t le64(const uint8_t *at)
{
	return (uint64_t)le32(at) | (uint64_t)le32(at + 4) << 32;
}

static inline bool bytes_take(struct span *from, size_t len, struct span *ret)
{
	if (from->len < len)
		return false;
	*ret = span(from->at, len);
	*from = span(len ? from->at + len : from->at, from->len - len);
	return true;
}

static inline bool bytes_u64(struct span *from, uint64_t *ret)
{
	struct span number;

	if (!bytes_take(from, 8, &number))
		return false;
	*ret = le64(number.at);
	return true;
}

static inline bool bytes_u32(struct span *from, uint32_t *ret)
{
	struct span number;

	if (!bytes_take(from, 4, &number))
		return false;
	*ret = le32(number.at);
	return true;
}

static inline bool bytes_u16(struct span *from, uint16_t *ret)
{
	struct span number;

	if (!bytes_take(from, 2, &number))
		return false;
	*ret = le16(number.at);
	return true;
}

static inline bool bytes_u8(struct span *from, uint8_t *ret)
{
	struct span number;

	if (!bytes_take(from, 1, &number))
		return false;
	*ret = number.at[0];
	return true;
}

/* u32 size, and as many bytes. */
static inline bool bytes_sized(struct span *from, struct span *ret)
{
	struct span rest = *from;
	uint32_t len;

	if (!bytes_u32(&rest, &len) || !bytes_take(&rest, len, ret))
		return false;
	*from = rest;
	return true;
}

static inline bool bytes_are_zero(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i])
			return false;
	return true;
}
