/* NVSwitches through a library of the tests: what they add to the answer, and every refusal. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/verify/gpu/spdm.h"
#include "base/b64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/support/scratch.h"
#include "tests/unit/gpu/gpu_rig.h"

static const uint8_t NONCE[GPU_NONCE_LEN] = "a nonce of the tests, 32 bytes..";

TestSuite(switches, .timeout = 60);

/* Eight GPUs, then four switches, whose reports are of that kind and answer `nonce`. */
static void check_whole(const struct buf *message, const uint8_t nonce[static GPU_NONCE_LEN])
{
	struct gpu_rig_piece pieces[GPU_RIG_DEVICES];
	const struct gpu_answer head = gpu_rig_head(message);

	cr_expect_eq(head.kind, 0);
	cr_expect_eq(head.count, LIMIT_GPUS);
	cr_expect_eq(head.pci_count, LIMIT_GPUS);
	cr_expect_eq(head.switches, LIMIT_SWITCHES);
	cr_expect_eq(head.multi_gpu, NVML_PPCIE);
	cr_assert_eq(gpu_rig_walk(message, pieces), GPU_RIG_DEVICES);
	for (unsigned i = 0; i < GPU_RIG_DEVICES; i++) {
		bool is_switch = i >= LIMIT_GPUS;
		struct err e = { 0 };
		struct spdm s;

		cr_expect_eq(pieces[i].arch, is_switch ? GPU_WIRE_LS10 : NVML_HOPPER, "%u", i);
		cr_assert_eq(spdm_parse(pieces[i].report, &s, &e), 0, "%u: %s", i, e.text);
		cr_expect_eq(s.is_switch, is_switch, "%u", i);
		cr_expect_eq(s.trailing, 0, "%u", i);
		cr_expect(span_is_equal(s.requester_nonce, span(nonce, GPU_NONCE_LEN)), "%u", i);
	}
}

/* The file that NSCQ writes down what it is asked in. */
static void listen_in(void)
{
	AUTO_FD int dir = open(scratch_path(), O_PATH | O_CLOEXEC);
	AUTO_FD int fd = openat(dir, "asked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
}

static void expect_asked(const struct gpu_rig *r, const char *want)
{
	AUTO_BUF struct buf got = BUF_EMPTY;

	cr_assert_eq(file_read(r->dir, "asked", 4096, &got, NULL), 0);
	cr_expect_str_eq((const char *)got.at, want);
}

Test(switches, come_behind_the_gpus_and_before_the_ready_state)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, LIMIT_GPUS, LIMIT_SWITCHES, NONCE);
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	check_whole(&message, NONCE);
	cr_expect(!gpu_rig_was_set(&r), "collecting sets nothing");
	buf_done(&message);
	cr_assert_eq(collect(&r.paths, GPU_SET_READY, NONCE, &message, &w), 0, "%s", w.err.text);
	check_whole(&message, NONCE);
	cr_expect_eq(gpu_rig_head(&message).is_ready, 1);
	cr_expect(gpu_rig_was_set(&r));
}

Test(switches, are_asked_once_each_and_for_nothing_else)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 2, NONCE);
	listen_in();
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	expect_asked(&r, "/drv/nvswitch/{device}/uuid\n"
			 "/{nvswitch}/id/arch\n"
			 "/SWX-01/config/pcie_mode\n"
			 "/SWX-02/config/pcie_mode\n"
			 "a nonce of the tests, 32 bytes..\n"
			 "/SWX-01/config/attestation_report\n"
			 "/SWX-01/config/certificate\n"
			 "a nonce of the tests, 32 bytes..\n"
			 "/SWX-02/config/attestation_report\n"
			 "/SWX-02/config/certificate\n"
			 "/drv/nvswitch/{device}/uuid\n");
}

/* --- Refusals --------------------------------------------------------------------------------- */

struct refusal {
	char word[24];
	enum gpu_reason reason;
	int want;
};

