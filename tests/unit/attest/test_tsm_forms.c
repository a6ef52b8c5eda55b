/* Reports, quotes, logs and registers: their bytes and their JSON. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/ccel.h"
#include "attest/evidence/snp_json.h"
#include "attest/evidence/tdx_json.h"
#include "attest/evidence/tdx_quote.h"
#include "attest/evidence/tdx_registers.h"
#include "base/b64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define BLANK_REPORT 3, [0x188] = 0x19

static struct buf vector(const char *name)
{
	struct buf b = BUF_EMPTY;
	char path[256];
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), VECTORS_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cr_skip_test("no vectors in " VECTORS_DIR);
	cr_assert_eq(fd_read_all(fd, 1 << 20, &b, NULL), 0);
	return b;
}

/* What a program prints, read again. */
static cJSON *reread(cJSON *json)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *again = NULL;
	struct err e = { 0 };

	cr_assert_eq(json_print(json, 1 << 20, &text, &e), 0, "%s", e.text);
	cr_assert_eq(json_parse(buf_view(&text), 1 << 20, &again, &e), 0, "%s", e.text);
	json_done(&json);
	return again;
}

/* --- SNP --- */

static uint64_t number(const cJSON *o, const char *name)
{
	uint64_t value = 0;

	cr_assert_eq(json_u64(cJSON_GetObjectItemCaseSensitive(o, name), &value, NULL), 0, "%s",
		     name);
	return value;
}

static void put(uint8_t *at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_array(const cJSON *o, const char *name, uint8_t *at)
{
	const cJSON *byte;

	cJSON_ArrayForEach(byte, cJSON_GetObjectItemCaseSensitive(o, name)) *at++ =
		(uint8_t)byte->valueint;
}

static void put_tcb(const cJSON *report, const char *name, uint8_t *at)
{
	const cJSON *tcb = cJSON_GetObjectItemCaseSensitive(report, name);

	at[0] = (uint8_t)number(tcb, "bootloader");
	at[1] = (uint8_t)number(tcb, "tee");
	at[6] = (uint8_t)number(tcb, "snp");
	at[7] = (uint8_t)number(tcb, "microcode");
}

static void put_version(const cJSON *report, const char *name, uint8_t *at)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(report, name);

	at[0] = (uint8_t)number(v, "build");
	at[1] = (uint8_t)number(v, "minor");
	at[2] = (uint8_t)number(v, "major");
}

/* The 1184 bytes behind a piece of evidence: the verifier's way, written down on its own. */
static void rebuild(const cJSON *r, uint8_t b[SNP_REPORT_BYTES])
{
	const cJSON *signature = cJSON_GetObjectItemCaseSensitive(r, "signature");

	put(b + 0x000, number(r, "version"), 4);
	put(b + 0x004, number(r, "guest_svn"), 4);
	put(b + 0x008, number(r, "policy"), 8);
	put_array(r, "family_id", b + 0x010);
	put_array(r, "image_id", b + 0x020);
	put(b + 0x030, number(r, "vmpl"), 4);
	put(b + 0x034, number(r, "sig_algo"), 4);
	put_tcb(r, "current_tcb", b + 0x038);
	put(b + 0x040, number(r, "plat_info"), 8);
	put(b + 0x048, number(r, "key_info"), 4);
	put_array(r, "report_data", b + 0x050);
	put_array(r, "measurement", b + 0x090);
	put_array(r, "host_data", b + 0x0c0);
	put_array(r, "id_key_digest", b + 0x0e0);
	put_array(r, "author_key_digest", b + 0x110);
	put_array(r, "report_id", b + 0x140);
	put_array(r, "report_id_ma", b + 0x160);
	put_tcb(r, "reported_tcb", b + 0x180);
	put(b + 0x188, number(r, "cpuid_fam_id"), 1);
	put(b + 0x189, number(r, "cpuid_mod_id"), 1);
	put(b + 0x18a, number(r, "cpuid_step"), 1);
	put_array(r, "chip_id", b + 0x1a0);
	put_tcb(r, "committed_tcb", b + 0x1e0);
	put_version(r, "current", b + 0x1e8);
	put_version(r, "committed", b + 0x1ec);
	put_tcb(r, "launch_tcb", b + 0x1f0);
	put_array(signature, "r", b + 0x2a0);
	put_array(signature, "s", b + 0x2a0 + 72);
}

