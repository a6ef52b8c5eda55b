/* Layout: what breaks its own specification is refused before anything is asked of it. */
#include <criterion/criterion.h>

#include "tests/unit/verify/gpu/device_rig.h"

#define RECORD_BYTES (64 * 55)
#define COUNT_AT     41

static void expect_format(const char *id, const char *what, const struct gpu_spec *s)
{
	struct device_rig r;

	device_rig_init(&r, s);
	(void)device_run(&r);
	row_print(id, what, r.rig.context.verdict);
	cr_expect(rig_said(&r.rig, "gpu.format"), "%s: %s", what,
		  verify_finding(r.rig.context.verdict, 0).text);
	cr_expect(rig_word(&r.rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED, "%s", what);
	cr_expect(verify_finding_count(r.rig.context.verdict) == 1, "%s", what);
	device_rig_done(&r);
}

static void expect_good(const char *what, const struct gpu_spec *s)
{
	const char *code = "";

	cr_expect(device_genuine(s, &code) == VERIFY_GENUINE_TEST, "%s: %s", what, code);
}

/* --- Row 2: lengths --------------------------------------------------------------------------- */

Test(report, refuses_every_truncation)
{
	for (enum gpu_chip chip = GPU_GH100; chip <= GPU_LS10; chip++) {
		struct gpu_spec s = gpu_spec(chip);
		struct device_rig r;

		device_rig_init(&r, &s);
		for (size_t len = 0; len < r.made.report_len; len++) {
			(void)device_run_bytes(&r, span(r.made.report.at, len));
			cr_assert(rig_said(&r.rig, "gpu.format"), "%zu bytes", len);
		}
		row_print("2", "cut at every length", r.rig.context.verdict);
		device_rig_done(&r);
	}
}

/* One number of a good report at a time, written over. */
static void push_number(struct device_rig *r, size_t at, size_t len, uint64_t value)
{
	uint8_t held[8];

	memcpy(held, r->made.report.at + at, len);
	for (size_t i = 0; i < len; i++)
		r->made.report.at[at + i] = (uint8_t)(value >> 8 * i);
	if (memcmp(held, r->made.report.at + at, len) != 0) {
		(void)device_run(r);
		cr_assert(rig_word(&r->rig, VERIFY_GENUINE) == VERIFY_GENUINE_FORGED,
			  "%zu bytes at %zu", len, at);
	}
	memcpy(r->made.report.at + at, held, len);
}

Test(report, refuses_other_counts_and_lengths_written_over)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct device_rig r;

	device_rig_init(&r, &s);
	for (uint64_t value = 0; value <= 0xff; value++)
		push_number(&r, COUNT_AT, 1, value);
	for (uint64_t value = 0; value <= 0xffffff; value += value < 4000 ? 1 : 9973)
		push_number(&r, COUNT_AT + 1, 3, value);
	push_number(&r, COUNT_AT + 1, 3, 0xffffff);
	for (uint64_t value = 0; value <= 0xffff; value += value < 700 ? 1 : 97)
		push_number(&r, r.made.opaque_at - 2, 2, value);
	push_number(&r, r.made.opaque_at - 2, 2, 0xffff);
	row_print("2", "counts and lengths written over", r.rig.context.verdict);
	device_rig_done(&r);
}

Test(report, refuses_lengths_that_do_not_add_up)
{
	static const int64_t deltas[] = { -1, 1, -55, 55, 0x10000, 0xffffff - RECORD_BYTES };

	for (size_t i = 0; i < sizeof(deltas) / sizeof(*deltas); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		s.record_len_delta = deltas[i];
		expect_format("2", "measurement record length pushed", &s);
	}
	for (size_t i = 0; i < gpu_spec(GPU_GH100).field_count; i++)
		for (int delta = -1; delta <= 1; delta += 2) {
			struct gpu_spec s = gpu_spec(GPU_GH100);

			s.fields[i].len_delta = delta;
			expect_format("2", "opaque field's length pushed", &s);
		}
}

/* --- Row 4: heads ----------------------------------------------------------------------------- */