ParameterizedTestParameters(switches, refuses)
{
	static struct refusal rows[] = {
		{ "nscq-create-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-create-none", GPU_CALL, -FAIL_SYS },
		{ "nscq-create-odd", GPU_CALL, -FAIL_SYS }, /* a warning that nobody knows */
		{ "nscq-uuid-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-uuid-error", GPU_CALL, -FAIL_SYS },
		{ "nscq-uuid-silent", GPU_PCI, -FAIL_DENIED },
		{ "nscq-uuid-twice", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-uuid-nobody", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-label-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-label-path", GPU_SIZE, -FAIL_INPUT },
		{ "nscq-label-empty", GPU_SIZE, -FAIL_INPUT },
		{ "nscq-label-endless", GPU_SIZE, -FAIL_INPUT },
		{ "nscq-label-overrun", GPU_SIZE, -FAIL_LIMIT },
		{ "nscq-arch-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-arch-error", GPU_CALL, -FAIL_SYS },
		{ "nscq-arch-silent", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-arch-twice", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-arch-stranger", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-arch-nobody", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-lr10-first", GPU_ARCH, -FAIL_DENIED },
		{ "nscq-lr10-last", GPU_ARCH, -FAIL_DENIED },
		{ "nscq-mode-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-mode-error", GPU_CALL, -FAIL_SYS },
		{ "nscq-mode-silent", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-mode-twice", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-mode-stranger", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-mode-nobody", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-off", GPU_LOCK, -FAIL_DENIED },
		{ "nscq-on", GPU_LOCK, -FAIL_AGAIN }, /* fabric manager may still lock it */
		{ "nscq-broken", GPU_LOCK, -FAIL_DENIED },
		{ "nscq-unknown", GPU_LOCK, -FAIL_DENIED },
		{ "nscq-input-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-report-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-report-error", GPU_CALL, -FAIL_SYS },
		{ "nscq-report-silent", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-report-twice", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-report-stranger", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-report-nobody", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-report-long", GPU_SIZE, -FAIL_LIMIT },
		{ "nscq-report-zero", GPU_SIZE, -FAIL_LIMIT },
		{ "nscq-chain-failed", GPU_CALL, -FAIL_SYS },
		{ "nscq-chain-error", GPU_CALL, -FAIL_SYS },
		{ "nscq-chain-silent", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-chain-twice", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-chain-stranger", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-chain-nobody", GPU_ONCE, -FAIL_INPUT },
		{ "nscq-chain-long", GPU_SIZE, -FAIL_LIMIT },
		{ "nscq-chain-zero", GPU_SIZE, -FAIL_LIMIT },
		{ "nscq-fewer-later", GPU_COUNT, -FAIL_AGAIN },
		{ "nscq-other-later", GPU_COUNT, -FAIL_AGAIN },
	};

	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, switches, refuses, .timeout = 60)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_group(&r, 1, 2, NONCE);
	gpu_rig_refused(&r, NONCE, row->reason, row->want);
}

struct word {
	char word[24];
};

/* What a warning comes with is checked like anything else. */
ParameterizedTestParameters(switches, takes_the_warning_that_is_known)
{
	static struct word rows[] = {
		{ "nscq-create-warns" }, { "nscq-uuid-warns" },	  { "nscq-arch-warns" },
		{ "nscq-mode-warns" },	 { "nscq-report-warns" }, { "nscq-chain-warns" },
	};

	return cr_make_param_array(struct word, rows, COUNT_OF(rows));
}

ParameterizedTest(struct word *row, switches, takes_the_warning_that_is_known, .timeout = 60)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_group(&r, 1, 2, NONCE);
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	cr_expect_eq(gpu_rig_head(&message).switches, 2);
}

ParameterizedTestParameters(switches, are_refused_outside_of_protected_pcie)
{
	static struct word rows[] = { { "plain" }, { "nvle" } };

	return cr_make_param_array(struct word, rows, COUNT_OF(rows));
}

ParameterizedTest(struct word *row, switches, are_refused_outside_of_protected_pcie, .timeout = 60)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_function(&r, 9, "0x068000\n", "0x10de\n");
	r.paths.switch_library = "/nowhere/libnvidia-nscq.so.2";
	gpu_rig_refused(&r, NONCE, GPU_SWITCHES, -FAIL_DENIED);
}

Test(switches, are_refused_before_a_gpu_is_asked_for_a_report)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "hang");
	gpu_rig_word(&r, "nscq-on");
	gpu_rig_group(&r, 1, 1, NONCE);
	gpu_rig_refused(&r, NONCE, GPU_LOCK, -FAIL_AGAIN);
}

Test(switches, load_nothing_where_there_are_none)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 0, NONCE);
	gpu_rig_function(&r, 9, "0x068000\n", "0x8086\n");
	r.paths.switch_library = "/nowhere/libnvidia-nscq.so.2";
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	cr_expect_eq(gpu_rig_head(&message).switches, 0);
}

Test(switches, want_their_library)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 1, NONCE);
	r.paths.switch_library = "/nowhere/libnvidia-nscq.so.2";
	gpu_rig_refused(&r, NONCE, GPU_LIBRARY, -FAIL_SYS);
	/* A library, but not this one. */
	r.paths.switch_library = "libc.so.6";
	gpu_rig_refused(&r, NONCE, GPU_SYMBOL, -FAIL_SYS);
}

Test(switches, have_to_be_as_many_as_the_bus_shows)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 1, NONCE);
	gpu_rig_function(&r, 10, "0x068000\n", "0x10de\n");
	gpu_rig_refused(&r, NONCE, GPU_PCI, -FAIL_DENIED);
}

Test(switches, without_a_gpu_are_refused)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 0, 1, NONCE);
	gpu_rig_refused(&r, NONCE, GPU_COUNT, -FAIL_LIMIT);
}