static size_t put_entry(uint8_t *table, size_t entry, const char *guid, size_t at, size_t len)
{
	memcpy(table + 24 * entry, guid, 16);
	put(table + 24 * entry + 16, at, 4);
	put(table + 24 * entry + 20, len, 4);
	return at + len;
}

#define GUID_VCEK "\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd"
#define GUID_ASK  "\x4a\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82"
#define GUID_ODD  "\x01\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82"

/* Recorded evidence of a Genoa machine: to bytes, and by our code to JSON again. */
Test(tsm_forms, snp_json_is_what_coco_recorded)
{
	AUTO_BUF struct buf text = vector("snp/evidence-v3-genoa.json");
	AUTO_JSON cJSON *want = NULL;
	AUTO_JSON cJSON *got = NULL;
	uint8_t report[SNP_REPORT_BYTES] = { 0 }, table[4096] = { 0 };
	const cJSON *cert, *want_report, *got_report;
	struct err e = { 0 };
	size_t len;

	cr_assert_eq(json_parse(buf_view(&text), 1 << 20, &want, &e), 0, "%s", e.text);
	want_report = cJSON_GetObjectItem(want, "attestation_report");
	cert = cJSON_GetArrayItem(cJSON_GetObjectItem(want, "cert_chain"), 0);
	rebuild(want_report, report);
	put_array(cert, "data", table + 48);
	len = put_entry(table, 0, GUID_VCEK, 48,
			(size_t)cJSON_GetArraySize(cJSON_GetObjectItem(cert, "data")));
	cr_assert_eq(snp_json(span(report, sizeof(report)), span(table, len), &got, &e), 0, "%s",
		     e.text);
	got = reread(got);
	cr_assert(cJSON_Compare(cJSON_GetObjectItem(got, "cert_chain"),
				cJSON_GetObjectItem(want, "cert_chain"), true));
	got_report = cJSON_GetObjectItem(got, "attestation_report");
	for (const cJSON *m = want_report->child; m; m = m->next)
		cr_expect(cJSON_Compare(m, cJSON_GetObjectItemCaseSensitive(got_report, m->string),
					true),
			  "%s", m->string);
	for (const cJSON *m = got_report->child; m; m = m->next)
		cr_expect(cJSON_IsNull(m) ||
				  cJSON_GetObjectItemCaseSensitive(want_report, m->string),
			  "%s is new, and not null", m->string);
}

Test(tsm_forms, snp_integers_keep_all_64_bits)
{
	uint8_t report[SNP_REPORT_BYTES] = { BLANK_REPORT };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	memset(report + SNP_OFF_POLICY, 0xff, 8);
	put(report + 0x40, 9007199254740993, 8);
	report[0] = 5;
	put(report + 0x1f8, 1ULL << 63, 8);
	cr_assert_eq(snp_json(span(report, sizeof(report)), SPAN_EMPTY, &json, &e), 0, "%s",
		     e.text);
	cr_assert_eq(json_print(json, 1 << 20, &text, &e), 0);
	cr_assert(strstr((char *)text.at, "\"policy\":18446744073709551615,"));
	cr_assert(strstr((char *)text.at, "\"plat_info\":9007199254740993,"));
	cr_assert(strstr((char *)text.at, "\"launch_mit_vector\":9223372036854775808,"));
	cr_assert(strstr((char *)text.at, "\"current_mit_vector\":0,"));
}

Test(tsm_forms, snp_turin_has_its_own_order_of_the_tcb)
{
	uint8_t report[SNP_REPORT_BYTES] = { 3, [0x188] = 0x1a };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	memcpy(report + 0x180, "\1\2\3\4\5\6\7\10", 8);
	cr_assert_eq(snp_json(span(report, sizeof(report)), SPAN_EMPTY, &json, &e), 0, "%s",
		     e.text);
	cr_assert_eq(json_print(json, 1 << 20, &text, &e), 0);
	cr_assert(strstr((char *)text.at, "\"reported_tcb\":{\"fmc\":1,\"bootloader\":2,\"tee\":3,"
					  "\"snp\":4,\"microcode\":8}"));
}

Test(tsm_forms, snp_version_2_says_null_about_the_cpu)
{
	AUTO_BUF struct buf report = vector("snp/report-v2-milan.bin"), text = BUF_EMPTY;
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(snp_json(buf_view(&report), SPAN_EMPTY, &json, &e), 0, "%s", e.text);
	cr_assert_eq(json_print(json, 1 << 20, &text, &e), 0);
	cr_assert(strstr((char *)text.at, "\"version\":2,"));
	cr_assert(strstr((char *)text.at, "\"cpuid_fam_id\":null,"));
}

