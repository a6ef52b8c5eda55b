/* Recorded quotes, and what is known of them. */
#include <criterion/criterion.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/unit/verify/tdx/scene.h"

static enum verify_decision judge(struct scene *s, const char *name)
{
	AUTO_BUF struct buf quote = vector_read(name);

	scene_init(s, quote_spec_td10());
	s->expects_nothing = true;
	return scene_judge_bytes(s, buf_view(&quote));
}

static const char *claim_text(const struct scene *s, const char *path)
{
	const char *text = json_text(scene_claim(s, path));

	return text ? text : "";
}

/* Claims that are numbers keep their digits. */
static long claim_number(const struct scene *s, const char *path)
{
	const cJSON *node = scene_claim(s, path);

	return node && node->valuestring ? strtol(node->valuestring, NULL, 10) : -1;
}

Test(tdx_vectors, a_debug_td_is_genuine_and_refused)
{
	struct scene s;

	cr_expect_eq(judge(&s, "quote-v4-debug.dat"), VERIFY_REFUSED);
	row_print("T18", "vector: TD with DEBUG", s.rig.context.verdict);
	cr_expect_eq(rig_word(&s.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(rig_word(&s.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_DEBUG);
	cr_expect_eq(rig_word(&s.rig, VERIFY_WORKLOAD), VERIFY_WORKLOAD_UNKNOWN);
	cr_expect(rig_said(&s.rig, "tdx.debug"));
	scene_done(&s);
}

Test(tdx_vectors, the_debug_td_passes_where_the_policy_says_so_and_lacks_only_collateral)
{
	AUTO_BUF struct buf quote = vector_read("quote-v4-debug.dat");
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.expects_nothing = true;
	s.rig.policy.tdx.debug = true;
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&quote)), VERIFY_UNPROVEN);
	cr_expect(rig_said(&s.rig, "tdx.debug-allowed"));
	cr_expect_gt(verify_missing_count(s.rig.context.verdict), 0);
	scene_done(&s);
}

/* What evaluation a of the reference compares with Intel's levels. */
Test(tdx_vectors, the_certified_versions_are_those_that_were_worked_out)
{
	struct scene s;

	(void)judge(&s, "quote-v4-debug.dat");
	cr_expect_str_eq(claim_text(&s, "pck.tcb_components"), "05050d02030100030000000000000000");
	cr_expect_eq(claim_number(&s, "pck.pce_svn"), 11);
	cr_expect_str_eq(claim_text(&s, "pck.fmspc"), "50806f000000");
	cr_expect_str_eq(claim_text(&s, "pck.ca"), "platform");
	cr_expect_eq(claim_number(&s, "qe.isv_svn"), 4);
	cr_expect_eq(claim_number(&s, "padding"), 0);
	scene_done(&s);
}

Test(tdx_vectors, a_td_with_a_service_td_is_genuine_and_refused)
{
	struct scene s;

	cr_expect_eq(judge(&s, "quote-v5.dat"), VERIFY_REFUSED);
	row_print("T18", "vector: TD 1.5 with a service TD", s.rig.context.verdict);
	cr_expect_eq(rig_word(&s.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(rig_word(&s.rig, VERIFY_PLATFORM), VERIFY_PLATFORM_NOT_ALLOWED);
	cr_expect(rig_said(&s.rig, "tdx.service-td"));
	cr_expect_str_eq(claim_text(&s, "pck.fmspc"), "90c06f000000");
	cr_expect_str_eq(claim_text(&s, "pck.tcb_components"), "01010202030100030000000000000000");
	cr_expect_eq(s.rig.part.outcome.registers.is_rtmr, true);
	scene_done(&s);
}

Test(tdx_vectors, the_service_td_passes_once_it_is_listed)
{
	AUTO_BUF struct buf quote = vector_read("quote-v5.dat");
	struct scene s;

	scene_init(&s, quote_spec_td10());
	s.expects_nothing = true;
	refs_add(&s.rig.policy.tdx.mr_service_td, quote.at + 54 + 600, 48);
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&quote)), VERIFY_UNPROVEN);
	cr_expect_not(rig_said(&s.rig, "tdx.service-td"));
	scene_done(&s);
}

Test(tdx_vectors, a_padded_quote_is_genuine)
{
	struct scene s;

	cr_expect_eq(judge(&s, "quote-v4-coco-padded.dat"), VERIFY_UNPROVEN);
	row_print("T19", "vector: 70 zero bytes behind the quote", s.rig.context.verdict);
	cr_expect_eq(rig_word(&s.rig, VERIFY_GENUINE), VERIFY_GENUINE_YES);
	cr_expect_eq(claim_number(&s, "padding"), 70);
	cr_expect_eq(strncmp(claim_text(&s, "init_data"), "889abf47", 8), 0);
	cr_expect_eq(s.rig.part.outcome.config_len, 48);
	cr_expect_eq(s.rig.part.outcome.config[0], 0x88);
	cr_expect_eq(strncmp(claim_text(&s, "report_data"), "26cae1c7", 8), 0);
	cr_expect_eq(s.rig.part.outcome.data_len, 64);
	scene_done(&s);
}

