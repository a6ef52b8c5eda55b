/* The rows E1 to E8 of the reference's table of negative tests (cpu-evidence, 8), and their kin. */
#include "tests/unit/verify/log/bench.h"

#define SECURE_BOOT "{\"secure_boot\": true}"

static void expect(struct bench *b, const char *id, const char *what, struct span bytes,
		   enum verify_decision want, const char *code)
{
	enum verify_decision got = bench_run(b, bytes);

	/* row_print()'s line, with the reason that the row is about. */
	printf("row %-5s %-56s %s %s\n", id, what, verify_decision_name(got),
	       rig_said(&b->rig, code) ? code : "?");
	cr_expect(got == want, "%s %s: %s", id, what, verify_decision_name(got));
	cr_expect(rig_said(&b->rig, code), "%s %s: not %s", id, what, code);
}

/* --- E1 --------------------------------------------------------------------------------------- */

Test(log_rows, e1_no_action_extends_nothing)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	eventlog_add(&l, &(struct eventlog_event){ .reg = 2,
						   .type = 3,
						   .data = span_text("a remark"),
						   .unmeasured = true });
	eventlog_text(&l, 2, 5, "an action");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E1", "NO_ACTION with a digest in a judged register", buf_view(&l.bytes),
	       VERIFY_UNKNOWN_WORKLOAD, "bound.log");

	/* What TR computes: extended all the same. */
	eventlog_done(&l);
	l = eventlog_cc();
	eventlog_boot(&l, true);
	eventlog_add(
		&l, &(struct eventlog_event){ .reg = 2, .type = 3, .data = span_text("a remark") });
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E1", "the same, signed as if it had been extended", buf_view(&l.bytes),
	       VERIFY_REFUSED, "log.mismatch");
	eventlog_done(&l);
	bench_done(&b);
}

/* --- E2 --------------------------------------------------------------------------------------- */

