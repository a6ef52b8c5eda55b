/* Devices through a library of the tests: what they answer, and every refusal. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/scratch.h"
#include "tests/unit/gpu/gpu_rig.h"

static const uint8_t NONCE[GPU_NONCE_LEN] = "a nonce of the tests, 32 bytes..";

TestSuite(gpu, .timeout = 30);

Test(gpu, answers_for_all_devices)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_rig_piece pieces[GPU_RIG_DEVICES];
	struct gpu_why w = { 0 };
	struct gpu_answer head;
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	for (unsigned i = 0; i < LIMIT_GPUS; i++)
		gpu_rig_make(&r, i, NONCE, (uint8_t)(9 - i));
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	head = gpu_rig_head(&message);
	cr_expect_eq(head.kind, 0);
	cr_expect_eq(head.count, LIMIT_GPUS);
	cr_expect_eq(head.pci_count, LIMIT_GPUS);
	cr_expect_eq(head.cc, 1);
	cr_expect_eq(head.devtools, 0);
	cr_expect_eq(head.multi_gpu, 0);
	cr_expect_eq(head.is_ready, 0);
	cr_expect_eq(head.environment, NVML_PRODUCTION);
	cr_expect_str_eq(head.driver, "550.90.07");
	cr_expect_eq(gpu_rig_walk(&message, pieces), LIMIT_GPUS);
	cr_expect_eq(pieces[7].arch, NVML_HOPPER);
	cr_expect(!gpu_rig_was_set(&r), "collecting sets nothing");
}

Test(gpu, none_on_the_bus_is_an_answer_without_loading_anything)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "hang-init");
	gpu_rig_function(&r, 1, "0x020000\n", "0x10de\n");
	gpu_rig_function(&r, 2, "0x030000\n", "0x1234\n");
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	cr_expect_eq(message.len, sizeof(struct gpu_answer));
	cr_expect_eq(gpu_rig_head(&message).count, 0);
	cr_expect_eq(gpu_rig_head(&message).pci_count, 1, "somebody else's display");
	cr_expect_str_eq(gpu_rig_head(&message).driver, "");
}

struct mode {
	char word[16];
	uint8_t cc, multi_gpu;
};

ParameterizedTestParameters(gpu, takes_each_confidential_mode)
{
	static struct mode rows[] = {
		{ "plain", 1, 0 },
		{ "ppcie", 0, NVML_PPCIE }, /* hides the feature */
		{ "nvle", 1, NVML_NVLE },
	};

	return cr_make_param_array(struct mode, rows, COUNT_OF(rows));
}

ParameterizedTest(struct mode *row, gpu, takes_each_confidential_mode, .timeout = 30)
{
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_make(&r, 0, NONCE, 1);
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, NONCE, &message, &w), 0, "%s", w.err.text);
	cr_expect_eq(gpu_rig_head(&message).cc, row->cc);
	cr_expect_eq(gpu_rig_head(&message).multi_gpu, row->multi_gpu);
}

struct refusal {
	char word[16];
	enum gpu_reason reason;
	int want;
};

ParameterizedTestParameters(gpu, refuses)
{
	static struct refusal rows[] = {
		{ "cc-off", GPU_CC_OFF, -FAIL_DENIED },
		{ "devtools", GPU_DEVTOOLS, -FAIL_DENIED },
		{ "sim", GPU_SIMULATED, -FAIL_DENIED },
		{ "odd-mode", GPU_VERSION, -FAIL_INPUT },
		{ "version-25", GPU_VERSION, -FAIL_SYS },
		{ "odd-version", GPU_SIZE, -FAIL_INPUT },
		{ "init-12", GPU_LIBRARY, -FAIL_SYS },
		{ "init-999", GPU_CALL, -FAIL_SYS },
		{ "settings-999", GPU_CALL, -FAIL_SYS },
		{ "count-999", GPU_CALL, -FAIL_SYS },
		{ "report-999", GPU_CALL, -FAIL_SYS },
		{ "chain-999", GPU_CALL, -FAIL_SYS },
		{ "report-long", GPU_SIZE, -FAIL_LIMIT },
		{ "report-zero", GPU_SIZE, -FAIL_LIMIT },
		{ "chain-long", GPU_SIZE, -FAIL_LIMIT },
		{ "chain-zero", GPU_SIZE, -FAIL_LIMIT },
		{ "overrun", GPU_SIZE, -FAIL_LIMIT },
		{ "ampere", GPU_ARCH, -FAIL_DENIED },
	};

	return cr_make_param_array(struct refusal, rows, COUNT_OF(rows));
}