struct report_row {
	size_t len;
	uint8_t version;
	uint8_t family;
};

ParameterizedTestParameters(tsm_forms, snp_refuses_reports)
{
	static struct report_row rows[] = {
		{ 0, 3, 0x19 },	   { 1183, 3, 0x19 }, { 1185, 3, 0x19 },
		{ 1184, 1, 0x19 }, { 1184, 6, 0x19 }, { 1184, 0, 0x19 },
		{ 1184, 3, 0x17 }, { 1184, 3, 0x00 }, { 1184, 5, 0x1b },
	};
	return cr_make_param_array(struct report_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct report_row *row, tsm_forms, snp_refuses_reports)
{
	uint8_t report[SNP_REPORT_BYTES + 1] = { row->version, [0x188] = row->family };
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_expect_eq(snp_json(span(report, row->len), SPAN_EMPTY, &json, &e), -FAIL_INPUT);
	cr_expect_null(json);
}

struct table_row {
	size_t len;    /* of the table                                */
	size_t at;     /* of the certificate                          */
	size_t cert;   /* its length                                  */
	int kind;      /* 0 VCEK, 1 ASK, 2 unknown, 3 VCEK twice      */
	int has_chain; /* 1 a list, 0 null, -1 refused                */
};

ParameterizedTestParameters(tsm_forms, snp_certificate_tables)
{
	static struct table_row rows[] = {
		{ 0, 0, 0, 0, 0 },
		{ 80, 48, 32, 0, 1 },
		{ 80, 48, 32, 1, 0 }, /* an incomplete chain is none     */
		{ 80, 48, 32, 2, 0 }, /* unknown kinds are passed over   */
		{ 80, 48, 0, 0, 0 },
		{ 80, 48, 33, 0, -1 }, /* one byte outside                */
		{ 80, 0xffffffff, 0xffffffff, 0, -1 },
		{ 80, 0xffffffff, 0xffffffff, 2, -1 },
		{ 24, 0, 24, 0, -1 }, /* no end                          */
		{ 23, 0, 0, 0, -1 },
		{ 15, 0, 0, 0, -1 },
		{ 39, 0, 24, 0, -1 },
		{ 40, 0, 24, 0, 1 }, /* a guid of zeros is enough       */
		{ 96, 72, 24, 3, -1 },
	};
	return cr_make_param_array(struct table_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct table_row *row, tsm_forms, snp_certificate_tables)
{
	static const char *const guids[] = { GUID_VCEK, GUID_ASK, GUID_ODD, GUID_VCEK };
	uint8_t report[SNP_REPORT_BYTES] = { BLANK_REPORT }, table[128] = { 0 };
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };
	int got;

	(void)put_entry(table, 0, guids[row->kind], row->at, row->cert);
	if (row->kind == 3)
		(void)put_entry(table, 1, GUID_VCEK, row->at, row->cert);
	/* On the heap, exactly: a byte read behind it is seen. */
	AUTO_BUF struct buf exact = BUF_EMPTY;
	cr_assert_eq(buf_append(&exact, span(table, row->len), 128, &e), 0);
	got = snp_json(span(report, sizeof(report)), span(exact.at, row->len), &json, &e);
	cr_assert_eq(got, row->has_chain < 0 ? -FAIL_INPUT : 0, "%s", e.text);
	if (!got)
		cr_expect_eq(cJSON_IsArray(cJSON_GetObjectItem(json, "cert_chain")),
			     row->has_chain);
}

Test(tsm_forms, snp_json_survives_every_failing_allocation)
{
	uint8_t report[SNP_REPORT_BYTES] = { BLANK_REPORT }, table[80] = { 0 };

	(void)put_entry(table, 0, GUID_VCEK, 48, 32);
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_JSON cJSON *json = NULL;
		struct err e = { 0 };
		int got = snp_json(span(report, sizeof(report)), span(table, sizeof(table)), &json,
				   &e);

		cr_assert(got == 0 ? json != NULL : got == -FAIL_SYS && !json, "%d: %s", got,
			  e.text);
	}
}

/* --- TDX --- */

struct quote_row {
	char name[40];
	size_t data_at;
};