Test(log_rows, e2_registers_and_events_go_together)
{
	struct eventlog l = eventlog_cc();
	struct registers *r;
	struct bench b;

	bench_init(&b);
	r = &b.signer.outcome.registers;
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E2", "all registers as logged", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "bound.log");
	r->at[3][0] = 1;
	expect(&b, "E2", "RTMR3 signed as non-zero, no events", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	r->present = 0xb;
	expect(&b, "E2", "events for RTMR2, which the quote lacks", buf_view(&l.bytes),
	       VERIFY_REFUSED, "log.mismatch");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	eventlog_text(&l, 0, 5, "into MRTD");
	expect(&b, "E2", "an event for MRTD's index", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	eventlog_done(&l);
	l = eventlog_cc();
	eventlog_text(&l, 5, 5, "into nothing");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E2", "an event for register 5", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e2_a_pcr_beside_the_firmware_s_is_judged_unless_the_policy_leaves_it_out)
{
	struct eventlog l = eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA256);
	b.signer.outcome.registers.at[10][0] = 1; /* IMA */
	b.signer.outcome.registers.at[16][0] = 1; /* anyone's */
	expect(&b, "E2", "PCR 10 signed as non-zero, no events", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	cr_assert(bench_policy(&b, "{\"registers\": [0,1,2,3,4,5,6,7,9]}") == 0);
	expect(&b, "E2", "the same, not among log.registers", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "bound.log");
	b.signer.outcome.registers.present = 0xff;
	expect(&b, "E2", "a judged PCR that is not signed", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	eventlog_done(&l);
	bench_done(&b);
}

/* --- E3 --------------------------------------------------------------------------------------- */

/* Where the n-th event begins, as `show` tells. */
static size_t offset_of(const struct eventlog *l, int i)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	const cJSON *event;

	cr_assert(log_show(buf_view(&l->bytes), shown, NULL) == 0);
	event = cJSON_GetArrayItem(cJSON_GetObjectItem(shown, "events"), i);
	return (size_t)strtoul(cJSON_GetObjectItem(event, "offset")->valuestring, NULL, 10);
}

#define KERNEL	   9 /* events of eventlog_boot() in a TD */
#define SECURE	   1
#define HEAD_BYTES (4 + 4 + 4 + 2 + 48 + 4)

Test(log_rows, e3_a_new_label_or_text_replays_and_convinces_nobody)
{
	struct eventlog l = eventlog_cc();
	const cJSON *event;
	struct bench b;
	char policy[512], digest[97];
	size_t at, text;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	at = offset_of(&l, KERNEL);
	text = offset_of(&l, SECURE) + HEAD_BYTES;

	l.bytes.at[at + 4] = 5; /* the kernel's: as a driver */
	expect(&b, "E3", "type relabelled, no policy", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "bound.log");
	digest_hex(span(l.bytes.at + at + 14, 48), digest);
	(void)snprintf(policy, sizeof(policy),
		       "{\"events\": [{\"register\": 2, \"type\": "
		       "\"EV_EFI_BOOT_SERVICES_APPLICATION\", \"digest\": \"%s\"}]}",
		       digest);
	cr_assert(bench_policy(&b, policy) == 0);
	expect(&b, "E3", "type relabelled, its event expected", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.event-other");

	l.bytes.at[at + 4] = 3;
	cr_assert(bench_policy(&b, SECURE_BOOT) == 0);
	expect(&b, "E3", "labels and texts untouched", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "log.expected");
	l.bytes.at[text + 32 + 20] ^= 2; /* SecureBoot 3 */
	expect(&b, "E3", "data changed, digest kept", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.secure-boot");
	event = bench_event(&b, SECURE);
	cr_expect(!strcmp(event_text(event, "checkable"), "differs"));
	cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(event, "authenticated")));
	eventlog_done(&l);
	bench_done(&b);
}

/* --- E4 --------------------------------------------------------------------------------------- */

static void secure_boot_row(bool first, bool then, bool relabel, const char *what,
			    enum verify_decision want, const char *code)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, first);
	if (relabel) { /* the true SecureBoot and the separator get other names */
		l.bytes.at[offset_of(&l, SECURE) + 4] = 0xe0;
		l.bytes.at[offset_of(&l, 6) + 4] = 5;
	}
	eventlog_variable(&l, 1, 0x80000001, "SecureBoot", span(then ? "\x01" : "\0", 1));
	bench_sign(&b, &l, EVENTLOG_SHA384);
	cr_assert(bench_policy(&b, SECURE_BOOT) == 0);
	expect(&b, "E4", what, buf_view(&l.bytes), want, code);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e4_the_first_secure_boot_counts)
{
	secure_boot_row(true, false, false, "SecureBoot 1, later 0", VERIFY_UNKNOWN_WORKLOAD,
			"log.expected");
	secure_boot_row(false, true, false, "SecureBoot 0, later 1", VERIFY_REFUSED,
			"log.secure-boot");
	secure_boot_row(false, true, true, "SecureBoot 0 and separator relabelled, later 1",
			VERIFY_REFUSED, "log.secure-boot");
}

/* --- E5 --------------------------------------------------------------------------------------- */

struct damage {
	char what[48];
	int event; /* -1: the header */
	size_t at;
	uint8_t with[8];
	size_t len;
};

Test(log_rows, e5_lengths_and_counts_beyond_the_log)
{
	static const struct damage rows[] = {
		{ "data size ffffffff", 3, 62, { 255, 255, 255, 255 }, 4 },
		{ "data size one too long, last event", 15, 62, { 41 }, 1 },
		{ "digest count ffffffff", 3, 8, { 255, 255, 255, 255 }, 4 },
		{ "digest count 0", 3, 8, { 0 }, 1 },
		{ "digest count 2", 3, 8, { 2 }, 1 },
		{ "algorithm SHA-256, which the header lacks", 3, 12, { 0x0b }, 1 },
		{ "algorithm ffff", 3, 12, { 255, 255 }, 2 },
		{ "header size ffffffff", -1, 28, { 255, 255, 255, 255 }, 4 },
		{ "header size one too short", -1, 28, { 32 }, 1 },
		{ "header of type 4", -1, 4, { 4 }, 1 },
		{ "vendor size past the end", -1, 64, { 1 }, 1 },
		{ "algorithm count ffffffff", -1, 56, { 255, 255, 255, 255 }, 4 },
		{ "algorithm count 0", -1, 56, { 0 }, 1 },
		{ "algorithm count 2", -1, 56, { 2 }, 1 },
		{ "SHA-384 of 32 bytes", -1, 62, { 32 }, 1 },
		{ "SHA-384 of ffff bytes", -1, 62, { 255, 255 }, 2 },
		{ "Spec ID Event00", -1, 46, { '0' }, 1 },
		{ "Spec ID Event02", -1, 46, { '2' }, 1 },
	};
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct damage *d = &rows[i];
		size_t at = d->at + (d->event < 0 ? 0 : offset_of(&l, d->event));
		uint8_t kept[8];

		memcpy(kept, l.bytes.at + at, d->len);
		memcpy(l.bytes.at + at, d->with, d->len);
		expect(&b, "E5", d->what, buf_view(&l.bytes), VERIFY_REFUSED, "log.format");
		memcpy(l.bytes.at + at, kept, d->len);
	}
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_ACCEPTED);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e5_the_header_s_algorithms_are_each_there_once)
{
	struct eventlog l = eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_add(&l, &(struct eventlog_event){
				 .reg = 4, .type = 5, .data = span_text("x"), .leave_out = 4 });
	bench_sign(&b, &l, EVENTLOG_SHA256);
	expect(&b, "E5", "an event without one of the header's algorithms", buf_view(&l.bytes),
	       VERIFY_REFUSED, "log.format");
	eventlog_done(&l);

	l = eventlog_tpm();
	eventlog_text(&l, 4, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA256);
	expect(&b, "E5", "each once", buf_view(&l.bytes), VERIFY_ACCEPTED, "bound.log");
	l.bytes.at[l.last + 12 + 22] = 0x04; /* SHA-1 again in the place of SHA-256 */
	expect(&b, "E5", "one of them twice", buf_view(&l.bytes), VERIFY_REFUSED, "log.format");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e5_a_judged_event_without_the_algorithm_is_an_error)
{
	struct eventlog l = eventlog_aael_only();
	struct bench b;

	bench_init(&b);
	eventlog_aael(&l, 4, "domain operation content");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E5", "the agent's own header: one algorithm of two", buf_view(&l.bytes),
	       VERIFY_ACCEPTED, "bound.log");
	l.algs[0] = EVENTLOG_SM3;
	eventlog_aael(&l, 4, "domain operation hidden");
	l.algs[0] = EVENTLOG_SHA384;
	expect(&b, "E5", "an event with SM3 alone, RTMR3 in SHA-384", buf_view(&l.bytes),
	       VERIFY_REFUSED, "log.algorithm");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e5_too_many_events_and_too_long_a_log)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	for (int i = 0; i < 4096; i++)
		eventlog_text(&l, 2, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E5", "4096 events", buf_view(&l.bytes), VERIFY_ACCEPTED, "bound.log");
	eventlog_text(&l, 2, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E5", "4097 events", buf_view(&l.bytes), VERIFY_REFUSED, "log.format");
	eventlog_done(&l);

	l = eventlog_cc();
	eventlog_text(&l, 2, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	eventlog_end(&l, 0xff, 512 * 1024 - l.bytes.len);
	expect(&b, "E5", "an area of 512 KiB", buf_view(&l.bytes), VERIFY_ACCEPTED, "bound.log");
	eventlog_end(&l, 0xff, 1);
	expect(&b, "E5", "an area of one byte more", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.format");
	eventlog_done(&l);
	bench_done(&b);
}

/* --- E6 --------------------------------------------------------------------------------------- */

static void put_list(struct buf *b, uint32_t len, uint32_t header, uint32_t each, struct span rest)
{
	/* EFI_CERT_SHA256_GUID c1c41626-504c-4092-aca9-41f936934328 */
	static const uint8_t type[] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
	const uint32_t sizes[] = { len, header, each }; /* little-endian, as this machine */

	cr_assert(buf_append(b, span(type, 16), 4096, NULL) == 0);
	cr_assert(buf_append(b, span(sizes, 12), 4096, NULL) == 0);
	cr_assert(buf_append(b, rest, 4096, NULL) == 0);
}

static void list_row(const char *what, uint32_t len, uint32_t header, uint32_t each,
		     const char *first_value)
{
	uint8_t rest[8 + 2 * 48];
	struct eventlog l = eventlog_cc();
	struct buf keys = BUF_EMPTY;
	const cJSON *lists, *value, *event;
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < sizeof(rest); i++)
		rest[i] = (uint8_t)i;
	put_list(&keys, len, header, each, span(rest, sizeof(rest)));
	eventlog_variable(&l, 1, 0x80000001, "db", buf_view(&keys));
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E6", what, buf_view(&l.bytes), VERIFY_ACCEPTED, "bound.log");
	event = bench_event(&b, 0);
	lists = event_says(event, "signature_lists");
	value = cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetArrayItem(lists, 0), "values"), 0);
	cr_expect(!event_says(event, "unreadable") == !!*first_value, "%s", what);
	cr_expect(!*first_value || (value && !strncmp(value->valuestring, first_value, 8)), "%s",
		  what);
	cr_expect(!strcmp(event_text(event, "checkable"), "matches"));
	buf_done(&keys);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e6_a_signature_list_s_header_is_skipped)
{
	list_row("signature list with 8 header bytes", 28 + 104, 8, 48, "18191a1b");
	list_row("signature list whose header is all of it", 28 + 104, 105, 48, "");
	list_row("signature list of entries that don't divide", 28 + 104, 7, 48, "");
	list_row("signature list of entries of 16 bytes", 28 + 104, 8, 16, "");
	list_row("signature list of entries of 0 bytes", 28 + 104, 8, 0, "");
	list_row("signature list longer than its variable", 28 + 105, 8, 48, "");
	list_row("signature list shorter than its head", 27, 0, 48, "");
	list_row("signature list with a header of ffffffff", 28 + 104, 0xffffffff, 48, "");
}

