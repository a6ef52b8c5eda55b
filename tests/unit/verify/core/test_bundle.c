#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/verify/bundle.h"
#include "attest/verify/names.h"
#include "attest/verify/store.h"

#define ZEROS_64 \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static int read_one(const char *name, struct span bytes, enum verify_form form, struct bundle **ret)
{
	struct verify_file file = { name, bytes };
	struct verify_request r = { .form = form, .files = &file, .file_count = 1 };
	struct bundle *b = calloc(1, sizeof(*b));
	struct err e = { 0 };
	int failed;

	cr_assert_not_null(b);
	failed = bundle_read(&r, b, &e);
	if (failed || !ret) {
		if (!failed)
			bundle_done(b);
		free(b);
	} else {
		*ret = b;
	}
	return failed;
}

static void release(struct bundle *b)
{
	bundle_done(b);
	free(b);
}

/* --- Raw -------------------------------------------------------------------------------------- */

struct raw {
	uint8_t head[64];
	size_t len;
	enum part_kind kind;
	char name[12];
};

ParameterizedTestParameters(bundle, tells_raw_evidence_by_its_first_bytes)
{
	static struct raw rows[] = {
		{ { 3 }, 1184, PART_SNP, "cpu0" },
		{ { 4, 0, 2, 0, 0x81 }, 700, PART_QUOTE, "cpu0" },
		{ { 3, 0, 2, 0 }, 600, PART_QUOTE, "cpu0" },
		{ { 0x81 }, 1024, PART_QUOTE, "cpu0" },
		{ { 0x11, 0xe0, 1, 0xff }, 300, PART_GPU, "gpu0" },
		{ { 0x11, 0xe0, 1, 0xff, [41] = 31 }, 300, PART_SWITCH, "switch0" },
		{ { 0xff, 0x54, 0x43, 0x47, 0x80, 0x18 }, 90, PART_TPM, "tpm0" },
		{ { [4] = 3,
		    [28] = 33,
		    [32] = 'S',
		    'p',
		    'e',
		    'c',
		    ' ',
		    'I',
		    'D',
		    ' ',
		    'E',
		    'v',
		    'e',
		    'n',
		    't',
		    '0',
		    '3' },
		  65,
		  PART_LOG,
		  "log0" },
	};

	return cr_make_param_array(struct raw, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct raw *row, bundle, tells_raw_evidence_by_its_first_bytes)
{
	uint8_t *bytes = calloc(1, row->len);
	struct bundle *b = NULL;

	cr_assert_not_null(bytes);
	memcpy(bytes, row->head, row->len < sizeof(row->head) ? row->len : sizeof(row->head));
	cr_assert_eq(read_one("x", span(bytes, row->len), VERIFY_AUTO, &b), 0);
	cr_expect_eq(b->count, 1u);
	cr_expect_eq(b->parts[0].kind, row->kind);
	cr_expect_str_eq(b->parts[0].name, row->name);
	release(b);
	free(bytes);
}

Test(bundle, reads_a_report_as_hex_text_with_white_space)
{
	char text[2 * 64 + 8] = "";
	struct bundle *b = NULL;

	for (int i = 0; i < 64; i++)
		(void)snprintf(text + strlen(text), 4, "%02x", i == 0 ? 0x11 : i == 1 ? 0xe0 : 0);
	(void)snprintf(text + strlen(text), 4, "\r\n");
	cr_assert_eq(read_one("x", span_text(text), VERIFY_AUTO, &b), 0);
	cr_expect_eq(b->parts[0].kind, PART_GPU);
	cr_expect_eq(b->parts[0].bytes.len, 64u);
	release(b);
}

Test(bundle, takes_the_callers_word_for_bytes_that_tell_nothing)
{
	const uint8_t bytes[40] = { 0x7f };
	struct bundle *b = NULL;

	cr_expect_eq(read_one("x", span(bytes, sizeof(bytes)), VERIFY_AUTO, NULL), -FAIL_INPUT);
	cr_assert_eq(read_one("x", span(bytes, sizeof(bytes)), VERIFY_SNP, &b), 0);
	cr_expect_eq(b->parts[0].kind, PART_SNP);
	release(b);
}

/* --- JSON ------------------------------------------------------------------------------------- */

struct json_case {
	char text[900];
	int want;
	size_t parts;
	enum bundle_origin origin;
};

ParameterizedTestParameters(bundle, reads_and_refuses_json)
{
	static struct json_case rows[] = {
		{ "{\"quote\":\"AAAA\",\"cc_eventlog\":\"BBBB\"}", 0, 2, BUNDLE_RAW },
		{ "{\"quote\":\"AAAA\",\"cc_eventlog\":null}", 0, 1, BUNDLE_RAW },
		{ "{\"quote\":\"AAAA\",\"cc_eventlog\":7}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"quote\":\"AAAA\",\"unknown\":1}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"quote\":\"AA!A\"}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"quote\":\"AAAA\",\"quote\":\"AAAA\"}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"svn\":\"1\",\"report_data\":\"\"}", 0, 1, BUNDLE_RAW },
		{ "{\"neither\":1}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "[]", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"attestation_report\":{}}", -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"tpm_quote\":{\"signature\":\"AAAA\",\"message\":\"AAAA\",\"pcrs\":[\"00\"]},"
		  "\"ak_public\":\"AAAA\"}",
		  -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"device_evidence_list\":[{\"evidence\":\"AAAA\"}]}", -FAIL_INPUT, 0,
		  BUNDLE_RAW },
		{ "{\"tee-evidence\":{\"primary_evidence\":{\"quote\":\"AAAA\"},"
		  "\"additional_evidence\":\"\"},"
		  "\"runtime-data\":{\"nonce\":\"AAAA\",\"tee-pubkey\":{}}}",
		  0, 1, BUNDLE_COCO },
		{ "{\"primary_evidence\":{\"quote\":\"AAAA\"},\"additional_evidence\":"
		  "\"{\\\"nvidia\\\":{\\\"device_evidence_list\\\":[]}}\"}",
		  0, 1, BUNDLE_COCO },
		{ "{\"primary_evidence\":{\"quote\":\"AAAA\"},\"additional_evidence\":"
		  "\"{\\\"other\\\":{}}\"}",
		  -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"primary_evidence\":{},\"additional_evidence\":\"\"}", -FAIL_INPUT, 0,
		  BUNDLE_RAW },
		{ "{\"tee\":\"tdx\",\"evidence\":{\"quote\":\"AAAA\"},\"report_data\":\"" ZEROS_64
		  "\",\"nonce\":\"AAAA\",\"caller\":\"guest\"}",
		  0, 1, BUNDLE_OURS },
		{ "{\"tee\":\"tdx\",\"evidence\":{\"quote\":\"AAAA\"},\"report_data\":\"\","
		  "\"nonce\":\"AAAA\",\"caller\":\"guest\",\"more\":1}",
		  -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"tee\":\"tdx\",\"evidence\":{\"quote\":\"AAAA\"},\"report_data\":\"\","
		  "\"nonce\":\"AAAA\",\"caller\":\"guest\",\"devices\":{\"list\":[],\"state\":"
		  "{\"cc\":256,\"devtools\":0,\"multi_gpu\":0,\"environment\":2,\"driver\":\"1\","
		  "\"pci_count\":0}}}",
		  -FAIL_INPUT, 0, BUNDLE_RAW },
		{ "{\"report\":\"AAAA\",\"tee_platform\":\"tdx\",\"gpu_reports\":"
		  "[{\"device_index\":0,\"report\":\"AAAA\"}],\"tls_bound\":true}",
		  0, 2, BUNDLE_AEP83 },
		{ "{\"report\":\"AAAA\",\"tee_platform\":\"tdx\",\"cert_chain\":7}", -FAIL_INPUT, 0,
		  BUNDLE_RAW },
		{ "{\"report\":\"AAAA\",\"tee_platform\":\"snp\",\"auxblob\":\"AAAA\"}",
		  -FAIL_INPUT, 0, BUNDLE_RAW },
	};

	return cr_make_param_array(struct json_case, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct json_case *row, bundle, reads_and_refuses_json)
{
	struct bundle *b = NULL;

	cr_assert_eq(read_one("x.json", span_text(row->text), VERIFY_AUTO, &b), row->want, "%s",
		     row->text);
	if (row->want)
		return;
	cr_expect_eq(b->count, row->parts, "%s", row->text);
	cr_expect_eq(b->origin, row->origin, "%s", row->text);
	release(b);
}

Test(bundle, refuses_evidence_beside_a_whole_answer)
{
	const char quote[] = "{\"quote\":\"AAAA\"}";
	const char ours[] =
		"{\"tee\":\"tdx\",\"evidence\":{\"quote\":\"AAAA\"},\"report_data\":\"\","
		"\"nonce\":\"AAAA\",\"caller\":\"guest\"}";
	const struct verify_file files[] = { { "a", span_text(quote) }, { "b", span_text(ours) } };
	struct verify_request r = { .files = files, .file_count = 2 };
	struct bundle *b = calloc(1, sizeof(*b));
	struct err e = { 0 };

	cr_assert_eq(bundle_read(&r, b, &e), -FAIL_INPUT);
	free(b);
}

Test(bundle, refuses_one_piece_of_evidence_too_many)
{
	struct buf text = BUF_EMPTY;

	cr_assert_eq(buf_printf(&text, SIZE_MAX, NULL, "["), 0);
	for (int i = 0; i <= LIMIT_VERIFY_PARTS; i++)
		cr_assert_eq(buf_printf(&text, SIZE_MAX, NULL,
					"%s{\"evidence\":\"AAAA\",\"certificate\":\"\"}",
					i ? "," : ""),
			     0);
	cr_assert_eq(buf_printf(&text, SIZE_MAX, NULL, "]"), 0);
	cr_expect_lt(read_one("x", buf_view(&text), VERIFY_AUTO, NULL), 0);
	buf_done(&text);
}

/* --- Collateral ------------------------------------------------------------------------------- */

struct naming {
	char file[48], text[96], want[48];
};

ParameterizedTestParameters(bundle, names_collateral_by_file_or_content)
{
	static struct naming rows[] = {
		{ "amd-Milan-vcek.crl", "x", "amd-Milan-vcek.crl" },
		{ "tcb.json", "{\"tcbInfo\":{\"id\":\"TDX\",\"fmspc\":\"50806F000000\"",
		  "intel-tdx-tcb-50806f000000.json" },
		{ "tcb.json", "{\"tcbInfo\":{\"id\":\"SGX\",\"fmspc\":\"00906ea10000\"",
		  "intel-sgx-tcb-00906ea10000.json" },
		{ "qe.json", "{\"enclaveIdentity\":{\"id\":\"TD_QE\"", "intel-tdx-qe.json" },
		{ "NV_GPU.xml", "<SoftwareIdentity xmlns=\"x\">", "nvidia-rim-NV_GPU.xml" },
		{ "../x", "<SoftwareIdentity xmlns=\"x\">", "" },
		{ "amd-../../x", "y", "" },
		{ "report.bin", "y", "" },
	};

	return cr_make_param_array(struct naming, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct naming *row, bundle, names_collateral_by_file_or_content)
{
	char name[NAME_BYTES] = "";

	cr_expect_eq(name_of_collateral(row->file, span_text(row->text), name), row->want[0] != 0,
		     "%s", row->file);
	if (row->want[0])
		cr_expect_str_eq(name, row->want);
}
