#include "tests/unit/api/shake.h"

#define RATE 168

static uint64_t rotate(uint64_t v, unsigned int n)
{
	return n ? v << n | v >> (64 - n) : v;
}

static void theta(uint64_t *a)
{
	uint64_t c[5];

	for (int x = 0; x < 5; x++)
		c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
	for (int i = 0; i < 25; i++)
		a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
}

static void rho_pi_chi(uint64_t *a)
{
	uint64_t b[25];
	int x = 1, y = 0;

	b[0] = a[0];
	for (unsigned int t = 0; t < 24; t++) {
		int next_y = (2 * x + 3 * y) % 5;

		b[y + 5 * next_y] = rotate(a[x + 5 * y], (t + 1) * (t + 2) / 2 % 64);
		x = y;
		y = next_y;
	}
	for (int i = 0; i < 25; i++)
		a[i] = b[i] ^ (~b[i / 5 * 5 + (i + 1) % 5] & b[i / 5 * 5 + (i + 2) % 5]);
}

/* The round constants come out of the LFSR of FIPS 202, 3.2.5. */
static void keccak(uint64_t *a)
{
	uint8_t lfsr = 1;

	for (int round = 0; round < 24; round++) {
		theta(a);
		rho_pi_chi(a);
		for (int j = 0; j < 7; j++) {
			if (lfsr & 1)
				a[0] ^= 1ULL << ((1 << j) - 1);
			lfsr = (uint8_t)(lfsr << 1 ^ (lfsr >> 7 ? 0x71 : 0));
		}
	}
}

static void mix(struct shake *s, uint8_t byte)
{
	s->lanes[s->at / 8] ^= (uint64_t)byte << s->at % 8 * 8;
}

void shake_absorb(struct shake *s, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	while (len--) {
		mix(s, *from++);
		if (++s->at == RATE) {
			keccak(s->lanes);
			s->at = 0;
		}
	}
}

void shake_squeeze(struct shake *s, void *ret, size_t len)
{
	uint8_t *to = ret;

	if (!s->is_squeezing) {
		mix(s, 0x1f);
		s->at = RATE - 1;
		mix(s, 0x80);
		s->at = RATE;
		s->is_squeezing = 1;
	}
	while (len--) {
		if (s->at == RATE) {
			keccak(s->lanes);
			s->at = 0;
		}
		*to++ = (uint8_t)(s->lanes[s->at / 8] >> s->at % 8 * 8);
		s->at++;
	}
}