/* --- E7 --------------------------------------------------------------------------------------- */

Test(log_rows, e7_where_registers_start)
{
	struct eventlog l = eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_text(&l, 17, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA256);
	expect(&b, "E7", "PCR 17 extended from FF", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "bound.log");
	eventlog_done(&l);

	l = eventlog_tpm();
	memset(l.registers[1][17], 0, 32);
	eventlog_text(&l, 17, 5, "x");
	bench_sign(&b, &l, EVENTLOG_SHA256);
	expect(&b, "E7", "PCR 17 extended from zero", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.mismatch");
	eventlog_done(&l);
	bench_done(&b);
}

static void locality_row(const char *what, uint8_t first, int second, enum verify_decision want,
			 const char *code)
{
	struct eventlog l = eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_locality(&l, first);
	if (second >= 0)
		eventlog_locality(&l, (uint8_t)second);
	eventlog_boot(&l, false);
	bench_sign(&b, &l, EVENTLOG_SHA256);
	expect(&b, "E7", what, buf_view(&l.bytes), want, code);
	b.signer.outcome.registers.at[0][31] ^= 1;
	cr_expect(bench_run(&b, buf_view(&l.bytes)) == VERIFY_REFUSED);
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e7_startup_locality_is_where_pcr_0_starts)
{
	locality_row("startup locality 0", 0, -1, VERIFY_ACCEPTED, "bound.log");
	locality_row("startup locality 3", 3, -1, VERIFY_ACCEPTED, "bound.log");
	locality_row("startup locality 4", 4, -1, VERIFY_ACCEPTED, "bound.log");
	locality_row("startup locality 1", 1, -1, VERIFY_REFUSED, "log.format");
	locality_row("startup locality twice", 3, 3, VERIFY_REFUSED, "log.format");
}

/* --- E8 --------------------------------------------------------------------------------------- */

Test(log_rows, e8_where_a_log_ends)
{
	struct eventlog l = eventlog_cc();
	struct bench b;
	size_t len;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	len = l.bytes.len;
	expect(&b, "E8", "cut in its last event", span(l.bytes.at, len - 1), VERIFY_REFUSED,
	       "log.format");
	expect(&b, "E8", "cut at an event's beginning", span(l.bytes.at, l.last), VERIFY_REFUSED,
	       "log.mismatch");
	eventlog_end(&l, 0xff, 8);
	expect(&b, "E8", "a terminator of FF", buf_view(&l.bytes), VERIFY_ACCEPTED, "bound.log");
	eventlog_text(&l, 2, 5, "behind the end");
	expect(&b, "E8", "a terminator, then more events", buf_view(&l.bytes), VERIFY_ACCEPTED,
	       "bound.log");
	cr_expect(cJSON_IsFalse(bench_claim(&b, "only_padding_after_end")));
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "E8", "the same, with those events in the registers", buf_view(&l.bytes),
	       VERIFY_REFUSED, "log.mismatch");
	eventlog_done(&l);
	bench_done(&b);
}

