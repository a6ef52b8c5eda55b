/* SHAKE-128 (FIPS 202) as a stream: OpenSSL 3.0 squeezes only once. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct shake {
	uint64_t lanes[25];
	size_t at; /* of the rate's bytes */
	int is_squeezing;
};

/* All zero to begin with. Absorb, then squeeze. */
void shake_absorb(struct shake *s, const void *bytes, size_t len);
void shake_squeeze(struct shake *s, void *ret, size_t len);
