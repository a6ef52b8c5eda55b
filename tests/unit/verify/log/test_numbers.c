/* Numbers that specifications work out: CoCo's agent events, Linux' and OVMF's constants. */
#include "tests/unit/verify/log/bench.h"

static const char *digest_of_event(const struct bench *b, int i, const char *alg)
{
	return event_text(cJSON_GetObjectItem(bench_event(b, i), "digests"), alg);
}

/* coco-protocol reference, 5. */
Test(log_numbers, an_agent_s_event_has_the_published_digest_and_register)
{
	static const char digest[] =
		"dad5f0e226318ffa9839b75a472c6aa7fdb5834949d0a0a22990cf04d5692440fb00f3aa0609db7e49"
		"cd8d793f670d02";
	static const char rtmr3[] =
		"82d3f7a4203f58dafe0519eb5e9f645339cda127418c62d4b0270d790ab6ff3c38783523613a7a9f61"
		"0e7ba004788c26";
	struct eventlog l = eventlog_aael_only();
	struct registers *r;
	struct bench b;

	bench_init(&b);
	r = &b.signer.outcome.registers;
	eventlog_aael(&l, 4, "domain operation content");
	cr_assert(l.bytes.len == 69 + 98);
	*r = (struct registers){ .alg = EVENTLOG_SHA384, .present = 0xf, .is_rtmr = true };
	cr_assert(hex_bytes(rtmr3, "RTMR3", r->at[3], 48, NULL) == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	cr_expect(!strcmp(digest_of_event(&b, 0, "sha384"), digest));
	cr_expect(!strcmp(json_text(event_says(bench_event(&b, 0), "domain")), "domain"));
	cr_expect(!strcmp(json_text(event_says(bench_event(&b, 0), "operation")), "operation"));
	cr_expect(!strcmp(json_text(event_says(bench_event(&b, 0), "content")), "content"));
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_numbers, the_same_event_in_a_sha256_pcr)
{
	struct eventlog l = eventlog_tpm();
	struct registers *r;
	struct bench b;

	bench_init(&b);
	r = &b.signer.outcome.registers;
	eventlog_aael(&l, 8, "domain operation content"); /* from zero */
	*r = (struct registers){ .alg = EVENTLOG_SHA256, .present = 1u << 8 };
	cr_assert(hex_bytes("14adddd6f695b5ea739479ff662bed8ae19b3051977f2cc16a2ee32a719e6032",
			    "PCR", r->at[8], 32, NULL) == 0);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	eventlog_done(&l);
	bench_done(&b);
}

/* measurement reference, 2.3. */
Test(log_numbers, firmware_s_events_have_the_published_digests)
{
	static const char *const starts[] = { "6f2e3cbc14f9def8", "d607c0efb41c0d75",
					      "08a74f8963b337ac", "18cc6e01f0c6ea99",
					      "394341b7182cd227", "1dd6f7b457ad880d",
					      "77a0dab2312b4e1e", "214b0bef13797560",
					      "0a2e01c85deae718" };
	static const char *const keys[] = { "PK", "KEK", "db", "dbx" };
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < 4; i++)
		eventlog_variable(&l, 1, 0x80000001, keys[i], span("", 0));
	eventlog_separator(&l, 1, 0);
	eventlog_variable(&l, 1, 0x80000002, "BootOrder", span("\0\0", 2));
	eventlog_text(&l, 2, 0x80000007, "Calling EFI Application from Boot Option");
	eventlog_text(&l, 2, 0x80000007, "Exit Boot Services Invocation");
	eventlog_text(&l, 2, 0x80000007, "Exit Boot Services Returned with Success");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	for (int i = 0; i < 9; i++) {
		cr_expect(!strncmp(digest_of_event(&b, i, "sha384"), starts[i], 16), "event %d", i);
		cr_expect(!strcmp(event_text(bench_event(&b, i), "checkable"), "matches"));
	}
	eventlog_done(&l);
	bench_done(&b);
}

/* measurement reference, 4.3: PCR 9 of a guest whose command line and initrd are known by digest,
 * and PCR 1, 5 and 7 of an empty variable store. */
Test(log_numbers, pcrs_of_a_measured_guest_come_out)
{
	static const struct {
		uint32_t pcr;
		const char *digests[3];
		const char *value;
	} rows[] = {
		{ 9,
		  { "d90b3bd67c5c4168eb0745f09aacc5deb6e58cee8d3b09e006ba0c99d9375aa4",
		    "384ce0ec3913d72a0a3c955311c8640b7f51ac7887f35b1c5e6d98b50f03f27b" },
		  "2ecea9954cba8268e9c6d6d6766fa91936b2f813babba58034f308785491a26b" },
		{ 2,
		  { "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119" },
		  "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969" },
	};
	struct eventlog l = eventlog_tpm();
	struct registers *r;
	struct bench b;

	bench_init(&b);
	r = &b.signer.outcome.registers;
	*r = (struct registers){ .alg = EVENTLOG_SHA256 };
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; rows[i].digests[k]; k++) {
			uint8_t digest[64] = { 0 };

			cr_assert(hex_bytes(rows[i].digests[k], "digest", digest, 32, NULL) == 0);
			eventlog_add(&l, &(struct eventlog_event){ .reg = rows[i].pcr,
								   .type = 12,
								   .digest = digest });
		}
		r->present |= 1u << rows[i].pcr;
		cr_assert(hex_bytes(rows[i].value, "PCR", r->at[rows[i].pcr], 32, NULL) == 0);
	}
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	eventlog_done(&l);
	bench_done(&b);
}