ParameterizedTest(struct refusal *row, gpu, refuses, .timeout = 30)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_refused(&r, NONCE, row->reason, row->want);
}

Test(gpu, a_count_that_changes_meanwhile_is_refused)
{
	struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "fewer-later");
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_make(&r, 1, NONCE, 2);
	cr_expect_eq(collect(&r.paths, GPU_SET_READY, NONCE, &message, &w), -FAIL_AGAIN);
	cr_expect_eq(w.reason, GPU_COUNT, "%s", w.err.text);
	cr_expect(!gpu_rig_was_set(&r));
}

Test(gpu, a_driver_without_the_settings_call_is_too_old)
{
	struct gpu_rig r;

	gpu_rig_init(&r, true);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_refused(&r, NONCE, GPU_OLD_DRIVER, -FAIL_SYS);
}

Test(gpu, no_library_is_a_failure_when_there_is_a_device)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_make(&r, 0, NONCE, 1);
	r.paths.library = "/nowhere/libnvidia-ml.so.1";
	gpu_rig_refused(&r, NONCE, GPU_LIBRARY, -FAIL_SYS);
	/* A library, but not this one. */
	r.paths.library = "libc.so.6";
	gpu_rig_refused(&r, NONCE, GPU_SYMBOL, -FAIL_SYS);
}

Test(gpu, a_report_over_another_nonce_is_refused)
{
	static const uint8_t other[GPU_NONCE_LEN] = "another";
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_make(&r, 1, other, 2);
	gpu_rig_refused(&r, NONCE, GPU_NONCE, -FAIL_FORGED);
}

Test(gpu, a_report_of_another_form_is_refused)
{
	uint8_t odd[200] = { 0x12, 0xe0, 1, 0xff };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_device(&r, 0, span(odd, sizeof(odd)), span_text("no matter"));
	gpu_rig_refused(&r, NONCE, GPU_REPORT, -FAIL_INPUT);
}

Test(gpu, the_bus_and_the_library_have_to_agree)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_make(&r, 0, NONCE, 1);
	gpu_rig_function(&r, 9, "0x030000\n", "0x1234\n");
	gpu_rig_refused(&r, NONCE, GPU_PCI, -FAIL_DENIED);
}

Test(gpu, a_library_without_devices_is_refused_where_the_bus_has_one)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_function(&r, 9, "0x030200\n", "0x10de\n");
	gpu_rig_refused(&r, NONCE, GPU_COUNT, -FAIL_LIMIT);
}

Test(gpu, a_bus_that_reads_oddly_is_refused)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_function(&r, 9, "", "0x10de\n");
	gpu_rig_refused(&r, NONCE, GPU_PCI, -FAIL_INPUT);
}

Test(gpu, nobody_asks_who_would_be_the_first_client)
{
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, "hang-init");
	gpu_rig_make(&r, 0, NONCE, 1);
	r.paths.keeper = "/nowhere/socket";
	gpu_rig_refused(&r, NONCE, GPU_FIRST, -FAIL_AGAIN);
}

Test(gpu, ready_is_set_once_and_after_all_was_well)
{
	AUTO_BUF struct buf message = BUF_EMPTY, again = BUF_EMPTY;
	AUTO_BUF struct buf calls = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_make(&r, 0, NONCE, 1);
	cr_assert_eq(collect(&r.paths, GPU_SET_READY, NONCE, &message, &w), 0, "%s", w.err.text);
	cr_expect_eq(gpu_rig_head(&message).count, 1);
	cr_expect_eq(gpu_rig_head(&message).is_ready, 1);
	cr_expect_eq(collect(&r.paths, GPU_SET_READY, NONCE, &again, &w), -FAIL_DENIED);
	cr_expect_eq(w.reason, GPU_READY);
	cr_expect_eq(collect(&r.paths, GPU_COLLECT, NONCE, &again, &w), 0, "asked ever after");
	cr_expect_eq(gpu_rig_head(&again).is_ready, 1, "and told");
	cr_assert_eq(file_read(r.dir, "set", 64, &calls, &w.err), 0);
	cr_expect(span_is_equal(buf_view(&calls), span_text("1\n")), "once, and to 1");
}

struct ready {
	char word[16];
	enum gpu_reason reason;
	int want;
};

ParameterizedTestParameters(gpu, ready_that_fails_says_so)
{
	static struct ready rows[] = {
		{ "ready", GPU_READY, -FAIL_DENIED }, /* somebody was before us  */
		{ "no-ready", GPU_READY, -FAIL_SYS }, /* it does not take        */
		{ "ready-4", GPU_CALL, -FAIL_SYS },   /* not an administrator's  */
	};

	return cr_make_param_array(struct ready, rows, COUNT_OF(rows));
}