ParameterizedTestParameters(tsm_forms, tdx_finds_the_end_of_recorded_quotes)
{
	static struct quote_row rows[] = {
		{ "tdx/quote-v4-debug.dat", 568 },
		{ "tdx/quote-v4-coco-padded.dat", 568 },
		{ "tdx/quote-v5.dat", 574 },
	};
	return cr_make_param_array(struct quote_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct quote_row *row, tsm_forms, tdx_finds_the_end_of_recorded_quotes)
{
	AUTO_BUF struct buf quote = vector(row->name);
	struct tdx_quote q = { .bytes = SPAN_EMPTY };
	struct err e = { 0 };

	cr_assert_eq(tdx_quote_parse(buf_view(&quote), &q, &e), 0, "%s: %s", row->name, e.text);
	cr_expect_leq(q.bytes.len, quote.len);
	cr_expect_eq(q.report_data.at, quote.at + row->data_at);
	for (size_t i = q.bytes.len; i < quote.len; i++)
		cr_expect_eq(quote.at[i], 0, "%s: padding at %zu", row->name, i);
	/* Cut anywhere before its end, it is not a quote. */
	for (size_t len = 0; len < q.bytes.len; len += 97) {
		struct tdx_quote none;
		AUTO_BUF struct buf cut = BUF_EMPTY;

		cr_assert_eq(buf_append(&cut, span(quote.at, len), 1 << 20, NULL), 0);
		cr_expect_eq(tdx_quote_parse(buf_view(&cut), &none, &e), -FAIL_INPUT, "%zu", len);
	}
}

struct odd_row {
	size_t at;
	uint8_t value;
};

ParameterizedTestParameters(tsm_forms, tdx_refuses_quotes)
{
	static struct odd_row rows[] = {
		{ 0, 3 },
		{ 0, 6 },
		{ 4, 0 },
		{ 5, 1 }, /* SGX, other TEE types */
		{ 48, 1 },
		{ 48, 4 },
		{ 50, 0 },
		{ 51, 1 },	     /* body type and size   */
		{ 54 + 648 + 3, 1 }, /* goes on behind the end */
	};
	return cr_make_param_array(struct odd_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct odd_row *row, tsm_forms, tdx_refuses_quotes)
{
	uint8_t quote[54 + 648 + 4 + 10] = { 5, [4] = 0x81, [48] = 3, [50] = 0x88, [51] = 2 };
	struct tdx_quote q;
	struct err e = { 0 };

	cr_assert_eq(tdx_quote_parse(span(quote, sizeof(quote)), &q, &e), 0, "%s", e.text);
	cr_assert_eq(q.bytes.len, 54 + 648 + 4);
	quote[row->at] = row->value;
	cr_expect_eq(tdx_quote_parse(span(quote, sizeof(quote)), &q, &e), -FAIL_INPUT);
}

struct log_row {
	char name[40];
	size_t want;
};

ParameterizedTestParameters(tsm_forms, event_log_ends_where_the_events_do)
{
	/* Lengths: from a walk written in Python for this, over 21 and 88 events. */
	static struct log_row rows[] = { { "eventlog/ccel-ovmf.bin", 2120 },
					 { "eventlog/ccel-aael.bin", 11707 } };
	return cr_make_param_array(struct log_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct log_row *row, tsm_forms, event_log_ends_where_the_events_do)
{
	AUTO_BUF struct buf area = vector(row->name);
	struct err e = { 0 };
	size_t len;

	cr_assert_eq(ccel_length(buf_view(&area), &len, &e), 0, "%s", e.text);
	cr_expect_eq(len, row->want, "%zu", len);
}

struct broken_log {
	uint8_t at[64];
	size_t len;
	int want;      /* 0, or -kind */
	size_t length; /* when 0      */
};

ParameterizedTestParameters(tsm_forms, event_log_edges)
{
	static struct broken_log rows[] = {
		{ { 0 }, 0, 0, 0 },
		{ { 0 }, 64, 0, 0 }, /* all zero: empty          */
		{ { 0xff, 0xff, 0xff }, 3, 0, 0 },
		{ { 0, 0, 0xff }, 3, -FAIL_INPUT, 0 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 }, 8, -FAIL_INPUT, 0 },
		/* the old first event, of 32 bytes, and a cut one behind it */
		{ { 0, 0, 0, 0, 3 }, 32, 0, 32 },
		{ { 0, 0, 0, 0, 3 }, 31, -FAIL_INPUT, 0 },
		{ { 0, 0, 0, 0, 3, [28] = 1 }, 32, -FAIL_INPUT, 0 },
		{ { 0, 0, 0, 0, 3, [28] = 0xff, 0xff, 0xff, 0xff }, 64, -FAIL_INPUT, 0 },
		{ { 0, 0, 0, 0, 3, [32] = 1 }, 40, -FAIL_INPUT, 0 },
		/* a false count, and an unknown algorithm */
		{ { 1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0b }, 64, -FAIL_INPUT, 0 },
		{ { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x04 }, 64, -FAIL_INPUT, 0 },
		/* a whole one: sha256, no data */
		{ { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x0b }, 50, 0, 50 },
		{ { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x0b }, 60, 0, 50 },
	};
	return cr_make_param_array(struct broken_log, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct broken_log *row, tsm_forms, event_log_edges)
{
	AUTO_BUF struct buf exact = BUF_EMPTY;
	struct err e = { 0 };
	size_t len = 0;

	cr_assert_eq(buf_append(&exact, span(row->at, row->len), 64, &e), 0);
	cr_expect_eq(ccel_length(span(exact.at, row->len), &len, &e), row->want, "%s", e.text);
	cr_expect_eq(len, row->length, "%zu", len);
}

Test(tsm_forms, tdx_log_is_closed_by_eight_ff)
{
	uint8_t log[60] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x0b };
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(tdx_json(span_text("quote"), span(log, sizeof(log)), &json, &e), 0, "%s",
		     e.text);
	cr_assert_str_eq(json_text(cJSON_GetObjectItem(json, "quote")), "cXVvdGU=");
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(json, "cc_eventlog"))), 100,
				&bytes, &e),
		     0);
	cr_assert_eq(bytes.len, 58);
	cr_assert_arr_eq(bytes.at, log, 50);
	cr_assert_arr_eq(bytes.at + 50, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

Test(tsm_forms, tdx_json_survives_every_failing_allocation)
{
	uint8_t log[60] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x0b };

	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_JSON cJSON *json = NULL;
		struct err e = { 0 };
		int got = tdx_json(span_text("quote"), span(log, sizeof(log)), &json, &e);

		cr_assert(got == 0 ? json != NULL : got == -FAIL_SYS && !json, "%d", got);
	}
}