Test(switches, are_four_at_most)
{
	static const uint8_t any[] = "a report";
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 0, NONCE);
	for (unsigned i = 0; i <= LIMIT_SWITCHES; i++)
		gpu_rig_switch(&r, i, span(any, sizeof(any)), span_text("certificates"));
	gpu_rig_refused(&r, NONCE, GPU_COUNT, -FAIL_LIMIT);
	/* The bus is not to blame for a fifth that only NSCQ knows. */
	cr_assert_eq(unlinkat(r.dir, "pci/0000:0d:00.0/class", 0), 0);
	cr_assert_eq(unlinkat(r.dir, "pci/0000:0d:00.0/vendor", 0), 0);
	cr_assert_eq(unlinkat(r.dir, "pci/0000:0d:00.0", AT_REMOVEDIR), 0);
	gpu_rig_refused(&r, NONCE, GPU_COUNT, -FAIL_LIMIT);
}

Test(switches, that_leave_the_bus_meanwhile_are_missed)
{
	struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "nscq-unplug");
	gpu_rig_group(&r, 1, 2, NONCE);
	cr_expect_eq(collect(&r.paths, GPU_SET_READY, NONCE, &message, &w), -FAIL_AGAIN);
	cr_expect_eq(w.reason, GPU_COUNT, "%s", w.err.text);
	cr_expect_null(message.at);
	cr_expect(!gpu_rig_was_set(&r));
}

Test(switches, answer_our_nonce_or_are_refused)
{
	static const uint8_t other[GPU_NONCE_LEN] = "another";
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 0, 2, other);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_refused(&r, NONCE, GPU_NONCE, -FAIL_FORGED);
}

Test(switches, give_a_report_of_that_form_or_are_refused)
{
	uint8_t odd[200] = { 0x12, 0xe0, 1, 0xff };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_group(&r, 1, 1, NONCE);
	gpu_rig_switch(&r, 1, span(odd, sizeof(odd)), span_text("no matter"));
	gpu_rig_refused(&r, NONCE, GPU_REPORT, -FAIL_INPUT);
}

/* --- A recorded machine ----------------------------------------------------------------------- */

struct machine {
	struct buf reports[GPU_RIG_DEVICES], chains[GPU_RIG_DEVICES];
	unsigned count;
};

static void decode(const cJSON *node, const char *member, struct buf *ret)
{
	const cJSON *text = cJSON_GetObjectItem(node, member);

	cr_assert_not_null(text);
	cr_assert_eq(b64_decode(B64_STANDARD, span_text(text->valuestring), 65536, ret, NULL), 0);
}

static void read_devices(struct machine *m, const char *name)
{
	AUTO_FD int dir = open(VECTORS_DIR "/nvidia", O_PATH | O_CLOEXEC);
	AUTO_FD int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *list = NULL;

	if (fd < 0)
		cr_skip_test("no vectors of NVIDIA's in " VECTORS_DIR);
	cr_assert_eq(fd_read_all(fd, 256 * 1024, &text, NULL), 0);
	cr_assert_eq(json_parse(buf_view(&text), 256 * 1024, &list, NULL), 0);
	for (const cJSON *i = list->child; i; i = i->next) {
		cr_assert_lt(m->count, GPU_RIG_DEVICES);
		decode(i, "evidence", &m->reports[m->count]);
		decode(i, "certificate", &m->chains[m->count]);
		m->count++;
	}
}

static void put_machine(const struct machine *m, struct gpu_rig *r)
{
	for (unsigned i = 0; i < LIMIT_GPUS; i++)
		gpu_rig_device(r, i, buf_view(&m->reports[i]), buf_view(&m->chains[i]));
	for (unsigned i = LIMIT_GPUS; i < GPU_RIG_DEVICES; i++)
		gpu_rig_switch(r, i - LIMIT_GPUS, buf_view(&m->reports[i]),
			       buf_view(&m->chains[i]));
	gpu_rig_word(r, "ppcie");
}

Test(switches, of_a_recorded_machine_come_through_whole)
{
	struct machine m = { 0 };
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_rig_piece pieces[GPU_RIG_DEVICES];
	uint8_t nonce[GPU_NONCE_LEN];
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	read_devices(&m, "ppcie-gpu-evidence.json");
	read_devices(&m, "ppcie-switch-evidence.json");
	cr_assert_eq(m.count, GPU_RIG_DEVICES);
	gpu_rig_init(&r, false);
	put_machine(&m, &r);
	memcpy(nonce, m.reports[0].at + 4, sizeof(nonce));
	cr_assert_eq(collect(&r.paths, GPU_SET_READY, nonce, &message, &w), 0, "%s", w.err.text);
	check_whole(&message, nonce);
	cr_assert_eq(gpu_rig_walk(&message, pieces), GPU_RIG_DEVICES);
	for (unsigned i = 0; i < GPU_RIG_DEVICES; i++) {
		cr_expect(span_is_equal(pieces[i].report, buf_view(&m.reports[i])), "%u", i);
		cr_expect(span_is_equal(pieces[i].chain, buf_view(&m.chains[i])), "%u", i);
		buf_done(&m.reports[i]);
		buf_done(&m.chains[i]);
	}
}
