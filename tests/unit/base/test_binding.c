/* Report data: worked out elsewhere (Python's hashlib over BINDING.md's fields), and compared. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "base/binding.h"
#include "base/digest.h"

static const struct binding_device devices[] = {
	/* A switch, and two GPUs whose names are in the wrong order. */
	{ true, "\0\0\0\0\0\0\0", "", "" },
	{ false, "\x11\x11\x11\x11\x11\x11\x11\x11", "", "" },
	{ false, "\1\1\1\1\1\1\1\1", "", "" },
};
static const uint8_t bytes[] = { 0x22, 0x12, 0x02 };

struct sum {
	char key[8];
	bool has_devices, has_log;
	size_t count;
	char want[2 * BINDING_DATA_BYTES + 1];
};

ParameterizedTestParameters(binding, gives_what_was_worked_out_elsewhere)
{
	static struct sum rows[] = {
		{ "", false, false, 0,
		  "40537ee665fbdd6ebd685261a9223810c122f4a77db86bf0bcb2b7c5300dd252"
		  "f37e308d880cbb57b02a3b1fe7b7871d897cb5b877e00ab1ddf7b26e08fd266d" },
		{ "", false, true, 0,
		  "f5ae657099c2d0ee00aad5e500f83d5979448e5354e7586075b5ac391285eac5"
		  "fd9e4ce5afd76baa58ff83defc8f1ce54375640955ae3e8bf177f4fad9715605" },
		{ "", true, false, 0,
		  "b00fc548c8de232b81df4e1d5671b5eb20ec94a2da3e59a42364eeb3af3bc229"
		  "72d5489bdf3e9f000147788cc97bc72be0ed0b977e802a7699951c0c4a71bdad" },
		{ "key", true, true, 3,
		  "604810f39beba6415fd874fad1ddb61153fd1eb04ef8495299007d2d88df2963"
		  "3f60a1889d9960e68b1f018db3982359596ff07ffd372be195bd02bbbf907ebd" },
	};

	return cr_make_param_array(struct sum, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct sum *row, binding, gives_what_was_worked_out_elsewhere)
{
	struct binding_state state = { 1, 0, 2, 2, "550.90.07", 3 }, none = { .pci_count = 0 };
	struct binding_device list[3];
	uint8_t head[48], data[BINDING_DATA_BYTES];
	char hex[2 * BINDING_DATA_BYTES + 1];
	struct err e = { 0 };

	memcpy(list, devices, sizeof(list));
	for (size_t i = 0; i < 3; i++) {
		memset(list[i].report_sha384, bytes[i], sizeof(list[i].report_sha384));
		memset(list[i].chain_sha384, bytes[i] + 1, sizeof(list[i].chain_sha384));
	}
	memset(head, 0x31, sizeof(head));
	cr_assert_eq(binding_report_data(
			     &(struct binding){ .caller = "guest",
						.nonce = span_text("nonce"),
						.key = span_text(row->key),
						.has_devices = row->has_devices,
						.devices = list,
						.device_count = row->count,
						.state = row->count ? &state : &none,
						.log_head = span(head, row->has_log ? 48 : 0) },
			     data, &e),
		     0, "%s", e.text);
	digest_hex(span(data, sizeof(data)), hex);
	cr_expect_str_eq(hex, row->want);
}

Test(binding, asks_devices_over_nonce_and_key)
{
	uint8_t nonce[BINDING_NONCE_BYTES];
	char hex[2 * BINDING_NONCE_BYTES + 1];

	cr_assert_eq(binding_gpu_nonce(span_text("nonce"), span_text("key"), nonce, NULL), 0);
	digest_hex(span(nonce, sizeof(nonce)), hex);
	cr_expect_str_eq(hex, "04bf8b1fbc5b6f16d7c2fa4e403839871166533ad7314771d34ceace78a3767b");
}

Test(binding, refuses_what_has_no_length)
{
	static uint8_t big[70000];
	struct binding b = { .caller = "guest", .nonce = span(big, sizeof(big)) };
	uint8_t data[BINDING_DATA_BYTES] = { 7 };

	cr_expect_eq(binding_report_data(&b, data, NULL), -FAIL_LIMIT);
	cr_expect_eq(binding_gpu_nonce(b.nonce, SPAN_EMPTY, data, NULL), -FAIL_LIMIT);
	b.nonce = span_text("nonce");
	b.has_devices = true;
	b.device_count = 65;
	cr_expect_eq(binding_report_data(&b, data, NULL), -FAIL_LIMIT);
	cr_expect_eq(data[0], 7, "untouched");
}