Test(report, refuses_other_heads)
{
	static const struct {
		bool is_response;
		size_t at;
		uint8_t value;
		const char *what;
	} rows[] = {
		{ false, 0, 0x12, "request of SPDM 1.2" },
		{ false, 1, 0x60, "request with the response's code" },
		{ false, 2, 0x00, "request without signature" },
		{ false, 2, 0x03, "request for raw values" },
		{ false, 3, 0xfe, "request for one measurement" },
		{ true, 0, 0x10, "response of SPDM 1.0" },
		{ true, 0, 0x12, "response of SPDM 1.2" },
		{ true, 1, 0xe0, "response with the request's code" },
		{ true, 2, 0x01, "response with a parameter" },
		{ true, 3, 0x01, "response of another slot" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		(rows[i].is_response ? s.response : s.request)[rows[i].at] = rows[i].value;
		expect_format("4", rows[i].what, &s);
	}
}

/* --- Row 5: blocks ---------------------------------------------------------------------------- */

static void set_blocks(struct gpu_spec *s, size_t count)
{
	for (size_t i = s->block_count; i < count; i++) {
		s->blocks[i] = s->blocks[0];
		s->blocks[i].index = (uint8_t)(i + 1);
	}
	s->block_count = count;
}

Test(report, refuses_other_counts_of_blocks)
{
	static const size_t counts[] = { 0, 1, 30, 32, 63, 65 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		set_blocks(&s, counts[i]);
		expect_format("5", "0, 1, 30, 32, 63 or 65 blocks", &s);
	}
}

Test(report, refuses_blocks_of_another_form)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	s.blocks[5].index = 5;
	expect_format("5", "block index twice", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[0].index = 0;
	expect_format("5", "block index from 0", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[3].index = 5;
	s.blocks[4].index = 4;
	expect_format("5", "block indices out of order", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[63].value_size = 32;
	expect_format("5", "value of 32 bytes", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[63].value_size = 32;
	s.blocks[63].size = 35;
	expect_format("5", "value of 32 bytes, and its block", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[63].size = 52;
	expect_format("5", "block of 52 bytes", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[63].value_size = 0xffff;
	expect_format("5", "value of 65535 bytes", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[7].type = 0x81;
	expect_format("5", "raw value (bit 7 of the type)", &s);
	s = gpu_spec(GPU_GH100);
	s.blocks[7].specification = 0;
	expect_format("5", "measurement of no specification", &s);
}

/* --- Row 6: opaque data ----------------------------------------------------------------------- */

Test(report, refuses_opaque_fields_it_should_not_have)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	gpu_append(&s, 3, "550.90.07", 10);
	expect_format("6", "field 3 twice", &s);
	s = gpu_spec(GPU_GH100);
	gpu_append(&s, 200, "x", 1);
	expect_format("6", "field 200", &s);
	s = gpu_spec(GPU_GH100);
	gpu_append(&s, 255, "", 0);
	expect_format("6", "field 255", &s);
	s = gpu_spec(GPU_GH100);
	gpu_append(&s, 0, "", 0);
	expect_format("6", "field 0", &s);
	s = gpu_spec(GPU_GH100);
	gpu_append(&s, 25, "\1\0", 2);
	expect_format("6", "a switch's field on a GPU", &s);
	s = gpu_spec(GPU_LS10);
	gpu_append(&s, 3, "550.90.07", 10);
	expect_format("6", "a GPU's field on a switch", &s);
	s = gpu_spec(GPU_GH100);
	gpu_set(&s, 34, "\2\0", 2);
	expect_format("6", "opaque data of version 2", &s);
	s = gpu_spec(GPU_GH100);
	gpu_set(&s, 34, "\1\0\0\0\0\0\0\1", 8);
	expect_format("6", "opaque data of version 2^56 + 1", &s);
	s = gpu_spec(GPU_GH100);
	gpu_set(&s, 36, "\2\0\1", 3);
	expect_format("6", "feature flag over 16 bits", &s);
}

Test(report, refuses_opaque_fields_of_another_size_or_form)
{
	static const struct {
		uint16_t id, len;
		char at[40];
		const char *what;
	} rows[] = {
		{ 20, 0, "", "firmware id of no bytes" },
		{ 21, 2, "\x55\x55", "status of 2 bytes" },
		{ 21, 1, "\x00", "status 0x00" },
		{ 21, 1, "\xab", "status 0xab" },
		{ 11, 0, "", "decoder status of no bytes" },
		{ 11, 2, "\x55\x55", "decoder status of 2 bytes" },
		{ 22, 7, "1234567", "links of 7 bytes" },
		{ 12, 6, "123456", "counts of 6 bytes" },
		{ 34, 0, "", "version of no bytes" },
		{ 34, 9, "\1\0\0\0\0\0\0\0\0", "version of 9 bytes" },
		{ 36, 0, "", "feature flag of no bytes" },
		{ 36, 9, "\0\0\0\0\0\0\0\0\0", "feature flag of 9 bytes" },
		{ 6, 7, "1234567", "VBIOS version of 7 bytes" },
		{ 3, 0, "", "driver version of no bytes" },
		{ 3, 10, "550\x01.90.07", "driver version that does not print" },
		{ 3, 10, "550.90\0.07", "driver version with text after its end" },
		{ 3, 33, "12345678901234567890123456789012", "driver version of 33 bytes" },
		{ 3, 32, "12345678901234567890123456789012", "driver version of 32 digits" },
	};
	uint8_t bytes[152] = { 0 };
	struct gpu_spec s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		s = gpu_spec(GPU_GH100);
		gpu_set(&s, rows[i].id, rows[i].at, rows[i].len);
		expect_format("6", rows[i].what, &s);
	}
	s = gpu_spec(GPU_GH100);
	gpu_set(&s, 20, bytes, 47);
	expect_format("6", "firmware id of 47 bytes", &s);
	s = gpu_spec(GPU_GH100);
	gpu_set(&s, 22, bytes, sizeof(bytes));
	expect_format("6", "19 links", &s);
	s = gpu_spec(GPU_LS10);
	gpu_set(&s, 26, bytes, 127);
	expect_format("6", "a switch's GPUs of 127 bytes", &s);
	s = gpu_spec(GPU_LS10);
	gpu_set(&s, 6, "96.10.55.00.0G", 14);
	expect_format("6", "a switch's version that is none", &s);
}

Test(report, refuses_reports_without_versions)
{
	static const uint16_t ids[] = { 3, 6 };

	for (size_t i = 0; i < 2; i++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		gpu_drop(&s, ids[i]);
		expect_format("6", "without driver or VBIOS version", &s);
	}
}

Test(report, takes_fields_in_any_order_and_known_ones_never_seen)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct gpu_field held = s.fields[0];

	s.fields[0] = s.fields[s.field_count - 1];
	s.fields[s.field_count - 1] = held;
	gpu_append(&s, 10, "vpr", 3);
	gpu_append(&s, 32, "", 0);
	gpu_append(&s, 35, "GH100\0", 6);
	expect_good("fields in another order", &s);
}

/* --- After the signature ---------------------------------------------------------------------- */

Test(report, takes_a_few_zero_bytes_after_the_signature)
{
	for (size_t trailing = 0; trailing <= 8; trailing++) {
		struct gpu_spec s = gpu_spec(GPU_GH100);

		s.trailing = trailing;
		expect_good("trailing zeros", &s);
	}
}

Test(report, refuses_more_or_other_bytes_after_the_signature)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	s.trailing = 9;
	expect_format("2", "9 zeros after the signature", &s);
	s.trailing = 5000;
	expect_format("2", "5000 zeros after the signature", &s);
	s.trailing = 1;
	s.trailing_byte = 1;
	expect_format("2", "a byte after the signature that is not zero", &s);
}

/* --- Row 3: which nonce ----------------------------------------------------------------------- */

static enum verify_word freshness(const struct gpu_spec *s, const uint8_t *asked, const char *id,
				  const char *what)
{
	struct device_rig r;
	enum verify_word word;

	device_rig_init(&r, s);
	if (asked) {
		r.rig.part.expect = (struct expect){ .asked = true, .len = 32 };
		memcpy(r.rig.part.expect.at, asked, 32);
	}
	(void)device_run(&r);
	row_print(id, what, r.rig.context.verdict);
	word = rig_word(&r.rig, VERIFY_FRESH);
	device_rig_done(&r);
	return word;
}

Test(report, the_askers_nonce_is_the_requesters)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	uint8_t ours[32];

	memset(ours, 0x77, sizeof(ours));
	memcpy(s.responder_nonce, ours, sizeof(ours));
	cr_expect(freshness(&s, ours, "3", "responder's nonce is ours") == VERIFY_FRESH_NO);
	cr_expect(freshness(&s, s.nonce, "3", "requester's nonce is ours") == VERIFY_FRESH_YES);
	cr_expect(freshness(&s, NULL, "3", "nobody asked") == VERIFY_FRESH_NOT_ASKED);
}

Test(report, nonces_that_everybody_knows_are_not_fresh_unless_asked_for)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);

	memset(s.nonce, 0, sizeof(s.nonce));
	cr_expect(freshness(&s, NULL, "3", "nonce of zeros, not asked") == VERIFY_FRESH_NO);
	cr_expect(freshness(&s, s.nonce, "3", "nonce of zeros, asked") == VERIFY_FRESH_YES);
	s.nonce[31] = 1;
	cr_expect(freshness(&s, NULL, "3", "nearly zero") == VERIFY_FRESH_NOT_ASKED);
}