Test(tsm_forms, tdx_register_comes_from_a_tdreport)
{
	AUTO_BUF struct buf report = vector("tdx/tdreport.bin");
	struct evidence_platform p;
	struct err e = { 0 };

	cr_assert_eq(tdx_read_tdreport(buf_view(&report), &p, &e), 0, "%s", e.text);
	cr_assert_str_eq(p.name, "MRCONFIGID");
	cr_assert_eq(p.len, 48);
	cr_assert_arr_eq(p.at, report.at + 576, 48);
	cr_assert_eq(p.debug, report.at[512] & 1);
	report.at[512] |= 1;
	cr_assert_eq(tdx_read_tdreport(buf_view(&report), &p, &e), 0);
	cr_assert(p.debug);
	report.at[0] = 0;
	cr_assert_eq(tdx_read_tdreport(buf_view(&report), &p, &e), -FAIL_INPUT);
	cr_assert_eq(tdx_read_tdreport(span(report.at, 1023), &p, &e), -FAIL_INPUT);
}

struct sysfs_row {
	size_t len;
	int want;
};

ParameterizedTestParameters(tsm_forms, tdx_register_comes_from_sysfs)
{
	static struct sysfs_row rows[] = {
		{ 48, 0 }, { 47, -FAIL_INPUT }, { 49, -FAIL_LIMIT }, { 0, -FAIL_INPUT }
	};
	return cr_make_param_array(struct sysfs_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct sysfs_row *row, tsm_forms, tdx_register_comes_from_sysfs)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "mrconfigid", O_WRONLY | O_CREAT, 0600, NULL);
	uint8_t bytes[49];
	struct evidence_platform p = { .len = 0 };
	struct err e = { 0 };

	memset(bytes, 0x99, sizeof(bytes));
	cr_assert_eq(fd_write_all(fd, span(bytes, row->len), NULL), 0);
	cr_assert_eq(tdx_registers(-1, dir, &p, &e), row->want, "%s", e.text);
	if (!row->want) {
		cr_expect_arr_eq(p.at, bytes, 48);
		cr_expect(p.debug, "what can't be told counts as debugging");
	}
}
