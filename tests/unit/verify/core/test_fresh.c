#include <criterion/criterion.h>

#include "tests/unit/verify/rig.h"

/* Of a part that signed 64 bytes of 0x5a. */
static int fake_verify(const struct context *c, struct part *p, struct err *e)
{
	(void)e;
	p->outcome.data_len = 64;
	memset(p->outcome.data, 0x5a, 64);
	judge_fresh(c, p);
	return 0;
}

static enum verify_word freshness(const struct expect *x)
{
	struct rig r;
	enum verify_word w;

	rig_init(&r, PART_SNP);
	r.part.expect = *x;
	(void)rig_run(&r, fake_verify, SPAN_EMPTY);
	w = rig_word(&r, VERIFY_FRESH);
	rig_done(&r);
	return w;
}

Test(fresh, is_what_answers_the_expected_bytes)
{
	struct expect x = { .asked = true, .len = 64 };

	memset(x.at, 0x5a, 64);
	cr_expect_eq(freshness(&x), VERIFY_FRESH_YES);
}

Test(fresh, is_not_asked_when_nobody_asked)
{
	struct expect x = { .asked = false, .len = 64 };

	memset(x.at, 0x5a, 64);
	cr_expect_eq(freshness(&x), VERIFY_FRESH_NOT_ASKED);
}

Test(fresh, is_not_what_differs_in_one_bit)
{
	for (int bit = 0; bit < 512; bit++) {
		struct expect x = { .asked = true, .len = 64 };

		memset(x.at, 0x5a, 64);
		x.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_eq(freshness(&x), VERIFY_FRESH_NO, "bit %d", bit);
	}
}

Test(fresh, is_not_what_has_another_length)
{
	static const size_t lengths[] = { 0, 1, 32, 48, 63 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct expect x = { .asked = true, .len = lengths[i] };

		memset(x.at, 0x5a, lengths[i]);
		cr_expect_eq(freshness(&x), VERIFY_FRESH_NO, "%zu", lengths[i]);
	}
}
