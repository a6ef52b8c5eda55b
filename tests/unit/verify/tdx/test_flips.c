/* One accepted quote of each form: bits flipped, every end cut off, every length pushed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/unit/verify/tdx/scene.h"

/* What an altered quote is: refused, or, where type 5 of the certification has become type 1, one
 * without its certificates. */
static bool is_stopped(const struct scene *s, enum verify_decision decision)
{
	if (scene_is_genuine(s) || s->rig.part.outcome.genuine)
		return false;
	return decision == VERIFY_REFUSED ||
	       (decision == VERIFY_UNPROVEN && rig_said(&s->rig, "tdx.pck-missing"));
}

/* Bits of s->made.quote from `from` up to `to`. */
static void flip(struct scene *s, size_t from, size_t to)
{
	AUTO_BUF struct buf copy = BUF_EMPTY;

	cr_assert_eq(buf_append(&copy, buf_view(&s->made.quote), SIZE_MAX, NULL), 0);
	(void)scene_judge_bytes(s, buf_view(&copy));
	cr_assert(scene_is_genuine(s));
	for (size_t bit = 8 * from; bit < 8 * to; bit = flips_next(bit)) {
		copy.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(is_stopped(s, scene_judge_bytes(s, buf_view(&copy))), "bit %zu", bit);
		copy.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void start(struct scene *s, struct quote_spec spec)
{
	scene_init(s, spec);
	s->no_collateral = true;
	scene_make(s);
}

Test(tdx_flips, flipped_bits_of_a_td10_quote_are_refused)
{
	struct scene s;

	start(&s, quote_spec_td10());
	flip(&s, 0, s.made.chain_at);
	scene_done(&s);
}

/* But for the NUL behind them, which may as well be white space. */
Test(tdx_flips, flipped_bits_of_its_certificates_are_refused)
{
	struct scene s;

	start(&s, quote_spec_td10());
	flip(&s, s.made.chain_at, s.made.chain_at + s.made.chain_len - 1);
	scene_done(&s);
}

/* From the QE's report on, all forms are read by the same code. */
Test(tdx_flips, flipped_bits_of_a_td15_quote_before_its_qe_are_refused)
{
	struct scene s;

	start(&s, quote_spec_td15());
	flip(&s, 0, s.made.qe_at);
	scene_done(&s);
}

Test(tdx_flips, flipped_bits_of_an_sgx_quote_before_its_qe_are_refused)
{
	struct scene s;

	start(&s, quote_spec_sgx());
	flip(&s, 0, s.made.qe_at);
	scene_done(&s);
}

/* --- The same of a recorded quote under Intel's root ------------------------------------------ */

#define VECTOR_CHAIN 1258 /* where its certificates begin */
#define VECTOR_BYTES 4936 /* without the padding; the last one is the NUL */

static void start_vector(struct scene *s)
{
	scene_init(s, quote_spec_td10());
	s->made.quote = vector_read("quote-v4-coco-padded.dat");
	s->expects_nothing = true;
}

Test(tdx_flips, flipped_bits_of_a_recorded_quote_are_refused)
{
	struct scene s;

	start_vector(&s);
	flip(&s, 0, VECTOR_CHAIN);
	flip(&s, VECTOR_BYTES, s.made.quote.len);
	scene_done(&s);
}

Test(tdx_flips, flipped_bits_of_its_recorded_certificates_are_refused)
{
	struct scene s;

	start_vector(&s);
	flip(&s, VECTOR_CHAIN, VECTOR_BYTES - 1);
	scene_done(&s);
}

struct recorded {
	char name[32];
};

ParameterizedTestParameters(tdx_flips, flipped_bits_of_other_recorded_quotes_are_refused)
{
	static struct recorded rows[] = { { "quote-v4-debug.dat" }, { "quote-v5.dat" } };

	return cr_make_param_array(struct recorded, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct recorded *row, tdx_flips,
		  flipped_bits_of_other_recorded_quotes_are_refused)
{
	AUTO_BUF struct buf quote = vector_read(row->name);
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.expects_nothing = true;
	(void)scene_judge_bytes(&s, buf_view(&quote));
	cr_assert(scene_is_genuine(&s));
	for (size_t bit = 0; bit < 8 * (quote.len - 1); bit = flips_next_of(bit, 4)) {
		quote.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(is_stopped(&s, scene_judge_bytes(&s, buf_view(&quote))), "bit %zu", bit);
		quote.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	scene_done(&s);
}

/* Cut within the padding it is whole; anywhere before that it is not. */
Test(tdx_flips, no_end_of_a_recorded_quote_can_be_cut_off)
{
	struct scene s;

	start_vector(&s);
	for (size_t len = 0; len <= s.made.quote.len; len++) {
		(void)scene_judge_bytes(&s, span(s.made.quote.at, len));
		cr_assert_eq(scene_is_genuine(&s), len >= VECTOR_BYTES, "%zu bytes", len);
	}
	scene_done(&s);
}

/* --- Ends ------------------------------------------------------------------------------------- */

struct form {
	uint16_t version;
};

ParameterizedTestParameters(tdx_flips, no_end_of_a_quote_can_be_cut_off)
{
	static struct form rows[] = { { 3 }, { 4 }, { 5 } };

	return cr_make_param_array(struct form, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form *f, tdx_flips, no_end_of_a_quote_can_be_cut_off)
{
	struct scene s;

	scene_init(&s, f->version == 3	 ? quote_spec_sgx()
		       : f->version == 4 ? quote_spec_td10()
					 : quote_spec_td15());
	scene_make(&s);
	for (size_t len = 0; len < s.made.quote.len; len++) {
		cr_assert_eq(scene_judge_bytes(&s, span(s.made.quote.at, len)), VERIFY_REFUSED);
		cr_assert_not(scene_is_genuine(&s), "%zu bytes", len);
	}
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&s.made.quote)), VERIFY_ACCEPTED);
	scene_done(&s);
}

/* --- Lengths ---------------------------------------------------------------------------------- */

static int64_t *length_of(struct quote_spec *s, int which)
{
	int64_t *const all[] = { &s->body_size_delta, &s->auth_len_delta, &s->outer_size_delta,
				 &s->qe_data_len_delta, &s->cert_size_delta };

	return all[which];
}

/* As they are written, these wrap around in 16 or 32 bits, miss by one, or reach to the end. */
static const int64_t pushes[] = { 1,	   -1,	       2,	   -2,	      4,
				  -4,	   32,	       -32,	   64,	      -64,
				  128,	   1000,       0x7fff,	   0x8000,    0xffff,
				  0x10000, 0x7fffffff, 0x80000000, 0xffffffff };

static void push(struct scene *s, uint16_t version)
{
	int64_t *const auth = &s->spec.auth_len_delta;

	for (int which = version == 5 ? 0 : 1; which < 5; which++)
		for (size_t i = 0; i < sizeof(pushes) / sizeof(*pushes); i++) {
			int64_t *length = length_of(&s->spec, which);
			uint64_t bits = which == 3 ? 0xffff : 0xffffffff;

			/* Adding a whole turn changes nothing as written. */
			if (!((uint64_t)pushes[i] & bits) || (version == 3 && which == 2))
				continue;
			*length = pushes[i];
			cr_assert_eq(scene_judge(s), VERIFY_REFUSED, "length %d, %+lld", which,
				     (long long)pushes[i]);
			cr_assert_not(scene_is_genuine(s));
			*length = 0;
		}
	/* Lengths that lie together: the outer ones grow over bytes that nothing uses. */
	s->spec.auth_extra = 8;
	cr_expect_eq(scene_judge(s), VERIFY_REFUSED);
	s->spec.outer_size_delta = 8;
	cr_expect_eq(scene_judge(s), VERIFY_REFUSED);
	/* Left out of the whole they are padding, unless a length inside counts them. */
	*auth = -8;
	cr_expect_eq(scene_judge(s), version == 3 ? VERIFY_ACCEPTED : VERIFY_REFUSED);
	s->spec.auth_extra = 0;
	s->spec.outer_size_delta = 0;
	*auth = 0;
	cr_expect_eq(scene_judge(s), VERIFY_ACCEPTED);
}

ParameterizedTestParameters(tdx_flips, no_length_can_be_pushed)
{
	static struct form rows[] = { { 3 }, { 4 }, { 5 } };

	return cr_make_param_array(struct form, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form *f, tdx_flips, no_length_can_be_pushed)
{
	struct scene s;

	scene_init(&s, f->version == 3	 ? quote_spec_sgx()
		       : f->version == 4 ? quote_spec_td10()
					 : quote_spec_td15());
	push(&s, f->version);
	scene_done(&s);
}