ParameterizedTest(struct ready *row, gpu, ready_that_fails_says_so, .timeout = 30)
{
	struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	gpu_rig_init(&r, false);
	gpu_rig_word(&r, row->word);
	gpu_rig_make(&r, 0, NONCE, 1);
	cr_expect_eq(collect(&r.paths, GPU_SET_READY, NONCE, &message, &w), row->want);
	cr_expect_eq(w.reason, row->reason, "%s", w.err.text);
	cr_expect_null(message.at);
}

static struct buf read_vector(const char *name)
{
	AUTO_FD int dir = open(VECTORS_DIR "/nvidia", O_PATH | O_CLOEXEC);
	AUTO_FD int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct buf b = BUF_EMPTY;

	if (fd < 0)
		cr_skip_test("no vectors of NVIDIA's in " VECTORS_DIR);
	cr_assert_eq(fd_read_all(fd, 64 * 1024, &b, NULL), 0);
	return b;
}

/* Digits of hex, of which white space behind the last is none. */
static size_t from_hex(const struct buf *hex, uint8_t *to, size_t size)
{
	size_t n = 0;
	unsigned byte;

	while (n < size && 2 * n + 1 < hex->len &&
	       sscanf((const char *)hex->at + 2 * n, "%2x", &byte) == 1)
		to[n++] = (uint8_t)byte;
	return n;
}

struct recorded {
	char report[32], chain[32];
	size_t padding; /* behind the signature, and not passed on */
};

ParameterizedTestParameters(gpu, recorded_reports_come_through_whole)
{
	static struct recorded rows[] = {
		{ "hopper-report.hex", "hopper-chain-case1.pem", 0 },
		{ "hopper-535-report.hex", "hopper-535-chain.pem", 0 },
		{ "hopper-coco-report.hex", "hopper-coco-chain.pem", 1 },
	};

	return cr_make_param_array(struct recorded, rows, COUNT_OF(rows));
}

ParameterizedTest(struct recorded *row, gpu, recorded_reports_come_through_whole, .timeout = 30)
{
	AUTO_BUF struct buf hex = read_vector(row->report), pem = read_vector(row->chain);
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_rig_piece pieces[GPU_RIG_DEVICES];
	uint8_t report[8192], nonce[GPU_NONCE_LEN];
	size_t len = from_hex(&hex, report, sizeof(report));
	struct gpu_why w = { 0 };
	struct gpu_rig r;

	cr_assert_gt(len, 1000);
	memcpy(nonce, report + 4, sizeof(nonce));
	gpu_rig_init(&r, false);
	gpu_rig_device(&r, 0, span(report, len), buf_view(&pem));
	cr_assert_eq(collect(&r.paths, GPU_COLLECT, nonce, &message, &w), 0, "%s", w.err.text);
	cr_assert_eq(gpu_rig_walk(&message, pieces), 1);
	len -= row->padding;
	cr_expect(span_is_equal(pieces[0].report, span(report, len)));
	cr_expect(span_is_equal(pieces[0].chain, buf_view(&pem)));
	nonce[31] ^= 1;
	buf_done(&message);
	cr_expect_eq(collect(&r.paths, GPU_COLLECT, nonce, &message, &w), -FAIL_FORGED);
	cr_expect_eq(w.reason, GPU_NONCE);
}

/* On a machine without NVIDIA's devices that is what is told; with them, which answer it was. */
Test(gpu, the_real_library_gives_an_answer_or_a_reason)
{
	struct collect_paths p = COLLECT_PATHS;
	AUTO_BUF struct buf message = BUF_EMPTY;
	struct gpu_why w = { 0 };
	int failed;

	p.keeper = "";
	failed = collect(&p, GPU_COLLECT, NONCE, &message, &w);
	if (failed)
		(void)fprintf(stderr, "gpu: NVML here says (%d) %s\n", w.reason, w.err.text);
	else if (!gpu_rig_head(&message).count)
		(void)fprintf(stderr, "gpu: no device of NVIDIA's on the bus here\n");
	else
		(void)fprintf(stderr, "gpu: NVML here gave %u reports, driver %s\n",
			      gpu_rig_head(&message).count, gpu_rig_head(&message).driver);
	cr_expect_eq(failed != 0, w.reason != GPU_FINE, "a refusal has its reason");
	cr_expect_neq(w.reason, GPU_BROKEN);
}