static void end_row(bool is_cc, uint8_t fill, size_t count, const char *what,
		    enum verify_decision want)
{
	struct eventlog l = is_cc ? eventlog_cc() : eventlog_tpm();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, is_cc ? EVENTLOG_SHA384 : EVENTLOG_SHA256);
	eventlog_end(&l, fill, count);
	expect(&b, "E8", what, buf_view(&l.bytes), want,
	       want == VERIFY_ACCEPTED ? "bound.log" : "log.format");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, e8_padding_by_who_kept_the_log)
{
	end_row(true, 0x00, 4096, "CCEL padded with 00", VERIFY_ACCEPTED);
	end_row(true, 0xff, 4096, "CCEL padded with FF", VERIFY_ACCEPTED);
	end_row(true, 0xff, 7, "CCEL with seven FF left", VERIFY_ACCEPTED);
	end_row(true, 0x00, 1, "CCEL with one 00 left", VERIFY_ACCEPTED);
	end_row(true, 0x11, 4, "CCEL with four other bytes left", VERIFY_REFUSED);
	end_row(false, 0xff, 8, "TPM log with FF behind it", VERIFY_ACCEPTED);
	end_row(false, 0x00, 8, "TPM log with 00: an event of PCR 0 without digests",
		VERIFY_REFUSED);
}