Test(tdx_vectors, its_padding_must_be_zero)
{
	AUTO_BUF struct buf quote = vector_read("quote-v4-coco-padded.dat");
	struct scene s;

	scene_init(&s, quote_spec_td10());
	memset(quote.at + quote.len - 70, 1, 70);
	cr_expect_eq(scene_judge_bytes(&s, buf_view(&quote)), VERIFY_REFUSED);
	row_print("T19", "vector: 70 ones behind the quote", s.rig.context.verdict);
	scene_done(&s);
}

/* --- claims-expected.json --------------------------------------------------------------------- */

/* What the file has of the event log is not the quote's. */
static bool is_of_the_log(const char *name)
{
	return !strcmp(name, "uefi_event_logs");
}

/* Every leaf of `want` stands in `got` at the same place. Returns how many there were. */
static size_t compare(const cJSON *want, const cJSON *got, const char *name)
{
	size_t leaves = 0;

	if (cJSON_IsObject(want)) {
		cr_assert(cJSON_IsObject(got), "%s: not an object", name);
		for (const cJSON *i = want->child; i; i = i->next)
			if (!is_of_the_log(i->string))
				leaves +=
					compare(i, cJSON_GetObjectItemCaseSensitive(got, i->string),
						i->string);
		return leaves;
	}
	cr_expect(cJSON_Compare(want, got, true), "%s: %s", name,
		  json_text(got) ? json_text(got) : "none, or no text");
	return 1;
}

Test(tdx_vectors, claims_agree_field_for_field)
{
	AUTO_BUF struct buf text = vector_read("claims-expected.json");
	AUTO_JSON cJSON *want = NULL;
	struct scene s;

	(void)judge(&s, "quote-v4-debug.dat");
	cr_assert_eq(json_parse(buf_view(&text), LIMIT_VERIFY_FILE_BYTES, &want, NULL), 0);
	/* 15 of the body, 6 of the header, 5 attributes, report data, initdata, instance. */
	cr_expect_eq(compare(want, verdict_claims(s.rig.context.verdict, 0), "claims"), 29);
	scene_done(&s);
}

Test(tdx_vectors, a_tool_that_only_decodes_says_the_same)
{
	AUTO_BUF struct buf text = vector_read("claims-expected.json");
	AUTO_BUF struct buf quote = vector_read("quote-v4-debug.dat");
	AUTO_JSON cJSON *want = NULL, *got = cJSON_CreateObject();

	cr_assert_eq(json_parse(buf_view(&text), LIMIT_VERIFY_FILE_BYTES, &want, NULL), 0);
	cr_assert_eq(tdx_show(buf_view(&quote), got, NULL), 0);
	cr_expect_eq(compare(want, got, "claims"), 29);
}

/* The PPID tells a machine for ever. It is the first 16-byte OCTET STRING under .1 of the PCK's
 * extension. */
Test(tdx_vectors, the_ppid_is_not_shown)
{
	static const uint8_t before[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
					  0x01, 0x0d, 0x01, 0x01, 0x04, 0x10 };
	AUTO_BUF struct buf der = BUF_EMPTY, out = BUF_EMPTY;
	AUTO_BUF struct buf quote = vector_read("quote-v4-debug.dat");
	AUTO_CERTS struct certs certs = { 0 };
	unsigned char *raw = NULL;
	const uint8_t *at;
	struct scene s;
	char hex[33];
	int len;

	(void)judge(&s, "quote-v4-debug.dat");
	cr_assert_eq(certs_add_pem(&certs, span(quote.at + quote.len - 3678, 3678), NULL), 0);
	len = i2d_X509(certs.at[0], &raw);
	cr_assert_gt(len, 0);
	at = memmem(raw, (size_t)len, before, sizeof(before));
	cr_assert(at != NULL);
	digest_hex(span(at + sizeof(before), 16), hex);
	OPENSSL_free(raw);
	cr_assert_eq(json_print(verdict_claims(s.rig.context.verdict, 0), LIMIT_VERIFY_JSON_BYTES,
				&out, NULL),
		     0);
	cr_expect(strstr((const char *)out.at, hex) == NULL);
	scene_done(&s);
}

Test(tdx_vectors, a_tdreport_proves_nothing)
{
	struct scene s;

	cr_expect_eq(judge(&s, "tdreport.bin"), VERIFY_UNPROVEN);
	row_print("-", "vector: a TDREPORT in a quote's place", s.rig.context.verdict);
	cr_expect(rig_said(&s.rig, "tdx.tdreport"));
	cr_expect_not(scene_is_genuine(&s));
	cr_expect_eq(s.rig.part.outcome.genuine, false);
	cr_expect_eq(strncmp(claim_text(&s, "tdreport.rtmr_0"), "f4ec1a04", 8), 0);
	cr_expect_eq(strncmp(claim_text(&s, "tdreport.rtmr_1"), "4e5f8826", 8), 0);
	scene_done(&s);
}