/* --- Beside the table ------------------------------------------------------------------------- */

Test(log_rows, a_separator_that_tells_of_an_error_is_refused)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_separator(&l, 1, 1);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "7.3", "a separator of 1", buf_view(&l.bytes), VERIFY_REFUSED, "log.separator");
	l.bytes.at[l.last + 4] = 5;
	expect(&b, "7.3", "the same, labelled as an action", buf_view(&l.bytes), VERIFY_REFUSED,
	       "log.separator");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, nothing_authenticates_a_log_alone)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	bench_sign(&b, &l, EVENTLOG_SHA384);
	b.has_signer = false;
	expect(&b, "4", "a log and nothing else", buf_view(&l.bytes), VERIFY_UNPROVEN,
	       "log.unsigned");
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(bench_event(&b, 0), "authenticated")));
	b.has_signer = true;
	b.signer.outcome.genuine = false;
	expect(&b, "4", "beside evidence that is not genuine", buf_view(&l.bytes), VERIFY_UNPROVEN,
	       "log.unsigned");
	b.signer.outcome.genuine = true;
	b.signer.outcome.registers.present = 0;
	expect(&b, "4", "beside evidence without registers (SNP)", buf_view(&l.bytes),
	       VERIFY_UNPROVEN, "log.unsigned");
	cr_assert(bench_policy(&b, SECURE_BOOT) == 0);
	expect(&b, "4", "the same, with events expected", buf_view(&l.bytes), VERIFY_UNPROVEN,
	       "log.unsigned");
	eventlog_done(&l);
	bench_done(&b);
}

Test(log_rows, an_event_after_the_firmware_handed_over_is_suspicious)
{
	struct eventlog l = eventlog_cc();
	struct bench b;

	bench_init(&b);
	eventlog_boot(&l, true);
	eventlog_text(&l, 2, 0x80000007, "Calling EFI Application from Boot Option");
	bench_sign(&b, &l, EVENTLOG_SHA384);
	expect(&b, "7.2", "an action after Exit Boot Services", buf_view(&l.bytes),
	       VERIFY_UNKNOWN_WORKLOAD, "log.after-exit");
	eventlog_done(&l);
	bench_done(&b);
}
